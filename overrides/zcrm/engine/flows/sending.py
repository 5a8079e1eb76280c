"""One chunk of rows: sent, sent again where that is right, split where one row spoils it, settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import random
from time import time

from ...errors import ConnectionFailed, LimitReached, ZohoError
from ...outcomes import Outcome, State, Tally, mark_in_flight, mark_not_applied, settle, settle_updated
from ...retry import Retry
from ...rules import Rule, Rules
from ...wire.calls import Answer, Call, Lost, NotSent
from .effects import Abandoned, Event, Flow, Sleep, Stopped, Tell
from .patience import Patience, Progress
from .reading import (
    Said,
    Unproved,
    in_callers_rows,
    named_row,
    read_refusal,
    read_rows,
    receipts_of,
    retry_after,
)

CONFLICT = "ALREADY_MODIFIED"
NOT_SENT = "The server could not be reached"
STOPPED = "Stopped before it was sent"
LOST = "Sent, but the answer was lost: the row may or may not have been applied"


@dataclass(frozen=True, slots=True)
class Sending:
    """How the chunks of one stream are sent.

    operation: its name in the error table. call: makes the HTTP call for these rows; it is given what to run
    right before the request leaves. credits: what such a call costs. resend: whether this row may be sent
    again after a lost answer.
    """

    operation: str
    call: Callable[[Sequence[Outcome], Callable[[], None]], Call]
    rules: Rules
    resend: Callable[[Outcome], bool]
    credits: Callable[[int], int]
    retry: Retry = field(default_factory=Retry)
    random: Callable[[], float] = random
    progress: Progress = field(default_factory=Progress)
    wall: Callable[[], float] = time


@dataclass(slots=True)
class Sent:
    """What sending one chunk took; `fatal` when no later call can succeed either."""

    fatal: ZohoError | None = None
    tally: Tally = field(default_factory=Tally)


def send(chunk: Sequence[Outcome], how: Sending) -> Flow[Sent]:
    """Send the rows and settle every one of them."""
    sent = Sent()
    with suppress(Abandoned):
        sent.fatal = yield from _send(list(chunk), how, sent.tally)
    return sent


def _send(rows: list[Outcome], how: Sending, tally: Tally) -> Flow[ZohoError | None]:
    attempt = calls = 0
    patience = Patience(how.retry, how.random, how.progress, how.wall)
    while rows:
        calls += 1
        attempt += 1
        last = attempt == how.retry.attempts
        asked: float | None = None
        failure: ZohoError | Lost | None = None
        try:
            answer: Answer = yield how.call(rows, _starting(rows, how, tally, calls))
            yield Tell(Event("answered", how.operation, len(rows), calls, answer.status))
            if answer.status == 429:
                attempt -= 1
                tally.credits -= how.credits(len(rows))
                if limit := (yield from _wait_for_room(rows, how, patience, answer, calls)):
                    return (yield from _stop(rows, how, limit))
                continue
            how.progress.answers += 1
            ids = [outcome.id for outcome in rows]
            if receipts := receipts_of(answer, ids):
                settle_updated(rows, receipts, answer.status)
                return None
            answer = answer.plain()
            asked = retry_after(answer, how.wall)
            said = read_rows(answer, ids, how.rules, how.operation)
        except Stopped:
            _leave(rows, None)
            return None
        except ZohoError as error:
            tally.credits -= how.credits(len(rows))
            return (yield from _stop(rows, how, error))
        except NotSent as error:
            tally.credits -= how.credits(len(rows))
            failure = ConnectionFailed(f"{NOT_SENT}: {error}")
        except Lost as error:
            failure = error
            rows = _settle_lost(rows, how, error, last=last)
        else:
            if isinstance(said, list):
                rows, fatal = _settle_each(rows, said, how, last=last)
                if fatal is not None:
                    return (yield from _stop(rows, how, fatal))
            elif _request_rule(said, how).retry:
                failure = said.error(how.rules, how.operation)
            else:
                return (yield from _refused(rows, said, how, tally))
        if isinstance(failure, ZohoError):
            _not_applied(rows)
            if last:
                return (yield from _stop(rows, how, failure))
        if rows:
            yield from _pause(rows, how, calls, how.retry.delay(calls, how.random, asked), failure)
    return None


def _wait_for_room(
    rows: Sequence[Outcome], how: Sending, patience: Patience, answer: Answer, calls: int
) -> Flow[LimitReached | None]:
    """Wait after a 429, which costs no attempt; returns what ends the waiting for good."""
    _not_applied(rows)
    refusal = read_refusal(answer).error(how.rules, how.operation)
    try:
        seconds = patience.delay(answer, refusal, calls)
    except LimitReached as limit:
        return limit
    yield from _pause(rows, how, calls, seconds, refusal)
    return None


def _pause(
    rows: Sequence[Outcome], how: Sending, calls: int, seconds: float, failure: ZohoError | Lost | None
) -> Flow[None]:
    code = failure.code if isinstance(failure, ZohoError) else None
    cause = failure.message if isinstance(failure, ZohoError) else str(failure or "")
    yield Tell(Event("retrying", how.operation, len(rows), calls, code=code, cause=cause, seconds=seconds))
    yield Sleep(seconds)


def _stop(rows: Sequence[Outcome], how: Sending, error: ZohoError) -> Flow[ZohoError]:
    """Going on is pointless: the rows stay unsent, with the reason."""
    _leave(rows, error)
    yield Tell(Event("stopping", how.operation, len(rows), code=error.code, cause=error.message))
    return error


def _starting(rows: Sequence[Outcome], how: Sending, tally: Tally, attempt: int) -> Callable[[], None]:
    def starting() -> None:
        tally.calls += 1
        tally.credits += how.credits(len(rows))
        tally.retries += attempt > 1
        mark_in_flight(rows)

    return starting


def _request_rule(said: Said, how: Sending) -> Rule:
    return how.rules.find(how.operation, said.status, said.code, "request")


def _refused(rows: list[Outcome], said: Said, how: Sending, tally: Tally) -> Flow[ZohoError | None]:
    """The whole call was refused for good: nothing of it was applied."""
    rule = _request_rule(said, how)
    _not_applied(rows)
    if rule.fatal:
        return (yield from _stop(rows, how, said.error(how.rules, how.operation)))
    if rule.isolate and len(rows) > 1:
        return (yield from _split(rows, said, how, tally))
    for outcome in rows:
        _settle(outcome, in_callers_rows(said, rows), rule)
    return None


def _split(rows: list[Outcome], said: Said, how: Sending, tally: Tally) -> Flow[ZohoError | None]:
    """Find the row for whose sake all were refused: named by the answer, else by halving."""
    yield Tell(Event("splitting", how.operation, len(rows), status=said.status, code=said.code))
    named = named_row(said)
    if named is not None and named < len(rows):
        _settle(rows[named], in_callers_rows(said, rows), _request_rule(said, how))
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
    rows: list[Outcome], said: list[Said | Unproved], how: Sending, *, last: bool
) -> tuple[list[Outcome], ZohoError | None]:
    """Settle each row by its own answer; return those to be sent again, and what makes going on pointless."""
    again: list[Outcome] = []
    fatal: ZohoError | None = None
    for outcome, item in zip(rows, said, strict=True):
        if isinstance(item, Unproved):
            again += _settle_lost([outcome], how, item, last=last)
            continue
        if item.ok:
            settle(
                outcome,
                "updated",
                code=item.code,
                message=item.message,
                details=item.details,
                http_status=item.status,
            )
            continue
        rule = how.rules.find(how.operation, item.status, item.code, "record")
        if rule.fatal:
            fatal = item.error(how.rules, how.operation)
            leave(outcome, fatal)
        elif rule.retry and not last:
            mark_not_applied(outcome)
            again.append(outcome)
        else:
            _settle(outcome, in_callers_rows(item, rows), rule)
    return again, fatal


def _settle(outcome: Outcome, said: Said, rule: Rule) -> None:
    """Settle a row that Zoho refused; after a lost answer its code may be our own doing."""
    state: State = "conflict" if said.code == CONFLICT else "rejected"
    if outcome._lost and rule.state_dependent:
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


def _settle_lost(rows: Sequence[Outcome], how: Sending, why: Lost, *, last: bool) -> list[Outcome]:
    """Settle the rows that must not be sent again; return the others."""
    said = why.said if isinstance(why, Unproved) else None
    again = []
    for outcome in rows:
        outcome._lost = True
        if not last and how.resend(outcome):
            again.append(outcome)
        else:
            settle(
                outcome,
                "unknown",
                code=said.code if said else None,
                message=f"{LOST} ({why})" + (f": {said.message}" if said and said.message else ""),
                details=said.details if said else None,
                http_status=said.status if said else None,
                fix=_request_rule(said, how).fix(said.message, said.details) if said else "",
                retryable=how.resend(outcome),
            )
    return again


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
    settle(
        outcome,
        outcome.state,
        code=error.code if error else None,
        message=error.message if error else LOST if outcome._lost else STOPPED,
        details=error.details if error else None,
        http_status=error.http_status if error else None,
        fix=error.fix if error else "",
        retryable=True,
    )


def tell_as_known(outcome: Outcome) -> None:
    """Settle a row whose call was cut short on our side: its state is the truth as it stands."""
    settle(
        outcome,
        outcome.state,
        message=LOST if outcome.state == "unknown" else STOPPED,
        retryable=outcome.state == "unsent",
    )
