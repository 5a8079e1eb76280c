"""Taking rows from the caller's iterable, as many as are wanted and no sooner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from math import inf
from typing import Any

from ..rows.outside import raised_by_signal
from .flows.effects import Pull, Pulled
from .flows.streaming import Intake

_END = object()


class Source:
    """The caller's iterable, pulled on the caller's thread into the intake, row by row.

    clock: monotonic seconds. stopped: asked before each row.
    """

    def __init__(
        self, rows: Iterable[Any], intake: Intake, clock: Callable[[], float], stopped: Callable[[], bool]
    ) -> None:
        self._coming = map(intake.coming.append, rows)
        self._intake = intake
        self._clock = clock
        self._stopped = stopped

    def pull(self, wanted: Pull) -> Pulled:
        """Take the rows; a time limit is looked at after each row.

        What is raised while a row is made into its outcome is no fault of the input's: it is raised here.
        """
        deadline = inf if wanted.within is None else self._clock() + wanted.within
        coming, admit, stopped = self._coming, self._intake.admit, self._stopped
        for _ in range(wanted.rows):
            if stopped():
                return Pulled(())
            try:
                if next(coming, _END) is _END:
                    return Pulled((), ended=True)
            except Exception as error:  # noqa: BLE001
                return _failed(error)
            admit()
            if deadline < inf and self._clock() >= deadline:
                return Pulled((), late=True)
        return Pulled(())


def _failed(error: Exception) -> Pulled:
    """The input's own error; what a signal's handler raised is none, and is raised here."""
    if raised_by_signal(error):
        raise error
    return Pulled((), ended=True, error=error)


class AsyncSource:
    """The caller's iterable or async iterable, pulled in the caller's task; otherwise as `Source`."""

    def __init__(
        self,
        rows: Iterable[Any] | AsyncIterable[Any],
        intake: Intake,
        clock: Callable[[], float],
        stopped: Callable[[], bool],
    ) -> None:
        self._rows: Source | AsyncIterator[Any]
        self._rows = aiter(rows) if isinstance(rows, AsyncIterable) else Source(rows, intake, clock, stopped)
        self._intake = intake
        self._clock = clock
        self._stopped = stopped
        self.next: asyncio.Future[Any] | None = None

    async def pull(self, wanted: Pull) -> Pulled:
        """Take the rows; a time limit ends the wait for an async iterable's next row."""
        if isinstance(self._rows, Source):
            return self._rows.pull(wanted)
        deadline = inf if wanted.within is None else self._clock() + wanted.within
        for _ in range(wanted.rows):
            if self._stopped():
                break
            try:
                if deadline < inf and not await self._arrives(self._rows, deadline):
                    return Pulled((), late=True)
                coming, self.next = self.next, None
                row = await (coming or anext(self._rows))
            except StopAsyncIteration:
                return Pulled((), ended=True)
            except Exception as error:  # noqa: BLE001
                return _failed(error)
            self._intake.take(row)
        return Pulled(())

    async def _arrives(self, rows: AsyncIterator[Any], deadline: float) -> bool:
        if self.next is None:
            self.next = asyncio.ensure_future(anext(rows))
        done, _ = await asyncio.wait({self.next}, timeout=max(0.0, deadline - self._clock()))
        return bool(done)

    def close(self) -> set[asyncio.Future[Any]]:
        """Stop waiting for a row; one that has arrived meanwhile is taken. Returns what is to end yet."""
        coming, self.next = self.next, None
        if coming is None:
            return set()
        if not coming.cancel() and not coming.cancelled() and coming.exception() is None:
            self._intake.take(coming.result())
        return {coming}
