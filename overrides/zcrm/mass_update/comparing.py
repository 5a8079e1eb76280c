"""Whether a field has a value by now, as it is read and as it was sent: both as JSON carries them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["has_all", "has_value"]


def has_all(record: Mapping[str, Any], wanted: Mapping[str, Any], *, adds: bool = False) -> bool:
    """Whether the record has each of these values; adds: among others, where a field holds several."""
    return all(has_value(record.get(name), value, adds=adds) for name, value in wanted.items())


def has_value(found: Any, wanted: Any, *, adds: bool = False) -> bool:
    """Whether what was read is what was wanted.

    Lookups are compared by id, lists as sets, times as instants, numbers by value; null is as missing.
    """
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return bool(wanted.get("id") == found.get("id"))
    if isinstance(wanted, list):
        has = {str(item) for item in found} if isinstance(found, list) else set()
        needs = {str(item) for item in wanted}
        return needs <= has if adds else needs == has
    if isinstance(wanted, bool) or isinstance(found, bool) or wanted is None or found is None:
        return found is wanted
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted == found or _same_instant(wanted, found)
    return _number(wanted) is not None and _number(wanted) == _number(found)


def _same_instant(one: str, other: str) -> bool:
    try:
        times = [datetime.fromisoformat(text) for text in (one, other)]
    except ValueError:
        return False
    return all(time.tzinfo for time in times) and times[0] == times[1]


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)).normalize()
    except InvalidOperation:
        return None
