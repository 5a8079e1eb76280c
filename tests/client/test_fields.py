"""Rows held against the metadata of their module before they are sent, on both faces."""

import json
from pathlib import Path

import pytest

from zcrm import AccessToken, UsageError, ZohoCRM
from zcrm.fields import Fields

RAW = json.loads((Path(__file__).parents[1] / "data/fields-deals.json").read_text(encoding="utf-8"))["fields"]
DEALS = Fields.from_api("Deals", RAW, environment="production")
IDS = ["5545974000000500001", "5545974000000500002", "5545974000000500003"]


@pytest.fixture
def deals(sim):
    sim.load("Deals", ({"id": id_, "Stage": "First Talk"} for id_ in IDS))
    return sim


def test_what_zoho_surely_refuses_is_not_sent(deals, run):
    rows = [
        {"id": IDS[0], "Amount": "1200", "Nonesuch": 1},
        {"id": IDS[1], "Stage": "Won"},
        {"id": IDS[2], "Stage": None},
    ]
    outcomes, summary = run("records", "update", "Deals", rows, triggers=(), fields=DEALS)
    assert [(o.state, o.code, o.attempts) for o in outcomes] == [
        ("rejected", "INVALID_DATA", 0),
        ("updated", "SUCCESS", 1),
        ("rejected", "MANDATORY_NOT_FOUND", 0),
    ]
    assert outcomes[0].details == {"api_name": "Amount", "json_path": "$.data[0].Amount"}
    assert outcomes[0].message == (
        "Amount: '1200' where a number belongs; Nonesuch: Deals has no field 'Nonesuch'"
    )
    assert outcomes[0].fix.startswith("Give a number like 1234.5")
    assert summary.calls == 1
    assert [deals.record("Deals", id_)["Stage"] for id_ in IDS] == ["First Talk", "Won", "First Talk"]


def test_fields_newer_than_the_metadata_are_sent_where_that_is_said(deals, run):
    rows = [{"id": IDS[0], "Brand_New": 1}]
    outcomes, _ = run("records", "update", "Deals", rows, fields=DEALS, unknown_fields="send")
    assert outcomes[0].ok
    assert deals.record("Deals", IDS[0])["Brand_New"] == 1


def test_a_single_record_is_checked_too(deals, run):
    with pytest.raises(UsageError, match="'1200' where a number belongs"):
        run("records", "update_one", "Deals", IDS[0], {"Amount": "1200"}, fields=DEALS)
    assert deals.ledger.calls("update_record") == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"fields": "zcrm-fields"}, "fields takes the fields of a module, not str"),
        ({"fields": Fields()}, "no fields of Deals: there are none"),
        ({"unknown_fields": "perhaps"}, "unknown_fields knows no 'perhaps'"),
    ],
)
def test_what_is_no_metadata_is_refused(deals, run, options, said):
    with pytest.raises(UsageError, match=said):
        run("records", "update", "Deals", [{"id": IDS[0], "Stage": "Won"}], **options)


def test_metadata_of_another_environment_is_none():
    crm = ZohoCRM(auth=AccessToken("token", environment="sandbox"))
    with crm, pytest.raises(UsageError, match="environment production, not of environment sandbox"):
        crm.records.update("Deals", [], fields=DEALS)
    with crm, pytest.raises(UsageError, match="environment production, not of environment sandbox"):
        crm.mass_update.by_ids("Deals", IDS, {"Stage": "Won"}, fields=DEALS)


def test_appointments_are_held_against_the_metadata_of_their_own_module(sim, run):
    raw = [{"api_name": "Status", "data_type": "picklist", "json_type": "string"}]
    rows = [{"id": IDS[0], "Status": 5}]
    fields = Fields.from_api("Appointments__s", raw)
    [outcome], _ = run("appointments", "update", rows, fields=fields)
    assert (outcome.state, outcome.attempts) == ("rejected", 0)
    with pytest.raises(UsageError, match="no fields of Appointments__s"):
        run("appointments", "update", rows, fields=DEALS)


def test_a_mass_update_refuses_what_it_can_not_set(deals, run):
    view = deals.add_view("Deals")
    for verb, target in (("by_ids", IDS), ("by_view", view)):
        with pytest.raises(UsageError, match=r"Account_Name \(lookup\)"):
            run("mass_update", verb, "Deals", target, {"Account_Name": IDS[0]}, fields=DEALS)
    assert deals.ledger.calls("mass_update") == 0
    outcomes, _ = run("mass_update", "by_ids", "Deals", IDS, {"Stage": "Won"}, fields=DEALS)
    assert all(outcome.ok for outcome in outcomes)
