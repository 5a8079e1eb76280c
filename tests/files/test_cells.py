"""From headers and cells of text to the records that are sent."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm.files.choices import JsonNull
from zcrm.files.columns import parse_column, parse_header
from zcrm.files.problems import CellError
from zcrm.files.reading import Reading
from zcrm.files.records import build


def record(headers: list[str], cells: list[Any], null: str | None = None, **options: Any) -> dict[str, Any]:
    reading = Reading(null=(null,) if null else (), **options)
    built = build(parse_header(headers, reading), cells, reading)
    if built.errors:
        raise built.errors[0]
    return built.record


def test_every_type() -> None:
    headers = [
        "id",
        "Name",
        "Text:str",
        "Count:int",
        "Ratio:float",
        "Amount:decimal",
        "Active:bool",
        "Day:date",
        "Moment:datetime",
        "Tags:list",
        "Sub:json",
        "Owner.id",
        "$append_values.Tags:bool",
    ]
    cells = [
        " 554023000000235011 ",
        " NA ",
        "007",
        "-9007199254740993",
        "31.95376472",
        "1.10",
        "TRUE",
        "2026-01-31",
        "2026-01-31T15:26:49+05:30",
        "English; Spanish;",
        '[{"id": "1", "_delete": null}]',
        "554023000000235012",
        "false",
    ]
    assert record(headers, cells) == {
        "id": "554023000000235011",
        "Name": " NA ",
        "Text": "007",
        "Count": -9007199254740993,
        "Ratio": 31.95376472,
        "Amount": Decimal("1.10"),
        "Active": True,
        "Day": date(2026, 1, 31),
        "Moment": datetime(2026, 1, 31, 15, 26, 49, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        "Tags": ["English", "Spanish"],
        "Sub": [{"id": "1", "_delete": None}],
        "Owner": {"id": "554023000000235012"},
        "$append_values": {"Tags": False},
    }


TYPES = ["str", "int", "float", "decimal", "bool", "date", "datetime", "list", "json"]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0"])
def test_a_blank_cell_is_not_sent_whatever_its_type(kind: str, blank: str) -> None:
    assert record(["id", f"Field:{kind}", f"Other.key:{kind}"], ["1", blank, blank], null="NULL") == {
        "id": "1"
    }


@pytest.mark.parametrize("kind", TYPES)
def test_the_null_text_clears_a_field_of_any_type(kind: str) -> None:
    assert record(["id", f"Field:{kind}"], ["1", "#clear"], null="#clear") == {"id": "1", "Field": None}


def test_the_null_text_is_text_when_it_is_not_asked_for() -> None:
    assert record(["id", "Name"], ["1", "NULL"]) == {"id": "1", "Name": "NULL"}


def test_an_id_is_not_cleared() -> None:
    assert record(["id", "Name"], ["-", "x"], null="-") == {"Name": "x"}


def test_a_nested_field_is_cleared_as_a_whole() -> None:
    headers = ["id", "Owner.id", "Owner.name"]
    assert record(headers, ["1", "-", ""], null="-") == {"id": "1", "Owner": None}
    assert record(headers, ["1", "-", "-"], null="-") == {"id": "1", "Owner": None}
    assert record(headers, ["1", "2", "-"], null="-") == {"id": "1", "Owner": {"id": "2", "name": None}}


@pytest.mark.parametrize("cell", ["null", '{"id": null}'])
def test_json_null_clears_its_field_only_when_that_is_said(cell: str) -> None:
    headers, cells = ["id", "Owner:json", "Name"], ["1", cell, "x"]
    assert record(headers, cells) == {"id": "1", "Name": "x"}
    assert record(headers, cells, json_null=JsonNull.CLEAR) == {"id": "1", "Name": "x", "Owner": None}


def test_columns_that_begin_with_an_underscore_are_dropped_unread() -> None:
    headers = ["_row", "id", "_id", "_code:nonsense", "_row"]
    assert record(headers, ["7", "1", "2", "x", "y"]) == {"id": "1"}


def test_the_id_column_stays_text() -> None:
    assert record(["id:int"], ["5545974000000500001"]) == {"id": "5545974000000500001"}


@pytest.mark.parametrize(
    ("kind", "cell", "problem"),
    [
        ("int", "1_000", "'1_000' is not a whole number"),
        ("int", "1,000", "'1,000' is not a whole number"),
        ("int", "1.0", "'1.0' is not a whole number"),
        ("int", "１", "'１' is not a whole number"),
        ("int", "18446744073709551616", "'18446744073709551616' is not a whole number of at most 64 bits"),
        ("int", "9" * 5000, f"'{'9' * 57}…' is not a whole number of at most 64 bits"),
        ("float", "nan", "'nan' is not a number"),
        ("float", "inf", "'inf' is not a number"),
        ("float", "1,5", "'1,5' is not a number"),
        ("float", "1e999", "'1e999' is not a number that fits a float"),
        ("decimal", "NaN", "'NaN' is not a number"),
        ("decimal", "12 EUR", "'12 EUR' is not a number"),
        ("bool", "yes", "'yes' is not true or false"),
        ("date", "31.01.2026", "'31.01.2026' is not a date"),
        ("date", "20260131", "'20260131' is not a date"),
        ("date", "2026-02-30", "'2026-02-30' is not a date"),
        ("datetime", "2026-01-31T15:26:49", "'2026-01-31T15:26:49' is not a date and time with an offset"),
        ("datetime", "2026-01-31", "'2026-01-31' is not a date and time with an offset"),
        ("datetime", "yesterday", "'yesterday' is not a date and time"),
        ("list", " ; ;", "' ; ;' is not a list"),
        ("json", "{'a': 1}", "\"{'a': 1}\" is not JSON"),
        ("json", "NaN", "'NaN' is not JSON"),
    ],
)
def test_a_cell_that_does_not_fit_its_type_is_refused(kind: str, cell: str, problem: str) -> None:
    header = f"Field:{kind}"
    with pytest.raises(CellError) as caught:
        record(["id", header], ["1", cell])
    assert caught.value.problem.startswith(problem)
    assert caught.value.column == header
    assert caught.value.fix


@pytest.mark.parametrize(
    ("headers", "problem", "column"),
    [
        (["id", "Amount:money"], "unknown column type 'money'", "Amount:money"),
        (["id", "Amount:"], "unknown column type ''", "Amount:"),
        (["id", "Name", "Name"], "columns 'Name' and 'Name' fill the same field", "Name"),
        (["id", "Name", "Name:str"], "columns 'Name' and 'Name:str' fill the same field", "Name:str"),
        (
            ["id", "Owner:json", "Owner.id"],
            "columns 'Owner:json' and 'Owner.id' fill the same field",
            "Owner.id",
        ),
        (["id", "Record Id"], "columns 'id' and 'Record Id' fill the same field", "Record Id"),
        (["id", "id.id"], "columns 'id' and 'id.id' fill the same field", "id.id"),
        (["id", ""], "column 2 has no name", None),
        (["id", ":int"], "a column without a field name", ":int"),
        (["id", "Owner..id"], "a column without a field name", "Owner..id"),
        (["id:float"], "ids can not be of type 'float'", "id:float"),
    ],
)
def test_a_header_that_can_not_be_read_is_refused(
    headers: list[str], problem: str, column: str | None
) -> None:
    with pytest.raises(CellError) as caught:
        parse_header(headers)
    assert (caught.value.problem, caught.value.column) == (problem, column)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("headers", "fix"),
    [
        (["ID", "Name"], "rename the column 'ID' to id, or say --map 'ID=id'"),
        (["Record_Id", "Name"], "rename the column 'Record_Id' to id, or say --map 'Record_Id=id'"),
        (
            ["5545974000000500001", "Thigpen"],
            "give the file a header row with an id column that holds the record ids",
        ),
    ],
)
def test_a_header_without_an_id_column_is_refused_with_what_it_holds(headers: list[str], fix: str) -> None:
    with pytest.raises(CellError) as caught:
        parse_header(headers)
    assert caught.value.problem == f"no column is named id; the first line holds {', '.join(headers)!r}"
    assert caught.value.fix == fix


def test_a_column_keeps_its_header_as_typed() -> None:
    column = parse_column(" Owner.id : str ")
    assert (column.header, column.path, column.type) == (" Owner.id : str ", ("Owner", "id"), "str")


@given(st.integers(-(2**63), 2**64 - 1))
def test_integers_lose_nothing(number: int) -> None:
    assert record(["id", "N:int"], ["1", str(number)])["N"] == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_lose_nothing(number: float) -> None:
    assert record(["id", "N:float"], ["1", repr(number)])["N"] == number


@given(st.text().filter(str.strip))
def test_text_stays_as_it_is(text: str) -> None:
    assert record(["id", "T"], ["1", text])["T"] == text


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), st.lists))
def test_json_cells_give_what_they_say(value: object) -> None:
    cells = ["1", orjson.dumps(value).decode()]
    assert record(["id", "J:json"], cells, json_null=JsonNull.CLEAR)["J"] == value
