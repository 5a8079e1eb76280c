"""Sends the rows of a run: the first ones alone where a rule says so, until none is left or it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from threading import Lock

from ..client import ZohoCRM
from ..engine.threads import Stop
from ..engine.updates import Updates
from ..outcomes import DONE, Outcome, Tally
from .feed import Due, Feed
from .ledger import Ledger
from .request import Request
from .rules import ErrorLimit, canary_of
from .writes import updates_for

__all__ = ["Sender", "SoFar", "Watch"]

Watch = Callable[[Outcome], object]


@dataclass(frozen=True, slots=True)
class SoFar:
    """How far a run is: rows done, those that needed no sending included; what the calls took."""

    rows: int = 0
    calls: int = 0
    credits: int = 0
    retries: int = 0


class Sender:
    """Sends rows, and knows what stopped it. May be stopped from any thread, and before it begins.

    tally: what the calls of the last sending took. cleared: values it sent as null, in updated rows.
    interrupted: somebody asked it to stop. stop_rule: the rule that did. ended: set when either is.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self.cleared = 0
        self.interrupted = False
        self.stop_rule: str | None = None
        self.ended = Stop()
        self._limit: ErrorLimit | None = None
        self._proven = False
        self._updates: Updates | None = None
        self._feed: Feed | None = None
        self._out = 0
        self._before = Tally()
        self._lock = Lock()

    @property
    def stopped(self) -> bool:
        """Whether nothing new is to be sent."""
        return self.interrupted or self.stop_rule is not None

    def stop(self) -> None:
        """Send nothing new; what is in flight is taken in."""
        self.interrupted = True
        self._halt()

    def stop_for(self, rule: str) -> None:
        """`stop`, because a rule says so."""
        self.stop_rule = self.stop_rule or rule
        self._halt()

    def send(
        self,
        crm: ZohoCRM,
        request: Request,
        feed: Feed,
        ledger: Ledger,
        watch: Watch,
        *,
        rows: int,
        environment: str,
    ) -> None:
        """Send what the feed gives. rows: of the whole input. Raises what the stream of updates raises."""
        self._before.add(self.tally)
        self.tally, self.cleared, self._out, self._feed = Tally(), 0, 0, feed
        self._limit = self._limit or ErrorLimit(request.rules.max_errors, rows)
        stream = _Stream(self, crm, request, ledger, watch, self._limit)
        canary, above = (0, 0) if self._proven else canary_of(request.rules, environment)
        lines = iter(feed)
        first = list(islice(lines, above + 1))
        if canary and len(first) > above:
            alone = first[:canary]
            well = stream.send(iter(alone))
            if well * 2 < len(alone):
                self.stop_for(f"of the {len(alone)} rows sent first, only {well} went well (--canary)")
            first = first[canary:]
        self._proven = True
        if not self.stopped:
            stream.send(chain(first, lines))

    @property
    def so_far(self) -> SoFar:
        """How far it is, over all its sendings."""
        spent = Tally()
        under_way = self._updates
        for tally in (self._before, self.tally, under_way.summary.tally if under_way else Tally()):
            spent.add(tally)
        out = self._out + (_sent(under_way) if under_way else 0)
        rows = out + (self._feed.passed_over if self._feed else 0)
        return SoFar(rows, spent.calls, spent.credits, spent.retries)

    def ended_stream(self, updates: Updates) -> None:
        """These updates are over: what they took is added up."""
        self._updates = None
        self.tally.add(updates.summary.tally)
        self.cleared += updates.summary.cleared
        self._out += _sent(updates)

    def begun(self, updates: Updates) -> None:
        """These updates are under way: they are what is stopped."""
        with self._lock:
            self._updates = updates
        if self.stopped:
            updates.stop()

    def _halt(self) -> None:
        self.ended.set()
        with self._lock:
            if self._updates is not None:
                self._updates.stop()


class _Stream:
    """How each of the streams of one sending is sent."""

    def __init__(
        self,
        sender: Sender,
        crm: ZohoCRM,
        request: Request,
        ledger: Ledger,
        watch: Watch,
        limit: ErrorLimit,
    ) -> None:
        self._sender = sender
        self._crm = crm
        self._request = request
        self._ledger = ledger
        self._watch = watch
        self._limit = limit
        self._time = ""

    def send(self, lines: Iterator[Due]) -> int:
        """Send these rows; returns how many went well."""
        sender, request = self._sender, self._request
        rows = self._timed(lines) if request.since_column else lines
        updates = updates_for(self._crm, request, rows, self._ledger, lambda: self._time)
        sender.begun(updates)
        try:
            with updates:
                for outcome in updates:
                    if why := self._limit.add(outcome.state):
                        sender.stop_for(why)
                    self._watch(outcome)
        finally:
            sender.ended_stream(updates)
        return sum(updates.summary.states[state] for state in DONE)

    def _timed(self, lines: Iterator[Due]) -> Iterator[Due]:
        for line in lines:
            self._time = line.since
            yield line


def _sent(updates: Updates) -> int:
    """The rows that came out of these updates, but for those that were not sent."""
    return updates.summary.rows - updates.summary.states["unsent"]
