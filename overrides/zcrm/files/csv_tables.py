"""Rows of a CSV file."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from zcrm.files.choices import Format
from zcrm.files.content import JSON_BEGINS, Content
from zcrm.files.dialects import find_dialect
from zcrm.files.grids import BLOCK_ROWS, Grid
from zcrm.files.problems import BadFile
from zcrm.files.reading import Reading
from zcrm.files.selection import has_id

__all__ = ["CsvTable"]

_CSV_CELL_CHARACTERS = 1 << 26
_HEAD_BYTES = 1 << 18
_END_OF_FILE = "\x1a"


class CsvTable(Grid):
    """Text with delimiters; blank lines and a last 0x1A, the end of a file under DOS, are no rows."""

    kind = Format.CSV
    format = Format.CSV

    def __init__(self, content: Content, reading: Reading) -> None:
        """Raises BadFile where there is no usable header."""
        self.name = content.name
        self._content = content
        head = content.head(_HEAD_BYTES).decode("utf-8", "ignore")
        _refuse_document(head, content.name)
        dialect = find_dialect(head, lambda headers: has_id(headers, reading), reading.delimiter)
        self._options = dialect.options()
        self._marks = [mark for mark in (dialect.quote, dialect.escape) if mark]
        self.delimiter = dialect.delimiter
        self._start = content.start + len(head[: dialect.skipped].encode())
        content.file.seek(0)
        self._text = io.TextIOWrapper(content.file, encoding="utf-8", newline="")
        self._ends_by_mark = _last_byte(content) == _END_OF_FILE.encode()
        self._header_row, headers = self._header()
        if not headers:
            raise BadFile(content.name, "is empty", "give the file a header row with an id column")
        super().__init__(content.name, headers, self._header_row, reading)
        self.bom = content.bom
        self.digest = content.digest
        self.notes = [*content.notes, *dialect.notes(), *self.notes]
        if self._ends_by_mark:
            self.notes.append("a last 0x1A skipped")

    @property
    def share(self) -> float:
        return self._content.share

    def _cells(self) -> Iterator[tuple[int, list[list[str]]]]:
        for number, records in self._records():
            below = max(0, self._header_row + 1 - number)
            yield number + below, records[below:]

    def _header(self) -> tuple[int, list[str]]:
        """The first record that is not blank, and its number."""
        for number, records in self._records():
            for place, cells in enumerate(records, number):
                if any(map(str.strip, cells)):
                    return place, cells
        return 1, []

    def _records(self) -> Iterator[tuple[int, list[list[str]]]]:
        """Yield all records, some at a time, behind the number of the first of them."""
        csv.field_size_limit(_CSV_CELL_CHARACTERS)
        self._text.seek(self._start)
        lines, number = iter(self._lines()), 1
        while some := [*islice(lines, BLOCK_ROWS)]:
            records: list[list[str]] = []
            failed: csv.Error | None = None
            try:
                records.extend(self._parted(some, lines))
            except csv.Error as error:
                failed = error
            yield number, records
            number += len(records)
            if failed is not None:
                raise BadFile(
                    self.name,
                    f"not CSV from here on ({failed})",
                    "look for a quote that is not closed or not doubled",
                    number,
                ) from failed

    def _parted(self, lines: list[str], more: Iterator[str]) -> Iterable[list[str]]:
        """The records that begin in these lines; `more` gives the lines behind them."""
        text = "".join(lines)
        if any(mark in text for mark in self._marks):
            return self._read(lines, more)
        return [
            line.split(self.delimiter) if line else [] for line in (line.rstrip("\r\n") for line in lines)
        ]

    def _read(self, lines: list[str], more: Iterator[str]) -> Iterator[list[str]]:
        reader = csv.reader(chain(lines, more), **self._options)
        for record in reader:
            yield record
            if reader.line_num >= len(lines):
                return

    def _lines(self) -> Iterable[str]:
        if not self._ends_by_mark:
            return self._text
        return filter(None, (line.rstrip(_END_OF_FILE) for line in self._text))


def _last_byte(content: Content) -> bytes:
    if not content.file.seek(0, io.SEEK_END):
        return b""
    content.file.seek(-1, io.SEEK_END)
    return content.file.read(1)


def _refuse_document(head: str, name: str) -> None:
    if JSON_BEGINS.match(head):
        raise BadFile(
            name, "a JSON document, not CSV", "write one JSON object on each line, or an array of objects"
        )
