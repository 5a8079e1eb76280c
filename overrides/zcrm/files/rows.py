"""One row of a file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from zcrm.files.problems import BadFile, CellError, Fault

__all__ = ["ADDED", "Block", "Line", "Row", "Rows"]

ADDED = ("_row", "_id", "_code", "_field", "_message", "_details", "_fix", "_attempts")
"""What a result file adds to the columns of the input; columns of these names are replaced."""


@dataclass(slots=True)
class Row:
    """One row: its number as a spreadsheet or an editor shows it, the record to send, and what the file held.

    `held` are all its cells, or its object. `faults`: what of it can not be read. `unsent_nulls`: nulls that
    are not sent.
    """

    number: int
    record: dict[str, Any]
    held: Any
    faults: tuple[Fault, ...] = ()
    unsent_nulls: int = 0


@dataclass(slots=True)
class Line:
    """One row as the file holds it, without the columns in `ADDED`: the cells, or the object."""

    number: int
    id: str
    held: list[Any] | dict[str, Any]


class Block:
    """Rows next to each other; iterating gives each of them, once.

    numbers, ids: theirs, where no row needs a look of its own: each has an id, and besides it nothing but
    values that are sent as they are; empty elsewhere.
    """

    numbers: Sequence[int] = ()
    ids: Sequence[Any] = ()

    def __iter__(self) -> Iterator[Row]:
        raise NotImplementedError

    def null_words(self) -> Counter[str]:
        """How often columns hold a word such as NULL, which is sent as text; known once all rows were given,
        or at once where there are `ids`.
        """
        raise NotImplementedError


class Rows:
    """What tables share: a file that `blocks` reads, and errors that name it."""

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

    def blocks(self) -> Iterator[Block]:
        """Yield every row, some at a time, with what of it can not be read."""
        raise NotImplementedError

    def scan(self) -> Iterator[Row]:
        """Yield every row, with what of it can not be read."""
        return chain.from_iterable(self.blocks())

    def __iter__(self) -> Iterator[Row]:
        for row in self.scan():
            if row.faults:
                raise BadFile.of(self.name, row.faults)
            yield row

    def bad(self, error: CellError, row: int | None = None) -> BadFile:
        """Return the error with this file's name and, when known, the row."""
        return BadFile.of(self.name, [Fault.of(error, row)])
