"""What zcrm adds to a result file, safe to open with a spreadsheet and to read back as a file of rows."""

import csv
import io
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from zcrm.files.shown import shown

__all__ = ["cell", "line", "plain", "safe", "unquoted"]

_LONGEST = 32_000
_FORMULAS = ("=", "+", "-", "@")


def plain(value: object) -> int | str:
    """Return a number as it is, all else as one line that hides nothing and fits a spreadsheet's cell."""
    return value if isinstance(value, int) else _plain(str(value))


def cell(value: object) -> str:
    """Return the plain text, behind an apostrophe where a spreadsheet would take it for a formula."""
    return _cell(str(value))


def safe(value: str | int | None) -> str | int | None:
    """Return the value, behind an apostrophe where a spreadsheet would take the text for a formula."""
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value


def line(cells: Iterable[object], delimiter: str = ",") -> str:
    r"""Return a line of CSV that ends in `\n`; a cell that holds `\r` is quoted, whatever the Python."""
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return written.getvalue().removesuffix("\r\n") + "\n"


def unquoted(cells: Sequence[Any], delimiter: str) -> str | None:
    """Return the cells as a line of CSV has them, without its end; None where one may need quotes."""
    try:
        text = delimiter.join(cells)
    except TypeError:
        return None
    quoted = '"' in text or "\n" in text or "\r" in text or text.count(delimiter) >= len(cells)
    return None if quoted or not text else text


@lru_cache
def _plain(value: str) -> str:
    text = shown(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


@lru_cache
def _cell(value: str) -> str:
    text = _plain(value)
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    return normalize("NFKC", text.lstrip()[:1]) in _FORMULAS
