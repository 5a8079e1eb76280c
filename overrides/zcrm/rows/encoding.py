"""From values to JSON, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec
import orjson

from .outside import raised_by_signal
from .values import BadValue, foreign

encode_flat: Callable[[Mapping[str, Any]], bytes] = msgspec.json.Encoder().encode
"""`encode_row` for a row in which `flat_nulls` found nothing but what is sent as it is; raises UnicodeError.

msgspec takes as much memory as a row's JSON needs; orjson takes more and gives it back, row by row.
"""


def encode(value: Any) -> bytes:
    """Anything that can be sent."""
    return orjson.dumps(value, default=_number)


def encode_row(row: Mapping[str, Any]) -> bytes:
    """One row, to be joined with others by `array`; raises BadValue with the field that can't be written.

    What interrupts `_number` comes as the cause of an error that blames the row: it is raised instead.
    """
    try:
        return encode(row)
    except orjson.JSONEncodeError as error:
        cause = error.__cause__
        if raised_by_signal(error) or (cause is not None and not isinstance(cause, UnicodeError)):
            raise cause or error from None
        raise BadValue(f"This can't be written as JSON: {error}", _culprit(row)) from None


def _culprit(row: Mapping[str, Any]) -> str:
    for name, value in row.items():
        try:
            encode({name: value})
        except orjson.JSONEncodeError:
            return str(name)
    return ""


def array(rows: Iterable[bytes]) -> Any:
    """A list of encoded rows, to stand in a body as it is."""
    return orjson.Fragment(b"[%b]" % b",".join(rows))


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(foreign(lambda: format(value, "f")))
    raise TypeError(f"{type(value).__name__} can't be sent as JSON")
