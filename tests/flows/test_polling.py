from dataclasses import dataclass

import pytest

from zcrm.engine.flows.effects import Tell
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
