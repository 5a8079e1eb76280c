"""The files of a job: what they are, and what of them can't be sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import msgspec

from ..errors import UsageError
from ..files.shown import shown
from ..frames.arrow import pyarrow_or_refuse, rows_of
from ..frames.schema import named_twice, unsendable
from .jobs import Job

CHANGED = "Put it back as it was to go on, or begin anew with another ledger and another out."
_BATCH_ROWS = 4096


class File(msgspec.Struct, frozen=True):
    """A Parquet file as it was. sha256: of its bytes."""

    path: str
    rows: int
    sha256: str

    @contextmanager
    def open(self) -> Iterator[Any]:
        """A `pyarrow.parquet.ParquetFile`; raises UsageError where the file is another by now, or gone."""
        pyarrow_or_refuse()
        from pyarrow import parquet

        with ExitStack() as stack:
            try:
                file = stack.enter_context(Path(self.path).open("rb"))
                digest = _digest(file)
            except OSError as error:
                raise UsageError(f"{shown(self.path)} can't be read: {error.strerror or error}") from error
            if digest != self.sha256:
                raise UsageError(f"{shown(self.path)} has changed since the ledger was begun", fix=CHANGED)
            yield parquet.ParquetFile(file)


class Input:
    """All files of a job. wrong: what of them can't be sent, in words."""

    def __init__(self, job: Job) -> None:
        """Look at them; raises UsageError where there are none, or without the extra `arrow`."""
        self.files: list[File] = []
        self.wrong: list[str] = []
        zoned = job.options.get("timezone") is not None
        columns = []
        for path in job.files():
            try:
                file, ids = _looked_at(path, timezone=zoned)
            except _Wrong as error:
                self.wrong.append(f"{shown(str(path))}: {error}")
            else:
                self.files.append(file)
                columns.append(ids)
        self.wrong += self._repeats(columns)

    def _repeats(self, columns: list[Any]) -> Iterator[str]:
        """Records that several rows are for: which of them came last would be chance."""
        pyarrow, compute = pyarrow_or_refuse(), _compute()
        if not columns:
            return
        ids = pyarrow.chunked_array(
            [chunk for column in columns for chunk in column.chunks], pyarrow.string()
        )
        counted = compute.value_counts(compute.drop_null(ids))
        repeated = counted.filter(compute.greater(counted.field("counts"), 1)).field("values")
        if not len(repeated):
            return
        record = repeated[0]
        places = compute.indices_nonzero(compute.fill_null(compute.equal(ids, record), False)).to_pylist()
        where = " and ".join(self._place(row) for row in places[:2])
        more = f", and so have {len(repeated) - 1:,} other ids" if len(repeated) > 1 else ""
        yield f"id {shown(record.as_py())} has several rows: {where}{more}; keep one row for each record"

    def _place(self, row: int) -> str:
        for file in self.files:
            if row < file.rows:
                return f"row {row + 1:,} of {shown(file.path)}"
            row -= file.rows
        raise IndexError(row)


class Rows:
    """The rows of a part. file: as `File.open` gives it."""

    def __init__(self, file: Any, first: int, rows: int) -> None:
        self._file = file
        self._first = first
        self._end = first + rows

    def records(self, *, skip_nulls: bool) -> Iterator[dict[str, Any]]:
        """Each row as a mapping."""
        return rows_of(self._batches(), skip_nulls=skip_nulls)

    def ids(self) -> Iterator[str | None]:
        """The id of each row, as text."""
        for batch in self._batches(["id"]):
            for record in batch.column(0).to_pylist():
                yield None if record is None else str(record).strip()

    def _batches(self, columns: list[str] | None = None) -> Iterator[Any]:
        row = 0
        for group in range(self._file.num_row_groups):
            rows = self._file.metadata.row_group(group).num_rows
            if row + rows > self._first and row < self._end:
                yield from self._of_group(group, row, columns)
            row += rows

    def _of_group(self, group: int, row: int, columns: list[str] | None) -> Iterator[Any]:
        for batch in self._file.iter_batches(_BATCH_ROWS, row_groups=[group], columns=columns):
            start = max(self._first - row, 0)
            count = min(self._end - row, batch.num_rows) - start
            if count > 0:
                yield batch.slice(start, count)
            row += batch.num_rows


class _Wrong(Exception):
    pass


def _looked_at(path: Path, *, timezone: bool) -> tuple[File, Any]:
    """The file, and its ids as they are sent."""
    pyarrow = pyarrow_or_refuse()
    from pyarrow import parquet

    try:
        with path.open("rb") as opened:
            file = parquet.ParquetFile(opened)
            names = file.schema_arrow.names
            found = named_twice(names) or unsendable(file.schema_arrow, names, timezone=timezone)
            if "id" not in names:
                raise _Wrong(f"no column is named id; its columns are {', '.join(map(shown, names))}")
            if found:
                raise _Wrong(", ".join(map(str, found)))
            texts = file.read(columns=["id"]).column(0).cast(pyarrow.string())
            ids = _compute().utf8_trim_whitespace(texts)
            return File(str(path), file.metadata.num_rows, _digest(opened)), ids
    except OSError as error:
        raise _Wrong(f"can't be read: {error.strerror or error}") from error
    except pyarrow.ArrowException as error:
        raise _Wrong(f"is no Parquet file that can be read: {error}") from error


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest


def _compute() -> Any:
    return import_module("pyarrow.compute")
