"""Checks a whole file before anything is sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any

from ..files.choices import Duplicates
from ..files.ids import Rounding
from ..files.problems import SHOWN, BadFile, CellError, Fault
from ..files.tables import Table
from ..rows.values import BadValue
from .ids import IdCheck, IdError
from .inspection import Inspection
from .journal import Journal

__all__ = ["Checked", "OnCheck", "check"]

_STEP = 2_000

OnCheck = Callable[[int, float | None], object]


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that can be sent.

    rows: without blank ones. without_id: of them. repeats: rows that repeat an earlier row's id.
    blank_rows: skipped. unsent_nulls: nulls that clear nothing because nobody said so. cleared: values that
    clear their field. null_words: how often a column holds a word such as NULL, which is sent as text.
    """

    rows: int
    without_id: int
    repeats: int
    blank_rows: int = 0
    unsent_nulls: int = 0
    cleared: int = 0
    null_words: dict[str, int] = field(default_factory=dict)

    def to_send(self, *, once: bool) -> int:
        """Rows that are to be sent; once: those that repeat an id are not."""
        return self.rows - self.without_id - (self.repeats if once else 0)

    def notes(self) -> Iterator[str]:
        """Yield what is worth saying before the rows are sent."""
        if self.blank_rows:
            yield f"{_count(self.blank_rows, 'blank row')} skipped"
        if self.unsent_nulls:
            yield f"{_count(self.unsent_nulls, 'null')} not sent (--json-null clear would clear the fields)"
        if self.cleared:
            yield f"{_count(self.cleared, 'value')} cleared"
        for column, times in self.null_words.items():
            yield (
                f"column {column} holds words such as NULL in {_count(times, 'row')}, sent as text "
                "(--blank or --null say otherwise)"
            )


def check(
    table: Table,
    duplicates: Duplicates,
    journal: Journal,
    on_progress: OnCheck = lambda *_: None,
    noticed: Callable[[Fault], object] | None = None,
    needs: Mapping[str, str] = {},
    refuse: Callable[[dict[str, Any]], None] = lambda _: None,
    inspection: Inspection | None = None,
) -> Checked:
    """Read every row once; raises BadFile for all that keeps the file from being sent.

    journal: takes down the ids. on_progress: told now and then of the rows checked so far, and what share of
    the file they are, from 0 to 1, as far as that is known. noticed: told of every fault as it is found; the
    error holds the first 1,000. needs: fields that every row has to have, and what to do where one has not.
    refuse: raises BadValue for a record that can't be sent.
    inspection: looks at every row, as far as it can be read; what it finds keeps the file from nothing.
    """
    ids = IdCheck(journal, duplicates)
    words: Counter[str] = Counter()
    lookups: defaultdict[str, Rounding] = defaultdict(Rounding)
    found = _Faults(noticed)
    rows = unsent_nulls = cleared = 0
    for row in table.scan():
        rows += 1
        unsent_nulls += row.unsent_nulls
        if row.null_words:
            words.update(row.null_words)
        kinds = set(map(type, row.record.values()))
        if NoneType in kinds:
            cleared += list(row.record.values()).count(None)
        if dict in kinds:
            for name, value in row.record.items():
                if isinstance(value, dict) and value.get("id"):
                    lookups[name].add(str(value["id"]))
        if row.faults:
            found.add(*row.faults)
        if inspection is not None:
            found.tell(*inspection.look(row))
        for name, fix in needs.items():
            if row.record.get(name) is None and not row.faults:
                found.add(Fault(row.number, name, "", "is missing", fix))
        try:
            if not row.faults:
                refuse(row.record)
        except BadValue as error:
            held = str(row.record.get(error.path) or "")
            found.add(Fault(row.number, error.path, held, error.message, "correct it, or take the row out"))
        try:
            if not row.faults or "id" in row.record:
                ids.add(row.number, row.record.get("id"))
        except CellError as error:
            found.add(Fault.of(error, _row_of(error, row.number)))
        if rows % _STEP == 0:
            on_progress(rows, table.share)
    try:
        ids.finish()
    except CellError as error:
        found.add(Fault.of(error, _row_of(error)))
    for name, rounding in lookups.items():
        try:
            rounding.finish(f"{name}.id")
        except CellError as error:
            found.add(Fault.of(error))
    if found.count:
        raise BadFile.of(table.name, found.first, found.count)
    return Checked(rows, ids.missing, ids.repeats, table.blank_rows, unsent_nulls, cleared, dict(words))


def _row_of(error: CellError, row: int | None = None) -> int | None:
    return error.row if isinstance(error, IdError) else row


class _Faults:
    def __init__(self, noticed: Callable[[Fault], object] | None) -> None:
        self._noticed = noticed
        self.first: list[Fault] = []
        self.count = 0

    def add(self, *faults: Fault) -> None:
        self.count += len(faults)
        self.first += faults[: max(0, SHOWN - len(self.first))]
        self.tell(*faults)

    def tell(self, *faults: Fault) -> None:
        """Tell of faults that keep the file from nothing."""
        if self._noticed is not None:
            for fault in faults:
                self._noticed(fault)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
