"""The two drivers: they run flows, one on threads, one in tasks. No decision is taken here."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from ..wire.calls import Answer, Call
from .flows.effects import Event, Flow, Sleep, Stopped, Tell
from .gate import Gate

T = TypeVar("T")

_log = logging.getLogger("zcrm")
_log.addHandler(logging.NullHandler())
_LEVELS = {
    "answered": logging.DEBUG,
    "retrying": logging.INFO,
    "splitting": logging.INFO,
    "stopping": logging.WARNING,
}


@dataclass(frozen=True, slots=True)
class Done:
    """What a step comes to when the flow has ended."""

    result: Any


def resume(flow: Flow[Any], result: Any = None, error: Exception | None = None) -> Any:
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

    def tell(self, event: Event) -> None:
        _log.log(_LEVELS[event.name], "%s", event)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:  # noqa: BLE001
                _log.exception("on_event failed")


def _sleep(seconds: float, stop: threading.Event) -> None:
    stop.wait(seconds)


async def _asleep(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


class Driver(_Teller):
    """Runs flows on the calling thread.

    gate: bounds the calls in flight. sleep: waits so many seconds, or until the event is set.
    on_event: called with each `Event`, on whichever thread it happens.
    """

    def __init__(
        self,
        gate: Gate,
        sleep: Callable[[float, threading.Event], None] = _sleep,
        on_event: Listener | None = None,
    ) -> None:
        super().__init__(on_event)
        self.gate = gate
        self._sleep = sleep

    def run(self, flow: Flow[T], stop: threading.Event | None = None) -> T:
        """Run a flow of calls and sleeps to its end; returns its result, raises what it raises."""
        stop = stop or threading.Event()
        try:
            effect = resume(flow)
            while not isinstance(effect, Done):
                effect = step(flow, effect, lambda effect: self.perform(effect, stop))
        finally:
            flow.close()
        result: T = effect.result
        return result

    def perform(self, effect: Any, stop: threading.Event) -> Any:
        """Make the call, sleep, or tell."""
        match effect:
            case Call():
                return self._call(effect, stop)
            case Sleep():
                return self._sleep(effect.seconds, stop)
            case Tell():
                return self.tell(effect.event)
        raise TypeError(f"not an effect of this driver: {effect!r}")

    def _call(self, call: Call, stop: threading.Event) -> Answer:
        with self.gate.enter() as leave:
            if stop.is_set():
                raise Stopped
            call.starting()
            answer = call.sync()
            leave.throttled = answer.status == 429
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
        stop = stop or asyncio.Event()
        try:
            effect = resume(flow)
            while not isinstance(effect, Done):
                effect = await astep(flow, effect, lambda effect: self.perform(effect, stop))
        finally:
            flow.close()
        result: T = effect.result
        return result

    async def perform(self, effect: Any, stop: asyncio.Event) -> Any:
        """Make the call, sleep, or tell."""
        match effect:
            case Call():
                return await self._call(effect, stop)
            case Sleep():
                return await self._sleep(effect.seconds, stop)
            case Tell():
                return self.tell(effect.event)
        raise TypeError(f"not an effect of this driver: {effect!r}")

    async def _call(self, call: Call, stop: asyncio.Event) -> Answer:
        with await self.gate.aenter() as leave:
            if stop.is_set():
                raise Stopped
            call.starting()
            answer = await call.aio()
            leave.throttled = answer.status == 429
            return answer
