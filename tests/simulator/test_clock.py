"""The clock that tests can move."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from zcrm.simulator import Simulator


def test_it_stands_where_it_was_set_and_runs_when_let_go():
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    sim = Simulator(now=noon)

    assert sim.now == noon
    sim.advance(timedelta(minutes=5))
    assert sim.now == noon + timedelta(minutes=5)
    sim.now = None
    assert abs(datetime.now(UTC) - sim.now) < timedelta(minutes=1)


def test_it_runs_with_the_computers_clock_at_first():
    assert abs(datetime.now(UTC) - Simulator().now) < timedelta(minutes=1)


def test_times_are_told_in_the_zone_of_the_first_now():
    sim = Simulator(now=datetime(2026, 3, 2, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=-7))))
    sim.now = datetime(2026, 3, 2, 20, tzinfo=UTC)
    sim.load("Leads", [{"id": "1"}])

    assert sim.record("Leads", "1")["Created_Time"] == "2026-03-02T13:00:00-07:00"


def test_a_time_without_an_offset():
    with pytest.raises(ValueError, match="now must carry an offset"):
        Simulator(now=datetime(2026, 3, 2))
