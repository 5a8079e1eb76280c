"""The engine of `Updates`: it runs the scheduler beside whoever takes the outcomes.

An interrupt reaches the one who takes them, so it never falls inside a step of the bookkeeping. What goes to
and fro is one queue, and a few attributes written on one side only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from threading import Thread, get_ident
from typing import Any

from ..outcomes import Outcome
from .drivers import Done, Driver, resume, step
from .flows.effects import Abandoned, Ended, Flow, Give, Halt, Pull, Pulled, Start, Wait
from .flows.sending import Sent
from .flows.streaming import Intake
from .threads import Signal, Stop, start

_NOTHING = Pulled(())


class Engine:
    """The engine of `Updates`: a thread of its own runs every flow, others make the calls.

    ready: outcomes to be taken, counted already. wanted: rows to be pulled, when there are to be any.
    over: nothing more is sent; `error` is what it ended by. finished: nothing more comes, either: a row that
    was just being pulled when another thread ended it all has come. changed: one of these has.
    puller: the thread that pulls rows, while it does.
    Whoever takes the outcomes calls `begin`, `pulled`, `release`, `abandon`, from any thread: each is one
    message.
    """

    def __init__(
        self,
        flow: Callable[[Callable[[], bool]], Flow[None]],
        driver: Driver,
        intake: Intake,
        count: Callable[[Sequence[Outcome]], None],
    ) -> None:
        self.ready: deque[Outcome] = deque()
        self.wanted: Pull | None = None
        self.over = False
        self.finished = False
        self.error: BaseException | None = None
        self.changed = Signal()
        self.stop = Stop()
        self.thread: int | None = None
        self.puller: int | None = None
        self._driver = driver
        self._intake = intake
        self._count = count
        self._flow = flow(self.stop.is_set)
        self._asleep = [True]
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._tasks: SimpleQueue[tuple[Flow[Sent], Any] | None] = SimpleQueue()
        self._busy = 0
        self._workers: list[Thread] = []
        self._pulled: Pulled | None = _NOTHING
        self._late = False
        self._caller: tuple[int, Callable[[Pull], Pulled]] | None = None
        self._ended: list[Ended] = []

    def begin(self, pull: Callable[[Pull], Pulled]) -> None:
        """Start the thread, unless it has started. `pull` is used where it is the caller's own."""
        if self._asleep:
            self._caller = get_ident(), pull
            start(partial(copy_context().run, self._run), "zcrm-engine")

    def pulled(self, pulled: Pulled) -> None:
        """The rows wanted are in the intake."""
        self._inbox.put(partial(self._took, pulled))

    def release(self) -> None:
        """Stop, and wait for no more rows: whoever pulled them was interrupted, or another thread ends it."""
        self.stop.set()
        self._inbox.put(partial(self._released, self._nobody_else_pulls()))

    def abandon(self) -> None:
        """Stop, and tell every row as it is known by now."""
        self.stop.set()
        self._inbox.put(partial(self._abandoned, self._nobody_else_pulls()))

    def _nobody_else_pulls(self) -> bool:
        """Asked once `stop` is set: who begins to pull after that pulls nothing."""
        return self.puller in (None, get_ident())

    def _run(self) -> None:
        try:
            self._asleep.pop()
        except IndexError:
            return
        self.thread = get_ident()
        if self._caller and self._caller[0] != self.thread:
            self._caller = None
        try:
            effect = resume(self._flow)
            while not isinstance(effect, Done):
                effect = step(self._flow, effect, self._perform)
        except BaseException as error:  # noqa: BLE001
            self.error = error
        self.stop.set_between_calls()
        self._dismiss()
        if not self._late:
            self._receive()
        self._give(self._intake.abandon())
        self.over = True
        self.changed.notify()
        while self._late:
            with suppress(Abandoned):
                self._inbox.get()()
        self._receive()
        self._give(self._intake.abandon())
        self.finished = True
        self.changed.notify()

    def _receive(self) -> None:
        self._intake.recover()
        self._intake.receive()

    def _give(self, outcomes: Sequence[Outcome]) -> None:
        self._count(outcomes)
        self.ready.extend(outcomes)

    def _perform(self, effect: Any) -> Any:
        match effect:
            case Give():
                self._give(effect.items)
                return self.changed.notify()
            case Pull():
                return self._pull(effect)
            case Start():
                return self._resume(effect.flow)
            case Wait():
                return self._wait(block=effect.block)
            case Halt():
                return self.stop.set()
        raise TypeError(f"not an effect of a scheduler: {effect!r}")

    def _pull(self, effect: Pull) -> Pulled:
        self._pulled = None
        if self._caller:
            self._pulled = self._caller[1](effect)
        else:
            self.wanted = effect
            self.changed.notify()
        while self._pulled is None:
            self._inbox.get()()
        if not self._late:
            self._pulled.rows = self._intake.receive()
        return self._pulled

    def _took(self, pulled: Pulled) -> None:
        self._pulled = pulled
        self._late = False

    def _released(self, nobody_pulls: bool) -> None:
        """A row that another thread is just pulling is that thread's until it says that it has pulled it."""
        if self._pulled is None:
            self.wanted = None
            self._pulled = Pulled(())
            self._late = not nobody_pulls
        if nobody_pulls:
            self._late = False
            self._intake.recover()

    def _abandoned(self, nobody_pulls: bool) -> None:
        self._released(nobody_pulls)
        self.stop.set_between_calls()
        raise Abandoned

    def _wait(self, *, block: bool) -> list[Ended]:
        while (block and not self._ended) or not self._inbox.empty():
            self._inbox.get()()
        ended, self._ended = self._ended, []
        return ended

    def _resume(self, flow: Flow[Sent], result: Any = None, error: BaseException | None = None) -> None:
        try:
            effect = self._driver.until_it_waits(flow, resume(flow, result, error))
        except BaseException as died_of:  # noqa: BLE001
            self._ended.append(Ended(flow, error=died_of))
            return
        if isinstance(effect, Done):
            self._ended.append(Ended(flow, effect.result))
        else:
            self._busy += 1
            if self._busy <= len(self._workers) or self._hire():
                self._tasks.put((flow, effect))
            else:
                self._do(flow, effect)

    def _hire(self) -> bool:
        """Whether there is a worker for one more task now, or for the next that ends one."""
        worker = Thread(target=self._work, name="zcrm-update", daemon=True)
        with suppress(RuntimeError):
            worker.start()
            self._workers.append(worker)
        return bool(self._workers)

    def _work(self) -> None:
        while task := self._tasks.get():
            self._do(*task)

    def _do(self, flow: Flow[Sent], effect: Any) -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            result = self._driver.perform(effect, self.stop)
        except BaseException as raised:  # noqa: BLE001
            error = raised
        self._inbox.put(partial(self._performed, flow, result, error))

    def _dismiss(self) -> None:
        for _ in self._workers:
            self._tasks.put(None)
        if not self._busy:
            for worker in self._workers:
                worker.join()

    def _performed(self, flow: Flow[Sent], result: Any, error: BaseException | None) -> None:
        if self.over:
            return
        self._busy -= 1
        self._resume(flow, result, error)
