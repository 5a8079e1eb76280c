"""What the metadata of a module say of a row: what Zoho surely refuses, and what it may."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zcrm.fields import Field, Fields
from zcrm.fields.checks import Checks
from zcrm.fields.table import RULES
from zcrm.fields.values import refusal

RAW = json.loads((Path(__file__).parents[1] / "data/fields-deals.json").read_text(encoding="utf-8"))["fields"]
DEALS = Fields.from_api("Deals", RAW)["Deals"]
CHECKS = DEALS.checks()
ID = "5545974000000500737"


def refused(**row: Any) -> list[str]:
    return [problem.rule.name for _, problem in CHECKS.refusals({"id": ID, **row})]


def doubted(**row: Any) -> list[str]:
    return [problem.rule.name for _, problem in CHECKS.doubts({"id": ID, **row})]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Deal_Name", "x" * 120),
        ("Deal_Name", "🦉" * 120),
        ("Stage", "Won"),
        ("Stage", "Anything at all"),
        ("Amount", 1200),
        ("Amount", 18500.5),
        ("Amount", Decimal("18500.123")),
        ("Amount", None),
        ("Discount", 250),
        ("Seats", 999999),
        ("Seats", -999999),
        ("Meter_Serial", "000123456789012345"),
        ("Meter_Serial", 123),
        ("Closing_Date", "2026-02-28"),
        ("Go_Live", "2026-10-01T09:15:00+02:00"),
        ("Go_Live", "2026-10-01T09:15:00.5Z"),
        ("Auto_Renewal", False),
        ("Sales_Regions", []),
        ("Sales_Regions", ["North", "anything"]),
        ("Account_Name", {"id": ID}),
        ("Owner", {"id": int(ID), "name": "Sample"}),
        ("Layout", {"id": ID}),
        ("Linked_Products", [{"Linked_Products": {"id": ID}}]),
        ("Milestones", [{"id": ID, "_delete": None}]),
        ("Contract_File", [{"File_Id__s": "abc"}]),
        ("Tag", [{"name": "new"}]),
        ("Legacy_Code", "seen by others"),
        ("$append_values", {"Sales_Regions": True}),
        ("Site_Phone", "0800 HELLO"),
        ("Billing_Email", "no address"),
    ],
)
def test_what_zoho_may_take_is_not_refused(field, value):
    assert refused(**{field: value}) == []


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("Deal_Name", "x" * 121, "too long"),
        ("Deal_Name", 5, "type"),
        ("Deal_Name", None, "empty"),
        ("Stage", "", "empty"),
        ("Stage", ["Won"], "type"),
        ("Amount", "1200", "type"),
        ("Amount", True, "type"),
        ("Seats", 1234567, "too many digits"),
        ("Seats", 1.5, "type"),
        ("Seats", float("inf"), "type"),
        ("Seats", "", "type"),
        ("Seats", True, "type"),
        ("Meter_Serial", "1" * 19, "too many digits"),
        ("Meter_Serial", "12a", "type"),
        ("Closing_Date", "2026-02-29", "type"),
        ("Closing_Date", "31.12.2026", "type"),
        ("Closing_Date", "2026-10-01T09:15:00+02:00", "type"),
        ("Go_Live", "2026-10-01 09:15:00", "type"),
        ("Go_Live", "tomorrow", "type"),
        ("Auto_Renewal", "yes", "type"),
        ("Auto_Renewal", 1, "type"),
        ("Sales_Regions", "North", "type"),
        ("Account_Name", "Acme", "type"),
        ("Account_Name", {"name": "Acme"}, "type"),
        ("Account_Name", {"id": "Acme"}, "type"),
        ("Milestones", {"id": ID}, "type"),
        ("Description", "x" * 32001, "too long"),
        ("Margin", 5.0, "not writable"),
        ("Margin", None, "not writable"),
        ("Deal_Number", "DL-1", "not writable"),
        ("Open_Tasks", 1, "not writable"),
        ("Created_By", {"id": ID}, "not writable"),
        ("Modified_Time", "2026-10-01T09:15:00+02:00", "not writable"),
        ("Deal Name", "a label", "unknown field"),
        ("deal_name", "no API name", "unknown field"),
        ("Nonesuch", None, "unknown field"),
    ],
)
def test_what_zoho_surely_refuses(field, value, rule):
    assert refused(**{field: value}) == [rule]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("Stage", "Wno", "no option"),
        ("Stage", "Closed Won", "other name of an option"),
        ("Stage", "won", "option in another case"),
        ("Sales_Regions", ["North", "R_S"], "other name of an option"),
        ("Amount", Decimal("0.125"), "decimals"),
        ("Amount", 10**17, "digits before the point"),
        ("Discount", 101, "percent"),
        ("Discount", 0.25, "percent"),
        ("Discount", 1, "percent"),
        ("Billing_Email", "somebody", "address"),
        ("Portal_URL", "two words", "address"),
        ("Deal_Name", "🦉" * 61, "length in UTF-16"),
        ("Cost_Price", 5, "read-only"),
        ("Legacy_Code", "x", "hidden"),
        ("Lead_Source", "", "empty text"),
        ("Description", "", "empty text"),
    ],
)
def test_what_the_server_decides_is_told(field, value, rule):
    assert doubted(**{field: value}) == [rule]


def test_a_layout_beside_other_fields_is_told():
    assert doubted(Layout={"id": ID}, Amount=5) == ["layout"]
    assert doubted(Layout={"id": ID}) == []


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        ({"used": False}, "unused field"),
        ({"restricted": True}, "restricted"),
        ({"data_type": "hologram"}, "unknown type"),
    ],
)
def test_what_a_field_is_told_of_whatever_its_value(known, rule):
    field = Field(**{"api_name": "A", "data_type": "text"} | known)
    checks = Checks("Deals", {"A": field})
    assert [*checks.refusals({"id": ID, "A": "x"})] == []
    assert [problem.rule.name for _, problem in checks.doubts({"id": ID, "A": "x"})] == [rule]


def test_an_option_out_of_use_is_told_from_one_that_is_in_use():
    raw = {
        "api_name": "A",
        "data_type": "picklist",
        "pick_list_values": [
            {"display_value": "Old", "actual_value": "Old", "type": "unused"},
            {"display_value": "New", "actual_value": "New", "type": "used"},
        ],
    }
    checks = Checks("Deals", {"A": Field.from_api(raw)})
    found = {value: [p.rule.name for _, p in checks.doubts({"A": value})] for value in ("Old", "New")}
    assert found == {"Old": ["unused option"], "New": []}


def test_the_nearest_option_and_the_nearest_field_are_named():
    [(_, option)] = CHECKS.doubts({"Stage": "Frist Talk"})
    assert "'First Talk'" in option.fix
    [(_, name)] = CHECKS.refusals({"Closing_Dat": "2026-01-01"})
    assert name.fix == "Did you mean Closing_Date (Closing Date)?"


def test_fields_newer_than_the_metadata_pass_where_that_is_said():
    assert [*DEALS.checks(unknown=True).refusals({"id": ID, "Nonesuch": 1, "Amount": 2})] == []
    assert len([*DEALS.checks(unknown=True).refusals({"id": ID, "Nonesuch": 1, "Amount": "x"})]) == 1


def test_created_and_modified_are_not_written_whatever_the_flags_say():
    checks = Checks("Deals", {"Created_Time": Field(api_name="Created_Time", data_type="datetime")})
    assert [p.rule.name for _, p in checks.refusals({"Created_Time": "2026-01-01T00:00:00Z"})] == [
        "not writable"
    ]


def test_every_rule_has_its_ground_and_a_name_of_its_own():
    assert len(RULES) == len({rule.name for rule in RULES})
    assert all(rule.ground for rule in RULES)
    assert sum(rule.refuses for rule in RULES) == 7


@pytest.mark.parametrize("names", [["Stage"], ["Amount", "Sales_Regions"]])
def test_fields_that_a_mass_update_can_set(names):
    DEALS.check_mass_update("Deals", names)


def test_fields_that_no_mass_update_can_set_are_named_at_once():
    fields = Fields([DEALS])
    with pytest.raises(ValueError, match=r"Account_Name \(lookup\); Layout \(layout\); Nope: Deals has no"):
        fields.check_mass_update("Deals", ["Account_Name", "Stage", "Layout", "Nope"])
    with pytest.raises(ValueError, match="no fields of Leads: there are those of Deals"):
        fields.check_mass_update("Leads", ["Stage"])


def test_a_date_is_no_value_of_json():
    assert refused(Closing_Date=date(2026, 1, 1)) == ["type"]


@pytest.mark.parametrize("kind", ["integer", "bigint"])
@pytest.mark.parametrize(
    ("value", "refused"), [("5", False), ("5E+1", False), ("-0", False), ("5.0", True), ("1E+9", True)]
)
def test_a_decimal_without_digits_behind_its_point_is_a_whole_number(kind, value, refused):
    check = refusal(Field(api_name="A", data_type=kind, length=6))
    assert (check(Decimal(value)) is not None) is refused


@pytest.mark.parametrize(
    ("field", "value", "fix"),
    [
        ("Amount", "NULL", "--blank 'NULL' leaves such fields alone"),
        ("Seats", " #N/A ", "--null ' #N/A ' clears them"),
        ("Account_Name", "5.54597E+18", "A spreadsheet has cut its digits"),
        ("Account_Name", "Acme", "Give its id"),
        ("Go_Live", "2026-10-25 02:30:00", "the hours in which clocks are changed need"),
        ("Go_Live", "2026-10-25", "a day alone"),
    ],
)
def test_the_fix_is_that_of_what_is_there(field: str, value: str, fix: str) -> None:
    [(_, problem)] = CHECKS.refusals({"id": ID, field: value})
    assert fix in problem.fix
