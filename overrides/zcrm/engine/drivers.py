"""The two drivers: they run flows, one on threads, one in tasks. No decision is taken here."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from ..outcomes import Outcome
from ..wire.calls import Answer, Call, check_loop
from .flows.effects import Event, Flow, Give, Sleep, Stopped, Tell
from .flows.waiting import credits_left
from .gate import Gate
from .threads import Stop, begin, take

T = TypeVar("T")

_log = logging.getLogger("zcrm")
_log.addHandler(logging.NullHandler())
_LEVELS = {
    "answered": logging.DEBUG,
    "unreachable": logging.INFO,
    "lost": logging.INFO,
    "settled": logging.DEBUG,
    "retrying": logging.INFO,
    "splitting": logging.INFO,
    "stopping": logging.WARNING,
    "waiting": logging.WARNING,
}


@dataclass(frozen=True, slots=True)
class Done:
    """What a step comes to when the flow has ended."""

    result: Any


def resume(flow: Flow[Any], result: Any = None, error: BaseException | None = None) -> Any:
    """Send the flow what it asked for; returns what it asks for next, or `Done`."""
    try:
        return flow.send(result) if error is None else flow.throw(error)
    except StopIteration as end:
        return Done(end.value)


def step(flow: Flow[Any], effect: Any, perform: Callable[[Any], Any]) -> Any:
    """Do what the flow asked for; returns what it asks for next, or `Done`."""
    try:
        result = perform(effect)
    except Exception as error:  # noqa: BLE001
        return resume(flow, error=error)
    return resume(flow, result)


async def astep(flow: Flow[Any], effect: Any, perform: Callable[[Any], Awaitable[Any]]) -> Any:
    """`step` for a task."""
    try:
        result = await perform(effect)
    except Exception as error:  # noqa: BLE001
        return resume(flow, error=error)
    return resume(flow, result)


Listener = Callable[[Event], object]


class _Teller:
    """Logs events, and hands them to whoever listens."""

    def __init__(self, on_event: Listener | None) -> None:
        self._on_event = on_event

    def until_it_waits(self, flow: Flow[Any], effect: Any) -> Any:
        """Tell what the flow has to tell; returns the first thing it asks for that takes time, or `Done`."""
        while isinstance(effect, Tell):
            self.tell(effect.event)
            effect = resume(flow)
        return effect

    def tell_of(self, operation: str, outcomes: Sequence[Outcome]) -> None:
        """Tell what became of these rows, if anybody listens."""
        if outcomes and self.is_heard("settled"):
            states: Counter[str] = Counter(outcome.state for outcome in outcomes)
            self.tell(Event("settled", operation, len(outcomes), states=dict(states)))

    def is_heard(self, name: str) -> bool:
        """Whether anybody listens to events of that name."""
        return self._on_event is not None or _log.isEnabledFor(_LEVELS[name])

    def tell(self, event: Event) -> None:
        _log.log(_LEVELS[event.name], "%s", event)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except BaseException:  # noqa: BLE001
                _log.exception("on_event failed")


def _sleep(seconds: float, stop: Stop) -> None:
    stop.wait(seconds)


async def _asleep(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


class Driver(_Teller):
    """Runs flows, on threads that no interrupt reaches.

    gate: bounds the calls in flight. sleep: waits so many seconds, or until the stop is set.
    on_event: called with each `Event`, on whichever thread it happens.
    """

    def __init__(
        self,
        gate: Gate,
        sleep: Callable[[float, Stop], None] = _sleep,
        on_event: Listener | None = None,
    ) -> None:
        super().__init__(on_event)
        self.gate = gate
        self._sleep = sleep

    def run(self, flow: Flow[T], stop: Stop | None = None) -> T:
        """Run a flow of calls and sleeps to its end; returns its result, raises what it raises."""
        result: T = self.advance(flow, stop or Stop()).result
        return result

    def advance(self, flow: Flow[Any], stop: Stop) -> Any:
        """Run a flow until it ends or gives something; returns `Done` or the `Give`.

        An interrupt leaves at once: a call in flight ends by itself, and no other is made.
        """
        work = partial(copy_context().run, partial(self._advance, flow, stop))
        try:
            told = take(begin(work, "zcrm-call"))
        except BaseException:
            stop.set()
            raise
        return told()

    def _advance(self, flow: Flow[Any], stop: Stop) -> Any:
        effect = self.until_it_waits(flow, resume(flow))
        while not isinstance(effect, Done | Give):
            effect = self.until_it_waits(flow, step(flow, effect, partial(self.perform, stop=stop)))
        return effect

    def perform(self, effect: Any, stop: Stop) -> Any:
        """Make the call, or sleep."""
        match effect:
            case Call():
                return self._call(effect, stop)
            case Sleep():
                return self._sleep(effect.seconds, stop)
        raise TypeError(f"not an effect of this driver: {effect!r}")

    def _call(self, call: Call, stop: Stop) -> Answer:
        with self.gate.enter(call.price, stop.is_set) as leave:
            if not stop.unless_set(call.starting):
                raise Stopped
            with call.timed():
                answer = call.sync()
            leave.throttled, leave.left = answer.status == 429, credits_left(answer)
            return answer


class AsyncDriver(_Teller):
    """Runs flows in the calling task; otherwise as `Driver`."""

    def __init__(
        self,
        gate: Gate,
        sleep: Callable[[float, asyncio.Event], Awaitable[None]] = _asleep,
        on_event: Listener | None = None,
    ) -> None:
        super().__init__(on_event)
        self.gate = gate
        self._sleep = sleep

    async def run(self, flow: Flow[T], stop: asyncio.Event | None = None) -> T:
        """Run a flow of calls and sleeps to its end; returns its result, raises what it raises."""
        try:
            result: T = (await self.advance(flow, stop or asyncio.Event())).result
            return result
        finally:
            flow.close()

    async def advance(self, flow: Flow[Any], stop: asyncio.Event) -> Any:
        """Run a flow until it ends or gives something; returns `Done` or the `Give`."""
        check_loop()
        effect = self.until_it_waits(flow, resume(flow))
        while not isinstance(effect, Done | Give):
            effect = self.until_it_waits(flow, await astep(flow, effect, partial(self.perform, stop=stop)))
        return effect

    async def perform(self, effect: Any, stop: asyncio.Event) -> Any:
        """Make the call, or sleep."""
        match effect:
            case Call():
                return await self._call(effect, stop)
            case Sleep():
                return await self._sleep(effect.seconds, stop)
        raise TypeError(f"not an effect of this driver: {effect!r}")

    async def _call(self, call: Call, stop: asyncio.Event) -> Answer:
        with await self.gate.aenter(call.price, stop.is_set) as leave:
            if stop.is_set():
                raise Stopped
            call.starting()
            with call.timed():
                answer = await call.aio()
            leave.throttled, leave.left = answer.status == 429, credits_left(answer)
            return answer
