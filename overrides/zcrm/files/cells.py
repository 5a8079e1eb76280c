"""From a header and cells of text to the record that is sent.

A column is `Field`, `Field:type` or, for a value inside an object, `Field.key` with or without a type.
Without a type a cell is text, as it stands. A cell that is empty or blank is never sent, whatever its type,
so that nobody's data is wiped by a gap in a file; only the text the caller chose for it clears a field.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import orjson

from zcrm.files.shown import hides, shown

__all__ = ["CellError", "Column", "check_keys", "parse_column", "parse_header", "record_from"]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LEVELS = 100
_JSON_INTEGERS = range(-(2**63), 2**64)


class CellError(ValueError):
    """A header or a cell that can not be read.

    `problem` says what is wrong, `fix` what to do, `column` the header's text when it is known.
    """

    def __init__(self, problem: str, fix: str, column: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.column = column


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header as typed, the keys it fills from the outside in, and the type of its cells."""

    header: str
    path: tuple[str, ...]
    type: str
    text: str | None = field(init=False, repr=False, compare=False)
    """The field's name, where cells are texts as they stand and nothing is nested."""

    def __post_init__(self) -> None:
        as_it_stands = self.type == "str" and len(self.path) == 1 and self.path != ("id",)
        object.__setattr__(self, "text", self.path[0] if as_it_stands else None)

    def value(self, text: str) -> object:
        """Return the value of a cell that is not blank, or raise CellError."""
        return _READERS[self.type](text)


def parse_column(header: str) -> Column:
    """Read `Field`, `Field.key`, `Field:type` or `Field.key:type`; the type defaults to `str`.

    Raises CellError for an unknown type or a missing name.
    """
    name, colon, kind = header.strip().rpartition(":")
    if not colon:
        name, kind = kind, "str"
    name, kind = name.strip(), kind.strip()
    if kind not in _READERS:
        raise CellError(
            f"unknown column type {kind!r}",
            f"use one of :{' :'.join(_READERS)}, or no type for text",
            header,
        )
    path = tuple(name.split("."))
    if not all(path):
        raise CellError(
            "a column without a field name", "name the field, e.g. Account_Name or Owner.id", header
        )
    if path == ("id",) and kind not in ("str", "int"):
        raise CellError(f"ids can not be of type {kind!r}", "name the column id: ids are text", header)
    return Column(header, path, "str" if path == ("id",) else kind)


def parse_header(headers: Sequence[str]) -> list[Column | None]:
    """Read a header row; a column whose name begins with `_` is not for Zoho and gives None.

    Raises CellError for a column whose name hides something or can not be read, for two that fill the same
    field, and when there is no `id` column.
    """
    if len(headers) == 1 and "\t" in headers[0]:
        raise _no_id(headers)
    for header in headers:
        _check_name("column", header)
    columns = [
        None if header.lstrip().startswith("_") else _named(header, n) for n, header in enumerate(headers, 1)
    ]
    by_path: dict[tuple[str, ...], Column] = {}
    for column in filter(None, columns):
        for other in by_path.values():
            shared = min(len(column.path), len(other.path))
            if column.path[:shared] == other.path[:shared]:
                raise CellError(
                    f"columns {other.header!r} and {column.header!r} fill the same field",
                    "keep one of them",
                    column.header,
                )
        by_path[column.path] = column
    if ("id",) not in by_path:
        raise _no_id(headers)
    return columns


def record_from(
    columns: Sequence[Column | None], cells: Sequence[str], null: str | None = None
) -> dict[str, Any]:
    """Return the record that a row of cells stands for; blank cells leave their field out.

    A cell equal to `null` gives None. A field spread over several columns (`Owner.id`, `Owner.name`) is None
    itself when all its filled cells are. Raises CellError, with the column, for a cell that does not fit its
    type.
    """
    record: dict[str, Any] = {}
    filled: set[str] = set()
    for column, cell in zip(columns, cells, strict=True):
        if column is None or not cell or cell.isspace():
            continue
        if column.text is not None and null is None:
            record[column.text] = cell
            continue
        if column.path == ("id",):
            if cell != null:
                record["id"] = cell.strip()
            continue
        value = None if cell == null else _read(column, cell)
        if cell != null:
            filled.add(column.path[0])
        _place(record, column.path, value)
    if null is not None:
        for name in record.keys() - filled - {"id"}:
            record[name] = None
    return record


def check_keys(value: object) -> None:
    """Raise CellError for a key, at any depth, that hides something, and for what is nested too deep."""
    level = [value]
    for _ in range(_LEVELS):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                for key in item:
                    _check_name("key", key)
                below += item.values()
            elif isinstance(item, list):
                below += item
        level = [item for item in below if isinstance(item, dict | list)]
        if not level:
            return
    raise CellError(f"values inside each other, more than {_LEVELS} levels deep", "send a flatter value")


def _check_name(what: str, name: str) -> None:
    if hides(name):
        raise CellError(
            f"the {what} '{shown(name)}' holds a character that can't be seen",
            "take it out of the name, e.g. by typing the name anew",
        )


def _named(header: str, position: int) -> Column:
    if not header.strip():
        raise CellError(f"column {position} has no name", "name it in the header row, or remove the column")
    return parse_column(header)


def _no_id(headers: Sequence[str]) -> CellError:
    held = ", ".join(headers)
    held = held if len(held) <= 80 else held[:77] + "…"
    alike = [header for header in headers if header.strip().lower() in ("id", "record id", "record_id")]
    if alike:
        fix = f"rename the column {alike[0]!r} to id"
    elif len(headers) == 1 and (";" in held or "\t" in held):
        fix = "save the file with commas between the cells, and name the column of record ids id"
    else:
        fix = "give the file a header row with an id column that holds the record ids"
    return CellError(f"no column is named id; the first line holds {held!r}", fix)


def _read(column: Column, cell: str) -> object:
    try:
        return column.value(cell)
    except CellError as error:
        error.column = column.header
        raise


def _place(record: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for key in path[:-1]:
        record = record.setdefault(key, {})
    record[path[-1]] = value


def _refuse(text: str, wanted: str, fix: str) -> CellError:
    shown = text if len(text) <= 60 else text[:57] + "…"
    return CellError(f"{shown!r} is not {wanted}", fix)


def _str(text: str) -> str:
    return text


def _int(text: str) -> int:
    stripped = text.strip()
    if not _INTEGER.fullmatch(stripped):
        raise _refuse(text, "a whole number", "write digits only, without separators")
    if len(stripped) > 21 or int(stripped) not in _JSON_INTEGERS:
        raise _refuse(text, "a whole number of at most 64 bits", "use a text column for longer ones")
    return int(stripped)


def _float(text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        raise _refuse(text, "a number", "write it like 1234.5, with a point and without separators")
    number = float(text)
    if not isfinite(number):
        raise _refuse(text, "a number that fits a float", "use a smaller one")
    return number


def _decimal(text: str) -> Decimal:
    _float(text)
    return Decimal(text.strip())


def _bool(text: str) -> bool:
    match text.strip().lower():
        case "true":
            return True
        case "false":
            return False
    raise _refuse(text, "true or false", "write true or false")


def _date(text: str) -> date:
    fix = "write dates like 2026-01-31"
    stripped = text.strip()
    if not _DATE.fullmatch(stripped):
        raise _refuse(text, "a date", fix)
    try:
        return date.fromisoformat(stripped)
    except ValueError as error:
        raise _refuse(text, "a date", fix) from error


def _datetime(text: str) -> datetime:
    fix = "write date and time like 2026-01-31T15:26:49+05:30, with the offset"
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise _refuse(text, "a date and time", fix) from error
    if moment.tzinfo is None:
        raise _refuse(text, "a date and time with an offset", fix)
    return moment


def _list(text: str) -> list[str]:
    items = [item.strip() for item in text.split(";") if item.strip()]
    if not items:
        raise _refuse(text, "a list", "put items between the semicolons; to clear the field, use --null")
    return items


def _json(text: str) -> object:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _refuse(
            text,
            f"JSON from character {error.colno} on",
            'write a JSON value, e.g. {"id": "554023000000235011"}',
        ) from error
    check_keys(value)
    return value


_READERS: Mapping[str, Callable[[str], object]] = {
    "str": _str,
    "int": _int,
    "float": _float,
    "decimal": _decimal,
    "bool": _bool,
    "date": _date,
    "datetime": _datetime,
    "list": _list,
    "json": _json,
}
