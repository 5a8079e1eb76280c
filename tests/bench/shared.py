"""What it costs to enter and leave a gate that processes share, against a call of 150 ms.

Another process has calls in flight beside, fewer than the limit, so that nobody waits for a permit; what is
measured is the time from asking to having entered, and that of leaving. `python shared.py [ROUNDS]`;
prints a table in Markdown and exits 1 where the median is more than 1 % of a call.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from zcrm.engine.gate import Gate, LocalGate
from zcrm.shared import RedisGate, SqliteGate

CALL = 0.150
MOST = 0.01
LOADS = (1, 9)
"""Calls in flight beside the one that is measured, from another process."""
OTHER = """
import sys, time
from threading import Thread
from zcrm.shared import RedisGate, SqliteGate

form, place, threads = sys.argv[1:]
gate = SqliteGate(place, 40) if form == "SqliteGate" else RedisGate(place, org="bench", concurrency=40)

def work():
    while True:
        with gate.enter(10):
            time.sleep(0.15)

for _ in range(int(threads)):
    Thread(target=work, daemon=True).start()
print("begun", flush=True)
sys.stdin.read()
"""


def measured(gate: Gate, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds that entering took, and leaving."""
    entering, leaving = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        leave = gate.enter(10)
        entered = time.perf_counter()
        with leave:
            time.sleep(0.005)
            left = time.perf_counter()
        leaving.append(time.perf_counter() - left)
        entering.append(entered - began)
    return entering, leaving


@contextmanager
def server() -> Iterator[str]:
    """A Redis server at a free port of this host; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        words = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
            try:
                yield f"redis://127.0.0.1:{port}"
            finally:
                process.kill()


@contextmanager
def others(form: str, place: str, threads: int) -> Iterator[None]:
    """Calls of another process beside those that are measured."""
    words = [sys.executable, "-c", OTHER, form, place, str(threads)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.5)
        try:
            yield
        finally:
            process.kill()


def rows(rounds: int) -> Iterator[tuple[str, int, list[float], list[float]]]:
    yield "LocalGate", 0, *measured(LocalGate(10), rounds)
    gates: dict[str, Callable[[str], Gate]] = {
        "SqliteGate": lambda place: SqliteGate(place, 40),
        "RedisGate": lambda place: RedisGate(place, org="bench", concurrency=40),
    }
    with tempfile.TemporaryDirectory() as folder, server() as url:
        places = {"SqliteGate": str(Path(folder) / "gate"), "RedisGate": url}
        for name, make in gates.items():
            gate = make(places[name])
            with gate.enter():
                pass
            for threads in LOADS:
                with others(name, places[name], threads):
                    yield name, threads, *measured(gate, rounds)


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    if shutil.which("redis-server") is None:
        print("redis-server is missing; on Debian: apt-get install redis-server", file=sys.stderr)
        return 2
    missed = False
    print(f"{rounds} calls each, {os.cpu_count()} cores, a call of {CALL * 1e3:.0f} ms\n")
    print("| gate | calls of others | enter, median | 95th in 100 | leave, median | of a call |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, threads, entering, leaving in rows(rounds):
        share = (median(entering) + median(leaving)) / CALL
        missed |= share > MOST
        late = quantiles(entering, n=20)[-1]
        print(
            f"| {name} | {threads} | {median(entering) * 1e3:.3f} ms | {late * 1e3:.3f} ms "
            f"| {median(leaving) * 1e3:.3f} ms | {share:.2%} |"
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
