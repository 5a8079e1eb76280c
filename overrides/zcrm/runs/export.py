"""The outcomes of all rows of a run as one table: Parquet, or CSV."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import cast

from ..atomic import atomic
from ..files.added import cell
from ..files.choices import ExportFormat
from ..files.tables import Table
from ..frames.outcomes import OutcomeRow
from ..frames.parquet import parquet_writer
from ..outcomes import State
from .counts import check_counts
from .journal import Journal
from .outcome_rows import row_of
from .results import LineFeeds, Why, rows_with_spans

__all__ = ["export_outcomes"]

Writer = Callable[[Path], AbstractContextManager[Callable[[OutcomeRow], object]]]


def export_outcomes(
    table: Table, journal: Journal, why: Why, path: Path, form: ExportFormat, rows: int
) -> dict[State, int]:
    """Write the file at once, from input and journal; returns the rows in each state.

    rows: of the input, as they were counted before the run. Raises OSError, BadFile, Miscounted, and
    UsageError where Parquet needs the extra `arrow`.
    """
    written: Counter[State] = Counter()
    writer: Writer = parquet_writer if form is ExportFormat.PARQUET else _csv_writer
    with writer(path) as add:
        for row in _rows(table, journal, why):
            written[cast("State", row.state)] += 1
            add(row)
        return check_counts(written, journal, rows)


def _rows(table: Table, journal: Journal, why: Why) -> Iterator[OutcomeRow]:
    for number, (line, span) in enumerate(rows_with_spans(table, journal, why)):
        yield row_of(number, line.id or None, span, line.number)


@contextmanager
def _csv_writer(path: Path) -> Iterator[Callable[[OutcomeRow], object]]:
    """As `parquet_writer`; texts are safe to open with a spreadsheet, as in result files."""
    with atomic(path) as new, new.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(LineFeeds(file))
        writer.writerow(OutcomeRow._fields)
        yield lambda row: writer.writerow(map(_cell, row))


def _cell(value: str | int | bool | None) -> str | int:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str() if not value.isalnum():
            return cell(value)
    return value
