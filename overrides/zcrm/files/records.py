"""From a row of cells, or an object, to the record that is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from zcrm.files.cells import NULL_WORDS
from zcrm.files.choices import JsonNull
from zcrm.files.columns import Column
from zcrm.files.ids import bare_id, lookup_id
from zcrm.files.natives import as_text, native, sendable
from zcrm.files.problems import CellError
from zcrm.files.reading import Reading

__all__ = ["Built", "add_cell", "build", "finish", "is_null_word"]

_CLEAR = object()
_LONGEST_WORD = max(map(len, NULL_WORDS))


@dataclass(slots=True)
class Built:
    """A record, what of its row can not be read, nulls that are not sent, columns that hold a null word.

    cleared, filled: fields whose cells clear them, and fields spread over several columns that are filled.
    """

    record: dict[str, Any]
    errors: tuple[CellError, ...] = ()
    unsent_nulls: int = 0
    null_words: tuple[str, ...] = ()
    cleared: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()


def build(
    columns: Iterable[Column | None], cells: Iterable[Any], reading: Reading, *, empty_is_text: bool = False
) -> Built:
    """Return the record that a row of cells stands for; blank cells leave their field out.

    A cell equal to a text of `reading.null` gives None, one equal to a text of `reading.blank` nothing. A
    field spread over several columns (`Owner.id`, `Owner.name`) is None itself when all its filled cells are.
    Cells that are no text (numbers of a sheet, values of JSON) are taken as they are, unless a type is given.
    empty_is_text: an empty text is sent, as it is meant where somebody wrote a program's quotes around it.
    """
    built = Built({})
    for column, cell in zip(columns, cells, strict=True):
        if column is not None and (cell != "" or (empty_is_text and not column.typed)):
            add_cell(column, cell, reading, built)
    return finish(built)


def add_cell(column: Column, cell: Any, reading: Reading, built: Built) -> None:
    """Put what a cell stands for into the record, or into the errors."""
    try:
        value = cell if cell == "" else _value(column, cell, reading, built)
    except CellError as error:
        error.column = column.header
        error.held = error.held or str(cell)
        built.errors += (error,)
        return
    if value is None:
        return
    path = column.path
    if value is _CLEAR:
        built.cleared |= {path[0]}
        value = None
    elif len(path) > 1:
        built.filled |= {path[0]}
    _place(built.record, path, value)


def finish(built: Built) -> Built:
    """Clear the fields that were to be cleared; for when all cells are in."""
    for name in built.cleared - built.filled if built.cleared else ():
        built.record[name] = None
    return built


def is_null_word(text: str) -> bool:
    """Whether a text, without blanks around it, is a word such as NULL."""
    return len(text) <= _LONGEST_WORD and text.casefold() in NULL_WORDS


def _value(column: Column, cell: Any, reading: Reading, built: Built) -> object:
    """The value of a cell, `_CLEAR` where it clears, None where there is nothing to send."""
    if cell is None:
        return _null(column, reading, built)
    if _is_one_of(reading.blank, cell):
        return None
    if _is_one_of(reading.null, cell):
        return None if column.path == ("id",) else _CLEAR
    if not isinstance(cell, str):
        value = native(column, cell)
        return _null(column, reading, built) if _is_null(value) else value
    text = cell.strip()
    if not text:
        return None
    if column.is_id:
        return bare_id(text) if column.path == ("id",) else lookup_id(text)
    value = column.read(cell)
    if column.type == "json":
        return _null(column, reading, built) if value is None or _is_null(value) else sendable(value)
    if column.holds_words and is_null_word(text):
        built.null_words += (column.header,)
    return value


def _is_one_of(texts: Sequence[str], cell: object) -> bool:
    """Whether a cell is one of these texts; a number as a sheet shows it."""
    if not texts or isinstance(cell, dict | list):
        return False
    text = cell if isinstance(cell, str) else as_text(cell)
    return text in texts or text.strip() in texts


def _null(column: Column, reading: Reading, built: Built) -> object:
    if column.path == ("id",):
        return None
    if reading.json_null is JsonNull.CLEAR:
        return _CLEAR
    built.unsent_nulls += 1
    return None


def _is_null(value: object) -> bool:
    """Whether it is an object of nothing but nulls, such as a lookup without an id."""
    return isinstance(value, dict) and bool(value) and all(part is None for part in value.values())


def _place(record: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for key in path[:-1]:
        record = record.setdefault(key, {})
    record[path[-1]] = value
