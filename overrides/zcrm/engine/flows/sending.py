"""One chunk of rows: sent, sent again where that is right, split where one row spoils it, settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ...errors import ConnectionFailed, ZohoError
from ...outcomes import (
    Outcome,
    State,
    Tally,
    mark_in_flight,
    mark_not_applied,
    settle,
    settle_as,
    settle_updated,
)
from ...rules import Rule
from ...wire.calls import Call, Lost, NotSent
from .effects import Abandoned, Event, Flow, Stopped, Tell
from .patience import Policy, Tries
from .reading import Said, Unproved, read_rows, receipts_of

CONFLICT = "ALREADY_MODIFIED"
NOT_SENT = "The server could not be reached"
STOPPED = "Stopped before it was sent"
LOST = "Sent, but the answer was lost: the row may or may not have been applied"


class Journal(Protocol):
    """What is told of rows before anything else can happen to them. What it raises stops the stream."""

    def leaving(self, outcomes: Sequence[Outcome]) -> None:
        """The call that carries these rows leaves next, unless this raises. On the thread that makes it."""

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        """These rows are settled; nobody was told yet."""


class NoJournal:
    """Keeps nothing."""

    def leaving(self, outcomes: Sequence[Outcome]) -> None: ...

    def settled(self, outcomes: Sequence[Outcome]) -> None: ...


@dataclass(frozen=True, slots=True)
class Sending:
    """How the chunks of one stream are sent.

    operation: its name in the error table. call: makes the HTTP call for these rows; it is given what to run
    right before the request leaves. resend: whether this row may be sent again after a lost answer. credits:
    what such a call costs. key: of the body, under which the rows are.
    """

    operation: str
    call: Callable[[Sequence[Outcome], Callable[[], None]], Call]
    policy: Policy
    resend: Callable[[Outcome], bool]
    credits: Callable[[int], int]
    key: str = "data"
    journal: Journal = field(default_factory=NoJournal)


@dataclass(slots=True)
class Sent:
    """What sending one chunk took; `fatal` when no later call can succeed either."""

    fatal: ZohoError | None = None
    tally: Tally = field(default_factory=Tally)


def send(chunk: Sequence[Outcome], how: Sending) -> Flow[Sent]:
    """Send the rows and settle every one of them."""
    sent = Sent()
    try:
        sent.fatal = yield from _send(list(chunk), how, sent.tally)
        how.journal.settled(chunk)
    except Abandoned:
        pass
    return sent


def _send(rows: list[Outcome], how: Sending, tally: Tally) -> Flow[ZohoError | None]:
    tries = Tries(how.policy, how.operation)
    while rows:
        last = tries.last
        failure: ZohoError | None = None
        cause, code = "", None

        def refused(rows: Sequence[Outcome] = rows) -> None:
            tally.credits -= how.credits(len(rows))
            _not_applied(rows)

        call = how.call(rows, _starting(rows, how, tally, tries))
        try:
            answer = yield from tries.answer(call, len(rows), refused, how.credits(len(rows)))
            if receipts := receipts_of(answer, [outcome.id for outcome in rows]):
                settle_updated(rows, receipts, answer.status)
                return None
            said = read_rows(answer.plain(), rows, how.policy.rules, how.operation, how.key)
        except Stopped:
            _leave(rows, None)
            return None
        except ZohoError as error:
            if call.started is not None:
                tally.credits -= how.credits(len(rows))
            return (yield from _stop(rows, how, error))
        except NotSent as error:
            tally.credits -= how.credits(len(rows))
            failure = ConnectionFailed(f"{NOT_SENT}: {error}")
        except Lost as error:
            lost = _Loss(str(error), error.said if isinstance(error, Unproved) else None, last)
            cause, code = lost.why, lost.said.code if lost.said else None
            rows = [outcome for outcome in rows if _is_sent_again(outcome, how, lost)]
        else:
            if isinstance(said, list):
                rows, cause, fatal = _settle_each(rows, said, how, last=last)
                if fatal is not None:
                    return (yield from _stop(rows, how, fatal))
            elif _request_rule(said, how).retry:
                failure = said.error(how.policy.rules, how.operation)
            else:
                return (yield from _refused(rows, said, how, tally))
        if failure is not None:
            cause, code = failure.message, failure.code
            _not_applied(rows)
            if last:
                return (yield from _stop(rows, how, failure))
        if rows:
            yield from tries.again(len(rows), cause, code)
    return None


def _stop(rows: Sequence[Outcome], how: Sending, error: ZohoError) -> Flow[ZohoError]:
    """Going on is pointless: the rows stay unsent, with the reason."""
    _leave(rows, error)
    yield Tell(Event("stopping", how.operation, len(rows), code=error.code, cause=error.message))
    return error


def _starting(rows: Sequence[Outcome], how: Sending, tally: Tally, tries: Tries) -> Callable[[], None]:
    def starting() -> None:
        how.journal.leaving(rows)
        tally.calls += 1
        tally.credits += how.credits(len(rows))
        tally.retries += tries.made > 1
        mark_in_flight(rows)

    return starting


def _request_rule(said: Said, how: Sending) -> Rule:
    return how.policy.rules.find(how.operation, said.status, said.code, "request")


def _refused(rows: list[Outcome], said: Said, how: Sending, tally: Tally) -> Flow[ZohoError | None]:
    """The whole call was refused for good: nothing of it was applied."""
    rule = _request_rule(said, how)
    _not_applied(rows)
    if rule.fatal:
        return (yield from _stop(rows, how, said.error(how.policy.rules, how.operation)))
    if rule.isolate and len(rows) > 1:
        return (yield from _split(rows, said, how, tally))
    for outcome in rows:
        _settle(outcome, said, rule)
    return None


def _split(rows: list[Outcome], said: Said, how: Sending, tally: Tally) -> Flow[ZohoError | None]:
    """Find the row for whose sake all were refused: named by the answer, else by halving."""
    yield Tell(Event("splitting", how.operation, len(rows), status=said.status, code=said.code))
    if len(said.places) == 1 and (named := min(said.places)) < len(rows):
        _settle(rows[named], said, _request_rule(said, how))
        parts = [rows[:named] + rows[named + 1 :]]
    else:
        middle = len(rows) // 2
        parts = [rows[:middle], rows[middle:]]
    fatal: ZohoError | None = None
    for part in parts:
        if fatal is None:
            fatal = yield from _send(part, how, tally)
        else:
            _leave(part, fatal)
    return fatal


def _settle_each(
    rows: list[Outcome], said: list[Said], how: Sending, *, last: bool
) -> tuple[list[Outcome], str, ZohoError | None]:
    """Settle each row by its own answer; return those to send again, why, and what makes that pointless."""
    again = []
    cause = ""
    fatal: ZohoError | None = None
    for outcome, item in zip(rows, said, strict=True):
        rule = how.policy.rules.find(how.operation, item.status, item.code, "record")
        if item.doubt:
            if _is_sent_again(outcome, how, _Loss(item.doubt, None, last)):
                again.append(outcome)
                cause = item.doubt
        elif rule.fatal:
            fatal = item.error(how.policy.rules, how.operation, "record")
            leave(outcome, fatal)
        elif rule.retry and not last:
            mark_not_applied(outcome)
            again.append(outcome)
            cause = item.message
        else:
            _settle(outcome, item, rule)
    return again, cause, fatal


def _settle(outcome: Outcome, said: Said, rule: Rule) -> None:
    """Settle a row by what Zoho says of it; after a lost answer a refusal's code may be our own doing."""
    state: State = "updated" if said.ok else "conflict" if said.code == CONFLICT else "rejected"
    if outcome._lost and rule.state_dependent and not said.ok:
        state = "unknown"
    settle(
        outcome,
        state,
        code=said.code,
        message=said.message,
        details=said.details,
        http_status=said.status,
        fix=rule.fix(said.message, said.details),
        retryable=bool(rule.fixes) and (rule.retry or rule.state_dependent),
    )


@dataclass(frozen=True, slots=True)
class _Loss:
    """An answer lost, in the last attempt or before; `said`: what it says, though it proves nothing."""

    why: str
    said: Said | None
    last: bool


def _is_sent_again(outcome: Outcome, how: Sending, lost: _Loss) -> bool:
    """Whether a row whose answer was lost may be; else it is settled."""
    outcome._lost = True
    if not lost.last and how.resend(outcome):
        return True
    told = lost.said.error(how.policy.rules, how.operation) if lost.said else ZohoError("")
    _settle_by(outcome, "unknown", told, f"{LOST} ({lost.why})", retryable=how.resend(outcome))
    return False


def _settle_by(
    outcome: Outcome, state: State, error: ZohoError, message: str, *, retryable: bool = True
) -> None:
    settle(
        outcome,
        state,
        code=error.code,
        message=message,
        details=error.details,
        http_status=error.http_status,
        fix=error.fix,
        retryable=retryable,
    )


def _not_applied(rows: Sequence[Outcome]) -> None:
    for outcome in rows:
        mark_not_applied(outcome)


def _leave(rows: Sequence[Outcome], error: ZohoError | None) -> None:
    """Settle rows that will not be sent (again): `unsent`, or `unknown` after a lost answer."""
    for outcome in rows:
        leave(outcome, error)


def leave(outcome: Outcome, error: ZohoError | None) -> None:
    """Settle a row that will not be sent: with the error that stopped the stream, if one did."""
    mark_not_applied(outcome)
    why = error or ZohoError(LOST if outcome._lost else STOPPED)
    message = f"{LOST} ({why.message})" if error and outcome._lost else why.message
    _settle_by(outcome, outcome.state, why, message)


def tell_as_known(outcome: Outcome) -> None:
    """Settle a row whose call was cut short on our side: its state is the truth as it stands."""
    if outcome._first is not None:
        settle_as(outcome, outcome._first)
        return
    settle(
        outcome,
        outcome.state,
        message=LOST if outcome.state == "unknown" else STOPPED,
        retryable=outcome.state == "unsent",
    )
