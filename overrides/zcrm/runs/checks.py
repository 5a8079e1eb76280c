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
from ..files.tables import Block, Row, Table
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
    refuse: Callable[[dict[str, Any]], None] | None = None,
    inspection: Inspection | None = None,
) -> Checked:
    """Read every row once; raises BadFile for all that keeps the file from being sent.

    journal: takes down the ids. on_progress: told now and then of the rows checked so far, and what share of
    the file they are, from 0 to 1, as far as that is known. noticed: told of every fault as it is found; the
    error holds the first 1,000. needs: fields that every row has to have, and what to do where one has not.
    refuse: raises BadValue for a record that can't be sent.
    inspection: looks at every row, as far as it can be read; what it finds keeps the file from nothing.
    """
    found = _Faults(noticed)
    ids = IdCheck(journal, duplicates)
    words: Counter[str] = Counter()
    rows = _Rows(ids, found, needs, refuse, inspection)
    told = 0
    for block in table.blocks():
        for _ in rows.take(block):
            if rows.count >= told + _STEP:
                told = rows.count // _STEP * _STEP
                on_progress(told, table.share)
        words.update(block.null_words())
    try:
        ids.finish()
    except CellError as error:
        found.add_error(error)
    for name, rounding in rows.lookups.items():
        try:
            rounding.finish(f"{name}.id")
        except CellError as error:
            found.add_error(error)
    if found.count:
        raise BadFile.of(table.name, found.first, found.count)
    return Checked(
        rows.count, ids.missing, ids.repeats, table.blank_rows, rows.unsent_nulls, rows.cleared, dict(words)
    )


class _Rows:
    """The rows of a file as they are checked; needs, refuse, inspection: as for `check`.

    lookups: whether the ids that a field's objects hold are rounded.
    """

    def __init__(
        self,
        ids: IdCheck,
        found: _Faults,
        needs: Mapping[str, str],
        refuse: Callable[[dict[str, Any]], None] | None,
        inspection: Inspection | None,
    ) -> None:
        self._ids = ids
        self._found = found
        self._needs = needs
        self._refuse = refuse
        self._inspection = inspection
        self.count = self.unsent_nulls = self.cleared = 0
        self.lookups: defaultdict[str, Rounding] = defaultdict(Rounding)

    def take(self, block: Block) -> Iterator[None]:
        """Check the rows of a block, and come back in between."""
        if block.ids and not (self._needs or self._refuse or self._inspection) and self._takes_ids(block):
            self.count += len(block.ids)
            yield
            return
        for row in block:
            self.count += 1
            self._check(row)
            yield

    def _takes_ids(self, block: Block) -> bool:
        try:
            return self._ids.take(block.numbers, block.ids)
        except CellError as error:
            self._found.add_error(error)
            return True

    def _check(self, row: Row) -> None:
        self.unsent_nulls += row.unsent_nulls
        self._look_into(row.record)
        if row.faults:
            self._found.add(*row.faults)
        if self._inspection is not None:
            self._found.tell(*self._inspection.look(row))
        if not row.faults:
            self._check_record(row)
        if not row.faults or "id" in row.record:
            try:
                self._ids.add(row.number, row.record.get("id"))
            except CellError as error:
                self._found.add_error(error, row.number)

    def _look_into(self, record: dict[str, Any]) -> None:
        kinds = set(map(type, record.values()))
        if NoneType in kinds:
            self.cleared += list(record.values()).count(None)
        if dict in kinds:
            for name, value in record.items():
                if isinstance(value, dict) and value.get("id"):
                    self.lookups[name].add(str(value["id"]))

    def _check_record(self, row: Row) -> None:
        for name, fix in self._needs.items():
            if row.record.get(name) is None:
                self._found.add(Fault(row.number, name, "", "is missing", fix))
        try:
            if self._refuse is not None:
                self._refuse(row.record)
        except BadValue as error:
            held = str(row.record.get(error.path) or "")
            fix = error.fix or "correct it, or take the row out"
            self._found.add(Fault(row.number, error.path, held, error.message, fix))


class _Faults:
    def __init__(self, noticed: Callable[[Fault], object] | None) -> None:
        self._noticed = noticed
        self.first: list[Fault] = []
        self.count = 0

    def add(self, *faults: Fault) -> None:
        self.count += len(faults)
        self.first += faults[: max(0, SHOWN - len(self.first))]
        self.tell(*faults)

    def add_error(self, error: CellError, row: int | None = None) -> None:
        """Add an error of this row, unless it names its own."""
        self.add(Fault.of(error, error.row if isinstance(error, IdError) else row))

    def tell(self, *faults: Fault) -> None:
        """Tell of faults that keep the file from nothing."""
        if self._noticed is not None:
            for fault in faults:
                self._noticed(fault)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
