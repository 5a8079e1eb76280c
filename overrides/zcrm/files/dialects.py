"""How a CSV file is written: what stands between its cells, and how they are quoted."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["DELIMITERS", "Dialect", "find_dialect"]

DELIMITERS = (",", ";", "\t", "|")
"""Those that are found out."""

_NAMES = {"\t": "tab"}
_SEP = re.compile(r'"?sep=([^"])"?(\r\n|\n|\r|\Z)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter, the quote, and the escape before a quote inside a cell, where quotes are not doubled.

    skipped: characters before the header, a `sep=` line.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    skipped: int = 0

    def options(self) -> dict[str, Any]:
        """Return the arguments that make `csv.reader` read it."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "escapechar": self.escape,
            "doublequote": self.escape is None,
            "strict": True,
        }

    def notes(self) -> Iterator[str]:
        """Yield what is worth saying of it."""
        if self.skipped:
            yield "sep= line skipped"
        if self.delimiter != ",":
            yield f"delimiter {_NAMES.get(self.delimiter, self.delimiter)}"
        if self.quote != '"':
            yield f"quotes {self.quote}"
        if self.escape is not None:
            yield f"quotes escaped by {self.escape}"


def find_dialect(head: str, has_id: Callable[[list[str]], bool], delimiter: str | None = None) -> Dialect:
    """Return how the file whose text begins with `head` is written.

    A `sep=` line decides, else the delimiter that shows an id column, as `has_id` tells, else the one that
    makes most columns.
    """
    line = _SEP.match(head)
    dialect = Dialect(skipped=line.end() if line else 0)
    text = head[dialect.skipped :]
    if delimiter or line:
        dialect = replace(dialect, delimiter=delimiter or (line[1] if line else ","))
    else:
        dialect = max(
            (replace(dialect, delimiter=each) for each in DELIMITERS),
            key=lambda each: _merit(_header(text, each), has_id),
        )
    header = _header(text, dialect)
    if header and all(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in header):
        dialect = replace(dialect, quote="'")
    if f"\\{dialect.quote}" in text and not _fits(text, dialect):
        escaped = replace(dialect, escape="\\")
        if _fits(text, escaped):
            return escaped
    return dialect


def _header(text: str, dialect: Dialect) -> list[str]:
    options: dict[str, Any] = dialect.options() | {"strict": False}
    try:
        lines = csv.reader(text.splitlines(keepends=True), **options)
        return next((cells for cells in lines if any(map(str.strip, cells))), [])
    except csv.Error:
        return []


def _merit(header: list[str], has_id: Callable[[list[str]], bool]) -> tuple[bool, int]:
    return has_id([cell.strip().strip("'\"") for cell in header]), len(header)


def _fits(text: str, dialect: Dialect) -> bool:
    """Whether all whole lines of the text can be read."""
    lines = text[: text.rfind("\n") + 1] or text
    try:
        for _ in csv.reader(lines.splitlines(keepends=True), **dialect.options()):
            pass
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return True
