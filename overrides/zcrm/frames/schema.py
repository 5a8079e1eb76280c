"""Which columns of a frame can't be sent, told by their types before any row is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import UsageError

NAIVE = "is a time without a zone"
_NAIVE = NAIVE, "give timezone=, or make the column aware"
_DURATION = "is a duration", "make it a number or a text"
_BINARY = "is binary", "make it a text, or leave it out"
_NO_TEXT = "has a name that is no text", "rename the column"
_KNOWN_EXTENSIONS = ("arrow.uuid", "arrow.json", "arrow.bool8")
_FLOAT_ID = "is of floating-point numbers, which have lost the ids' last digits", "read the ids as text"


@dataclass(frozen=True, slots=True)
class Unsendable:
    """A column that can't be sent, why, and what to do about it."""

    column: str
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"column {self.column} {self.problem}: {self.fix}"


def refuse(found: list[Unsendable]) -> None:
    """Raise UsageError for what was found, all columns at once."""
    if found:
        said = "; ".join(f"column {one.column} {one.problem}" for one in found)
        fixes = dict.fromkeys(f"{one.fix[0].upper()}{one.fix[1:]}." for one in found)
        raise UsageError(f"This can't be sent: {said}", fix=" ".join(fixes))


def not_named_by_text(names: Iterable[Any]) -> list[Unsendable]:
    """Columns whose name is no text, such as a number or several levels of names."""
    return [Unsendable(repr(name), *_NO_TEXT) for name in names if not isinstance(name, str)]


def named_twice(names: Iterable[Any]) -> list[Unsendable]:
    """Columns that share their name, of which only one would be sent."""
    return [
        Unsendable(str(name), f"is there {times} times", "keep one of them")
        for name, times in Counter(names).items()
        if times > 1
    ]


def unsendable(schema: Any, names: Iterable[str], *, timezone: bool) -> list[Unsendable]:
    """What of these columns of a `pyarrow.Schema` can't be sent; timezone: naive times can."""
    return [
        Unsendable(name, *reason)
        for name in names
        for reason in _arrow_reasons(name, schema.field(name).type, timezone)
    ]


def _arrow_reasons(name: str, kind: Any, timezone: bool) -> Iterator[tuple[str, str]]:
    from pyarrow import BaseExtensionType, types

    if types.is_dictionary(kind):
        kind = kind.value_type
    if name == "id" and types.is_floating(kind):
        yield _FLOAT_ID
    for each in _arrow_parts(kind):
        if isinstance(each, BaseExtensionType):
            if each.extension_name not in _KNOWN_EXTENSIONS:
                yield f"is of a type of its own, {each.extension_name}", "make it a text"
        elif types.is_timestamp(each) and each.tz is None and not timezone:
            yield _NAIVE
        elif types.is_duration(each) or types.is_interval(each):
            yield _DURATION
        elif types.is_time(each):
            yield "is a time of day", "make it a text"
        elif types.is_map(each):
            yield "is a map", "make it a struct"
        elif any(is_kind(each) for is_kind in _binary_kinds()):
            yield _BINARY


def _binary_kinds() -> list[Callable[[Any], bool]]:
    from pyarrow import types

    return [
        types.is_binary,
        types.is_large_binary,
        types.is_fixed_size_binary,
        types.is_binary_view,
    ]


def _arrow_parts(kind: Any) -> Iterator[Any]:
    """The type and all types inside it; those inside a map do not matter."""
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    yield kind
    if not types.is_map(kind):
        for place in range(kind.num_fields):
            yield from _arrow_parts(kind.field(place).type)


def polars_unsendable(frame: Any, *, timezone: bool) -> list[Unsendable]:
    """What of the columns of a `polars.DataFrame` can't be sent."""
    found = []
    for name, kind in frame.schema.items():
        if name == "id" and kind.is_float():
            found.append(Unsendable(name, *_FLOAT_ID))
        for each in _polars_parts(kind):
            reason = _polars_reason(each, timezone)
            if reason:
                found.append(Unsendable(name, *reason))
    return found


def _polars_parts(kind: Any) -> Iterator[Any]:
    yield kind
    for field in getattr(kind, "fields", ()):
        yield from _polars_parts(field.dtype)
    if (inner := getattr(kind, "inner", None)) is not None:
        yield from _polars_parts(inner)


def _polars_reason(kind: Any, timezone: bool) -> tuple[str, str] | None:
    match str(kind.base_type()):
        case "Datetime" if kind.time_zone is None and not timezone:
            return _NAIVE
        case "Duration":
            return _DURATION
        case "Time":
            return "is a time of day", "make it a text"
        case "Binary":
            return _BINARY
        case "Object":
            return "is of Python objects", "give it a type"
    return None
