"""What a file would cost: calls, credits and time, found by cutting it as the engine would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from zcrm_api.limits import CONCURRENT_UPDATES

from ..engine.flows.chunks import Chunker
from ..engine.flows.credits import for_rows
from ..outcomes import Outcome
from ..rows.options import BYTES_PER_CALL
from .feed import Due
from .request import Request
from .rules import canary_of
from .writes import admit_of

__all__ = ["DAILY_CREDITS", "Forecast", "forecast"]

DAILY_CREDITS = {
    "free": (5_000, 0, 5_000),
    "standard": (50_000, 250, 100_000),
    "professional": (50_000, 500, 3_000_000),
    "enterprise": (50_000, 1_000, 5_000_000),
    "ultimate": (50_000, 2_000, None),
}
"""By edition: credits of a day, more for each user, and the most there are."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would take: rows to be sent, calls, credits (assumed), seconds."""

    rows: int
    calls: int
    credits: int
    seconds: float


def forecast(feed: Iterable[Due], request: Request, environment: str, answer_time: float) -> Forecast:
    """Read the table once and cut it into calls. answer_time: seconds a call takes."""
    time = ""
    admit = admit_of(request, lambda: time)
    lines: Iterator[Due] = iter(feed)
    canary, above = canary_of(request.rules, environment)
    first = list(islice(lines, above + 1))
    parts: list[Iterator[Due]] = [chain(first, lines)]
    if canary and len(first) > above:
        parts = [iter(first[:canary]), chain(first[canary:], lines)]
    rows = calls = credits_ = 0
    for part in parts:
        chunker = Chunker(request.kind.rows, BYTES_PER_CALL)
        for due in part:
            time = due.since
            outcome = admit(due.number, due.row)
            if not outcome._settled:
                rows += 1
                chunker.add([outcome])
            for chunk in _taken(chunker, partial=False):
                calls, credits_ = calls + 1, credits_ + for_rows(len(chunk))
        for chunk in _taken(chunker, partial=True):
            calls, credits_ = calls + 1, credits_ + for_rows(len(chunk))
    beside = request.concurrency or CONCURRENT_UPDATES
    return Forecast(rows, calls, credits_, -(-calls // beside) * answer_time)


def _taken(chunker: Chunker, *, partial: bool) -> Iterator[list[Outcome]]:
    while chunk := chunker.take(partial=partial):
        yield chunk
        chunker.finished(chunk)
