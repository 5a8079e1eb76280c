"""Update Records: any module, any number of rows.

The rules come from Zoho's Update Records page (v8).
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from typing_extensions import Unpack

from zcrm_api.api.records import update_record, update_records
from zcrm_api.limits import APPOINTMENT_NOTE, RECORDS_PER_CALL
from zcrm_api.models.update_record_body import UpdateRecordBody
from zcrm_api.models.update_records_body import UpdateRecordsBody
from zcrm_api.types import UNSET

from .engine.buffers import FLUSH_AFTER, AsyncBuffer, Buffer
from .engine.drivers import AsyncDriver, Driver
from .engine.flows.effects import Flow
from .engine.flows.sending import Journal, NoJournal
from .engine.flows.streaming import Admit, Line, Plan
from .engine.runtime import AnyRuntime, Runtime
from .engine.updates import AsyncUpdates, Updates
from .engine.writing import admit_one, plan, send_one, sending
from .frames.sources import rows_in
from .outcomes import Outcome, Summary
from .rows.admission import Admission, Refuse
from .rows.appointments import check_appointment
from .rows.checks import iterable
from .rows.encoding import array
from .rows.options import Rows, Settings, UpdateOptions, settings
from .rows.scalars import AS_THEY_ARE, Values
from .table import APPOINTMENTS, operation_of
from .wire.calls import UnsentCall
from .wire.http import call


class Records:
    """`ZohoCRM.records`."""

    def __init__(self, runtime: Runtime[Driver]) -> None:
        self._runtime = runtime

    def update(self, module: str, rows: Rows, **options: Unpack[UpdateOptions]) -> Updates:
        """Update records; gives one outcome for each row, in input order.

        module: API name, such as "Deals". rows: any iterable of mappings, each with an `id` and fields by
        their API names; it is pulled as the outcomes are taken, 100 rows to a call. Or a frame of polars or
        pandas, a table or reader of pyarrow, a relation of DuckDB (anything with `__arrow_c_stream__`; all
        but polars need the extra `arrow`), or a cursor of a database: their nulls are not sent, see `nulls`,
        and columns that can't be sent are refused before the first row. With a `Layout` id in a row Zoho
        drops fields outside that layout and still answers success. options: `UpdateOptions`. A short row of
        `csv.DictReader` has None for its missing cells, which clears their fields (`nulls="skip"` does
        not); a long one has its further cells under the key None, and is rejected.

        Text, booleans, None, integers and finite numbers go as they are, decimals with all their digits;
        dates as YYYY-MM-DD, aware datetimes as ISO 8601 with whole seconds, UUIDs as text, scalars of numpy
        as what they stand for. NaN and its kin, which would blank the field (see `missing`), naive datetimes
        (see `timezone`) and other types reject their row before it is sent. Nothing else of
        a row is changed: subforms, `$append_values`, `_delete` and `Layout` pass through.

        A row with nothing but its id is `skipped`. Raises UsageError for bad options and for what are no
        rows, TypeError for an unknown option. The iterator raises, after the outcomes of all rows it had
        pulled: a ZohoError that makes going on pointless (AuthError, LimitReached, ConnectionFailed, an
        invalid module, …), or what `rows` itself raised.
        """
        return stream(self._runtime, module, rows, options)

    def recorded(
        self, module: str, rows: Iterable[Line], journal: Journal, **options: Unpack[UpdateOptions]
    ) -> Updates:
        """`update` for whoever keeps a journal: it is told of rows before they leave, and once settled."""
        how, admit = _plan(self._runtime, module, _settings(module, options), journal)
        return Updates(rows, how, lambda number, line: line.admitted(admit, number), self._runtime)

    def update_all(self, module: str, rows: Rows, **options: Unpack[UpdateOptions]) -> Summary:
        """`update`, run to its end; returns the sums, with the rows that were not updated kept in it.

        Whatever it raises, an interrupt included, has the sums so far as its attribute `summary`.
        """
        return stream(self._runtime, module, rows, options, keep=True).run()

    def update_one(
        self,
        module: str,
        record_id: str | int,
        fields: Mapping[str, object],
        /,
        **options: Unpack[UpdateOptions],
    ) -> Outcome:
        """Update one record; returns its outcome.

        Raises ZohoError when Zoho says no, Conflict when it was modified since, AnswerLost when the answer
        was lost, UsageError for a value that cannot be sent or an `id` in `fields` unlike `record_id`.
        """
        return self._runtime.driver.run(one(self._runtime, module, record_id, fields, options))

    def buffer(self, module: str, **options: Unpack[UpdateOptions]) -> Buffer:
        """Collect many small updates from many threads, to be sent in full calls; see `Buffer`.

        flush_after: seconds that a row waits for others, 0.05 by default. options: as for `update`; raises
        what it raises for bad ones.
        """
        after = _settings(module, options).flush_after
        options.pop("flush_after", None)
        send = partial(self.update, module, **options)
        return Buffer(send, RECORDS_PER_CALL, FLUSH_AFTER if after is None else after)


class AsyncRecords:
    """`AsyncZohoCRM.records`."""

    def __init__(self, runtime: Runtime[AsyncDriver]) -> None:
        self._runtime = runtime

    def update(
        self,
        module: str,
        rows: Rows | AsyncIterable[Mapping[str, object]],
        **options: Unpack[UpdateOptions],
    ) -> AsyncUpdates:
        """`Records.update` for tasks; takes async iterables too."""
        return astream(self._runtime, module, rows, options)

    async def update_all(
        self,
        module: str,
        rows: Rows | AsyncIterable[Mapping[str, object]],
        **options: Unpack[UpdateOptions],
    ) -> Summary:
        """`Records.update_all` for tasks."""
        return await astream(self._runtime, module, rows, options, keep=True).run()

    async def update_one(
        self,
        module: str,
        record_id: str | int,
        fields: Mapping[str, object],
        /,
        **options: Unpack[UpdateOptions],
    ) -> Outcome:
        """`Records.update_one` for tasks."""
        return await self._runtime.driver.run(one(self._runtime, module, record_id, fields, options))

    def buffer(self, module: str, **options: Unpack[UpdateOptions]) -> AsyncBuffer:
        """`Records.buffer` for tasks of one event loop; see `AsyncBuffer`."""
        after = _settings(module, options).flush_after
        options.pop("flush_after", None)
        send = partial(self.update, module, **options)
        return AsyncBuffer(send, RECORDS_PER_CALL, FLUSH_AFTER if after is None else after)


def _settings(module: str, options: UpdateOptions) -> Settings:
    return settings(options, resend_by_default=module != APPOINTMENTS)


def _refusing(runtime: AnyRuntime, module: str, checked: Settings) -> Refuse | None:
    """What refuses rows by the module's metadata; raises UsageError for those of another place."""
    if checked.fields is None:
        return None
    checked.fields.check_place(module, runtime.environment)
    return checked.fields.refusing(module, unknown=checked.unknown)


def admission(
    module: str,
    since: Callable[[Any], str] | None = None,
    values: Values = AS_THEY_ARE,
    refuse: Refuse | None = None,
) -> Admission:
    """What a row of the module goes through before it is sent; see `Admission`."""
    check = partial(check_appointment, longest_note=APPOINTMENT_NOTE) if module == APPOINTMENTS else None
    return Admission(check, since, values, refuse)


def stream(
    runtime: Runtime[Driver], module: str, rows: Rows, options: UpdateOptions, *, keep: bool = False
) -> Updates:
    """The updates of these rows."""
    taken, planned = _taken(runtime, module, rows, options)
    return Updates(taken, *planned, runtime, keep=keep)


def astream(
    runtime: Runtime[AsyncDriver],
    module: str,
    rows: Rows | AsyncIterable[Mapping[str, object]],
    options: UpdateOptions,
    *,
    keep: bool = False,
) -> AsyncUpdates:
    """`stream` for tasks."""
    taken, planned = _taken(runtime, module, rows, options, in_tasks=True)
    return AsyncUpdates(taken, *planned, runtime, keep=keep)


def _taken(
    runtime: AnyRuntime, module: str, rows: object, options: UpdateOptions, *, in_tasks: bool = False
) -> tuple[Any, tuple[Plan, Admit]]:
    """The rows, be they a frame's, and how they are sent."""
    checked = _settings(module, options)
    zoned = checked.values.timezone is not None
    taken = iterable("rows", rows_in(rows, nulls=options.get("nulls"), timezone=zoned), in_tasks=in_tasks)
    if taken is not rows:
        checked = replace(checked, values=replace(checked.values, skip_nulls=False))
    return taken, _plan(runtime, module, checked)


def _plan(
    runtime: AnyRuntime,
    module: str,
    checked: Settings,
    journal: Journal = NoJournal(),  # noqa: B008
) -> tuple[Plan, Admit]:

    def call_for(rows: Sequence[Outcome]) -> UnsentCall:
        return call(
            update_records.sync_detailed,
            update_records.asyncio_detailed,
            module,
            client=runtime.api,
            body=UpdateRecordsBody(data=array([outcome._wire for outcome in rows]), **checked.keys),
            if_unmodified_since=rows[0]._group or UNSET,
        )

    operation = operation_of(module, "update_records")
    planned = plan(runtime, operation, call_for, checked, RECORDS_PER_CALL, journal)
    refuse = _refusing(runtime, module, checked)
    return planned, admission(module, checked.since, checked.values, refuse).admit


def one(
    runtime: AnyRuntime,
    module: str,
    record_id: str | int,
    fields: Mapping[str, object],
    options: UpdateOptions,
) -> Flow[Outcome]:
    """The update of one record."""
    checked = _settings(module, options)

    def call_for(rows: Sequence[Outcome]) -> UnsentCall:
        return call(
            update_record.sync_detailed,
            update_record.asyncio_detailed,
            module,
            str(rows[0].id),
            client=runtime.api,
            body=UpdateRecordBody(data=array([rows[0]._wire]), **checked.keys),
            if_unmodified_since=rows[0]._group or UNSET,
        )

    how = sending(runtime, operation_of(module, "update_record"), call_for, resend=checked.resend)
    refuse = _refusing(runtime, module, checked)
    admitting = admission(module, checked.since, checked.values, refuse)
    return send_one(admit_one(admitting, record_id, fields), how)
