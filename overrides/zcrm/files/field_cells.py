"""From the text of a cell to the value of a field whose type is known; text that is none stays as it is."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from math import isfinite

from zcrm.fields import Field
from zcrm.fields.values import NUMBERS, REFERENCES, kind_of
from zcrm.files.cells import reader
from zcrm.files.ids import bare_id
from zcrm.files.problems import CellError
from zcrm.files.reading import Reading

__all__ = ["field_reader", "holds_words", "type_of"]

_TYPES = {
    "integer": "int",
    "boolean": "bool",
    "date": "date",
    "datetime": "datetime",
    "multiselectpicklist": "list",
    **dict.fromkeys(NUMBERS, "decimal"),
    **dict.fromkeys(("subform", "multiselectlookup", "multiuserlookup", "fileupload", "imageupload"), "json"),
}
_STRIPPED = ("picklist", "email", "phone", "website", "bigint")
_WORDS = ("text", "textarea", "email", "phone", "website", "picklist")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"([+-]?[0-9]+)\.0+")
_EXACT_CHARACTERS = 16
_ID = re.compile(r"[0-9]{1,19}")


def type_of(field: Field) -> str:
    """Return the type of cell that holds values of a field."""
    return _TYPES.get(kind_of(field) or "", "str")


def holds_words(field: Field) -> bool:
    """Return whether a word such as NULL can be a value of a field."""
    return kind_of(field) in (*_WORDS, None)


def field_reader(field: Field, reading: Reading) -> Callable[[str], object]:
    """Return the function that reads cells of a field, written as `reading` says, as values of JSON.

    Text that can't be read comes back as it is: the checks of the field say what is wrong with it.
    """
    kind = kind_of(field)
    read = reader(type_of(field), reading)
    if kind in REFERENCES:
        return _reference
    if kind in NUMBERS and not reading.decimal_comma:
        return _number
    if kind == "integer" and not reading.decimal_comma:
        return _kept(lambda text: read(_without_zeros(text)))
    if kind == "date":
        return _kept(lambda text: str(read(text)))
    if kind == "datetime":
        return _kept(lambda text: _moment(read(text)))
    if kind in _STRIPPED:
        return str.strip
    return read if type_of(field) == "str" else _kept(read)


def _kept(read: Callable[[str], object]) -> Callable[[str], object]:
    def read_or_keep(text: str) -> object:
        try:
            return read(text)
        except CellError:
            return text

    return read_or_keep


def _number(text: str) -> object:
    """The number in its simplest form that keeps its digits: a float has fifteen."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return text
    if len(stripped) <= _EXACT_CHARACTERS:
        number = float(stripped)
        return int(stripped) if stripped.isdigit() else number if isfinite(number) else text
    return Decimal(stripped)


def _without_zeros(text: str) -> str:
    """A whole number as exports write it, 1045.0."""
    found = _WHOLE.fullmatch(text.strip())
    return found[1] if found else text


def _moment(value: object) -> object:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _reference(text: str) -> object:
    bare = bare_id(text)
    return {"id": bare} if _ID.fullmatch(bare) else text
