"""What a subscription allows: credits in 24 hours and calls at a time."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from zcrm.simulator.answers.requests import Request
from zcrm.simulator.org.clock import Clock
from zcrm.simulator.site.choices import Choices

DAY_SECONDS: Final = 86_400
HEAVY_CALLS: Final = 10
ROWS_PER_CREDIT: Final = 10


class Edition(NamedTuple):
    """One edition's allowance; `jobs` says whether a mass update can take a custom view."""

    base_credits: int
    credits_per_user: int
    most_credits: int | None
    calls: int
    jobs: bool


EDITIONS: Final = {
    "free": Edition(5_000, 0, 5_000, 5, False),
    "standard": Edition(50_000, 250, 100_000, 10, False),
    "professional": Edition(50_000, 500, 3_000_000, 15, False),
    "enterprise": Edition(50_000, 1_000, 5_000_000, 20, True),
    "zoho_one": Edition(50_000, 1_000, 5_000_000, 20, True),
    "ultimate": Edition(50_000, 2_000, None, 25, True),
    "crm_plus": Edition(50_000, 2_000, None, 25, True),
}

_HEAVY: Final = frozenset({"update_records", "update_appointments", "mass_update"})
_PER_ROWS: Final = _HEAVY | {"update_record", "update_appointment"}


def cost(request: Request, choices: Choices) -> int:
    """The credits of a call, as assumed: 1 per started ten rows or ids of a write, else 1."""
    payload = request.payload
    if request.operation not in _PER_ROWS or not isinstance(payload, dict):
        return 1
    if request.operation == "mass_update" and choices.mass_update_price == "per_call":
        return 1
    rows = payload.get("ids" if request.operation == "mass_update" else "data")
    return max(1, -(-len(rows) // ROWS_PER_CREDIT)) if isinstance(rows, list) else 1


@dataclass(slots=True)
class Meters:
    """Counts credits over a window, which is the last 24 hours, and calls in flight."""

    clock: Clock
    edition: Edition
    credits_per_day: int
    window: int = DAY_SECONDS
    _spent: deque[tuple[int, int]] = field(default_factory=deque)
    _used: int = 0
    _calls: int = 0
    _heavy_calls: int = 0

    def enter(self, operation: str | None) -> bool:
        """Count a call in, unless as many as allowed are in flight."""
        heavy = operation in _HEAVY
        if self._calls >= self.edition.calls or (heavy and self._heavy_calls >= HEAVY_CALLS):
            return False
        self._calls += 1
        self._heavy_calls += heavy
        return True

    def leave(self, operation: str | None) -> None:
        self._calls -= 1
        self._heavy_calls -= operation in _HEAVY

    @property
    def used(self) -> int:
        """Credits of the last 24 hours."""
        end = int(self.clock.now().timestamp()) - self.window
        while self._spent and self._spent[0][0] <= end:
            self._used -= self._spent.popleft()[1]
        return self._used

    @property
    def remaining(self) -> int:
        return max(0, self.credits_per_day - self.used)

    @property
    def announced(self) -> int | None:
        """What the header X-API-CREDITS-REMAINING says: nothing before half the day's credits are used."""
        return self.remaining if 2 * self.used >= self.credits_per_day else None

    def seconds_until(self, credits_: int) -> int:
        """Seconds until so many are left, if none is used meanwhile."""
        missing = credits_ - self.remaining
        for used_at, number in self._spent:
            missing -= number
            if missing <= 0:
                return used_at + self.window - int(self.clock.now().timestamp())
        return self.window

    def charge(self, credits_: int) -> None:
        self._spent.append((int(self.clock.now().timestamp()), credits_))
        self._used += credits_


def credits_of(edition: Edition, users: int) -> int:
    """The credits an edition gives in 24 hours for that many users."""
    credits_ = edition.base_credits + users * edition.credits_per_user
    return credits_ if edition.most_credits is None else min(credits_, edition.most_credits)
