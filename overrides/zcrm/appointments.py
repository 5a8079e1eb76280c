"""Appointments: read, update, reschedule, cancel, complete.

The rules come from Zoho's Get Appointments and Update Appointments pages (v7).
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypedDict, get_args

from typing_extensions import Unpack

from zcrm_api.api.appointments import get_appointment, get_appointments
from zcrm_api.limits import (
    APPOINTMENT_FIELDS,
    RECORDS_BY_PAGE,
    RECORDS_BY_PAGE_TOKEN,
    RECORDS_PER_PAGE,
)
from zcrm_api.types import UNSET

from .engine.drivers import AsyncDriver, Driver
from .engine.flows.asking import Asking, ask
from .engine.flows.effects import Flow
from .engine.flows.paging import Paging, pages
from .engine.flows.reading import Said, read_record
from .engine.runtime import AnyRuntime, Runtime
from .engine.streams import AsyncStream, Stream
from .engine.updates import AsyncUpdates, Updates
from .errors import NotFound, UsageError
from .outcomes import Outcome, Tally
from .records import astream, one, stream
from .rows import checks
from .rows.appointments import PARTIES, Appointment, Party, Status
from .rows.options import Rows, Trigger, UpdateOptions
from .rows.wanted import Wanted
from .table import APPOINTMENTS, rules
from .wire.calls import NOTHING
from .wire.http import call

__all__ = [
    "Appointment",
    "Appointments",
    "AsyncAppointments",
    "ListOptions",
    "Party",
    "SortBy",
    "SortOrder",
    "Status",
]

SortBy = Literal["id", "Created_Time", "Modified_Time"]
SortOrder = Literal["asc", "desc"]

_NO_SUCH = ("INVALID_URL_PATTERN", "INVALID_DATA")


class ListOptions(TypedDict, total=False):
    """Which appointments are listed, and how. Every key may be left out.

    view_id: those of a custom view; not together with sort_by. sort_by: id by default. sort_order: desc by
    default. per_page: records to a call, 200 by default and at most.
    The others are looked at here, in what Zoho lists; the fields they need are read, too.
    member: whose, by the owner's id or e-mail address. start, until: when they start, `until` itself excluded
    (aware, or ISO 8601 text with offset). status: one, or several.
    """

    view_id: str | int | None
    sort_by: SortBy | None
    sort_order: SortOrder | None
    per_page: int
    member: str | int | None
    start: datetime | str | None
    until: datetime | str | None
    status: Status | Iterable[Status] | None


class Appointments:
    """`ZohoCRM.appointments`."""

    def __init__(self, runtime: Runtime[Driver]) -> None:
        self._runtime = runtime

    def list(self, *, fields: Sequence[str], **options: Unpack[ListOptions]) -> Stream[Appointment]:
        """All appointments, or some of them, page after page; never more than a page is in memory.

        fields: API names, at most 50. options: `ListOptions`.

        A record that is changed while the list is read can move: by Modified_Time, or in a view that it comes
        to or leaves, others are then listed twice or not at all. By id, the default, none is missed.

        Subforms are not in a list; `get` has them. Fields restricted for health data read as None. Zoho
        gives 100,000 records at most: the iterator raises a ZohoError with PAGINATION_LIMIT_EXCEEDED after
        the last of them when there are more, and PageTokenExpired when more than 24 hours lie between two
        pages.
        Raises UsageError for options that exclude each other or are out of range, TypeError for an unknown
        one.
        """
        how = _listing(self._runtime, fields, options)
        return Stream(lambda summary, _: pages(how, summary.tally), self._runtime)

    def get(self, appointment_id: str | int) -> Appointment:
        """One appointment, subforms included. Raises NotFound when there is none."""
        return self._runtime.driver.run(_get(self._runtime, appointment_id))

    def update(self, rows: Rows, **options: Unpack[UpdateOptions]) -> Updates:
        """Update appointments; gives one outcome for each row, in input order, as `Records.update` does.

        `Service_Name` cannot be updated. Unlike records, a row is not sent again after a lost answer.
        """
        return stream(self._runtime, APPOINTMENTS, rows, options)

    def reschedule(
        self,
        appointment_id: str | int,
        *,
        to: datetime | str,
        reason: Party | None = None,
        note: str | None = None,
        rescheduled_from: datetime | str | None = None,
        triggers: Sequence[Trigger] | None = None,
    ) -> Outcome:
        """Move an appointment to another start (aware, or ISO 8601 text with offset).

        reason: who asked for it; Zoho takes it for the customer where nobody says. note: up to 2,000
        characters; `NoteTooLong` warns of more. rescheduled_from: the start it had, before the new one.
        triggers: automations to run, as in `UpdateOptions`.
        Raises UsageError for what can't be, ZohoError when Zoho says no, AnswerLost when the answer was lost:
        it is not sent again.
        """
        fields = _rescheduled(to, reason, note, rescheduled_from)
        return self._runtime.driver.run(_one(self._runtime, appointment_id, fields, triggers))

    def cancel(
        self,
        appointment_id: str | int,
        *,
        reason: Party | None = None,
        note: str | None = None,
        triggers: Sequence[Trigger] | None = None,
    ) -> Outcome:
        """Cancel an appointment for good. Arguments and errors as for `reschedule`."""
        return self._runtime.driver.run(
            _one(self._runtime, appointment_id, _cancelled(reason, note), triggers)
        )

    def complete(
        self,
        appointment_id: str | int,
        *,
        job_sheet_name: str | None = None,
        job_sheet_description: str | None = None,
        triggers: Sequence[Trigger] | None = None,
    ) -> Outcome:
        """Mark an appointment as completed, once it has ended.

        Only in an organisation that asks its users to do so; the job sheet is needed where it is mandated.
        Errors as for `reschedule`.
        """
        fields = _completed(job_sheet_name, job_sheet_description)
        return self._runtime.driver.run(_one(self._runtime, appointment_id, fields, triggers))


class AsyncAppointments:
    """`AsyncZohoCRM.appointments`; each method as in `Appointments`."""

    def __init__(self, runtime: Runtime[AsyncDriver]) -> None:
        self._runtime = runtime

    def list(self, *, fields: Sequence[str], **options: Unpack[ListOptions]) -> AsyncStream[Appointment]:
        """`Appointments.list` for tasks."""
        how = _listing(self._runtime, fields, options)
        return AsyncStream(lambda summary, _: pages(how, summary.tally), self._runtime)

    async def get(self, appointment_id: str | int) -> Appointment:
        """`Appointments.get` for tasks."""
        return await self._runtime.driver.run(_get(self._runtime, appointment_id))

    def update(
        self, rows: Rows | AsyncIterable[Mapping[str, object]], **options: Unpack[UpdateOptions]
    ) -> AsyncUpdates:
        """`Appointments.update` for tasks; takes async iterables too."""
        return astream(self._runtime, APPOINTMENTS, rows, options)

    async def reschedule(
        self,
        appointment_id: str | int,
        *,
        to: datetime | str,
        reason: Party | None = None,
        note: str | None = None,
        rescheduled_from: datetime | str | None = None,
        triggers: Sequence[Trigger] | None = None,
    ) -> Outcome:
        """`Appointments.reschedule` for tasks."""
        fields = _rescheduled(to, reason, note, rescheduled_from)
        return await self._runtime.driver.run(_one(self._runtime, appointment_id, fields, triggers))

    async def cancel(
        self,
        appointment_id: str | int,
        *,
        reason: Party | None = None,
        note: str | None = None,
        triggers: Sequence[Trigger] | None = None,
    ) -> Outcome:
        """`Appointments.cancel` for tasks."""
        return await self._runtime.driver.run(
            _one(self._runtime, appointment_id, _cancelled(reason, note), triggers)
        )

    async def complete(
        self,
        appointment_id: str | int,
        *,
        job_sheet_name: str | None = None,
        job_sheet_description: str | None = None,
        triggers: Sequence[Trigger] | None = None,
    ) -> Outcome:
        """`Appointments.complete` for tasks."""
        fields = _completed(job_sheet_name, job_sheet_description)
        return await self._runtime.driver.run(_one(self._runtime, appointment_id, fields, triggers))


def _listing(runtime: AnyRuntime, fields: Sequence[str], options: ListOptions) -> Paging:
    checks.known_options(options, ListOptions.__annotations__)
    wanted = Wanted.of(
        options.get("member"), options.get("start"), options.get("until"), options.get("status")
    )
    named = checks.names("fields", fields)
    read = [*named, *(name for name in wanted.fields if name not in named)]
    if not named or len(read) > APPOINTMENT_FIELDS:
        raise UsageError(
            f"fields takes a list of 1 to {APPOINTMENT_FIELDS} API names, those that a filter needs included"
        )
    view_id, sort_by, sort_order = options.get("view_id"), options.get("sort_by"), options.get("sort_order")
    if view_id is not None and sort_by is not None:
        raise UsageError("A custom view brings its own order: give view_id or sort_by, not both")
    checks.one_of("sort_by", sort_by, get_args(SortBy))
    checks.one_of("sort_order", sort_order, get_args(SortOrder))
    view = UNSET if view_id is None else checks.id_of("view_id", view_id)
    per_page = options.get("per_page", RECORDS_PER_PAGE)
    if not 0 < per_page <= RECORDS_PER_PAGE:
        raise UsageError(f"per_page is 1 to {RECORDS_PER_PAGE}")

    def page(where: Mapping[str, Any]) -> Asking:
        api_call = call(
            get_appointments.sync_detailed,
            get_appointments.asyncio_detailed,
            client=runtime.api,
            fields=",".join(read),
            cvid=view,
            sort_by=sort_by or UNSET,
            sort_order=sort_order or UNSET,
            per_page=per_page,
            **where,
        )
        return Asking("get_appointments", api_call, runtime.policy)

    def given(records: Sequence[Any]) -> Sequence[Appointment]:
        return [Appointment(record) for record in records if wanted.has(record)]

    return Paging(page, per_page, RECORDS_BY_PAGE, RECORDS_BY_PAGE_TOKEN, given)


def _get(runtime: AnyRuntime, appointment_id: str | int) -> Flow[Appointment]:
    wanted = checks.id_of("appointment_id", appointment_id)
    api_call = call(
        get_appointment.sync_detailed, get_appointment.asyncio_detailed, wanted, client=runtime.api
    )
    asking = Asking("get_appointment", api_call, runtime.policy, read=read_record(wanted))
    answer = yield from ask(asking, Tally())
    unknown = f"There is no appointment {appointment_id}"
    if isinstance(answer, Said):
        error = answer.error(rules(), "get_appointment")
        raise error.as_a(NotFound, unknown) if answer.code in _NO_SUCH else error
    if answer.status in NOTHING or not answer.body["data"]:
        fix = rules().find("get_appointment", 404, _NO_SUCH[0], "request").fix("", {})
        raise NotFound(unknown, http_status=answer.status, fix=fix)
    return Appointment(answer.body["data"][0])


def _one(
    runtime: AnyRuntime,
    appointment_id: str | int,
    fields: Mapping[str, object],
    triggers: Sequence[Trigger] | None,
) -> Flow[Outcome]:
    given = {key: value for key, value in fields.items() if value is not None}
    return one(runtime, APPOINTMENTS, appointment_id, given, {"triggers": triggers})


def _rescheduled(
    to: datetime | str, reason: Party | None, note: str | None, came_from: datetime | str | None
) -> dict[str, object]:
    checks.one_of("reason", reason, PARTIES)
    return {
        "Appointment_Start_Time": checks.time("to", to),
        "Rescheduled_From": None if came_from is None else checks.time("rescheduled_from", came_from),
        "Reschedule_Reason": reason,
        "Reschedule_Note": note,
    }


def _cancelled(reason: Party | None, note: str | None) -> dict[str, object]:
    checks.one_of("reason", reason, PARTIES)
    return {"Status": "Cancelled", "Cancellation_Reason": reason, "Cancellation_Note": note}


def _completed(name: str | None, description: str | None) -> dict[str, object]:
    return {"Status": "Completed", "Job_Sheet_Name": name, "Job_Sheet_Description__s": description}
