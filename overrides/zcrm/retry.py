"""How often and how soon a call is made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential back-off with full jitter.

    attempts: calls in all, the first one included.
    base: seconds that the first wait may last at most; each further wait may last twice as long.
    cap: seconds that no wait exceeds, not even one that the server asks for.
    """

    attempts: int = 5
    base: float = 1.0
    cap: float = 60.0

    def delay(self, attempt: int, random: Callable[[], float], retry_after: float | None = None) -> float:
        """Seconds to wait after attempt number `attempt` (from 1).

        random: gives a number from 0 to 1. retry_after: seconds that the server asked for; they win.
        """
        if retry_after is not None:
            return min(max(retry_after, 0.0), self.cap)
        return random() * min(self.cap, self.base * 2.0 ** (attempt - 1))


NO_RETRY = Retry(attempts=1)
