"""The iterators handed out: stoppable, closable, with a summary."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from threading import Event
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from ..outcomes import Summary
from .drivers import AsyncDriver, Done, Driver, astep, resume, step
from .flows.effects import Flow, Give
from .runtime import Runtime

T = TypeVar("T")


class _Base(Generic[T]):
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started: float | None = None
        self._summary = Summary()
        self._ready: deque[T] = deque()
        self._over = False
        self._error: BaseException | None = None
        self._effect: Any = None
        self._flow: Flow[None]

    @property
    def summary(self) -> Summary:
        """The sums so far; complete once the iterator has ended or was closed."""
        if self._started is not None and not self._over:
            self._summary.seconds = self._clock() - self._started
        return self._summary

    def _begin(self) -> None:
        self._started = self._clock()
        self._effect = resume(self._flow)

    def _give(self, items: Sequence[T]) -> None:
        self._summary.rows += len(items)
        self._ready.extend(items)

    def _finish(self, error: BaseException | None) -> None:
        self._summary.seconds = self.summary.seconds
        self._over = True
        self._error = error
        self._flow.close()

    def _raise_if_failed(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error


class Stream(_Base[T], Iterator[T]):
    """An iterator over what a flow gives.

    Leave it by `close()` or a `with` block: calls in flight end first, so that what they did is known.
    """

    def __init__(
        self,
        flow: Callable[[Summary, Callable[[], bool]], Flow[None]],
        runtime: Runtime[Driver],
    ) -> None:
        super().__init__(runtime.clock)
        self._driver = runtime.driver
        self._stop = Event()
        self._flow = flow(self._summary, self._stop.is_set)

    def __next__(self) -> T:
        while not self._ready and not self._over:
            self._advance()
        if self._ready:
            return self._ready.popleft()
        self._raise_if_failed()
        raise StopIteration

    def stop(self) -> None:
        """Send nothing new; what is in flight and what was pulled still comes out."""
        self._stop.set()

    def close(self) -> None:
        """Stop, wait for the calls in flight, and drop what was not handed out; it is in the summary."""
        self.stop()
        while not self._over:
            self._advance()
        self._ready.clear()
        self._error = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _advance(self) -> None:
        try:
            if self._started is None:
                self._begin()
            elif isinstance(self._effect, Done):
                self._end()
            else:
                self._effect = step(self._flow, self._effect, self._perform)
        except Exception as error:  # noqa: BLE001
            self._end(error)
        except BaseException:
            self._abandon()
            raise

    def _perform(self, effect: Any) -> Any:
        if isinstance(effect, Give):
            return self._give(effect.items)
        return self._driver.perform(effect, self._stop)

    def _end(self, error: BaseException | None = None) -> None:
        self._finish(error)

    def _abandon(self) -> None:
        """Ctrl-C or its like: nothing goes on."""
        self.stop()
        self._end()


class AsyncStream(_Base[T], AsyncIterator[T]):
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

    async def __anext__(self) -> T:
        while not self._ready and not self._over:
            await self._advance()
        if self._ready:
            return self._ready.popleft()
        self._raise_if_failed()
        raise StopAsyncIteration

    def stop(self) -> None:
        """Send nothing new; what is in flight and what was pulled still comes out."""
        self._stop.set()

    async def close(self) -> None:
        """Stop, wait for the calls in flight, and drop what was not handed out; it is in the summary."""
        self.stop()
        while not self._over:
            await self._advance()
        self._ready.clear()
        self._error = None

    aclose = close

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _advance(self) -> None:
        try:
            if self._started is None:
                self._begin()
            elif isinstance(self._effect, Done):
                await self._end()
            else:
                self._effect = await astep(self._flow, self._effect, self._perform)
        except Exception as error:  # noqa: BLE001
            await self._end(error)
        except BaseException:
            await self._abandon()
            raise

    async def _perform(self, effect: Any) -> Any:
        if isinstance(effect, Give):
            return self._give(effect.items)
        return await self._driver.perform(effect, self._stop)

    async def _end(self, error: BaseException | None = None) -> None:
        self._finish(error)

    async def _abandon(self) -> None:
        """Cancelled: nothing goes on."""
        self.stop()
        await self._end()
