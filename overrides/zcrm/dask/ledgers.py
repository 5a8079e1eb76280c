"""Where it is kept who may send a part of the rows, and which of them have left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from ..engine.gate import Gate
from ..errors import SharedStateLost, ZohoError
from .entries import Entry

MOST_CLAIMS = 5
"""How many workers may claim a part, and die, until whoever asked for it asks again."""


class Fenced(ZohoError):
    """Another worker has claimed the part since: nothing more of it may leave here."""

    def __init__(self) -> None:
        super().__init__("Another worker has claimed the part")


class Withdrawn(ZohoError):
    """Nobody asks for the part any more: nothing more of it may leave."""

    def __init__(self) -> None:
        super().__init__("Stopped before it was sent")


@dataclass(frozen=True, slots=True)
class Page:
    """What a ledger keeps of a part.

    epoch: of the latest claim; 0 without one. claims: how many there were since it was offered last.
    summary: how it ended, by a worker that ended it; done: for good. entries: until it was done.
    """

    epoch: int = 0
    claims: int = 0
    done: bool = False
    summary: str | None = None
    entries: tuple[Entry, ...] = ()


class PartLedger(Protocol):
    """The page of one part, open. Raises SharedStateLost where it is out of reach, or was lost."""

    def offer(self, session: str) -> None:
        """Let workers claim the part in this session, and in no earlier one."""
        ...

    def withdraw(self) -> None:
        """Let no worker claim it, and whoever has it send no more."""
        ...

    def claim(self, session: str) -> Page:
        """Become the one who may send: whoever was it before isn't any more. One that is done stays as it is.

        Raises Withdrawn where it is not offered in this session.
        """
        ...

    def leave(self, epoch: int, session: str, entry: Entry) -> None:
        """Take down that a call leaves, by this claim; raises Fenced or Withdrawn, and then it must not."""
        ...

    def settle(self, entry: Entry) -> None:
        """Take down what became of rows, by whatever claim they left; void once the part is done."""
        ...

    def end(self, epoch: int, entries: int, summary: str, entry: Entry, *, done: bool) -> bool:
        """End this claim, where there are still so many entries; False where there are more.

        done: for good, so that no entry is needed any more. Raises Fenced.
        """
        ...

    def look(self) -> Page:
        """The page as it is; an empty one where the part was never offered."""
        ...


class Ledger(Protocol):
    """Keeps parts apart for all workers. It travels to them, so its repr has no secret."""

    def driving(self, plan: str) -> AbstractContextManager[str]:
        """Begin with this plan, or go on with the one there is, which it gives.

        Raises UsageError where another process does so, if the ledger can tell, or where this can be no
        ledger; SharedStateLost.
        """
        ...

    def open(self, part: int) -> AbstractContextManager[PartLedger]:
        """The page of a part."""
        ...

    def gate(self, org: str) -> Gate:
        """What bounds the calls in flight of an org, for all workers."""
        ...


@contextmanager
def making_sense(where: object) -> Iterator[None]:
    """Raise SharedStateLost where what a ledger keeps can't be read."""
    try:
        yield
    except ValueError as error:
        raise SharedStateLost(
            f"What {where} keeps makes no sense: {error}",
            fix="See what has changed it. Without it nobody can tell which rows were sent.",
        ) from None
