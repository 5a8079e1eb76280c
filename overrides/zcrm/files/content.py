"""Opens a file, a pipe or standard input, unpacks it, and tells what kind of thing it is."""

import gzip
import hashlib
import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from zcrm.files.encodings import Encoding, find_encoding, recoded
from zcrm.files.problems import BadFile

__all__ = ["JSON_BEGINS", "Content", "Kind", "is_stream", "open_content", "spool"]

_BLOCK_BYTES = 1 << 20
_SHEET_FIX = "save the sheet as .xlsx or as “CSV UTF-8”"
_ROWS_FIX = "give a file of rows: CSV, JSON lines, a JSON array, Parquet or .xlsx"
JSON_BEGINS = re.compile(r"\s*(?:(\[)\s*(?:[\[{\"\]0-9-]|$)|\{\s*(?:[\"}]|$))")
"""How a text of JSON begins, not one whose first column is called `[id]`; group 1 is there for an array."""
_OLE = b"\xd0\xcf\x11\xe0"
_GZIP, _ZSTD, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
_FOREIGN = (
    (b"BZh", "bzip2: a compressed file", "unpack it first, or use gzip or zstd"),
    (b"\xfd7zXZ\x00", "xz: a compressed file", "unpack it first, or use gzip or zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7z: an archive", "unpack it and give the file of rows in it"),
    (b"Rar!", "rar: an archive", "unpack it and give the file of rows in it"),
    (b"PK\x05\x06", "zip: an empty archive", _ROWS_FIX),
    (b"SQLite format 3\x00", "SQLite: a database", "export the table as CSV"),
    (b"ARROW1", "Arrow: a Feather file", "write it as Parquet"),
    (b"ORC", "ORC: a table", "write it as Parquet"),
    (b"Obj\x01", "Avro: a table", "write it as Parquet"),
    (b"%PDF", "PDF: a document", _ROWS_FIX),
    (b"{\\rtf", "RTF: a document", _ROWS_FIX),
    (b"\x89PNG", "PNG: an image", _ROWS_FIX),
    (b"\xff\xd8\xff", "JPEG: an image", _ROWS_FIX),
    (b"GIF8", "GIF: an image", _ROWS_FIX),
)


class Kind(Enum):
    """What a file holds, beneath any compression."""

    TEXT = auto()
    PARQUET = auto()
    WORKBOOK = auto()


@dataclass(slots=True)
class Content:
    """What a file holds: UTF-8 text from `start` on, or a binary kind as it is.

    notes: what was found out and is worth saying. digest: of the file as it lies there.
    bom: whether result files need a byte-order mark for the
    spreadsheet that wrote this file to read them.
    """

    file: BinaryIO
    name: str
    kind: Kind
    start: int = 0
    bom: bool = False
    notes: list[str] = field(default_factory=list)
    digest: str = ""

    @property
    def share(self) -> float:
        """How much of the text was read, from 0 to 1."""
        return min(self.file.tell() / max(os.fstat(self.file.fileno()).st_size, 1), 1.0)

    def head(self, size: int) -> bytes:
        """Return the first bytes of the text."""
        self.file.seek(self.start)
        return self.file.read(size)


@contextmanager
def open_content(path: str, encoding: str | None = None) -> Iterator[Content]:
    """Open a file; `-` is standard input. What can be read once only is kept in a private temporary file.

    Raises BadFile for what can not be read, or is no kind of file that holds rows.
    """
    name = "standard input" if path == "-" else path
    with _seekable(path, name) as file, _unpacked(file, name) as (plain, packed):
        kind = _kind(plain, f"{name}, {packed}" if packed else name)
        notes = [packed] if packed else []
        content = Content(plain, name, kind, notes=notes, digest=_digest(file))
        if kind is not Kind.TEXT:
            yield content
            return
        found = find_encoding(plain, name, encoding)
        content.bom = not found.is_plain
        if found.name == "utf-8":
            content.start = found.start
            yield content
            return
        content.notes.append(f"encoding {_shown(found)}")
        with _spooled(recoded(plain, found)) as text:
            yield replace(content, file=text)


def is_stream(path: str) -> bool:
    """Whether it can be read but once: standard input, a pipe, a device."""
    if path == "-":
        return True
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def spool(path: str, target: Path) -> None:
    """Keep what a stream gives in a file of its owner's alone. Raises OSError."""
    with (
        os.fdopen(0, "rb", closefd=False) if path == "-" else Path(path).open("rb") as source,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy,
    ):
        while block := source.read1(_BLOCK_BYTES):
            copy.write(block)


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(_BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()


def _shown(encoding: Encoding) -> str:
    return encoding.name.upper() if encoding.name.startswith("utf") else encoding.name


@contextmanager
def _seekable(path: str, name: str) -> Iterator[BinaryIO]:
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
        with _spooled(iter(lambda: source.read1(_BLOCK_BYTES), b"")) as spool:
            yield spool


@contextmanager
def _spooled(blocks: Iterable[bytes]) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as spool:
        for block in blocks:
            spool.write(block)
        spool.seek(0)
        yield spool


@contextmanager
def _unpacked(file: BinaryIO, name: str) -> Iterator[tuple[BinaryIO, str]]:
    """The file's content, unpacked, and what it was packed with."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    if head.startswith(_GZIP):
        packed, blocks = "gzip", _blocks(gzip.GzipFile(fileobj=file), name, "gzip")
    elif head.startswith(_ZSTD):
        packed, blocks = "zstd", _blocks(_zstd(name).ZstdFile(file), name, "zstd")
    else:
        yield file, ""
        return
    with _spooled(blocks) as spool:
        yield spool, packed


def _zstd(name: str) -> Any:
    for module in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(module)
        except ImportError:
            continue
    raise BadFile(name, "zstd: a compressed file", 'pip install "backports.zstd", or unpack it first')


def _blocks(stream: Any, name: str, packed: str) -> Iterator[bytes]:
    damaged: list[type[Exception]] = [EOFError, zlib.error, gzip.BadGzipFile]
    if packed == "zstd":
        damaged.append(_zstd(name).ZstdError)
    try:
        while block := stream.read(_BLOCK_BYTES):
            yield block
    except tuple(damaged) as error:
        raise BadFile(
            name, f"{packed}: the file is damaged ({error})", "pack it again, or copy it again"
        ) from error


def _kind(file: BinaryIO, name: str) -> Kind:
    file.seek(0)
    head = file.read(4096)
    if head.startswith(b"PAR1"):
        return Kind.PARQUET
    if head.startswith(_ZIP):
        return _zipped(file, name)
    if head.startswith((_GZIP, _ZSTD)):
        raise BadFile(name, "packed twice", "unpack it first")
    for magic, kind, fix in _FOREIGN:
        if head.startswith(magic):
            raise BadFile(name, kind, fix)
    if head.startswith(_OLE):
        raise _old_office(file, name)
    if head[257:262] == b"ustar":
        raise BadFile(name, "tar: an archive", "unpack it and give the file of rows in it")
    begins = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begins.startswith((b"<!doctype html", b"<html", b"<table")):
        raise BadFile(name, "HTML: a web page, whatever its name says", _SHEET_FIX)
    if begins.startswith(b"<?xml"):
        raise BadFile(name, "an XML document", _SHEET_FIX)
    return Kind.TEXT


def _old_office(file: BinaryIO, name: str) -> BadFile:
    file.seek(0)
    for block in iter(lambda: file.read(_BLOCK_BYTES), b""):
        if "EncryptedPackage".encode("utf-16-le") in block:
            return BadFile(name, "xlsx: a workbook behind a password", "save it without its password")
    return BadFile(name, "xls: a workbook of the old kind", _SHEET_FIX)


def _zipped(file: BinaryIO, name: str) -> Kind:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise BadFile(name, "zip: a damaged archive or workbook", "save or copy it again") from error
    if "xl/workbook.xml" in names:
        return Kind.WORKBOOK
    if any(entry.startswith(("xl/", "content.xml")) for entry in names):
        raise BadFile(name, "a workbook of another kind than .xlsx", _SHEET_FIX)
    for folder, kind in (("word/", "Word: a document"), ("ppt/", "PowerPoint: slides")):
        if any(entry.startswith(folder) for entry in names):
            raise BadFile(name, kind, _ROWS_FIX)
    raise BadFile(
        name, f"zip: an archive of {', '.join(names[:3])}", "unpack it and give the file of rows in it"
    )
