"""Arguments that are known to be wrong before anything is sent: each check raises UsageError."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from ..errors import UsageError
from .values import BadValue, aware_time, record_id

T = TypeVar("T")

_ONE = (str, bytes, bytearray, memoryview, Mapping)


def known_options(given: Iterable[str], known: Collection[str]) -> None:
    """Raises TypeError for a keyword argument that there is not; it names the nearest."""
    for name in given:
        if name not in known:
            nearest = get_close_matches(name, known)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are {', '.join(known)}"
            raise TypeError(f"There is no option {name!r}; {hint}")


def iterable(what: str, given: T, *, in_tasks: bool = False) -> T:
    """See that it can be iterated, and would not be iterated as something else than is meant."""
    ways = ("__iter__", "__getitem__", "__aiter__") if in_tasks else ("__iter__", "__getitem__")
    if isinstance(given, _ONE) or not any(hasattr(type(given), way) for way in ways):
        message = f"{what}: a list or another iterable is needed, not {type(given).__name__}"
        raise UsageError(message, fix="Put a single one into a list: [one].")
    return given


def names(option: str, given: Any, known: Collection[str] = ()) -> list[str]:
    """A list of names, each one of `known` if that is given."""
    listed = list(iterable(option, given))
    for name in listed:
        if not isinstance(name, str):
            raise UsageError(f"{option} takes names, not {name!r}")
        if known:
            one_of(option, name, known)
    return listed


def one_of(option: str, given: object, known: Collection[str]) -> None:
    """See that it is None or one of a few words."""
    if given is not None and given not in known:
        raise UsageError(f"{option} knows no {given!r}; there are {', '.join(known)}")


def flag(option: str, given: object) -> bool:
    """True or False, and nothing that merely counts as one of them."""
    if not isinstance(given, bool):
        raise UsageError(f"{option} is True or False, not {given!r}")
    return given


def seconds(option: str, given: float | None) -> float | None:
    """Seconds from 0 up, or None."""
    if given is not None and (not isinstance(given, int | float) or not given >= 0):
        raise UsageError(f"{option} takes seconds from 0, not {given!r}")
    return given


def time(option: str, given: object) -> str:
    """An aware datetime, or ISO 8601 text with an offset, as text to be sent."""
    try:
        return aware_time(given)
    except BadValue as error:
        raise UsageError(f"{option}: {error.message}") from None


def id_of(what: str, given: object) -> str:
    """An id as text."""
    try:
        return record_id(given)
    except BadValue as error:
        raise UsageError(f"{what}: {error.message}", code=error.code) from None
