"""Taking rows from the caller's iterable, as many as are wanted and no sooner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from itertools import islice
from math import inf
from typing import Any

from ..outcomes import Outcome
from .flows.effects import Pull, Pulled

Take = Callable[[Any], Outcome]


class Source:
    """The caller's iterable, pulled on the caller's thread.

    take: turns a row into its outcome the moment it is pulled. clock: monotonic seconds.
    """

    def __init__(self, rows: Iterable[Any], take: Take, clock: Callable[[], float]) -> None:
        self._rows: Iterator[Any] = iter(rows)
        self._take = take
        self._clock = clock

    def pull(self, wanted: Pull) -> Pulled:
        """Take the rows; a time limit is looked at after each row."""
        taken: list[Outcome] = []
        deadline = inf if wanted.within is None else self._clock() + wanted.within
        try:
            for row in islice(self._rows, wanted.rows):
                taken.append(self._take(row))
                if deadline < inf and self._clock() >= deadline:
                    return Pulled(taken, late=True)
        except Exception as error:  # noqa: BLE001
            return Pulled(taken, ended=True, error=error)
        return Pulled(taken, ended=len(taken) < wanted.rows)


class AsyncSource:
    """The caller's iterable or async iterable, pulled in the caller's task; otherwise as `Source`."""

    def __init__(
        self, rows: Iterable[Any] | AsyncIterable[Any], take: Take, clock: Callable[[], float]
    ) -> None:
        self._rows: Source | AsyncIterator[Any]
        self._rows = aiter(rows) if isinstance(rows, AsyncIterable) else Source(rows, take, clock)
        self._take = take
        self._clock = clock
        self._next: asyncio.Future[Any] | None = None

    async def pull(self, wanted: Pull) -> Pulled:
        """Take the rows; a time limit ends the wait for an async iterable's next row."""
        if isinstance(self._rows, Source):
            return self._rows.pull(wanted)
        taken: list[Outcome] = []
        deadline = inf if wanted.within is None else self._clock() + wanted.within
        try:
            while len(taken) < wanted.rows:
                if deadline < inf and not await self._arrives(self._rows, deadline):
                    return Pulled(taken, late=True)
                coming, self._next = self._next, None
                taken.append(self._take(await (coming or anext(self._rows))))
        except StopAsyncIteration:
            return Pulled(taken, ended=True)
        except Exception as error:  # noqa: BLE001
            return Pulled(taken, ended=True, error=error)
        return Pulled(taken)

    async def _arrives(self, rows: AsyncIterator[Any], deadline: float) -> bool:
        if self._next is None:
            self._next = asyncio.ensure_future(anext(rows))
        done, _ = await asyncio.wait({self._next}, timeout=max(0.0, deadline - self._clock()))
        return bool(done)

    async def close(self) -> None:
        """Stop waiting for a row; one that has arrived meanwhile is taken."""
        coming, self._next = self._next, None
        if coming is None:
            return
        coming.cancel()
        await asyncio.wait({coming})
        if not coming.cancelled() and coming.exception() is None:
            self._take(coming.result())
