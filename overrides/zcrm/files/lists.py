"""Records that were read as a table, written as they come: CSV, JSON lines or Parquet.

A lookup takes two columns, `Owner.id` and `Owner.name`. What else is no scalar is JSON in its cell.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import orjson

from zcrm.errors import UsageError
from zcrm.files.added import cell, line, safe
from zcrm.files.choices import ListFormat
from zcrm.files.shown import escaped

__all__ = ["columns_of", "writing"]

_BATCH = 2_000

Add = Callable[[Mapping[str, Any]], object]
Path = tuple[str, ...]


def columns_of(fields: Iterable[str], lookups: Collection[str]) -> list[Path]:
    """Return the columns for these fields, the record's id first; lookups: those that refer to a record."""
    columns: list[Path] = [("id",)]
    for name in dict.fromkeys(fields):
        if name in lookups:
            columns += [(name, "id"), (name, "name")]
        elif name != "id":
            columns.append((name,))
    return columns


@contextmanager
def writing(
    form: ListFormat,
    file: BinaryIO,
    columns: Sequence[Path],
    types: Mapping[str, str],
    *,
    on_screen: bool = False,
) -> Iterator[Add]:
    """Give what writes one record, to this file, which stays open. Little is held in memory.

    columns: for CSV and Parquet; JSON lines have the record as it was read. types: of columns whose cells are
    no text, by field: `int` or `json`. on_screen: a person reads it: what steers a terminal is escaped.
    Raises UsageError where Parquet needs the extra `arrow`, and OSError.
    """
    match form:
        case ListFormat.JSONL:
            shows = escaped if on_screen else str
            yield lambda record: file.write(shows(orjson.dumps(record).decode()).encode() + b"\n")
        case ListFormat.CSV:
            file.write(line(_header(columns, types)).encode())
            told = _shown if on_screen else safe
            yield lambda record: file.write(
                line(map(told, _cells(record, columns))).encode("utf-8", "replace")
            )
        case ListFormat.PARQUET:
            with _parquet(file, columns, types) as add:
                yield add


def _header(columns: Sequence[Path], types: Mapping[str, str]) -> list[str]:
    names = [".".join(path) for path in columns]
    return [f"{name}:{types[name]}" if name in types else name for name in names]


def _cells(record: Mapping[str, Any], columns: Sequence[Path]) -> Iterator[str | int | None]:
    for path in columns:
        value: Any = record
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        yield _cell(value)


def _shown(value: str | int | None) -> str | int | None:
    return cell(value) if isinstance(value, str) else value


def _cell(value: Any) -> str | int | None:
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case int():
            return value
    return orjson.dumps(value).decode()


@contextmanager
def _parquet(file: BinaryIO, columns: Sequence[Path], types: Mapping[str, str]) -> Iterator[Add]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise UsageError("Parquet needs an extra", fix='pip install "zcrm[cli,arrow]"') from None
    names = [".".join(path) for path in columns]
    schema = pa.schema([(name, pa.int64() if types.get(name) == "int" else pa.string()) for name in names])
    rows: list[list[str | int | None]] = []

    def flush() -> None:
        texts = [
            [value if field.type == pa.int64() or value is None else str(value) for value in column]
            for field, column in zip(schema, zip(*rows, strict=True), strict=True)
        ]
        writer.write_table(pa.table(texts, schema=schema))
        rows.clear()

    def add(record: Mapping[str, Any]) -> None:
        rows.append(list(_cells(record, columns)))
        if len(rows) == _BATCH:
            flush()

    with parquet.ParquetWriter(file, schema) as writer:
        yield add
        if rows:
            flush()
