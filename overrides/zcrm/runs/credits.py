"""Out of API credits: when they come back, and the wait for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ..engine.threads import Stop
from ..errors import OutOfCredits
from .journal import Journal

__all__ = ["CreditsWait", "back_from", "tell_when"]

_DAY = 86_400.0
_LEAST = 60.0


@dataclass(frozen=True, slots=True)
class CreditsWait:
    """How to wait for credits.

    look_again: seconds after which to try again although nobody has said that there are credits by then: what
    others used may have come back, and a call that is refused costs nothing. sleep: waits so many seconds, or
    until the stop is set.
    """

    look_again: float = 900.0
    sleep: Callable[[float, Stop], object] = lambda seconds, stop: stop.wait(seconds)

    def seconds(self, error: OutOfCredits, journal: Journal) -> float:
        """How long to wait: as Zoho asks; else until credits of the run's own come back, or `look_again`."""
        if error.retry_after is not None:
            return max(error.retry_after, 1.0)
        back = back_from(journal)
        return self.look_again if back is None else min(self.look_again, max(back - journal.clock(), _LEAST))


def back_from(journal: Journal) -> float | None:
    """When the first credits come back that the run used in the last 24 hours; seconds since 1970."""
    used = journal.first_sent(journal.clock() - _DAY)
    return None if used is None else used + _DAY


def tell_when(error: OutOfCredits, journal: Journal) -> None:
    """Add to the error's words when the run's own credits come back."""
    back = back_from(journal)
    if back is not None:
        when = datetime.fromtimestamp(back, UTC).astimezone()
        error.message += f"; those that this run used come back from {when:%Y-%m-%d %H:%M %z} on"
