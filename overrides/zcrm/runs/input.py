"""The input of a run: a file where it lies, or a stream, of which a copy is kept in the run's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import UsageError
from ..files.choices import Format, ResultFormat
from ..files.rows import Rows
from ..files.tables import Table, is_stream, open_table, spool
from .folder import RunFolder
from .metadata import reading_of
from .options import check_options
from .request import Request

__all__ = ["LostInput", "as_sheets", "keep_input", "keeps_input", "open_input"]

_KEPT = "input"


def keep_input(request: Request, folder: RunFolder) -> None:
    """Copy into the folder what can be read but once, such as standard input. Raises OSError."""
    if is_stream(request.file):
        spool(request.file, folder.path / _KEPT)


def keeps_input(folder: RunFolder) -> bool:
    """Whether there is such a copy."""
    return (folder.path / _KEPT).exists()


@contextmanager
def open_input(request: Request, folder: RunFolder) -> Iterator[Table]:
    """The table to be sent; raises BadFile, and UsageError for options that it does not allow."""
    kept, is_kept = folder.path / _KEPT, keeps_input(folder)
    if is_stream(request.file) and not is_kept:
        raise UsageError(f"{request.file} is no file any more", fix="Put the file back as it was.")
    with open_table(str(kept) if is_kept else request.file, reading_of(request)) as table:
        if is_kept:
            table.name = "standard input" if request.file == "-" else request.file
        check_options(request, table)
        yield table


class LostInput(Rows):
    """Stands for an input that is gone, or another one by now: `error` comes to who reads its rows."""

    bom = False
    blank_rows = 0
    digest = ""

    def __init__(self, request: Request, folder: RunFolder, error: Exception) -> None:
        self._error = error
        self.name = request.file
        self.header: list[str] = []
        self.notes: list[str] = []
        self.delimiter = request.reading.delimiter or ","
        has_objects = folder.file("rejected", Format.JSONL).exists()
        self.format = Format.JSONL if has_objects else Format.CSV
        self.kind = Format.XLSX if folder.sheet("rejected").exists() else self.format

    def _lost(self, *_: Any, **__: Any) -> Any:
        raise self._error

    blocks = lines = line = reader = _lost


def as_sheets(request: Request, table: Table) -> bool:
    """Whether rows to correct are written as Excel sheets, too."""
    asked = request.results
    return asked is ResultFormat.XLSX or (asked is None and table.kind is Format.XLSX)
