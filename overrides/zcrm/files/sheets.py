"""Rows of an Excel sheet, read and written; needs the extra `excel`."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zcrm.files.choices import Format
from zcrm.files.content import Content
from zcrm.files.formulas import without_result
from zcrm.files.grids import BLOCK_ROWS, Grid
from zcrm.files.problems import BadFile
from zcrm.files.reading import Reading

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

__all__ = ["SheetTable", "SheetWriter"]

_EXTRA = 'pip install "zcrm[cli,excel]"'
_EXACT_BELOW = 10**15
_MOST_ROWS = 1_048_576
_MOST_CHARACTERS = 32_767


class SheetTable(Grid):
    """The first visible sheet of a workbook; numbers that are whole are integers."""

    kind = Format.XLSX
    format = Format.CSV

    def __init__(self, content: Content, reading: Reading) -> None:
        """Raises BadFile without the extra, for a damaged workbook, and where there is no usable header."""
        try:
            from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
        except ImportError as error:
            raise BadFile(content.name, "xlsx: a workbook", _EXTRA) from error
        self.name = content.name
        self.bom = True
        self.digest = content.digest
        content.file.seek(0)
        try:
            workbook = CalamineWorkbook.from_filelike(content.file)
            names = [
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
            ]
            self._sheet = workbook.get_sheet_by_name(names[0])
        except (CalamineError, IndexError) as error:
            raise BadFile(content.name, f"xlsx: {error}", "save the workbook again") from error
        self._without_result = without_result(content.file, names[0])
        number, headers = next(self._records(), (1, []))
        if not headers:
            raise BadFile(content.name, "is empty", "give the sheet a header row with an id column")
        super().__init__(content.name, [str(cell) for cell in headers], number, reading)
        self.notes = [*content.notes, *([f"sheet {names[0]}"] if len(names) > 1 else []), *self.notes]

    def _cells(self) -> Iterator[tuple[int, list[list[Any]]]]:
        records = self._records()
        next(records, None)
        while some := [*islice(records, BLOCK_ROWS)]:
            yield some[0][0], [cells for _, cells in some]

    def _records(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield the header and every row below it with their numbers in the sheet."""
        first, left = self._sheet.start or (0, 0)
        width = number = 0
        in_header = True
        for number, cells in enumerate(self._sheet.iter_rows(), 1):
            if number <= first or (in_header and not any(str(cell).strip() for cell in cells)):
                continue
            in_header = False
            width = len(cells)
            yield number, self._whole(number, [_cell(cell) for cell in cells], left)
        for below in range(number + 1, max(self._without_result, default=0) + 1):
            yield below, self._whole(below, [""] * width, left)

    def _whole(self, number: int, cells: list[Any], left: int) -> list[Any]:
        """Put the cells without a result of this row among those that have one."""
        for column, cell in self._without_result.get(number, {}).items():
            if left <= column < left + len(cells):
                cells[column - left] = cell
        return cells


def _cell(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value) if abs(value) < _EXACT_BELOW else value
    if isinstance(value, time | timedelta):
        return str(value)
    return value


class SheetWriter:
    """Writes rows into a workbook of one sheet: texts as texts, ids above all, numbers and dates as such.

    Little is held in memory; the workbook is there once `close` has returned. Rows that a sheet can't hold
    whole (a cell of more than 32,767 characters, more than 1,048,576 rows with the header) are left out and
    counted in `left_out`.
    """

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        """Raises ImportError without the extra."""
        from xlsxwriter import Workbook

        options = {
            "constant_memory": True,
            "strings_to_numbers": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        self._book = Workbook(str(path), options)
        self._sheet: Worksheet = self._book.add_worksheet("rows")
        text = self._book.add_format({"num_format": "@"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._text = text
        self._row = 0
        self.left_out = 0
        self._sheet.freeze_panes(1, 0)
        self.write(header)

    def write(self, cells: Sequence[object]) -> None:
        """Write a row."""
        too_long = any(isinstance(cell, str) and len(cell) > _MOST_CHARACTERS for cell in cells)
        if too_long or self._row >= _MOST_ROWS:
            self.left_out += 1
            return
        for place, cell in enumerate(cells):
            self._write(place, cell)
        self._row += 1

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def _write(self, place: int, cell: object) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            self._sheet.write_boolean(self._row, place, cell)
        elif isinstance(cell, float) or (isinstance(cell, int) and abs(cell) < _EXACT_BELOW):
            self._sheet.write_number(self._row, place, cell)
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(self._row, place, cell, self._moment)
        elif isinstance(cell, date):
            moment = datetime(cell.year, cell.month, cell.day)
            self._sheet.write_datetime(self._row, place, moment, self._day)
        else:
            self._sheet.write_string(self._row, place, str(cell), self._text)
