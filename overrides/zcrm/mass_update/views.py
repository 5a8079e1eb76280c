"""Mass update by view: asking for a job, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zcrm_api.api.mass_update import mass_update as mass_update_operation
from zcrm_api.models.mass_update_by_view_body import MassUpdateByViewBody
from zcrm_api.models.territory import Territory
from zcrm_api.types import UNSET

from ..engine.flows.asking import Asking, ask
from ..engine.flows.effects import Flow
from ..engine.flows.reading import Said, read_one
from ..engine.runtime import AnyRuntime
from ..errors import AnswerLost, UsageError
from ..outcomes import Tally
from ..rows.checks import flag, id_of
from ..rows.options import Row
from ..table import rules
from ..wire.calls import Answer, Lost
from ..wire.http import call
from .ids import OPERATION
from .values import wire_values

__all__ = ["ViewUpdate", "may_be_running", "schedule"]


@dataclass(frozen=True, slots=True)
class ViewUpdate:
    """What is to be set, in which records of which view; checked."""

    module: str
    view_id: str
    values: Mapping[str, Any]
    overwrite: bool = False
    territory_id: str | None = None
    include_child: bool = False

    @classmethod
    def of(
        cls,
        module: str,
        view_id: str | int,
        values: Row,
        overwrite: bool,
        territory_id: str | int | None,
        include_child: bool,
    ) -> ViewUpdate:
        """Raises UsageError for what can't be asked for."""
        territory = None if territory_id is None else id_of("territory_id", territory_id)
        if flag("include_child", include_child) and territory is None:
            raise UsageError("include_child goes with territory_id: it is the territories below that one")
        return cls(
            module,
            id_of("view_id", view_id),
            wire_values(module, values),
            flag("overwrite", overwrite),
            territory,
            include_child,
        )

    @property
    def body(self) -> MassUpdateByViewBody:
        """As it is sent."""
        territory = Territory(self.territory_id, self.include_child) if self.territory_id else UNSET
        return MassUpdateByViewBody(
            data=[dict(self.values)], cvid=self.view_id, over_write=self.overwrite, territory=territory
        )


def schedule(runtime: AnyRuntime, wanted: ViewUpdate) -> Flow[str]:
    """Ask for the job; returns its id.

    Never asked twice where the first may have arrived: raises AnswerLost then, JobAlreadyRunning, ZohoError.
    """
    api_call = call(
        mass_update_operation.sync_detailed,
        mass_update_operation.asyncio_detailed,
        wanted.module,
        client=runtime.api,
        body=wanted.body,
    )
    asking = Asking(OPERATION, api_call, runtime.policy, repeatable=False, read=_scheduled)
    try:
        said: Said = yield from ask(asking, Tally())
    except AnswerLost as error:
        lost = error.as_a(AnswerLost, f"{error.message}: the job may be running")
        lost.fix = " ".join(filter(None, [may_be_running(wanted.module, wanted.view_id), error.fix]))
        raise lost from error
    if not said.ok:
        raise said.error(rules(), OPERATION)
    return str(said.details["job_id"])


def may_be_running(module: str, view_id: str) -> str:
    """What to do where nobody knows whether a job for this view was scheduled."""
    return (
        f"Before you ask again, open view {view_id} of {module} in the CRM and see by Modified_Time whether "
        "its records change. While a job runs, a second one for the view is refused."
    )


def _scheduled(answer: Answer) -> Said:
    said = read_one(answer)
    job = said.details.get("job_id")
    if said.ok and (not job or type(job) not in (str, int)):
        raise Lost("a success that names no job")
    return said
