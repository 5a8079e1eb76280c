"""Checks the record ids of a whole file before anything is sent.

Spreadsheets keep 15 digits of a number, and record ids have up to 19: an id that went through one comes out
in exponent form, or with zeros for its last digits and thereby equal to its neighbours'.
"""

import re

from zcrm.cli.cells import CellError
from zcrm.cli.choices import Duplicates

__all__ = ["IdCheck"]

_NOT_WHOLE = re.compile(r"[+-]?[0-9]+([.,][0-9]*)?([eE][+-]?[0-9]+)?")
_KEPT_DIGITS = 15
_RESTORE = "export the ids again, and keep their column as Text when a spreadsheet opens the file"


class IdCheck:
    """Takes the id of every row, in order; `finish` tells what only the whole file can."""

    def __init__(self, duplicates: Duplicates = Duplicates.REFUSE) -> None:
        self._duplicates = duplicates
        self._first: dict[int | str, int] = {}
        self._repeated: tuple[str, int, int] | None = None
        self.repeats = 0
        self.missing = 0

    def add(self, row: int, value: object) -> None:
        """Take the id of a row; None or nothing is a row without one, which is not an error here.

        Raises CellError for an id that a spreadsheet or a float has damaged, or that is no id at all.
        """
        text = _text(value)
        if not text:
            self.missing += 1
            return
        if not text.isdigit() and _NOT_WHOLE.fullmatch(text):
            raise CellError(
                f"the id {text!r} is damaged: a spreadsheet or a float has cut its digits", _RESTORE, "id"
            )
        first = self._first.setdefault(int(text) if _canonical(text) else text, row)
        if first == row:
            return
        if len(text) > _KEPT_DIGITS and text.endswith("0000"):
            raise CellError(
                f"rows {first} and {row} share the id {text!r}, which ends in 0000: "
                "a spreadsheet has probably cut its last digits",
                _RESTORE,
                "id",
            )
        self.repeats += 1
        self._repeated = self._repeated or (text, first, row)

    def finish(self) -> None:
        """Raise CellError when rows share an id and that is refused."""
        if self._repeated is None or self._duplicates is Duplicates.ALLOW:
            return
        text, first, row = self._repeated
        more = f" ({self.repeats} rows repeat an id)" if self.repeats > 1 else ""
        raise CellError(
            f"rows {first} and {row} have the same id {text!r}{more}",
            "keep one row for each record, or say --duplicates allow to send all of them in order",
            "id",
        )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    raise CellError("an id is text or a whole number", 'write it like "id": "554023000000235011"', "id")


def _canonical(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and not text.startswith("0")
