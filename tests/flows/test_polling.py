from dataclasses import dataclass

import pytest

from zcrm.engine.flows.effects import Event, Tell
from zcrm.engine.flows.polling import Pace, Watching, wait
from zcrm.errors import (
    AnswerLost,
    AuthError,
    ConnectionFailed,
    JobNotFound,
    LimitReached,
    UsageError,
    WaitTimeout,
)


@dataclass(frozen=True)
class Status:
    state: str

    @property
    def done(self):
        return self.state == "COMPLETED"


def drive(states, timeout=None, pace=Pace(), told=None):  # noqa: B008
    """Waits for a job that goes through these states; the clock moves by what is slept."""
    clock, slept, seen = [100.0], [], []
    states = iter(states)

    def look():
        state = next(states)
        if isinstance(state, Exception):
            raise state
        return Status(state)
        yield

    flow = wait(look, seen.append, Watching("get_mass_update_status", lambda: clock[0], timeout, pace))
    try:
        while True:
            effect = next(flow)
            if isinstance(effect, Tell):
                (told if told is not None else []).append(effect.event)
            else:
                slept.append(effect.seconds)
                clock[0] += effect.seconds
    except StopIteration as end:
        return end.value, slept, seen


def test_it_looks_at_growing_intervals_until_the_job_is_done():
    status, slept, seen = drive(
        ["SCHEDULED", "RUNNING", "RUNNING", "RUNNING", "COMPLETED"], pace=Pace(1, 2, 3)
    )
    assert status == Status("COMPLETED")
    assert slept == [1, 2, 3, 3]
    assert [s.state for s in seen] == ["SCHEDULED", "RUNNING", "RUNNING", "RUNNING", "COMPLETED"]


def test_waits_differ_at_random_within_bounds():
    flow = wait(
        lambda: (yield from running()),
        None,
        Watching(
            "get_mass_update_status", lambda: 0.0, None, Pace(10, 1, 10, 0.25), iter([0.0, 1.0, 0.5]).__next__
        ),
    )
    assert [next(flow).seconds, next(flow).seconds, next(flow).seconds] == [7.5, 12.5, 10]


def running():
    return Status("RUNNING")
    yield


def test_a_job_that_is_done_is_not_waited_for():
    assert drive(["COMPLETED"])[1] == []


def test_the_wait_runs_out_exactly_on_time_with_the_last_status():
    with pytest.raises(WaitTimeout) as caught:
        drive(["RUNNING"] * 99, timeout=10)
    assert caught.value.status == Status("RUNNING")


def test_the_last_look_comes_at_the_deadline():
    status, slept, _ = drive(["RUNNING", "RUNNING", "COMPLETED"], timeout=2.0, pace=Pace(1.5, 2, 20))
    assert status.done
    assert slept == [1.5, 0.5]


FAILURES = [
    LimitReached("too many"),
    ConnectionFailed("no route"),
    AnswerLost("HTTP 502"),
]


def test_a_look_that_fails_for_a_while_is_no_end():
    told = []
    status, slept, seen = drive(["RUNNING", *FAILURES, "COMPLETED"], pace=Pace(1, 2, 8), told=told)
    assert status == Status("COMPLETED")
    assert slept == [1, 2, 4, 8]
    assert [s.state for s in seen] == ["RUNNING", "COMPLETED"]
    assert [(event.name, event.cause, event.seconds) for event in told] == [
        ("retrying", "too many", 2),
        ("retrying", "no route", 4),
        ("retrying", "HTTP 502", 8),
    ]


@pytest.mark.parametrize("failure", FAILURES)
def test_the_wait_runs_out_on_time_though_no_look_succeeds(failure):
    with pytest.raises(WaitTimeout, match=failure.message) as caught:
        drive([failure] * 99, timeout=10)
    assert caught.value.status is None
    assert caught.value.__cause__ is failure
    with pytest.raises(WaitTimeout) as later:
        drive(["RUNNING", *[failure] * 99], timeout=10)
    assert later.value.status == Status("RUNNING")


def test_as_long_as_zoho_asks_is_waited_but_not_beyond_the_timeout():
    busy = LimitReached("too many", retry_after=30)
    assert drive([busy, "COMPLETED"])[1] == [30]
    with pytest.raises(WaitTimeout):
        drive([busy] * 9, timeout=20)


@pytest.mark.parametrize("error", [JobNotFound("no job"), AuthError("revoked"), UsageError("closed")])
def test_what_does_not_pass_ends_the_wait(error):
    with pytest.raises(type(error)):
        drive(["RUNNING", error, "COMPLETED"])


def test_how_often_it_looks_unless_it_is_told():
    assert Pace() == Pace(first=1.0, factor=1.5, cap=20.0, jitter=0.2)
    how = Watching("get_mass_update_status", lambda: 0.0, None, Pace())
    assert (how.random(), how.fix) == (0.5, "")
    assert drive(["RUNNING"] * 3 + ["COMPLETED"])[1] == [1.0, 1.5, 2.25]


def test_a_limit_that_asks_for_nothing_is_no_longer_wait():
    for failure in (LimitReached("too many"), ConnectionFailed("no route")):
        assert drive([failure, "COMPLETED"], pace=Pace(0.5, 2, 8))[1] == [0.5]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (None, "The job is still running"),
        (ConnectionFailed("no route"), "The last look at the job failed: no route"),
    ],
)
def test_the_end_of_the_wait_says_how_to_go_on(failure, words):
    def look():
        if failure is not None:
            raise failure
        return Status("RUNNING")
        yield

    how = Watching("get_mass_update_status", lambda: 100.0, 0.0, Pace(), fix="look again")
    with pytest.raises(WaitTimeout) as caught:
        next(wait(look, None, how))
    assert (caught.value.message, caught.value.fix) == (words, "look again")
    assert (caught.value.__cause__, caught.value.status) == (failure, None if failure else Status("RUNNING"))


def test_a_clock_that_ran_past_the_deadline_meanwhile_makes_no_wait_negative():
    times = iter([0.0, 9.9, 10.5])
    how = Watching("get_mass_update_status", times.__next__, 10.0, Pace())
    assert next(wait(lambda: (yield from running()), None, how)).seconds == 0.0


def test_a_look_that_failed_is_told_whole():
    told = []
    drive([LimitReached("too many", code="TOO_MANY_REQUESTS"), "COMPLETED"], told=told)
    operation = "get_mass_update_status"
    assert told == [Event("retrying", operation, code="TOO_MANY_REQUESTS", cause="too many", seconds=1.0)]
