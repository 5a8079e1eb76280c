"""Six files in which every row of the input ends up once, written from the input and the journal."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO, cast

import orjson

from ..atomic import atomic
from ..engine.flows.sending import LOST, STOPPED
from ..files.added import cell, plain
from ..files.choices import Format
from ..files.natives import as_text
from ..files.sheets import SheetWriter
from ..files.tables import ADDED, Line, Table
from ..outcomes import STATES, State
from .counts import check_counts
from .folder import RunFolder
from .journal import FLYING, Journal, Span

__all__ = ["CORRECTED", "LineFeeds", "Why", "rows_with_spans", "write_results"]

CORRECTED: tuple[State, ...] = ("rejected", "conflict", "unknown")

Why = Mapping[str, Any] | None
"""What ended the run, for rows that were never sent: `code`, `message`, `fix`."""


class LineFeeds:
    """Ends rows by a line feed alone, though the writer quotes whatever holds either end of a line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: str) -> int:
        return self._file.write(line[:-2] + "\n")


def write_results(
    folder: RunFolder,
    table: Table,
    journal: Journal,
    why: Why,
    rows: int,
    *,
    bom: bool = False,
    as_sheets: bool = False,
) -> dict[State, int]:
    """Write all six files, each at once, in the table's own format; returns the rows in each.

    They begin with a byte-order mark where the input does, so that the same spreadsheet reads them, or where
    `bom` asks for it. rows: of the input, as they were counted before the run. as_sheets: rows that need a
    correction are written as Excel sheets, too, where a sheet can hold them. Raises OSError, BadFile and,
    before any file is in place, Miscounted.
    """
    written: Counter[State] = Counter()
    sheets: dict[str, SheetWriter] = {}
    with ExitStack() as stack:
        files: dict[State, TextIO] = {}
        for state in STATES:
            path: Path = stack.enter_context(atomic(folder.file(state, table.format)))
            files[state] = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            files[state].write("\ufeff" if table.bom or bom else "")
        writers = {
            state: csv.writer(LineFeeds(file), delimiter=table.delimiter) for state, file in files.items()
        }
        if table.format is Format.CSV:
            for writer in writers.values():
                writer.writerow([*table.header, *ADDED])
        for state in CORRECTED if as_sheets else ():
            target = stack.enter_context(atomic(folder.sheet(state)))
            sheets[state] = SheetWriter(target, [*table.header, *ADDED])
            stack.callback(sheets[state].close)
        told: Span | None = None
        cells: list[str] = []
        for line, span in rows_with_spans(table, journal, why):
            if span is not told:
                told, cells = span, _cells(span)
            state = cast("State", span.state)
            written[state] += 1
            if isinstance(line.held, list):
                record_id = line.id if line.id.isalnum() else cell(line.id)
                writers[state].writerow([*line.held, line.number, record_id, *cells])
                if state in sheets:
                    added = map(plain, (line.number, line.id, *_told(span)))
                    sheets[state].write([*line.held, *added])
            else:
                added = map(plain, (line.number, line.id, *_told(span)))
                held = line.held | dict(zip(ADDED, added, strict=True))
                held["_details"] = orjson.Fragment(span.details or "{}")
                files[state].write(orjson.dumps(held, default=_as_json).decode() + "\n")
        for file in files.values():
            file.flush()
        counts = check_counts(written, journal, rows)
    for incomplete in (name for name, sheet in sheets.items() if sheet.left_out):
        folder.sheet(incomplete).unlink()
    return counts


def rows_with_spans(table: Table, journal: Journal, why: Why) -> Iterator[tuple[Line, Span]]:
    """Every row of the table with what is known of it; one that is still in flight is `unknown`."""
    never_sent = Span(0, 0, "unsent", retryable=1, **_because(why))
    spans = journal.spans()
    span: Span | None = next(spans, None)
    for line in table.lines():
        while span is not None and span.last < line.number:
            span = next(spans, None)
        if span is not None and span.state == FLYING:
            span = span._replace(state="unknown", message=LOST, retryable=span.again)
        if span is None or line.number < span.first:
            yield line, never_sent
        else:
            yield line, span


def _as_json(value: object) -> object:
    """What a value of Parquet is in JSON, for those that JSON has no like of."""
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    return orjson.Fragment(str(value)) if isinstance(value, int) else as_text(value)


def _told(span: Span) -> tuple[str | int, ...]:
    """What the columns after row and id hold."""
    said = (span.code or "", span.field or "", span.message, span.details or "", span.fix)
    return (*said, span.attempts)


@lru_cache(maxsize=64)
def _cells(span: Span) -> list[str]:
    return [cell(value) for value in _told(span)]


def _because(why: Why) -> dict[str, Any]:
    if why is None:
        return {"message": STOPPED}
    return {"code": why.get("code"), "message": why["message"], "fix": why.get("fix") or ""}
