from dataclasses import dataclass

import pytest

from zcrm.engine.flows.polling import Pace, Watching, wait
from zcrm.errors import WaitTimeout


@dataclass(frozen=True)
class Status:
    state: str

    @property
    def done(self):
        return self.state == "COMPLETED"


def drive(states, timeout=None, pace=Pace()):  # noqa: B008
    """Waits for a job that goes through these states; the clock moves by what is slept."""
    clock, slept, seen = [100.0], [], []
    states = iter(states)

    def look():
        return Status(next(states))
        yield

    flow = wait(look, seen.append, Watching("get_mass_update_status", lambda: clock[0], timeout, pace))
    try:
        while True:
            seconds = next(flow).seconds
            slept.append(seconds)
            clock[0] += seconds
    except StopIteration as end:
        return end.value, slept, seen


def test_it_looks_at_growing_intervals_until_the_job_is_done():
    status, slept, seen = drive(
        ["SCHEDULED", "RUNNING", "RUNNING", "RUNNING", "COMPLETED"], pace=Pace(1, 2, 3)
    )
    assert status == Status("COMPLETED")
    assert slept == [1, 2, 3, 3]
    assert [s.state for s in seen] == ["SCHEDULED", "RUNNING", "RUNNING", "RUNNING", "COMPLETED"]


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
