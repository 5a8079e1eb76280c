"""Real workers: how they sign in, and what becomes of everything when the driving process ends."""

import json
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from zcrm.dask import RedisLedger, update_many

from ..shared.conftest import _server, has_redis, server  # noqa: F401
from .conftest import NO_PROFILE

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")

DRIVER = """
import json, sys
from distributed import Client
from zcrm.dask import Job, update_many

given = json.load(sys.stdin)
jobs = [Job(org=org, module="Deals", rows=rows, triggers=()) for org, rows in given["jobs"].items()]
with Client(given["scheduler"]) as client:
    try:
        report = update_many(client, jobs, ledger=given["ledger"], out=given["out"], rows_per_part=500)
    except KeyboardInterrupt as interrupt:
        print(json.dumps(interrupt.report.summary.states))
        raise
    print(json.dumps(report.summary.states))
"""


@pytest.fixture
def cluster(world):
    """Starts two workers in the world that was made."""
    with dask.config.set(NO_PROFILE), ExitStack() as stack:

        def start():
            made = distributed.LocalCluster(
                n_workers=2, threads_per_worker=2, dashboard_address=":0", silence_logs="CRITICAL"
            )
            return stack.enter_context(made)

        yield start


def start_driver(there, cluster):
    given = {
        "scheduler": cluster.scheduler_address,
        "jobs": {name: str(there.file(name)) for name in there.names},
        "ledger": str(there.ledger),
        "out": str(there.out),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(json.dumps(given))
    process.stdin.close()
    return process


def calls(there):
    return sum(org.ledger.calls("update_records") for org in there.sim.orgs)


def until_calls(there, number):
    deadline = time.monotonic() + 60
    while calls(there) < number:
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_whatever_ends_the_driving_process_the_next_one_goes_on(ending, world, cluster):
    there = world(2, 3000)
    for org in there.sim.orgs:
        org.fault("slow", seconds=0.1)
    workers = cluster()
    with start_driver(there, workers) as process:
        until_calls(there, 12)
        process.send_signal(ending)
        said, errors = process.stdout.read(), process.stderr.read()
    if ending == signal.SIGINT:
        states = json.loads(said)
        assert states["updated"] + states["unsent"] == 6000
        assert 0 < states["unsent"] < 6000
        assert "it goes on" in errors
        assert calls(there) * 100 == states["updated"]
    with start_driver(there, workers) as process:
        said = process.stdout.read()
    states = json.loads(said)
    assert states["updated"] + states["unknown"] == 6000
    assert states["unknown"] == 0 or ending == signal.SIGKILL
    rows = [(row["org"], row["row"]) for row in there.outcomes()]
    assert sorted(rows) == [(name, n) for name in there.names for n in range(3000)]
    assert not any(org.ledger.applied_twice for org in there.sim.orgs)


def test_workers_sign_in_by_profiles_and_tell_no_secret(world, cluster):
    there = world(2, 300)
    with distributed.Client(cluster()) as client:
        report = update_many(client, there.jobs(), ledger=there.ledger, out=there.out)
        assert there.check(report) == {"updated": 600}

        def fails(org, **options):
            raise RuntimeError("no way in")

        others = {"ledger": there.folder / "other", "out": there.folder / "others"}
        report = update_many(client, there.jobs(), connect=fails, **others)
        assert {part.why["message"] for part in report.stopped} == {"no way in"}
        logs = str(client.get_worker_logs()) + str(client.get_scheduler_logs())
    assert "no way in" in logs
    for org in there.sim.orgs:
        for secret in (org.client_secret, org.refresh_token, org.access_token):
            assert secret not in logs


def test_a_ledger_on_a_server(world, cluster, server, tmp_path):  # noqa: F811
    there = world(2, 700)
    secret = server.url.replace("redis://", "redis://default:@")
    ledger = RedisLedger(secret, name="january")
    with distributed.Client(cluster()) as client:
        for _ in range(2):
            report = update_many(client, there.jobs(), ledger=ledger, out=there.out, rows_per_part=300)
            assert there.check(report) == {"updated": 1400}
    assert calls(there) == 14
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
