"""What a second worker brings, and what an org's rows take of workers, ledger and gate.

Eight orgs of one simulator, in a process of its own, that takes 150 ms for each call; one worker process and
two, side by side, each with one part at a time. `python cluster.py [ROUNDS] [ROWS] [MILLISECONDS]`: ROWS of
each org, and what a call takes. Prints tables in Markdown and exits 1 where two workers do less than 1.8
times what one does, by the median.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import dask
import distributed
import pyarrow
from pyarrow import parquet

from zcrm.dask import Job, Ledger, RedisLedger, Report, SqliteLedger, update_many
from zcrm.shared.budget import Asked, Budget

CALL = int(sys.argv[3]) / 1e3 if len(sys.argv) > 3 else 0.150
ORGS = 8
LEAST = 1.8
FIRST_ID = 5545974000000500001
SIMULATOR = """
import json, sys
from zcrm.cli.simulated_profiles import ways_in
from zcrm.simulator import Simulator

orgs, rows, seconds, first = json.loads(sys.argv[1])
with Simulator(orgs=orgs) as sim, ways_in(sim) as environ:
    for org in sim.orgs:
        org.load("Deals", [{"id": str(first + n), "Stage": "Open"} for n in range(rows)])
        org.fault("slow", seconds=seconds)
    print(json.dumps(environ), flush=True)
    sys.stdin.read()
"""


@contextmanager
def simulator(rows: int) -> Iterator[None]:
    """Orgs to send to, their profiles in this process's environment."""
    words = [sys.executable, "-c", SIMULATOR, json.dumps([ORGS, rows, CALL, FIRST_ID])]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        os.environ.update(json.loads(process.stdout.readline()))
        try:
            yield
        finally:
            process.kill()


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis server at a free port of this host; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        words = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
            try:
                time.sleep(0.5)
                yield f"redis://127.0.0.1:{port}"
            finally:
                process.kill()


class Bench:
    """Files for all orgs, and a cluster of each size, started once."""

    def __init__(self, stack: ExitStack, folder: Path, rows: int) -> None:
        self._stack = stack
        self._folder = folder
        self._runs = 0
        file = folder / "deals.parquet"
        ids = [str(FIRST_ID + n) for n in range(rows)]
        parquet.write_table(pyarrow.table({"id": ids, "Stage": ["Closed Won"] * rows}), file)
        self._jobs = [Job(org=f"org-{n + 1}", module="Deals", rows=file, triggers=()) for n in range(ORGS)]
        self.clients = {workers: self._cluster(workers) for workers in (1, 2)}
        self.send(1)

    def _cluster(self, workers: int) -> Any:
        made = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs="ERROR"
        )
        return self._stack.enter_context(distributed.Client(self._stack.enter_context(made)))

    def send(self, workers: int, ledger: Ledger | None = None) -> tuple[Report, float]:
        """Send all rows anew; returns how it went, and the seconds of the workers' processors."""
        self._runs += 1
        out = self._folder / f"out-{self._runs}"
        client = self.clients[workers]
        before = sum(client.run(time.process_time).values())
        book = ledger or SqliteLedger(self._folder / f"ledger-{self._runs}")
        report = update_many(client, self._jobs, ledger=book, out=out)
        assert report.summary.states["updated"] == report.summary.rows, report
        return report, sum(client.run(time.process_time).values()) - before


def rate(report: Report) -> float:
    """Rows in a second."""
    return report.summary.rows / report.seconds


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.worker.profile.enabled": False}))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(simulator(rows))
        bench = Bench(stack, folder, rows)
        print(f"{ORGS} orgs of {rows:,} rows, a call of {CALL * 1e3:.0f} ms, {os.cpu_count()} cores, ")
        print(f"load {os.getloadavg()[0]:.1f}\n")
        print("| round | one worker, rows/s | two workers, rows/s | times |")
        print("| --- | --- | --- | --- |")
        times, costs = [], []
        for number in range(rounds):
            (one, cost), (two, _) = bench.send(1), bench.send(2)
            times.append(rate(two) / rate(one))
            costs.append(cost / one.summary.rows * 1e6)
            print(f"| {number + 1} | {rate(one):,.0f} | {rate(two):,.0f} | {times[-1]:.2f} |", flush=True)
        print(f"\nTwo workers do {median(times):.2f} times what one does, by the median.")
        print(f"A worker takes {median(costs):.0f} s of a core for a million rows, by the median.")
        url = stack.enter_context(redis_server())
        of_ledger(bench, url)
    return int(median(times) < LEAST)


def of_ledger(bench: Bench, url: str) -> None:
    """What a call takes of a server that has ledger and gates."""
    import redis

    with redis.Redis.from_url(url) as server:
        for n in range(ORGS):
            new = Budget.new(0.0, Asked(holder="", seconds=330.0, concurrency=10), forgotten=False)
            server.set(f"zcrm:{{org-{n + 1}}}:budget", new.text())
        bench.send(2, RedisLedger(url, name="before"))
        server.config_resetstat()
        report, _ = bench.send(2, RedisLedger(url, name="bench"))
        stats = server.info("commandstats")
    scripts = stats["cmdstat_evalsha"]
    calls = report.summary.calls
    print(f"\nWith ledger and gates on a server: {rate(report):,.0f} rows/s with two workers,")
    print(f"{scripts['calls'] / calls:.1f} scripts a call, {scripts['usec_per_call']:.0f} µs each.")


if __name__ == "__main__":
    sys.exit(main())
