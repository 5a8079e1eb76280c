"""What the engine tells of rows, written down where it belongs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from ..outcomes import Outcome
from .digests import Digests
from .journal import Journal, JournalFailed
from .request import Place, Request

__all__ = ["Ledger", "digests_for", "forget"]


class Ledger:
    """The journal of a run and, where there are any, the digests of what was sent before.

    lost: rows whose outcome could not be written down.
    """

    def __init__(self, journal: Journal, digests: Digests | None) -> None:
        self._journal = journal
        self._digests = digests
        self.lost = 0

    def leaving(self, outcomes: Sequence[Outcome]) -> None:
        """Write down that these rows leave; raises JournalFailed, and then they don't."""
        if self._digests is not None:
            self._digests.leaving(outcomes)
        self._journal.leaving(outcomes)

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of these rows; raises JournalFailed."""
        try:
            self._journal.settled(outcomes)
        except JournalFailed:
            self.lost += sum(outcome.state != "unsent" for outcome in outcomes)
            raise
        if self._digests is not None:
            self._digests.settled(outcomes)


def forget(runs_dir: Path, module: str, place: Place, fields: Collection[str]) -> None:
    """Have no digest of these fields, which a job is about to set. Raises UsageError, JournalFailed."""
    path = Digests.path(runs_dir, module, str(place))
    if path.exists():
        with closing(Digests(path)) as digests:
            digests.forget(fields)


@contextmanager
def digests_for(request: Request, place: Place) -> Iterator[Digests | None]:
    """The digests for this module and place; None where nobody asks for them and there are none yet."""
    path = Digests.path(request.runs_dir, request.module, str(place))
    if not request.changed_only and not path.exists():
        yield None
        return
    beside = () if request.kind.merges else tuple(request.values)
    with closing(Digests(path, ignored=request.stamp, beside=beside)) as digests:
        yield digests
