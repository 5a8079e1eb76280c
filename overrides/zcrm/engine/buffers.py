"""Many small updates from many places, sent together in full calls."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from functools import partial
from threading import Lock, Timer
from types import TracebackType
from typing import Any, Self

from ..errors import UsageError
from ..outcomes import Outcome
from .threads import start

FLUSH_AFTER = 0.05
CLOSED = "The buffer is closed"

Row = Mapping[str, object]


class Buffer:
    """Collects updates from any number of threads; `with` it, or `close` it.

    A call leaves when it is full, or when its first row has waited long enough; each caller gets the outcome
    of its own row. What is left when the program ends is sent then.
    """

    def __init__(
        self, send: Callable[[Iterable[Row]], Iterable[Outcome]], rows_per_call: int, flush_after: float
    ) -> None:
        """send: what gives the outcomes of rows. flush_after: seconds that a row waits for others."""
        self._send = send
        self._rows_per_call = rows_per_call
        self._flush_after = flush_after
        self._lock = Lock()
        self._waiting: list[tuple[Row, Future[Outcome]]] = []
        self._sending: set[Future[Outcome]] = set()
        self._timer: Timer | None = None
        self._closed = False
        atexit.register(self.close)

    def update(self, record_id: str | int, fields: Row) -> Outcome:
        """Update a record together with others; returns its outcome, whatever became of it.

        Raises what kept it from being sent at all, and UsageError when the buffer is closed.
        """
        return self.submit(record_id, fields).result()

    def submit(self, record_id: str | int, fields: Row) -> Future[Outcome]:
        """`update` without waiting: the outcome comes as the result of a future."""
        future: Future[Outcome] = Future()
        with self._lock:
            if self._closed:
                raise UsageError(CLOSED)
            self._waiting.append(({**fields, "id": record_id}, future))
            full = self._take() if len(self._waiting) == self._rows_per_call else []
            if self._waiting and self._timer is None:
                self._timer = Timer(self._flush_after, self.flush)
                self._timer.daemon = True
                self._timer.start()
        if full:
            start(partial(self._run, full), "zcrm-buffer")
        return future

    def flush(self) -> None:
        """Send what has been collected, and wait for its outcomes."""
        with self._lock:
            batch = self._take()
        self._run(batch)

    def close(self) -> None:
        """Send what has been collected, wait for all outcomes, and take no more; twice is once."""
        with self._lock:
            self._closed = True
        self.flush()
        wait(set(self._sending))
        atexit.unregister(self.close)

    def _take(self) -> list[tuple[Row, Future[Outcome]]]:
        batch, self._waiting = self._waiting, []
        self._sending.update(future for _, future in batch)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return batch

    def _run(self, batch: list[tuple[Row, Future[Outcome]]]) -> None:
        futures = [future for _, future in batch]
        try:
            for outcome in self._send([row for row, _ in batch]):
                futures[outcome.row].set_result(outcome)
        except Exception as error:  # noqa: BLE001
            for future in futures:
                if not future.done():
                    future.set_exception(error)
        finally:
            with self._lock:
                self._sending.difference_update(futures)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncBuffer:
    """`Buffer` for tasks of one event loop; `async with` it, or await `close`."""

    def __init__(
        self, send: Callable[[Iterable[Row]], AsyncIterable[Outcome]], rows_per_call: int, flush_after: float
    ) -> None:
        """send: what gives the outcomes of rows. flush_after: seconds that a row waits for others."""
        self._send = send
        self._rows_per_call = rows_per_call
        self._flush_after = flush_after
        self._waiting: list[tuple[Row, asyncio.Future[Outcome]]] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def update(self, record_id: str | int, fields: Row) -> Outcome:
        """Update a record together with others; returns its outcome, whatever became of it.

        A task that is cancelled while it waits does not keep its row from being sent. Raises what kept it
        from being sent at all, and UsageError when the buffer is closed.
        """
        if self._closed:
            raise UsageError(CLOSED)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append(({**fields, "id": record_id}, future))
        if len(self._waiting) == self._rows_per_call:
            self._leave()
        elif self._timer is None:
            self._timer = loop.call_later(self._flush_after, self._leave)
        return await future

    async def flush(self) -> None:
        """Send what has been collected, and wait for its outcomes."""
        self._leave()
        await asyncio.gather(*self._calls)

    async def close(self) -> None:
        """Send what has been collected, wait for all outcomes, and take no more; twice is once."""
        self._closed = True
        await self.flush()

    def _leave(self) -> None:
        batch, self._waiting = self._waiting, []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if batch:
            call = asyncio.ensure_future(self._run(batch))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def _run(self, batch: list[tuple[Row, asyncio.Future[Outcome]]]) -> None:
        futures = [future for _, future in batch]
        try:
            async for outcome in self._send([row for row, _ in batch]):
                if not futures[outcome.row].done():
                    futures[outcome.row].set_result(outcome)
        except Exception as error:  # noqa: BLE001
            for future in futures:
                if not future.done():
                    future.set_exception(error)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()
