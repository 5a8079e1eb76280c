"""Times and spans as people type them: what is refused, in which words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from zcrm.errors import UsageError
from zcrm.rows.times import Shift, moment, zone_of

BERLIN = ZoneInfo("Europe/Berlin")


def refused(function, *args):
    with pytest.raises(UsageError) as caught:
        function(*args)
    return caught.value.message, caught.value.fix


def test_what_is_no_time_says_how_to_write_one():
    assert refused(moment, "--from", "noon", BERLIN) == (
        "--from: 'noon' is no time",
        "Write it like 2027-05-04 or 2027-05-04T09:30.",
    )
    assert refused(moment, "--from", "2027-05-04", None) == (
        "--from: '2027-05-04' needs a time zone",
        "Say which: --tz Europe/Berlin.",
    )
    assert refused(moment, "--from", "2027-10-31T02:30", BERLIN) == (
        "--from: the clocks of Europe/Berlin are changed at 2027-10-31T02:30",
        "Write the time with its offset, like 2027-05-04T09:30+02:00.",
    )
    for name in ("Europe/Atlantis", "", "/etc/passwd", "a" * 300):
        assert refused(zone_of, name) == (
            f"There is no time zone {name!r}",
            "Name one such as Europe/Berlin.",
        )


def test_a_time_with_an_offset_is_taken_in_no_other_zone():
    assert moment("--from", "2027-05-04T09:30-05:00", BERLIN).isoformat() == "2027-05-04T09:30:00-05:00"
    assert moment("--from", "2027-05-04T09:30Z", None) == datetime(2027, 5, 4, 9, 30, tzinfo=UTC)


def test_a_time_without_one_is_taken_in_the_zone():
    assert moment("--from", " 2027-05-04T09:30 ", BERLIN) == datetime(2027, 5, 4, 7, 30, tzinfo=UTC)
    assert moment("--from", "2027-05-04", BERLIN).isoformat() == "2027-05-04T00:00:00+02:00"
    day = Shift(timedelta(days=1), BERLIN)
    assert day.of(datetime(2027, 3, 27, 9, tzinfo=UTC)).isoformat() == "2027-03-28T10:00:00+02:00"


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("30m", Shift(timedelta(minutes=30))),
        (" 2 h ", Shift(timedelta(hours=2))),
        ("-90m", Shift(timedelta(minutes=-90))),
        ("+1d", Shift(timedelta(days=1), BERLIN)),
        ("999999h", Shift(timedelta(hours=999999))),
    ],
)
def test_spans(text, shift):
    assert Shift.parse(text, BERLIN) == shift


def test_what_is_no_span():
    for text in ("0m", "00d", "30", "m", "1000000m", "1h30m", "2H"):
        assert refused(Shift.parse, text, BERLIN) == (f"--by: {text!r} is no such span as 30m, 2h or 1d", "")
    assert refused(Shift.parse, "1d", None) == (
        "--by: '1d' needs a time zone",
        "Say which: --tz Europe/Berlin.",
    )
    assert Shift.parse("1h", None) == Shift(timedelta(hours=1))


def test_what_a_span_leads_to():
    start = datetime(2027, 3, 27, 1, 30, tzinfo=UTC)
    assert Shift(timedelta(hours=24)).of(start) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert refused(Shift(timedelta(days=1), BERLIN).of, start) == (
        "--by: the clocks of Europe/Berlin are changed at 2027-03-28T02:30",
        "Write the time with its offset, like 2027-05-04T09:30+02:00.",
    )
    for shift in (Shift(timedelta(days=999999)), Shift(timedelta(days=999999), BERLIN)):
        assert refused(shift.of, datetime(9999, 1, 1, tzinfo=UTC)) == (
            "--by: that is beyond the calendar",
            "",
        )
