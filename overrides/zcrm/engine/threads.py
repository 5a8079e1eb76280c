"""Starting, waiting and waking where an interrupt may fall at any point.

Nothing here takes a lock written in Python on the thread that may be interrupted: one that an interrupt
leaves held would be held for ever.
"""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import NoReturn, TypeVar

T = TypeVar("T")

_LOOK = 0.5


def start(target: Callable[[], None], name: str) -> None:
    """Run `target` on a thread of its own; where none can be started, as at exit, on this one.

    `Thread.start` waits by such a lock, so a bare thread calls it.
    """
    try:
        _thread.start_new_thread(Thread(target=target, name=name, daemon=True).start, ())
    except RuntimeError:
        target()


def begin(work: Callable[[], T], name: str) -> SimpleQueue[Callable[[], T]]:
    """`start` it; the queue gets what returns its result, or raises what it raised."""
    ended: SimpleQueue[Callable[[], T]] = SimpleQueue()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001
            ended.put(partial(_raise, error))
        else:
            ended.put(lambda: result)

    start(run, name)
    return ended


def _raise(error: BaseException) -> NoReturn:
    raise error


def take(queue: SimpleQueue[T], seconds: float = inf) -> T:
    """The next thing of a queue; raises queue.Empty when none came for so long.

    Looks up now and then: an interrupt that came just before the wait does not end it, and on Windows none
    does.
    """
    end = monotonic() + seconds
    while (left := end - monotonic()) > _LOOK:
        try:
            return queue.get(timeout=_LOOK)
        except Empty:
            continue
    return queue.get(timeout=max(left, 0.0))


class Stop:
    """Set once, from anywhere; ends waits. Calls leave one by one, so that none does once it is set."""

    def __init__(self) -> None:
        self._set = False
        self._woken: SimpleQueue[None] = SimpleQueue()
        self._leaving = Lock()

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        self._woken.put(None)

    def set_between_calls(self) -> None:
        """`set`, and wait for a call that is just leaving: what has left by then is all that ever will."""
        with self._leaving:
            self.set()

    def unless_set(self, starting: Callable[[], None]) -> bool:
        """Run `starting` and say True, unless it is set."""
        with self._leaving:
            if self._set:
                return False
            starting()
            return True

    def wait(self, seconds: float) -> None:
        """Wait so long, or until it is set."""
        if not self._set:
            with suppress(Empty):
                take(self._woken, seconds)
                self._woken.put(None)


class Signal:
    """Tells those who wait that something has changed; they look for themselves what it is."""

    def __init__(self) -> None:
        self._waiting: deque[SimpleQueue[None]] = deque()

    def wait(self, until: Callable[[], object], timeout: float = inf) -> None:
        """Wait until `until()` holds; with a `timeout` in seconds, no longer than that for one change."""
        while not until():
            turn: SimpleQueue[None] = SimpleQueue()
            self._waiting.append(turn)
            if until():
                return
            try:
                take(turn, timeout)
            except Empty:
                return

    def notify(self) -> None:
        """Wake all who wait. Called by one thread only."""
        while self._waiting:
            self._waiting.pop().put(None)
