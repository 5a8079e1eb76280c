"""Streams of updates on both faces, over calls that no server answers."""

import asyncio
import os
import signal
import threading
import time
import warnings
from contextvars import ContextVar

import pytest

from zcrm.engine import threads
from zcrm.engine.drivers import AsyncDriver, Driver
from zcrm.engine.engine import Engine
from zcrm.engine.flows.sending import NoJournal
from zcrm.engine.flows.streaming import Intake
from zcrm.engine.gate import LocalGate
from zcrm.engine.runtime import Runtime
from zcrm.engine.updates import AsyncUpdates, Updates
from zcrm.engine.writing import plan
from zcrm.errors import UsageError, ZohoError
from zcrm.outcomes import Outcome
from zcrm.retry import Retry
from zcrm.rows.admission import Admission
from zcrm.rows.options import Settings
from zcrm.wire.calls import Answer, Call

VARIABLE = ContextVar("VARIABLE", default="of nobody")
STOPPED = "Stopped before it was sent"


def good(ids):
    said = {"code": "SUCCESS", "status": "success", "message": "done"}
    return Answer(200, {"data": [{**said, "details": {"id": row_id}} for row_id in ids]})


def refused(ids):
    return Answer(400, {"code": "INVALID_MODULE", "status": "error", "message": "no", "details": {"a": 1}})


def rows(count):
    return [{"id": str(n), "Stage": "Won"} for n in range(count)]


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


class Sync:
    """Updates of a number of rows a call, by the names that they have on either face."""

    kind = "sync"

    def __init__(
        self,
        given,
        answer=good,
        *,
        size=2,
        gate=None,
        beside=None,
        keep=False,
        on_event=None,
        flush_after=None,
        journal=None,
    ):
        self.sent, self.answer, self.heard = [], answer, []
        self.gate = gate or LocalGate(2)
        driver = self.driver(on_event)
        runtime = Runtime(None, driver, Retry(), lambda: 0.0, Clock())
        settled = Settings(resend=True, flush_after=flush_after)
        made = plan(runtime, "update_records", self.call, settled, size, journal or NoJournal())
        if beside is not None:
            object.__setattr__(made, "beside", beside)
        options = {"keep": True} if keep else {}
        self.updates = self.face(given, made, Admission().admit, runtime, **options)

    face = Updates

    sleeps_until_stopped = False

    def driver(self, on_event):
        return Driver(self.gate, sleep=self.sleep, on_event=on_event)

    def sleep(self, seconds, stop):
        if self.sleeps_until_stopped:
            stop.wait(10)
            assert stop.is_set()

    def call(self, outcomes):
        ids = [outcome.id for outcome in outcomes]

        def sync():
            self.sent.append(ids)
            return self.answer(ids)

        async def aio():
            answer = sync()
            return await answer if asyncio.iscoroutine(answer) else answer

        return lambda starting: Call(sync, aio, starting)

    def do(self, name):
        """Call one of its methods; what it returns."""
        return getattr(self.updates, name)()

    def rest(self, count=None):
        """What it gives yet, or the first of that."""
        found = []
        for outcome in self.updates:
            found.append(outcome)
            if len(found) == count:
                break
        return found

    def leave(self):
        with self.updates as updates:
            assert updates is self.updates
            return [next(updates)]


class Tasks(Sync):
    kind = "async"
    face = AsyncUpdates

    def __init__(self, *args, **options):
        self.runner = asyncio.Runner()
        self.runner.get_loop()
        super().__init__(*args, **options)

    def driver(self, on_event):
        return AsyncDriver(self.gate, sleep=self.sleep, on_event=on_event)

    async def sleep(self, seconds, stop):
        if self.sleeps_until_stopped:
            await asyncio.wait_for(stop.wait(), 10)
        await asyncio.sleep(0)

    def do(self, name):
        async def main():
            found = getattr(self.updates, name)()
            return await found if asyncio.iscoroutine(found) else found

        return self.runner.run(main())

    def rest(self, count=None):
        async def main():
            found = []
            async for outcome in self.updates:
                found.append(outcome)
                if len(found) == count:
                    break
            return found

        return self.runner.run(main())

    def leave(self):
        async def main():
            async with self.updates as updates:
                assert updates is self.updates
                return [await anext(updates)]

        return self.runner.run(main())


@pytest.fixture(params=[Sync, Tasks], ids=["sync", "async"])
def made(request):
    faces = []

    def make(*args, **options):
        faces.append(request.param(*args, **options))
        return faces[-1]

    yield make
    for face in faces:
        if face.kind == "async":
            face.runner.close()


def states(outcomes):
    return [outcome.state for outcome in outcomes]


def test_each_row_has_its_outcome_in_order_and_the_sums_are_complete(made, whole):
    face = made([*rows(3), {"Stage": "Won"}, *rows(2)[1:]])
    outcomes = face.rest()
    assert [outcome.row for outcome in outcomes] == [0, 1, 2, 3, 4]
    assert states(outcomes) == ["updated"] * 3 + ["rejected", "updated"]
    assert whole(outcomes[0]) == {
        "state": "updated",
        "code": "SUCCESS",
        "message": "done",
        "details": {"id": "0"},
        "attempts": 1,
        "http_status": 200,
        "fix": "",
        "retryable": False,
    }
    summary = face.updates.summary
    assert (summary.rows, summary.states["updated"], summary.states["rejected"]) == (5, 4, 1)
    assert (summary.calls, summary.credits, summary.retries) == (len(face.sent), len(face.sent), 0)
    assert summary.seconds == face.updates.summary.seconds > 0
    assert summary.not_updated == []
    assert face.rest() == []
    assert face.gate._in_flight == 0


def test_what_was_not_updated_is_kept_by_request(made):
    face = made([{"Stage": "Won"}], keep=True)
    outcomes = face.rest()
    assert face.updates.summary.not_updated == outcomes
    face = made([{"Stage": "Won"}])
    face.rest()
    assert face.updates.summary.not_updated == []


def test_seconds_begin_with_the_first_row_that_is_wanted(made):
    face = made(rows(3))
    assert face.updates.summary.seconds == 0.0
    face.rest(1)
    assert 0 < face.updates.summary.seconds < face.updates.summary.seconds


def test_stopped_it_pulls_and_sends_nothing_new(made, whole):
    given = iter(rows(40))
    face = made(given)
    first = face.rest(1)
    face.updates.stop()
    rest = face.rest()
    outcomes = first + rest
    assert [outcome.row for outcome in outcomes] == list(range(40 - len(list(given))))
    sent = {row_id for ids in face.sent for row_id in ids}
    assert {outcome.id for outcome in outcomes if outcome.state == "updated"} == sent
    unsent = [outcome for outcome in outcomes if outcome.state != "updated"]
    assert all((o.state, o.attempts, o.message, o.retryable) == ("unsent", 0, STOPPED, True) for o in unsent)
    assert face.updates.summary.rows == len(outcomes)


def test_stopped_before_it_began_it_pulls_nothing(made):
    given = iter(rows(3))
    face = made(given)
    face.updates.stop()
    assert face.rest() == []
    assert len(list(given)) == 3
    assert face.sent == []


@pytest.mark.parametrize("way", ["close", "leave", "close at once"])
def test_closed_it_gives_no_more_and_its_sums_are_complete(made, way):
    face = made(rows(40))
    if way == "close":
        face.rest(1)
        face.do("close")
    elif way == "leave":
        face.leave()
    else:
        face.do("close")
    summary = face.updates.summary
    assert summary.states["updated"] == sum(map(len, face.sent))
    assert summary.rows == sum(summary.states.values()) < 40
    assert (summary.rows == 0) is (way == "close at once")
    assert summary.seconds == face.updates.summary.seconds
    assert face.rest() == []
    face.do("close")


def test_an_error_of_the_rows_comes_after_their_outcomes_and_once(made):
    error = OSError("gone")

    def given():
        yield from rows(3)
        raise error

    face, outcomes = made(given()), []
    with pytest.raises(OSError, match="gone") as caught:
        collect(face, outcomes)
    assert caught.value is error
    assert states(outcomes) == ["updated"] * 3
    assert face.rest() == []


def collect(face, outcomes):
    while found := face.rest(1):
        outcomes += found


def test_a_fatal_refusal_comes_after_the_outcomes(made, whole):
    face, outcomes = made(rows(40), refused), []
    with pytest.raises(ZohoError) as caught:
        collect(face, outcomes)
    error = caught.value
    assert (error.code, error.message, error.details, error.http_status) == (
        "INVALID_MODULE",
        "no",
        {"a": 1},
        400,
    )
    assert error.fix
    for outcome in outcomes:
        assert whole(outcome) | {"attempts": 0} == {
            "state": "unsent",
            "code": "INVALID_MODULE",
            "message": "no",
            "details": {"a": 1},
            "attempts": 0,
            "http_status": 400,
            "fix": error.fix,
            "retryable": True,
        }
    assert len(outcomes) < 40
    assert face.rest() == []


def test_a_fatal_refusal_ends_the_waits_of_other_calls(made):
    failed = Answer(500, {"code": "INTERNAL_ERROR", "status": "error", "message": "no", "details": {}})
    face, outcomes = made(rows(4), lambda ids: failed if "0" in ids else refused(ids)), []
    face.sleeps_until_stopped = True
    with pytest.raises(ZohoError, match="no"):
        collect(face, outcomes)
    assert states(outcomes) == ["unknown", "unknown", "unsent", "unsent"]
    assert sorted(face.sent) == [["0", "1"], ["2", "3"]]


def test_what_a_journal_raises_ends_it_with_every_row_told(made):
    error = OSError("no room")

    class Full(NoJournal):
        def leaving(self, outcomes):
            raise error

    face, outcomes = made(rows(40), journal=Full()), []
    with pytest.raises(OSError, match="no room") as caught:
        collect(face, outcomes)
    assert caught.value is error
    assert {(o.state, o.attempts, o.message) for o in outcomes} == {("unsent", 0, STOPPED)}
    assert face.updates.summary.rows == len(outcomes) < 40
    assert face.sent == []


def test_closed_after_an_error_it_raises_none(made):
    face = made(rows(40), refused)
    face.rest(1)
    face.do("close")
    assert face.rest() == []


@pytest.mark.parametrize("kind", [OSError, ZohoError, KeyboardInterrupt])
def test_all_of_it_returns_the_sums_and_so_does_what_it_raises(made, kind):
    face, error = made(rows(3)), kind("gone")
    assert face.do("run") is face.updates.summary

    def given():
        yield from rows(2)
        raise error

    face = made(given())
    with pytest.raises(kind) as caught:
        face.do("run")
    assert caught.value is error
    assert error.summary is face.updates.summary
    assert error.summary.states["updated"] + error.summary.states["unsent"] == 2
    told = [note[:6] for note in getattr(error, "__notes__", [])]
    assert told == ([] if kind is ZohoError else ["2 rows"])


class Interrupting(Exception):
    """Takes no note, for something comes in between."""

    def __init__(self, second):
        super().__init__()
        self.second = second

    def add_note(self, note):
        raise self.second


@pytest.mark.parametrize("second", [KeyboardInterrupt, ValueError])
def test_an_interrupt_meanwhile_has_the_sums_and_another_fault_is_dropped(made, second):
    error = Interrupting(second())

    def given():
        yield from rows(2)
        raise error

    face = made(given())
    with pytest.raises(KeyboardInterrupt if second is KeyboardInterrupt else Interrupting) as caught:
        face.do("run")
    assert caught.value.summary is error.summary is face.updates.summary


def test_in_tasks_calls_go_on_while_rows_are_pulled():
    seen = []

    def given():
        for row in rows(10):
            seen.append(len(face.sent))
            yield row

    face = Tasks(given(), gate=LocalGate(10))
    face.rest()
    face.runner.close()
    assert seen[-1] > 0


def test_it_says_what_it_is(made):
    face = made(rows(40))
    name = type(face.updates).__name__
    assert repr(face.updates) == f"<{name} not begun: no rows yet>"
    face.rest(1)
    assert repr(face.updates).startswith(f"<{name} under way: ")
    face.rest()
    assert repr(face.updates) == f"<{name} ended: 40 updated>"


def test_dropped_without_being_iterated_it_says_so(made):
    face = made(rows(3))
    name = type(face.updates).__name__
    with pytest.warns(ResourceWarning) as caught:
        del face.updates
    words = f"<{name} not begun: no rows yet> was never iterated: nothing was sent"
    assert [(str(one.message), one.filename) for one in caught] == [(words, __file__)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        closed, begun = made(rows(3)), made(rows(3))
        closed.do("close")
        begun.rest()
        del closed.updates, begun.updates


def test_whoever_listens_hears_what_became_of_rows(made):
    heard = []
    face = made(rows(3), on_event=heard.append)
    face.rest()
    settled = [event for event in heard if event.name == "settled"]
    assert {event.operation for event in settled} == {"update_records"}
    assert sum(event.rows for event in settled) == 3
    assert [event.states for event in settled] == [{"updated": event.rows} for event in settled]


def test_whoever_listens_hears_it_in_the_context_of_who_iterates(made):
    def listen(event):
        if event.name == "settled":
            seen.add(VARIABLE.get())

    seen = set()
    token = VARIABLE.set("of the caller")
    try:
        made(rows(3), on_event=listen).rest()
    finally:
        VARIABLE.reset(token)
    assert seen == {"of the caller"}


def test_threads_say_whose_they_are():
    def look(given=None):
        thread = threading.current_thread()
        seen.add((thread.name, thread.daemon))
        return given

    seen = set()
    Sync(rows(3), lambda ids: look(good(ids)), on_event=look).rest()
    assert seen == {("zcrm-engine", True), ("zcrm-update", True)}


def test_rows_that_iterate_it_themselves_are_refused(made):
    face = None

    def given():
        yield rows(1)[0]
        if face.kind == "sync":
            next(face.updates)
        else:
            anext(face.updates).send(None)

    face = made(given())
    outcomes = []
    with pytest.raises(UsageError, match="iterated already"):
        collect(face, outcomes)
    assert states(outcomes) == ["updated"]


def test_where_no_thread_can_be_started_rows_are_pulled_all_the_same(monkeypatch):
    def none(*_):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    face, found = Sync(rows(5)), []
    thread = threading.Thread(target=lambda: found.extend(face.updates), daemon=True)
    with monkeypatch.context() as patch:
        patch.setattr(threads._thread, "start_new_thread", none)
        thread.start()
        thread.join(10)
    assert states(found) == ["updated"] * 5


def test_a_pull_that_is_interrupted_after_another_thread_closed_it():
    pulling, closed, found = threading.Event(), threading.Event(), []

    def given():
        yield rows(1)[0]
        pulling.set()
        assert closed.wait(10)
        raise KeyboardInterrupt

    def iterate():
        with pytest.raises(KeyboardInterrupt):
            found.extend(face.updates)
        found.extend(face.updates)

    face = Sync(given(), size=1)
    thread = threading.Thread(target=iterate, daemon=True)
    thread.start()
    assert pulling.wait(10)
    face.updates.close()
    closed.set()
    thread.join(10)
    assert not thread.is_alive()
    assert len(found) <= face.updates.summary.rows == 1


def test_at_a_stop_what_waits_at_the_gate_is_never_sent():
    gate = LocalGate(1)
    face = Sync(rows(4), gate=gate, beside=2)
    held, found = gate.enter(), []
    thread = threading.Thread(target=lambda: found.extend(face.updates), daemon=True)
    thread.start()
    while len(gate._waiting) < 2:
        time.sleep(0.001)
    face.updates.stop()
    held.__exit__()
    thread.join(10)
    assert not thread.is_alive()
    assert face.sent == []
    assert [(o.state, o.attempts, o.message) for o in found] == [("unsent", 0, STOPPED)] * 4
    assert (face.updates.summary.calls, face.updates.summary.credits) == (0, 0)


def test_left_at_once_rows_in_flight_are_unknown_and_those_that_wait_unsent(whole):
    """Two interrupts, one after the other: the second does not wait for calls in flight."""
    go_on, interrupts = threading.Event(), []

    def handler(number, frame):
        interrupts.append(number)
        if len(interrupts) <= 2:
            raise KeyboardInterrupt

    def answer(ids):
        while not face.gate._waiting:
            time.sleep(0.001)
        while len(interrupts) < 2:
            os.kill(os.getpid(), signal.SIGINT)
            go_on.wait(0.02)
        go_on.wait(10)
        return good(ids)

    before = signal.signal(signal.SIGINT, handler)
    try:
        face = Sync(rows(4), answer, gate=LocalGate(1), beside=2)
        with pytest.raises(KeyboardInterrupt):
            next(face.updates)
        outcomes = list(face.updates)
    finally:
        signal.signal(signal.SIGINT, before)
        go_on.set()
    lost = "Sent, but the answer was lost: the row may or may not have been applied"
    first = [(o.state, o.attempts, o.message, o.retryable) for o in outcomes[:2]]
    last = [(o.state, o.attempts, o.message, o.retryable) for o in outcomes[2:]]
    assert first == [("unknown", 1, lost, False)] * 2
    assert last == [("unsent", 0, STOPPED, True)] * 2
    assert (face.updates.summary.rows, face.updates.summary.calls) == (4, 1)
    assert len(face.sent) == 1


def test_interrupted_twice_before_it_begins_it_is_over(monkeypatch):
    """Nothing is left to be waited for, though the thread that would tell so has not started."""

    def interrupted(*args):
        raise KeyboardInterrupt

    face = Sync(rows(1))
    with monkeypatch.context() as patch:
        patch.setattr(face.updates, "_begin", interrupted)
        patch.setattr("zcrm.engine.engine.start", lambda run, name: patch.undo() or interrupted())
        with pytest.raises(KeyboardInterrupt):
            next(face.updates)
    assert face.updates._engine.over
    assert face.rest() == face.sent == []


@pytest.mark.parametrize("cancels", [1, 2])
def test_cancelled_once_it_waits_for_calls_in_flight_and_twice_it_does_not(cancels):
    face, said = None, []

    async def main():
        nonlocal face
        begun, go_on = asyncio.Event(), asyncio.Event()
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: said.append(context))

        async def answered(ids):
            begun.set()
            await go_on.wait()
            return good(ids)

        face = Tasks(rows(4), answered, gate=LocalGate(1), beside=2)
        task = asyncio.create_task(anext(face.updates))
        await begun.wait()
        for _ in range(cancels):
            task.cancel()
            for _ in range(20):
                await asyncio.sleep(0)
        assert task.done() is (cancels == 2)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert face.updates.summary.rows == 4
        return [outcome async for outcome in face.updates]

    with asyncio.Runner() as runner:
        outcomes = runner.run(main())
    face.runner.close()
    assert said == []
    told = [(o.state, o.attempts) for o in outcomes]
    assert told == [("updated", 1) if cancels == 1 else ("unknown", 1)] * 2 + [("unsent", 0)] * 2
    assert {o.message for o in outcomes[2:]} == {STOPPED}
    assert face.updates.summary.rows == 4
    assert face.gate._in_flight == 0


@pytest.mark.parametrize("verb", ["stop", "close"])
def test_ended_from_within_its_rows(made, verb):
    face = None

    def given():
        for n, row in enumerate(rows(40)):
            if n == 5:
                if face.kind == "sync" or verb == "stop":
                    getattr(face.updates, verb)()
                else:
                    with pytest.raises(StopIteration):
                        face.updates.close().send(None)
            yield row

    face = made(given())
    outcomes = face.rest()
    assert [outcome.row for outcome in outcomes] == list(range(6))
    assert set(states(outcomes)) <= {"updated", "unsent"}
    assert face.updates.summary.rows == 6


def test_outcomes_as_a_table(made, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    face = made(rows(3))
    table = pytest.importorskip("pyarrow").table(face.do("to_arrow"))
    assert table.column("state").to_pylist() == ["updated"] * 3

    face = made(rows(3))
    place = tmp_path / "outcomes.parquet"
    if face.kind == "sync":
        summary = face.updates.write_parquet(place)
    else:
        summary = face.runner.run(face.updates.write_parquet(place))
    assert summary is face.updates.summary
    assert parquet.read_table(place).column("row").to_pylist() == [0, 1, 2]


async def ticks():
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("cancelled", [False, True])
def test_in_tasks_closed_while_a_row_is_waited_for(cancelled):
    """It waits until the rows have let go, and is over even where that wait is cut short."""
    face = None

    async def main():
        nonlocal face
        let_go = asyncio.Event()

        async def given():
            yield rows(1)[0]
            try:
                await asyncio.sleep(3600)
            finally:
                await let_go.wait()
            yield

        face = Tasks(given(), flush_after=0.001)
        assert (await anext(face.updates)).state == "updated"
        closing = asyncio.create_task(face.updates.close())
        await ticks()
        assert not closing.done()
        if cancelled:
            closing.cancel()
            await ticks()
            assert closing.done()
        let_go.set()
        await asyncio.wait({closing})
        assert closing.cancelled() is cancelled
        await ticks()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert [outcome async for outcome in face.updates] == []

    asyncio.run(main())
    face.runner.close()
    assert face.updates.summary.rows == 1


def test_in_tasks_a_close_that_is_cut_short_tells_what_has_arrived():
    face = None

    async def main():
        nonlocal face

        async def given():
            yield rows(1)[0]
            await asyncio.sleep(3600)
            yield

        face = Tasks(given())
        taking = asyncio.create_task(anext(face.updates))
        await ticks()
        closing = asyncio.create_task(face.updates.close())
        await ticks()
        closing.cancel()
        await asyncio.wait({closing})
        assert face.updates.summary.rows == 1
        taking.cancel()
        await asyncio.wait({taking})
        assert states([outcome async for outcome in face.updates]) == ["unsent"]

    asyncio.run(main())
    face.runner.close()


def test_what_has_arrived_is_counted_before_all_is_said_to_be_over():
    def flow(stopped):
        return
        yield

    intake, counted = Intake(lambda number, row: Outcome(number, row)), []
    intake.take("a")
    driver = Driver(LocalGate(1))
    engine = Engine(flow, driver, intake, lambda rows: counted.append((engine.over, len(rows))))
    engine.begin(lambda wanted: pytest.fail("nothing is pulled"))
    engine.changed.wait(lambda: engine.finished)
    assert counted == [(False, 1), (True, 0)]
