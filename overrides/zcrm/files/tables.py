"""Opens a file of rows and reads it as often as needed, row by row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from zcrm.files.choices import Format
from zcrm.files.content import JSON_BEGINS, Content, Kind, is_stream, open_content, spool
from zcrm.files.csv_tables import CsvTable
from zcrm.files.json_tables import ArrayTable, JsonlTable
from zcrm.files.problems import BadFile, CellError
from zcrm.files.reading import Reading
from zcrm.files.rows import ADDED, Block, Line, Row

__all__ = [
    "ADDED",
    "BadFile",
    "Block",
    "CellError",
    "Line",
    "Row",
    "Table",
    "is_stream",
    "open_table",
    "spool",
]

_HEAD_BYTES = 1 << 16


class Table(Protocol):
    """A file of rows. Every iteration reads it from its beginning and raises BadFile where it can't.

    name: the file's, for people. kind: how the file is written; format: how its result files are.
    header: the columns that come back in result files; empty for objects. delimiter: between cells.
    bom: whether result files begin with a byte-order mark. notes: what was found out and is worth saying.
    digest: of the file as it lies there.
    blank_rows: how many rows of nothing but blanks the last iteration has skipped.
    """

    name: str
    kind: Format
    format: Format
    header: list[str]
    delimiter: str
    bom: bool
    notes: list[str]
    blank_rows: int
    digest: str

    @property
    def share(self) -> float | None:
        """How much of the file was read by now, from 0 to 1; None where that is not known."""
        ...

    def blocks(self) -> Iterator[Block]:
        """Yield every row, some at a time, with what of it can not be read."""
        ...

    def scan(self) -> Iterator[Row]:
        """Yield every row, with what of it can not be read."""
        ...

    def __iter__(self) -> Iterator[Row]: ...

    def lines(self) -> Iterator[Line]:
        """Every row as the file holds it, in the same order."""
        ...

    def title(self, field: str) -> str:
        """Return what the file calls a field."""
        ...

    def field_of(self, title: str) -> str:
        """Return the field that the file calls so."""
        ...

    def line(self, number: int, held: Any) -> Line:
        """A row that was read, as `lines` has it."""
        ...

    def reader(self, column: str) -> Callable[[Row], str]:
        """What reads the text of one column off a row; raises BadFile when there is no such column."""
        ...

    def bad(self, error: CellError, row: int | None = None) -> BadFile:
        """Return the error with this file's name and, when known, the row."""
        ...


@contextmanager
def open_table(path: str, reading: Reading | None = None) -> Iterator[Table]:
    """Open a file of rows; `-` is standard input.

    What `reading` does not say is found out: kind and compression by the content, encoding, delimiter and
    quoting of text too. Raises BadFile for a file that can not be read, has no usable header, or needs an
    extra that is not installed; rows are read only by iterating.
    """
    reading = reading or Reading()
    with open_content(path, reading.encoding) as content:
        yield _table(content, path, reading)


def _table(content: Content, path: str, reading: Reading) -> Table:
    kind = reading.format or _format_of(content, path)
    if (kind in (Format.PARQUET, Format.XLSX)) != (content.kind is not Kind.TEXT):
        raise BadFile(content.name, f"is not {kind}", "leave --format out")
    match kind:
        case Format.PARQUET:
            from zcrm.files.parquet_tables import ParquetTable

            return ParquetTable(content, reading)
        case Format.XLSX:
            from zcrm.files.sheets import SheetTable

            return SheetTable(content, reading)
        case Format.JSON:
            return ArrayTable(content, reading)
        case Format.JSONL:
            return JsonlTable(content, reading)
        case Format.CSV:
            return CsvTable(content, reading)


def _format_of(content: Content, path: str) -> Format:
    if content.kind is Kind.PARQUET:
        return Format.PARQUET
    if content.kind is Kind.WORKBOOK:
        return Format.XLSX
    suffixes = {suffix.lower() for suffix in Path(path).suffixes[-2:]}
    if suffixes & {".jsonl", ".ndjson"}:
        return Format.JSONL
    begins = JSON_BEGINS.match(content.head(_HEAD_BYTES).decode("utf-8", "ignore"))
    if begins is None:
        return Format.CSV
    return Format.JSON if begins[1] else Format.JSONL
