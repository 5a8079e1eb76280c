"""Outcomes as a Parquet file, written as they come (extra `arrow`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..atomic import atomic
from .arrow import pyarrow_or_refuse
from .outcomes import BATCH_ROWS, OutcomeRow, record_batch, schema

_GROUP_BATCHES = 16


@contextmanager
def parquet_writer(path: Path) -> Iterator[Callable[[OutcomeRow], None]]:
    """Gives what takes each row; the file is there when all of them were written, else as it was before.

    Little is held in memory, however many rows there are. Raises UsageError without the extra `arrow`, and
    OSError.
    """
    pyarrow_or_refuse()
    from pyarrow import parquet

    columns = schema()
    with atomic(path) as new, parquet.ParquetWriter(new, columns) as writer:
        group = _Group(writer, columns)
        yield group.add
        group.write()


class _Group:
    """Rows on their way into one row group: as they come, then as batches, which take less memory."""

    def __init__(self, writer: Any, columns: Any) -> None:
        self._writer = writer
        self._columns = columns
        self._rows: list[OutcomeRow] = []
        self._batches: list[Any] = []

    def add(self, row: OutcomeRow) -> None:
        self._rows.append(row)
        if len(self._rows) == BATCH_ROWS:
            self._pack()
            if len(self._batches) == _GROUP_BATCHES:
                self.write()

    def write(self) -> None:
        self._pack()
        if self._batches:
            table = pyarrow_or_refuse().Table.from_batches(self._batches, self._columns)
            self._writer.write_table(table)
            self._batches.clear()

    def _pack(self) -> None:
        if self._rows:
            self._batches.append(record_batch(self._rows, self._columns))
            self._rows.clear()
