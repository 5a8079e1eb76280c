"""Iterators over what is read, on both faces."""

import asyncio
from types import SimpleNamespace

import pytest

from zcrm.engine.drivers import AsyncDriver, Driver
from zcrm.engine.flows.effects import Give, Sleep
from zcrm.engine.gate import LocalGate
from zcrm.engine.streams import AsyncStream, Stream
from zcrm.errors import UsageError


class Clock:
    """Moves on by a second whenever it is looked at."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


class Sync:
    """A stream, by the names that it has on either face."""

    def __init__(self, flow):
        self.clock = Clock()
        self.stream = Stream(flow, SimpleNamespace(clock=self.clock, driver=Driver(LocalGate(1))))

    def next(self):
        return next(self.stream, "ended")

    def close(self):
        self.stream.close()

    def rest(self):
        return list(self.stream)

    def leave(self):
        with self.stream as stream:
            assert stream is self.stream


class Tasks(Sync):
    def __init__(self, flow):
        self.clock = Clock()
        self.stream = AsyncStream(flow, SimpleNamespace(clock=self.clock, driver=AsyncDriver(LocalGate(1))))

    def next(self):
        async def main():
            return await anext(self.stream, "ended")

        return asyncio.run(main())

    def close(self):
        asyncio.run(self.stream.aclose())

    def rest(self):
        async def main():
            return [item async for item in self.stream]

        return asyncio.run(main())

    def leave(self):
        async def main():
            async with self.stream as stream:
                assert stream is self.stream

        asyncio.run(main())


@pytest.fixture(params=[Sync, Tasks])
def reading(request):
    return request.param


def pages(*given, end=None):
    def flow(summary, stopped):
        for items in given:
            if stopped():
                return
            yield Give(items)
        if end is not None:
            raise end

    return flow


def test_items_come_page_by_page_and_are_counted(reading):
    face = reading(pages([1, 2], [], [3]))
    assert face.stream.summary.read == 0
    assert face.next() == 1
    assert face.stream.summary.read == 2
    assert face.rest() == [2, 3]
    assert (face.stream.summary.read, face.stream.summary.rows) == (3, 3)
    assert [face.next(), face.rest()] == ["ended", []]


def test_seconds_run_from_the_first_item_to_the_end(reading):
    face = reading(pages([1], [2]))
    assert (face.stream.summary.seconds, face.clock.now) == (0.0, 0.0)
    face.next()
    assert face.clock.now == 1.0
    assert face.stream.summary.seconds == 1.0
    assert face.stream.summary.seconds == 2.0
    face.rest()
    assert face.stream.summary.seconds == face.stream.summary.seconds == 3.0


def test_stopped_it_gives_what_was_read_and_reads_no_more(reading):
    face = reading(pages([1, 2], [3]))
    assert face.next() == 1
    face.stream.stop()
    assert face.rest() == [2]
    assert face.stream.summary.read == 2


@pytest.mark.parametrize("way", ["close", "leave"])
def test_closed_it_gives_nothing_more(reading, way):
    face = reading(pages([1, 2], [3]))
    assert face.next() == 1
    getattr(face, way)()
    assert face.stream.summary.seconds == face.stream.summary.seconds == 1.0
    assert face.rest() == []
    assert (face.stream.summary.read, face.stream.summary.seconds) == (2, 1.0)
    assert face.stream.summary.seconds == 1.0


@pytest.mark.parametrize("way", ["close", "leave"])
def test_closed_its_flow_knows_that_it_is_to_stop(reading, way):
    told = []

    def flow(summary, stopped):
        told.append(stopped)
        yield Give([1, 2])

    face = reading(flow)
    face.next()
    assert told[0]() is False
    getattr(face, way)()
    assert told[0]() is True


@pytest.mark.parametrize("error", [OSError("gone"), KeyboardInterrupt()])
def test_an_error_comes_after_what_was_read_and_ends_it(reading, error):
    face = reading(pages([1], end=error))
    assert face.next() == 1
    with pytest.raises(type(error)):
        face.next()
    assert face.stream.summary.seconds == face.stream.summary.seconds == 1.0
    assert face.rest() == []
    assert face.stream.summary.seconds == 1.0


def test_it_can_not_be_iterated_from_within():
    raised = []

    def flow(summary, stopped):
        try:
            next(face.stream)
        except UsageError as error:
            raised.append(error.message)
        yield Give([1])

    face = Sync(flow)
    assert face.rest() == [1]
    assert raised == ["This is being iterated already: whatever that calls can't iterate it, too"]


def test_nor_from_another_task_meanwhile():
    async def main():
        stream = AsyncStream(
            lambda summary, stopped: waiting(),
            SimpleNamespace(clock=Clock(), driver=AsyncDriver(LocalGate(1), sleep=sleep)),
        )
        first = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        with pytest.raises(UsageError, match="iterated already"):
            await anext(stream)
        go_on.set()
        assert await first == 1
        assert await anext(stream) == 2

    async def sleep(seconds, stop):
        await go_on.wait()

    def waiting():
        yield Sleep(1)
        yield Give([1])
        yield Give([2])

    go_on = asyncio.Event()
    asyncio.run(main())


def test_what_comes_in_once_it_was_closed_is_dropped():
    def flow(summary, stopped):
        face.stream.close()
        yield Give([1])

    face = Sync(flow)
    assert face.rest() == []
    assert face.stream.summary.read == 0
