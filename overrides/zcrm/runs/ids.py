"""Checks the record ids of a whole file before anything is sent.

Spreadsheets keep 15 digits of a number, and record ids have up to 19: an id that went through one comes out
in exponent form, or with zeros for its last digits and thereby equal to its neighbours'.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..files.choices import Duplicates
from ..files.ids import KEPT_DIGITS, RESTORE, Rounding, record_id
from ..files.problems import CellError
from .journal import Journal

__all__ = ["IdCheck", "IdError", "key_of"]

_BATCH = 20_000
_LEAST = 10**14
_MOST_DIGITS = 19
_GREATEST = 2**63 - 1
"""The greatest number that SQLite keeps."""


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
        self._rounding = Rounding()
        self._repeated: tuple[int | str, int, int] | None = None
        self.repeats = 0
        self.missing = 0

    def add(self, row: int, value: object) -> None:
        """Take the id of a row; None or nothing is a row without one, which is not an error here.

        row: its number as a spreadsheet shows it. Raises CellError for an id that a spreadsheet or a float
        has damaged, or that is no id at all.
        """
        text = record_id(value)
        if not text:
            self.missing += 1
            return
        self._rounding.add(text)
        self._batch.append((key_of(text), row))
        if len(self._batch) >= _BATCH:
            self._flush()

    def take(self, rows: Sequence[int], ids: Sequence[Any]) -> bool:
        """`add` for many rows, where all of their ids are beyond doubt; else it takes none.

        Raises CellError, as `add` does.
        """
        keys = keys_of(ids) if self._rounding.is_ruled_out else None
        if keys is None:
            return False
        self._batch += zip(keys, rows, strict=True)
        if len(self._batch) >= _BATCH:
            self._flush()
        return True

    def finish(self) -> None:
        """Raise CellError when the ids look rounded, or when rows share an id and that is refused."""
        self._flush()
        self._rounding.finish()
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
            if len(text) > KEPT_DIGITS and text.endswith("0000"):
                raise IdError(
                    row,
                    f"rows {first} and {row} share the id {text!r}, which ends in 0000: "
                    "a spreadsheet has probably cut its last digits",
                    RESTORE,
                )
            self.repeats += 1
            self._repeated = self._repeated or (record, first, row)


def keys_of(ids: Sequence[Any]) -> list[int] | None:
    """`key_of` for many ids; None unless each is the text of an id that is a number to the journal."""
    try:
        digits = "".join(ids)
    except TypeError:
        return None
    if not (digits.isascii() and digits.isdigit()) or min(ids) < "1" or max(map(len, ids)) > _MOST_DIGITS:
        return None
    keys = [*map(int, ids)]
    return keys if min(keys) >= _LEAST and max(keys) <= _GREATEST else None


def key_of(text: str) -> int | str:
    """An id as the journal keeps it: the same for two texts that name the same record."""
    canonical = text.isdigit() and text.isascii() and text[0] != "0"
    return int(text) if canonical and len(text) <= _MOST_DIGITS and int(text) <= _GREATEST else text
