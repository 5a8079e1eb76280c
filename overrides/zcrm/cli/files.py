"""Opens a file of rows, checks its bytes, and reads it as often as needed, row by row."""

import codecs
import csv
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import orjson

from zcrm.cli.cells import CellError, check_keys, parse_header, record_from
from zcrm.cli.choices import Format

__all__ = ["BadFile", "Row", "Table", "open_table"]

_CELL_CHARACTERS = 1 << 20
_CSV_CELL_CHARACTERS = 1 << 26
_LINE_BYTES = 1 << 24
_BLOCK_BYTES = 1 << 20


class BadFile(Exception):
    """A file that can not be sent: where the trouble is, what it is, and what to do about it."""

    def __init__(
        self, name: str, problem: str, fix: str = "", row: int | None = None, column: str | None = None
    ) -> None:
        place = [name]
        if row is not None:
            place.append(f"row {row}")
        if column is not None:
            place.append(f"column {column}")
        super().__init__(f"{', '.join(place)}: {problem}")
        self.name = name
        self.problem = problem
        self.fix = fix
        self.row = row
        self.column = column


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet or an editor shows it, the record to send, and what the file held.

    `original` are the cells' texts for CSV and the object for JSONL, both without what begins with `_`.
    """

    number: int
    record: dict[str, Any]
    original: list[str] | dict[str, Any]


class Table(Protocol):
    """A file of rows; every iteration reads it from its beginning and raises BadFile where it can't."""

    name: str
    format: Format
    header: list[str]
    bom: bool

    def __iter__(self) -> Iterator[Row]: ...

    def bad(self, error: CellError, row: int | None = None) -> BadFile:
        """Return the error with this file's name and, when known, the row."""
        ...


@contextmanager
def open_table(path: str, format: Format | None = None, null: str | None = None) -> Iterator[Table]:  # noqa: A002
    """Open a file of rows; `-` is standard input, kept whole in a private temporary file meanwhile.

    The format defaults to the name's ending (`.jsonl` and `.ndjson`, else CSV), for standard input to JSONL
    when it begins with `{`. `null` is the cell text that clears a field. Raises BadFile for a file that can
    not be read, is not UTF-8, or has no usable header; rows are read only by iterating.
    """
    name = "standard input" if path == "-" else path
    with _open_bytes(path, name) as file:
        bom = _check_bytes(file, name)
        chosen = format or _format_of(path, file)
        yield _JsonlTable(file, name, bom) if chosen is Format.JSONL else _CsvTable(file, name, bom, null)


@contextmanager
def _open_bytes(path: str, name: str) -> Iterator[BinaryIO]:
    try:
        source = os.fdopen(0, "rb", closefd=False) if path == "-" else Path(path).open("rb")  # noqa: SIM115
    except OSError as error:
        raise BadFile(
            name, f"can not be read: {error.strerror}", "check the path and its permissions"
        ) from error
    with source:
        if path != "-" and source.seekable():
            yield source
            return
        with tempfile.TemporaryFile() as spool:
            while block := source.read1(_BLOCK_BYTES):
                spool.write(block)
            yield spool


def _check_bytes(file: BinaryIO, name: str) -> bool:
    """Raise BadFile unless the whole file is UTF-8 text; tell whether it begins with a byte-order mark."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, line, bom = 0, 1, False
    while True:
        block = file.read(_BLOCK_BYTES)
        if offset == 0:
            bom = block.startswith(codecs.BOM_UTF8)
            _refuse_other_kinds(block, name)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            bad = offset - pending + error.start
            at = line + block.count(b"\n", 0, max(0, error.start - pending))
            raise BadFile(
                name, f"byte {bad} (line {at}) is not UTF-8", "save the file as UTF-8, e.g. as “CSV UTF-8”"
            ) from error
        nul = block.find(b"\0")
        if nul >= 0:
            at = line + block.count(b"\n", 0, nul)
            raise BadFile(
                name, f"byte {offset + nul} (line {at}) is a NUL byte", "export the file again as text"
            )
        if not block:
            return bom
        offset += len(block)
        line += block.count(b"\n")


def _refuse_other_kinds(block: bytes, name: str) -> None:
    fix = "save the sheet as “CSV UTF-8”"
    if block.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadFile(name, "is a workbook or an archive, not text", fix)
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadFile(name, "is UTF-16 text, not UTF-8", fix)


def _format_of(path: str, file: BinaryIO) -> Format:
    if path == "-":
        file.seek(0)
        begins = file.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()
        return Format.JSONL if begins.startswith(b"{") else Format.CSV
    return Format.JSONL if Path(path).suffix.lower() in (".jsonl", ".ndjson") else Format.CSV


class _CsvTable:
    format = Format.CSV

    def __init__(self, file: BinaryIO, name: str, bom: bool, null: str | None) -> None:
        self.name = name
        self.bom = bom
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        self._null = null
        number, headers = next(self._records(), (1, []))
        if not headers:
            raise BadFile(name, "is empty", "give the file a header row with an id column")
        try:
            self._columns = parse_header(headers)
        except CellError as error:
            raise self.bad(error, number) from error
        self._headers = headers
        self._kept = [column is not None for column in self._columns]
        self.header = self._own(headers)

    def __iter__(self) -> Iterator[Row]:
        records = self._records()
        next(records)
        for number, cells in records:
            if len(cells) != len(self._headers):
                raise BadFile(
                    self.name,
                    f"cells: {len(cells)}, columns: {len(self._headers)}",
                    "quote cells that hold commas or line breaks; give a short row its empty cells",
                    number,
                )
            for header, cell in zip(self._headers, cells, strict=True):
                if len(cell) > _CELL_CHARACTERS:
                    raise BadFile(
                        self.name,
                        f"a cell of {len(cell)} characters",
                        f"shorten it to {_CELL_CHARACTERS} at most, or look for a quote that is never closed",
                        number,
                        header,
                    )
            try:
                record = record_from(self._columns, cells, self._null)
            except CellError as error:
                raise self.bad(error, number) from error
            yield Row(number, record, self._own(cells))

    def bad(self, error: CellError, row: int | None = None) -> BadFile:
        return BadFile(self.name, error.problem, error.fix, row, error.column)

    def _own(self, cells: list[str]) -> list[str]:
        return [cell for cell, kept in zip(cells, self._kept, strict=True) if kept]

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row number, cells) of every record that is not an empty line, which counts all the same."""
        csv.field_size_limit(_CSV_CELL_CHARACTERS)
        self._text.seek(0)
        number = 0
        try:
            for number, cells in enumerate(csv.reader(self._text, strict=True), 1):
                if cells:
                    yield number, cells
        except csv.Error as error:
            raise BadFile(
                self.name,
                f"not CSV from here on ({error})",
                "look for a quote that is not closed or not doubled",
                number + 1,
            ) from error


class _JsonlTable:
    format = Format.JSONL

    def __init__(self, file: BinaryIO, name: str, bom: bool) -> None:
        self.name = name
        self.bom = bom
        self.header: list[str] = []
        self._file = file

    def __iter__(self) -> Iterator[Row]:
        self._file.seek(len(codecs.BOM_UTF8) if self.bom else 0)
        number = 0
        while line := self._file.readline(_LINE_BYTES):
            number += 1
            if len(line) == _LINE_BYTES:
                raise BadFile(
                    self.name,
                    f"a line of {_LINE_BYTES} bytes or more",
                    "write one object on each line",
                    number,
                )
            if not line.strip():
                continue
            record = {
                key: value for key, value in self._object(line, number).items() if not key.startswith("_")
            }
            yield Row(number, record, record)

    def bad(self, error: CellError, row: int | None = None) -> BadFile:
        return BadFile(self.name, error.problem, error.fix, row, error.column)

    def _object(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise BadFile(
                self.name,
                f"not JSON from character {error.colno} on",
                "write one JSON object on each line",
                number,
            ) from error
        if not isinstance(value, dict):
            raise BadFile(
                self.name, "not a JSON object", 'write one object on each line: {"id": "…", …}', number
            )
        try:
            check_keys(value)
        except CellError as error:
            raise self.bad(error, number) from error
        return value
