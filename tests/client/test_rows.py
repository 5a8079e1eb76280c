"""What may be in a row, and what is sent for it."""

import math
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm.rows.admission import Admission
from zcrm.rows.values import BadValue, is_plain, record_id, wire_row


class Text(str):
    """Text of a class of its own."""


INDIA = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("text", "text"),
        (True, True),
        (None, None),
        (2**63, 2**63),
        (1.5, 1.5),
        (Decimal("1.10"), Decimal("1.10")),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, 999_999, INDIA), "2026-01-02T03:04:05+05:30"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (("a", 1), ["a", 1]),
        ({"id": "1", "at": date(2026, 1, 2)}, {"id": "1", "at": "2026-01-02"}),
        ([{"_delete": None, "id": "1"}], [{"_delete": None, "id": "1"}]),
    ],
)
def test_what_is_sent_for_a_value(value, sent):
    assert wire_row({"Field": value}) == {"Field": sent}


@pytest.mark.parametrize(
    ("row", "path", "words"),
    [
        ({"A": math.nan}, "A", "would blank the field"),
        ({"A": [1, {"B": math.inf}]}, "A[1].B", "would blank the field"),
        ({"A": Decimal("NaN")}, "A", "would blank the field"),
        ({"A": datetime(2026, 1, 1)}, "A", "without a time zone"),
        ({"A": 2**64}, "A", "64 bits"),
        ({"A": b"bytes"}, "A", "type bytes"),
        ({"A": {1, 2}}, "A", "type set"),
        ({1: "x"}, "1", "name is text"),
    ],
)
def test_what_cannot_be_sent(row, path, words):
    with pytest.raises(BadValue, match=words) as caught:
        wire_row(row)
    assert caught.value.path == path


@given(
    st.dictionaries(
        st.text(max_size=3) | st.integers() | st.sampled_from([Text("T"), "\ud800"]),
        st.none()
        | st.booleans()
        | st.integers(-(2**65), 2**65)
        | st.floats()
        | st.text(max_size=3)
        | st.sampled_from(["\ud800", Text("T")]),
        max_size=4,
    )
)
def test_a_flat_row_is_written_as_any_other(row):
    row["id"] = "1"
    flat, other = (Admission().admit(0, given) for given in (row, MappingProxyType(row)))

    def told(outcome):
        wire = orjson.loads(outcome._wire) if outcome._wire else None
        return outcome.state, outcome.message, outcome.details, wire, outcome._cleared

    assert told(flat) == told(other)


def test_a_bad_row_becomes_a_rejected_outcome_that_names_the_field():
    row = {"id": "1", "Amount": math.nan}
    outcome = Admission().admit(7, row)
    assert (outcome.row, outcome.input, outcome.id) == (7, row, "1")
    assert (outcome.state, outcome.code, outcome.attempts) == ("rejected", "INVALID_DATA", 0)
    assert outcome.details == {"api_name": "Amount", "json_path": "$.data[7].Amount"}
    assert Admission().admit(0, {"Amount": 1}).code == "MANDATORY_NOT_FOUND"
    assert Admission().admit(0, {"id": "", "Amount": 1}).code == "MANDATORY_NOT_FOUND"
    assert Admission().admit(0, ["no", "mapping"]).code == "INVALID_DATA"


@pytest.mark.parametrize(("field", "value"), [("Number", 2**64), ("Name", "\ud800"), (5, "x")])
def test_what_json_cannot_carry_is_rejected_by_name(field, value):
    outcome = Admission().admit(3, {"id": "1", "Stage": "Won", field: value})
    assert (outcome.state, outcome.code) == ("rejected", "INVALID_DATA")
    assert outcome.details == {"api_name": str(field), "json_path": f"$.data[3].{field}"}


@given(st.integers(10**14, 10**19))
def test_ids_keep_every_digit(number):
    assert record_id(number) == record_id(str(number)) == record_id(f" {number} ") == str(number)


@pytest.mark.parametrize("value", [True, 5.5e18, None, "", "  ", b"1"])
def test_what_is_no_id(value):
    with pytest.raises(BadValue):
        record_id(value)


@pytest.mark.parametrize(
    ("row", "plain"),
    [
        ({"id": "1", "A": "x", "B": 1, "C": None, "D": ["x", 2], "Owner": {"id": "1"}}, True),
        ({"Items": [{"Quantity": 1}]}, False),
        ({"Items": []}, True),
        ({"Owner": {"id": "1", "name": "x"}}, False),
        ({"A": ["x"], "$append_values": {"A": False}}, True),
        ({"A": ["x"], "$append_values": {"A": True}}, False),
        ({"A": ["x"], "$append_values": {"A": "true"}}, False),
        ({"A": ["x"], "$append_values": {"A": "false"}}, True),
    ],
)
def test_which_rows_may_be_sent_twice(row, plain):
    assert is_plain(row) is plain


def test_the_callers_row_is_neither_changed_nor_kept_hold_of():
    row = {"id": 1, "Tags": ["a"]}
    outcome = Admission().admit(0, row)
    row["Tags"].append("b")
    assert outcome._wire == b'{"id":"1","Tags":["a"]}'
    assert row == {"id": 1, "Tags": ["a", "b"]}
