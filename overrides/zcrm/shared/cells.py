"""Where a shared text is kept, and how it is changed by many at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import random
from typing import Protocol

from ..errors import SharedStateLost
from .budget import Asked, Budget, Lease


class Away(Exception):
    """The store does not answer, for now."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a store has. now: by its own clock, in seconds."""

    text: str | None
    now: float


class Cell(Protocol):
    """One text in a store that many share. It blocks for seconds at the most; raises Away, SharedStateLost.

    forgets: whether the store may lose the text while somebody relies on it.
    """

    forgets: bool

    def read(self) -> Found:
        """The text as it is."""
        ...

    def write(self, old: str | None, new: str) -> bool:
        """Put the new text in the place of the old; False where it is another by now."""
        ...

    def close(self) -> None:
        """Let go of what it was reached by."""
        ...


@dataclass(frozen=True, slots=True)
class Met:
    """The leases that were given, and the budget as it is since."""

    given: list[Lease]
    budget: Budget
    now: float


def meet(cell: Cell, asked: Asked, pause: Callable[[float], object] = time.sleep) -> Met:
    """Say what there is to say, and get what can be given. Raises Away, SharedStateLost."""
    while True:
        found = cell.read()
        budget = _read(cell, found)
        if budget is None:
            budget = Budget.new(found.now, asked, forgotten=cell.forgets)
        given = budget.ask(found.now, asked)
        text = budget.text()
        if text == found.text or cell.write(found.text, text):
            return Met(given, budget, found.now)
        pause(random() / 1_000)  # noqa: S311


def look(cell: Cell) -> Met | None:
    """The budget as it is; None where nobody has used it. Raises Away, SharedStateLost."""
    found = cell.read()
    budget = _read(cell, found)
    return None if budget is None else Met([], budget, found.now)


def _read(cell: Cell, found: Found) -> Budget | None:
    try:
        return None if found.text is None else Budget.of(found.text)
    except ValueError as error:
        raise SharedStateLost(
            f"What {cell} keeps of the shared budget makes no sense: {error}",
            fix="Delete it once nothing runs that uses it, and it is made anew.",
        ) from None
