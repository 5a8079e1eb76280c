"""The two drivers: they run flows, one on threads, one in tasks. No decision is taken here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

from .flows.effects import Answer, Call, Flow, Sleep, Stopped
from .gate import Gate

T = TypeVar("T")


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


def _sleep(seconds: float, stop: Event) -> None:
    stop.wait(seconds)


async def _asleep(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


class Driver:
    """Runs flows on the calling thread.

    gate: bounds the calls in flight. sleep: waits so many seconds, or until the event is set.
    """

    def __init__(self, gate: Gate, sleep: Callable[[float, Event], None] = _sleep) -> None:
        self.gate = gate
        self._sleep = sleep

    def run(self, flow: Flow[T], stop: Event | None = None) -> T:
        """Run a flow of calls and sleeps to its end; returns its result, raises what it raises."""
        stop = stop or Event()
        try:
            effect = resume(flow)
            while not isinstance(effect, Done):
                effect = step(flow, effect, lambda effect: self.perform(effect, stop))
        finally:
            flow.close()
        result: T = effect.result
        return result

    def perform(self, effect: Any, stop: Event) -> Any:
        """Make the call, or sleep."""
        match effect:
            case Call():
                return self._call(effect, stop)
            case Sleep():
                return self._sleep(effect.seconds, stop)
        raise TypeError(f"not an effect of this driver: {effect!r}")

    def _call(self, call: Call, stop: Event) -> Answer:
        with self.gate.enter() as leave:
            if stop.is_set():
                raise Stopped
            call.starting()
            answer = call.sync()
            leave.throttled = answer.status == 429
            return answer


class AsyncDriver:
    """Runs flows in the calling task; otherwise as `Driver`."""

    def __init__(
        self, gate: Gate, sleep: Callable[[float, asyncio.Event], Awaitable[None]] = _asleep
    ) -> None:
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
        """Make the call, or sleep."""
        match effect:
            case Call():
                return await self._call(effect, stop)
            case Sleep():
                return await self._sleep(effect.seconds, stop)
        raise TypeError(f"not an effect of this driver: {effect!r}")

    async def _call(self, call: Call, stop: asyncio.Event) -> Answer:
        async with self.gate.aenter() as leave:
            if stop.is_set():
                raise Stopped
            call.starting()
            answer = await call.aio()
            leave.throttled = answer.status == 429
            return answer
