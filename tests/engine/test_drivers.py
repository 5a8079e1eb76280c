"""The drivers: what they do with what a flow asks for, on threads and in tasks."""

import asyncio
import logging
import os
import signal
import threading
import time
from contextvars import ContextVar

import pytest

from zcrm.engine.drivers import AsyncDriver, Done, Driver, astep, resume, step
from zcrm.engine.flows.effects import Event, Give, Sleep, Stopped, Tell
from zcrm.engine.gate import LocalGate
from zcrm.engine.threads import Stop
from zcrm.errors import UsageError
from zcrm.outcomes import Outcome
from zcrm.wire.calls import Answer, Call

LEVELS = {
    "answered": logging.DEBUG,
    "unreachable": logging.INFO,
    "lost": logging.INFO,
    "settled": logging.DEBUG,
    "retrying": logging.INFO,
    "splitting": logging.INFO,
    "stopping": logging.WARNING,
    "waiting": logging.WARNING,
}
VARIABLE = ContextVar("VARIABLE", default="of nobody")


class Gate(LocalGate):
    """Takes down what it is asked for, and gives out one leave."""

    def __init__(self):
        super().__init__(1)
        self.asked, self.leaves = [], []

    def enter(self, price=0, stopped=None):
        leave = super().enter(price, stopped)
        self.asked.append((price, stopped()))
        self.leaves.append(leave)
        return leave

    async def aenter(self, price=0, stopped=None):
        return self.enter(price, stopped)


class Face:
    """A driver of either kind, and how a flow is run on it."""

    def __init__(self, kind, **options):
        self.in_tasks = kind == "async"
        self.gate = Gate()
        self.driver = (AsyncDriver if self.in_tasks else Driver)(self.gate, **options)

    def run(self, flow, *, stopped=False):
        if not self.in_tasks:
            stop = Stop()
            if stopped:
                stop.set()
            return self.driver.run(flow, stop)

        async def main():
            stop = asyncio.Event()
            if stopped:
                stop.set()
            return await self.driver.run(flow, stop)

        return asyncio.run(main())


@pytest.fixture(params=["sync", "async"])
def face(request):
    return lambda **options: Face(request.param, **options)


def calling(answer, left):
    """A flow of one call, and what it gets."""

    def sync():
        left.append("made")
        return answer

    async def aio():
        return sync()

    return (yield Call(sync, aio, lambda: left.append("starting"), price=7))


@pytest.mark.parametrize(("status", "throttled"), [(200, False), (428, False), (429, True), (430, False)])
def test_a_call_goes_through_the_gate(face, status, throttled):
    made, left = face(), []
    answer = Answer(status, None, {"x-api-credits-remaining": "12"})
    assert made.run(calling(answer, left)) is answer
    assert left == ["starting", "made"]
    assert made.gate.asked == [(7, False)]
    assert [(leave.throttled, leave.left) for leave in made.gate.leaves] == [(throttled, 12.0)]
    assert made.gate._in_flight == 0


def test_once_stopped_no_call_is_made(face):
    made, left = face(), []
    with pytest.raises(Stopped):
        made.run(calling(Answer(200), left), stopped=True)
    assert (left, made.gate._in_flight) == ([], 0)


def test_a_call_knows_when_it_was_made(face):
    made, seen = face(), []

    def flow():
        call = Call(lambda: Answer(200), answered)
        yield call
        seen.append((call.started, call.seconds))

    async def answered():
        return Answer(200)

    began = time.time()
    made.run(flow())
    ((started, seconds),) = seen
    assert began <= started <= time.time()
    assert seconds > 0


def test_what_is_raised_goes_into_the_flow_and_out_of_it(face):
    caught = []

    def flow():
        try:
            yield Sleep(0)
        except OSError as error:
            caught.append(error)
            raise ValueError("and on") from error

    async def later(seconds, stop):
        raise OSError("gone")

    def now(seconds, stop):
        raise OSError("gone")

    made = face()
    made.driver._sleep = later if made.in_tasks else now
    with pytest.raises(ValueError, match="and on"):
        made.run(flow())
    assert [str(error) for error in caught] == ["gone"]


def test_what_is_no_effect(face):
    def flow():
        yield "nonsense"

    with pytest.raises(TypeError, match="not an effect of this driver: 'nonsense'"):
        face().run(flow())


def test_what_is_told_is_heard_on_the_way(face):
    heard = []

    def flow():
        yield Tell(Event("answered", "one"))
        yield Sleep(0)
        yield Tell(Event("lost", "two"))
        yield Tell(Event("retrying", "three"))
        return "done"

    assert face(on_event=heard.append).run(flow()) == "done"
    assert [event.operation for event in heard] == ["one", "two", "three"]


def test_a_flow_runs_in_the_context_of_who_runs_it(face):
    def flow():
        return VARIABLE.get()
        yield

    token = VARIABLE.set("of the caller")
    try:
        assert face().run(flow()) == "of the caller"
    finally:
        VARIABLE.reset(token)


def test_a_wait_lasts_as_long_as_it_is_to_or_until_a_stop(face):
    def flow(seconds):
        began = time.monotonic()
        yield Sleep(seconds)
        return time.monotonic() - began

    assert face().run(flow(0.02)) >= 0.02
    assert face().run(flow(60), stopped=True) < 30


def test_a_driver_of_threads_runs_flows_on_its_own():
    def flow():
        return threading.current_thread().name
        yield

    driver = Driver(LocalGate(1))
    assert driver.run(flow()) == "zcrm-call"

    def giving():
        yield Give([1])
        yield Give([2])
        return "done"

    flow, stop = giving(), Stop()
    assert [driver.advance(flow, stop) for _ in range(3)] == [Give([1]), Give([2]), Done("done")]


def test_a_driver_in_tasks_gives_on_the_way_and_needs_a_loop():
    driver = AsyncDriver(LocalGate(1))

    def giving():
        yield Give([1])
        return "done"

    async def main():
        flow, stop = giving(), asyncio.Event()
        return [await driver.advance(flow, stop) for _ in range(2)]

    assert asyncio.run(main()) == [Give([1]), Done("done")]
    assert asyncio.run(driver.run(iter_of("done"))) == "done"
    with pytest.raises(UsageError, match="event loops of asyncio"):
        driver.advance(giving(), None).send(None)


def iter_of(result):
    return result
    yield


def test_whatever_ends_a_thread_is_raised():
    class Interrupted(BaseException):
        pass

    def flow():
        raise Interrupted
        yield

    with pytest.raises(Interrupted):
        Driver(LocalGate(1)).run(flow())


def test_an_interrupt_leaves_at_once_and_no_other_call_is_made():
    stopped, left = threading.Event(), []

    def sleep(seconds, stop):
        os.kill(os.getpid(), signal.SIGINT)
        stop.wait(30)
        if stop.is_set():
            stopped.set()

    def flow():
        yield Sleep(1)
        yield Call(lambda: left.append("made"), None, lambda: left.append("starting"))

    driver = Driver(LocalGate(1), sleep=sleep)
    with pytest.raises(KeyboardInterrupt):
        driver.run(flow())
    assert stopped.wait(10)
    assert left == []


def test_a_flow_is_closed_when_its_task_is_cancelled():
    closed = []

    def flow():
        try:
            yield Sleep(60)
        finally:
            closed.append(True)

    async def main():
        task = asyncio.create_task(AsyncDriver(LocalGate(1)).run(running))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closed == [True]

    running = flow()
    asyncio.run(main())


def asking():
    """Asks once, and tells what it got."""
    try:
        return "got", (yield "ask")
    except ValueError as error:
        return "caught", str(error)


def test_one_step_of_a_flow():
    def refuse(effect):
        raise ValueError(effect)

    def interrupt(effect):
        raise KeyboardInterrupt

    async def later(effect):
        return effect.upper()

    async def refused(effect):
        raise ValueError(effect)

    flow = asking()
    assert resume(flow) == "ask"
    assert step(flow, "ask", str.upper) == Done(("got", "ASK"))
    flow = asking()
    assert step(flow, resume(flow), refuse) == Done(("caught", "ask"))
    flow = asking()
    assert asyncio.run(astep(flow, resume(flow), later)) == Done(("got", "ASK"))
    flow = asking()
    assert asyncio.run(astep(flow, resume(flow), refused)) == Done(("caught", "ask"))
    flow = asking()
    next(flow)
    assert resume(flow, error=ValueError("so")) == Done(("caught", "so"))
    with pytest.raises(KeyboardInterrupt):
        step(asking(), "ask", interrupt)


@pytest.mark.parametrize(("name", "level"), LEVELS.items())
def test_each_event_is_logged_by_its_weight(caplog, name, level):
    event = Event(name, "update_records", 3, cause="so")
    with caplog.at_level(logging.DEBUG, "zcrm"):
        Driver(LocalGate(1)).tell(event)
    assert [(r.name, r.levelno, r.getMessage()) for r in caplog.records] == [("zcrm", level, str(event))]


def test_a_program_that_logs_nothing_is_told_nothing_of_it():
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("zcrm").handlers)


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)])
def test_whoever_listens_ends_nothing(caplog, error):
    def listen(event):
        raise error

    Driver(LocalGate(1), on_event=listen).tell(Event("lost", "update_records"))
    assert [record.getMessage() for record in caplog.records] == ["on_event failed"]


def outcomes(*states):
    return [Outcome(n, None, state=state) for n, state in enumerate(states)]


def test_what_became_of_rows_is_told_where_somebody_listens(caplog):
    heard, rows = [], outcomes("updated", "rejected", "updated")
    driver = Driver(LocalGate(1), on_event=heard.append)
    driver.tell_of("update_records", [])
    driver.tell_of("update_records", rows)
    event = Event("settled", "update_records", 3, states={"updated": 2, "rejected": 1})
    assert heard == [event]
    silent = Driver(LocalGate(1))
    with caplog.at_level(logging.DEBUG, "zcrm"):
        silent.tell_of("update_records", rows)
        silent.tell_of("update_records", [])
    assert [record.getMessage() for record in caplog.records] == [str(event)]


def test_and_costs_nothing_where_nobody_does(caplog, monkeypatch):
    driver = Driver(LocalGate(1))
    monkeypatch.setattr(driver, "tell", lambda event: pytest.fail("nobody listens"))
    with caplog.at_level(logging.INFO, "zcrm"):
        driver.tell_of("update_records", outcomes("updated"))


def test_how_a_driver_sleeps_is_the_callers_choice():
    slept = []
    driver = Driver(LocalGate(1), sleep=lambda seconds, stop: slept.append((seconds, stop.is_set())))

    def flow():
        yield Sleep(7)

    driver.run(flow())
    assert slept == [(7, False)]
