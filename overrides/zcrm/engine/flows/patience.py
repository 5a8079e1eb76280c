"""Waiting while Zoho refuses calls as too many: patience, not failure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import random
from time import time

from ...errors import LimitReached, ZohoError
from ...retry import Retry
from ...wire.calls import Answer
from .reading import out_of_credits, retry_after

MOST_REFUSALS = 1_000
"""In a row, where the waits between them are next to nothing."""


@dataclass(slots=True)
class Progress:
    """How many answers of the client were no refusals for concurrency; all its flows share one."""

    answers: int = 0


@dataclass(slots=True)
class Patience:
    """How long one flow has waited since anything of the client got through.

    retry: how long a wait may be, and all of them together. random: gives a number from 0 to 1.
    wall: seconds since the epoch.
    """

    retry: Retry
    random: Callable[[], float] = random
    progress: Progress = field(default_factory=Progress)
    wall: Callable[[], float] = time
    _waited: float = 0.0
    _seen: int = 0

    def delay(self, answer: Answer, refusal: ZohoError, calls: int) -> float:
        """Seconds to wait after this refusal. Raises LimitReached when it is no use, or took too long."""
        if out_of_credits(answer):
            raise _limit("The API credits of the day are used up", refusal)
        if self.progress.answers != self._seen:
            self._seen, self._waited = self.progress.answers, 0.0
        asked = retry_after(answer, self.wall)
        if asked is not None and asked > self.retry.cap:
            raise _limit(f"Zoho asks to wait {asked:,.0f} s, more than Retry.cap allows", refusal)
        if self._waited >= self.retry.patience:
            raise _limit(f"Zoho has refused every call for {self._waited:,.0f} s of waiting", refusal)
        seconds = self.retry.delay(calls, self.random, asked)
        self._waited += max(seconds, self.retry.patience / MOST_REFUSALS)
        return seconds


def _limit(why: str, refusal: ZohoError) -> ZohoError:
    return refusal.as_a(LimitReached, f"{why}: {refusal.message}")
