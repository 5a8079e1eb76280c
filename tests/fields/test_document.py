"""The documents of an org's fields: from Zoho's answer to a file and back, and what is no such file."""

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from zcrm import UsageError
from zcrm.fields import Field, Fields

RAW: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data/fields-deals.json").read_text(encoding="utf-8")
)["fields"]
AT = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)


def deals(**known: Any) -> Fields:
    known = {"org": "7001", "environment": "production", "time_zone": "Europe/Berlin", "at": AT} | known
    return Fields.from_api("Deals", RAW, **known)


def test_a_document_comes_back_as_it_was_saved(tmp_path):
    fields = deals() | Fields.from_api("Leads", RAW[:3], at=AT)
    assert [path.name for path in fields.save(tmp_path)] == ["Deals.json", "Leads.json"]
    assert Fields.load(tmp_path) == fields
    assert Fields.load(tmp_path / "Deals.json") == deals()


def test_fields_travel_between_processes_also_when_they_were_used():
    fields = deals()
    fields.refusing("Deals")({"id": "5545974000000500737"})
    assert pickle.loads(pickle.dumps(fields)) == fields


def test_the_same_fields_give_the_same_bytes_whatever_their_order(tmp_path):
    [first] = deals().save(tmp_path / "a")
    [second] = Fields.from_api(
        "Deals", reversed(RAW), org="7001", environment="production", time_zone="Europe/Berlin", at=AT
    ).save(tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    assert first.read_text().endswith("}\n")


def test_a_document_holds_nothing_of_who_asked_or_of_records(tmp_path):
    [path] = deals().save(tmp_path)
    text = path.read_text()
    assert "Partner Desk" not in text
    assert "profiles" not in text


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Stage", {"data_type": "picklist", "system_mandatory": True, "mass_update": True}),
        ("Amount", {"json_type": "double", "length": 16, "decimal_place": 2}),
        ("Deal_Name", {"field_label": "Opportunity Name", "display_label": "Deal Name"}),
        ("Contract_No", {"unique": True, "case_sensitive": False, "custom_field": True}),
        ("Account_Name", {"lookup_module": "Accounts", "mass_update": False}),
        ("Linked_Products", {"connected_lookup_field": "Linked_Products", "lookup_module": "Products"}),
        ("Milestones", {"subform_module": "Milestones", "api_update": False}),
        ("Margin", {"return_type": "double", "api_update": False, "read_only": True}),
        ("Description", {"textarea_type": "large", "length": 32000}),
        ("Owner", {"data_type": "ownerlookup", "api_update": True}),
    ],
)
def test_what_is_known_of_a_field(name, known):
    field = deals()["Deals"][name]
    assert {key: getattr(field, key) for key in known} == known


def test_the_values_of_a_picklist_keep_their_order_and_all_their_names():
    stage = deals()["Deals"]["Stage"]
    assert [(each.display_value, each.actual_value) for each in stage.pick_list_values] == [
        ("First Talk", "Qualification"),
        ("Offer Sent", "Proposal/Price Quote"),
        ("Won", "Closed Won"),
        ("Lost", "Closed Lost"),
    ]


def test_the_forms_of_the_api_before_v8_are_read_too():
    linked = Field.from_api(
        {
            "api_name": "Linked",
            "data_type": "multiselectlookup",
            "multiselectlookup": {
                "connected_module": "Products",
                "connectedlookup_apiname": "Linked_Products",
            },
            "unique": {"casesensitive": "true"},
            "lookup": {},
        }
    )
    assert (linked.connected_lookup_field, linked.lookup_module) == ("Linked_Products", "Products")
    assert linked.case_sensitive
    lookup = Field.from_api({"api_name": "A", "data_type": "lookup", "lookup": {"module": "Accounts"}})
    assert lookup.lookup_module == "Accounts"


@pytest.mark.parametrize("key", ["private", "hipaa_compliance"])
def test_a_restricted_field_is_told_from_one_that_could_be(key):
    def restricted(value: object) -> bool:
        return Field.from_api({"api_name": "A", "data_type": "text", key: value}).restricted

    assert [restricted({"restricted": True}), restricted({"restricted": False}), restricted(None)] == [
        *(True, False, False)
    ]


def test_metadata_of_another_org_or_environment_is_none():
    fields = deals()["Deals"]
    fields.check_place("Deals", "production", "7001")
    fields.check_place("Deals", "production")
    fields.check_place("Deals", None)
    with pytest.raises(UsageError, match="environment production, not of environment sandbox"):
        fields.check_place("Deals", "sandbox")
    with pytest.raises(UsageError, match="org 7001, not of org 7002"):
        fields.check_place("Deals", "production", "7002")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "is no JSON"),
        ("[]", "is no document of fields"),
        ('{"fields": []}', "is no document of fields"),
        ({"version": 2}, "this zcrm does not know"),
        ({"fields": [{"api_name": "A", "data_type": "text"}] * 2}, "A is there twice"),
        ({"module": None}, "a key is missing"),
        ({"module": "../Deals"}, "no API name of a module"),
        ({"time_zone": "Mars/Base"}, "Mars/Base"),
        ({"fields": [{"data_type": "text"}]}, "api_name is missing"),
        ({"fields": [{"api_name": "A", "data_type": "text", "length": "9"}]}, "length can't be '9'"),
    ],
)
def test_what_is_no_document_is_refused_by_its_name(tmp_path, content, said):
    [path] = deals().save(tmp_path)
    if isinstance(content, dict):
        content = json.dumps(json.loads(path.read_text()) | content)
    path.write_text(content)
    with pytest.raises(UsageError, match=r"Deals\.json") as refused:
        Fields.load(tmp_path)
    assert said in refused.value.message


def test_no_file_no_folder_and_a_module_twice(tmp_path):
    with pytest.raises(UsageError, match="can't be read"):
        Fields.load(tmp_path / "none")
    with pytest.raises(UsageError, match="holds no fields"):
        Fields.load(tmp_path)
    [path] = deals().save(tmp_path)
    (tmp_path / "copy.json").write_bytes(path.read_bytes())
    with pytest.raises(UsageError, match="the same module"):
        Fields.load(tmp_path)


def test_an_answer_that_holds_no_fields():
    with pytest.raises(ValueError, match="no field"):
        Fields.from_api("Deals", [{"field_label": "Amount"}])
    with pytest.raises(UsageError, match="no API name"):
        Fields.from_api("../Deals", RAW)


@pytest.mark.parametrize(
    "item", [{"api_name": None}, {"api_name": 5}, {"api_name": {}}, {"data_type": None}, {"data_type": []}]
)
def test_a_field_without_a_name_or_a_type_is_none(item):
    with pytest.raises(ValueError, match="is no field"):
        Fields.from_api("Deals", [{"api_name": "A", "data_type": "text"} | item])
