"""What may be wrong with a value though Zoho alone decides: told beforehand, and sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from math import isfinite
from typing import Any

from .field import Field, Option
from .table import (
    ADDRESS,
    DECIMALS,
    EMPTY_TEXT,
    HIDDEN,
    NO_OPTION,
    OTHER_CASE,
    OTHER_NAME,
    PERCENT,
    READ_ONLY,
    RESTRICTED,
    UNKNOWN_TYPE,
    UNUSED,
    UNUSED_OPTION,
    UTF_16,
    WHOLE_DIGITS,
    Problem,
)
from .values import NUMBERS, TEXTS, is_writable, kind_of

Doubts = Callable[[Any], Iterable[Problem]]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NEAR = "Send the value as it is shown: {0!r}."


def doubts(field: Field) -> Doubts:
    """What finds all that is doubtful about a value of this field that is no refusal."""
    always = list(_of_field(field)) if is_writable(field) else []
    kind, of_value = kind_of(field), _of_value(field)

    def found(value: Any) -> Iterator[Problem]:
        yield from always
        if value == "" and kind in (*TEXTS, "picklist"):
            yield Problem(EMPTY_TEXT, "an empty text", "Say null to clear the field.")
        elif value is not None and of_value is not None:
            yield from of_value(value)

    return found


def _of_value(field: Field) -> Doubts | None:
    kind = kind_of(field)
    if kind in ("picklist", "multiselectpicklist") and field.pick_list_values:
        return _Options(field.pick_list_values).doubts
    if kind in TEXTS:
        return partial(_of_text, field)
    return partial(_of_number, field) if kind in NUMBERS else None


def _of_field(field: Field) -> Iterator[Problem]:
    """What is doubtful about any value of the field."""
    if field.read_only:
        yield Problem(READ_ONLY, "read-only for who pulled the metadata", "See that the profile may edit it.")
    if not field.visible:
        yield Problem(HIDDEN, "hidden from who pulled the metadata", "See that the profile may edit it.")
    if not field.used:
        yield Problem(UNUSED, "in no layout", "See whether the field is still meant.")
    if field.restricted:
        yield Problem(RESTRICTED, "encrypted, masked or restricted", "Never send back what was read masked.")
    if kind_of(field) is None:
        yield Problem(UNKNOWN_TYPE, f"of type {field.data_type}, sent unchecked", "Read one record back.")


class _Options:
    """The values of a picklist, by each of their names."""

    def __init__(self, options: Iterable[Option]) -> None:
        self._used = {option.display_value: option.used for option in options}
        self._folded = {option.display_value.casefold(): option for option in options}
        self._stored = {
            name: option for option in options for name in (option.actual_value, option.reference_value)
        }

    def doubts(self, value: Any) -> Iterator[Problem]:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and (problem := self._doubt(each)):
                yield problem

    def _doubt(self, value: str) -> Problem | None:
        if value in self._used:
            if self._used[value]:
                return None
            return Problem(UNUSED_OPTION, f"{value!r} is out of use", "Choose an option that is in use.")
        if option := self._stored.get(value):
            shown = option.display_value
            return Problem(OTHER_NAME, f"{value!r} is shown as {shown!r}", _NEAR.format(shown))
        if option := self._folded.get(value.casefold()):
            shown = option.display_value
            return Problem(OTHER_CASE, f"{value!r} is written {shown!r}", _NEAR.format(shown))
        near = get_close_matches(value, self._used, 1)
        hint = f"the nearest is {near[0]!r}" if near else f"there are {_listed(self._used)}"
        return Problem(NO_OPTION, f"{value!r} is none of the options", f"See the options: {hint}.")


def _listed(names: Iterable[str]) -> str:
    named = [*names]
    return ", ".join(map(repr, named[:5])) + (f" and {len(named) - 5} more" if len(named) > 5 else "")


def _of_text(field: Field, value: Any) -> Iterator[Problem]:
    if not isinstance(value, str):
        return
    if (
        field.length is not None
        and len(value) <= field.length < len(value.encode("utf-16-le", "replace")) // 2
    ):
        yield Problem(UTF_16, f"more than {field.length} UTF-16 units", "Shorten it where emoji abound.")
    if field.data_type == "email" and value and not _EMAIL.fullmatch(value):
        yield Problem(ADDRESS, f"{value!r} looks like no e-mail address", "See whether it is one.")
    if field.data_type == "website" and len(value.split()) > 1:
        yield Problem(ADDRESS, f"{value!r} looks like no web address", "See whether it is one.")


def _of_number(field: Field, value: Any) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not isfinite(value):
        return
    _, digits, exponent = Decimal(str(value)).normalize().as_tuple()
    behind = -int(exponent)
    if field.decimal_place is not None and behind > field.decimal_place:
        said = f"more than {field.decimal_place} digits after the point"
        yield Problem(DECIMALS, said, "Round it, where it is not to be rounded by Zoho.")
    if field.length is not None and len(digits) - behind > field.length:
        yield Problem(
            WHOLE_DIGITS, f"more than {field.length} digits before the point", "Give a smaller one."
        )
    if field.data_type == "percent" and value > 100:
        yield Problem(PERCENT, "above 100 %", "25 is 25 %.")
    if field.data_type == "percent" and value and -1 <= value <= 1:
        yield Problem(PERCENT, "1 % or less", "25 is 25 %: a sheet that shows 25 % holds 0.25.")
