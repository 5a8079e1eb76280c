"""One call that is about no rows: a page, a job, a single record. Asked again where that is safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import AnswerLost, ConnectionFailed, ZohoError
from ...outcomes import Tally
from ...wire.calls import Answer, Lost, NotSent, UnsentCall
from .credits import PER_READ
from .effects import Flow
from .patience import Policy, Tries
from .reading import Said, Unproved, read_flat


@dataclass(frozen=True, slots=True)
class Asking:
    """How one call is made.

    operation: its name in the error table. call: makes the HTTP call; it is given what to run right before
    the request leaves. repeatable: whether it may be made again after a lost answer. read: what its answer
    says, or None when it carries data; raises Lost where it says nothing to trust.
    """

    operation: str
    call: UnsentCall
    policy: Policy
    repeatable: bool = True
    read: Callable[[Answer], Said | None] = read_flat


def ask(how: Asking, tally: Tally) -> Flow[Any]:
    """The answer when it carries data or nothing (204, 304); else what was said.

    Raises ConnectionFailed, AnswerLost, LimitReached, SharedStateLost, or what signing in raises.
    """
    tries = Tries(how.policy, how.operation)

    def starting() -> None:
        tally.calls += 1
        tally.credits += PER_READ
        tally.retries += tries.made > 1

    def refused() -> None:
        tally.credits -= PER_READ

    while True:
        final = tries.last
        call = how.call(starting)
        try:
            answer = yield from tries.answer(call, 0, refused, PER_READ)
            answer = answer.plain()
            said = how.read(answer)
        except ZohoError:
            if call.started is not None:
                refused()
            raise
        except NotSent as error:
            refused()
            failure: ZohoError = ConnectionFailed(f"The server could not be reached: {error}")
        except Lost as error:
            failure = _lost(error, how)
            final = final or not how.repeatable
        else:
            if said is None:
                return answer
            if not how.policy.rules.find(how.operation, said.status, said.code, "request").retry:
                return said
            failure = said.error(how.policy.rules, how.operation)
        if final:
            raise failure
        yield from tries.again(0, failure.message, failure.code)


def _lost(error: Lost, how: Asking) -> ZohoError:
    """The same for callers, with what the answer says though it proves nothing."""
    said = error.said if isinstance(error, Unproved) else None
    told = said.error(how.policy.rules, how.operation) if said else ZohoError("")
    return told.as_a(AnswerLost, f"Sent, but the answer was lost ({error})")
