"""One call that is about no rows: a page, a job, a single record. Asked again where that is safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import random
from time import time

from ...errors import AnswerLost, ConnectionFailed, ZohoError
from ...outcomes import Tally
from ...retry import Retry
from ...rules import Rules
from ...wire.calls import Answer, Call, Lost, NotSent
from .credits import PER_READ
from .effects import Event, Flow, Sleep, Tell
from .patience import Patience, Progress
from .reading import Said, read_flat, read_item, retry_after

NOTHING = (204, 304)


@dataclass(frozen=True, slots=True)
class Asking:
    """How one call is made.

    operation: its name in the error table. call: makes the HTTP call; it is given what to run right before
    the request leaves. repeatable: whether it may be made again after a lost answer.
    """

    operation: str
    call: Callable[[Callable[[], None]], Call]
    rules: Rules
    repeatable: bool = True
    retry: Retry = field(default_factory=Retry)
    random: Callable[[], float] = random
    progress: Progress = field(default_factory=Progress)
    wall: Callable[[], float] = time


def ask(how: Asking, tally: Tally) -> Flow[Answer | Said]:
    """The answer when it carries data or nothing (204, 304); else what was said of the whole call.

    Raises ConnectionFailed, AnswerLost, LimitReached, or what signing in raises.
    """
    attempt = calls = 0
    patience = Patience(how.retry, how.random, how.progress, how.wall)
    while True:
        calls += 1
        attempt += 1
        seconds = asked = None
        try:
            answer: Answer = yield how.call(_starting(tally, calls))
            yield Tell(Event("answered", how.operation, 0, calls, answer.status))
            if answer.status in NOTHING:
                return answer
            answer = answer.plain()
            said = read_flat(answer)
            if said is None and answer.status >= 400:
                said = read_item(answer)
            asked = retry_after(answer, how.wall)
        except NotSent as error:
            tally.credits -= PER_READ
            failure: ZohoError = ConnectionFailed(f"The server could not be reached: {error}")
        except Lost as error:
            failure = AnswerLost(f"Sent, but the answer was lost ({error})")
            if not how.repeatable:
                raise failure from error
        else:
            if said is None:
                how.progress.answers += 1
                return answer
            failure = said.error(how.rules, how.operation)
            if said.status == 429:
                tally.credits -= PER_READ
                attempt -= 1
                seconds = patience.delay(answer, failure, calls)
            elif not how.rules.find(how.operation, said.status, said.code, "request").retry:
                how.progress.answers += 1
                return said
        if seconds is None:
            if attempt == how.retry.attempts:
                raise failure
            seconds = how.retry.delay(calls, how.random, asked)
        yield Tell(Event("retrying", how.operation, 0, calls, cause=str(failure), seconds=seconds))
        yield Sleep(seconds)


def _starting(tally: Tally, attempt: int) -> Callable[[], None]:
    def starting() -> None:
        tally.calls += 1
        tally.credits += PER_READ
        tally.retries += attempt > 1

    return starting
