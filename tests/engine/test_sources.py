"""Rows are taken from the caller's iterable as they are wanted, and no sooner."""

import asyncio
import signal

import pytest

from zcrm.engine.flows.effects import Pull, Pulled
from zcrm.engine.flows.streaming import Intake
from zcrm.engine.sources import AsyncSource, Source
from zcrm.outcomes import Outcome


class World:
    """A source of either kind over these rows; its clock moves by a second with each look."""

    def __init__(self, kind, rows, *, stop_after=None, tick=1.0):
        self.kind, self.now, self.tick = kind, 0.0, tick
        self.intake = Intake(lambda number, row: Outcome(number, row, id=row))
        self.left = stop_after
        if kind == "async rows":
            rows = afterwards(rows)
        maker = Source if kind == "sync" else AsyncSource
        self.source = maker(rows, self.intake, self.clock, self.stopped)

    def clock(self):
        self.now += self.tick
        return self.now - self.tick

    def stopped(self):
        if self.left is None:
            return False
        self.left -= 1
        return self.left < 0

    def pull(self, rows, within=None):
        wanted = Pull(rows, within)
        if self.kind == "sync":
            pulled = self.source.pull(wanted)
        else:
            pulled = LOOP.run_until_complete(self.source.pull(wanted))
        assert list(pulled.rows) == []
        return [outcome.input for outcome in self.intake.receive()], pulled


async def afterwards(rows):
    for row in rows:
        yield row


LOOP = asyncio.new_event_loop()


@pytest.fixture(scope="module", autouse=True)
def loop():
    yield
    LOOP.run_until_complete(LOOP.shutdown_asyncgens())
    LOOP.close()


@pytest.fixture(params=["sync", "tasks", "async rows"])
def world(request):
    return lambda *args, **options: World(request.param, *args, **options)


def test_so_many_as_are_wanted_and_no_more(world):
    rows = iter("abcde")
    made = world(rows)
    assert made.pull(2) == (["a", "b"], Pulled(()))
    assert next(rows) == "c"
    assert made.pull(2) == (["d", "e"], Pulled(()))
    assert made.pull(2) == ([], Pulled((), ended=True))


def test_an_end_is_told_with_the_rows_before_it(world):
    assert world("abc").pull(9) == (["a", "b", "c"], Pulled((), ended=True))


def test_what_the_rows_raise_ends_them(world):
    error = OSError("gone")

    def rows():
        yield "a"
        raise error

    assert world(rows()).pull(9) == (["a"], Pulled((), ended=True, error=error))


def test_what_a_signal_handler_raises_is_raised(world):
    class TimeLimit(Exception):
        pass

    def handler(number, frame):
        raise TimeLimit

    def rows():
        yield "a"
        signal.raise_signal(signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(TimeLimit):
            world(rows()).pull(9)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_what_an_admission_raises_is_no_end_of_the_rows(world):
    made = world("abc")
    admit = made.intake._admit

    def failing(number, row):
        if row == "b":
            raise OSError("gone")
        return admit(number, row)

    made.intake._admit = failing
    with pytest.raises(OSError, match="gone"):
        made.pull(9)


def test_a_stop_is_looked_at_before_each_row(world):
    rows = iter("abcde")
    made = world(rows, stop_after=2)
    assert made.pull(9) == (["a", "b"], Pulled(()))
    assert list(rows) == ["c", "d", "e"]


def test_without_a_limit_no_clock_is_looked_at(world):
    made = world("abc")
    made.pull(9)
    assert made.now == 0.0


@pytest.mark.parametrize("kind", ["sync", "tasks"])
def test_a_slow_input_gives_what_there_is_when_the_time_is_up(kind):
    made = World(kind, iter("abcdef"))
    assert made.pull(9, within=2.0) == (["a", "b"], Pulled((), late=True))
    assert made.pull(9, within=99.0) == (["c", "d", "e", "f"], Pulled((), ended=True))


class Slow:
    """Gives a row whenever it is let to."""

    def __init__(self):
        self.rows = asyncio.Queue()

    def __aiter__(self):
        return self

    async def __anext__(self):
        row = await self.rows.get()
        if isinstance(row, Exception):
            raise row
        return row


def test_a_row_that_comes_late_is_the_next_one():
    async def main():
        slow, now = Slow(), [0.0]
        intake = Intake(lambda number, row: Outcome(number, row, id=row))
        source = AsyncSource(slow, intake, lambda: now[0], lambda: False)
        slow.rows.put_nowait("a")
        assert await source.pull(Pull(2, 0.01)) == Pulled((), late=True)
        assert [outcome.input for outcome in intake.receive()] == ["a"]
        waiting = source.next
        assert await source.pull(Pull(2, 0.0)) == Pulled((), late=True)
        assert source.next is waiting
        slow.rows.put_nowait("b")
        assert await source.pull(Pull(1, 60.0)) == Pulled(())
        assert [outcome.input for outcome in intake.receive()] == ["b"]
        assert source.close() == set()

    asyncio.run(main())


class Loop(asyncio.SelectorEventLoop):
    """Takes down for how long it is to wait."""

    def __init__(self):
        super().__init__()
        self.delays = []

    def call_later(self, delay, callback, *args, **options):
        self.delays.append(delay)
        return super().call_later(delay, callback, *args, **options)


@pytest.mark.parametrize(("now", "delay"), [(0.75, 0.25), (1.0, 0.0), (99.0, 0.0)])
def test_a_row_is_waited_for_until_the_deadline_and_no_longer(now, delay):
    async def main():
        times = iter([0.0, now])
        source = AsyncSource(Slow(), Intake(lambda number, row: None), times.__next__, lambda: False)
        assert await source.pull(Pull(1, 1.0)) == Pulled((), late=True)
        assert asyncio.get_running_loop().delays == [delay]
        await asyncio.wait(source.close())

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(main())


def test_a_row_that_comes_in_time_is_taken():
    async def main():
        slow = Slow()
        intake = Intake(lambda number, row: Outcome(number, row, id=row))
        source = AsyncSource(slow, intake, lambda: 0.0, lambda: False)
        pulling = asyncio.create_task(source.pull(Pull(1, 60.0)))
        for _ in range(20):
            await asyncio.sleep(0)
        slow.rows.put_nowait("a")
        assert await pulling == Pulled(())
        assert [outcome.input for outcome in intake.receive()] == ["a"]

    asyncio.run(main())


@pytest.mark.parametrize("how", ["waiting", "come", "failed", "cancelled"])
def test_closed_while_it_waits_for_a_row(how):
    async def main():
        slow = Slow()
        intake = Intake(lambda number, row: Outcome(number, row, id=row))
        source = AsyncSource(slow, intake, lambda: 0.0, lambda: False)
        assert await source.pull(Pull(1, 0.0)) == Pulled((), late=True)
        coming = source.next
        if how == "come":
            slow.rows.put_nowait("a")
        elif how == "failed":
            slow.rows.put_nowait(OSError("gone"))
        elif how == "cancelled":
            coming.cancel()
        if how != "waiting":
            await asyncio.wait({coming})
        leaving = source.close()
        assert leaving == {coming}
        assert source.next is None
        await asyncio.wait(leaving)
        assert coming.cancelled() is (how in ("waiting", "cancelled"))
        return [outcome.input for outcome in intake.receive()]

    assert asyncio.run(main()) == (["a"] if how == "come" else [])
