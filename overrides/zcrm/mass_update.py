"""Mass Update: the same values for many records, by their ids at once, or for a custom view as a job.

The rules come from Zoho's Mass Update page (v7).
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from zcrm_api.api.mass_update import mass_update as mass_update_operation
from zcrm_api.limits import MASS_UPDATE_FIELDS, MASS_UPDATE_FIELDS_DEALS, MASS_UPDATE_IDS_PER_CALL
from zcrm_api.models.mass_update_by_ids_body import MassUpdateByIdsBody
from zcrm_api.models.mass_update_by_view_body import MassUpdateByViewBody
from zcrm_api.models.territory import Territory
from zcrm_api.types import UNSET

from .engine.drivers import AsyncDriver, Driver
from .engine.flows.asking import ask
from .engine.flows.effects import Flow
from .engine.flows.reading import Said, read_item
from .engine.flows.sending import send
from .engine.flows.streaming import Plan
from .engine.runtime import AnyRuntime, Runtime
from .engine.updates import AsyncUpdates, Updates
from .engine.writing import asking, sending
from .errors import AnswerLost, UsageError
from .jobs import AsyncJob, Job
from .outcomes import SUCCESS, Outcome, Summary, Tally
from .rows.admission import reject
from .rows.options import check_iterable
from .rows.values import BadValue, record_id, wire_row
from .table import rules
from .wire.calls import Lost, UnsentCall
from .wire.http import call

Ids = Sequence[int] | list[str] | Iterable[str | int]
_SCHEDULE = "mass_update"


class MassUpdate:
    """`ZohoCRM.mass_update`."""

    def __init__(self, runtime: Runtime[Driver]) -> None:
        self._runtime = runtime

    def by_ids(
        self,
        module: str,
        ids: Ids,
        values: Mapping[str, object],
        *,
        overwrite: bool = False,
        resend_lost: bool = False,
        triggers: None = None,
    ) -> Updates:
        """Set the same values in the records with these ids; gives one outcome for each id, in input order.

        ids: any iterable, 500 to a call. values: up to three fields in Deals, one in any other module; no
        email, lookup, layout or multi-line fields, no line items. overwrite: put the values of a
        multi-select picklist in place of those the record has; False adds them.
        Automations always run: Zoho takes no choice here. Raises UsageError when `triggers` is given, and
        for values that cannot be sent; the iterator raises as that of `Records.update` does.
        """
        plan = _plan(self._runtime, module, ids, values, overwrite, resend_lost, triggers)
        return Updates(ids, plan, _admit, self._runtime)

    def by_ids_all(
        self,
        module: str,
        ids: Ids,
        values: Mapping[str, object],
        *,
        overwrite: bool = False,
        resend_lost: bool = False,
        triggers: None = None,
    ) -> Summary:
        """`by_ids`, run to its end, as `Records.update_all` is."""
        plan = _plan(self._runtime, module, ids, values, overwrite, resend_lost, triggers)
        return Updates(ids, plan, _admit, self._runtime, keep=True).run()

    def by_view(
        self,
        module: str,
        view_id: str | int,
        values: Mapping[str, object],
        *,
        overwrite: bool = False,
        territory_id: str | int | None = None,
        include_child: bool = False,
    ) -> Job:
        """Schedule setting the values in all records of a custom view, up to 50,000; returns the job.

        territory_id: only the view's records in this territory; include_child: and in those below it.
        Automations run only when the view holds fewer than 1,000 records.
        Raises AlreadyScheduled while a job for the view runs; AnswerLost when the answer was lost: the job
        may be scheduled then, and is never asked for twice; ZohoError when Zoho says no.
        """
        flow = _schedule(self._runtime, module, view_id, values, overwrite, territory_id, include_child)
        return Job(self._runtime, module, self._runtime.driver.run(flow))

    def job(self, module: str, job_id: str | int) -> Job:
        """A job scheduled earlier, by its id."""
        return Job(self._runtime, module, str(job_id))


class AsyncMassUpdate:
    """`AsyncZohoCRM.mass_update`; each method as in `MassUpdate`."""

    def __init__(self, runtime: Runtime[AsyncDriver]) -> None:
        self._runtime = runtime

    def by_ids(
        self,
        module: str,
        ids: Ids | AsyncIterable[str | int],
        values: Mapping[str, object],
        *,
        overwrite: bool = False,
        resend_lost: bool = False,
        triggers: None = None,
    ) -> AsyncUpdates:
        """`MassUpdate.by_ids` for tasks; takes async iterables too."""
        plan = _plan(self._runtime, module, ids, values, overwrite, resend_lost, triggers)
        return AsyncUpdates(ids, plan, _admit, self._runtime)

    async def by_ids_all(
        self,
        module: str,
        ids: Ids | AsyncIterable[str | int],
        values: Mapping[str, object],
        *,
        overwrite: bool = False,
        resend_lost: bool = False,
        triggers: None = None,
    ) -> Summary:
        """`MassUpdate.by_ids_all` for tasks."""
        plan = _plan(self._runtime, module, ids, values, overwrite, resend_lost, triggers)
        return await AsyncUpdates(ids, plan, _admit, self._runtime, keep=True).run()

    async def by_view(
        self,
        module: str,
        view_id: str | int,
        values: Mapping[str, object],
        *,
        overwrite: bool = False,
        territory_id: str | int | None = None,
        include_child: bool = False,
    ) -> AsyncJob:
        """`MassUpdate.by_view` for tasks."""
        flow = _schedule(self._runtime, module, view_id, values, overwrite, territory_id, include_child)
        return AsyncJob(self._runtime, module, await self._runtime.driver.run(flow))

    def job(self, module: str, job_id: str | int) -> AsyncJob:
        """A job scheduled earlier, by its id."""
        return AsyncJob(self._runtime, module, str(job_id))


def _values(module: str, values: Mapping[str, object]) -> dict[str, Any]:
    most = MASS_UPDATE_FIELDS_DEALS if module == "Deals" else MASS_UPDATE_FIELDS
    if not 0 < len(values) <= most:
        raise UsageError(f"A mass update of {module} sets 1 to {most} fields, not {len(values)}")
    try:
        return wire_row(values)
    except BadValue as error:
        raise UsageError(f"{error.path}: {error.message}") from None


def _admit(number: int, given: Any) -> Outcome:
    outcome = Outcome(number, given)
    try:
        outcome.id = record_id(given)
    except BadValue as error:
        reject(outcome, error, {"json_path": f"$.ids[{number}]"})
    return outcome


def _plan(
    runtime: AnyRuntime,
    module: str,
    ids: object,
    values: Mapping[str, object],
    overwrite: bool,
    resend_lost: bool,
    triggers: object,
) -> Plan:
    if triggers is not None:
        raise UsageError(
            "A mass update by ids always runs automations; Zoho takes no choice of triggers here"
        )
    check_iterable("ids", ids)
    data = [_values(module, values)]

    def call_for(rows: Sequence[Outcome]) -> UnsentCall:
        body = MassUpdateByIdsBody(data=data, ids=[str(outcome.id) for outcome in rows], over_write=overwrite)
        return call(
            mass_update_operation.sync_detailed,
            mass_update_operation.asyncio_detailed,
            module,
            client=runtime.api,
            body=body,
        )

    how = sending(runtime, _SCHEDULE, call_for, resend=resend_lost)
    return Plan(partial(send, how=how), rows=MASS_UPDATE_IDS_PER_CALL, beside=runtime.driver.gate.concurrency)


def _schedule(
    runtime: AnyRuntime,
    module: str,
    view_id: str | int,
    values: Mapping[str, object],
    overwrite: bool,
    territory_id: str | int | None,
    include_child: bool,
) -> Flow[str]:
    body = MassUpdateByViewBody(
        data=[_values(module, values)],
        cvid=str(view_id),
        over_write=overwrite,
        territory=UNSET if territory_id is None else Territory(str(territory_id), include_child),
    )
    api_call = call(
        mass_update_operation.sync_detailed,
        mass_update_operation.asyncio_detailed,
        module,
        client=runtime.api,
        body=body,
    )
    answer = yield from ask(asking(runtime, _SCHEDULE, api_call, repeatable=False), Tally())
    try:
        said = answer if isinstance(answer, Said) else read_item(answer)
    except Lost as error:
        raise AnswerLost(f"The job may be scheduled: {error}") from error
    job_id = said.details.get("job_id")
    if said.code != SUCCESS and not said.ok:
        raise said.error(rules(), _SCHEDULE)
    if said.code != SUCCESS or not said.ok or not isinstance(job_id, str | int):
        raise AnswerLost("The job may be scheduled: the answer contradicts itself, or names no job")
    return str(job_id)
