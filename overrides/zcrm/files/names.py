"""Names of columns and keys that would show a person something else than they are."""

from typing import Any

from zcrm.files.problems import CellError
from zcrm.files.shown import hides, shown

__all__ = ["check_keys", "check_name"]

_LEVELS = 100


def check_keys(value: object) -> None:
    """Raise CellError for a key, at any depth, that hides something, and for what is nested too deep."""
    level = [value]
    for _ in range(_LEVELS):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                for key in item:
                    check_name("key", key)
                below += item.values()
            elif isinstance(item, list):
                below += item
        level = [item for item in below if isinstance(item, dict | list)]
        if not level:
            return
    raise CellError(f"values inside each other, more than {_LEVELS} levels deep", "send a flatter value")


def check_name(what: str, name: str) -> None:
    """Raise CellError for a name that hides something."""
    if hides(name):
        raise CellError(
            f"the {what} '{shown(name)}' holds a character that can't be seen",
            "take it out of the name, e.g. by typing the name anew",
        )
