"""JSON as text, read without losing anything that it holds."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from zcrm.files.problems import CellError, quoted

__all__ = ["parse"]

_EXACT_CHARACTERS = 15


def parse(text: bytes) -> Any:
    """Return the value of a JSON text, numbers with all their digits.

    Raises orjson.JSONDecodeError for what is no JSON, CellError for a key that an object holds twice.
    """
    orjson.loads(text)  # the stricter of the two: no NaN, no half of a surrogate pair
    try:
        return _DECODER.decode(text.decode())
    except RecursionError:
        raise CellError("values inside each other, too many levels deep", "send a flatter value") from None


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise CellError(f"the key {quoted(twice)} is there more than once", "keep one of them", twice)
    return held


def _number(text: str) -> float | Decimal:
    number = float(text)
    if len(text) <= _EXACT_CHARACTERS or Decimal(repr(number)) == Decimal(text):
        return number
    return Decimal(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number)
