"""Rows of what speaks Arrow, by pyarrow (extra `arrow`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from typing import Any

from ..errors import UsageError
from .gaps import dicts
from .schema import named_twice, not_named_by_text, refuse, unsendable
from .told import is_a

_INDEX = re.compile(r"__index_level_\d+__")
_HAS_NUMPY = find_spec("numpy") is not None
_BATCH_ROWS = 4096
_EXACT_BELOW = 2**53


def arrow_rows(source: Any, *, skip_nulls: bool, timezone: bool) -> Iterator[dict[str, Any]]:
    """The rows of whatever has `__arrow_c_stream__`; raises UsageError for a schema that can't be sent.

    Of what is held whole, float columns with gaps of which all values are whole are read as integers.
    """
    pyarrow = pyarrow_or_refuse()
    if is_a(source, "pandas", "DataFrame"):
        source = _pandas_table(source, pyarrow)
    if isinstance(source, pyarrow.Table | pyarrow.RecordBatch):
        batches: Any = (
            pyarrow.Table.from_batches([source]) if isinstance(source, pyarrow.RecordBatch) else source
        )
    elif isinstance(source, pyarrow.RecordBatchReader):
        batches = source
    else:
        try:
            batches = pyarrow.RecordBatchReader.from_stream(source)
        except (pyarrow.ArrowException, TypeError) as error:
            raise UsageError(
                f"A {type(source).__name__} is no table of rows: {error}",
                fix="Give a frame with a column id, or a list of mappings.",
            ) from error
    refuse(named_twice(batches.schema.names))
    refuse(unsendable(batches.schema, batches.schema.names, timezone=timezone))
    if isinstance(batches, pyarrow.Table):
        batches = _with_integers(batches).to_batches(max_chunksize=_BATCH_ROWS)
    return rows_of(batches, skip_nulls=skip_nulls)


def rows_of(batches: Iterable[Any], *, skip_nulls: bool = False) -> Iterator[dict[str, Any]]:
    """The rows of record batches."""
    return chain.from_iterable(_rows_of_batch(batch, skip_nulls) for batch in batches)


def _rows_of_batch(batch: Any, skip_nulls: bool) -> Iterator[dict[str, Any]]:
    from pyarrow import types

    names = batch.schema.names
    gaps = [
        name
        for name, column in zip(names, batch.columns, strict=True)
        if skip_nulls and (column.null_count or types.is_dictionary(column.type))
    ]
    return dicts(names, zip(*[_values(column) for column in batch.columns], strict=True), gaps)


def _values(column: Any) -> list[Any]:
    """The values of a column; those that numpy holds as they are, by numpy, in a tenth of the time."""
    from pyarrow import types

    kind = column.type
    text = types.is_string(kind) or types.is_large_string(kind)
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    if _HAS_NUMPY and (text or (number and not column.null_count)):
        values: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
        return values
    return column.to_pylist()  # type: ignore[no-any-return]


def pyarrow_or_refuse() -> Any:
    """pyarrow; raises UsageError where it is not installed."""
    try:
        import pyarrow
    except ImportError as error:
        raise UsageError(
            "This needs pyarrow: frames other than polars' are read by it, tables made",
            fix='pip install "zcrm[arrow]"',
        ) from error
    return pyarrow


def _pandas_table(frame: Any, pyarrow: Any) -> Any:
    refuse([*not_named_by_text(frame.columns), *named_twice(frame.columns)])
    try:
        table = pyarrow.Table.from_pandas(frame)
    except (pyarrow.ArrowException, TypeError, ValueError) as error:
        raise UsageError(
            f"This frame can't be sent: {'; '.join(str(part) for part in error.args)}",
            fix="Give each column values of one type.",
        ) from error
    return table.select([name for name in table.column_names if not _INDEX.fullmatch(name)])


def _with_integers(table: Any) -> Any:
    from pyarrow import float64, int64, types

    compute: Any = import_module("pyarrow.compute")
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if not types.is_floating(field.type) or not column.null_count or column.null_count == len(column):
            continue
        column = column.cast(float64())
        whole = compute.all(compute.equal(compute.floor(column), column)).as_py()
        most = compute.max(compute.abs(column)).as_py()
        if whole and most < _EXACT_BELOW:
            table = table.set_column(place, field.name, column.cast(int64()))
    return table
