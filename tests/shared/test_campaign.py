"""Four processes of eight threads at one org, killed at seeded moments, their server paused and restarted.

`nox -s shared` makes 2,000 calls in ten rounds of each form; ZCRM_SHARED_CALLS and ZCRM_SHARED_ROUNDS say
how many, else it is a sample.
"""

import json
import os
import random
import threading
import time

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.shared import RedisGate, SqliteGate
from zcrm.simulator import Simulator

CALLS = int(os.environ.get("ZCRM_SHARED_CALLS", "240"))
ROUNDS = int(os.environ.get("ZCRM_SHARED_ROUNDS", "1"))
PROCESSES, AT_ONCE = 4, 10
LEASE = {"call_timeout": 3.0, "margin": 2.0}

WORKER = """
import json, os, sys
from collections import deque
from threading import Thread
from zcrm import Connection, OAuth, ZohoCRM
from zcrm.auth.stores import FileStore
from zcrm.shared import RedisGate, RedisStore, SqliteGate

given = json.loads(sys.stdin.readline())
ids = deque(given["ids"])
if "url" in given:
    gate = RedisGate(given["url"], org="org", **given["lease"])
    store = RedisStore(given["url"], **given["lease"])
else:
    gate, store = SqliteGate(given["path"], **given["lease"]), FileStore(given["path"] + "-tokens")

def tell(*words):
    os.write(1, (" ".join(words) + "\\n").encode())

def work():
    while ids:
        record = ids.popleft()
        tell("sends", record)
        try:
            outcome = crm.records.update_one("Deals", record, {"Stage": "Won"})
            tell("done", record, outcome.state)
        except Exception as error:
            tell("failed", record, repr(error))

connection = Connection(call_timeout=given["lease"]["call_timeout"])
auth = OAuth(**given["auth"], store=store)
with ZohoCRM(auth=auth, api_domain=given["api"], concurrency=gate, connection=connection) as crm:
    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


class Workers:
    """Processes that share the rows; whoever takes the place of one that was killed sends what it had not."""

    def __init__(self, start_python, given, ids):
        self._start = start_python
        self._given = given
        self.done = {}
        self.unknown = set()
        self._said = {}
        share = -(-len(ids) // PROCESSES)
        self._parts = {self._begin(ids[n : n + share]): ids[n : n + share] for n in range(0, len(ids), share)}

    def _begin(self, ids):
        process = self._start(WORKER)
        process.stdin.write(json.dumps({**self._given, "ids": ids}) + "\n")
        process.stdin.flush()
        self._said[process] = said = []
        reader = threading.Thread(target=lambda: said.extend(process.stdout), daemon=True)
        reader.start()
        process.reader = reader
        return process

    def kill(self, number):
        process = list(self._parts)[number]
        process.kill()
        begun = self._end(process)
        self.unknown |= begun - self.done.keys()
        rest = [record for record in self._parts.pop(process) if record not in begun]
        self._parts[self._begin(rest)] = rest

    def _end(self, process):
        """What it had begun."""
        process.wait(timeout=120)
        process.reader.join()
        begun = set()
        for line in self._said[process]:
            word, record, *state = line.split(maxsplit=2)
            if word == "sends":
                begun.add(record)
            else:
                assert (word, state) == ("done", ["updated\n"]), line
                self.done[record] = "updated"
        return begun

    def join(self):
        for process, ids in self._parts.items():
            assert self._end(process) == set(ids)
            assert process.returncode == 0


def until_calls(sim, number):
    deadline = time.monotonic() + 60
    while sim.ledger.calls() < number:
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize("form", ["sqlite", "redis"])
def test_the_org_is_never_asked_for_more_and_every_row_is_accounted_for(
    form, seed, request, tmp_path, ids, start_python
):
    draw = random.Random(f"{form} {seed}")
    names = ids(CALLS)
    with Simulator(credits_per_day=CALLS + 20) as sim:
        sim.load("Deals", [{"id": record, "Stage": "Open"} for record in names])
        sim.fault("slow", seconds=0.03)
        auth = {
            "client_id": sim.client_id,
            "client_secret": sim.client_secret,
            "refresh_token": sim.refresh_token,
            "accounts_url": sim.accounts_url,
        }
        given = {"api": sim.url, "auth": auth, "lease": LEASE}
        if form == "redis":
            server = request.getfixturevalue("own_server")
            request.getfixturevalue("known")(server)
            given["url"] = server.url
            gate = RedisGate(server.url, org="org", **LEASE)
        else:
            given["path"] = str(tmp_path / "gate")
            gate = SqliteGate(tmp_path / "gate", **LEASE)
        workers = Workers(start_python, given, names)
        moments = sorted(draw.randint(10, CALLS * 3 // 4) for _ in range(3))
        for number, moment in enumerate(moments):
            until_calls(sim, moment)
            workers.kill(draw.randrange(PROCESSES))
            if form == "redis" and number == 1:
                server.pause()
                time.sleep(0.2 + draw.random() * 1.5)
                server.go_on()
        tokens = sim.ledger.calls("create_token")
        if form == "redis":
            server.stop()
            time.sleep(draw.random() / 2)
            server.start()
        workers.join()
        last = time.monotonic()

        assert sim.ledger.peak_in_flight <= AT_ONCE
        assert tokens == 1
        assert sim.ledger.calls("create_token") <= 2
        assert workers.done.keys() | workers.unknown == set(names)
        assert len(workers.unknown) <= 8 * len(moments)
        assert sim.ledger.applied_twice == {}
        assert all(("Deals", record) in sim.ledger.applied for record in workers.done)

        while gate.look().in_flight:
            assert time.monotonic() - last < sum(LEASE.values()) + 1
            time.sleep(0.05)
        with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, concurrency=gate) as crm:
            crm.records.update_one("Deals", names[0], {"Stage": "Lost"})
        deadline = time.monotonic() + 5
        while gate.look().credits_left != sim.meters.remaining:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert sim.ledger.credits <= gate.look().credits_spent or form == "redis"
