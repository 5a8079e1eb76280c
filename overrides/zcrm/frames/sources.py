"""What a caller may hand in for rows, and the rows in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import IOBase
from itertools import chain
from typing import Any, Literal

from ..errors import UsageError
from .gaps import dicts
from .schema import named_twice, polars_unsendable, refuse
from .told import is_a, library_of

Nulls = Literal["skip", "send"]

_FRAMED = ("polars", "pandas", "pyarrow", "duckdb")
_BATCH_ROWS = 4096
_EXACT_BELOW = 2**53


def rows_in(source: Any, *, nulls: Nulls | None = None, timezone: bool = False) -> Any:
    """The rows of a frame or a cursor; anything else as it is.

    nulls: "skip", the default, leaves out fields that are null, "send" clears them. timezone: naive times can
    be sent. Raises UsageError for what holds rows but can't be iterated, and for columns that can't be sent.
    """
    skip = nulls != "send"
    if is_a(source, "polars", "LazyFrame"):
        raise UsageError("A LazyFrame has no rows yet", fix="Write frame.collect() instead.")
    if is_a(source, "polars", "DataFrame"):
        return _polars_rows(source, skip, timezone)
    if hasattr(source, "__arrow_c_stream__"):
        from .arrow import arrow_rows

        return arrow_rows(source, skip_nulls=skip, timezone=timezone)
    if hasattr(source, "fetchmany") and hasattr(source, "description"):
        if source.description is None:
            raise UsageError("The cursor holds no rows", fix="Run a query on it first.")
        return _cursor_rows(source, skip)
    if library_of(source) in _FRAMED:
        raise UsageError(
            f"A {type(source).__name__} is no frame of rows",
            fix="Give a frame with a column id, or a list of mappings.",
        )
    if isinstance(source, Mapping):
        raise UsageError("One mapping is no iterable of rows", fix="Write [row] for a single row.")
    if isinstance(source, str | bytes | bytearray):
        raise UsageError("A text is no iterable of rows", fix="Write csv.DictReader(open(path)) for a file.")
    if isinstance(source, IOBase):
        raise UsageError("A file is no iterable of rows", fix="Write csv.DictReader(file) for a CSV file.")
    return source


def _polars_rows(frame: Any, skip: bool, timezone: bool) -> Iterator[dict[str, Any]]:
    refuse(polars_unsendable(frame, timezone=timezone))
    return _polars_dicts(_with_integers(frame), skip)


def _polars_dicts(frame: Any, skip: bool) -> Iterator[dict[str, Any]]:
    return chain.from_iterable(_dicts_of_part(part, skip) for part in frame.iter_slices(_BATCH_ROWS))


def _dicts_of_part(part: Any, skip: bool) -> Iterator[dict[str, Any]]:
    columns = part.get_columns()
    gaps = [column.name for column in columns if skip and column.null_count()]
    return dicts(part.columns, zip(*[column.to_list() for column in columns], strict=True), gaps)


def _with_integers(frame: Any) -> Any:
    """Float columns with gaps of which all values are whole, as integers."""
    columns = []
    for column in frame.get_columns():
        if column.dtype.is_float() and 0 < column.null_count() < len(column):
            present = column.drop_nulls()
            if (
                present.is_finite().all()
                and (present.floor() == present).all()
                and present.abs().max() < _EXACT_BELOW
            ):
                columns.append(column.cast(int))
    return frame.with_columns(columns) if columns else frame


def _cursor_rows(cursor: Any, skip: bool) -> Iterator[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    refuse(named_twice(names))
    return _cursor_dicts(cursor, names, skip)


def _cursor_dicts(cursor: Any, names: list[str], skip: bool) -> Iterator[dict[str, Any]]:
    while batch := cursor.fetchmany(_BATCH_ROWS):
        if isinstance(batch[0], Mapping):
            names, batch = list(batch[0]), [[*row.values()] for row in batch]
        yield from dicts(names, batch, names if skip else ())
