"""Rows that are cells under a header."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from zcrm.files.blocks import CellReader
from zcrm.files.columns import header_notes, parse_header
from zcrm.files.ids import bare_id
from zcrm.files.problems import BadFile, CellError, Fault
from zcrm.files.reading import Reading
from zcrm.files.rows import ADDED, Block, Line, Row, Rows

__all__ = ["BLOCK_ROWS", "Grid"]

BLOCK_ROWS = 128


class Grid(Rows):
    """A table of cells; whoever derives from it reads them."""

    delimiter = ","

    def __init__(self, name: str, headers: Sequence[str], number: int, reading: Reading) -> None:
        """`number` is that of the header row. Raises BadFile for a header that can't be used."""
        self.name = name
        self.notes: list[str] = []
        self.blank_rows = self._above = number - 1
        self._reading = reading
        self._headers = list(headers)
        try:
            self._columns = parse_header(headers, reading)
        except CellError as error:
            raise self.bad(error, number) from error
        self.notes += header_notes(headers, reading)
        self._said = frozenset((*reading.null, *reading.blank))
        self._reader = CellReader(self._headers, self._columns, reading)
        self._kept = [header.strip() not in ADDED for header in headers]
        self._id = next(n for n, column in enumerate(self._columns) if column and column.path == ("id",))
        self._all_kept = all(self._kept)
        self.header = self._own(self._headers)

    def blocks(self) -> Iterator[Block]:
        """Yield every row that is not blank, some at a time."""
        self.blank_rows = self._above
        for number, rows in self._cells():
            if self._are_whole(rows):
                yield self._reader.block(range(number, number + len(rows)), rows)
            else:
                filled = [*self._filled(number, rows)]
                self.blank_rows += len(rows) - len(filled)
                yield from self._apart(filled)

    def lines(self) -> Iterator[Line]:
        """Yield every row that is not blank, as the file holds it."""
        for number, rows in self._cells():
            for place, cells in self._filled(number, rows):
                yield self.line(place, cells)

    def _are_whole(self, rows: Sequence[list[Any]]) -> bool:
        """Whether each row has a cell for each column, and text for an id, by which none is blank."""
        try:
            ids = map(itemgetter(self._id), rows)
            return {*map(len, rows)} == {len(self._headers)} and all(map(str.strip, ids))
        except TypeError:
            return False

    def _filled(self, number: int, rows: Sequence[list[Any]]) -> Iterator[tuple[int, list[Any]]]:
        """Yield the rows that are not blank, of those from this number on, with their numbers."""
        return (row for row in enumerate(rows, number) if _is_filled(row[1]))

    def _apart(self, rows: Iterable[tuple[int, list[Any]]]) -> Iterator[Block]:
        """Yield rows that have a cell for each column apart from others."""
        width = len(self._headers)
        for whole, some in groupby(rows, lambda row: len(row[1]) == width):
            numbers, cells = zip(*some, strict=True)
            yield self._reader.block(numbers, cells) if whole else _Uneven(numbers, cells, width)

    def title(self, field: str) -> str:
        """Return the header of the column for a field."""
        paths = zip(self._headers, self._columns, strict=True)
        return next((header for header, column in paths if column and column.path[0] == field), field)

    def field_of(self, title: str) -> str:
        """Return the field that the column of this title is for."""
        titles = zip(self._headers, self._columns, strict=True)
        named = (column.path[0] for header, column in titles if column and header.strip() == title)
        return next(named, title)

    def reader(self, column: str) -> Callable[[Row], str]:
        """Return what reads the text of one column off a row; raises BadFile when there is no such column."""
        names = [header.strip().partition(":")[0] for header in self._headers]
        if column not in names:
            raise BadFile(self.name, f"there is no column {column!r}", "name one of the file's columns")
        place = names.index(column)
        return lambda row: str(row.held[place]).strip()

    def _cells(self) -> Iterator[tuple[int, list[list[Any]]]]:
        """Yield the rows below the header, some at a time, behind the number of the first of them."""
        raise NotImplementedError

    def line(self, number: int, held: Any) -> Line:
        """Return a row that was read, as `lines` has it."""
        name = held[self._id]
        text = "" if name is None else str(name).strip()
        record_id = "" if text in self._said else bare_id(text)
        return Line(number, record_id, held if self._all_kept else self._own(held))

    def _own(self, cells: list[Any]) -> list[Any]:
        return [cell for cell, kept in zip(cells, self._kept, strict=True) if kept]


def _is_filled(cells: Iterable[object]) -> bool:
    """Whether a cell holds more than blanks."""
    for cell in cells:  # noqa: SIM110 - a generator takes longer than all the rest
        if cell is not None and not (isinstance(cell, str) and not cell.strip()):
            return True
    return False


class _Uneven(Block):
    """Rows that have fewer cells than there are columns, or more."""

    def __init__(self, numbers: Sequence[int], rows: Sequence[list[Any]], width: int) -> None:
        self._numbered = zip(numbers, rows, strict=True)
        self._width = width

    def __iter__(self) -> Iterator[Row]:
        return (Row(number, {}, cells, (self._fault(number, cells),)) for number, cells in self._numbered)

    def _fault(self, number: int, cells: list[Any]) -> Fault:
        return Fault(
            number,
            None,
            "",
            f"cells: {len(cells)}, columns: {self._width}",
            "quote cells that hold commas or line breaks; give a short row its empty cells",
        )

    def null_words(self) -> Counter[str]:
        return Counter()
