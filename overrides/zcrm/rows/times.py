"""Times as a person types them: days and hours in a zone, and how far to move something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import UsageError

__all__ = ["Shift", "moment", "zone_of"]

_SHIFT = re.compile(r"([+-]?)(\d{1,6})\s*([mhd])")


def zone_of(name: str) -> tzinfo:
    """The time zone of this name. Raises UsageError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"There is no time zone {name!r}", fix="Name one such as Europe/Berlin.") from error


def moment(option: str, text: str, zone: tzinfo | None) -> datetime:
    """The time that a day or a time of day stands for, such as 2027-05-04 or 2027-05-04T09:30.

    zone: of a text without an offset; a day begins at its midnight. Raises UsageError for a text that is no
    time, needs a zone, or names an hour that the clocks skip or strike twice.
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{option}: {text!r} is no time", fix="Write it like 2027-05-04 or 2027-05-04T09:30."
        ) from None
    if time.tzinfo is not None:
        return time
    if zone is None:
        raise UsageError(f"{option}: {text!r} needs a time zone", fix="Say which: --tz Europe/Berlin.")
    return _placed(option, time, zone)


def _placed(option: str, time: datetime, zone: tzinfo) -> datetime:
    first, second = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise UsageError(
            f"{option}: the clocks of {zone} are changed at {time:%Y-%m-%dT%H:%M}",
            fix="Write the time with its offset, like 2027-05-04T09:30+02:00.",
        )
    return first


@dataclass(frozen=True, slots=True)
class Shift:
    """How far to move: a duration, or days that keep the time of day in a zone."""

    by: timedelta
    zone: tzinfo | None = None

    @classmethod
    def parse(cls, text: str, zone: tzinfo | None) -> Shift:
        """Read `30m`, `2h` or `1d`, with a minus for earlier. Raises UsageError; days need a zone."""
        found = _SHIFT.fullmatch(text.strip())
        if found is None or not int(found[2]):
            raise UsageError(f"--by: {text!r} is no such span as 30m, 2h or 1d")
        number = int(found[1] + found[2])
        if found[3] == "d":
            if zone is None:
                raise UsageError(f"--by: {text!r} needs a time zone", fix="Say which: --tz Europe/Berlin.")
            return cls(timedelta(days=number), zone)
        return cls(timedelta(minutes=number) if found[3] == "m" else timedelta(hours=number))

    def of(self, start: datetime) -> datetime:
        """That much later than an aware time. Raises UsageError as `moment` does."""
        try:
            if self.zone is None:
                return start + self.by
            return _placed("--by", start.astimezone(self.zone).replace(tzinfo=None) + self.by, self.zone)
        except OverflowError:
            raise UsageError("--by: that is beyond the calendar") from None
