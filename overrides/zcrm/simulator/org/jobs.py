"""Scheduled mass updates: how they move from SCHEDULED to their end, and how they are asked about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

STATES: Final = ("SCHEDULED", "RUNNING", "COMPLETED")


@dataclass(slots=True)
class Job:
    """One scheduled mass update of the records in `ids`.

    It shows each of `states` to one poll, the last for ever; or, when `seconds` is set, each for an equal
    share of that time since `started`. Records are updated evenly over the RUNNING states; a job that ends as
    FAILED leaves those behind `stop_after` (default: half) alone.
    """

    id: str
    module: str
    view_id: str
    ids: tuple[str, ...]
    update: Callable[[str], bool]
    states: tuple[str, ...]
    started: datetime
    seconds: float | None = None
    stop_after: int | None = None
    polls: int = 0
    stage: int = 0
    handled: int = 0
    updated: int = 0
    failed: int = 0

    @property
    def state(self) -> str:
        return self.states[self.stage]

    @property
    def ended(self) -> bool:
        return self.stage == len(self.states) - 1

    def advance(self, now: datetime, *, polled: bool = False) -> None:
        """Move to the stage that time or this poll brings, and update the records due by then."""
        last = len(self.states) - 1
        if self.seconds is not None:
            elapsed = (now - self.started).total_seconds()
            self.stage = last if self.seconds <= 0 else min(last, int(elapsed / self.seconds * last))
        elif polled:
            self.stage = min(last, self.polls)
            self.polls += 1
        self._work()

    def finish(self) -> None:
        self.stage = len(self.states) - 1
        self.polls = len(self.states)
        self.seconds = None
        self._work()

    def _work(self) -> None:
        for id_ in self.ids[self.handled : self._due()]:
            self.handled += 1
            if self.update(id_):
                self.updated += 1
            else:
                self.failed += 1

    def _due(self) -> int:
        total = len(self.ids)
        end = total
        if self.states[-1] == "FAILED":
            end = total // 2 if self.stop_after is None else min(self.stop_after, total)
        if self.ended:
            return end
        running = [state == "RUNNING" for state in self.states]
        return end * sum(running[: self.stage + 1]) // (sum(running) + 1)

    def report(self) -> dict[str, Any]:
        """What a poll answers."""
        return {
            "Status": self.state,
            "Failed_Count": self.failed,
            "Updated_Count": self.updated,
            "Not_Updated_Count": len(self.ids) - self.updated - self.failed,
            "Total_Count": len(self.ids),
        }


@dataclass(slots=True)
class Jobs:
    """All jobs of one simulator, and how the next ones go."""

    states: tuple[str, ...] = STATES
    seconds: float | None = None
    by_id: dict[str, Job] = field(default_factory=dict)

    def active(self, view_id: str, now: datetime) -> bool:
        """Whether a job for this view has not ended."""
        jobs = [job for job in self.by_id.values() if job.view_id == view_id]
        for job in jobs:
            job.advance(now)
        return any(not job.ended for job in jobs)
