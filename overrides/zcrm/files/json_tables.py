"""Rows that are JSON objects: one on each line, or in one array."""

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from zcrm.files.choices import Format
from zcrm.files.columns import Column, read_names, refuse_two_for_one
from zcrm.files.content import Content
from zcrm.files.ids import bare_id
from zcrm.files.json_values import parse
from zcrm.files.names import check_keys
from zcrm.files.problems import BadFile, CellError, Fault
from zcrm.files.reading import Reading
from zcrm.files.records import build
from zcrm.files.rows import ADDED, Block, Line, Row, Rows
from zcrm.files.selection import has_id, refuse_unknown

__all__ = ["ArrayTable", "JsonlTable", "Objects"]

_LINE_BYTES = 1 << 24
_BLOCK_BYTES = 1 << 20
_OBJECT_CHARACTERS = 1 << 24
_NO_BLANK = re.compile(r"[^ \t\r\n\x1a]")


class Objects(Rows):
    """Rows that name their fields themselves; whoever derives from it reads them."""

    format = Format.JSONL
    delimiter = ","

    def __init__(self, content: Content, reading: Reading) -> None:
        self.name = content.name
        self.header: list[str] = []
        self.bom = content.bom
        self.digest = content.digest
        self.notes = content.notes
        self.blank_rows = 0
        self._content = content
        self._reading = reading
        self._columns: dict[str, Column | None] = {}
        self._clash = False

    @property
    def share(self) -> float:
        return self._content.share

    def blocks(self) -> Iterator[Block]:
        """Yield all rows as one block, at the end of it one for what the file as a whole lacks."""
        yield _Objects(self._rows)

    def _rows(self, words: Counter[str]) -> Iterator[Row]:
        number = 0
        for number, held in self._objects():
            yield Row(number, {}, {}, (held,)) if isinstance(held, Fault) else self._row(number, held, words)
        if self._columns and (faults := tuple(self._lacking())):
            yield Row(number, {}, {}, faults)

    def _lacking(self) -> Iterator[Fault]:
        """Yield what the caller spoke of and no row has, and that no row has an id.

        The rows of a result file may lack what others of the same file had.
        """
        if not self._columns.keys() >= {*ADDED}:
            try:
                refuse_unknown(self._columns, self._reading)
            except CellError as error:
                yield Fault.of(error)
        if not has_id(self._columns, self._reading):
            keys = ", ".join(self._columns)
            yield Fault(
                None,
                None,
                "",
                f"no row names an id; their keys are {keys}",
                "call the key of the record ids id, or say --map NAME=id",
            )

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
        """Yield the number and the object of every row, or what is wrong with it."""
        raise NotImplementedError

    def _row(self, number: int, held: dict[str, Any], words: Counter[str]) -> Row:
        faults: list[Fault] = []
        try:
            check_keys({key: value for key, value in held.items() if key not in ADDED})
        except CellError as error:
            return Row(number, {}, held, (Fault.of(error, number),))
        if new := held.keys() - self._columns.keys():
            faults += self._meet(number, [name for name in held if name in new])
        if self._clash:
            try:
                refuse_two_for_one(filter(None, (self._columns[name] for name in held)))
            except CellError as error:
                faults.append(Fault.of(error, number))
        built = build(
            (self._columns[name] for name in held), held.values(), self._reading, empty_is_text=True
        )
        faults += [Fault.of(error, number) for error in built.errors]
        words.update(built.null_words)
        return Row(number, built.record, held, tuple(faults), built.unsent_nulls)

    def lines(self) -> Iterator[Line]:
        """Yield every row as the file holds it."""
        for number, held in self._objects():
            if isinstance(held, dict):
                yield self.line(number, held)

    def reader(self, column: str) -> Callable[[Row], str]:
        """Return what reads the text of one field off a row; empty where it has none."""
        return lambda row: str(row.held.get(column, ""))

    def line(self, number: int, held: Any) -> Line:
        """Return a row that was read, as `lines` has it."""
        name = next((held[key] for key, path in self._paths(held) if path == ("id",)), None)
        own = {key: value for key, value in held.items() if key not in ADDED}
        return Line(number, "" if name is None else bare_id(str(name)), own)

    def _paths(self, held: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the names in an object with the fields they are for."""
        if new := [name for name in held if name not in self._columns]:
            self._columns |= read_names(new, self._reading)
        return ((name, column.path) for name in held if (column := self._columns[name]))

    def _meet(self, number: int, names: Iterable[str]) -> Iterable[Fault]:
        """Read names that no row had before; those that can't be sent are a fault of this row alone."""
        names = list(names)
        try:
            self._columns |= read_names(names, self._reading)
        except CellError as error:
            self._columns |= dict.fromkeys(names)
            yield Fault.of(error, number)
        try:
            refuse_two_for_one(filter(None, self._columns.values()))
        except CellError:
            self._clash = True


class _Objects(Block):
    """Rows that are read as they are given. rows: counts columns that hold a null word meanwhile."""

    def __init__(self, rows: Callable[[Counter[str]], Iterator[Row]]) -> None:
        self._words: Counter[str] = Counter()
        self._rows = rows(self._words)

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def null_words(self) -> Counter[str]:
        return self._words


class JsonlTable(Objects):
    """One object on each line."""

    kind = Format.JSONL

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
        file = self._content.file
        file.seek(self._content.start)
        number = 0
        while line := file.readline(_LINE_BYTES):
            number += 1
            if len(line) == _LINE_BYTES:
                raise BadFile(
                    self.name,
                    f"a line of {_LINE_BYTES} bytes or more",
                    "write one object on each line",
                    number,
                )
            if line.strip(b" \t\r\n\x1a"):
                yield number, self._object(line.rstrip(b"\x1a"), number)

    def _object(self, line: bytes, number: int) -> dict[str, Any] | Fault:
        try:
            value = parse(line)
        except CellError as error:
            return Fault.of(error, number)
        except orjson.JSONDecodeError as error:
            if number == 1 and self._reading.format is None:
                self._refuse_document()
            problem, fix = f"not JSON from character {error.colno} on", "write one JSON object on each line"
        else:
            if isinstance(value, dict):
                return value
            problem, fix = "not a JSON object", 'write one object on each line: {"id": "…", …}'
        return Fault(number, None, line[:60].decode("utf-8", "replace"), problem, fix)

    def _refuse_document(self) -> None:
        """Raise BadFile when the file is one object over several lines."""
        text = self._content.head(_LINE_BYTES)
        try:
            orjson.loads(text)
        except orjson.JSONDecodeError:
            return
        raise BadFile(
            self.name, "a JSON document, not rows", "write one object on each line, or an array of objects"
        )


class ArrayTable(Objects):
    """An array of objects, read piece by piece; rows are numbered from 1."""

    kind = Format.JSON

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
        for number, text in enumerate(self._values(), 1):
            yield number, self._object(text, number)

    def _object(self, text: str, number: int) -> dict[str, Any] | Fault:
        try:
            value = parse(text.encode())
        except CellError as error:
            return Fault.of(error, number)
        except ValueError as error:
            return Fault(number, None, text[:60], f"can't be read: {error}", "write values that JSON has")
        if isinstance(value, dict):
            return value
        return Fault(number, None, text[:60], "not a JSON object", 'write [{"id": "…", …}, …]')

    def _values(self) -> Iterator[str]:
        text = _Text(self._content)
        text.skip("[")
        number = 1
        while text.next() not in ("]", ""):
            try:
                if number > 1 and not text.skip(","):
                    raise ValueError
                yield text.value()
            except (ValueError, RecursionError):
                raise self._bad(number) from None
            number += 1
        if not text.skip("]"):
            raise self._bad(number)
        if text.next():
            raise BadFile(
                self.name, "a JSON document with more after its array", "write one array of objects"
            )

    def _bad(self, number: int) -> BadFile:
        return BadFile(
            self.name,
            "not JSON from here on",
            "write an array of objects, or one object on each line",
            number,
        )


class _Text:
    """A text of JSON of which little more is held than the value at hand."""

    def __init__(self, content: Content) -> None:
        self._file = content.file
        self._file.seek(content.start)
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)
        self._held = ""
        self._at = 0

    def next(self) -> str:
        """Return the next character that is no blank; empty at the end."""
        while True:
            found = _NO_BLANK.search(self._held, self._at)
            if found:
                self._at = found.start()
                return found[0]
            self._at = len(self._held)
            if not self._more():
                return ""

    def skip(self, mark: str) -> bool:
        """Pass over the next character if it is this one; tell whether it was."""
        if self.next() != mark:
            return False
        self._at += 1
        return True

    def value(self) -> str:
        """Return the text of the next value; raises ValueError where there is none."""
        self.next()
        while True:
            try:
                _, end = self._decoder.raw_decode(self._held, self._at)
            except ValueError:
                if not self._more():
                    raise
                continue
            if end < len(self._held) or not self._more():
                begin, self._at = self._at, end
                return self._held[begin:end]

    def _more(self) -> bool:
        """Read on; tell whether there was anything, and the value at hand is not too long."""
        if len(self._held) - self._at > _OBJECT_CHARACTERS:
            return False
        block = self._file.read(_BLOCK_BYTES)
        self._held = self._held[self._at :] + self._utf8.decode(block, final=not block)
        self._at = 0
        return bool(block)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
