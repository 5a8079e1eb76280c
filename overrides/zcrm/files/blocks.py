"""Rows of cells next to each other, read column by column, which takes a third of the time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from types import NoneType
from typing import Any

from zcrm.files.cells import NULL_WORDS, column_reader
from zcrm.files.columns import Column
from zcrm.files.ids import bare_id
from zcrm.files.problems import CellError, Fault
from zcrm.files.reading import Reading
from zcrm.files.records import Built, add_cell, finish, is_null_word
from zcrm.files.rows import Block, Row

__all__ = ["CellReader"]

_CELL_CHARACTERS = 1 << 20

_WORDY = ("str", "list")
"""The types whose values a word such as NULL can be."""

_Cells = Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Way:
    """How the cells of a column are read.

    field: what their text is for; None where a cell takes more than that. read: gives their values; None
    where text is sent as it is. told: whether a word such as NULL among them is worth telling.
    """

    column: Column
    field: str | None = None
    read: Callable[[Sequence[str]], Sequence[object]] | None = None
    told: bool = False


class CellReader:
    """Makes blocks of rows with a cell for each column."""

    def __init__(self, headers: Sequence[str], columns: Sequence[Column | None], reading: Reading) -> None:
        self.headers = headers
        self.reading = reading
        self.said = frozenset((*reading.null, *reading.blank))
        self.fields = dict.fromkeys(column.path[0] for column in columns if column is not None)
        self.ways = [None if column is None else _way(column, reading) for column in columns]

    def block(self, numbers: Sequence[int], rows: Sequence[_Cells]) -> Block:
        """Return the rows of these numbers; none of them is blank."""
        return _CellBlock(self, numbers, rows)


class _CellBlock(Block):
    def __init__(self, how: CellReader, numbers: Sequence[int], rows: Sequence[_Cells]) -> None:
        super().__init__()
        self._how = how
        self._numbers = numbers
        self._rows = rows
        self._values: dict[str, Sequence[object]] = {}
        self._gaps: list[tuple[str, Sequence[str]]] = []
        self._told: list[tuple[str, Sequence[str]]] = []
        self._kinds: set[type] = set()
        self._others: list[tuple[Column, _Cells]] = []
        self._words: Counter[str] = Counter()
        self._long: list[tuple[str, _Cells]] = []
        for header, way, cells in zip(how.headers, how.ways, zip(*rows, strict=True), strict=True):
            if _may_be_long(cells):
                self._long.append((header, cells))
            if way is not None and not self._is_read(way, cells):
                self._others.append((way.column, cells))
        if self._are_plain():
            self.numbers = numbers
            self.ids = self._values["id"]

    def _is_read(self, way: _Way, cells: _Cells) -> bool:
        """Whether these cells are read, all of them being text for a field."""
        if way.field is None:
            return False
        said = self._how.said
        try:
            texts = [*map(str.strip, cells)]
            if said and not (said.isdisjoint(texts) and said.isdisjoint(cells)):
                return False
            values = cells if way.read is None else _values(way.read, cells, texts)
        except (CellError, TypeError):
            return False
        self._values[way.field] = values
        if "" in texts:
            self._gaps.append((way.field, texts))
        if way.told:
            self._told.append((way.column.header, texts))
        if way.read is not None:
            self._kinds.update(map(type, values))
        return True

    def _are_plain(self) -> bool:
        if self._others or self._long or "id" not in self._values:
            return False
        return "id" not in (field for field, _ in self._gaps) and self._kinds.isdisjoint((dict, NoneType))

    def null_words(self) -> Counter[str]:
        words = self._words.copy()
        for header, texts in self._told:
            if not NULL_WORDS.isdisjoint(map(str.casefold, texts)):
                words[header] += sum(map(is_null_word, texts))
        return words

    def __iter__(self) -> Iterator[Row]:
        records = self._records()
        if self._others or self._long:
            return self._finished(records)
        return map(Row, self._numbers, records, self._rows)

    def _records(self) -> list[dict[str, Any]]:
        if not self._values:
            return [{} for _ in self._rows]
        fields, values = [*self._values], zip(*self._values.values(), strict=True)
        records = [*map(dict, map(zip, repeat(fields), values))]
        for field, texts in self._gaps:
            for record, text in zip(records, texts, strict=True):
                if not text:
                    del record[field]
        return records

    def _finished(self, records: Iterable[dict[str, Any]]) -> Iterator[Row]:
        for place, (number, record, cells) in enumerate(zip(self._numbers, records, self._rows, strict=True)):
            built = Built(record)
            for column, others in self._others:
                if others[place] != "":
                    add_cell(column, others[place], self._how.reading, built)
            finish(built)
            self._words.update(built.null_words)
            faults = [Fault.of(error, number) for error in built.errors]
            faults += [
                _too_long(number, header, column[place])
                for header, column in self._long
                if _is_long(column[place])
            ]
            in_order = {field: record[field] for field in self._how.fields if field in record}
            yield Row(number, in_order, cells, tuple(faults), built.unsent_nulls)


def _way(column: Column, reading: Reading) -> _Way:
    field, *deeper = column.path
    if deeper or column.type == "json":
        return _Way(column)
    if column.is_id:
        return _Way(column, field, _bare_ids)
    told = column.holds_words and column.type in _WORDY
    if column.field is not None:
        return _Way(column, field, lambda texts: [*map(column.read, texts)], told)
    if column.type == "str" and not reading.trim:
        return _Way(column, field, told=told)
    return _Way(column, field, column_reader(column.type, reading), told)


def _bare_ids(cells: Sequence[str]) -> Sequence[object]:
    return cells if "".join(cells).isdigit() else [*map(bare_id, cells)]


def _values(
    read: Callable[[Sequence[str]], Sequence[object]], cells: _Cells, texts: Sequence[str]
) -> Sequence[object]:
    """The values of cells, of which those that are blank have none."""
    if "" not in texts:
        return read(cells)
    values = iter(read([cell for cell, text in zip(cells, texts, strict=True) if text]))
    return [text and next(values) for text in texts]


def _may_be_long(cells: _Cells) -> bool:
    """Whether one of the cells may be too long."""
    try:
        return len("".join(cells)) > _CELL_CHARACTERS
    except TypeError:
        return True


def _is_long(cell: object) -> bool:
    return isinstance(cell, str) and len(cell) > _CELL_CHARACTERS


def _too_long(number: int, header: str, cell: str) -> Fault:
    return Fault(
        number,
        header,
        cell[:57] + "…",
        f"a cell of {len(cell)} characters",
        f"shorten it to {_CELL_CHARACTERS} at most, or look for a quote that is never closed",
    )
