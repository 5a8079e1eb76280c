"""How many calls a client has in flight, threads and tasks together."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from threading import Lock
from typing import Self

_PATIENCE = 10
_MOST_PATIENCE = 320


class Pass:
    """Leave for one call, for a `with` block; set `throttled` when Zoho refused it as one too many."""

    __slots__ = ("_gate", "cut", "throttled")

    def __init__(self, gate: Gate, cut: int) -> None:
        self._gate = gate
        self.cut = cut
        self.throttled = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._gate.release(self)


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

    def enter(self) -> Pass:
        """Wait for leave on this thread: `with gate.enter() as leave`."""
        if leave := self._at_once():
            return leave
        turn = self._queue()
        try:
            return turn.result()
        except BaseException:
            self._withdraw(turn)
            raise

    async def aenter(self) -> Pass:
        """The same for a task: `with await gate.aenter() as leave`."""
        if leave := self._at_once():
            return leave
        turn = self._queue()
        try:
            return turn.result() if turn.done() else await asyncio.wrap_future(turn)
        except BaseException:
            self._withdraw(turn)
            raise

    def _at_once(self) -> Pass | None:
        with self._lock:
            if self._waiting or self._in_flight >= self._limit:
                return None
            self._in_flight += 1
            return Pass(self, self._cuts)

    def _queue(self) -> Future[Pass]:
        turn: Future[Pass] = Future()
        with self._lock:
            self._waiting.append(turn)
            self._admit()
        return turn

    def _withdraw(self, turn: Future[Pass]) -> None:
        if not turn.cancel():
            self.release(turn.result())

    def release(self, leave: Pass) -> None:
        """Take the leave back; done by its `with` block."""
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
                turn.set_result(Pass(self, self._cuts))
