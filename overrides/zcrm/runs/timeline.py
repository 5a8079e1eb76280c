"""How a run went over time: its sessions, what was settled when, its slowest calls; by the journal."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil
from typing import Any

from .journal import Journal

__all__ = ["Slot", "SlowCall", "Timeline", "slowest", "timeline"]

_SLOTS = 60
_SHORTEST = 0.05
_LAST = (
    "SELECT max(coalesce(settled_at, left_at)) FROM spans WHERE coalesce(settled_at, left_at) BETWEEN ? AND ?"
)
_SETTLED = """
SELECT CAST(settled_at / ? AS INTEGER) AS slot, state, sum(last - first + 1) FROM spans
WHERE settled_at IS NOT NULL GROUP BY slot, state
"""
_SLOWEST = """
SELECT min(first), max(last), sum(last - first + 1), left_at, settled_at - left_at AS took,
    group_concat(DISTINCT state), group_concat(DISTINCT code)
FROM spans WHERE settled_at >= left_at GROUP BY left_at, settled_at ORDER BY took DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Session:
    """One time the run was sent or resumed. ended: None where it was killed. ending: how, as facts."""

    started: float
    ended: float | None
    seconds: float
    calls: int
    credits: int
    retries: int
    ending: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Slot:
    """The rows of which it became known within so many seconds what became of them, by state."""

    starts: float
    rows: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The sessions, and their time put end to end and cut into slots of `width` seconds."""

    sessions: list[Session]
    slots: list[Slot]
    width: float

    @property
    def seconds(self) -> float:
        """The time of all sessions."""
        return sum(session.seconds for session in self.sessions)


@dataclass(frozen=True, slots=True)
class SlowCall:
    """A call. first, last: its rows, as result files number them, of which it had `rows`. took: seconds."""

    first: int
    last: int
    rows: int
    left_at: float
    took: float
    states: str
    codes: str


def timeline(journal: Journal) -> Timeline:
    """Cut the time of a run into some sixty slots."""
    sessions = _sessions(journal)
    seconds = sum(session.seconds for session in sessions)
    width = max(seconds / _SLOTS, _SHORTEST)
    slots = [Slot(number * width) for number in range(ceil(seconds / width))]
    starts = [session.started for session in sessions]
    before = [0.0, *accumulate(session.seconds for session in sessions)]
    for number, state, rows in journal.read(_SETTLED, width):
        moment = number * width + width / 2
        place = max(bisect_right(starts, moment) - 1, 0)
        if slots:
            within = min(max(moment - starts[place], 0.0), sessions[place].seconds)
            slots[min(int((before[place] + within) / width), len(slots) - 1)].rows[state] += rows
    return Timeline(sessions, slots, width)


def slowest(journal: Journal, most: int = 10) -> list[SlowCall]:
    """The calls that took longest until what became of their rows was written down."""
    return [
        SlowCall(*record[:5], *(str(said or "").replace(",", ", ") for said in record[5:]))
        for record in journal.read(_SLOWEST, most)
    ]


def _sessions(journal: Journal) -> list[Session]:
    kept = journal.sessions()
    ends = [session["started"] for session in kept[1:]] + [float("inf")]
    return [
        Session(
            session["started"],
            session["ended"],
            (session["ended"] or _last(journal, session["started"], end)) - session["started"],
            session["calls"],
            session["credits"],
            session["retries"],
            json.loads(session["ending"] or "{}"),
        )
        for session, end in zip(kept, ends, strict=True)
    ]


def _last(journal: Journal, started: float, end: float) -> float:
    """The latest sign of life of a session that has no end of its own."""
    [[moment]] = journal.read(_LAST, started, end)
    return float(moment or started)
