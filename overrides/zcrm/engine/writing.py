"""What writing records and writing appointments share: how rows are sent, and the single row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ..errors import AnswerLost, UsageError, ZohoError, error_class
from ..outcomes import Outcome
from ..rows.admission import Admission
from ..rows.options import Row, Settings
from ..wire.calls import UnsentCall
from .flows.credits import for_rows
from .flows.effects import Event, Flow, Tell
from .flows.sending import Journal, NoJournal, Sending, send
from .flows.streaming import Plan
from .runtime import AnyRuntime


def plan(
    runtime: AnyRuntime,
    operation: str,
    call: Callable[[Sequence[Outcome]], UnsentCall],
    checked: Settings,
    rows_per_call: int,
    journal: Journal = NoJournal(),  # noqa: B008
) -> Plan:
    """How a stream of rows is cut and sent."""
    how = replace(sending(runtime, operation, call, resend=checked.resend), journal=journal)
    return Plan(
        partial(send, how=how),
        rows=rows_per_call,
        beside=runtime.driver.gate.concurrency,
        bytes=checked.bytes_per_call,
        flush_after=checked.flush_after,
        journal=journal,
        operation=operation,
    )


def sending(
    runtime: AnyRuntime,
    operation: str,
    call: Callable[[Sequence[Outcome]], UnsentCall],
    *,
    resend: bool,
    key: str = "data",
) -> Sending:
    """How chunks are sent: by this operation, under the client's policy. key: of the body, for the rows."""
    return Sending(
        operation=operation,
        call=lambda rows, starting: call(rows)(starting),
        policy=runtime.policy,
        resend=lambda outcome: resend and outcome._plain,
        credits=for_rows,
        key=key,
    )


def row_for(record_id: str | int, fields: Row) -> dict[str, object]:
    """The row of one record; raises UsageError where `fields` name another record, or are none."""
    if not isinstance(fields, Mapping):
        raise UsageError(f"The fields are a mapping, not {type(fields).__name__}")
    if "id" in fields and str(fields["id"]) != str(record_id):
        raise UsageError(f"The fields name record {fields['id']}, the call names record {record_id}")
    return {**fields, "id": record_id}


def admit_one(admission: Admission, record_id: str | int, fields: Row) -> Outcome:
    """The outcome of a single row; raises UsageError when it cannot be sent."""
    outcome = admission.admit(0, row_for(record_id, fields), alone=True)
    if outcome.state == "rejected":
        raise UsageError(outcome.message, code=outcome.code, details=outcome.details)
    outcome.input = fields
    return outcome


def send_one(outcome: Outcome, how: Sending) -> Flow[Outcome]:
    """Send a single row; returns its outcome, raises a ZohoError when it was not updated."""
    sent = yield from send([outcome], how)
    yield Tell(Event("settled", how.operation, 1, states={outcome.state: 1}))
    if outcome.state == "updated":
        return outcome
    if outcome.state == "unknown":
        raise _error(outcome, AnswerLost) from sent.fatal
    raise sent.fatal or _error(outcome, error_class(outcome.code, outcome.http_status))


def _error(outcome: Outcome, kind: type[ZohoError]) -> ZohoError:
    return kind(
        outcome.message,
        code=outcome.code,
        details=outcome.details,
        http_status=outcome.http_status,
        fix=outcome.fix,
    )
