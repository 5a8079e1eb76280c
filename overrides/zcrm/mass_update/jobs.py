"""Jobs: a mass update of a custom view that Zoho carries out by itself, asked about and waited for.

The rules come from Zoho's Mass Update page (v7) and the page on a mass update's status.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from zcrm_api.api.mass_update import get_mass_update_status

from ..engine.drivers import AsyncDriver, Driver
from ..engine.flows.asking import Asking, ask
from ..engine.flows.effects import Flow
from ..engine.flows.polling import Pace, Watching, wait
from ..engine.flows.reading import Said
from ..engine.runtime import AnyRuntime, Runtime
from ..errors import AnswerLost, JobNotFound, UsageError
from ..outcomes import Tally
from ..retry import NO_RETRY, Retry
from ..rows.checks import seconds
from ..table import rules
from ..wire.calls import NOTHING
from ..wire.http import call
from .receipts import Before, Receipt, aread_receipt, read_receipt

_STATUS = "get_mass_update_status"
_NO_SUCH_JOB = ("NOT_FOUND", "INVALID_DATA")


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How far a job is, in records.

    state: as Zoho says it, in upper case: SCHEDULED, QUEUED, RUNNING, SUSPENDED, COMPLETED, FAILED, or
        another one, which counts as still running.
    """

    state: str
    total: int
    updated: int
    not_updated: int
    failed: int

    @property
    def done(self) -> bool:
        """Nothing more will happen."""
        return self.state in ("COMPLETED", "FAILED")

    @property
    def ok(self) -> bool:
        """The job completed and updated every record."""
        return self.state == "COMPLETED" and not (self.failed or self.not_updated or self.untold)

    @property
    def untold(self) -> int:
        """Records that the counts leave out: neither updated nor not."""
        return self.total - self.updated - self.not_updated - self.failed


@dataclass(slots=True)
class _Watched:
    """One job, and its last word once it has spoken it."""

    module: str
    id: str
    before: Before | None = None
    final: JobStatus | None = field(default=None, init=False)

    def __str__(self) -> str:
        return f"{self.id} in {self.module}: {self.final or 'not known to have ended'}"


class Job:
    """A mass-update job of `ZohoCRM`."""

    def __init__(
        self, runtime: Runtime[Driver], module: str, job_id: str, before: Before | None = None
    ) -> None:
        self._runtime = runtime
        self._watched = _Watched(module, job_id, before)

    @property
    def id(self) -> str:
        """The id Zoho gave the job."""
        return self._watched.id

    def __repr__(self) -> str:
        return f"<Job {self._watched}>"

    def status(self) -> JobStatus:
        """Ask how far it is. Raises JobNotFound when Zoho knows no such job."""
        return self._runtime.driver.run(_look(self._runtime, self._watched, self._runtime.retry))

    def wait(
        self,
        timeout: float | None = None,
        on_progress: Callable[[JobStatus], object] | None = None,
        *,
        pace: Pace = Pace(),  # noqa: B008
    ) -> JobStatus:
        """Wait until it is done, completed or failed; returns its last status.

        timeout: seconds; None waits for ever. on_progress: called with each status. pace: how often to ask.
        A look that fails for a while (too many requests, a server error, no answer) does not end the wait,
        nor does a state that nobody has heard of. Once it is done, nobody is asked again.
        Raises WaitTimeout, with the last status and how to go on, while the job still runs; JobNotFound.
        """
        return self._runtime.driver.run(_wait(self._runtime, self._watched, timeout, on_progress, pace))

    def receipt(self) -> Receipt:
        """Read the records again, and tell for each whether it has the values now.

        Of a job that was scheduled with `receipt=True`, once it is done. A credit (assumed) for 200 records,
        or for 100 of those that have left the view; takes a scope to read the module.
        Raises UsageError for another job, and while it runs; ScopeMissing; ZohoError.
        """
        self.status()
        return read_receipt(self._runtime, _read_before(self._watched))


class AsyncJob:
    """A mass-update job of `AsyncZohoCRM`."""

    def __init__(
        self, runtime: Runtime[AsyncDriver], module: str, job_id: str, before: Before | None = None
    ) -> None:
        self._runtime = runtime
        self._watched = _Watched(module, job_id, before)

    @property
    def id(self) -> str:
        """The id Zoho gave the job."""
        return self._watched.id

    def __repr__(self) -> str:
        return f"<AsyncJob {self._watched}>"

    async def status(self) -> JobStatus:
        """`Job.status` for tasks."""
        return await self._runtime.driver.run(_look(self._runtime, self._watched, self._runtime.retry))

    async def wait(
        self,
        timeout: float | None = None,
        on_progress: Callable[[JobStatus], object] | None = None,
        *,
        pace: Pace = Pace(),  # noqa: B008
    ) -> JobStatus:
        """`Job.wait` for tasks."""
        return await self._runtime.driver.run(_wait(self._runtime, self._watched, timeout, on_progress, pace))

    async def receipt(self) -> Receipt:
        """`Job.receipt` for tasks."""
        await self.status()
        return await aread_receipt(self._runtime, _read_before(self._watched))


def _read_before(watched: _Watched) -> Before:
    if watched.before is None:
        raise UsageError(
            f"There is no receipt for job {watched.id}: its records were not read before it",
            fix="Schedule jobs with by_view(…, receipt=True).",
        )
    if watched.final is None:
        raise UsageError(f"There is no receipt for job {watched.id} while it runs", fix="Call wait() first.")
    return watched.before


def _look(runtime: AnyRuntime, watched: _Watched, retry: Retry) -> Flow[JobStatus]:
    if watched.final is not None:
        return watched.final
    api_call = call(
        get_mass_update_status.sync_detailed,
        get_mass_update_status.asyncio_detailed,
        watched.module,
        client=runtime.api,
        job_id=watched.id,
    )
    answer = yield from ask(Asking(_STATUS, api_call, replace(runtime.policy, retry=retry)), Tally())
    unknown = f"There is no mass-update job {watched.id} in {watched.module}"
    if isinstance(answer, Said):
        error = answer.error(rules(), _STATUS)
        raise error.as_a(JobNotFound, unknown) if answer.code in _NO_SUCH_JOB else error
    if answer.status in NOTHING:
        fix = rules().find(_STATUS, 404, _NO_SUCH_JOB[0], "request").fix("", {})
        raise JobNotFound(unknown, http_status=answer.status, fix=fix)
    status = _status(answer.body["data"])
    if status.done:
        watched.final = status
    return status


def _status(data: Any) -> JobStatus:
    try:
        (told,) = data
        return JobStatus(
            state=str.strip(told["Status"]).upper(),
            total=int(told.get("Total_Count") or 0),
            updated=int(told.get("Updated_Count") or 0),
            not_updated=int(told.get("Not_Updated_Count") or 0),
            failed=int(told.get("Failed_Count") or 0),
        )
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise AnswerLost("Zoho's answer about the job is not one that zcrm understands") from error


def _wait(
    runtime: AnyRuntime,
    watched: _Watched,
    timeout: float | None,
    on_progress: Callable[[JobStatus], object] | None,
    pace: Pace,
) -> Flow[JobStatus]:
    how = Watching(
        _STATUS,
        runtime.clock,
        seconds("timeout", timeout),
        pace,
        runtime.random,
        f"It goes on by itself. To wait on: crm.mass_update.job({watched.module!r}, {watched.id!r}).wait()",
    )
    return wait(lambda: _look(runtime, watched, NO_RETRY), on_progress, how)
