"""From a caller's values to what is sent."""

import enum
import signal
from collections import UserDict, deque
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from math import inf, nan
from uuid import UUID

import pytest

from zcrm.rows.scalars import Values
from zcrm.rows.values import (
    BadValue,
    aware_time,
    flat_nulls,
    foreign,
    is_plain,
    record_id,
    wire_row,
    wire_time,
)

CET = timezone(timedelta(hours=1))
NOON = datetime(2027, 5, 4, 12, 0, 30, 999)
NO_ID = ("The row has no id", "id", "MANDATORY_NOT_FOUND", "")
DIGITS = "The id is a floating-point number, which has lost its last digits; give it as text"
INVALID = "INVALID_DATA"


class Text(str):
    def strip(self, *_):
        raise RuntimeError("never asked")


class Number(int):
    def __repr__(self):
        return "seven"


class Count(enum.IntEnum):
    SEVEN = 7


class Index:
    """What numpy's integers are to whoever has no numpy."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    def __repr__(self):
        return f"index {self.value}"


class NAType:
    def __repr__(self):
        return "<NA>"


class Odd:
    def __repr__(self):
        return "odd"


def refused(function, *args):
    """All that is said of a value that is refused."""
    with pytest.raises(BadValue) as caught:
        function(*args)
    error = caught.value
    assert str(error) == error.message
    return error.message, error.path, error.code, error.fix


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("7", "7"),
        (" 7\t", "7"),
        (Text("7 "), "7"),
        (7, "7"),
        (Number(7), "7"),
        (Count.SEVEN, "7"),
        (Index(7), "7"),
        (Decimal(5545974000000500001), "5545974000000500001"),
    ],
)
def test_an_id_is_text_or_a_whole_number(given, sent):
    found = record_id(given)
    assert (found, type(found)) == (sent, str)


@pytest.mark.parametrize("given", ["", "  ", None, NAType(), Decimal("nan")])
def test_no_id(given):
    assert refused(record_id, given) == NO_ID


def test_what_is_no_id():
    for given in (7.0, nan):
        assert refused(record_id, given) == (DIGITS, "id", INVALID, "")
    for given in (True, False, Decimal("7.0"), Decimal("7e18"), Decimal("inf"), [7], b"7", Odd()):
        words = f"An id is text or an integer, not {type(given).__name__}"
        assert refused(record_id, given) == (words, "id", INVALID, "")
    words = "Reading the row raised OSError: gone"
    assert refused(record_id, Index(OSError("gone"))) == (words, "id", INVALID, "")


@pytest.mark.parametrize(
    ("row", "nulls"),
    [
        ({}, 0),
        ({"a": "x", "b": 1, "c": True, "d": 1.5}, 0),
        ({"a": None, "b": "x", "c": None}, 2),
        ({"a": 2**64 - 1, "b": -(2**63)}, 0),
        ({"a": 2**64}, None),
        ({"a": -(2**63) - 1}, None),
        ({7: "x"}, None),
        ({Text("a"): None}, None),
        ({"a": inf}, None),
        ({"a": nan, "b": None}, None),
        ({"a": Text("x")}, None),
        ({"a": []}, None),
        ({"a": Decimal(1)}, None),
        ({"a": date(2027, 5, 4), "b": None}, None),
    ],
)
def test_the_nulls_of_a_flat_row(row, nulls):
    assert flat_nulls(row) == nulls


ID = UUID("12345678-1234-5678-1234-567812345678")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (None, None),
        (True, True),
        ("x", "x"),
        (2**64 - 1, 2**64 - 1),
        (-(2**63), -(2**63)),
        (1.5, 1.5),
        (Decimal("1.50"), Decimal("1.50")),
        (date(2027, 5, 4), "2027-05-04"),
        (NOON.replace(tzinfo=CET), "2027-05-04T12:00:30+01:00"),
        (ID, str(ID)),
        ({"a": {"b": ID}}, {"a": {"b": str(ID)}}),
        (UserDict(a=ID), {"a": str(ID)}),
        ((1, [ID]), [1, [str(ID)]]),
        (range(2), [0, 1]),
        (deque([ID]), [str(ID)]),
        (Index(7), 7),
        ([Index(7)], [7]),
    ],
)
def test_what_is_sent_of_a_value(given, sent):
    wire = wire_row({"a": given})
    assert wire == {"a": sent}
    assert type(wire["a"]) is type(sent)


class Half(float):
    pass


def test_a_float_of_another_type_is_sent_as_a_float():
    assert type(wire_row({"a": Half(0.5)})["a"]) is float


CAN_NOT = "A value of type {} can't be sent"
BLANK = "{} can't be sent: it would blank the field; {}"
ZONE = "A time without a time zone can't be sent: its zone would be a guess"


class Nowhere(tzinfo):
    def utcoffset(self, when):
        return None


@pytest.mark.parametrize(
    ("given", "words", "path"),
    [
        (2**64, "An integer of more than 64 bits can't be sent; give it as text", "a"),
        (-(2**63) - 1, "An integer of more than 64 bits can't be sent; give it as text", "a"),
        (inf, "inf can't be sent: it would blank the field, JSON has no such number", "a"),
        (Decimal("-inf"), "-Infinity can't be sent: it would blank the field, JSON has no such number", "a"),
        (nan, BLANK.format("nan", "say missing='skip' or missing='clear'"), "a"),
        (NAType(), BLANK.format("<NA>", "say missing='skip' or missing='clear'"), "a"),
        ([nan], BLANK.format("nan", "take it out"), "a[0]"),
        ({"b": nan}, BLANK.format("nan", "take it out"), "a.b"),
        ([1, {"b": [2, NOON]}], ZONE, "a[1].b[1]"),
        (NOON.replace(tzinfo=Nowhere()), ZONE, "a"),
        (b"x", CAN_NOT.format("bytes"), "a"),
        (bytearray(b"x"), CAN_NOT.format("bytearray"), "a"),
        (memoryview(b"x"), CAN_NOT.format("memoryview"), "a"),
        ({1}, CAN_NOT.format("set"), "a"),
        ({"b": Odd()}, CAN_NOT.format("Odd"), "a.b"),
        (Index(OSError("gone")), "Reading the row raised OSError: gone", "a"),
        ({1: "x"}, "A field's name is text, not int", "1"),
    ],
)
def test_what_can_not_be_sent(given, words, path):
    assert refused(wire_row, {"a": given}) == (words, path, INVALID, "")


def test_a_field_is_named_by_text():
    words = ("A field's name is text, not int", "7", INVALID, "")
    assert refused(wire_row, {7: "x"}) == words
    assert refused(wire_row, {7: nan}, Values(missing="clear")) == words


def nested(deep, wrap):
    value = 1
    for _ in range(deep):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "wrap", [lambda value: [value], lambda value: {"b": value}], ids=["lists", "objects"]
)
def test_how_deep_a_value_may_be(wrap):
    assert wire_row({"a": nested(100, wrap)}) == {"a": nested(100, wrap)}
    path = "a" if isinstance(wrap(1), list) else "a" + ".b" * 101
    words = "A value nested more than 100 deep can't be sent"
    assert refused(wire_row, {"a": nested(101, wrap)}) == (words, path, INVALID, "")


def test_how_often_a_scalar_may_stand_for_another():
    def standing_for(value):
        return type("Scalar", (), {"item": lambda self: value})()

    assert wire_row({"a": nested(100, standing_for)}) == {"a": 1}
    words = "A value nested more than 100 deep can't be sent"
    assert refused(wire_row, {"a": nested(101, standing_for)}) == (words, "a", INVALID, "")


@pytest.mark.parametrize(
    ("how", "sent"),
    [
        (Values(missing="skip"), {"a": 1, "b": None}),
        (Values(missing="clear"), {"a": 1, "b": None, "c": None, "d": None}),
        (Values(missing="skip", skip_nulls=True), {"a": 1}),
        (Values(missing="clear", skip_nulls=True), {"a": 1, "c": None, "d": None}),
    ],
)
def test_what_is_missing_is_left_out_or_cleared(how, sent):
    assert wire_row({"a": 1, "b": None, "c": nan, "d": NAType()}, how) == sent


def test_nulls_are_left_out_only_on_request():
    assert wire_row({"a": None, "b": 0, "c": ""}) == {"a": None, "b": 0, "c": ""}
    assert wire_row({"a": None, "b": 0, "c": ""}, Values(skip_nulls=True)) == {"b": 0, "c": ""}
    assert wire_row({"a": [None]}, Values(skip_nulls=True)) == {"a": [None]}


def test_a_naive_time_is_in_the_zone_that_is_given_and_an_aware_one_in_its_own():
    row = {"a": NOON, "b": NOON.replace(tzinfo=UTC), "c": [NOON], "d": {"e": NOON}}
    assert wire_row(row, Values(timezone=CET)) == {
        "a": "2027-05-04T12:00:30+01:00",
        "b": "2027-05-04T12:00:30+00:00",
        "c": ["2027-05-04T12:00:30+01:00"],
        "d": {"e": "2027-05-04T12:00:30+01:00"},
    }


def test_what_a_row_raises_is_its_own_fault():
    class Broken(UserDict):
        def items(self):
            raise KeyError("gone")

    class Unreadable(list):
        def __iter__(self):
            raise OSError("gone")

    class NoDay(date):
        def isoformat(self):
            raise OSError("gone")

    class NoTime(datetime):
        def isoformat(self, **_):
            raise OSError("gone")

    class NoZone(tzinfo):
        def utcoffset(self, when):
            raise OSError("gone")

    class NoFloat(float):
        def __float__(self):
            raise OSError("gone")

    class NoText(UUID):
        def __str__(self):
            raise OSError("gone")

    words = "Reading the row raised OSError: gone"
    for value in (
        Unreadable(),
        NoDay(2027, 5, 4),
        NoTime(2027, 5, 4, tzinfo=UTC),
        NOON.replace(tzinfo=NoZone()),
        NoFloat(1.0),
        NoText(int=1),
    ):
        assert refused(wire_row, {"a": [value]}) == (words, "a[0]", INVALID, ""), type(value)
    assert refused(wire_row, Broken()) == ("Reading the row raised KeyError: 'gone'", "", INVALID, "")
    assert refused(wire_row, {"a": Broken()})[1] == "a"


def test_what_says_why_itself_is_believed():
    def read():
        raise BadValue("no", "there", "CODE", "do this")

    assert refused(foreign, read, "here") == ("no", "there", "CODE", "do this")
    with pytest.raises(BadValue) as caught:
        foreign(lambda: 1 / 0)
    assert (caught.value.path, caught.value.__cause__) == ("", None)


def test_what_a_signal_handler_raises_is_nobodys_fault():
    class TimeLimit(Exception):
        pass

    def handler(number, frame):
        raise TimeLimit

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(TimeLimit):
            foreign(lambda: signal.raise_signal(signal.SIGALRM))
    finally:
        signal.signal(signal.SIGALRM, before)


def test_times_are_sent_with_whole_seconds_and_offset():
    assert wire_time(NOON.replace(tzinfo=CET)) == "2027-05-04T12:00:30+01:00"
    assert refused(wire_time, NOON, "a.b") == (ZONE, "a.b", INVALID, "")
    assert refused(wire_time, NOON) == (ZONE, "", INVALID, "")


def test_a_time_to_compare_with():
    assert aware_time("2027-05-04T12:00:30.5+01:00") == "2027-05-04T12:00:30.5+01:00"
    assert aware_time(NOON.replace(tzinfo=CET)) == "2027-05-04T12:00:30+01:00"
    for given in ("2027-05-04T12:00:30", NOON):
        assert refused(aware_time, given)[0] == ZONE
    for given in ("noon", None, 7, date(2027, 5, 4)):
        words = f"{given!r} is no time: give an aware datetime, or ISO 8601 text with an offset"
        assert refused(aware_time, given) == (words, "", INVALID, "")


@pytest.mark.parametrize(
    ("row", "plain"),
    [
        ({}, True),
        ({"a": 1, "b": None, "c": "x"}, True),
        ({"a": {"id": "1"}}, True),
        ({"a": {"id": "1", "name": "x"}}, False),
        ({"a": {}}, False),
        ({"a": [1, "x", None]}, True),
        ({"a": [1, {"id": "1"}]}, False),
        ({"a": [[1]]}, False),
        ({"a": {"id": "1"}, "b": [{}]}, False),
        ({"a": [], "b": {"name": "x"}}, False),
        ({"$append_values": {}}, True),
        ({"$append_values": {"a": False, "b": "false", "c": " FALSE "}, "d": 1}, True),
        ({"$append_values": {"a": False, "b": True}}, False),
        ({"$append_values": {"a": True, "b": False}}, False),
        ({"$append_values": {"a": "true"}}, False),
        ({"$append_values": {"a": 1}}, False),
        ({"$append_values": {"a": None}}, False),
        ({"$append_values": {"a": False}, "b": [{}]}, False),
        ({"append_values": {"a": False}}, False),
    ],
)
def test_which_rows_do_no_more_when_they_are_sent_twice(row, plain):
    assert is_plain(row) is plain
