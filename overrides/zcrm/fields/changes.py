"""What differs between two documents of a module's fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .document import ModuleFields
from .field import Field

_OPTIONS = "pick_list_values"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    field: API name. kind: `added` or `removed`, of the whole field, or `changed`. what: of a field that
    changed, the key that differs, such as `length`. before, after: its values; of `pick_list_values` the
    display values that went, and those that came: none where it is their order alone that differs.
    """

    module: str
    field: str
    kind: Literal["added", "removed", "changed"]
    what: str | None = None
    before: Any = None
    after: Any = None


def changes(before: ModuleFields, after: ModuleFields) -> Iterator[Change]:
    """The differences between what a module's fields were and are, by API name; time and org do not count."""
    module = after.module
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield Change(module, name, "added")
        elif name not in after:
            yield Change(module, name, "removed")
        else:
            yield from _changes(module, before[name], after[name])


def _changes(module: str, before: Field, after: Field) -> Iterator[Change]:
    was, now = before.to_json(), after.to_json()
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            old, new = getattr(before, key), getattr(after, key)
            if key == _OPTIONS:
                old, new = _options(before, after), _options(after, before)
            yield Change(module, after.api_name, "changed", key, old, new)


def _options(these: Field, others: Field) -> list[str]:
    """The options that the other does not have just so, by what they show."""
    known = set(others.pick_list_values)
    return [option.display_value for option in these.pick_list_values if option not in known]
