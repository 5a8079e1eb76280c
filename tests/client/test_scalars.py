"""Values of numpy and pandas in mappings: sent as what they stand for, or refused with the way out."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from zcrm.errors import UsageError
from zcrm.rows.admission import Admission
from zcrm.rows.options import values

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

ID = 5545974000000500001
MISSING = [
    float("nan"),
    Decimal("NaN"),
    Decimal("sNaN"),
    np.float64("nan"),
    np.float32("nan"),
    np.datetime64("NaT", "us"),
    np.timedelta64("NaT", "s"),
    pd.NaT,
    pd.NA,
    np.ma.masked,
]


class Index:
    def __index__(self) -> int:
        return ID


class Item:
    def item(self) -> float:
        return 2.5


def admitted(row: dict[str, Any], **options: Any) -> Any:
    return Admission(values=values(options)).admit(0, row)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (np.int64(7), b"7"),
        (np.uint8(7), b"7"),
        (np.float64(1.5), b"1.5"),
        (np.float32(1.5), b"1.5"),
        (np.bool_(True), b"true"),
        (np.str_("x"), b'"x"'),
        (np.array(7), b"7"),
        (np.datetime64("2026-01-31"), b'"2026-01-31"'),
        (pd.Timestamp("2026-01-31T12:00:00.123456789", tz="Europe/Berlin"), b'"2026-01-31T12:00:00+01:00"'),
        (type("Mine", (float,), {})(2.5), b"2.5"),
        (Index(), b"5545974000000500001"),
        (Item(), b"2.5"),
        ([np.int64(1), np.float64(2.5)], b"[1,2.5]"),
        ({"id": np.int64(1)}, b'{"id":1}'),
    ],
)
def test_a_scalar_is_sent_as_what_it_stands_for(value: Any, sent: bytes) -> None:
    outcome = admitted({"id": ID, "Field": value})
    assert outcome.message == ""
    assert outcome._wire == b'{"id":"5545974000000500001","Field":%b}' % sent


@pytest.mark.parametrize("value", [np.int64(ID), np.uint64(ID), np.array(ID), np.str_(ID), Index()])
def test_a_scalar_is_an_id(value: Any) -> None:
    assert admitted({"id": value, "A": 1}).id == str(ID)


@pytest.mark.parametrize("value", [np.float64(ID), np.float32(1), np.bool_(True), np.array([ID, ID]), True])
def test_what_lost_its_digits_is_no_id(value: Any) -> None:
    outcome = admitted({"id": value, "A": 1})
    assert (outcome.state, outcome.details["api_name"]) == ("rejected", "id")


@pytest.mark.parametrize("value", [None, *MISSING[6:]])
def test_a_missing_id_is_none(value: Any) -> None:
    assert admitted({"id": value, "A": 1}).code == "MANDATORY_NOT_FOUND"


@pytest.mark.parametrize("value", MISSING, ids=str)
def test_a_missing_value_is_an_error_unless_something_else_is_said(value: Any) -> None:
    row = {"id": str(ID), "A": 1, "Field": value}
    outcome = admitted(row)
    assert (outcome.state, outcome.details["api_name"]) == ("rejected", "Field")
    assert "missing='skip'" in outcome.message
    assert admitted(row, missing="skip")._wire == b'{"id":"5545974000000500001","A":1}'
    cleared = admitted(row, missing="clear")
    assert cleared._wire == b'{"id":"5545974000000500001","A":1,"Field":null}'
    assert cleared._cleared == 1


@pytest.mark.parametrize(
    "value", [np.timedelta64(1, "s"), pd.Timedelta("1s"), 1 + 2j, np.array([1, 2]), b"x"]
)
def test_what_can_not_be_sent_is_refused(value: Any) -> None:
    outcome = admitted({"id": str(ID), "Field": value})
    assert (outcome.state, outcome.details["api_name"]) == ("rejected", "Field")


@pytest.mark.parametrize(
    "value", [np.datetime64("2026-01-31T12:00:00.000000000"), pd.Timestamp("2026-01-31T12:00:00")]
)
def test_a_naive_time_takes_the_zone_that_is_given(value: Any) -> None:
    assert admitted({"id": str(ID), "At": value}).state == "rejected"
    outcome = admitted({"id": str(ID), "At": value, "Day": date(2026, 1, 31)}, timezone="Europe/Berlin")
    assert b'"At":"2026-01-31T12:00:00+01:00","Day":"2026-01-31"' in outcome._wire


@pytest.mark.parametrize("value", [[float("nan")], {"a": np.float64("nan")}, float("inf"), Decimal("1E+999")])
@pytest.mark.parametrize("missing", ["error", "skip"])
def test_no_option_is_offered_where_none_helps(value: Any, missing: str) -> None:
    outcome = admitted({"id": str(ID), "Field": value}, missing=missing)
    assert outcome.state == "rejected"
    assert "missing=" not in outcome.message


def test_none_is_left_out_when_nulls_are_skipped() -> None:
    row = {"id": str(ID), "A": 1, "Field": None}
    assert admitted(row, nulls="skip")._wire == b'{"id":"5545974000000500001","A":1}'
    assert admitted(row)._cleared == 1


@pytest.mark.parametrize("options", [{"missing": "drop"}, {"nulls": "clear"}, {"timezone": "Mars/Olympus"}])
def test_an_option_that_there_is_not_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        values(options)  # type: ignore[arg-type]
