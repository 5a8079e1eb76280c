"""Cells of a sheet whose formula has no result, which readers of workbooks take for empty ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import join, normpath
from typing import IO, BinaryIO
from xml.etree.ElementTree import Element, ParseError, iterparse, parse
from zipfile import BadZipFile, ZipFile

__all__ = ["NoResult", "without_result"]

_BLOCK_BYTES = 1 << 20
_SIGNS = (b't="e"', b"t='e'", b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/")
_LONGEST_SIGN = max(map(len, _SIGNS))
_PLACE = re.compile(r"([A-Z]+)([0-9]+)")


@dataclass(frozen=True, slots=True)
class NoResult:
    """A cell that shows an error, such as `#N/A`, or a formula that no program has calculated (no error)."""

    error: str = ""

    def __str__(self) -> str:
        return self.error


def without_result(file: BinaryIO, sheet: str) -> dict[int, dict[int, NoResult]]:
    """Return the cells without a result of one sheet of a workbook, by row (from 1), then column (from 0)."""
    file.seek(0)
    try:
        with ZipFile(file) as parts:
            part = _part(parts, sheet)
            if part is None or not _has_signs(parts, part):
                return {}
            with parts.open(part) as xml:
                rows: dict[int, dict[int, NoResult]] = {}
                for row, column, cell in _cells(xml):
                    rows.setdefault(row, {})[column] = cell
                return rows
    except (BadZipFile, KeyError, ParseError, ValueError):
        return {}


def _part(parts: ZipFile, sheet: str) -> str | None:
    """The part of the workbook that holds the sheet."""
    with parts.open("xl/workbook.xml") as xml:
        sheets = [each for each in parse(xml).iter() if _tag(each) == "sheet"]  # noqa: S314 - expat bounds what entities grow to
    link = next((_attribute(each, "id") for each in sheets if each.get("name") == sheet), None)
    with parts.open("xl/_rels/workbook.xml.rels") as xml:
        targets = {each.get("Id"): each.get("Target", "") for each in parse(xml).iter()}  # noqa: S314
    target = targets.get(link)
    return target and normpath(join("/xl", target)).lstrip("/")


def _has_signs(parts: ZipFile, part: str) -> bool:
    """Whether the sheet has errors or formulas at all, which most have not."""
    rest = b""
    with parts.open(part) as xml:
        while block := xml.read(_BLOCK_BYTES):
            seen = rest + block
            if any(sign in seen for sign in _SIGNS):
                return True
            rest = block[-_LONGEST_SIGN:]
    return False


def _cells(xml: IO[bytes]) -> Iterator[tuple[int, int, NoResult]]:
    rows: Element | None = None
    row, column = 0, -1
    for event, element in iterparse(xml, ("start", "end")):  # noqa: S314
        match event, _tag(element):
            case "start", "sheetData":
                rows = element
            case "start", "row":
                row, column = int(element.get("r", row + 1)), -1
            case "end", "c":
                place = _PLACE.fullmatch(element.get("r", ""))
                row, column = (int(place[2]), _column(place[1])) if place else (row, column + 1)
                if found := _no_result(element):
                    yield row, column, found
            case "end", "row" if rows is not None:
                rows.clear()


def _no_result(cell: Element) -> NoResult | None:
    inside = {_tag(each): each.text or "" for each in cell}
    kind = cell.get("t")
    if kind == "e":
        return NoResult(inside.get("v", "#N/A"))
    return NoResult() if "f" in inside and not inside.get("v") and kind != "str" else None


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _attribute(element: Element, name: str) -> str | None:
    return next((value for key, value in element.items() if key.endswith("}" + name)), None)
