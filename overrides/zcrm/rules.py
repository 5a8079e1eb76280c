"""What follows from an error: looked up in the error table, never read from a message.

The table itself is generated from the specification and handed in by the floors above.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Level = Literal["request", "record"]
_LEVELS: tuple[Level, ...] = ("request", "record")


class Entry(Protocol):
    """One row of the error table."""

    @property
    def operations(self) -> tuple[str, ...]: ...
    @property
    def status(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def detail_keys(self) -> tuple[str, ...]: ...
    @property
    def fix(self) -> str: ...
    @property
    def retry(self) -> bool: ...
    @property
    def isolate(self) -> bool: ...
    @property
    def fatal(self) -> bool: ...
    @property
    def state_dependent(self) -> bool: ...
    @property
    def anchor(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do about an error.

    retry: nothing was applied and time may cure it.
    isolate: a whole call was refused for one row's sake.
    fatal: no later call can succeed either.
    state_dependent: the code follows from the record's state, which a write of our own may have changed.
    fixes: entries of the table to choose the words of the fix from.
    """

    retry: bool
    isolate: bool
    fatal: bool
    state_dependent: bool
    fixes: tuple[Entry, ...] = ()

    def fix(self, message: str, details: Mapping[str, Any]) -> str:
        """The fix in words, and where to read on; "" without one.

        It is chosen by the message, then by the keys of `details`; in doubt it is all of them.
        """
        said = _normal(message)
        likely = [e for e in self.fixes if _normal(e.message) == said] or self.fixes
        keyed = [e for e in likely if all(key in details for key in e.detail_keys)]
        most = max((len(e.detail_keys) for e in keyed), default=0)
        best = [e for e in keyed if len(e.detail_keys) == most] or likely
        return " / ".join(dict.fromkeys(e.fix for e in best)) + _more(best)


UNKNOWN_CODE = Rule(retry=False, isolate=False, fatal=False, state_dependent=True)


def place(entry: Entry) -> str:
    """What `zcrm explain` calls one case of a code: CODE#anchor."""
    return f"{entry.code.replace(' ', '_')}#{entry.anchor}"


def _more(entries: Sequence[Entry]) -> str:
    """Where to read on: about the one case, or where there are several, about their code."""
    if not entries:
        return ""
    first = place(entries[0])
    alone = all(place(entry) == first for entry in entries)
    return f" More: zcrm explain {first if alone else first.partition('#')[0]}"


def _normal(message: str) -> str:
    return message.casefold().strip(" .")


class Rules:
    """The error table, made ready for look-ups."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: dict[tuple[str, str, Level], list[Entry]] = defaultdict(list)
        levels: dict[str, tuple[Level, ...]] = {
            "request": ("request",),
            "record": ("record",),
            "both": _LEVELS,
        }
        for entry in entries:
            for operation in entry.operations:
                for level in levels[entry.level]:
                    self._entries[operation, entry.code, level].append(entry)
        self._found: dict[tuple[str, int, str, Level], Rule] = {}

    def find(self, operation: str, status: int, code: str, level: Level) -> Rule:
        """The rule for `code`, as answered under `status`; `UNKNOWN_CODE` for one the table lacks.

        A row inside a mixed answer has no status of its own: where the table lists the code under other
        statuses only, these are taken together, the careful reading of each flag winning. A whole call is
        never sent again on account of an answer under another status.
        """
        key = (operation, status, code, level)
        if key not in self._found:
            self._found[key] = self._look_up(*key)
        return self._found[key]

    def is_about_the_call(self, operation: str, status: int, code: str, rows: int) -> bool:
        """Whether one item with this code under this status, in answer to so many rows, is about the call."""
        for_calls = any(e.status == status for e in self._entries.get((operation, code, "request"), ()))
        return for_calls and (rows > 1 or (operation, code, "record") not in self._entries)

    def _look_up(self, operation: str, status: int, code: str, level: Level) -> Rule:
        entries = self._entries.get((operation, code, level))
        if not entries:
            return UNKNOWN_CODE
        listed = [e for e in entries if e.status == status]
        acting = bool(listed) or level == "record"
        entries = listed or entries
        return Rule(
            retry=acting and all(e.retry for e in entries),
            isolate=acting and all(e.isolate for e in entries),
            fatal=all(e.fatal for e in entries),
            state_dependent=any(e.state_dependent for e in entries),
            fixes=tuple(entries),
        )
