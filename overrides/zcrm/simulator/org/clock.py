"""The simulator's clock: it runs with the computer's, or stands where it was set."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple


class Moment(NamedTuple):
    """One instant, whole seconds, as the API writes it and as a number to compare."""

    text: str
    seconds: int


class Clock:
    """Tells the time in one zone: that of the first `now`, else UTC."""

    def __init__(self, now: datetime | None = None) -> None:
        self._fixed: datetime | None = None
        self.zone: tzinfo = UTC
        if now is not None:
            self.set(now)
            assert now.tzinfo is not None
            self.zone = now.tzinfo

    def set(self, now: datetime | None) -> None:
        """Stand still at `now` (with an offset), or run with the computer's clock again (None).

        Raises ValueError when `now` has no offset.
        """
        if now is not None and now.tzinfo is None:
            raise ValueError("now must carry an offset, e.g. datetime(2026, 1, 1, tzinfo=UTC)")
        self._fixed = now

    def advance(self, by: timedelta) -> None:
        """Move on by `by` and stand still there."""
        self.set(self.now() + by)

    @property
    def stands(self) -> bool:
        """Whether it was set, and so does not run."""
        return self._fixed is not None

    def now(self) -> datetime:
        return self._fixed if self._fixed is not None else datetime.now(UTC)

    def moment(self) -> Moment:
        return self.at(self.now())

    def at(self, when: datetime) -> Moment:
        """`when` in the clock's zone, its fraction of a second dropped."""
        local = when.astimezone(self.zone).replace(microsecond=0)
        return Moment(local.isoformat(), int(local.timestamp()))


def parse_time(value: object) -> datetime | None:
    """The instant an ISO 8601 text with an offset names; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if when.tzinfo is None else when
