"""How long a server asks to wait, in whatever form it says so, and how long that is in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from ...errors import LONGEST_WAIT
from ...wire.calls import Answer
from .credits import for_rows


def retry_after(answer: Answer, wall: Callable[[], float]) -> float | None:
    """Seconds that the server asks to wait, by its header or by its details; None when it does not.

    A day at the most: by then the credits of any call have come back.

    wall: the time of day in seconds, for a date from a server that does not give its own.
    """
    details = answer.body.get("details") if isinstance(answer.body, dict) else None
    told = details.get("retry_after") if isinstance(details, dict) else None
    for asked in (answer.headers.get("retry-after"), told):
        if asked is None:
            continue
        if (seconds := _number(asked)) is not None:
            return _bounded(seconds)
        if (until := _date(asked)) is not None:
            now = _date(answer.headers.get("date"))
            return _bounded(until - (wall() if now is None else now))
    return None


def credits_left(answer: Answer) -> float | None:
    """API credits left of the day's; None where the answer does not say, as it does only past their half."""
    return _number(answer.headers.get("x-api-credits-remaining"))


def credits_are_spent(answer: Answer, rows: int) -> bool:
    """Whether the answer says that too few API credits are left for its call. rows: of the call."""
    left = credits_left(answer)
    return left is not None and left < max(for_rows(rows), 1)


def in_words(seconds: float) -> str:
    """So many seconds as people read them: `90 s`, `45 min`, `13 h 20 min`."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _number(text: Any) -> float | None:
    try:
        number = float(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def _date(text: Any) -> float | None:
    try:
        date = parsedate_to_datetime(str(text))
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
