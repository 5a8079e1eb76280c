"""How often and how soon a call is made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .errors import UsageError


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential back-off with full jitter.

    attempts: calls in all, the first one included. Calls that Zoho refuses as too many (429) do not count.
    base: seconds that the first wait may last at most; each further wait may last twice as long.
    cap: seconds that no wait exceeds. Who asks for more with a 429 ends the run at once.
    patience: seconds of waiting after 429s during which nothing of the client gets through, in all.

    Raises UsageError for fewer than one attempt, and for seconds that are negative or no number.
    """

    attempts: int = 5
    base: float = 1.0
    cap: float = 60.0
    patience: float = 600.0

    def __post_init__(self) -> None:
        if not isinstance(self.attempts, int) or self.attempts < 1:
            raise UsageError(f"Retry(attempts={self.attempts!r}): at least one call is made")
        for name in ("base", "cap", "patience"):
            seconds = getattr(self, name)
            if not isinstance(seconds, int | float) or not seconds >= 0:
                raise UsageError(f"Retry({name}={seconds!r}): it is seconds, 0 or more")

    def delay(self, attempt: int, random: Callable[[], float], retry_after: float | None = None) -> float:
        """Seconds to wait after attempt number `attempt` (from 1).

        random: gives a number from 0 to 1. retry_after: seconds that the server asked for; they win.
        """
        if retry_after is not None:
            return min(max(retry_after, 0.0), self.cap)
        return random() * min(self.cap, self.base * 2.0 ** min(attempt - 1, 60))


NO_RETRY = Retry(attempts=1, patience=0.0)
