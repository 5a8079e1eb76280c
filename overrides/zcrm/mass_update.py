"""Mass Update: the same values for many records, by their ids at once, or for a custom view as a job.

The rules come from Zoho's Mass Update page (v7).
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Never, TypedDict, overload

from typing_extensions import Unpack

from zcrm_api.api.mass_update import mass_update as mass_update_operation
from zcrm_api.limits import MASS_UPDATE_FIELDS, MASS_UPDATE_FIELDS_DEALS, MASS_UPDATE_IDS_PER_CALL
from zcrm_api.models.mass_update_by_ids_body import MassUpdateByIdsBody
from zcrm_api.models.mass_update_by_view_body import MassUpdateByViewBody
from zcrm_api.models.territory import Territory
from zcrm_api.types import UNSET

from .engine.drivers import AsyncDriver, Driver
from .engine.flows.asking import Asking, ask
from .engine.flows.effects import Flow
from .engine.flows.reading import Said, read_one
from .engine.flows.sending import send
from .engine.flows.streaming import Plan
from .engine.runtime import AnyRuntime, Runtime
from .engine.updates import AsyncUpdates, Updates
from .engine.writing import sending
from .errors import UsageError
from .jobs import AsyncJob, Job
from .outcomes import Outcome, Summary, Tally
from .rows.admission import reject
from .rows.checks import flag, id_of, iterable, known_options
from .rows.options import FieldChecks, Row, known_fields
from .rows.values import BadValue, record_id, wire_row
from .table import rules
from .wire.calls import Answer, Lost, UnsentCall
from .wire.http import call

_SCHEDULE = "mass_update"

Ids = Iterable[str | int]
AnyIds = Ids | AsyncIterable[str | int]
Text = str | bytes


class ByIdsOptions(TypedDict, total=False):
    """What a mass update by ids may be given besides. Every key may be left out.

    overwrite: put the values of a multi-select picklist in place of those the record has; False, the default,
        adds them.
    resend_lost: whether ids may be sent again when the answer to them was lost; False by default.
    triggers: nothing but None: automations always run.
    fields: the module's metadata, a `zcrm.fields.Fields`: fields that a mass update can't set are refused.
    """

    overwrite: bool
    resend_lost: bool
    triggers: None
    fields: FieldChecks | None


class MassUpdate:
    """`ZohoCRM.mass_update`."""

    def __init__(self, runtime: Runtime[Driver]) -> None:
        self._runtime = runtime

    @overload
    def by_ids(self, module: str, ids: Text, values: Row, **options: Unpack[ByIdsOptions]) -> Never: ...
    @overload
    def by_ids(self, module: str, ids: Ids, values: Row, **options: Unpack[ByIdsOptions]) -> Updates: ...
    def by_ids(self, module: str, ids: Ids, values: Row, **options: Unpack[ByIdsOptions]) -> Updates:
        """Set the same values in the records with these ids; gives one outcome for each id, in input order.

        ids: any iterable, 500 to a call; a text is none. values: up to three fields in Deals, one in any
        other module; no email, lookup, layout or multi-line fields, no line items. options: `ByIdsOptions`.
        Automations always run: Zoho takes no choice here. Raises UsageError when `triggers` is given, and for
        ids and values that cannot be sent; the iterator raises as that of `Records.update` does.
        """
        plan = _plan(self._runtime, module, values, options)
        return Updates(iterable("ids", ids), plan, _admit, self._runtime)

    @overload
    def by_ids_all(self, module: str, ids: Text, values: Row, **options: Unpack[ByIdsOptions]) -> Never: ...
    @overload
    def by_ids_all(self, module: str, ids: Ids, values: Row, **options: Unpack[ByIdsOptions]) -> Summary: ...
    def by_ids_all(self, module: str, ids: Ids, values: Row, **options: Unpack[ByIdsOptions]) -> Summary:
        """`by_ids`, run to its end; returns the sums, and raises, as `Records.update_all` does."""
        plan = _plan(self._runtime, module, values, options)
        return Updates(iterable("ids", ids), plan, _admit, self._runtime, keep=True).run()

    def by_view(
        self,
        module: str,
        view_id: str | int,
        values: Row,
        *,
        overwrite: bool = False,
        territory_id: str | int | None = None,
        include_child: bool = False,
        fields: FieldChecks | None = None,
    ) -> Job:
        """Schedule setting the values in all records of a custom view, up to 50,000; returns the job.

        territory_id: only the view's records in this territory; include_child: and in those below it.
        fields: the module's metadata: fields that a mass update can't set are refused.
        Automations run only when the view holds fewer than 1,000 records.
        Raises AlreadyScheduled while a job for the view runs; AnswerLost when the answer was lost: the job
        may be scheduled then, and is never asked for twice; ZohoError when Zoho says no.
        """
        _check(self._runtime, module, values, fields)
        flow = _schedule(self._runtime, module, view_id, values, overwrite, territory_id, include_child)
        return Job(self._runtime, module, self._runtime.driver.run(flow))

    def job(self, module: str, job_id: str | int) -> Job:
        """A job scheduled earlier, by its id."""
        return Job(self._runtime, module, id_of("job_id", job_id))


class AsyncMassUpdate:
    """`AsyncZohoCRM.mass_update`; each method as in `MassUpdate`."""

    def __init__(self, runtime: Runtime[AsyncDriver]) -> None:
        self._runtime = runtime

    @overload
    def by_ids(self, module: str, ids: Text, values: Row, **options: Unpack[ByIdsOptions]) -> Never: ...
    @overload
    def by_ids(
        self, module: str, ids: AnyIds, values: Row, **options: Unpack[ByIdsOptions]
    ) -> AsyncUpdates: ...
    def by_ids(self, module: str, ids: AnyIds, values: Row, **options: Unpack[ByIdsOptions]) -> AsyncUpdates:
        """`MassUpdate.by_ids` for tasks; takes async iterables too."""
        plan = _plan(self._runtime, module, values, options)
        return AsyncUpdates(iterable("ids", ids, in_tasks=True), plan, _admit, self._runtime)

    @overload
    async def by_ids_all(
        self, module: str, ids: Text, values: Row, **options: Unpack[ByIdsOptions]
    ) -> Never: ...
    @overload
    async def by_ids_all(
        self, module: str, ids: AnyIds, values: Row, **options: Unpack[ByIdsOptions]
    ) -> Summary: ...
    async def by_ids_all(
        self, module: str, ids: AnyIds, values: Row, **options: Unpack[ByIdsOptions]
    ) -> Summary:
        """`MassUpdate.by_ids_all` for tasks."""
        plan = _plan(self._runtime, module, values, options)
        ids = iterable("ids", ids, in_tasks=True)
        return await AsyncUpdates(ids, plan, _admit, self._runtime, keep=True).run()

    async def by_view(
        self,
        module: str,
        view_id: str | int,
        values: Row,
        *,
        overwrite: bool = False,
        territory_id: str | int | None = None,
        include_child: bool = False,
        fields: FieldChecks | None = None,
    ) -> AsyncJob:
        """`MassUpdate.by_view` for tasks."""
        _check(self._runtime, module, values, fields)
        flow = _schedule(self._runtime, module, view_id, values, overwrite, territory_id, include_child)
        return AsyncJob(self._runtime, module, await self._runtime.driver.run(flow))

    def job(self, module: str, job_id: str | int) -> AsyncJob:
        """A job scheduled earlier, by its id."""
        return AsyncJob(self._runtime, module, id_of("job_id", job_id))


def _values(module: str, values: Row) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise UsageError(f"The values are a mapping of fields, not {type(values).__name__}")
    most = MASS_UPDATE_FIELDS_DEALS if module == "Deals" else MASS_UPDATE_FIELDS
    if not 0 < len(values) <= most:
        raise UsageError(f"A mass update of {module} sets 1 to {most} fields, not {len(values)}")
    try:
        return wire_row(values)
    except BadValue as error:
        raise UsageError(f"{error.path}: {error.message}") from None


def _check(runtime: AnyRuntime, module: str, values: Row, fields: FieldChecks | None) -> None:
    """Raise UsageError for values of which the module's metadata say that no mass update can set them."""
    if (fields := known_fields(fields)) is not None:
        fields.check_place(module, runtime.environment)
        fields.check_mass_update(module, _values(module, values))


def _admit(number: int, given: Any) -> Outcome:
    outcome = Outcome(number, given)
    try:
        outcome.id = record_id(given)
    except BadValue as error:
        reject(outcome, error, {"json_path": f"$.ids[{number}]"})
    return outcome


def _plan(runtime: AnyRuntime, module: str, values: Row, options: ByIdsOptions) -> Plan:
    known_options(options, ByIdsOptions.__annotations__)
    if options.get("triggers") is not None:
        raise UsageError(
            "A mass update by ids always runs automations; Zoho takes no choice of triggers here"
        )
    data = [_values(module, values)]
    _check(runtime, module, values, options.get("fields"))
    overwrite = flag("overwrite", options.get("overwrite", False))
    resend = flag("resend_lost", options.get("resend_lost", False))

    def call_for(rows: Sequence[Outcome]) -> UnsentCall:
        body = MassUpdateByIdsBody(data=data, ids=[str(outcome.id) for outcome in rows], over_write=overwrite)
        return call(
            mass_update_operation.sync_detailed,
            mass_update_operation.asyncio_detailed,
            module,
            client=runtime.api,
            body=body,
        )

    how = sending(runtime, _SCHEDULE, call_for, resend=resend, key="ids")
    return Plan(
        partial(send, how=how),
        rows=MASS_UPDATE_IDS_PER_CALL,
        beside=runtime.driver.gate.concurrency,
        operation=how.operation,
    )


def _schedule(
    runtime: AnyRuntime,
    module: str,
    view_id: str | int,
    values: Row,
    overwrite: bool,
    territory_id: str | int | None,
    include_child: bool,
) -> Flow[str]:
    body = MassUpdateByViewBody(
        data=[_values(module, values)],
        cvid=id_of("view_id", view_id),
        over_write=flag("overwrite", overwrite),
        territory=UNSET
        if territory_id is None
        else Territory(id_of("territory_id", territory_id), flag("include_child", include_child)),
    )
    api_call = call(
        mass_update_operation.sync_detailed,
        mass_update_operation.asyncio_detailed,
        module,
        client=runtime.api,
        body=body,
    )
    asking = Asking(_SCHEDULE, api_call, runtime.policy, repeatable=False, read=_scheduled)
    said: Said = yield from ask(asking, Tally())
    if not said.ok:
        raise said.error(rules(), _SCHEDULE)
    return str(said.details["job_id"])


def _scheduled(answer: Answer) -> Said:
    said = read_one(answer)
    job = said.details.get("job_id")
    if said.ok and (not job or not isinstance(job, str | int)):
        raise Lost("a success that names no job")
    return said
