"""Six files in which every row of the input ends up once, written from the input and the journal."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, TextIO, cast

import orjson

from ..atomic import atomic
from ..engine.flows.sending import LOST, STOPPED
from ..files.added import cell, plain, unquoted
from ..files.added import line as csv_line
from ..files.choices import Format
from ..files.natives import as_text
from ..files.sheets import SheetWriter
from ..files.tables import ADDED, Line, Table
from ..outcomes import STATES, State
from .counts import check_counts
from .folder import RunFolder
from .journal import FLYING, Journal, Span
from .spans import Told

__all__ = ["CORRECTED", "LineFeeds", "ResultFiles", "Why", "rows_with_spans", "write_results"]

CORRECTED: tuple[State, ...] = ("rejected", "conflict", "unknown")

Why = Mapping[str, Any] | None
"""What ended the run, for rows that were never sent: `code`, `message`, `fix`."""


class LineFeeds:
    """Ends rows by a line feed alone, though the writer quotes whatever holds either end of a line.

    end: what a row ends with, more cells perhaps before the line feed.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.end = "\n"

    def write(self, line: str) -> int:
        return self._file.write(line[:-2] + self.end)


class _Dropped(Exception):
    pass


class ResultFiles:
    """All six files while they are written, in the table's own format; `finish` puts them in place."""

    def __init__(
        self, folder: RunFolder, table: Table, *, bom: bool = False, as_sheets: bool = False
    ) -> None:
        """Begin the files, with a byte-order mark where the input has one, so that the same spreadsheet reads
        them, or where `bom` asks for it. as_sheets: rows that need a correction are written as Excel sheets,
        too, where a sheet can hold them. Raises OSError.
        """
        self._folder = folder
        self._delimiter = table.delimiter
        self._written: Counter[State] = Counter()
        self._files: dict[State, TextIO] = {}
        self._sheets: dict[State, SheetWriter] = {}
        with ExitStack() as stack:
            for state in STATES:
                path = stack.enter_context(atomic(folder.file(state, table.format)))
                self._files[state] = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
                self._files[state].write("\ufeff" if table.bom or bom else "")
            for state in CORRECTED if as_sheets else ():
                target = stack.enter_context(atomic(folder.sheet(state)))
                self._sheets[state] = SheetWriter(target, [*table.header, *ADDED])
                stack.callback(self._sheets[state].close)
            self._ends = {state: LineFeeds(file) for state, file in self._files.items()}
            self._writers = {
                state: csv.writer(end, delimiter=table.delimiter) for state, end in self._ends.items()
            }
            if table.format is Format.CSV:
                for writer in self._writers.values():
                    writer.writerow([*table.header, *ADDED])
            self._stack = stack.pop_all()

    def add(self, line: Line, state: State, told: Told) -> None:
        """Write a row where it belongs; raises OSError."""
        self._written[state] += 1
        if isinstance(line.held, list):
            between = self._delimiter
            record_id = line.id if line.id.isalnum() else _one_cell(line.id)
            end = f"{between}{line.number}{between}{record_id}{between}{_rest(told, between)}"
            if (cells := unquoted(line.held, between)) is not None:
                self._files[state].write(cells + end)
            else:
                self._ends[state].end = end
                self._writers[state].writerow(line.held)
            if state in self._sheets:
                self._sheets[state].write([*line.held, *map(plain, (line.number, line.id, *told))])
        else:
            added = map(plain, (line.number, line.id, *told))
            held = line.held | dict(zip(ADDED, added, strict=True))
            held["_details"] = orjson.Fragment(told[3] or "{}")
            self._files[state].write(_json(held).decode() + "\n")

    def finish(self, journal: Journal, rows: int) -> dict[State, int]:
        """Put the files in place, each at once; returns the rows in each.

        rows: of the input, as they were counted before the run. Raises OSError and, before any file is in
        place, Miscounted.
        """
        with self._stack:
            for file in self._files.values():
                file.flush()
            counts = check_counts(self._written, journal, rows)
        for incomplete in (state for state, sheet in self._sheets.items() if sheet.left_out):
            self._folder.sheet(incomplete).unlink()
        return counts

    def drop(self) -> None:
        """Leave nothing of files that are not in place."""
        with suppress(_Dropped, OSError), self._stack:
            raise _Dropped


def write_results(
    files: ResultFiles, table: Table, journal: Journal, why: Why, rows: int
) -> dict[State, int]:
    """Write every row of the table; returns the rows in each file.

    Raises OSError, BadFile and, before any file is in place, Miscounted.
    """
    try:
        for span, neighbours in groupby(rows_with_spans(table, journal, why), itemgetter(1)):
            state, told = cast("State", span.state), span.told
            for line, _ in neighbours:
                files.add(line, state, told)
        return files.finish(journal, rows)
    finally:
        files.drop()


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


def _json(held: dict[str, Any]) -> bytes:
    """The object as JSON, whatever numbers it holds."""
    try:
        return orjson.dumps(held, default=_as_json)
    except orjson.JSONEncodeError:
        return orjson.dumps(_with_any_integers(held), default=_as_json)


def _with_any_integers(value: Any) -> Any:
    """The value with its integers as JSON, which orjson writes of 64 bits alone."""
    if isinstance(value, dict):
        return {name: _with_any_integers(part) for name, part in value.items()}
    if isinstance(value, list):
        return [*map(_with_any_integers, value)]
    return orjson.Fragment(str(value)) if type(value) is int else value


def _as_json(value: object) -> object:
    """What a value of Parquet is in JSON, for those that JSON has no like of."""
    return orjson.Fragment(format(value, "f")) if isinstance(value, Decimal) else as_text(value)


@lru_cache(maxsize=64)
def _rest(told: Told, delimiter: str) -> str:
    """The cells after row and id, to the end of their line."""
    return csv_line(map(cell, told), delimiter)


def _one_cell(text: str) -> str:
    return csv_line([cell(text)]).removesuffix("\n") if text else ""


def _because(why: Why) -> dict[str, Any]:
    if why is None:
        return {"message": STOPPED}
    return {"code": why.get("code"), "message": why["message"], "fix": why.get("fix") or ""}
