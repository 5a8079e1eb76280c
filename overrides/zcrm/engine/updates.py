"""`Updates` and `AsyncUpdates`: rows in, one outcome for each out, in input order."""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from os import PathLike
from pathlib import Path
from threading import get_ident
from typing import Any

from ..errors import UsageError, ZohoError
from ..outcomes import Outcome, Summary
from ..rows.outside import is_interrupt
from ..wire.calls import check_loop
from .drivers import AsyncDriver, Done, Driver, resume
from .engine import Engine
from .flows.effects import Abandoned, Ended, Flow, Give, Halt, Pull, Pulled, Start, Wait
from .flows.sending import Sent
from .flows.streaming import Admit, Intake, Plan, stream
from .runtime import Runtime
from .sources import AsyncSource, Source
from .streams import TWICE, AsyncIterating, Base, Iterating


def _give_along(error: BaseException, summary: Summary) -> None:
    """Have the error carry the sums; one that is not ours tells them, too."""
    try:
        error.summary = summary  # type: ignore[attr-defined]
        if not isinstance(error, ZohoError):
            error.add_note(str(summary))
    except BaseException as second:
        if is_interrupt(second):
            second.summary = summary  # type: ignore[attr-defined]
            raise


def _count(
    summary: Summary,
    driver: Driver | AsyncDriver,
    operation: str,
    keep: bool,
    outcomes: Sequence[Outcome],
) -> None:
    """Add outcomes that are handed out to the sums, and tell of them."""
    summary.count(outcomes, keep=keep)
    driver.tell_of(operation, outcomes)


class _Told(Base):
    """Says what it is, and warns when nobody made use of it."""

    def __repr__(self) -> str:
        how = "ended" if self._ended else "not begun" if self._started is None else "under way"
        counts = ", ".join(f"{count} {state}" for state, count in self.summary.states.items() if count)
        return f"<{type(self).__name__} {how}: {counts or 'no rows yet'}>"

    def _warn_if_never_begun(self) -> None:
        if self._started is None and not self._ended:
            message = f"{self!r} was never iterated: nothing was sent"
            warnings.warn(message, ResourceWarning, stacklevel=3, source=self)


class Updates(_Told, Iterating[Outcome]):
    """An iterator of outcomes: one for each row, in input order.

    The rows are pulled on the thread that iterates. Ctrl-C stops it: calls in flight end, then the
    KeyboardInterrupt is raised; a second one leaves at once, and the rows of calls in flight are `unknown`.
    Either way, whoever goes on iterating gets the outcomes of all rows pulled by then.

    `close` from inside the rows, or from `on_event`, waits for nothing: it is `stop` there.
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
        super().__init__(runtime.clock)
        intake = Intake(admit)
        flow = partial(stream, plan, intake, self._summary.tally)
        count = partial(_count, self._summary, runtime.driver, plan.operation, keep)
        self._engine = Engine(flow, runtime.driver, intake, count)
        self._source = Source(rows, intake, runtime.clock, self._engine.stop.is_set)
        self._cut_short = False

    def __next__(self) -> Outcome:
        engine = self._engine
        if engine.puller is not None:
            raise UsageError(TWICE)
        if self._cut_short and not engine.over:
            self._abandon()
        while not engine.ready:
            if engine.finished and not engine.ready:
                self._end()
                error, engine.error = engine.error, None
                raise error or StopIteration
            self._turn()
        outcome = engine.ready[0]
        del engine.ready[0]
        return outcome

    def _turn(self) -> None:
        self._cut_short = True
        try:
            self._begin()
            self._engine.begin(self._source.pull)
            self._wait_or_pull()
        except BaseException:
            self._drain()
            raise
        self._cut_short = False

    def _wait_or_pull(self) -> None:
        engine = self._engine
        engine.changed.wait(lambda: engine.ready or engine.wanted or engine.finished)
        wanted = engine.wanted
        if wanted is None or engine.ready:
            return
        engine.wanted = None
        engine.puller = get_ident()
        try:
            pulled = self._source.pull(wanted)
        finally:
            engine.puller = None
        engine.pulled(pulled)

    def _drain(self) -> None:
        engine = self._engine
        try:
            engine.begin(self._source.pull)
            engine.release()
            engine.changed.wait(lambda: engine.over)
        except BaseException:
            self._abandon()
            raise

    def _abandon(self) -> None:
        engine = self._engine
        for _ in range(3):
            try:
                engine.abandon()
                engine.begin(self._source.pull)
                engine.changed.wait(lambda: engine.over, timeout=1.0)
            except BaseException:  # noqa: BLE001, S112
                continue

    def run(self) -> Summary:
        """Iterate to the end; returns the sums. Whatever it raises has them, as its attribute `summary`."""
        summary = self._summary
        try:
            with self:
                for _ in self:
                    pass
        except BaseException as error:
            _give_along(error, summary)
            raise
        return summary

    def to_arrow(self) -> Any:
        """The outcomes as a table: an object with `__arrow_c_stream__`, which takes them as it is read.

        Its columns are in docs/export.md. Raises UsageError without the extra `arrow`.
        """
        from ..frames.outcomes import outcomes_reader

        return outcomes_reader(self)

    def write_parquet(self, path: str | PathLike[str]) -> Summary:
        """Iterate to the end, write the outcomes to a file, as `to_arrow` has them, and return the sums.

        The file is there once all rows are in it. Raises, before anything is sent, UsageError without the
        extra `arrow` and OSError where no file can be made; later OSError when it can't be written, which
        stops the sending, and what iterating raises.
        """
        from ..frames.outcomes import outcome_row
        from ..frames.parquet import parquet_writer

        with self, parquet_writer(Path(path)) as add:
            for outcome in self:
                add(outcome_row(outcome))
        return self._summary

    def stop(self) -> None:
        self._engine.stop.set()

    def close(self) -> None:
        self.stop()
        if get_ident() in (self._engine.puller, self._engine.thread):
            return
        self._drain()
        self._end()
        self._engine.ready.clear()
        self._engine.error = None

    def __del__(self) -> None:
        with suppress(AttributeError):
            self._engine.release()
            self._warn_if_never_begun()


class AsyncUpdates(_Told, AsyncIterating[Outcome]):
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
        super().__init__(runtime.clock)
        self._keep = keep
        self._operation = plan.operation
        self._driver = runtime.driver
        self._stop = asyncio.Event()
        self._intake = Intake(admit)
        self._flow = stream(plan, self._intake, self._summary.tally, self._stop.is_set)
        self._source = AsyncSource(rows, self._intake, runtime.clock, self._stop.is_set)
        self._effect: Any = None
        self._over = False
        self._error: BaseException | None = None
        self._ready: deque[Outcome] = deque()
        self._turn = asyncio.Lock()
        self._puller: asyncio.Task[Any] | None = None
        self._flying: dict[Flow[Sent], asyncio.Task[Sent]] = {}
        self._landings: list[Ended] = []
        self._landed = asyncio.Event()

    async def to_arrow(self) -> Any:
        """`Updates.to_arrow` for tasks; the outcomes are all taken first."""
        from ..frames.outcomes import outcomes_reader

        return outcomes_reader([outcome async for outcome in self])

    async def write_parquet(self, path: str | PathLike[str]) -> Summary:
        """`Updates.write_parquet` for tasks."""
        from ..frames.outcomes import outcome_row
        from ..frames.parquet import parquet_writer

        async with self:
            with parquet_writer(Path(path)) as add:
                async for outcome in self:
                    add(outcome_row(outcome))
        return self._summary

    async def __anext__(self) -> Outcome:
        if self._puller is not None:
            raise UsageError(TWICE)
        while not self._ready and not self._over:
            try:
                await self._advance()
            except BaseException:
                await self._drain()
                raise
        if self._ready:
            return self._ready.popleft()
        self._end()
        error, self._error = self._error, None
        raise error or StopAsyncIteration

    async def _advance(self) -> None:
        """One step of the scheduler. Cancelled, it stands where it stood, and the step is done again."""
        async with self._turn:
            result = await self._perform(self._effect)
            if not self._over:
                self._step(partial(resume, self._flow, result))

    def _step(self, onward: Callable[[], Any]) -> None:
        try:
            self._effect = onward()
        except BaseException as error:  # noqa: BLE001
            self._finish(error)

    def _finish(self, error: BaseException | None = None) -> None:
        self._stop.set()
        self._intake.recover()
        self._intake.receive()
        self._give(self._intake.abandon())
        self._error = error
        self._over = True

    async def _perform(self, effect: Any) -> Any:
        match effect:
            case None:
                self._begin()
                return check_loop()
            case Done():
                return self._finish()
            case Give():
                return self._give(effect.items)
            case Pull():
                return await self._pull(effect)
            case Start():
                return self._start(effect.flow)
            case Wait():
                return await self._wait(block=effect.block)
            case Halt():
                return self._stop.set()
        raise TypeError(f"not an effect of a scheduler: {effect!r}")

    def _give(self, outcomes: Sequence[Outcome]) -> None:
        _count(self._summary, self._driver, self._operation, self._keep, outcomes)
        self._ready.extend(outcomes)

    async def _pull(self, effect: Pull) -> Pulled:
        self._puller = asyncio.current_task()
        try:
            pulled = await self._source.pull(effect)
        finally:
            self._puller = None
        pulled.rows = self._intake.receive()
        return pulled

    def _start(self, flow: Flow[Sent]) -> None:
        task = asyncio.get_running_loop().create_task(self._driver.run(flow, self._stop))
        self._flying[flow] = task
        task.add_done_callback(partial(self._land, flow))

    def _land(self, flow: Flow[Sent], task: asyncio.Task[Sent]) -> None:
        del self._flying[flow]
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        self._landings.append(Ended(flow, error=error) if error else Ended(flow, task.result()))
        self._landed.set()

    async def _wait(self, *, block: bool) -> list[Ended]:
        if not block:
            await asyncio.sleep(0)
        while block and not self._landings:
            self._landed.clear()
            await self._landed.wait()
        landings, self._landings = self._landings, []
        return landings

    async def _drain(self) -> None:
        self.stop()
        leaving = self._source.close()
        self._intake.recover()
        try:
            while not self._over:
                await self._advance()
            if leaving:
                await asyncio.wait(leaving)
        except BaseException:
            self._abandon()
            if self._flying:
                with suppress(asyncio.CancelledError):
                    await asyncio.wait(self._flying.values())
            raise

    def _abandon(self) -> None:
        if self._over:
            return
        for task in self._flying.values():
            task.cancel()
        self._step(partial(resume, self._flow, error=Abandoned()))
        if not self._over:
            self._finish()

    async def run(self) -> Summary:
        """`Updates.run` for tasks."""
        summary = self._summary
        try:
            async with self:
                async for _ in self:
                    pass
        except BaseException as error:
            _give_along(error, summary)
            raise
        return summary

    def stop(self) -> None:
        self._stop.set()

    async def close(self) -> None:
        self.stop()
        if self._puller is not None and asyncio.current_task() in (self._puller, self._source.next):
            return
        await self._drain()
        self._end()
        self._ready.clear()
        self._error = None

    def __del__(self) -> None:
        with suppress(AttributeError):
            self._stop.set()
            self._warn_if_never_begun()
