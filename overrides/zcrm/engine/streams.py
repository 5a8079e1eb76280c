"""Iterators over what is read: stoppable, closable, with a summary."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from ..errors import UsageError
from ..outcomes import Summary
from .drivers import AsyncDriver, Done, Driver
from .flows.effects import Flow
from .runtime import Runtime
from .threads import Stop

T = TypeVar("T")

TWICE = "This is being iterated already: whatever that calls can't iterate it, too"


class Base:
    """What all iterators have: a summary, and a clock for its seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._summary = Summary()
        self._started: float | None = None
        self._ended = False

    @property
    def summary(self) -> Summary:
        """The sums so far; complete once the iterator has ended or was closed."""
        if self._started is not None and not self._ended:
            self._summary.seconds = self._clock() - self._started
        return self._summary

    def _begin(self) -> None:
        if self._started is None:
            self._started = self._clock()

    def _end(self) -> None:
        self._summary.seconds = self.summary.seconds
        self._ended = True


class Iterating(Base, Iterator[T]):
    """An iterator that can be stopped, closed and left as a context manager."""

    def stop(self) -> None:
        """Send nothing new; what is in flight and what was pulled still comes out."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop, wait for the calls in flight, and drop what was not handed out; it is in the summary."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncIterating(Base, AsyncIterator[T]):
    """`Iterating` for tasks of one event loop."""

    def stop(self) -> None:
        """Send nothing new; what is in flight and what was pulled still comes out."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop, wait for the calls in flight, and drop what was not handed out; it is in the summary."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """`close`, by the name that the standard library uses."""
        await self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


class Stream(Iterating[T]):
    """An iterator over what a flow of reads gives, a page at a time. An interrupt ends it."""

    def __init__(
        self,
        flow: Callable[[Summary, Callable[[], bool]], Flow[None]],
        runtime: Runtime[Driver],
    ) -> None:
        super().__init__(runtime.clock)
        self._driver = runtime.driver
        self._stop = Stop()
        self._flow = flow(self._summary, self._stop.is_set)
        self._reading = False
        self._ready: deque[T] = deque()

    def __next__(self) -> T:
        self._begin()
        while not self._ready and not self._ended:
            self._read()
        if self._ready:
            item = self._ready[0]
            del self._ready[0]
            return item
        raise StopIteration

    def _read(self) -> None:
        if self._reading:
            raise UsageError(TWICE)
        self._reading = True
        try:
            given = self._driver.advance(self._flow, self._stop)
            if isinstance(given, Done):
                self._end()
            elif not self._ended:
                self._summary.read += len(given.items)
                self._ready.extend(given.items)
        except BaseException:
            self._end()
            raise
        finally:
            self._reading = False

    def stop(self) -> None:
        self._stop.set()

    def close(self) -> None:
        self.stop()
        self._end()
        self._ready.clear()


class AsyncStream(AsyncIterating[T]):
    """`Stream` for tasks of one event loop."""

    def __init__(
        self,
        flow: Callable[[Summary, Callable[[], bool]], Flow[None]],
        runtime: Runtime[AsyncDriver],
    ) -> None:
        super().__init__(runtime.clock)
        self._driver = runtime.driver
        self._stop = asyncio.Event()
        self._flow = flow(self._summary, self._stop.is_set)
        self._reading = False
        self._ready: deque[T] = deque()

    async def __anext__(self) -> T:
        self._begin()
        while not self._ready and not self._ended:
            await self._read()
        if self._ready:
            return self._ready.popleft()
        raise StopAsyncIteration

    async def _read(self) -> None:
        if self._reading:
            raise UsageError(TWICE)
        self._reading = True
        try:
            given = await self._driver.advance(self._flow, self._stop)
            if isinstance(given, Done):
                self._end()
            elif not self._ended:
                self._summary.read += len(given.items)
                self._ready.extend(given.items)
        except BaseException:
            self._end()
            raise
        finally:
            self._reading = False

    def stop(self) -> None:
        self._stop.set()

    async def close(self) -> None:
        self.stop()
        self._end()
        self._ready.clear()
