"""Cutting rows into calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...outcomes import Outcome, settle_as


@dataclass(slots=True)
class _Forming:
    rows: list[Outcome] = field(default_factory=list)
    size: int = 0


class Chunker:
    """Fills chunks of `most_rows` rows and `most_bytes` bytes; a chunk holds rows of one group only.

    No record is in two unfinished chunks, or twice in one: a row whose record is in an unfinished chunk is
    held back until `finished` frees it, so rows for one record keep their order. A row that repeats another
    one (`_first`) waits for that one's outcome, and is never in a chunk.
    """

    def __init__(self, most_rows: int, most_bytes: int) -> None:
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._full: deque[list[Outcome]] = deque()
        self._forming: dict[str | None, _Forming] = {}
        self._held: deque[Outcome] = deque()
        self._taken: set[str | None] = set()

    @property
    def has_full(self) -> bool:
        """Whether a full chunk is waiting to be taken."""
        return bool(self._full)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Give each row its place."""
        taken, forming, most_bytes = self._taken, self._forming, self._most_bytes
        for outcome in outcomes:
            record, group, size = outcome.id, outcome._group, len(outcome._wire)
            if record in taken:
                self._held.append(outcome)
                continue
            taken.add(record)
            chunk = forming.get(group)
            if chunk is None or chunk.size + size > most_bytes:
                chunk = self._begin(group)
            chunk.rows.append(outcome)
            chunk.size += size
            if len(chunk.rows) == self._most_rows:
                self._close(group)

    def take(self, *, partial: bool = False) -> list[Outcome] | None:
        """The next full chunk; with `partial`, one that is not full; None when there is nothing to take."""
        if not self._full and partial and self._forming:
            self._close(next(iter(self._forming)))
        return self._full.popleft() if self._full else None

    def finished(self, chunk: Iterable[Outcome]) -> list[Outcome]:
        """The call for this chunk is over: rows held back for its records may go.

        Returns those that repeat one of its rows; they are settled as that one is.
        """
        self._taken.difference_update([outcome.id for outcome in chunk])
        if not self._held:
            return []
        held, self._held = self._held, deque()
        repeats = [outcome for outcome in held if outcome._first is not None and outcome._first._settled]
        for outcome in repeats:
            settle_as(outcome, outcome._first or outcome)
        self.add(outcome for outcome in held if not outcome._settled)
        return repeats

    def drain(self) -> list[Outcome]:
        """Every row that is in no started chunk, nor repeats one that is; the others stay."""
        rows = [outcome for chunk in self._full for outcome in chunk]
        rows += [outcome for chunk in self._forming.values() for outcome in chunk.rows]
        self._taken.difference_update([outcome.id for outcome in rows])
        self._full.clear()
        self._forming.clear()
        held, self._held = self._held, deque()
        for outcome in held:
            waits = outcome._first is not None and outcome.id in self._taken
            (self._held if waits else rows).append(outcome)
        return rows

    def _begin(self, group: str | None) -> _Forming:
        if group in self._forming:
            self._close(group)
        return self._forming.setdefault(group, _Forming())

    def _close(self, group: str | None) -> None:
        self._full.append(self._forming.pop(group).rows)
