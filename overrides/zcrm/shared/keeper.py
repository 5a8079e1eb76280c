"""Keeps the leases of one process: one thread asks the store for all who wait.

So an interrupt or a cancel never falls into the talk with the store, and a process asks no oftener for a
hundred threads than for one.
"""

from __future__ import annotations

import atexit
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from random import random
from secrets import token_hex
from threading import get_ident
from weakref import ReferenceType, WeakSet, ref

from ..engine.flows.effects import Stopped
from ..engine.threads import start
from ..errors import SharedStateLost, ZohoError
from .budget import Asked, Lease, Returned
from .cells import Away, Cell, meet
from .leaves import SharedLeave, Turn

_log = logging.getLogger("zcrm.shared")
_POLL = 0.01
_LOOK = 0.5
_RETRY = 0.2
_AT_EXIT = 2.0
_LONG = 10.0
_Message = Turn | Returned | ReferenceType[SharedLeave] | SimpleQueue[None] | None


@dataclass(frozen=True, slots=True)
class Terms:
    """How leases are kept.

    seconds: a lease lasts. late: seconds after which one that was asked for is not used any more.
    patience: seconds for which the store may be away. clock: monotonic seconds.
    """

    concurrency: int
    seconds: float
    late: float
    patience: float
    clock: Callable[[], float]


class Keeper:
    """Asks for leases, hands them to those who wait, returns them. What it is told is one queue."""

    def __init__(self, cell: Callable[[], Cell], terms: Terms) -> None:
        self.limit = terms.concurrency
        self._open = cell
        self._terms = terms
        self._holder = token_hex(8)
        self._inbox: SimpleQueue[_Message] = SimpleQueue()
        self._asleep = [True]
        self._cell: Cell | None = None
        self._waiting: deque[Turn] = deque()
        self._held: dict[int, Lease] = {}
        self._out: dict[ReferenceType[SharedLeave], Returned] = {}
        self._returned: list[tuple[Returned, float]] = []
        self._settling: list[SimpleQueue[None]] = []
        self._away_since: float | None = None
        self._idle_since: float | None = None
        self._unsure = False
        self._over = False
        _keepers.add(self)

    def wait(self, turn: Turn) -> None:
        """Have the turn's future come true: with a leave, Stopped or SharedStateLost. From any thread."""
        self._inbox.put(turn)
        self._wake()

    def release(self, returned: Returned) -> None:
        """Return a lease, soon. From any thread."""
        self._inbox.put(returned)
        self._wake()

    def dismiss(self) -> None:
        """Nobody will wait any more."""
        self._inbox.put(None)

    def stay_behind(self) -> None:
        """In a forked child: what the parent holds is none of the child's, not even to be closed there."""
        _keepers.discard(self)
        _of_parents.append(self)

    def settle(self, seconds: float) -> None:
        """Wait until all that was released is returned, but no longer than so many seconds."""
        if not self._asleep and (self._held or self._returned or not self._inbox.empty()):
            settled: SimpleQueue[None] = SimpleQueue()
            self._inbox.put(settled)
            with suppress(Empty):
                settled.get(timeout=seconds)

    def _wake(self) -> None:
        if self._asleep:
            start(partial(self._run, get_ident()), "zcrm-leases")

    def _run(self, caller: int) -> None:
        """Keep leases; on the caller's own thread, as at the interpreter's exit, until nothing is to do."""
        try:
            self._asleep.pop()
        except IndexError:
            return
        alone = get_ident() == caller
        try:
            while not (self._over and not self._held and not self._returned):
                self._hear((self._pause() or 0.0) if alone else self._pause())
                self._meet()
                if alone and self._idle():
                    break
        finally:
            if self._cell is not None:
                self._cell.close()
                self._cell = None
            self._asleep.append(True)

    def _idle(self) -> bool:
        unsaid = self._returned and self._away_since is None
        return self._inbox.empty() and not self._waiting and not unsaid

    def _pause(self) -> float | None:
        """Seconds until the store is to be asked again, unless there is something to say before."""
        if self._away_since is not None and (self._waiting or self._returned):
            return _RETRY * (0.5 + random())  # noqa: S311
        if self._unsure:
            return 0.0
        if self._waiting:
            return _POLL * (0.5 + random())  # noqa: S311
        return _LOOK if self._held else None

    def _hear(self, seconds: float | None) -> None:
        with suppress(Empty):
            self._take(self._inbox.get(timeout=seconds))
            while True:
                self._take(self._inbox.get_nowait())

    def _take(self, message: _Message) -> None:
        match message:
            case Turn():
                self._waiting.append(message)
            case Returned():
                self._take_back(message)
            case ReferenceType():
                self._take_back(self._out.pop(message))
            case None:
                self._over = True
            case _:
                self._settling.append(message)

    def _take_back(self, returned: Returned) -> None:
        if self._held.pop(returned.number, None):
            self._returned.append((returned, self._terms.clock() + self._terms.seconds))

    def _meet(self) -> None:
        self._dismiss_stopped()
        turns, began = list(self._waiting), self._terms.clock()
        asked = Asked(
            holder=self._holder,
            seconds=self._terms.seconds,
            concurrency=self._terms.concurrency,
            held=list(self._held.values()),
            returned=[returned for returned, _ in self._returned],
            wanted=[turn.price for turn in turns],
        )
        try:
            self._cell = self._cell or self._open()
            met = meet(self._cell, asked)
        except Away as error:
            self._bear(error)
        except Exception as error:  # noqa: BLE001
            self._refuse(error)
        else:
            if self._away_since is not None:
                _log.warning("The store of the shared budget answers again")
            self._away_since = None
            self._returned.clear()
            self.limit = min(met.budget.limit(met.now), self._terms.concurrency)
            late = self._terms.clock() - began > self._terms.late
            self._unsure = late or self._hand_out(turns, met.given)
            self._tell_of_others(len(met.budget.leases))
        for settled in self._settling:
            settled.put(None)
        self._settling.clear()

    def _dismiss_stopped(self) -> None:
        """Let those go who want no leave any longer."""
        for turn in list(self._waiting):
            cancelled = turn.future.cancelled()
            if cancelled or turn.stopped():
                self._waiting.remove(turn)
                if turn.future.set_running_or_notify_cancel():
                    turn.future.set_exception(Stopped())

    def _hand_out(self, turns: Sequence[Turn], given: Sequence[Lease]) -> bool:
        """Whether a lease was not wanted after all: the store hears so next time."""
        unwanted = False
        for turn, lease in zip(turns, given, strict=False):
            self._waiting.popleft()
            if turn.future.set_running_or_notify_cancel():
                self._held[lease.number] = lease
                turn.future.set_result(self._leave(Returned(lease.number)))
            else:
                unwanted = True
        return unwanted

    def _leave(self, returned: Returned) -> SharedLeave:
        leave = SharedLeave(returned, self.release)
        self._out[ref(leave, self._inbox.put)] = returned
        return leave

    def _tell_of_others(self, in_flight: int) -> None:
        """Say so, once, where others have had all leave for long."""
        now = self._terms.clock()
        if self._held or not self._waiting:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now - self._idle_since > _LONG:
            self._idle_since = inf
            _log.warning("Waiting for leave: others who share the budget have %d calls in flight", in_flight)

    def _bear(self, error: Away) -> None:
        """The store is away: try again, and refuse all who wait once that takes too long."""
        now = self._terms.clock()
        self._returned = [(returned, until) for returned, until in self._returned if now < until]
        if self._away_since is None:
            self._away_since = now
            _log.warning("The store of the shared budget does not answer, so no call leaves: %s", error)
        if now - self._away_since >= self._terms.patience:
            self._refuse(
                SharedStateLost(
                    "The store of the shared budget has been out of reach for "
                    f"{now - self._away_since:.0f} s: {error}",
                    fix="No call leaves without it. Start it, then go on.",
                )
            )
        if self._over and not self._waiting:
            self._held.clear()
            self._returned.clear()

    def _refuse(self, error: Exception) -> None:
        self._unsure = False
        while self._waiting:
            turn = self._waiting.popleft()
            if turn.future.set_running_or_notify_cancel():
                turn.future.set_exception(_like(error))


def _like(error: Exception) -> Exception:
    """The same for one more thread."""
    if isinstance(error, ZohoError):
        return error.as_a(type(error), error.message)
    return error


_keepers: WeakSet[Keeper] = WeakSet()
_of_parents: list[Keeper] = []


@atexit.register
def _settle_all() -> None:
    for keeper in list(_keepers):
        keeper.settle(_AT_EXIT)
