"""How many calls a client has in flight, threads and tasks together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from threading import Lock

_PATIENCE = 10
_MOST_PATIENCE = 320


@dataclass(slots=True)
class Pass:
    """Leave for one call; set `throttled` when Zoho refused it as one too many."""

    cut: int
    throttled: bool = False


class Gate:
    """Lets `concurrency` calls in at a time, first come first served.

    A throttled call halves the limit, once for all calls that were in flight together. It then rises by one
    after so many calls went well; that number doubles whenever the rise proves too much, so that a tight cap
    at the server costs few refused calls, and halves again whenever it does not.
    """

    def __init__(self, concurrency: int) -> None:
        if concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        self._most = concurrency
        self._limit = concurrency
        self._in_flight = 0
        self._cuts = 0
        self._went_well = 0
        self._patience = _PATIENCE
        self._waiting: deque[Future[Pass]] = deque()
        self._lock = Lock()

    @property
    def concurrency(self) -> int:
        """Calls in flight at the most."""
        return self._most

    @property
    def limit(self) -> int:
        """Calls in flight at the most, as things stand."""
        return self._limit

    @contextmanager
    def enter(self) -> Iterator[Pass]:
        """Wait for leave on this thread, and hold it inside the block."""
        leave = self._at_once()
        if leave is None:
            turn = self._queue()
            try:
                leave = turn.result()
            except BaseException:
                self._withdraw(turn)
                raise
        try:
            yield leave
        finally:
            self._release(leave)

    @asynccontextmanager
    async def aenter(self) -> AsyncIterator[Pass]:
        """The same for a task."""
        leave = self._at_once()
        if leave is None:
            turn = self._queue()
            try:
                leave = turn.result() if turn.done() else await asyncio.wrap_future(turn)
            except BaseException:
                self._withdraw(turn)
                raise
        try:
            yield leave
        finally:
            self._release(leave)

    def _at_once(self) -> Pass | None:
        with self._lock:
            if self._waiting or self._in_flight >= self._limit:
                return None
            self._in_flight += 1
            return Pass(cut=self._cuts)

    def _queue(self) -> Future[Pass]:
        turn: Future[Pass] = Future()
        with self._lock:
            self._waiting.append(turn)
            self._admit()
        return turn

    def _withdraw(self, turn: Future[Pass]) -> None:
        if not turn.cancel():
            self._release(turn.result())

    def _release(self, leave: Pass) -> None:
        with self._lock:
            self._in_flight -= 1
            if not leave.throttled:
                self._count_success()
            elif leave.cut == self._cuts:
                self._cut()
            self._admit()

    def _cut(self) -> None:
        self._cuts += 1
        self._limit = max(1, self._limit // 2)
        self._patience = min(self._patience * 2, _MOST_PATIENCE)
        self._went_well = 0

    def _count_success(self) -> None:
        if self._limit == self._most:
            return
        self._went_well += 1
        if self._went_well >= self._patience:
            self._limit += 1
            self._went_well = 0
            self._patience = max(_PATIENCE, self._patience // 2)

    def _admit(self) -> None:
        while self._waiting and self._in_flight < self._limit:
            turn = self._waiting.popleft()
            if turn.set_running_or_notify_cancel():
                self._in_flight += 1
                turn.set_result(Pass(cut=self._cuts))
