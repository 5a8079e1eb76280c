"""Times as people type them, spans of time, and the filter that compares instants."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm.errors import UsageError, ZohoError
from zcrm.rows.times import Shift, moment, zone_of
from zcrm.rows.wanted import Wanted

BERLIN = ZoneInfo("Europe/Berlin")
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=OFFSETS).map(
    lambda time: time.replace(microsecond=0)
)


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2027-05-04", BERLIN, "2027-05-03T22:00:00+00:00"),
        (" 2027-05-04T09:30 ", BERLIN, "2027-05-04T07:30:00+00:00"),
        ("2027-05-04T09:30-05:00", BERLIN, "2027-05-04T14:30:00+00:00"),
        ("2027-05-04T09:30Z", None, "2027-05-04T09:30:00+00:00"),
        ("2027-10-31T02:30+01:00", BERLIN, "2027-10-31T01:30:00+00:00"),
    ],
)
def test_a_time_in_its_zone(text: str, zone: Any, instant: str) -> None:
    assert moment("--from", text, zone).astimezone(UTC).isoformat() == instant


@pytest.mark.parametrize(
    ("text", "zone", "words"),
    [
        ("2027-05-04", None, "needs a time zone"),
        ("4.5.2027", BERLIN, "is no time"),
        ("2027-03-28T02:30", BERLIN, "clocks"),
        ("2027-10-31T02:30", BERLIN, "clocks"),
    ],
)
def test_a_time_that_is_none(text: str, zone: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        moment("--from", text, zone)


def test_a_zone() -> None:
    assert zone_of("Europe/Berlin") == BERLIN
    for name in ("Europe/Atlantis", "", "../etc/passwd", "/etc/passwd"):
        with pytest.raises(UsageError, match="no time zone"):
            zone_of(name)


@pytest.mark.parametrize(
    ("by", "to"),
    [
        ("30m", "2027-03-27T10:30:00+01:00"),
        ("24h", "2027-03-28T10:00:00+01:00"),
        ("1d", "2027-03-28T10:00:00+02:00"),
        ("-2 h", "2027-03-27T08:00:00+01:00"),
        ("+7d", "2027-04-03T10:00:00+02:00"),
    ],
)
def test_a_shift(by: str, to: str) -> None:
    start = datetime.fromisoformat("2027-03-27T10:00:00+01:00")
    assert Shift.parse(by, BERLIN).of(start).isoformat() == to


def test_a_shift_that_is_none() -> None:
    for text in ("30", "0m", "", "1w", "1.5h", "--1h", "9999999m"):
        with pytest.raises(UsageError, match="no such span"):
            Shift.parse(text, BERLIN)
    with pytest.raises(UsageError, match="--tz"):
        Shift.parse("1d", None)
    with pytest.raises(UsageError, match="clocks"):
        Shift.parse("1d", BERLIN).of(datetime(2027, 3, 27, 2, 30, tzinfo=BERLIN))
    with pytest.raises(UsageError, match="calendar"):
        Shift.parse("999999d", BERLIN).of(datetime(9999, 1, 1, tzinfo=UTC))


@given(st.lists(INSTANTS, min_size=2, max_size=6, unique_by=lambda time: time.timestamp()), INSTANTS)
def test_of_spans_that_meet_one_at_most_has_an_instant(bounds: list[datetime], time: datetime) -> None:
    bounds.sort()
    appointment = {"Appointment_Start_Time": time.isoformat()}
    spans = [Wanted.of(start=start, until=until) for start, until in pairwise(bounds)]
    assert sum(span.has(appointment) for span in spans) == (bounds[0] <= time < bounds[-1])


@given(INSTANTS, INSTANTS)
def test_the_offset_it_is_written_with_does_not_matter(start: datetime, time: datetime) -> None:
    wanted = Wanted.of(start=start)
    texts = [time.isoformat(), time.astimezone(UTC).isoformat(), time.astimezone(BERLIN).isoformat()]
    assert {wanted.has({"Appointment_Start_Time": text}) for text in texts} == {time >= start}


def test_what_has_no_start_is_in_no_span() -> None:
    assert not Wanted.of(start=datetime(2000, 1, 1, tzinfo=UTC)).has({"Appointment_Start_Time": None})
    assert Wanted.of().has({"Appointment_Start_Time": None})


@pytest.mark.parametrize("start", ["", "soon", 7, "2027-05-04T09:00:00", {}])
def test_a_start_that_tells_no_instant_is_told(start: Any) -> None:
    with pytest.raises(ZohoError, match="1 with a start that can't be compared"):
        Wanted.of(start=datetime(2000, 1, 1, tzinfo=UTC)).has({"id": "1", "Appointment_Start_Time": start})
    assert Wanted.of().has({"id": "1", "Appointment_Start_Time": start})
