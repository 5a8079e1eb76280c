"""Checks the record ids of a whole file before anything is sent.

Spreadsheets keep 15 digits of a number, and record ids have up to 19: an id that went through one comes out
in exponent form, or with zeros for its last digits and thereby equal to its neighbours'.
"""

from __future__ import annotations

import re

from ..files.cells import CellError
from ..files.choices import Duplicates
from .journal import Journal

__all__ = ["IdCheck", "IdError", "key_of"]

_NOT_WHOLE = re.compile(r"[+-]?[0-9]+([.,][0-9]*)?([eE][+-]?[0-9]+)?")
_KEPT_DIGITS = 15
_BATCH = 20_000
_RESTORE = "export the ids again, and keep their column as Text when a spreadsheet opens the file"


class IdError(CellError):
    """An id that keeps the file from being sent; `row` is its row as a spreadsheet shows it."""

    def __init__(self, row: int, problem: str, fix: str) -> None:
        super().__init__(problem, fix, "id")
        self.row = row


class IdCheck:
    """Takes the id of every row, in order, into the journal; `finish` tells what only the whole file can.

    Memory does not grow with the rows: ids go to the journal in batches.
    """

    def __init__(self, journal: Journal, duplicates: Duplicates = Duplicates.REFUSE) -> None:
        self._journal = journal
        self._duplicates = duplicates
        self._batch: list[tuple[int | str, int]] = []
        self._repeated: tuple[int | str, int, int] | None = None
        self.repeats = 0
        self.missing = 0

    def add(self, row: int, value: object) -> None:
        """Take the id of a row; None or nothing is a row without one, which is not an error here.

        row: its number as a spreadsheet shows it. Raises CellError for an id that a spreadsheet or a float
        has damaged, or that is no id at all.
        """
        text = value.strip() if isinstance(value, str) else _text(value)
        if not text:
            self.missing += 1
            return
        if not text.isdigit() and _NOT_WHOLE.fullmatch(text):
            raise CellError(
                f"the id {text!r} is damaged: a spreadsheet or a float has cut its digits", _RESTORE, "id"
            )
        self._batch.append((key_of(text), row))
        if len(self._batch) == _BATCH:
            self._flush()

    def finish(self) -> None:
        """Raise CellError when rows share an id and that is refused."""
        self._flush()
        if self._repeated is None or self._duplicates is not Duplicates.REFUSE:
            return
        record, first, row = self._repeated
        more = f" ({self.repeats} rows repeat an id)" if self.repeats > 1 else ""
        raise CellError(
            f"rows {first} and {row} have the same id {str(record)!r}{more}",
            "keep one row for each record, or say --duplicates keep-order to send all of them in order, "
            "or last-wins to send the last one",
            "id",
        )

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        for record, first, row in self._journal.add_ids(
            batch, latest=self._duplicates is Duplicates.LAST_WINS
        ):
            text = str(record)
            if len(text) > _KEPT_DIGITS and text.endswith("0000"):
                raise IdError(
                    row,
                    f"rows {first} and {row} share the id {text!r}, which ends in 0000: "
                    "a spreadsheet has probably cut its last digits",
                    _RESTORE,
                )
            self.repeats += 1
            self._repeated = self._repeated or (record, first, row)


def key_of(text: str) -> int | str:
    """An id as the journal keeps it: the same for two texts that name the same record."""
    return int(text) if _canonical(text) else text


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
    return (
        text.isascii()
        and text.isdigit()
        and len(text) < 19 + (text < "9223372036854775808")
        and not text.startswith("0")
    )
