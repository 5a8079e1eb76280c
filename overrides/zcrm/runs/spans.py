"""Rows next to each other of which the same is known: how a journal keeps them, and how rows become them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from ..files.shown import escaped
from ..outcomes import Outcome

__all__ = ["FLYING", "Span", "Told", "flying", "settled", "told_of"]

FLYING = "flying"
"""The state of rows whose call has left and not come back: they may have been applied."""

Told = tuple[str, str, str, str, str, int]
"""What result files tell of a row: code, field, message, details, fix, attempts."""

_number = attrgetter("input.number")


class Span(NamedTuple):
    """Rows next to each other, from `first` to `last`, of which the same is known.

    again: whether they may be sent again although the answer to them was lost. left_at, settled_at: seconds
    since 1970. retryable: as of their outcomes.
    """

    first: int
    last: int
    state: str
    code: str | None = None
    message: str = ""
    details: str | None = None
    field: str | None = None
    fix: str = ""
    attempts: int = 0
    http_status: int | None = None
    again: int = 1
    resent: int = 0
    left_at: float | None = None
    settled_at: float | None = None
    retryable: int = 0

    @property
    def told(self) -> Told:
        """What result files tell of these rows."""
        said = (self.code or "", self.field or "", self.message, self.details or "", self.fix)
        return (*said, self.attempts)


def flying(outcomes: Sequence[Outcome], now: float) -> Iterator[Span]:
    """What is known of rows whose call leaves next."""
    for first, last, (attempts, again) in _runs(outcomes, lambda row: (row.attempts, row._plain)):
        yield Span(first, last, FLYING, attempts=attempts + 1, again=int(again), left_at=now)


def settled(outcomes: Sequence[Outcome], now: float) -> Iterator[Span]:
    """What is known of rows by now; nothing of those that were stopped before any call."""
    kept = [outcome for outcome in outcomes if outcome.state != "unsent" or outcome.attempts]
    for first, last, known in _runs(kept, _known):
        state, code, message, details, field, fix, attempts, http_status, again, resent, retryable = known
        yield Span(
            first,
            last,
            state,
            code,
            message,
            details,
            field,
            fix,
            attempts,
            http_status,
            int(again),
            int(resent),
            settled_at=now,
            retryable=int(retryable),
        )


def told_of(outcome: Outcome) -> Told:
    """What result files tell of a row, as its span would."""
    details, field = _details_of(outcome)
    said = (outcome.code or "", field or "", outcome.message, details or "", outcome.fix)
    return (*said, outcome.attempts)


def _details_of(row: Outcome) -> tuple[str | None, str | None]:
    """The details of a row that was not updated, as JSON, and the field that they name."""
    if row.state == "updated" or not row.details:
        return None, None
    details = escaped(json.dumps(dict(row.details), ensure_ascii=False, default=str))
    return details, str(row.details.get("api_name", "")) or None


def _known(row: Outcome) -> tuple[Any, ...]:
    details, field = _details_of(row)
    return (
        row.state,
        row.code,
        row.message,
        details,
        field,
        row.fix,
        row.attempts,
        row.http_status,
        row._plain,
        row._resent,
        row.retryable,
    )


def _runs(
    outcomes: Sequence[Outcome], known: Callable[[Outcome], tuple[Any, ...]]
) -> Iterator[tuple[int, int, tuple[Any, ...]]]:
    """Cut into (first row, last row, what is known) where rows follow each other and the same is known."""
    in_order = sorted(outcomes, key=_number)
    if not in_order:
        return
    first = last = _number(in_order[0])
    same = known(in_order[0])
    for row in in_order[1:]:
        number, what = _number(row), known(row)
        if number != last + 1 or what != same:
            yield first, last, same
            first, same = number, what
        last = number
    yield first, last, same
