"""Many small updates from many places, sent together in full calls."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from threading import Lock, Timer
from types import TracebackType
from typing import Any, Self

from ..errors import UsageError
from ..outcomes import Outcome
from .threads import begin, start, take
from .writing import row_for

FLUSH_AFTER = 0.05
CLOSED = "The buffer is closed"

Row = Mapping[str, object]


@dataclass(slots=True)
class _Batch:
    """Rows of one call and their futures; `earlier` are those of rows for the same records in other calls."""

    rows: list[Row] = field(default_factory=list)
    futures: list[Future[Outcome]] = field(default_factory=list)
    earlier: set[Future[Outcome]] = field(default_factory=set)


class Buffer:
    """Collects updates from any number of threads; `with` it, or `close` it.

    A call leaves when it is full, or when its first row has waited long enough; each caller gets the outcome
    of its own row. Rows for the same record are sent one after another. What is left when the program ends is
    sent then.
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
        self._last: dict[str, Future[Outcome]] = {}
        self._timer: Timer | None = None
        self._closed = False
        atexit.register(self.close)

    def update(self, record_id: str | int, fields: Row) -> Outcome:
        """Update a record together with others; returns its outcome, whatever became of it.

        Raises what kept it from being sent at all, and UsageError when the buffer is closed or `fields` name
        another record.
        """
        row, future = row_for(record_id, fields), Future[Outcome]()
        done: SimpleQueue[object] = SimpleQueue()
        future.add_done_callback(done.put)
        self._collect(row, future)
        take(done)
        return future.result()

    def submit(self, record_id: str | int, fields: Row) -> Future[Outcome]:
        """`update` without waiting: the outcome comes as the result of a future.

        Cancelling it takes the row back for as long as no call holds it.
        """
        row, future = row_for(record_id, fields), Future[Outcome]()
        self._collect(row, future)
        return future

    def _collect(self, row: Row, future: Future[Outcome]) -> None:
        """Interrupted at any point, a row that was taken leaves all the same, by the timer."""
        with self._lock:
            if self._closed:
                raise UsageError(CLOSED)
            if self._timer is None:
                timer = Timer(self._flush_after, self._leave)
                timer.daemon = True
                timer.start()
                self._timer = timer
            self._waiting.append((row, future))
            full = len(self._waiting) % self._rows_per_call == 0
        if full:
            start(partial(self._leave, self._rows_per_call), "zcrm-buffer")

    def flush(self) -> None:
        """Send what has been collected, and wait for its outcomes."""
        _apart(self._leave)

    def close(self) -> None:
        """Send what has been collected, wait for all outcomes, and take no more; twice is once."""
        with self._lock:
            self._closed = True
        _apart(self._leave_all)
        atexit.unregister(self.close)

    def _leave_all(self) -> None:
        self._leave()
        wait(set(self._sending))

    def _leave(self, most: int | None = None) -> None:
        """Send what has been collected, up to so many rows; on a thread that no interrupt reaches."""
        with self._lock:
            batch = self._take(most)
        if batch.rows:
            self._run(batch)

    def _take(self, most: int | None) -> _Batch:
        batch = _Batch()
        for row, future in self._waiting[:most]:
            if future.set_running_or_notify_cancel():
                batch.rows.append(row)
                batch.futures.append(future)
        del self._waiting[:most]
        records = list(map(_record, batch.rows))
        batch.earlier = {self._last[record] for record in records if record in self._last}
        self._last |= zip(records, batch.futures, strict=True)
        self._sending.update(batch.futures)
        if self._timer is not None and not self._waiting:
            self._timer.cancel()
            self._timer = None
        return batch

    def _run(self, batch: _Batch) -> None:
        try:
            wait(batch.earlier)
            for outcome in self._send(batch.rows):
                batch.futures[outcome.row].set_result(outcome)
        except BaseException as error:
            for future in batch.futures:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
        finally:
            with self._lock:
                self._sending.difference_update(batch.futures)
                for row, future in zip(batch.rows, batch.futures, strict=True):
                    if self._last.get(_record(row)) is future:
                        del self._last[_record(row)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncBuffer:
    """`Buffer` for tasks of one event loop; `async with` it, or await `close`.

    A task that is cancelled while it waits does not keep its row from being sent.
    """

    def __init__(
        self, send: Callable[[Iterable[Row]], AsyncIterable[Outcome]], rows_per_call: int, flush_after: float
    ) -> None:
        """send: what gives the outcomes of rows. flush_after: seconds that a row waits for others."""
        self._send = send
        self._rows_per_call = rows_per_call
        self._flush_after = flush_after
        self._waiting: list[tuple[Row, asyncio.Future[Outcome]]] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def update(self, record_id: str | int, fields: Row) -> Outcome:
        """Update a record together with others; returns its outcome, whatever became of it.

        Raises what kept it from being sent at all, and UsageError when the buffer is closed or `fields` name
        another record.
        """
        if self._closed:
            raise UsageError(CLOSED)
        row = row_for(record_id, fields)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append((row, future))
        if len(self._waiting) == self._rows_per_call:
            self._leave()
        elif self._timer is None:
            self._timer = loop.call_later(self._flush_after, self._leave)
        return await future

    async def flush(self) -> None:
        """Send what has been collected, and wait for its outcomes."""
        self._leave()
        if self._calls:
            await asyncio.wait(self._calls)

    async def close(self) -> None:
        """Send what has been collected, wait for all outcomes, and take no more; twice is once."""
        self._closed = True
        await self.flush()

    def _leave(self) -> None:
        batch, self._waiting = self._waiting, []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not batch:
            return
        records = {_record(row) for row, _ in batch}
        earlier = {self._last[record] for record in records if record in self._last}
        call = asyncio.ensure_future(self._run(batch, earlier))
        self._calls.add(call)
        self._last |= dict.fromkeys(records, call)
        call.add_done_callback(partial(self._forget, records))

    def _forget(self, records: set[str], call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        for record in records:
            if self._last.get(record) is call:
                del self._last[record]

    async def _run(
        self, batch: list[tuple[Row, asyncio.Future[Outcome]]], earlier: set[asyncio.Task[None]]
    ) -> None:
        futures = [future for _, future in batch]
        try:
            if earlier:
                await asyncio.wait(earlier)
            async for outcome in self._send([row for row, _ in batch]):
                if not futures[outcome.row].done():
                    futures[outcome.row].set_result(outcome)
        except BaseException as error:
            for future in futures:
                if isinstance(error, asyncio.CancelledError):
                    future.cancel()
                elif not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()


def _apart(work: Callable[[], None]) -> None:
    """Do it on a thread that no interrupt reaches, and wait; an interrupt ends the wait alone."""
    take(begin(work, "zcrm-buffer"))()


def _record(row: Row) -> str:
    return str(row["id"]).strip()
