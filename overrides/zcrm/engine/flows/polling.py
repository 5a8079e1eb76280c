"""Waiting for a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ...errors import AnswerLost, ConnectionFailed, LimitReached, WaitTimeout, ZohoError
from .effects import Event, Flow, Sleep, Tell


class Status(Protocol):
    """As much of a job's status as waiting needs."""

    @property
    def done(self) -> bool: ...


S = TypeVar("S", bound=Status)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look: after `first` seconds, each wait `factor` times the last, up to `cap`.

    jitter: by what share a wait is shorter or longer at random: many jobs are not to be asked about at once.
    """

    first: float = 1.0
    factor: float = 1.5
    cap: float = 20.0
    jitter: float = 0.2


@dataclass(frozen=True, slots=True)
class Watching:
    """How a job is waited for.

    operation: what `look` calls, by its name in the error table. now: a monotonic clock in seconds.
    timeout: seconds to wait in all; None waits for ever. random: gives numbers from 0 to 1. fix: how to go on
    once the time is up.
    """

    operation: str
    now: Callable[[], float]
    timeout: float | None
    pace: Pace
    random: Callable[[], float] = lambda: 0.5
    fix: str = ""


def wait(look: Callable[[], Flow[S]], on_progress: Callable[[S], object] | None, how: Watching) -> Flow[S]:
    """Look until the job is done; returns its last status. A look that fails for a while is no end.

    Raises WaitTimeout when the time is up, and what `look` raises besides.
    """
    deadline = None if how.timeout is None else how.now() + how.timeout
    pause = how.pace.first
    status: S | None = None
    while True:
        failed: ZohoError | None = None
        try:
            status = yield from look()
        except (AnswerLost, ConnectionFailed, LimitReached) as error:
            failed = error
        else:
            if on_progress is not None:
                on_progress(status)
            if status.done:
                return status
        if deadline is not None and how.now() >= deadline:
            raise WaitTimeout(
                f"The last look at the job failed: {failed}" if failed else "The job is still running",
                status=status,
                fix=how.fix,
            ) from failed
        asked = failed.retry_after or 0.0 if isinstance(failed, LimitReached) else 0.0
        left = max(pause * (1 + how.pace.jitter * (2 * how.random() - 1)), asked)
        if deadline is not None:
            left = max(0.0, min(left, deadline - how.now()))
        if failed is not None:
            yield Tell(Event("retrying", how.operation, code=failed.code, cause=failed.message, seconds=left))
        yield Sleep(left)
        pause = min(pause * how.pace.factor, how.pace.cap)
