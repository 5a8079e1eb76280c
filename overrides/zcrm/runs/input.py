"""The input of a run: a file where it lies, or standard input, which is kept in the run's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..files.choices import Format, ResultFormat
from ..files.tables import Table, open_table, spool
from .folder import RunFolder
from .metadata import reading_of
from .options import check_options
from .request import Request

__all__ = ["as_sheets", "keep_input", "open_input"]

_STDIN = "-"
_KEPT = "input"


def keep_input(request: Request, folder: RunFolder) -> None:
    """Copy standard input into the folder, where it is what is sent. Raises OSError."""
    if request.file == _STDIN:
        spool(folder.path / _KEPT)


@contextmanager
def open_input(request: Request, folder: RunFolder) -> Iterator[Table]:
    """The table to be sent; raises BadFile, and UsageError for options that it does not allow."""
    kept = request.file == _STDIN
    with open_table(str(folder.path / _KEPT) if kept else request.file, reading_of(request)) as table:
        if kept:
            table.name = "standard input"
        check_options(request, table)
        yield table


def as_sheets(request: Request, table: Table) -> bool:
    """Whether rows to correct are written as Excel sheets, too."""
    asked = request.results
    return asked is ResultFormat.XLSX or (asked is None and table.kind is Format.XLSX)
