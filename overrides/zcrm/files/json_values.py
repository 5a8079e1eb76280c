"""JSON as text, read without losing anything that it holds."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from zcrm.files.problems import CellError, quoted

__all__ = ["parse"]

_KEY = re.compile(rb'(?<!\\)"\s*:')
_LONG_NUMBER = re.compile(rb"[:\[,]\s*-?(?:[0-9]{20}|(?=[0-9.]{17})[0-9]+\.)")


def parse(text: bytes) -> Any:
    """Return the value of a JSON text, numbers with all their digits.

    Raises orjson.JSONDecodeError for what is no JSON, CellError for a key that an object holds twice.
    """
    value = orjson.loads(text)
    if _LONG_NUMBER.search(text) or len(_KEY.findall(text)) != _keys_in(value):
        return json.loads(text, object_pairs_hook=_object, parse_float=_number)
    return value


def _keys_in(value: object) -> int:
    keys, level = 0, [value]
    while level:
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                keys += len(item)
                below += item.values()
            elif isinstance(item, list):
                below += item
        level = [item for item in below if isinstance(item, dict | list)]
    return keys


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise CellError(f"the key {quoted(twice)} is there more than once", "keep one of them", twice)
    return held


def _number(text: str) -> float | Decimal:
    number = float(text)
    return number if Decimal(repr(number)) == Decimal(text) else Decimal(text)
