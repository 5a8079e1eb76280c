"""Cutting rows into calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from ..outcomes import Outcome


class Chunker:
    """Fills chunks of `size` rows; no record is in two unfinished chunks, or twice in one.

    A row whose record is in an unfinished chunk is held back until `finished` frees it, so rows for one
    record keep their order.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._full: deque[list[Outcome]] = deque()
        self._forming: list[Outcome] = []
        self._held: deque[Outcome] = deque()
        self._taken: set[str | None] = set()

    @property
    def ready(self) -> int:
        """How many rows could go at once."""
        return len(self._full) * self._size + len(self._forming)

    def add(self, outcome: Outcome) -> None:
        """Give the row its place."""
        if outcome.id in self._taken:
            self._held.append(outcome)
            return
        self._taken.add(outcome.id)
        self._forming.append(outcome)
        if len(self._forming) == self._size:
            self._full.append(self._forming)
            self._forming = []

    def take(self, *, partial: bool = False) -> list[Outcome] | None:
        """The next full chunk; with `partial`, what there is; None when there is nothing to take."""
        if self._full:
            return self._full.popleft()
        if partial and self._forming:
            chunk, self._forming = self._forming, []
            return chunk
        return None

    def finished(self, chunk: Iterable[Outcome]) -> None:
        """The call for this chunk is over: rows held back for its records may go."""
        self._taken.difference_update(outcome.id for outcome in chunk)
        if self._held:
            held, self._held = self._held, deque()
            for outcome in held:
                self.add(outcome)

    def drain(self) -> list[Outcome]:
        """Every row that is in no started chunk; leaves nothing behind."""
        rows = [outcome for chunk in self._full for outcome in chunk]
        rows += [*self._forming, *self._held]
        self._full.clear()
        self._held.clear()
        self._forming = []
        return rows
