"""What a module's fields are: declared, loaded or only seen; and updates held against what was loaded."""

import json
from pathlib import Path

import pytest

from zcrm.simulator import Choices

DEALS = Path(__file__).parents[1] / "data/fields-deals.json"
ID = "5545974000000500001"


def described(field):
    return field["data_type"], field["json_type"], field["read_only"]


def test_declared_fields(sim, crm):
    sim.add_field("Leads", "Source", type="picklist", values=("Web", "Fair"), unique=True)
    sim.add_field("Leads", "Score", type="integer", length=5, read_only=True)
    sim.add_field("Leads", "Secret", hidden=True)

    fields = {field["api_name"]: field for field in crm.get("/settings/fields?module=Leads").json()["fields"]}

    assert set(fields) == {
        "id", "Created_Time", "Created_By", "Modified_Time", "Modified_By", "Source", "Score", "Layout",
        "Owner", "Tag",
    }  # fmt: skip
    assert described(fields["Source"]) == ("picklist", "string", False)
    assert [value["actual_value"] for value in fields["Source"]["pick_list_values"]] == ["Web", "Fair"]
    assert fields["Source"]["unique"] == {"case_sensitive": False}
    assert (*described(fields["Score"]), fields["Score"]["length"]) == ("integer", "integer", True, 5)
    assert described(fields["Owner"]) == ("ownerlookup", "jsonobject", False)


def test_fields_that_were_only_seen(sim, crm):
    values = {
        "Text": "x", "Flag": True, "Count": 7, "Share": 0.5, "Parent": {"id": "1"}, "Rows": [{"a": 1}],
        "Languages": ["English"], "Nothing": None,
    }  # fmt: skip
    sim.load("Leads", [{}, values])
    (record_id, _) = sim.records("Leads")
    crm.put("/Leads", json={"data": [{"id": record_id, "Late": 1}]})

    fields = crm.get("/settings/fields?module=Leads").json()["fields"]

    types = {field["api_name"]: field["data_type"] for field in fields}
    assert {name: types[name] for name in (*values, "Late")} == {
        "Text": "text",
        "Flag": "boolean",
        "Count": "bigint",
        "Share": "double",
        "Parent": "lookup",
        "Rows": "subform",
        "Languages": "multiselectpicklist",
        "Nothing": "text",
        "Late": "bigint",
    }


def test_fields_of_no_module(crm, error):
    missing = crm.get("/settings/fields")
    unknown = crm.get("/settings/fields?module=Castles")

    assert (missing.status_code, missing.json()) == (
        400,
        error("REQUIRED_PARAM_MISSING", "required param is missing", param_name="module"),
    )
    assert (unknown.status_code, unknown.json()) == (
        400,
        error("INVALID_MODULE", "the module name given seems to be invalid"),
    )


@pytest.fixture
def deals(start):
    """A simulator whose deals go by the document, strictly or not, and what an update of one answers."""

    def deals(*, strict=True, **choices):
        sim, crm = start(choices=Choices(**choices))
        sim.load("Deals", [{"id": ID, "Deal_Name": "One", "Stage": "Qualification"}])
        sim.load_fields("Deals", DEALS, strict=strict)

        def put(**row):
            (item,) = crm.put("/Deals", json={"data": [{"id": ID, **row}]}).json()["data"]
            return item

        return sim, crm, put

    return deals


def test_loaded_fields_are_answered_as_they_are(deals):
    _, crm, _ = deals()
    document = json.loads(DEALS.read_text(encoding="utf-8"))

    assert crm.get("/settings/fields?module=Deals").json() == document


@pytest.mark.parametrize(("wanted", "names"), [("used", ["A"]), ("unused", ["B"]), ("all", ["A", "B"])])
def test_fields_that_are_in_use_or_not(sim, crm, wanted, names):
    fields = [
        {"api_name": name, "data_type": "text", "type": kind}
        for name, kind in (("A", "used"), ("B", "unused"))
    ]
    sim.load_fields("Deals", fields)

    found = crm.get(f"/settings/fields?module=Deals&type={wanted}").json()["fields"]

    assert [field["api_name"] for field in found] == names


def test_fields_declared_beside_loaded_ones(deals):
    sim, crm, _ = deals(strict=False)
    sim.add_field("Deals", "Region2", type="picklist", values=("A", "B"), label="Region", mandatory=True)

    field = crm.get("/settings/fields?module=Deals").json()["fields"][-1]

    assert (field["api_name"], field["field_label"], field["data_type"]) == ("Region2", "Region", "picklist")
    assert (field["system_mandatory"], field["mass_update"]) == (True, True)
    assert field["operation_type"]["api_update"]
    assert [option["display_value"] for option in field["pick_list_values"]] == ["A", "B"]


def test_a_module_without_fields_of_the_kind(sim, crm):
    assert crm.get("/settings/fields?module=Leads&type=unused").status_code == 204


@pytest.mark.parametrize("source", [{}, {"fields": []}, {"fields": [{"api_name": "A"}]}, [1], {"data": []}])
def test_what_is_no_metadata(sim, source):
    with pytest.raises(ValueError, match="no field metadata"):
        sim.load_fields("Deals", source)


def test_a_file_that_is_no_json(sim, tmp_path):
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(ValueError, match="is not JSON"):
        sim.load_fields("Deals", tmp_path / "x.json")


REFUSED = {
    "a name that there is not": ({"Nothing": 1}, "INVALID_DATA"),
    "text for a number": ({"Amount": "1,000"}, "INVALID_DATA"),
    "a fraction for an integer": ({"Seats": 1.5}, "INVALID_DATA"),
    "too many digits": ({"Seats": 1234567}, "INVALID_DATA"),
    "no digits": ({"Meter_Serial": "12A"}, "INVALID_DATA"),
    "a number for text": ({"Contract_No": 7}, "INVALID_DATA"),
    "a word for a boolean": ({"Auto_Renewal": "yes"}, "INVALID_DATA"),
    "no such day": ({"Closing_Date": "2026-02-30"}, "INVALID_DATA"),
    "a time without offset": ({"Go_Live": "2026-02-28T10:00:00"}, "INVALID_DATA"),
    "text for several options": ({"Sales_Regions": "North"}, "INVALID_DATA"),
    "several options for one": ({"Lead_Source": ["A"]}, "INVALID_DATA"),
    "a name for a lookup": ({"Account_Name": "Acme"}, "INVALID_DATA"),
    "a name for a user": ({"Approver": "The approver"}, "INVALID_DATA"),
    "an object for a subform": ({"Milestones": {}}, "INVALID_DATA"),
    "a text too long": ({"Contract_No": "x" * 41}, "INVALID_DATA"),
    "null in a mandatory field": ({"Stage": None}, "MANDATORY_NOT_FOUND"),
    "nothing in a mandatory field": ({"Deal_Name": ""}, "MANDATORY_NOT_FOUND"),
    "a formula": ({"Margin": 1}, "NOT_ALLOWED"),
    "a rollup": ({"Open_Tasks": 1}, "NOT_ALLOWED"),
    "an automatic number": ({"Deal_Number": "DL-1"}, "NOT_ALLOWED"),
    "a field of the system": ({"Modified_Time": "2026-02-28T10:00:00+00:00"}, "NOT_ALLOWED"),
    "a field of the system, not described": ({"Created_Time": None}, "NOT_ALLOWED"),
}
TAKEN = {
    "plain": {
        "Deal_Name": "x" * 120,
        "Amount": 10.5,
        "Seats": -123456,
        "Discount": 12.5,
        "Auto_Renewal": True,
    },
    "digits as text": {"Meter_Serial": "000123"},
    "digits": {"Meter_Serial": 123},
    "times": {"Closing_Date": "2026-02-28", "Go_Live": "2026-02-28T10:00:00+05:30"},
    "references": {"Account_Name": {"id": "1"}, "Owner": {"id": "1"}, "Approver": {"id": "1"}},
    "lists": {"Sales_Regions": ["North"], "Tag": [{"name": "x"}], "Milestones": [{"Name": "a"}]},
    "options that there are not": {"Lead_Source": "Nowhere", "Sales_Regions": ["Nowhere"]},
    "nulls": {"Amount": None, "Account_Name": None, "Sales_Regions": None},
    "keys that are not fields": {"$append_values": {"Sales_Regions": True}},
}


@pytest.mark.parametrize(("row", "code"), REFUSED.values(), ids=REFUSED)
def test_a_strict_module_refuses(deals, row, code):
    sim, _, put = deals()
    before = sim.record("Deals", ID)

    item = put(**row)

    assert item["code"] == code
    assert item["details"]["api_name"] == next(iter(row))
    assert sim.record("Deals", ID) == before


@pytest.mark.parametrize("row", TAKEN.values(), ids=TAKEN)
def test_a_strict_module_takes(deals, row):
    assert deals()[2](**row)["code"] == "SUCCESS"


@pytest.mark.parametrize("row", [row for row, _ in REFUSED.values()], ids=REFUSED)
def test_a_lenient_module_takes_what_a_strict_one_refuses(deals, row):
    assert deals(strict=False)[2](**row)["code"] == "SUCCESS"


def test_options_may_be_the_law_too(deals):
    _, _, put = deals(unknown_option="refuse")

    assert put(Stage="Nowhere")["details"]["supported_values"]
    assert put(Sales_Regions=["Nowhere"])["code"] == "INVALID_DATA"
    assert put(Stage="Offer Sent", Sales_Regions=["North"])["code"] == "SUCCESS"


def test_a_unique_field_has_each_value_once(deals):
    sim, _, put = deals()
    sim.load("Deals", [{"Contract_No": "C-1"}])

    assert put(Contract_No="C-1")["code"] == "DUPLICATE_DATA"
    assert put(Contract_No="C-2")["code"] == "SUCCESS"


@pytest.mark.parametrize(
    ("field", "value", "taken"), [("Lead_Source", "x", True), ("Contract_No", "x", False)]
)
def test_mass_updates_leave_out_what_the_metadata_say(deals, field, value, taken):
    _, crm, _ = deals()

    response = crm.post("/Deals/actions/mass_update", json={"data": [{field: value}], "ids": [ID]})

    assert (response.json()["data"][0]["code"] == "SUCCESS") is taken


@pytest.mark.parametrize(
    ("scope", "enough"),
    [
        ("ZohoCRM.settings.fields.READ", True),
        ("ZohoCRM.settings.fields.ALL", True),
        ("ZohoCRM.settings.ALL", True),
        ("ZohoCRM.settings.layouts.READ", False),
        ("ZohoCRM.modules.ALL", False),
    ],
)
def test_scopes_for_fields(sim, client, error, scope, enough):
    response = client(sim.issue_token([scope])).get("/settings/fields?module=Leads")

    assert response.status_code == (200 if enough else 401)
    if not enough:
        assert response.json() == error("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")


def test_reading_fields_costs_a_credit_and_is_in_the_ledger(sim, crm):
    crm.get("/settings/fields?module=Leads")

    assert (sim.ledger.credits, sim.ledger.calls("get_fields")) == (1, 1)
