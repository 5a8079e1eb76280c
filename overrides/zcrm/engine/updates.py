"""`Updates` and `AsyncUpdates`: rows in, one outcome for each out, in input order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import Any

from ..outcomes import Outcome, Summary
from .drivers import AsyncDriver, Driver
from .flows.effects import Ended, Flow, Halt, Pull, Start, Wait
from .flows.sending import Sent
from .flows.streaming import Admit, Intake, Plan, stream
from .runtime import Runtime
from .sources import AsyncSource, Source
from .streams import AsyncStream, Stream


class _Counting:
    """Counts outcomes into the summary as they are given."""

    keep = False
    _summary: Summary
    _ready: Any

    def _give(self, items: Sequence[Outcome]) -> None:
        self._summary.count(items, keep=self.keep)
        self._ready.extend(items)


def _ended(flow: Flow[Sent], future: Future[Sent] | asyncio.Task[Sent]) -> Ended:
    error: BaseException | None = asyncio.CancelledError() if future.cancelled() else future.exception()
    return Ended(flow, error=error) if error else Ended(flow, future.result())


class Updates(_Counting, Stream[Outcome]):
    """An iterator of outcomes: one for each row, in input order.

    The rows are pulled on the thread that iterates. Ctrl-C stops it: calls in flight end, then the
    KeyboardInterrupt is raised; whoever goes on iterating gets the outcomes of all rows pulled by then.
    """

    def __init__(
        self,
        rows: Iterable[Any],
        plan: Plan,
        admit: Admit,
        runtime: Runtime[Driver],
        *,
        keep: bool = False,
    ) -> None:
        self.keep = keep
        self._intake = Intake(admit)
        self._flying: dict[Flow[Sent], Future[Sent]] = {}
        self._done: SimpleQueue[Flow[Sent]] = SimpleQueue()
        self._pool = ThreadPoolExecutor(plan.beside, thread_name_prefix="zcrm-update")
        super().__init__(lambda summary, stopped: stream(plan, self._intake, summary.tally, stopped), runtime)
        self._source = Source(rows, self._intake.take, runtime.clock)

    def _perform(self, effect: Any) -> Any:
        match effect:
            case Pull():
                return self._source.pull(effect)
            case Start():
                return self._start(effect.flow)
            case Halt():
                return self.stop()
            case Wait():
                return self._landed(block=effect.block)
        return super()._perform(effect)

    def _start(self, flow: Flow[Sent]) -> None:
        future = self._pool.submit(self._driver.run, flow, self._stop)
        self._flying[flow] = future
        done = self._done
        future.add_done_callback(lambda _: done.put(flow))

    def _landed(self, *, block: bool) -> list[Ended]:
        flows = [self._done.get()] if block else []
        while not self._done.empty():
            flows.append(self._done.get())
        return [_ended(flow, self._flying.pop(flow)) for flow in flows]

    def _abandon(self) -> None:
        self.stop()
        wait(self._flying.values())
        for future in self._flying.values():
            if future.exception() is None:
                self._summary.tally.add(future.result().tally)
        self._end()

    def _end(self, error: BaseException | None = None) -> None:
        self._pool.shutdown()
        self._give(self._intake.abandon())
        super()._end(error)

    def __del__(self) -> None:
        self._stop.set()
        self._pool.shutdown(wait=False)


class AsyncUpdates(_Counting, AsyncStream[Outcome]):
    """`Updates` for tasks; takes async iterables too.

    When the task that iterates is cancelled, calls in flight end before the CancelledError goes on; a second
    cancel ends them too, and leaves their rows `unknown`.
    """

    def __init__(
        self,
        rows: Iterable[Any] | AsyncIterable[Any],
        plan: Plan,
        admit: Admit,
        runtime: Runtime[AsyncDriver],
        *,
        keep: bool = False,
    ) -> None:
        self.keep = keep
        self._intake = Intake(admit)
        self._source = AsyncSource(rows, self._intake.take, runtime.clock)
        self._flying: dict[Flow[Sent], asyncio.Task[Sent]] = {}
        self._done: asyncio.Queue[Flow[Sent]] = asyncio.Queue()
        super().__init__(lambda summary, stopped: stream(plan, self._intake, summary.tally, stopped), runtime)

    async def _perform(self, effect: Any) -> Any:
        match effect:
            case Pull():
                return await self._source.pull(effect)
            case Start():
                return self._start(effect.flow)
            case Halt():
                return self.stop()
            case Wait():
                return await self._landed(block=effect.block)
        return await super()._perform(effect)

    def _start(self, flow: Flow[Sent]) -> None:
        task = asyncio.create_task(self._driver.run(flow, self._stop))
        self._flying[flow] = task
        done = self._done
        task.add_done_callback(lambda _: done.put_nowait(flow))

    async def _landed(self, *, block: bool) -> list[Ended]:
        if not block:
            await asyncio.sleep(0)
        flows = [await self._done.get()] if block else []
        while not self._done.empty():
            flows.append(self._done.get_nowait())
        return [_ended(flow, self._flying.pop(flow)) for flow in flows]

    async def _abandon(self) -> None:
        self.stop()
        try:
            if self._flying:
                await asyncio.wait(self._flying.values())
        except asyncio.CancelledError:
            for task in self._flying.values():
                task.cancel()
            await asyncio.wait(self._flying.values())
            raise
        finally:
            for task in self._flying.values():
                if not task.cancelled() and task.exception() is None:
                    self._summary.tally.add(task.result().tally)
            await self._end()

    async def _end(self, error: BaseException | None = None) -> None:
        await self._source.close()
        self._give(self._intake.abandon())
        await super()._end(error)
