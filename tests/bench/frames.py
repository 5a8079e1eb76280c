"""A million rows of ten fields from Parquet and from a polars frame: CPU beside dicts, and memory.

Sources take turns, and what counts is the median of the rounds' ratios. Prints a line for each, and exits 1
where a frame takes more than 1.3 times the CPU of its dicts, or memory grows with the rows.
`python frames.py [ROUNDS [ROWS]]`
"""

import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from zcrm import AccessToken, ZohoCRM

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
FIRST = 5545974000000500001
MOST = 1.3
MOST_GROWN = 100
MEBIBYTE = 1024


def frame() -> pl.DataFrame:
    number = pl.int_range(ROWS, eager=True)
    return pl.DataFrame(
        {
            "id": (number + FIRST).cast(str),
            **{f"Text_{n}": "text " + (number % (1000 + n)).cast(str) for n in range(4)},
            "Beds": number % 10,
            "Price": number * 0.5,
            "Open": number % 2 == 0,
            "City": pl.Series([None, "Cork", "Lille"] * (ROWS // 3 + 1))[:ROWS],
            "Note": pl.repeat("x", ROWS, eager=True),
        }
    )


@contextmanager
def server() -> Iterator[str]:
    """A stub that answers at once, in a process of its own; gives its address."""
    command = [sys.executable, str(Path(__file__).parent / "stub.py"), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def measured(name: str, rows: Any, address: str) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with ZohoCRM(auth=AccessToken("1000.x"), api_domain=address) as crm:
        updated = sum(outcome.ok for outcome in crm.records.update("Deals", rows))
    assert updated == ROWS, updated
    seconds = time.process_time() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / MEBIBYTE
    print(f"{name:<8} {seconds / ROWS * 1e6:6.2f} µs CPU a row, {grown:6.1f} MiB more at its peak")
    return seconds, grown


def as_dicts(table: pl.DataFrame) -> Iterable[dict[str, Any]]:
    """The same rows, made a thousand at a time outside what is measured."""
    for part in table.iter_slices(1000):
        yield from [
            {name: value for name, value in row.items() if value is not None} for row in part.to_dicts()
        ]


def main() -> int:
    table = frame()
    ratios: dict[str, list[float]] = {"polars": [], "parquet": []}
    most_grown = 0.0
    with TemporaryDirectory() as folder, server() as address:
        path = Path(folder) / "rows.parquet"
        table.write_parquet(path, row_group_size=50_000)
        for _ in range(ROUNDS):
            frames = {"polars": table, "parquet": ParquetStream(pq.ParquetFile(path))}
            taken = {name: measured(name, rows, address) for name, rows in frames.items()}
            dicts, _ = measured("dicts", list(as_dicts(table)), address)
            for name, (seconds, grown) in taken.items():
                ratios[name].append(seconds / dicts)
                most_grown = max(most_grown, grown)
    for name, found in ratios.items():
        spread = f"{min(found):.2f}–{max(found):.2f}"
        print(f"{name}: {median(found):.2f} ({spread}) × the CPU of dicts, limit {MOST}")
    return int(max(median(found) for found in ratios.values()) > MOST or most_grown > MOST_GROWN)


class ParquetStream:
    """A Parquet file as a stream of Arrow."""

    def __init__(self, file: pq.ParquetFile) -> None:
        self._file = file

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        from pyarrow import RecordBatchReader

        reader = RecordBatchReader.from_batches(self._file.schema_arrow, self._file.iter_batches(4096))
        return reader.__arrow_c_stream__(requested_schema)


if __name__ == "__main__":
    sys.exit(main())
