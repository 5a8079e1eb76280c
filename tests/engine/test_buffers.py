"""Buffers over a sender of the tests' own: when calls leave, and that nothing is kept of what is through."""

import asyncio
import gc
import signal
import threading
import time

import pytest

from zcrm.engine import buffers
from zcrm.engine.buffers import AsyncBuffer, Buffer
from zcrm.errors import UsageError
from zcrm.outcomes import Outcome

HOUR = 3600.0


class Sender:
    """Takes down the calls; gives each row its outcome, in reverse, as far as it comes."""

    def __init__(self, *, fails=None, after=99):
        self.calls, self.threads, self.fails, self.after = [], [], fails, after
        self.hold = threading.Event()
        self.hold.set()

    def __call__(self, rows):
        self.calls.append([row["id"] for row in rows])
        self.threads.append(threading.current_thread().name)
        assert self.hold.wait(10)
        outcomes = [Outcome(n, row, id=row["id"], state="updated") for n, row in enumerate(rows)]
        for n, outcome in enumerate(reversed(outcomes)):
            if n == self.after:
                break
            yield outcome
        if self.fails is not None:
            raise self.fails

    async def in_tasks(self, rows):
        for outcome in self(rows):
            await asyncio.sleep(0)
            yield outcome


def kept(buffer):
    """What a buffer still holds of rows, a while after it gave their outcomes."""
    held = ("_last", "_sending", "_calls", "_waiting")
    for _ in range(1000):
        found = [name for name in held if getattr(buffer, name, None)]
        if not found:
            break
        time.sleep(0.001)
    return found


def timers():
    return [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_a_call_leaves_when_it_is_full_and_the_rest_when_it_is_closed():
    send = Sender()
    with Buffer(send, 2, HOUR) as buffer:
        futures = [buffer.submit(str(n), {"n": n}) for n in range(5)]
        first = [future.result(10) for future in futures[:4]]
    assert [outcome.id for outcome in first] == ["0", "1", "2", "3"]
    assert [outcome.input for outcome in first] == [{"id": str(n), "n": n} for n in range(4)]
    assert futures[4].result(0).id == "4"
    assert sorted(send.calls) == [["0", "1"], ["2", "3"], ["4"]]
    assert send.threads == ["zcrm-buffer"] * 3
    assert kept(buffer) == []
    for timer in timers():
        timer.join(10)
        assert not timer.is_alive()


def test_rows_leave_once_the_first_has_waited_long_enough():
    send = Sender()
    buffer = Buffer(send, 2, 0.1)
    assert buffer.submit("1", {}).result(10).id == "1"
    assert [buffer.submit(n, {}).result(10).id for n in ("2", "3")] == ["2", "3"]
    futures = [buffer.submit(n, {}) for n in ("4", "5", "6")]
    assert [future.result(10).id for future in futures] == ["4", "5", "6"]
    assert sorted(send.calls) == [["1"], ["2"], ["3"], ["4", "5"], ["6"]]
    assert all(timer.daemon for timer in timers())
    buffer.close()


def test_a_row_whose_caller_is_interrupted_keeps_nobody_waiting(monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    send = Sender()
    buffer = Buffer(send, 2, 0.5)
    with monkeypatch.context() as patch:
        patch.setattr(buffers, "start", interrupted)
        first = buffer.submit("1", {})
        with pytest.raises(KeyboardInterrupt):
            buffer.submit("2", {})
        assert first.result(10).id == "1"
    assert send.calls == [["1", "2"]]
    buffer.close()


def test_an_interrupted_flush_ends_no_call():
    send = Sender()

    def interrupting(rows):
        signal.raise_signal(signal.SIGINT)
        assert send.hold.wait(10)
        yield from send(rows)

    send.hold.clear()
    buffer = Buffer(interrupting, 2, HOUR)
    future = buffer.submit("1", {})
    with pytest.raises(KeyboardInterrupt):
        buffer.flush()
    send.hold.set()
    buffer.close()
    assert future.result(0).id == "1"


def test_no_rows_make_no_call():
    send = Sender()
    buffer = Buffer(send, 2, HOUR)
    future = buffer.submit("1", {})
    assert buffer._timer.daemon
    assert future.cancel()
    buffer.flush()
    buffer.flush()
    buffer.close()
    assert send.calls == []
    assert buffers.FLUSH_AFTER == 0.05


def test_closing_waits_for_calls_that_have_left():
    send = Sender()
    send.hold.clear()
    buffer = Buffer(send, 1, HOUR)
    future = buffer.submit("1", {})
    closer = threading.Thread(target=buffer.close, daemon=True)
    closer.start()
    closer.join(0.05)
    assert closer.is_alive()
    with pytest.raises(UsageError, match="The buffer is closed"):
        buffer.submit("2", {})
    send.hold.set()
    closer.join(10)
    assert not closer.is_alive()
    assert future.result(0).id == "1"


def test_a_record_waits_for_its_call_before_and_no_other_does():
    send = Sender()
    send.hold.clear()
    buffer = Buffer(send, 1, HOUR)
    first, other, second = buffer.submit("1", {}), buffer.submit("2", {}), buffer.submit(" 1", {})
    while len(send.calls) < 2:
        threading.Event().wait(0.001)
    assert sorted(send.calls) == [["1"], ["2"]]
    send.hold.set()
    assert [future.result(10).id for future in (first, other, second)] == ["1", "2", " 1"]
    assert send.calls[2] == [" 1"]
    buffer.close()
    assert kept(buffer) == []


@pytest.mark.parametrize("error", [OSError("gone"), KeyboardInterrupt()])
def test_what_ends_a_call_reaches_those_who_have_no_outcome(error):
    for after in (0, 1):
        buffer = Buffer(Sender(fails=error, after=after), 9, HOUR)
        futures = [buffer.submit(n, {}) for n in ("1", "2")]
        if isinstance(error, Exception):
            buffer.flush()
        else:
            with pytest.raises(KeyboardInterrupt):
                buffer.flush()
        assert futures[0].exception(0) is error
        assert futures[1].exception(0) is (None if after else error)
        assert kept(buffer) == []
        buffer.close()


def test_what_is_left_is_sent_at_the_end_unless_it_was_closed(monkeypatch):
    registered = []
    monkeypatch.setattr(buffers.atexit, "register", registered.append)
    monkeypatch.setattr(buffers.atexit, "unregister", registered.remove)
    buffer = Buffer(Sender(), 2, HOUR)
    assert registered == [buffer.close]
    buffer.close()
    assert registered == []


class Loop(asyncio.SelectorEventLoop):
    """Takes down what is to be called later."""

    def __init__(self):
        super().__init__()
        self.later = []

    def call_later(self, delay, callback, *args, **options):
        handle = super().call_later(delay, callback, *args, **options)
        self.later.append(handle)
        return handle


def in_tasks(main):
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(main())


async def ticks():
    for _ in range(20):
        await asyncio.sleep(0)


def test_in_tasks_calls_leave_when_they_are_full_and_no_timer_is_left():
    send = Sender()

    async def main():
        loop = asyncio.get_running_loop()
        async with AsyncBuffer(send.in_tasks, 3, HOUR) as buffer:
            tasks = [asyncio.create_task(buffer.update(str(n), {"n": n})) for n in range(7)]
            await ticks()
            assert [task.done() for task in tasks] == [True] * 6 + [False]
            assert len(loop.later) == 3
        await ticks()
        assert [task.result().input["n"] for task in tasks] == list(range(7))
        assert all(handle.cancelled() for handle in loop.later)
        assert kept(buffer) == []
        with pytest.raises(UsageError, match="The buffer is closed"):
            await buffer.update("1", {})

    in_tasks(main)
    assert send.calls == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_in_tasks_rows_leave_once_the_first_has_waited_long_enough():
    send = Sender()

    async def main():
        buffer = AsyncBuffer(send.in_tasks, 2, 0.001)
        async with asyncio.timeout(10):
            assert (await buffer.update("1", {})).id == "1"
            await asyncio.gather(*(buffer.update(n, {}) for n in ("2", "3")))
            assert (await buffer.update("4", {})).id == "4"

    in_tasks(main)
    assert send.calls == [["1"], ["2", "3"], ["4"]]


def test_in_tasks_no_rows_make_no_call():
    send = Sender()

    async def main():
        buffer = AsyncBuffer(send.in_tasks, 2, HOUR)
        await buffer.flush()
        await buffer.close()
        await ticks()

    in_tasks(main)
    assert send.calls == []


def test_in_tasks_a_record_waits_for_its_call_before():
    begun, order = asyncio.Event(), []

    async def send(rows):
        order.append(("begun", rows[0]["n"]))
        if rows[0]["n"] == 0:
            await begun.wait()
        order.append(("ended", rows[0]["n"]))
        for n, row in enumerate(rows):
            yield Outcome(n, row, id=row["id"])

    async def main():
        async with AsyncBuffer(send, 1, HOUR) as buffer:
            tasks = [
                asyncio.create_task(buffer.update(record, {"n": n})) for n, record in enumerate(["1", "2", 1])
            ]
            await ticks()
            assert order == [("begun", 0), ("begun", 1), ("ended", 1)]
            begun.set()
        assert [task.result().input["n"] for task in tasks] == [0, 1, 2]
        await ticks()
        assert not buffer._last

    in_tasks(main)
    assert order[3:] == [("ended", 0), ("begun", 2), ("ended", 2)]


def test_in_tasks_the_last_call_of_a_record_is_the_one_that_counts():
    events = [asyncio.Event() for _ in range(3)]

    async def send(rows):
        await events[rows[0]["n"]].wait()
        for n, row in enumerate(rows):
            yield Outcome(n, row, id=row["id"])

    async def main():
        buffer = AsyncBuffer(send, 1, HOUR)
        tasks = [asyncio.create_task(buffer.update("1", {"n": n})) for n in range(2)]
        await ticks()
        events[0].set()
        await ticks()
        assert (tasks[0].done(), len(buffer._last)) == (True, 1)
        tasks.append(asyncio.create_task(buffer.update("1", {"n": 2})))
        events[2].set()
        await ticks()
        assert not tasks[2].done()
        events[1].set()
        await asyncio.gather(*tasks)

    in_tasks(main)


@pytest.mark.parametrize("after", [0, 1])
def test_in_tasks_what_ends_a_call_reaches_those_who_have_no_outcome(after):
    error = OSError("gone")

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: said.append(context))
        async with AsyncBuffer(Sender(fails=error, after=after).in_tasks, 2, HOUR) as buffer:
            tasks = [asyncio.create_task(buffer.update(n, {})) for n in ("1", "2")]
            await asyncio.wait(tasks)
        await ticks()
        gc.collect()
        assert tasks[0].exception() is error
        assert tasks[1].exception() is (None if after else error)

    said = []
    in_tasks(main)
    assert said == []


def test_in_tasks_an_interrupt_goes_on_and_leaves_nobody_waiting():
    tasks = []

    async def main():
        buffer = AsyncBuffer(Sender(fails=KeyboardInterrupt(), after=0).in_tasks, 1, HOUR)
        tasks.append(asyncio.create_task(buffer.update("1", {})))
        await asyncio.sleep(HOUR)

    with pytest.raises(KeyboardInterrupt):
        in_tasks(main)
    assert tasks[0].done()


def test_in_tasks_a_cancelled_call_cancels_those_who_wait_for_it():
    async def send(rows):
        await asyncio.sleep(HOUR)
        yield

    async def main():
        buffer = AsyncBuffer(send, 1, HOUR)
        task = asyncio.create_task(buffer.update("1", {}))
        await ticks()
        (call,) = buffer._calls
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    in_tasks(main)


def test_in_tasks_whoever_is_cancelled_keeps_nobody_from_an_outcome():
    send = Sender()

    async def main():
        async with AsyncBuffer(send.in_tasks, 9, HOUR) as buffer:
            tasks = [asyncio.create_task(buffer.update(n, {})) for n in ("1", "2")]
            await ticks()
            tasks[0].cancel()
        assert (await tasks[1]).id == "2"

    in_tasks(main)
    assert send.calls == [["1", "2"]]
