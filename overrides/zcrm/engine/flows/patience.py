"""Calls until they get through: a bad answer, or none, uses up an attempt, a 429 uses up patience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import random
from time import time
from typing import Any, Literal

from ...errors import LimitReached, OutOfCredits
from ...retry import Retry
from ...rules import Rules
from ...wire.calls import Answer, Call, Lost, NotSent
from .effects import Event, Flow, Sleep, Tell
from .reading import Said, envelope
from .waiting import credits_are_spent, credits_left, in_words, retry_after

THROTTLED = "TOO_MANY_REQUESTS"
_AT_ONCE = "Too many calls at once"
_AT_A_TIME = "Too many requests fired in concurrent than the allowed limit."
_IN_A_DAY = ""
"""The messages by which the error table tells the two kinds of 429 apart; Zoho's own does not."""


def _always() -> bool:
    return True


@dataclass(slots=True)
class Progress:
    """How many answers of the client were no 429s; all its flows share one."""

    answers: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What all calls of one client have in common.

    rules: the error table. random: gives numbers from 0 to 1. wall: the time of day in seconds, for servers
    that give dates. heard: whether anybody listens to what each answer was.
    """

    rules: Rules
    retry: Retry = field(default_factory=Retry)
    random: Callable[[], float] = random
    progress: Progress = field(default_factory=Progress)
    wall: Callable[[], float] = time
    heard: Callable[[], bool] = _always


class Tries:
    """The calls that one flow makes for the same thing; `made` counts them all."""

    def __init__(self, policy: Policy, operation: str) -> None:
        self.made = 0
        self._policy = policy
        self._operation = operation
        self._used = 0
        self._answer: Answer | None = None
        self._seen = policy.progress.answers
        self._refusals = 0
        self._waited = 0.0

    @property
    def last(self) -> bool:
        """Whether no attempt is left after this one."""
        return self._used + 1 >= self._policy.retry.attempts

    def answer(self, call: Call, rows: int, refused: Callable[[], None], price: int) -> Flow[Answer]:
        """The answer once the call gets through.

        rows: of the call. refused: run after each 429. price: of the call, in credits.
        Raises LimitReached when waiting is pointless or has been long enough, and what the call raises.
        """
        self._answer = None
        call.price = price
        while True:
            self.made += 1
            call.started = None
            try:
                answer: Answer = yield call
            except NotSent as error:
                yield self._told("unreachable", call, rows, cause=str(error))
                raise
            except Lost as error:
                yield self._told("lost", call, rows, cause=str(error), price=price)
                raise
            got_through = answer.status != 429
            if self._policy.heard():
                yield self._told(
                    "answered",
                    call,
                    rows,
                    status=answer.status,
                    code=envelope(answer.body, answer.status).code or None,
                    credits=credits_left(answer),
                    price=price if got_through else 0,
                )
            if got_through:
                self._policy.progress.answers += 1
                self._answer = answer
                return answer
            said = envelope(answer.body, answer.status)
            code = THROTTLED if said.doubt else said.code
            seconds = self._patience(answer, said, code, rows)
            refused()
            yield from self._wait(seconds, rows, _with(_AT_ONCE, said), code)

    def _told(
        self, name: Literal["answered", "unreachable", "lost"], call: Call, rows: int, **known: Any
    ) -> Tell:
        known |= {"started": call.started, "seconds": call.seconds}
        return Tell(Event(name, self._operation, rows, self.made, **known))

    def again(self, rows: int, cause: str, code: str | None) -> Flow[None]:
        """Use up an attempt, and wait for the next."""
        self._used += 1
        asked = retry_after(self._answer, self._policy.wall) if self._answer else None
        seconds = self._policy.retry.delay(self.made, self._policy.random, asked)
        yield from self._wait(seconds, rows, cause, code)

    def _wait(self, seconds: float, rows: int, cause: str, code: str | None) -> Flow[None]:
        told = Event("retrying", self._operation, rows, self.made, code=code, cause=cause, seconds=seconds)
        yield Tell(told)
        yield Sleep(seconds)

    def _patience(self, answer: Answer, said: Said, code: str, rows: int) -> float:
        """Seconds to wait after a 429; raises LimitReached when that is pointless."""
        retry, progress = self._policy.retry, self._policy.progress
        if progress.answers != self._seen:
            self._seen, self._refusals, self._waited = progress.answers, 0, 0.0
        asked = retry_after(answer, self._policy.wall)
        if credits_are_spent(answer, rows):
            raise self._out_of_credits(said, code, asked, credits_left(answer) or 0.0)
        if asked is not None and asked > retry.cap:
            why = f"{_AT_ONCE}: Zoho asks to wait {in_words(asked)}, longer than Retry.cap ({retry.cap:,g} s)"
        elif self._waited >= retry.patience:
            why = f"{_AT_ONCE}: no call got through in {in_words(self._waited)} of waiting"
        else:
            self._refusals += 1
            seconds = retry.delay(self._refusals, self._policy.random, asked)
            self._waited += max(seconds, 1.0)
            return seconds
        raise LimitReached(_with(why, said), **self._known(said, code, _AT_A_TIME), retry_after=asked)

    def _out_of_credits(self, said: Said, code: str, asked: float | None, left: float) -> OutOfCredits:
        why = (
            f"Out of API credits: Zoho says that {left:,.0f} are left (X-API-CREDITS-REMAINING), of those "
            "that a day has. Each comes back 24 hours after it was used"
        )
        if asked is not None:
            why += f"; Zoho asks to wait {in_words(asked)}"
        return OutOfCredits(why, left=left, **self._known(said, code, _IN_A_DAY), retry_after=asked)

    def _known(self, said: Said, code: str, kind: str) -> dict[str, Any]:
        rule = self._policy.rules.find(self._operation, 429, THROTTLED, "request")
        return {"code": code, "details": said.details, "http_status": 429, "fix": rule.fix(kind, {})}


def _with(words: str, said: Said) -> str:
    return f"{words} ({said.message})" if said.message else words
