"""From a row of cells, or an object, to the record that is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from zcrm.files.cells import NULL_WORDS, plain_reader
from zcrm.files.choices import JsonNull
from zcrm.files.columns import Column
from zcrm.files.ids import bare_id, lookup_id
from zcrm.files.problems import CellError, quoted
from zcrm.files.reading import Reading

__all__ = ["Built", "build"]

_CLEAR = object()
_LONGEST_WORD = max(map(len, NULL_WORDS))


@dataclass(slots=True)
class Built:
    """A record, what of its row can not be read, nulls that are not sent, columns that hold a null word."""

    record: dict[str, Any] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)
    unsent_nulls: int = 0
    null_words: list[str] = field(default_factory=list)


def build(
    columns: Iterable[Column | None], cells: Iterable[Any], reading: Reading, *, empty_is_text: bool = False
) -> Built:
    """Return the record that a row of cells stands for; blank cells leave their field out.

    A cell equal to a text of `reading.null` gives None, one equal to a text of `reading.blank` nothing. A
    field spread over several columns (`Owner.id`, `Owner.name`) is None itself when all its filled cells are.
    Cells that are no text (numbers of a sheet, values of JSON) are taken as they are, unless a type is given.
    empty_is_text: an empty text is sent, as it is meant where somebody wrote a program's quotes around it.
    """
    built = Built()
    record = built.record
    cleared: set[str] = set()
    filled: set[str] = set()
    for column, cell in zip(columns, cells, strict=True):
        if column is None or (cell == "" and (column.typed or not empty_is_text)):
            continue
        try:
            value = cell if cell == "" else _value(column, cell, reading, built)
        except CellError as error:
            error.column = column.header
            error.held = error.held or str(cell)
            built.errors.append(error)
            continue
        if value is None:
            continue
        path = column.path
        if value is _CLEAR:
            cleared.add(path[0])
            value = None
        elif len(path) > 1:
            filled.add(path[0])
        _place(record, path, value)
    for name in cleared - filled:
        record[name] = None
    return built


def _value(column: Column, cell: Any, reading: Reading, built: Built) -> object:
    """The value of a cell, `_CLEAR` where it clears, None where there is nothing to send."""
    if cell is None:
        return _null(column, reading, built)
    if not isinstance(cell, str):
        value = _native(column, cell)
        return _null(column, reading, built) if _is_null(value) else value
    text = cell.strip()
    if not text or (reading.blank and (cell in reading.blank or text in reading.blank)):
        return None
    if reading.null and (cell in reading.null or text in reading.null):
        return None if column.path == ("id",) else _CLEAR
    if column.is_id:
        return bare_id(text) if column.path == ("id",) else lookup_id(text)
    value = column.read(cell)
    if value is None or (column.type == "json" and _is_null(value)):
        return _null(column, reading, built)
    if len(text) <= _LONGEST_WORD and text.casefold() in NULL_WORDS:
        built.null_words.append(column.header)
    return value


def _null(column: Column, reading: Reading, built: Built) -> object:
    if column.path == ("id",):
        return None
    if reading.json_null is JsonNull.CLEAR:
        return _CLEAR
    built.unsent_nulls += 1
    return None


def _is_null(value: object) -> bool:
    """Whether it is an object of nothing but nulls, such as a lookup without an id."""
    return isinstance(value, dict) and bool(value) and all(part is None for part in value.values())


def _native(column: Column, value: Any) -> object:
    """A value that is no text, as its column's type has it."""
    if column.typed and column.path != ("id",) and not isinstance(value, list | dict):
        return _as_type(column, value)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise CellError(
            f"{quoted(str(value))} is a time without a zone",
            "write it as text with its offset, like 2026-01-31T15:26:49+05:30, "
            f"or say --type {'.'.join(column.path)}=date to send the day alone",
        )
    if isinstance(value, Mapping):
        held = value.get("id")
        return {**value, "id": lookup_id(held)} if isinstance(held, str) and held.strip() else value
    return value


def _as_type(column: Column, value: Any) -> object:
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, datetime):
        text = value.date().isoformat() if column.type == "date" else value.isoformat()
    elif isinstance(value, date):
        text = value.isoformat()
    elif isinstance(value, Decimal):
        text = format(value, "f")
    elif isinstance(value, float) and value.is_integer():
        text = str(int(value))
    else:
        text = str(value)
    return plain_reader(column.type)(text)


def _place(record: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for key in path[:-1]:
        record = record.setdefault(key, {})
    record[path[-1]] = value
