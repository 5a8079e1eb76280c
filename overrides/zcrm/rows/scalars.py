"""Scalars of numpy, pandas and their kin, told by what they can do."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Any, Literal

Missing = Literal["error", "skip", "clear"]


@dataclass(frozen=True, slots=True)
class Values:
    """How values are taken: what missing ones do, the zone of naive times, whether None is left out."""

    missing: Missing = "error"
    timezone: tzinfo | None = None
    skip_nulls: bool = False


_MISSING = ("NAType", "NaTType", "MaskedConstant")
AS_THEY_ARE = Values()


def is_missing(value: Any) -> bool:
    """Whether it is NaN, NaT, pandas' NA or numpy's masked; None is none of them."""
    if isinstance(value, Decimal):
        return value.is_nan()
    if type(value).__name__ in _MISSING:
        return True
    if isinstance(value, float) or _kind(value) in ("f", "M", "m"):
        return bool(value != value)
    return False


def is_index(value: Any) -> bool:
    """Whether it stands for an integer."""
    if isinstance(value, bool) or _kind(value) == "b":
        return False
    return hasattr(value, "__index__") and getattr(value, "ndim", 0) == 0


def is_whole(value: Any) -> bool:
    """Whether it is a decimal with all the digits of a whole number, as a column of NUMBER(19,0) holds."""
    return isinstance(value, Decimal) and value.as_tuple().exponent == 0


def held(value: Any) -> Any:
    """What a scalar stands for; the value itself where it is none."""
    item = getattr(value, "item", None)
    if item is not None and getattr(value, "ndim", 0) == 0 and _kind(value) != "m":
        found = item()
        return value.astype("datetime64[us]").item() if _kind(value) == "M" and type(found) is int else found
    return operator.index(value) if is_index(value) else value


def _kind(value: Any) -> str:
    """The kind of a scalar of numpy; empty for anything else."""
    return getattr(getattr(value, "dtype", None), "kind", "") if getattr(value, "ndim", None) == 0 else ""
