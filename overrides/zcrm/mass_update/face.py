"""`ZohoCRM.mass_update` and its twin for tasks.

The rules come from Zoho's Mass Update page (v7).
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any, Never, overload

from typing_extensions import Unpack

from ..engine.drivers import AsyncDriver, Driver
from ..engine.flows.sending import Journal
from ..engine.flows.streaming import Line
from ..engine.runtime import Runtime
from ..engine.updates import AsyncUpdates, Updates
from ..outcomes import Outcome, Summary
from ..rows.checks import flag, id_of, iterable
from ..rows.options import FieldChecks, Row
from .ids import ByIdsOptions, plan_for_ids
from .jobs import AsyncJob, Job
from .receipts import aread_before, read_before
from .values import check_fields
from .views import ViewUpdate, schedule

__all__ = ["AsyncMassUpdate", "ByIdsOptions", "MassUpdate"]

Ids = Iterable[str | int]
AnyIds = Ids | AsyncIterable[str | int]
Text = str | bytes


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

        ids: any iterable, of any length, 500 to a call; a text is none. An id that comes again is not sent
        again: it gets the outcome of the first. values: up to three fields in Deals, one in any other module;
        no email, lookup, layout or multi-line fields, no line items. options: `ByIdsOptions`. Automations
        always run: Zoho takes no choice here. Raises UsageError when `triggers` is given, and for ids and
        values that cannot be sent; the iterator raises as that of `Records.update` does.
        """
        return Updates(
            iterable("ids", ids), *plan_for_ids(self._runtime, module, values, options), self._runtime
        )

    def recorded(
        self,
        module: str,
        rows: Iterable[Line],
        values: Row,
        journal: Journal,
        **options: Unpack[ByIdsOptions],
    ) -> Updates:
        """`by_ids` for whoever keeps a journal: it is told of rows before they leave, and once settled.

        rows: each with the `id` of its record.
        """
        plan, admit = plan_for_ids(self._runtime, module, values, options, journal)

        def admit_row(number: int, row: Mapping[str, Any]) -> Outcome:
            return admit(number, row.get("id"))

        return Updates(rows, plan, lambda number, line: line.admitted(admit_row, number), self._runtime)

    @overload
    def by_ids_all(self, module: str, ids: Text, values: Row, **options: Unpack[ByIdsOptions]) -> Never: ...
    @overload
    def by_ids_all(self, module: str, ids: Ids, values: Row, **options: Unpack[ByIdsOptions]) -> Summary: ...
    def by_ids_all(self, module: str, ids: Ids, values: Row, **options: Unpack[ByIdsOptions]) -> Summary:
        """`by_ids`, run to its end; returns the sums, and raises, as `Records.update_all` does."""
        planned = plan_for_ids(self._runtime, module, values, options)
        return Updates(iterable("ids", ids), *planned, self._runtime, keep=True).run()

    def by_view(
        self,
        module: str,
        view_id: str | int,
        values: Row,
        *,
        overwrite: bool = False,
        territory_id: str | int | None = None,
        include_child: bool = False,
        receipt: bool = False,
        fields: FieldChecks | None = None,
    ) -> Job:
        """Schedule setting the values in all records of a custom view, up to 50,000; returns the job.

        territory_id: only the view's records in this territory; include_child: and in those below it.
        receipt: read the fields of the view's records first, a credit (assumed) for each 200 of them, so that
        `Job.receipt` can tell what became of each; takes a scope to read the module, and no territory.
        fields: the module's metadata: fields that a mass update can't set are refused. Automations run only
        when the view holds fewer than 1,000 records.
        Raises UsageError for values that can't be set so, as `by_ids` does; JobAlreadyRunning while a job for
        the view runs; AnswerLost when the answer was lost: the job may be running then, as it may after an
        interrupt, and is never asked for twice; ZohoError when Zoho says no.
        """
        wanted = ViewUpdate.of(module, view_id, values, overwrite, territory_id, include_child)
        check_fields(self._runtime, module, wanted.values, fields)
        before = read_before(self._runtime, wanted) if flag("receipt", receipt) else None
        job_id = self._runtime.driver.run(schedule(self._runtime, wanted))
        return Job(self._runtime, module, job_id, before)

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
        planned = plan_for_ids(self._runtime, module, values, options)
        return AsyncUpdates(iterable("ids", ids, in_tasks=True), *planned, self._runtime)

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
        planned = plan_for_ids(self._runtime, module, values, options)
        ids = iterable("ids", ids, in_tasks=True)
        return await AsyncUpdates(ids, *planned, self._runtime, keep=True).run()

    async def by_view(
        self,
        module: str,
        view_id: str | int,
        values: Row,
        *,
        overwrite: bool = False,
        territory_id: str | int | None = None,
        include_child: bool = False,
        receipt: bool = False,
        fields: FieldChecks | None = None,
    ) -> AsyncJob:
        """`MassUpdate.by_view` for tasks."""
        wanted = ViewUpdate.of(module, view_id, values, overwrite, territory_id, include_child)
        check_fields(self._runtime, module, wanted.values, fields)
        before = await aread_before(self._runtime, wanted) if flag("receipt", receipt) else None
        job_id = await self._runtime.driver.run(schedule(self._runtime, wanted))
        return AsyncJob(self._runtime, module, job_id, before)

    def job(self, module: str, job_id: str | int) -> AsyncJob:
        """A job scheduled earlier, by its id."""
        return AsyncJob(self._runtime, module, id_of("job_id", job_id))
