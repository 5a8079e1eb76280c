"""How many calls a client has in flight, threads and tasks together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

from ..wire.forks import renew_in_child
from .pace import Pace


def _never() -> bool:
    return False


class Leave(Protocol):
    """Leave for one call, for a `with` block.

    Set `throttled` when Zoho refused the call as one too many, and `left` to the API credits that the answer
    says are left.
    """

    throttled: bool
    left: float | None

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


@runtime_checkable
class Gate(Protocol):
    """Lets so many calls in at a time: those of a client, or of all who share it.

    A waiter that is interrupted or cancelled leaves nothing behind. A forked child begins with no call in
    flight.
    """

    @property
    def concurrency(self) -> int:
        """Calls in flight at the most."""
        ...

    @property
    def limit(self) -> int:
        """Calls in flight at the most, as things stand."""
        ...

    def enter(self, price: int = 0, stopped: Callable[[], bool] = _never) -> Leave:
        """Wait for leave on this thread: `with gate.enter(10) as leave`.

        price: of the call, in credits. stopped: whether nobody wants the call any longer; a gate at which a
        wait may be long looks, and raises Stopped. One that others share may raise SharedStateLost.
        """
        ...

    async def aenter(self, price: int = 0, stopped: Callable[[], bool] = _never) -> Leave:
        """The same for a task: `with await gate.aenter(10) as leave`."""
        ...

    def release(self, leave: Any) -> None:
        """Take the leave back; done by its `with` block."""
        ...


class Pass:
    """A `Leave` of a `LocalGate`."""

    __slots__ = ("_gate", "cuts", "left", "throttled")

    def __init__(self, gate: LocalGate, cuts: int) -> None:
        self._gate = gate
        self.cuts = cuts
        self.throttled = False
        self.left: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._gate.release(self)


class LocalGate:
    """Lets calls of this process in, as many at a time as its `Pace` says, first come first served."""

    def __init__(self, concurrency: int) -> None:
        if concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        self.concurrency = concurrency
        self._renew()
        renew_in_child(self, LocalGate._renew)

    def _renew(self) -> None:
        self._pace = Pace(self.concurrency, self.concurrency)
        self._in_flight = 0
        self._waiting: deque[Future[Pass]] = deque()
        self._lock = Lock()

    @property
    def limit(self) -> int:
        return self._pace.limit

    def enter(self, price: int = 0, stopped: Callable[[], bool] = _never) -> Pass:  # noqa: ARG002
        if leave := self._at_once():
            return leave
        turn = self._queue()
        try:
            return turn.result()
        except BaseException:
            self._withdraw(turn)
            raise

    async def aenter(self, price: int = 0, stopped: Callable[[], bool] = _never) -> Pass:  # noqa: ARG002
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
            if self._in_flight >= self._pace.limit:
                return None
            self._in_flight += 1
            return Pass(self, self._pace.cuts)

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
        with self._lock:
            self._in_flight -= 1
            if leave.throttled:
                self._pace.throttled(leave.cuts)
            else:
                self._pace.well()
            self._admit()

    def _admit(self) -> None:
        while self._waiting and self._in_flight < self._pace.limit:
            turn = self._waiting.popleft()
            if turn.set_running_or_notify_cancel():
                self._in_flight += 1
                turn.set_result(Pass(self, self._pace.cuts))
