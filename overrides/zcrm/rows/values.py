"""From a caller's row to what is sent: ids, values, and whether the row may be sent twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from .outside import raised_by_signal
from .scalars import AS_THEY_ARE, Values, held, is_index, is_missing, is_whole

T = TypeVar("T")

_EXACT = frozenset((str, int, bool, type(None)))
_LARGEST_INT = 2**64 - 1
_SMALLEST_INT = -(2**63)
_DEEPEST = 100


class BadValue(ValueError):
    """A value that cannot be sent; `path` leads to it, `code` is what Zoho would say, `fix` what to do."""

    def __init__(self, message: str, path: str = "", code: str = "INVALID_DATA", fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.code = code
        self.fix = fix


def foreign(read: Callable[[], T], path: str = "") -> T:
    """Run the caller's own code: what it raises is its row's fault, unless a signal handler raised it."""
    try:
        return read()
    except BadValue:
        raise
    except Exception as error:
        if raised_by_signal(error):
            raise
        raise BadValue(f"Reading the row raised {type(error).__name__}: {error}", path) from None


def record_id(value: Any) -> str:
    """A record id as text. Takes text and whole numbers; raises BadValue for anything else."""
    if isinstance(value, str):
        if stripped := str.strip(value):
            return stripped
    elif isinstance(value, int) and not isinstance(value, bool):
        return int.__repr__(value)
    elif isinstance(value, float):
        raise BadValue(
            "The id is a floating-point number, which has lost its last digits; give it as text", "id"
        )
    elif value is not None and not is_missing(value):
        if is_whole(value):
            return format(value, "f")
        if is_index(value):
            return str(foreign(partial(held, value), "id"))
        raise BadValue(f"An id is text or an integer, not {type(value).__name__}", "id")
    raise BadValue("The row has no id", "id", "MANDATORY_NOT_FOUND")


def flat_nulls(row: Mapping[str, Any]) -> int | None:
    """How many values are None, in a row of scalars that are all sent as they are; None for any other row."""
    nulls = 0
    for name, value in row.items():
        kind = type(value)
        if type(name) is not str:
            return None
        if kind is str:
            continue
        if value is None:
            nulls += 1
        elif kind is int:
            if not _SMALLEST_INT <= value <= _LARGEST_INT:
                return None
        elif kind is not bool and (kind is not float or not math.isfinite(value)):
            return None
    return nulls


def wire_row(row: Mapping[str, Any], how: Values = AS_THEY_ARE) -> dict[str, Any]:
    """The row with each value as JSON can carry it; raises BadValue naming the path to one that it can't.

    Text, booleans, None and integers of up to 64 bits stay as they are; so do finite floats, and decimals,
    which are sent with all their digits. Dates become YYYY-MM-DD, aware datetimes ISO 8601 with whole seconds
    and offset, UUIDs text, sequences lists, scalars of numpy what they stand for. Refused: infinities, NaN,
    its kin (they would blank the field), and naive datetimes (their zone would be a guess) unless `how` says
    otherwise, and any other type.
    """
    wire: dict[str, Any] = {}
    for given, value in _items(row, ""):
        key = _key(given)
        if how.missing != "error" and type(value) not in _EXACT and is_missing(value):
            if how.missing == "clear":
                wire[key] = None
        elif value is not None or not how.skip_nulls:
            wire[key] = _wire(value, key, how.timezone)
    return wire


def _items(value: Mapping[Any, Any], path: str) -> list[tuple[Any, Any]]:
    return foreign(lambda: list(value.items()), path)


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    raise BadValue(f"A field's name is text, not {type(key).__name__}", str(key))


def _wire(value: Any, path: str, zone: tzinfo | None, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise BadValue(f"A value nested more than {_DEEPEST} deep can't be sent", path.partition("[")[0])
    if type(value) not in _EXACT and is_missing(value):
        raise _blanking(value, path)
    match value:
        case None | bool() | str():
            return value
        case int():
            if not _SMALLEST_INT <= value <= _LARGEST_INT:
                raise BadValue("An integer of more than 64 bits can't be sent; give it as text", path)
            return value
        case float() | Decimal():
            if not math.isfinite(value):
                raise BadValue(
                    f"{value} can't be sent: it would blank the field, JSON has no such number", path
                )
            return foreign(lambda: float(value), path) if isinstance(value, float) else value
        case datetime():
            return wire_time(value.replace(tzinfo=zone) if zone and value.tzinfo is None else value, path)
        case date():
            return foreign(value.isoformat, path)
        case UUID():
            return foreign(value.__str__, path)
        case Mapping():
            items = _items(value, path)
            return {_key(key): _wire(item, f"{path}.{key}", zone, depth + 1) for key, item in items}
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            listed = foreign(lambda: list(value), path)
            return [_wire(item, f"{path}[{n}]", zone, depth + 1) for n, item in enumerate(listed)]
    scalar = foreign(lambda: held(value), path)
    if type(scalar) is type(value):
        raise BadValue(f"A value of type {type(value).__name__} can't be sent", path)
    return _wire(scalar, path, zone, depth + 1)


def _blanking(value: object, path: str) -> BadValue:
    inside = "." in path or "[" in path
    fix = "take it out" if inside else "say missing='skip' or missing='clear'"
    return BadValue(f"{value} can't be sent: it would blank the field; {fix}", path)


def wire_time(value: datetime, path: str = "") -> str:
    """ISO 8601 with whole seconds and offset; raises BadValue for a time without a zone."""
    if foreign(value.utcoffset, path) is None:
        raise BadValue("A time without a time zone can't be sent: its zone would be a guess", path)
    return foreign(lambda: value.isoformat(timespec="seconds"), path)


def aware_time(given: object) -> str:
    """A time to compare with, or to move to, as text; raises BadValue for what is none or has no zone."""
    try:
        time = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError as error:
        if raised_by_signal(error):
            raise
        time = None
    if not isinstance(time, datetime):
        raise BadValue(f"{given!r} is no time: give an aware datetime, or ISO 8601 text with an offset")
    sent = wire_time(time)
    return given if isinstance(given, str) else sent


def is_plain(row: Mapping[str, Any]) -> bool:
    """Whether sending the row twice does no more than sending it once.

    True when every value is a scalar, `{"id": …}` or a list of scalars, and `$append_values` holds only
    false: lists of objects (subforms, multi-select lookups, images) link or add once more each time.
    """
    for key, value in row.items():
        if isinstance(value, dict):
            if key == "$append_values":
                if any(str(flag).strip().lower() != "false" for flag in value.values()):
                    return False
            elif value.keys() != {"id"}:
                return False
        elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
            return False
    return True
