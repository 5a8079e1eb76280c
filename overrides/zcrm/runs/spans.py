"""Rows next to each other of which the same is known: how a journal keeps them, and how rows become them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from ..files.shown import escaped
from ..outcomes import Outcome

__all__ = ["FLYING", "Span", "Told", "flying", "settled", "told_of"]

FLYING = "flying"
"""The state of rows whose call has left and not come back: they may have been applied."""

Told = tuple[str, str, str, str, str, int]
"""What result files tell of a row: code, field, message, details, fix, attempts."""

_number = attrgetter("input.number")
_sent = attrgetter("attempts", "_plain")
_said = attrgetter(
    *("state", "code", "message", "fix", "attempts", "http_status", "_plain", "_resent", "retryable")
)


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
    for rows in _alike(outcomes, _sent):
        one, last = rows[0], _number(rows[-1])
        yield Span(_number(one), last, FLYING, attempts=one.attempts + 1, again=int(one._plain), left_at=now)


def settled(outcomes: Sequence[Outcome], now: float) -> Iterator[Span]:
    """What is known of rows by now; nothing of those that were stopped before any call."""
    kept = [outcome for outcome in outcomes if outcome.state != "unsent" or outcome.attempts]
    for rows in _alike(kept, _said):
        for told in [rows] if rows[0].state == "updated" else _alike(rows, _details_of):
            one, last = told[0], _number(told[-1])
            details, field = _details_of(one)
            yield Span(
                _number(one),
                last,
                one.state,
                one.code,
                one.message,
                details,
                field,
                one.fix,
                one.attempts,
                one.http_status,
                int(one._plain),
                int(one._resent),
                settled_at=now,
                retryable=int(one.retryable),
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


def _alike(outcomes: Sequence[Outcome], known: Callable[[Outcome], object]) -> Iterator[list[Outcome]]:
    """Cut into rows that follow each other and of which the same is known."""
    in_order = sorted(outcomes, key=_number)
    facts = [*map(known, in_order)]
    if not in_order:
        return
    if facts.count(facts[0]) == len(facts) and _number(in_order[-1]) - _number(in_order[0]) == len(facts) - 1:
        yield in_order
        return
    numbers = [*map(_number, in_order)]
    first = 0
    for place in range(1, len(facts) + 1):
        if place == len(facts) or numbers[place] != numbers[place - 1] + 1 or facts[place] != facts[first]:
            yield in_order[first:place]
            first = place
