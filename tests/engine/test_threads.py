"""Waiting and waking: whoever waits is woken, whoever was stopped makes no call."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from queue import Empty, SimpleQueue

import pytest

from zcrm.engine import threads
from zcrm.engine.drivers import Driver
from zcrm.engine.flows.effects import Sleep
from zcrm.engine.gate import LocalGate
from zcrm.engine.threads import Signal, Stop, start, take

LONG = 60.0


def running(target):
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


def ended(thread):
    thread.join(10)
    return not thread.is_alive()


def test_it_runs_beside_and_keeps_no_program_from_ending():
    told, said = [], threading.Event()

    def target():
        thread = threading.current_thread()
        told.append((thread.name, thread.daemon, thread is not threading.main_thread()))
        said.set()

    start(target, "beside")
    assert said.wait(10)
    assert told == [("beside", True, True)]


def test_where_no_thread_can_be_started_it_runs_here(monkeypatch):
    def none(*_):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threads._thread, "start_new_thread", none)
    told = []
    start(lambda: told.append(threading.current_thread()), "beside")
    assert told == [threading.current_thread()]


def test_no_call_leaves_once_it_is_set():
    stop, left = Stop(), []
    assert not stop.is_set()
    assert stop.unless_set(lambda: left.append(1)) is True
    stop.set()
    assert stop.is_set()
    assert stop.unless_set(lambda: left.append(2)) is False
    assert left == [1]
    again = Stop()
    again.set_between_calls()
    assert again.unless_set(lambda: left.append(3)) is False
    assert left == [1]


def test_a_call_that_is_just_leaving_is_waited_for():
    stop, leaving, go_on, left = Stop(), threading.Event(), threading.Event(), []

    def starting():
        leaving.set()
        assert go_on.wait(10)
        left.append(stop.is_set())

    caller = running(lambda: stop.unless_set(starting))
    assert leaving.wait(10)
    stopper = running(stop.set_between_calls)
    stopper.join(0.05)
    assert stopper.is_alive()
    go_on.set()
    assert ended(stopper)
    assert ended(caller)
    assert (left, stop.is_set()) == ([False], True)


def test_a_stop_ends_all_waits_and_none_begins():
    stop = Stop()
    waiting = [running(lambda: stop.wait(LONG)) for _ in range(3)]
    stop.set()
    assert all(map(ended, waiting))
    assert ended(running(lambda: stop.wait(LONG)))


def test_a_wait_lasts_as_long_as_it_is_to():
    began = time.monotonic()
    Stop().wait(0.02)
    assert time.monotonic() - began >= 0.02


def test_whoever_waits_is_woken_and_looks_again():
    changed, seen, come = Signal(), [], threading.Event()

    def until():
        seen.append(come.is_set())
        return come.is_set()

    waiting = [running(lambda: changed.wait(until)) for _ in range(3)]
    while len(changed._waiting) < 3:
        time.sleep(0.001)
    changed.notify()
    while len(changed._waiting) < 3:
        time.sleep(0.001)
    assert all(thread.is_alive() for thread in waiting)
    come.set()
    changed.notify()
    assert all(map(ended, waiting))
    assert seen.count(True) == 3
    assert not changed._waiting


def test_what_has_come_before_is_not_waited_for():
    changed, answers = Signal(), iter([False, True])
    assert ended(running(lambda: changed.wait(lambda: True)))
    assert ended(running(lambda: changed.wait(lambda: next(answers))))
    changed.notify()


@pytest.mark.parametrize("timeout", [0.0, 0.01])
def test_a_wait_with_a_limit_ends_by_itself(timeout):
    assert ended(running(lambda: Signal().wait(lambda: False, timeout)))


def test_a_queue_is_waited_for():
    queue = SimpleQueue()
    with pytest.raises(Empty):
        take(queue, 0.01)
    with pytest.raises(Empty):
        take(queue, 0)
    threading.Timer(3 * threads._LOOK, queue.put, ["late"]).start()
    assert take(queue) == "late"


@pytest.mark.parametrize(
    ("seconds", "waits"), [(1.25, [0.5, 0.5, 0.25]), (0.5, [0.5]), (0.0, [0.0]), (-1.0, [0.0])]
)
def test_it_looks_up_every_half_second_until_the_time_is_over(seconds, waits, monkeypatch):
    now, waited = [100.0], []

    class Nothing:
        def get(self, timeout):
            now[0] += timeout
            waited.append(timeout)
            raise Empty

    monkeypatch.setattr(threads, "monotonic", lambda: now[0])
    with pytest.raises(Empty):
        take(Nothing(), seconds)
    assert waited == waits


def waits_of_a_driver():
    def flow():
        yield Sleep(LONG)

    Driver(LocalGate(1)).run(flow())


WAITS = {
    "take": lambda: take(SimpleQueue()),
    "signal": lambda: Signal().wait(lambda: False),
    "stop": lambda: Stop().wait(LONG),
    "driver": waits_of_a_driver,
}


@contextmanager
def interrupted_unfelt():
    """An interrupt that this thread's wait does not feel, as when it comes just before the wait begins."""
    go = threading.Event()
    sender = running(lambda: (go.wait(10), time.sleep(0.1), os.kill(os.getpid(), signal.SIGINT)))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        go.set()
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        sender.join(10)
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="Windows can't hold signals back")
@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_an_interrupt_that_ends_no_wait_is_heard_all_the_same(wait):
    began = time.monotonic()
    with interrupted_unfelt(), pytest.raises(KeyboardInterrupt):
        wait()
    assert time.monotonic() - began < LONG / 2
