"""From the text of a cell to the value that is sent."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from math import isfinite

import orjson

from zcrm.fields.values import NULL_WORDS
from zcrm.files.json_values import parse
from zcrm.files.names import check_keys
from zcrm.files.problems import CellError, quoted
from zcrm.files.reading import Reading

__all__ = [
    "JSON_INTEGERS",
    "NULL_WORDS",
    "NUMBERS",
    "TYPES",
    "CellError",
    "column_reader",
    "plain_reader",
    "reader",
    "with_offset",
]

NUMBERS = ("int", "float", "decimal")

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_COMMA_NUMBER = re.compile(r"[+-]?([0-9]{1,3}([. '’\u00a0\u202f][0-9]{3})+|[0-9]+)?(,[0-9]*)?")
_LOOKS_COMMA = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})*,[0-9]+|[+-]?[0-9]+,[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
JSON_INTEGERS = range(-(2**63), 2**64)
_MANY_DIGITS = 19


def reader(kind: str, reading: Reading) -> Callable[[str], object]:
    """Return the function that reads cells of a type, written as `reading` says; it raises CellError."""
    if kind in NUMBERS and reading.decimal_comma:
        return lambda text: _with_comma(text, _READERS[kind])
    if kind == "date" and reading.date_format:
        return lambda text: _formatted_date(text, reading.date_format or "")
    if kind == "datetime" and (zone := reading.zone):
        return lambda text: _datetime(text, zone)
    if kind == "str" and reading.trim:
        return str.strip
    return _READERS[kind]


def column_reader(kind: str, reading: Reading) -> Callable[[Sequence[str]], Sequence[object]]:
    """Return what reads many cells as `reader` does each; none of them is blank."""
    if kind in _QUICK and not reading.decimal_comma:
        return _QUICK[kind]
    read = reader(kind, reading)
    return lambda texts: [*map(read, texts)]


def plain_reader(kind: str) -> Callable[[str], object]:
    """Return the function that reads cells of a type as this package writes them."""
    return _READERS[kind]


def _refuse(text: str, wanted: str, fix: str) -> CellError:
    word = text.strip()
    if word.casefold() in NULL_WORDS:
        fix = f"say --blank '{word}' to leave such fields alone, or --null '{word}' to clear them"
    return CellError(f"{quoted(text)} is not {wanted}", fix, held=text)


def _str(text: str) -> str:
    return text


def _int(text: str) -> int:
    stripped = text.strip()
    if len(stripped) < _MANY_DIGITS and stripped.isascii() and stripped.isdigit():
        return int(stripped)
    if not _INTEGER.fullmatch(stripped):
        raise _refuse(text, "a whole number", "write digits only, without separators")
    if len(stripped) > 21 or int(stripped) not in JSON_INTEGERS:
        raise _refuse(text, "a whole number of at most 64 bits", "use a text column for longer ones")
    return int(stripped)


def _float(text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        fix = "write it like 1234.5, with a point and without separators"
        if _LOOKS_COMMA.fullmatch(text.strip()):
            fix += "; or say --decimal-comma if all numbers are written 1.234,50"
        raise _refuse(text, "a number", fix)
    number = float(text)
    if not isfinite(number):
        raise _refuse(text, "a number that fits a float", "use a smaller one")
    return number


def _ints(texts: Sequence[str]) -> list[int]:
    digits = "".join(texts)
    plain = digits.isascii() and digits.isdigit() and max(map(len, texts)) < _MANY_DIGITS
    return [*map(int if plain else _int, texts)]


def _floats(texts: Sequence[str]) -> list[float]:
    digits = "".join(texts).replace(".", "")
    plain = digits.isascii() and digits.isdigit() and max(map(len, texts)) < _MANY_DIGITS
    try:
        return [*map(float if plain else _float, texts)]
    except ValueError:
        return [*map(_float, texts)]


def _decimal(text: str) -> Decimal:
    _float(text)
    return Decimal(text.strip())


def _with_comma(text: str, read: Callable[[str], object]) -> object:
    number = _with_point(text)
    try:
        return read(number)
    except CellError as error:
        problem = error.problem.replace(quoted(number), quoted(text))
        raise CellError(problem, error.fix, held=text) from error


def _with_point(text: str) -> str:
    stripped = text.strip()
    if not stripped.strip("+-,") or not _COMMA_NUMBER.fullmatch(stripped):
        raise _refuse(text, "a number with a decimal comma", "write it like 1234,5 or 1.234,50")
    return re.sub(r"[. '’\u00a0\u202f]", "", stripped).replace(",", ".")


def _bool(text: str) -> bool:
    match text.strip().lower():
        case "true":
            return True
        case "false":
            return False
    raise _refuse(text, "true or false", "write true or false")


def _date(text: str) -> date:
    fix = "write dates like 2026-01-31, or say how they are written, as in --date-format %d.%m.%Y"
    stripped = text.strip()
    if not _DATE.fullmatch(stripped):
        raise _refuse(text, "a date", fix)
    try:
        return date.fromisoformat(stripped)
    except ValueError as error:
        raise _refuse(text, "a date", fix) from error


def _formatted_date(text: str, written: str) -> date:
    try:
        return datetime.strptime(text.strip(), written).date()
    except ValueError as error:
        raise _refuse(text, f"a date of the form {written}", "write all dates of the column alike") from error


def _datetime(text: str, zone: tzinfo | None = None) -> datetime:
    fix = "write date and time like 2026-01-31T15:26:49+05:30, with the offset"
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise _refuse(text, "a date and time", fix) from error
    if moment.tzinfo is not None:
        return moment
    if zone is None:
        raise _refuse(text, "a date and time with an offset", fix)
    if _is_day(text.strip()):
        raise _refuse(text, "a date and time", fix)
    moment = moment.replace(tzinfo=zone)
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        raise _refuse(text, f"one moment in {zone}, where clocks were changed", fix)
    return moment


def _is_day(text: str) -> bool:
    """Whether the text is a date without a time, midnight of which would be a guess."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def with_offset(text: str, zone: tzinfo | None) -> str:
    """Return the text of a time with the offset that it lacks, where the zone tells; any other as it is."""
    try:
        return _datetime(text, zone).isoformat() if zone else text
    except CellError:
        return text


def _list(text: str) -> list[str]:
    items = [item.strip() for item in text.split(";") if item.strip()]
    if not items:
        raise _refuse(text, "a list", "put items between the semicolons; to clear the field, use --null")
    return items


def _json(text: str) -> object:
    try:
        value = parse(text.encode("utf-8", "surrogatepass"))
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
_QUICK: Mapping[str, Callable[[Sequence[str]], Sequence[object]]] = {"int": _ints, "float": _floats}
TYPES = tuple(_READERS)
