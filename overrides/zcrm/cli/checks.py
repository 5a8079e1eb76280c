"""Checks a whole file before anything is sent."""

from dataclasses import dataclass

from zcrm.cli.cells import CellError
from zcrm.cli.choices import Duplicates
from zcrm.cli.files import Table
from zcrm.cli.ids import IdCheck

__all__ = ["Checked", "check"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that can be sent: its rows, those without an id, and those that repeat an earlier row's id."""

    rows: int
    without_id: int
    repeats: int


def check(table: Table, duplicates: Duplicates) -> Checked:
    """Read every row once; raises BadFile for the first thing that would keep the file from being sent."""
    ids = IdCheck(duplicates)
    rows = 0
    for row in table:
        rows += 1
        try:
            ids.add(row.number, row.record.get("id"))
        except CellError as error:
            raise table.bad(error, row.number) from error
    try:
        ids.finish()
    except CellError as error:
        raise table.bad(error) from error
    return Checked(rows, ids.missing, ids.repeats)
