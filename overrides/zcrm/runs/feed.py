"""Which rows of a table are still to be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..engine.flows.streaming import Line
from ..files.cells import with_offset
from ..files.choices import Duplicates
from ..files.tables import Row, Table
from .digests import Digests
from .ids import key_of
from .journal import FLYING, Journal, Span
from .metadata import reading_of
from .repeats import first_row
from .request import Request

__all__ = ["Due", "Feed"]

_OTHER_ROW = "A later row for the same record is sent instead"
_UNCHANGED = "Equal to what was sent before and applied"
_OVERTAKEN = (
    "The answer was lost, and a later row for the same record was sent since: sent again, it would undo that"
)
_LOST = (FLYING, "unknown")


@dataclass(slots=True)
class Due(Line):
    """A row that is to be sent.

    since: its `if_unmodified_since`, where it has one of its own. held: what the file holds.
    """

    since: str = ""
    held: Any = None


class Feed:
    """One pass over a table, past what the journal says needs no sending.

    name: of the run, for its stamp. include_unknown: send rows again that left before this time, in seconds
    since 1970, and may have been applied, even where a repeat does more than the first time. digests: what
    was sent and applied by earlier runs. passed_over: rows so far that need no sending.
    """

    def __init__(
        self,
        table: Table,
        journal: Journal,
        request: Request,
        name: str,
        *,
        include_unknown: float | None = None,
        digests: Digests | None = None,
    ) -> None:
        self._table = table
        self._journal = journal
        self._request = request
        self._name = name
        self._include_unknown = include_unknown
        self._digests = digests if request.changed_only else None
        last_wins = request.duplicates is Duplicates.LAST_WINS
        self._chooses = request.kind.once or last_wins or self._digests is not None
        self._repeatable = request.repeats
        column = request.since_column
        self._time: Callable[[Row], str] | None = table.reader(column) if column else None
        self._time_field = table.field_of(column) if column else ""
        self._zone = reading_of(request).zone
        self._prepares = request.changes_rows or column is not None or request.stamp is not None
        self._skipped: tuple[int, int, str] | None = None
        self._overtaken: set[int] = set()
        self.passed_over = 0

    def __iter__(self) -> Iterator[Due]:
        self._overtaken = self._find_overtaken()
        for row, span in self._known():
            if (self._chooses or span is not None) and not self._is_due(row, span):
                self.passed_over += 1
                continue
            due = Due(row.number, row.record, held=row.held)
            if span is not None:
                due.attempts, due.lost = span.attempts, span.state != "unsent"
            if self._prepares:
                self._prepare(due, row)
            yield due
        self._flush()

    def _known(self) -> Iterator[tuple[Row, Span | None]]:
        """Yield every row with what is known of it."""
        spans, place = list(self._journal.spans()), 0
        for row in self._table:
            while place < len(spans) and spans[place].last < row.number:
                place += 1
            is_known = place < len(spans) and spans[place].first <= row.number
            yield row, spans[place] if is_known else None

    def _find_overtaken(self) -> set[int]:
        """Rows whose answer was lost, and that would undo what a later row did to their record since."""
        overtaken: set[int] = set()
        lost: dict[int | str, int] = {}
        if self._request.duplicates is Duplicates.KEEP_ORDER and any(self._journal.spans(*_LOST)):
            for row, span in self._known():
                if span is not None and span.state in (*_LOST, "updated"):
                    key = key_of(str(row.record.get("id")).strip())
                    if key in lost:
                        overtaken.add(lost.pop(key))
                    if span.state in _LOST:
                        lost[key] = row.number
        return overtaken

    def _is_due(self, row: Row, span: Span | None) -> bool:
        if self._request.kind.once and first_row(row, self._journal) is not None:
            return False
        if span is not None and not self._is_open(span):
            return False
        if span is not None and row.number in self._overtaken:
            if self._include_unknown is not None:
                self._journal.skip(row.number, row.number, _OVERTAKEN, attempts=span.attempts)
            return False
        if why := self._why_not(row):
            self._skip(row.number, why)
            return False
        return True

    def _is_open(self, span: Span) -> bool:
        if span.state in _LOST:
            knowingly = self._include_unknown is not None and (span.left_at or 0.0) < self._include_unknown
            return knowingly or bool(span.again and self._repeatable)
        return span.state == "unsent"

    def _why_not(self, row: Row) -> str | None:
        record_id = row.record.get("id")
        if record_id is None:
            return None
        if self._request.duplicates is Duplicates.LAST_WINS:
            last = self._journal.row_of(key_of(str(record_id).strip()))
            if last is not None and last != row.number:
                return _OTHER_ROW
        is_known = self._digests is not None and self._digests.knows(row.record)
        return _UNCHANGED if is_known and first_row(row, self._journal) is None else None

    def _prepare(self, due: Due, row: Row) -> None:
        due.row = record = self._request.written(row.record)
        if self._time is not None:
            due.since = with_offset(self._time(row), self._zone)
            record.pop(self._time_field, None)
        if self._request.stamp and record.keys() != {"id"}:
            record[self._request.stamp] = self._name

    def _skip(self, number: int, why: str) -> None:
        """Neighbours that are skipped for the same reason are written down together."""
        if self._skipped is not None:
            first, last, before = self._skipped
            if last + 1 == number and before == why and last - first < 10_000:
                self._skipped = (first, number, why)
                return
            self._flush()
        self._skipped = (number, number, why)

    def _flush(self) -> None:
        if self._skipped is not None:
            self._journal.skip(*self._skipped)
            self._skipped = None
