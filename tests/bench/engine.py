"""The update engine beside others, in one run: wall time at 150 ms a call, CPU time at 0 ms, memory.

Each contender is a whole process pinned to one core, the server another pinned to the other; rounds are
interleaved, and what counts are ratios. `python engine.py [ROUNDS]`; prints tables in Markdown and exits 1
where a limit is missed. Contenders whose libraries are not installed are left out.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import NamedTuple

from contenders import CONTENDERS, NEEDS

HERE = Path(__file__).parent
CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE, SERVER_CORE = CORES[0], CORES[-1]
SLOW = frozenset({"httpx, one call at a time", "vendor's SDK"})
OURS = [name for name in CONTENDERS if name.startswith("zcrm")]
MEMORY_LIMIT = 1.2


class Limit(NamedTuple):
    """`contender` may take at most `most` times what `other` takes, in `measure`, at this latency."""

    contender: str
    measure: str
    latency: int
    most: float
    other: str


LIMITS = [
    *(Limit(name, "wall", 150, 1.05, "floor") for name in ("zcrm, sync", "zcrm, async")),
    Limit("zcrm, sync", "cpu", 0, 2.9, "aiohttp and orjson"),
    Limit("zcrm, async", "cpu", 0, 3.3, "aiohttp and orjson"),
    *(Limit(name, "cpu", 0, 1.0, "httpx, async") for name in OURS),
    *(Limit(name, "cpu", 0, 1 / 8, "vendor's SDK") for name in OURS),
]

Figures = dict[str, list[dict[str, float]]]


@contextmanager
def server(latency: int) -> Iterator[str]:
    """The stub, in a process of its own; gives its address."""
    command = [sys.executable, str(HERE / "stub.py"), str(latency)]
    with subprocess.Popen(_pinned(SERVER_CORE, command), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def run(name: str, url: str, rows: int) -> dict[str, float]:
    """One run of a contender; its figures."""
    command = [sys.executable, str(HERE / "contenders.py"), name, url, str(rows)]
    done = subprocess.run(_pinned(CLIENT_CORE, command), check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _pinned(core: int, command: list[str]) -> list[str]:
    return ["taskset", "-c", str(core), *command]


def compare(names: list[str], rows: int, latency: int, rounds: int) -> Figures:
    """All rounds of all contenders."""
    figures: Figures = {name: [] for name in names}
    with server(latency) as url:
        for _ in range(rounds):
            for name in names:
                figures[name].append(run(name, url, rows))
    return figures


def ratios(figures: Figures, name: str, other: str, measure: str) -> tuple[float, float, float]:
    """Smallest, median and largest ratio over the rounds."""
    found = sorted(
        mine[measure] / theirs[measure] for mine, theirs in zip(figures[name], figures[other], strict=True)
    )
    return found[0], median(found), found[-1]


def show(figures: Figures, rows: int, latency: int) -> None:
    """A table: medians, and ratios to the floor (wall) and to aiohttp with orjson (CPU)."""
    print(f"\n{rows:,} rows, {latency} ms a call\n")
    print("| contender | wall s | / floor (min–max) | CPU s | / aiohttp and orjson (min–max) | MiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, found in figures.items():
        cells = [name]
        for measure, other in (("wall", "floor"), ("cpu", "aiohttp and orjson")):
            cells.append(f"{median(f[measure] for f in found):.2f}")
            cells.append(_ratio(figures, name, other, measure))
        cells.append(f"{median(f['memory'] for f in found):.0f}")
        print(f"| {' | '.join(cells)} |")


def quote(slow: Figures, fast: Figures) -> None:
    """The table that the README quotes: wall time at the latency of a real server, CPU time at none."""
    print("\n| 50,000 rows | wall, × floor | CPU s | CPU, × aiohttp and orjson | MiB |")
    print("| --- | --- | --- | --- | --- |")
    for name, found in fast.items():
        wall = _ratio(slow, name, "floor", "wall") if name in slow else "–"
        cpu = f"{median(f['cpu'] for f in found):.2f}"
        memory = f"{median(f['memory'] for f in found):.0f}"
        print(f"| {name} | {wall} | {cpu} | {_ratio(fast, name, 'aiohttp and orjson', 'cpu')} | {memory} |")


def _ratio(figures: Figures, name: str, other: str, measure: str) -> str:
    if other not in figures:
        return ""
    least, middle, most = ratios(figures, name, other, measure)
    return f"{middle:.2f} ({least:.2f}–{most:.2f})"


def judge(figures: Figures, latency: int) -> bool:
    """Print each limit that applies, and whether it holds; returns whether one is missed."""
    missed = False
    for limit in LIMITS:
        if limit.latency == latency and {limit.contender, limit.other} <= figures.keys():
            _, middle, _ = ratios(figures, limit.contender, limit.other, limit.measure)
            holds = middle <= limit.most
            missed |= not holds
            print(
                f"{'ok    ' if holds else 'MISSED'} {limit.contender}: {limit.measure} {middle:.2f} × "
                f"{limit.other}, limit {limit.most:.3g}"
            )
    return missed


def memory() -> bool:
    """Peak memory of a million streamed rows beside fifty thousand; returns whether the limit is missed."""
    missed = False
    print("\n| contender | MiB at 50,000 rows | MiB at 1,000,000 rows | ratio |\n| --- | --- | --- | --- |")
    with server(0) as url:
        for name in _installed(OURS):
            small, large = (run(name, url, rows)["memory"] for rows in (50_000, 1_000_000))
            missed |= large / small > MEMORY_LIMIT
            print(f"| {name} | {small:.0f} | {large:.0f} | {large / small:.2f} |")
    return missed


def _installed(names: list[str]) -> list[str]:
    return [name for name in names if all(find_spec(module) for module in NEEDS.get(name, ()))]


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    names = _installed(list(CONTENDERS))
    missed = False
    large: dict[int, Figures] = {}
    for rows, latency in ((10_000, 0), (50_000, 0), (10_000, 150), (50_000, 150)):
        here = [name for name in names if latency == 0 or rows == 10_000 or name not in SLOW]
        figures = compare(here, rows, latency, rounds)
        show(figures, rows, latency)
        if rows == 50_000:
            large[latency] = figures
            print()
            missed |= judge(figures, latency)
    missed |= memory()
    quote(large[150], large[0])
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
