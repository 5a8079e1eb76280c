"""The result files written while a run is sent, so that they are there when it ends."""

from __future__ import annotations

from collections.abc import Callable

from ..files.tables import Table
from ..outcomes import Outcome
from .counts import Miscounted
from .feed import Due
from .journal import Journal
from .results import ResultFiles
from .spans import told_of

__all__ = ["EarlyFiles"]


class EarlyFiles:
    """Result files that take each row when its outcome comes out.

    They are good for a run of which every row is sent, from the first to the last. Any other drops them, as
    what can't be written does: its files are written from input and journal.
    """

    def __init__(self, open_files: Callable[[], ResultFiles], table: Table, journal: Journal) -> None:
        """open_files: called where the journal knows of no row yet."""
        self._table = table
        self._journal = journal
        self._files: ResultFiles | None = None
        if journal.is_empty:
            try:
                self._files = open_files()
            except OSError:
                return

    def add(self, outcome: Outcome) -> None:
        """Take the row of this outcome."""
        if self._files is None:
            return
        if outcome.state == "unsent":
            self.drop()
            return
        due: Due = outcome.input
        try:
            self._files.add(self._table.line(due.number, due.held), outcome.state, told_of(outcome))
        except OSError:
            self.drop()

    def finish(self, rows: int) -> bool:
        """Whether the files are in place now, with so many rows."""
        if self._files is None:
            return False
        try:
            self._files.finish(self._journal, rows)
        except (OSError, Miscounted):
            self.drop()
            return False
        return True

    def drop(self) -> None:
        """Leave nothing of files that are not in place."""
        files, self._files = self._files, None
        if files is not None:
            files.drop()
