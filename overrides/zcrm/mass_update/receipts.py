"""What a mass update of a view did to each record, found by reading the fields before it and after it.

The job itself tells counts only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, get_args

from zcrm_api.limits import MASS_UPDATE_VIEW_RECORDS, RECORDS_PER_PAGE

from ..engine.drivers import AsyncDriver, Driver
from ..engine.runtime import Runtime
from ..errors import AnswerLost, UsageError
from ..reading import aread_by_ids, aread_view, read_by_ids, read_view
from .comparing import has_all
from .views import ViewUpdate

__all__ = [
    "RECEIPT_STATES", "Before", "Receipt", "ReceiptState", "RecordChange", "aread_before", "aread_receipt",
    "read_before", "read_receipt",
]  # fmt: skip

ReceiptState = Literal["changed", "unchanged", "failed", "gone"]
RECEIPT_STATES: tuple[ReceiptState, ...] = get_args(ReceiptState)
_MOST = MASS_UPDATE_VIEW_RECORDS

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One record of the view.

    state: `changed`: it has the values now, and had not; `unchanged`: it had them before; `failed`: it does
        not have them; `gone`: it can't be read any more.
    before, after: the fields as they were read; after is None for a record that is gone.
    """

    id: str
    state: ReceiptState
    before: Record
    after: Record | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of each record that the view held when it was read before the job; an iterable of them.

    states: how many there are in each state.
    """

    records: tuple[RecordChange, ...]

    @property
    def states(self) -> dict[ReceiptState, int]:
        found = dict.fromkeys(RECEIPT_STATES, 0)
        for record in self.records:
            found[record.state] += 1
        return found

    def __iter__(self) -> Iterator[RecordChange]:
        return iter(self.records)


@dataclass(slots=True)
class Before:
    """The records of a view and their fields before a job; `records` are by id, without their ids."""

    wanted: ViewUpdate
    records: dict[str, Record] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are read."""
        return tuple(self.wanted.values)

    @property
    def credits(self) -> int:
        """What reading them once costs (assumed), where all are still in the view."""
        return max(1, -(-len(self.records) // RECORDS_PER_PAGE))

    def add(self, record: Record) -> None:
        """Take a record as it was read; raises UsageError for more of them than a job can change."""
        self.records[_id_of(record)] = {name: record.get(name) for name in self.fields}
        if len(self.records) > _MOST:
            raise UsageError(
                f"View {self.wanted.view_id} has more than {_MOST:,} records: no job takes them",
                fix="Split the view by another criterion, so that each part has no more.",
            )

    def compared(self, after: Mapping[str, Record]) -> Receipt:
        """With the records as they were read after the job, by id."""
        return Receipt(tuple(self._change(record_id, after.get(record_id)) for record_id in self.records))

    def _change(self, record_id: str, after: Record | None) -> RecordChange:
        before, wanted = self.records[record_id], self.wanted.values
        adds = not self.wanted.overwrite
        state: ReceiptState = "gone"
        if after is not None:
            after = {name: after.get(name) for name in self.fields}
            had = has_all(before, wanted, adds=adds)
            state = "failed" if not has_all(after, wanted, adds=adds) else "unchanged" if had else "changed"
        return RecordChange(record_id, state, before, after)


def _id_of(record: Record) -> str:
    """The record's id; raises AnswerLost where Zoho gave none."""
    if not record.get("id"):
        raise AnswerLost("Zoho's answer holds a record without an id")
    return str(record["id"])


def begun(wanted: ViewUpdate) -> Before:
    """Nothing read yet; raises UsageError where what is read would not be what the job changes."""
    if wanted.territory_id is not None:
        raise UsageError(
            "There is no receipt for a territory: which records of the view are in it can't be read",
            fix="Leave the receipt out, or make a view for the territory.",
        )
    return Before(wanted)


def read_before(runtime: Runtime[Driver], wanted: ViewUpdate) -> Before:
    """Read the fields of the view's records: a credit (assumed) for each 200 of them.

    Raises UsageError, for a territory and for more than 50,000 records; ScopeMissing; ZohoError.
    """
    before = begun(wanted)
    for record in read_view(runtime, wanted.module, wanted.view_id, before.fields):
        before.add(record)
    return before


async def aread_before(runtime: Runtime[AsyncDriver], wanted: ViewUpdate) -> Before:
    """`read_before` for tasks."""
    before = begun(wanted)
    async for record in aread_view(runtime, wanted.module, wanted.view_id, before.fields):
        before.add(record)
    return before


def read_receipt(runtime: Runtime[Driver], before: Before) -> Receipt:
    """Read the same records again, and compare: those still in the view 200 a credit, the others 100.

    Raises ScopeMissing, ZohoError.
    """
    wanted = before.wanted
    listed = islice(read_view(runtime, wanted.module, wanted.view_id, before.fields), _MOST)
    after = {_id_of(record): record for record in listed if _id_of(record) in before.records}
    if left := [record_id for record_id in before.records if record_id not in after]:
        others = read_by_ids(runtime, wanted.module, left, before.fields)
        after |= {_id_of(record): record for record in others}
    return before.compared(after)


async def aread_receipt(runtime: Runtime[AsyncDriver], before: Before) -> Receipt:
    """`read_receipt` for tasks."""
    wanted = before.wanted
    after: dict[str, Record] = {}
    async with aread_view(runtime, wanted.module, wanted.view_id, before.fields) as listed:
        async for record in listed:
            if _id_of(record) in before.records:
                after[_id_of(record)] = record
            if listed.summary.rows >= _MOST:
                break
    if left := [record_id for record_id in before.records if record_id not in after]:
        async for record in aread_by_ids(runtime, wanted.module, left, before.fields):
            after[_id_of(record)] = record
    return before.compared(after)
