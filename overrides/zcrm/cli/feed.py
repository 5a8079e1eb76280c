"""Hands the rows of a table to the client and keeps what the file held until the outcome is back."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from zcrm.files.tables import Row, Table

__all__ = ["Feed"]


class Feed:
    """One pass over a table: records go out, outcomes come back in the same order."""

    def __init__(self, table: Table) -> None:
        self._rows = iter(table)
        self._pending: deque[Row] = deque()

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the records to send; may raise BadFile."""
        for row in self._rows:
            self._pending.append(row)
            yield row.record

    def answered(self) -> Row:
        """Return the row that the next outcome belongs to."""
        return self._pending.popleft()

    def unanswered(self) -> Iterator[Row]:
        """Yield the rows that were handed out and of which no outcome came back."""
        while self._pending:
            yield self._pending.popleft()

    def rest(self) -> Iterator[Row]:
        """Yield the rows that were never handed out; may raise BadFile."""
        yield from self._rows
