"""One row of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zcrm.files.problems import BadFile, CellError, Fault

__all__ = ["ADDED", "Line", "Row", "Rows"]

ADDED = ("_row", "_id", "_code", "_field", "_message", "_details", "_fix", "_attempts")
"""What a result file adds to the columns of the input; columns of these names are replaced."""


@dataclass(slots=True)
class Row:
    """One row: its number as a spreadsheet or an editor shows it, the record to send, and what the file held.

    `held` are all its cells, or its object. `faults`: what of it can not be read. `unsent_nulls`: nulls that
    are not sent. `null_words`: columns that hold a word such as NULL, which is sent as text.
    """

    number: int
    record: dict[str, Any]
    held: Any
    faults: tuple[Fault, ...] = ()
    unsent_nulls: int = 0
    null_words: tuple[str, ...] = ()


@dataclass(slots=True)
class Line:
    """One row as the file holds it, without the columns in `ADDED`: the cells, or the object."""

    number: int
    id: str
    held: list[Any] | dict[str, Any]


class Rows:
    """What tables share: a file that `scan` reads, and errors that name it."""

    name: str

    @property
    def share(self) -> float | None:
        """How much of the file was read by now, from 0 to 1; None where that is not known."""
        return None

    def title(self, field: str) -> str:
        """Return what the file calls a field."""
        return field

    def field_of(self, title: str) -> str:
        """Return the field that the file calls so."""
        return title

    def scan(self) -> Iterator[Row]:
        """Yield every row, with what of it can not be read."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Row]:
        for row in self.scan():
            if row.faults:
                raise BadFile.of(self.name, row.faults)
            yield row

    def bad(self, error: CellError, row: int | None = None) -> BadFile:
        """Return the error with this file's name and, when known, the row."""
        return BadFile.of(self.name, [Fault.of(error, row)])
