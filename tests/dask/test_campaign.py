"""A cluster of two worker processes sends the rows of many orgs while its workers are killed.

`nox -s dask` does 20 rounds with 20 orgs of 5,000 rows; ZCRM_DASK_ROUNDS, ZCRM_DASK_ORGS and ZCRM_DASK_ROWS
say how much, else it is a sample.
"""

import os
import random
import signal
import threading
import time
from contextlib import suppress

import pytest

from zcrm import Connection, ZohoCRM
from zcrm.dask import update_many
from zcrm.engine.flows.sending import LOST
from zcrm.shared import SqliteGate

from .conftest import NO_PROFILE

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")

ROUNDS = int(os.environ.get("ZCRM_DASK_ROUNDS", "1"))
ORGS = int(os.environ.get("ZCRM_DASK_ORGS", "4"))
ROWS = int(os.environ.get("ZCRM_DASK_ROWS", "1500"))
CALL_TIMEOUT, MARGIN = 3.0, 2.0
KILLS = 3
AT_ONCE = 10


class Killer(threading.Thread):
    """Kills workers when so many calls have come in."""

    def __init__(self, cluster, sim, moments, draw):
        super().__init__()
        self.cluster, self.sim, self.moments, self.draw = cluster, sim, moments, draw
        self.kills = 0
        self.over = threading.Event()

    def run(self):
        for moment in self.moments:
            while self._calls() < moment:
                if self.over.wait(0.002):
                    return
            while not (pids := self._pids()):
                time.sleep(0.01)
            with suppress(ProcessLookupError):
                os.kill(self.draw.choice(pids), signal.SIGKILL)
                self.kills += 1

    def _pids(self):
        """Those of workers that are up: one that is killed while it starts, Dask does not start again."""
        nannies = self.cluster.workers.values()
        up = {worker.nanny for worker in list(self.cluster.scheduler.workers.values())}
        return [nanny.pid for nanny in nannies if nanny.address in up and nanny.pid]

    def _calls(self):
        return sum(org.ledger.calls() for org in self.sim.orgs)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_each_row_has_one_outcome_whatever_dies(seed, world, tmp_path):
    draw = random.Random(seed)
    there = world(ORGS, ROWS)
    for org in there.sim.orgs:
        org.fault("slow", seconds=0.03)

    def connect(org, **options):
        return ZohoCRM.from_profile(org, connection=Connection(call_timeout=CALL_TIMEOUT), **options)

    def gate(org):
        return SqliteGate(tmp_path / "gates" / org, AT_ONCE, call_timeout=CALL_TIMEOUT, margin=MARGIN)

    calls = ORGS * ROWS // 100
    moments = sorted(draw.randint(1, calls * 9 // 10) for _ in range(KILLS))
    allowed = draw.choice([0, 3])
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": allowed, **NO_PROFILE}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=2, dashboard_address=":0", silence_logs="CRITICAL"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        killer = Killer(cluster, there.sim, moments, draw)
        killer.start()
        try:
            jobs = there.jobs(options={"resend_lost": False})
            places = {"ledger": there.ledger, "out": there.out}
            report = update_many(client, jobs, **places, connect=connect, gate=gate)
        finally:
            killer.over.set()
            killer.join()
    states = there.check(report)
    print(f"seed {seed}: {killer.kills} kills, {allowed} allowed, {dict(states)}, {report.seconds:.1f} s")
    assert set(states) <= {"updated", "unknown"}
    assert killer.kills or not moments
    died_with_a_worker = sum(row["message"] == LOST for row in there.outcomes())
    assert died_with_a_worker <= killer.kills * 2 * AT_ONCE * 100
    for org in there.sim.orgs:
        assert org.ledger.peak_in_flight <= AT_ONCE
        assert not org.ledger.applied_twice
        assert org.ledger.calls("create_token") <= 2
