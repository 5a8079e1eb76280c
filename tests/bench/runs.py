"""A whole run beside the bare engine: wall time at a real latency, CPU time and memory at none. And beside a
run that is checked by the module's fields, which type its cells in place of the header.

`python runs.py [ROUNDS]`; every measurement is a process of its own, and what counts are ratios.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

STUB = Path(__file__).with_name("stub.py")
FIELDS = ("Account_Name", "Account_Site", "Billing_City", "Billing_State", "Billing_Country", "Phone", "Fax")
HEADER = ("id", *FIELDS, "Employees:int", "Annual_Revenue:float")
KINDS = {
    **dict.fromkeys(FIELDS, ("text", "string", 255)),
    "Billing_Country": ("picklist", "string", 120),
    "Phone": ("phone", "string", 30),
    "Employees": ("integer", "integer", 9),
    "Annual_Revenue": ("currency", "double", 16),
}
FIRST = 5545974000000500001


def cells(number: int) -> list[str]:
    texts = [f"{name} {number}" for name in FIELDS]
    return [str(FIRST + number), *texts, str(number), f"{number}.5"]


def records(rows: int) -> Iterator[dict[str, Any]]:
    for number in range(rows):
        texts = {name: f"{name} {number}" for name in FIELDS}
        yield {"id": str(FIRST + number), **texts, "Employees": number, "Annual_Revenue": number + 0.5}


def write(path: Path, rows: int, header: Iterable[str] = HEADER) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(chain([header], map(cells, range(rows))))


def engine(url: str, rows: int, folder: Path) -> None:
    from zcrm import AccessToken, ZohoCRM

    with ZohoCRM(auth=AccessToken("token"), api_domain=url) as crm:
        for outcome in crm.records.update("Accounts", records(rows), triggers=()):
            assert outcome.state == "updated", outcome


def run(url: str, rows: int, folder: Path) -> None:
    from zcrm import AccessToken, ZohoCRM
    from zcrm.runs import Request, Run

    request = Request(module="Accounts", file=str(folder / "rows.csv"), triggers=(), runs_dir=folder / "runs")
    with ZohoCRM(auth=AccessToken("token"), api_domain=url) as crm, Run.new(request) as new:
        assert new.send(crm).states["updated"] == rows


def known(url: str, rows: int, folder: Path) -> None:
    from zcrm import AccessToken, ZohoCRM
    from zcrm.fields import Fields
    from zcrm.runs import Request, Run

    raw = [
        {"api_name": name, "data_type": kind, "json_type": json_type, "length": length}
        for name, (kind, json_type, length) in KINDS.items()
    ]
    Fields.from_api("Accounts", raw).save(folder / "fields")
    file, fields = str(folder / "rows.csv"), str(folder / "fields")
    request = Request(module="Accounts", file=file, triggers=(), runs_dir=folder / "runs", fields=fields)
    with ZohoCRM(auth=AccessToken("token"), api_domain=url) as crm, Run.new(request) as new:
        assert new.send(crm).states["updated"] == rows


WORK: dict[str, Callable[[str, int, Path], None]] = {"engine": engine, "run": run, "known": known}


def alone(name: str, url: str, rows: int, folder: Path) -> None:
    """Do the work and print what it took."""
    began = time.perf_counter()
    WORK[name](url, rows, folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    took = {
        "wall": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "mib": used.ru_maxrss / 1024,
    }
    print(json.dumps(took))


def measure(name: str, rows: int, latency: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        write(folder / "rows.csv", rows, ("id", *KINDS) if name == "known" else HEADER)
        stub = subprocess.Popen([sys.executable, STUB, str(latency)], stdout=subprocess.PIPE, text=True)
        try:
            assert stub.stdout is not None
            url = f"http://127.0.0.1:{int(stub.stdout.readline())}"
            words = [sys.executable, __file__, name, url, str(rows), text]
            done = subprocess.run(words, stdout=subprocess.PIPE, check=True, env=os.environ, text=True)
            return dict(json.loads(done.stdout))
        finally:
            stub.kill()
            stub.communicate()


class Limit(NamedTuple):
    """What a whole run may take at most, as a multiple of what the bare engine takes."""

    measure: str
    rows: int
    latency: int
    most: float


LIMITS = (Limit("wall", 50_000, 150, 1.1), Limit("cpu", 50_000, 150, 2.0))
MEMORY_LIMIT = 1.2
KNOWN_LIMIT = 1.5


def judge(what: str, ratio: float, most: float) -> bool:
    """Say whether a limit holds; returns whether it is missed."""
    print(f"{'ok    ' if ratio <= most else 'MISSED'} a run: {what} {ratio:.2f}, limit {most:.3g}")
    return ratio > most


def main() -> int:
    """Interleaved rounds; prints a table in Markdown and exits 1 where a limit is missed."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print("\n| rows | ms a call | wall, × engine (min–max) | CPU, × engine (min–max) | CPU µs a row | MiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    missed = False
    found: dict[tuple[int, int], list[tuple[dict[str, float], dict[str, float]]]] = {}
    for rows, latency, times in ((50_000, 150, rounds), (50_000, 0, rounds), (1_000_000, 0, 1)):
        pairs = [(measure("engine", rows, latency), measure("run", rows, latency)) for _ in range(times)]
        found[rows, latency] = pairs
        cells = [f"{rows:,}", str(latency)]
        for name in ("wall", "cpu"):
            ratios = sorted(whole[name] / bare[name] for bare, whole in pairs)
            cells.append(f"{median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})")
        cells.append(f"{median(whole['cpu'] for _, whole in pairs) / rows * 1e6:.1f}")
        cells.append(f"{median(whole['mib'] for _, whole in pairs):.0f}")
        print(f"| {' | '.join(cells)} |")
    print()
    for limit in LIMITS:
        pairs = found[limit.rows, limit.latency]
        ratio = median(whole[limit.measure] / bare[limit.measure] for bare, whole in pairs)
        missed |= judge(f"{limit.measure}, × the engine, at {limit.latency} ms,", ratio, limit.most)
    small, large = (median(whole["mib"] for _, whole in found[rows, 0]) for rows in (50_000, 1_000_000))
    missed |= judge("memory at 1,000,000 rows, × that at 50,000,", large / small, MEMORY_LIMIT)
    plain = found[1_000_000, 0][0][1]["cpu"]
    checked = measure("known", 1_000_000, 0)["cpu"]
    missed |= judge(
        "CPU at 1,000,000 rows checked by fields, × that of unchecked ones,", checked / plain, KNOWN_LIMIT
    )
    return int(missed)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        alone(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    else:
        sys.exit(main())
