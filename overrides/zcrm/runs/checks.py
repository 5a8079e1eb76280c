"""Checks a whole file before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..files.cells import CellError
from ..files.choices import Duplicates
from ..files.tables import Table
from .ids import IdCheck, IdError
from .journal import Journal

__all__ = ["Checked", "check"]

_STEP = 10_000


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that can be sent: its rows, those without an id, and those that repeat an earlier row's id."""

    rows: int
    without_id: int
    repeats: int


def check(
    table: Table,
    duplicates: Duplicates,
    journal: Journal,
    on_progress: Callable[[int], object] = lambda _: None,
) -> Checked:
    """Read every row once; raises BadFile for the first thing that would keep the file from being sent.

    journal: takes down the ids. on_progress: told of the rows checked so far, now and then.
    """
    ids = IdCheck(journal, duplicates)
    rows = 0
    row = None
    try:
        for row in table:
            rows += 1
            ids.add(row.number, row.record.get("id"))
            if rows % _STEP == 0:
                on_progress(rows)
        row = None
        ids.finish()
    except CellError as error:
        number = error.row if isinstance(error, IdError) else row.number if row else None
        raise table.bad(error, number) from error
    return Checked(rows, ids.missing, ids.repeats)
