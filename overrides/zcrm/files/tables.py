"""Opens a file of rows, checks its bytes, and reads it as often as needed, row by row."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import orjson

from .cells import CellError, check_keys, parse_header, record_from
from .choices import Format

__all__ = ["ADDED", "BadFile", "Line", "Row", "Table", "format_of", "open_table", "spool"]

ADDED = ("_row", "_id", "_code", "_field", "_message", "_details", "_fix", "_attempts")
"""What a result file adds to the columns of the input; columns of these names are replaced."""

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
    """One row: its number as a spreadsheet or an editor shows it, the record to send, what the file holds."""

    number: int
    record: dict[str, Any]
    held: Any


@dataclass(frozen=True, slots=True)
class Line:
    """One row as the file holds it, without the columns in `ADDED`: the cells' texts, or the object."""

    number: int
    id: str
    held: list[str] | dict[str, Any]


class Table(Protocol):
    """A file of rows; every iteration reads it from its beginning and raises BadFile where it can't."""

    name: str
    format: Format
    header: list[str]
    bom: bool
    digest: str

    def __iter__(self) -> Iterator[Row]: ...

    def lines(self) -> Iterator[Line]:
        """Every row as the file holds it, in the same order."""
        ...

    def reader(self, column: str) -> Callable[[Row], str]:
        """What reads the text of one column off a row; raises BadFile when there is no such column."""
        ...

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
        bom, digest = _check_bytes(file, name)
        chosen = format or format_of(path, file)
        if chosen is Format.JSONL:
            yield _JsonlTable(file, name, bom, digest)
        else:
            yield _CsvTable(file, name, bom, digest, null)


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
        with tempfile.TemporaryFile() as copy:
            _copy(source, copy)
            yield copy


def spool(target: Path) -> None:
    """Keep standard input in a file of its owner's alone. Raises OSError."""
    with (
        os.fdopen(0, "rb", closefd=False) as source,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy,
    ):
        _copy(source, copy)


def _copy(source: Any, copy: Any) -> None:
    while block := source.read1(_BLOCK_BYTES):
        copy.write(block)


def _check_bytes(file: BinaryIO, name: str) -> tuple[bool, str]:
    """Raise BadFile unless the whole file is UTF-8 text.

    Returns whether it begins with a byte-order mark, and a digest of it.
    """
    file.seek(0)
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, line, bom = 0, 1, False
    while True:
        block = file.read(_BLOCK_BYTES)
        digest.update(block)
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
            return bom, digest.hexdigest()
        offset += len(block)
        line += block.count(b"\n")


def _refuse_other_kinds(block: bytes, name: str) -> None:
    fix = "save the sheet as “CSV UTF-8”"
    if block.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadFile(name, "is a workbook or an archive, not text", fix)
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadFile(name, "is UTF-16 text, not UTF-8", fix)


def format_of(path: str, file: BinaryIO) -> Format:
    """The format by the name's ending, for standard input by its beginning."""
    if path == "-":
        file.seek(0)
        begins = file.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()
        return Format.JSONL if begins.startswith(b"{") else Format.CSV
    return Format.JSONL if Path(path).suffix.lower() in (".jsonl", ".ndjson") else Format.CSV


class _CsvTable:
    format = Format.CSV

    def __init__(self, file: BinaryIO, name: str, bom: bool, digest: str, null: str | None) -> None:
        self.name = name
        self.digest = digest
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
        self._kept = [header.strip() not in ADDED for header in headers]
        self._whole = all(self._kept)
        self._id = next(n for n, column in enumerate(self._columns) if column and column.path == ("id",))
        self.header = self._own(headers)

    def __iter__(self) -> Iterator[Row]:
        for number, cells in self._cells():
            try:
                record = record_from(self._columns, cells, self._null)
            except CellError as error:
                raise self.bad(error, number) from error
            yield Row(number, record, cells)

    def lines(self) -> Iterator[Line]:
        for number, cells in self._cells():
            name = cells[self._id].strip()
            yield Line(number, "" if name == self._null else name, self._own(cells))

    def reader(self, column: str) -> Callable[[Row], str]:
        names = [header.strip().partition(":")[0] for header in self._headers]
        if column not in names:
            raise BadFile(self.name, f"there is no column {column!r}", "name one of the file's columns")
        place = names.index(column)
        return lambda row: str(row.held[place]).strip()

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of every row, as many as there are columns and none too long."""
        records = self._records()
        next(records)
        width = len(self._headers)
        for number, cells in records:
            if len(cells) != width:
                raise BadFile(
                    self.name,
                    f"cells: {len(cells)}, columns: {width}",
                    "quote cells that hold commas or line breaks; give a short row its empty cells",
                    number,
                )
            if max(map(len, cells)) > _CELL_CHARACTERS:
                longest = max(range(width), key=lambda place: len(cells[place]))
                raise BadFile(
                    self.name,
                    f"a cell of {len(cells[longest])} characters",
                    f"shorten it to {_CELL_CHARACTERS} at most, or look for a quote that is never closed",
                    number,
                    self._headers[longest],
                )
            yield number, cells

    def bad(self, error: CellError, row: int | None = None) -> BadFile:
        return BadFile(self.name, error.problem, error.fix, row, error.column)

    def _own(self, cells: Sequence[str]) -> list[str]:
        return (
            list(cells)
            if self._whole
            else [cell for cell, kept in zip(cells, self._kept, strict=True) if kept]
        )

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

    def __init__(self, file: BinaryIO, name: str, bom: bool, digest: str) -> None:
        self.name = name
        self.digest = digest
        self.bom = bom
        self.header: list[str] = []
        self._file = file

    def __iter__(self) -> Iterator[Row]:
        for number, held in self._objects():
            yield Row(number, {key: value for key, value in held.items() if not key.startswith("_")}, held)

    def lines(self) -> Iterator[Line]:
        for number, held in self._objects():
            name = held.get("id")
            own = {key: value for key, value in held.items() if key not in ADDED}
            yield Line(number, "" if name is None else str(name).strip(), own)

    def reader(self, column: str) -> Callable[[Row], str]:
        return lambda row: str(row.held.get(column, ""))

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
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
            yield number, self._object(line, number)

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
            check_keys({key: held for key, held in value.items() if key not in ADDED})
        except CellError as error:
            raise self.bad(error, number) from error
        return value
