"""Rows that repeat a record, where all rows set the same: not sent, and answered as the first one is."""

from __future__ import annotations

from collections.abc import Iterator

from ..files.tables import Row, Table
from .ids import key_of
from .journal import Journal

__all__ = ["answer_repeats", "first_row"]


def first_row(row: Row, journal: Journal) -> int | None:
    """The number of the earlier row for the same record; None where this is the first."""
    record_id = row.record.get("id")
    first = None if record_id is None else journal.row_of(key_of(str(record_id).strip()))
    return None if first == row.number else first


def answer_repeats(table: Table, journal: Journal) -> None:
    """Write down for each row that repeats another one what is known of that one; raises JournalFailed."""

    def repeats() -> Iterator[tuple[int, int]]:
        for row in table:
            first = first_row(row, journal)
            if first is not None:
                yield row.number, first

    journal.know_as(repeats())
