"""Rows as JSON."""

from decimal import Decimal

import orjson
import pytest

from zcrm.rows.encoding import array, encode, encode_flat, encode_row
from zcrm.rows.values import BadValue

LONE = "\ud800"


def test_decimals_keep_their_digits():
    assert encode({"a": Decimal("1.50"), "b": [Decimal("1E+3")]}) == b'{"a":1.50,"b":[1000]}'
    assert encode_row({"a": Decimal("0.1")}) == b'{"a":0.1}'


def test_a_flat_row_is_written_alike_or_refused_alike():
    row = {"a": "ü", "b": None, "c": True, "d": 1.5, "e": 2**64 - 1}
    assert encode_flat(row) == encode_row(row)
    with pytest.raises(UnicodeError):
        encode_flat({"a": 1, "b": LONE})
    with pytest.raises(BadValue):
        encode_row({"a": 1, "b": LONE})


def test_rows_are_joined_as_they_are():
    assert encode(array([b'{"a":1}', b"2"])) == b'[{"a":1},2]'
    assert encode(array([])) == b"[]"


@pytest.mark.parametrize(
    ("row", "path"),
    [({"a": 1, "b": LONE}, "b"), ({"b": [LONE], "a": LONE}, "b"), ({LONE: 1}, LONE), ({"a": {1: 2}}, "a")],
    ids=ascii,
)
def test_what_can_not_be_written_names_its_field(row, path):
    with pytest.raises(BadValue) as caught:
        encode_row(row)
    assert (caught.value.path, caught.value.code) == (path, "INVALID_DATA")
    assert caught.value.message.startswith("This can't be written as JSON: ")


def test_what_is_bad_in_a_number_is_said():
    class Broken(Decimal):
        def __format__(self, how):
            raise OSError("gone")

    with pytest.raises(BadValue, match="Reading the row raised OSError: gone") as caught:
        encode_row({"a": 1, "b": Broken(1)})
    assert caught.value.__cause__ is None


def test_what_interrupts_the_writing_goes_on():
    class Interrupting(Decimal):
        def __format__(self, how):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_row({"a": Interrupting(1)})


def test_other_types_are_refused():
    with pytest.raises(orjson.JSONEncodeError) as caught:
        encode({"a": object()})
    assert str(caught.value.__cause__) == "object can't be sent as JSON"
