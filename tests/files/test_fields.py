"""Columns and cells of a file as the fields of its module have them, whatever the file is written in."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zcrm.fields import Fields
from zcrm.files.blocks import CellReader
from zcrm.files.columns import parse_column, parse_header
from zcrm.files.known import Known
from zcrm.files.natives import native
from zcrm.files.problems import CellError
from zcrm.files.reading import Reading
from zcrm.files.records import build
from zcrm.files.tables import open_table

RAW = json.loads((Path(__file__).parents[1] / "data/fields-deals.json").read_text(encoding="utf-8"))["fields"]
DEALS = Fields.from_api("Deals", RAW, time_zone="Europe/Berlin")["Deals"]
READING = Reading(known=Known(DEALS))
ID = "5545974000000500737"


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("Amount", "1200", 1200),
        ("Amount", "1045.0", 1045.0),
        ("Amount", " 18500.50 ", 18500.5),
        ("Amount", "0.12345678901234567890", Decimal("0.12345678901234567890")),
        ("Amount", "1e400", "1e400"),
        ("Amount", "NULL", "NULL"),
        ("Seats", "5", 5),
        ("Seats", "5.0", 5),
        ("Seats", "5.5", "5.5"),
        ("Meter_Serial", " 0012 ", "0012"),
        ("Auto_Renewal", "TRUE", True),
        ("Auto_Renewal", "yes", "yes"),
        ("Closing_Date", " 2026-12-31 ", "2026-12-31"),
        ("Closing_Date", "31.12.2026", "31.12.2026"),
        ("Go_Live", "2026-10-01 09:15:00", "2026-10-01T09:15:00+02:00"),
        ("Go_Live", "2026-12-01T09:15:00+05:30", "2026-12-01T09:15:00+05:30"),
        ("Go_Live", "2026-10-25 02:30:00", "2026-10-25 02:30:00"),
        ("Go_Live", "2026-03-29 02:30:00", "2026-03-29 02:30:00"),
        ("Go_Live", "2026-07-01", "2026-07-01"),
        ("Go_Live", "20260701", "20260701"),
        ("Sales_Regions", "North; South;", ["North", "South"]),
        ("Account_Name", f"zcrm_{ID}", {"id": ID}),
        ("Account_Name", "Acme", "Acme"),
        ("Milestones", '[{"id": "12"}]', [{"id": "12"}]),
        ("Milestones", "none", "none"),
        ("Stage", " Won ", "Won"),
        ("Deal_Name", " as it is ", " as it is "),
    ],
)
def test_a_cell_of_text_is_a_value_of_its_field_or_stays_text(field: str, text: str, value: object) -> None:
    column = parse_column(field, READING)
    [row] = CellReader([field], [column], READING).block([2], [[text]])
    assert row.record == {field: value}
    assert type(row.record[field]) is type(value)
    assert not row.faults


@pytest.mark.parametrize(
    ("field", "given_", "value"),
    [
        ("Amount", 1200, 1200),
        ("Amount", Decimal("0.10"), Decimal("0.10")),
        ("Amount", "1200.5", 1200.5),
        ("Amount", True, "true"),
        ("Seats", 5.0, 5),
        ("Seats", 5.5, "5.5"),
        ("Meter_Serial", 12, "12"),
        ("Site_Phone", 4930123456.0, "4930123456"),
        ("Auto_Renewal", True, True),
        ("Auto_Renewal", "false", False),
        ("Closing_Date", datetime(2026, 12, 31, 9, 15), "2026-12-31"),
        ("Closing_Date", date(2026, 12, 31), "2026-12-31"),
        ("Go_Live", datetime(2026, 10, 1, 9, 15), "2026-10-01T09:15:00+02:00"),
        ("Go_Live", datetime(2026, 10, 1, 9, 15, tzinfo=UTC), "2026-10-01T09:15:00+00:00"),
        ("Account_Name", int(ID), {"id": ID}),
        ("Account_Name", {"id": f"zcrm_{ID}"}, {"id": ID}),
        ("Sales_Regions", ["North"], ["North"]),
        ("Stage", 5, "5"),
    ],
)
def test_a_value_that_is_no_text_is_one_of_its_field(field: str, given_: Any, value: object) -> None:
    column = parse_column(field, READING)
    found = build([column], [given_], READING).record[field]
    assert (found, type(found)) == (value, type(value))


def test_a_number_that_json_has_not_is_a_fault_as_ever() -> None:
    with pytest.raises(CellError, match="no number that can be sent"):
        native(parse_column("Amount", READING), float("nan"))


def test_a_word_such_as_null_is_told_of_texts_alone() -> None:
    columns = parse_header(["id", "Deal Name", "Amount"], READING)
    block = CellReader(["id", "Deal Name", "Amount"], columns, READING).block([2], [[ID, "NULL", "NULL"]])
    assert block.null_words() == {"Deal Name": 1}
    assert build(columns, [ID, "NULL", "NULL"], READING).null_words == ("Deal Name",)


def test_a_type_that_is_given_counts_more_than_that_of_the_field() -> None:
    typed = parse_column("Amount:str", READING)
    assert (typed.field, typed.read("1200")) == (None, "1200")
    with pytest.raises(CellError, match="not a number"):
        parse_column("Amount:decimal", READING).read("five")


@pytest.mark.parametrize(
    ("header", "paths"),
    [
        (["Record Id", "Opportunity Name"], [("id",), ("Deal_Name",)]),
        (["id", "Contract No.", "$append_values:json"], [("id",), ("Contract_No",), ("$append_values",)]),
        (["id", "Account Name.id", "Account Name"], [("id",), ("Account_Name", "id"), None]),
        (["id", "_source", "Stage"], [("id",), None, ("Stage",)]),
        (["Record Id", "Stage", "Margin", "Modified Time"], [("id",), ("Stage",), None, None]),
        (["id", "Margin"], [("id",), ("Margin",)]),
    ],
)
def test_the_fields_of_a_header(header: list[str], paths: list[tuple[str, ...] | None]) -> None:
    assert [column and column.path for column in parse_header(header, READING)] == paths


def test_what_is_said_on_the_command_line_takes_labels_too() -> None:
    reading = Reading(
        known=Known(DEALS), columns=("Amount",), types={"Amount": "str"}, names={"Sum": "Amount"}
    )
    [key, column, stage] = parse_header(["id", "Sum", "Stage"], reading)
    assert key is not None
    assert column is not None
    assert (column.path, column.type, stage) == (("Amount",), "str", None)
    ignoring = Reading(known=Known(DEALS), ignore=("Deal_Name",))
    assert parse_header(["id", "Opportunity Name"], ignoring)[1] is None


def test_a_file_of_another_country_is_read_as_it_is(tmp_path: Path) -> None:
    reading = Reading(known=Known(DEALS), decimal_comma=True, date_format="%d.%m.%Y")
    odd = Path(__file__).parents[1] / "data/odd/semicolons-cp1252.csv"
    with open_table(str(odd), reading) as table:
        [first, second] = [row.record for row in table]
    assert first["Deal_Name"] == "Müller – Dach"
    assert (first["Amount"], first["Closing_Date"]) == (Decimal("1234.50"), "2026-12-31")
    assert (second["Amount"], second["Closing_Date"]) == (Decimal("12.00"), "2027-01-02")


def test_a_column_that_is_called_as_another_field_is_told(tmp_path: Path) -> None:
    raw = [
        {"api_name": "Market", "field_label": "Country", "data_type": "text"},
        {"api_name": "Country", "field_label": "Nation", "data_type": "text"},
    ]
    path = tmp_path / "rows.csv"
    path.write_text(f"id,Country\n{ID},x\n")
    with open_table(str(path), Reading(known=Known(Fields.from_api("Deals", raw)["Deals"]))) as table:
        assert [row.record for row in table] == [{"id": ID, "Country": "x"}]
        assert table.notes == [
            "column Country taken for the field of that API name; it is also the label of Market"
        ]


def test_objects_and_parquet_have_labels_and_types_of_fields_too(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"id": ID, "Opportunity Name": "New", "Amount": "1200.5", "Account Name.id": f"zcrm_{ID}"}]
    (tmp_path / "rows.jsonl").write_text(json.dumps(rows[0]))
    go_live = [datetime(2026, 10, 1, 9, 15)]
    columns = {name: [value] for name, value in rows[0].items()} | {"Go Live": go_live}
    parquet.write_table(pyarrow.table(columns), tmp_path / "rows.parquet")
    record = {"id": ID, "Deal_Name": "New", "Amount": 1200.5, "Account_Name": {"id": ID}}
    with open_table(str(tmp_path / "rows.jsonl"), READING) as table:
        assert [row.record for row in table] == [record]
    with open_table(str(tmp_path / "rows.parquet"), READING) as table:
        assert [row.record for row in table] == [record | {"Go_Live": "2026-10-01T09:15:00+02:00"}]
