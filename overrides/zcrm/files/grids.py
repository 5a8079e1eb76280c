"""Rows that are cells under a header."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from zcrm.files.columns import header_notes, parse_header
from zcrm.files.ids import bare_id
from zcrm.files.problems import BadFile, CellError, Fault
from zcrm.files.reading import Reading
from zcrm.files.records import Builder
from zcrm.files.rows import ADDED, Line, Row, Rows

__all__ = ["Grid"]

_CELL_CHARACTERS = 1 << 20


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
        self._builder = Builder(self._columns, reading)
        self._kept = [header.strip() not in ADDED for header in headers]
        self._id = next(n for n, column in enumerate(self._columns) if column and column.path == ("id",))
        self._all_kept = all(self._kept)
        self.header = self._own(self._headers)

    def scan(self) -> Iterator[Row]:
        """Yield every row that is not blank."""
        self.blank_rows = self._above
        for number, cells in self._cells():
            if _is_filled(cells):
                yield self._row(number, cells)
            else:
                self.blank_rows += 1

    def lines(self) -> Iterator[Line]:
        """Yield every row that is not blank, as the file holds it."""
        for number, cells in self._cells():
            if _is_filled(cells):
                yield self._line(number, cells)

    def line(self, row: Row) -> Line:
        """Return a row that was read, as `lines` has it."""
        return self._line(row.number, row.held)

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

    def _cells(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield the number and the cells of every row below the header."""
        raise NotImplementedError

    def _row(self, number: int, cells: list[Any]) -> Row:
        if len(cells) != len(self._headers):
            fault = Fault(
                number,
                None,
                "",
                f"cells: {len(cells)}, columns: {len(self._headers)}",
                "quote cells that hold commas or line breaks; give a short row its empty cells",
            )
            return Row(number, {}, cells, (fault,))
        built = self._builder.build(cells)
        faults = [Fault.of(error, number) for error in built.errors] if built.errors else []
        for header, cell in zip(self._headers, cells, strict=True) if _may_be_long(cells) else ():
            if isinstance(cell, str) and len(cell) > _CELL_CHARACTERS:
                faults.append(_too_long(number, header, cell))
        return Row(
            number,
            built.record,
            cells,
            tuple(faults),
            built.unsent_nulls,
            built.null_words,
        )

    def _line(self, number: int, cells: list[Any]) -> Line:
        name = cells[self._id]
        text = "" if name is None else str(name).strip()
        return Line(number, "" if text in self._said else bare_id(text), self._own(cells))

    def _own(self, cells: list[Any]) -> list[Any]:
        if self._all_kept and len(cells) == len(self._kept):
            return cells
        return [cell for cell, kept in zip(cells, self._kept, strict=True) if kept]


def _is_filled(cells: Iterable[object]) -> bool:
    """Whether a cell holds more than blanks."""
    for cell in cells:  # noqa: SIM110 - a generator takes longer than all the rest
        if cell is not None and not (isinstance(cell, str) and not cell.strip()):
            return True
    return False


def _may_be_long(cells: Sequence[Any]) -> bool:
    """Whether one of the cells may be too long."""
    try:
        return sum(map(len, cells)) > _CELL_CHARACTERS
    except TypeError:
        return True


def _too_long(number: int, header: str, cell: str) -> Fault:
    return Fault(
        number,
        header,
        cell[:57] + "…",
        f"a cell of {len(cell)} characters",
        f"shorten it to {_CELL_CHARACTERS} at most, or look for a quote that is never closed",
    )
