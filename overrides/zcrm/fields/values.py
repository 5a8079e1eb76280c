"""What a value must be for its field, and what Zoho surely refuses: checks made once for each field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .field import Field
from .table import EMPTY, NOT_WRITABLE, TOO_LONG, TOO_MANY_DIGITS, TYPE, Problem

Check = Callable[[Any], Problem | None]

TEXTS = ("text", "textarea", "email", "phone", "website")
NUMBERS = ("currency", "double", "percent")
REFERENCES = (
    *("lookup", "ownerlookup", "userlookup", "layout"),
    *("multi_module_lookup", "multimodulelookup"),
)
LISTS = ("subform", "multiselectlookup", "multiuserlookup", "fileupload", "imageupload")

NULL_WORDS = frozenset(
    [
        *("null", "(null)", "[null]", "<null>", "nil", "none", "nan", "nat", "<na>", "undefined", "\\n"),
        *("#n/a", "#null!", "#ref!", "#value!", "#name?", "#num!", "#div/0!", "n/a"),
    ]
)
"""What programs and spreadsheets write where there is nothing."""

_COMPUTED = ("formula", "rollup_summary", "autonumber")
_OF_THE_SYSTEM = ("Created_By", "Created_Time", "Modified_By", "Modified_Time")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID = re.compile(r"[0-9]{1,19}")
_BIGINT = re.compile(r"-?[0-9]+")
_CUT = re.compile(r"[0-9]+([.,][0-9]*)?[eE][+-]?[0-9]+")

_A_DATE = "a date", "Write dates like 2026-01-31; --date-format reads those of a file in another form."
_A_TIME = (
    "a date and time with an offset",
    "Write times like 2026-01-31T15:26:49+05:30; --timezone gives those of a file a zone, but a day alone "
    "and the hours in which clocks are changed need an offset of their own.",
)
_A_NUMBER = (
    "a number",
    "Give a number like 1234.5; --decimal-comma reads those of a file that are written 1.234,50.",
)
_A_WHOLE_NUMBER = "a whole number", "Give digits only, without separators."
_A_BOOLEAN = "true or false", "Give true or false."
_AN_ID = "the id of another record", 'Give its id, as {"id": "554023000000235011"}; in a file the id alone.'
_A_WHOLE_ID = (
    "the id of another record",
    "A spreadsheet has cut its digits: export the ids again, and keep their column as Text.",
)
_A_TEXT = "text", "Give it as text."
_TEXT_LIST = "a list of texts", "Give a list of texts; in a file with ; between them."
_A_LIST = "a list", "Give a list, as in JSON."


def is_writable(field: Field) -> bool:
    """Whether the API may write a field at all: a subform's rows it may, whatever the flags say."""
    if field.data_type in _COMPUTED or field.api_name in _OF_THE_SYSTEM or field.api_name == "id":
        return False
    return field.api_update or field.data_type == "subform"


def is_mass_updatable(field: Field) -> bool:
    """Whether a mass update may set a field: the page rules layouts out, whatever their flag says."""
    return field.mass_update and field.data_type != "layout" and is_writable(field)


def refusal(field: Field) -> Check:
    """What finds a value, which is not None, that Zoho surely refuses in this field."""
    problem = null_refused(field)
    if problem is not None and not is_writable(field):
        return always(problem)
    kind = kind_of(field) or ""
    check = _MEASURED[kind](field) if kind in _MEASURED else _PLAIN.get(kind, always(None))
    if problem is None:
        return check
    return lambda value: problem if value in ("", []) else check(value)


def null_refused(field: Field) -> Problem | None:
    """Why Zoho surely refuses that a field is cleared; None where it may be."""
    if not is_writable(field):
        return Problem(
            NOT_WRITABLE,
            f"{field.api_name} can't be written: Zoho sets it",
            "Leave the field out; in a file with --ignore.",
        )
    if field.system_mandatory:
        return Problem(EMPTY, f"{field.api_name} must not be empty", "Give a value, or leave the field out.")
    return None


def kind_of(field: Field) -> str | None:
    """The data type that tells what a value must be; None where that is not known.

    `Tag` and `Participants` are of a type whose values are no lists; what theirs may be is not documented.
    """
    kind = field.data_type
    if kind not in _MEASURED and kind not in _PLAIN:
        return None
    if field.json_type == "jsonarray" and kind not in ("multiselectpicklist", *LISTS):
        return None
    return kind


def always(problem: Problem | None) -> Check:
    """What says the same of any value."""

    def check(_: Any) -> Problem | None:
        return problem

    return check


def _text(field: Field) -> Check:
    most = field.length

    def check(value: Any) -> Problem | None:
        if not isinstance(value, str):
            return _other(value, _A_TEXT)
        if most is not None and len(value) > most:
            said = f"{len(value)} characters, {field.api_name} takes {most}"
            return Problem(TOO_LONG, said, f"Shorten it to {most} characters.")
        return None

    return check


def _integer(field: Field) -> Check:
    def check(value: Any) -> Problem | None:
        whole = _whole(value)
        return _other(value, _A_WHOLE_NUMBER) if whole is None else _digits(field, whole)

    return check


def _bigint(field: Field) -> Check:
    def check(value: Any) -> Problem | None:
        text = value if isinstance(value, str) else _whole(value)
        if text is not None and _BIGINT.fullmatch(text):
            return _digits(field, text)
        return _other(value, _A_WHOLE_NUMBER)

    return check


def _whole(value: Any) -> str | None:
    """A whole number as it is written in JSON: an int, or a decimal without digits behind a point."""
    if type(value) is int:
        return str(value)
    if isinstance(value, Decimal) and _BIGINT.fullmatch(written := format(value, "f")):
        return written
    return None


def _digits(field: Field, text: str) -> Problem | None:
    digits, most = len(text) - text.startswith("-"), field.length
    if most is None or digits <= most:
        return None
    said = f"{digits} digits, {field.api_name} takes {most}"
    return Problem(TOO_MANY_DIGITS, said, f"Give at most {most} digits.")


def _word(value: Any) -> Problem | None:
    return None if isinstance(value, str) else _other(value, _A_TEXT)


def _words(value: Any) -> Problem | None:
    return None if isinstance(value, list) else _other(value, _TEXT_LIST)


def _number(value: Any) -> Problem | None:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return None
    return _other(value, _A_NUMBER)


def _boolean(value: Any) -> Problem | None:
    return None if isinstance(value, bool) else _other(value, _A_BOOLEAN)


def _date(value: Any) -> Problem | None:
    if isinstance(value, str) and _DATE.fullmatch(value):
        with suppress(ValueError):
            date.fromisoformat(value)
            return None
    return _other(value, _A_DATE)


def _datetime(value: Any) -> Problem | None:
    with suppress(TypeError, ValueError):
        if datetime.fromisoformat(value).tzinfo is not None:
            return None
    return _other(value, _A_TIME)


def _reference(value: Any) -> Problem | None:
    known = value.get("id") if isinstance(value, Mapping) else None
    if type(known) in (str, int) and _ID.fullmatch(str(known)):
        return None
    is_cut = isinstance(value, str) and _CUT.fullmatch(value.strip())
    return _other(value, _A_WHOLE_ID if is_cut else _AN_ID)


def _list(value: Any) -> Problem | None:
    return None if isinstance(value, list) else _other(value, _A_LIST)


def _other(value: Any, wanted: tuple[str, str]) -> Problem:
    """A value of another kind than is wanted."""
    text, (what, fix) = repr(value), wanted
    if isinstance(value, str) and value.strip().casefold() in NULL_WORDS:
        fix += f" In a file, --blank {text} leaves such fields alone, and --null {text} clears them."
    return Problem(TYPE, f"{text if len(text) <= 60 else text[:57] + '…'} where {what} belongs", fix)


_MEASURED: Mapping[str, Callable[[Field], Check]] = {
    **dict.fromkeys(TEXTS, _text),
    "integer": _integer,
    "bigint": _bigint,
}
_PLAIN: Mapping[str, Check] = {
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(REFERENCES, _reference),
    **dict.fromkeys(LISTS, _list),
    "picklist": _word,
    "multiselectpicklist": _words,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
