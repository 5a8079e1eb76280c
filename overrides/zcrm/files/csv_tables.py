"""Rows of a CSV file."""

import csv
import io
from collections.abc import Iterable, Iterator

from zcrm.files.choices import Format
from zcrm.files.content import JSON_BEGINS, Content
from zcrm.files.dialects import find_dialect
from zcrm.files.grids import Grid
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
        self._start = content.start + len(head[: dialect.skipped].encode())
        content.file.seek(0)
        self._text = io.TextIOWrapper(content.file, encoding="utf-8", newline="")
        self._ends_by_mark = _last_byte(content) == _END_OF_FILE.encode()
        number, headers = next(self._records(), (1, []))
        if not headers:
            raise BadFile(content.name, "is empty", "give the file a header row with an id column")
        super().__init__(content.name, headers, number, reading)
        self.bom = content.bom
        self.digest = content.digest
        self.delimiter = dialect.delimiter
        self.notes = [*content.notes, *dialect.notes(), *self.notes]
        if self._ends_by_mark:
            self.notes.append("a last 0x1A skipped")

    @property
    def share(self) -> float:
        return self._content.share

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        records = self._records()
        next(records, None)
        yield from records

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row number, cells) of the header, the first that is not blank, and of every record below."""
        csv.field_size_limit(_CSV_CELL_CHARACTERS)
        self._text.seek(self._start)
        number, in_header = 0, True
        try:
            for number, cells in enumerate(csv.reader(self._lines(), **self._options), 1):
                if not in_header or any(map(str.strip, cells)):
                    in_header = False
                    yield number, cells
        except csv.Error as error:
            raise BadFile(
                self.name,
                f"not CSV from here on ({error})",
                "look for a quote that is not closed or not doubled",
                number + 1,
            ) from error

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
