"""Waiting for a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ...errors import AnswerLost, ConnectionFailed, LimitReached, WaitTimeout, ZohoError
from .effects import Flow, Sleep


class Status(Protocol):
    """As much of a job's status as waiting needs."""

    @property
    def done(self) -> bool: ...


S = TypeVar("S", bound=Status)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look: after `first` seconds, each wait `factor` times the last, up to `cap`."""

    first: float = 1.0
    factor: float = 1.5
    cap: float = 20.0


def wait(
    look: Callable[[], Flow[S]],
    now: Callable[[], float],
    timeout: float | None,
    on_progress: Callable[[S], object] | None,
    pace: Pace,
) -> Flow[S]:
    """Look until the job is done; returns its last status.

    now: a monotonic clock in seconds. timeout: seconds to wait in all; None waits for ever.
    A look that fails for lack of an answer, or as one too many, is not the last one.
    Raises WaitTimeout when the time is up, and what else `look` raises.
    """
    deadline = None if timeout is None else now() + timeout
    pause = pace.first
    status: S | None = None
    trouble: ZohoError | None = None
    while True:
        try:
            status = yield from look()
        except (AnswerLost, ConnectionFailed, LimitReached) as error:
            trouble = error
        else:
            if on_progress is not None:
                on_progress(status)
            if status.done:
                return status
        if deadline is not None and now() >= deadline:
            raise WaitTimeout("The job is still running", status=status) from trouble
        left = pause if deadline is None else min(pause, deadline - now())
        yield Sleep(max(left, 0.0))
        pause = min(pause * pace.factor, pace.cap)
