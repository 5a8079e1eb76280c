"""Mass update by ids: which ids are sent, and how."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypedDict

from zcrm_api.api.mass_update import mass_update as mass_update_operation
from zcrm_api.limits import MASS_UPDATE_IDS_PER_CALL
from zcrm_api.models.mass_update_by_ids_body import MassUpdateByIdsBody

from ..engine.flows.sending import Journal, NoJournal, send
from ..engine.flows.streaming import Admit, Plan
from ..engine.runtime import AnyRuntime
from ..engine.writing import sending
from ..errors import UsageError
from ..outcomes import Outcome, settle_as
from ..rows.admission import reject
from ..rows.checks import flag, known_options
from ..rows.options import FieldChecks, Row
from ..rows.values import BadValue, record_id
from ..wire.calls import UnsentCall
from ..wire.http import call
from .values import check_fields, wire_values

__all__ = ["OPERATION", "ByIdsOptions", "Once", "plan_for_ids"]

OPERATION = "mass_update"


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


class Once:
    """Admits ids so that each is sent once, however far its repeats are apart: they get the same outcome.

    Of an id whose outcome was handed out, the outcome without its details is kept, equal ones once: memory
    grows by less than 200 bytes for each distinct id.
    """

    def __init__(self, cleared: int = 0) -> None:
        """cleared: fields that each of these records has cleared."""
        self._cleared = cleared
        self._known: dict[str, Outcome] = {}
        self._open: deque[Outcome] = deque()
        self._equal: dict[object, Outcome] = {}

    def admit(self, number: int, given: Any) -> Outcome:
        """The outcome of id `number`; settled when it is no id, or when it repeats one that is settled."""
        outcome = Outcome(number, given)
        try:
            outcome.id = named = record_id(given)
        except BadValue as error:
            reject(outcome, error, {"json_path": f"$.ids[{number}]"})
            return outcome
        self._let_go()
        first = self._known.setdefault(named, outcome)
        if first is outcome:
            outcome._cleared = self._cleared
            self._open.append(outcome)
        elif first._settled:
            settle_as(outcome, first)
        else:
            outcome._first = first
        return outcome

    def _let_go(self) -> None:
        while self._open and self._open[0]._settled:
            first = self._open.popleft()
            kept = (first.state, first.code, first.message, first.http_status, first.fix)
            alike = self._equal.setdefault(
                (*kept, first.retryable, first.attempts), replace(first, input=None)
            )
            alike._details = None
            self._known[str(first.id)] = alike


def plan_for_ids(
    runtime: AnyRuntime,
    module: str,
    values: Row,
    options: ByIdsOptions,
    journal: Journal = NoJournal(),  # noqa: B008
) -> tuple[Plan, Admit]:
    """How the ids of one stream are cut and sent, and admitted.

    Raises UsageError for values or options that can't be, TypeError for an option that there is not.
    """
    known_options(options, ByIdsOptions.__annotations__)
    if options.get("triggers") is not None:
        raise UsageError(
            "A mass update by ids always runs automations; Zoho takes no choice of triggers here"
        )
    data = [wire_values(module, values)]
    check_fields(runtime, module, data[0], options.get("fields"))
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

    how = replace(sending(runtime, OPERATION, call_for, resend=resend, key="ids"), journal=journal)
    plan = Plan(
        partial(send, how=how),
        rows=MASS_UPDATE_IDS_PER_CALL,
        beside=runtime.driver.gate.concurrency,
        journal=journal,
        operation=how.operation,
    )
    return plan, Once(list(data[0].values()).count(None)).admit
