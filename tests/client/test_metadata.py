"""Pulling what fields are, against the simulator over real HTTP, on both faces."""

from pathlib import Path

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.errors import AnswerLost, NotFound, ScopeMissing, UsageError, ZohoError
from zcrm.fields import Fields

DEALS = Path(__file__).parents[1] / "data/fields-deals.json"


def test_fields_of_two_modules_with_the_org_they_are_of(run, sim, tmp_path):
    sim.time_zone = "Europe/Berlin"
    sim.load_fields("Deals", DEALS)

    fields = run("fields", "pull", "Leads", "Deals", "Leads")

    assert list(fields) == ["Deals", "Leads"]
    deals = fields["Deals"]
    assert (deals.org, deals.environment, deals.time_zone) == ("900000001", "production", "Europe/Berlin")
    assert len(deals) == 38
    assert [option.display_value for option in deals["Stage"].pick_list_values][:2] == [
        "First Talk",
        "Offer Sent",
    ]
    assert (sim.ledger.credits, sim.ledger.calls("get_fields")) == (3, 2)
    fields.save(tmp_path)
    kept = Fields.load(tmp_path)
    assert [kept[module].to_bytes() for module in kept] == [fields[module].to_bytes() for module in fields]


def test_fields_that_are_not_in_use_are_pulled_too(run, sim):
    sim.load_fields("Deals", [{"api_name": "Old", "data_type": "text", "type": "unused"}])
    assert not run("fields", "pull", "Deals")["Deals"]["Old"].used


@pytest.mark.parametrize(
    ("module", "at_hand", "said"),
    [
        ("Deal", (), "no module Deal in this org; did you mean Deals"),
        ("deals", (), "did you mean Deals"),
        ("Hose", ("Houses",), "did you mean Houses"),
        ("Qqqqqqq", (), r"no module Qqqqqqq in this org \(Take"),
    ],
)
def test_a_module_that_there_is_not_suggests_the_nearest(run, module, at_hand, said):
    with pytest.raises(ZohoError) as caught:
        run("fields", "pull", module, at_hand=at_hand)
    assert (caught.value.code, caught.value.http_status) == ("INVALID_MODULE", 400)
    assert caught.match(said)


@pytest.mark.parametrize("module", ["De als", "", "../Deals", 5, None])
def test_a_name_that_can_be_none_is_refused_before_anything_is_sent(run, sim, module):
    with pytest.raises(UsageError, match="no API name"):
        run("fields", "pull", module)
    assert sim.ledger.requests == []


def test_no_module(run):
    with pytest.raises(UsageError, match="Name a module"):
        run("fields", "pull")


def test_fields_that_zcrm_does_not_understand(run, sim):
    sim.load_fields("Deals", [{"api_name": "A", "data_type": "picklist", "pick_list_values": [1]}])
    with pytest.raises(AnswerLost, match="not one that zcrm understands"):
        run("fields", "pull", "Deals")


@pytest.mark.parametrize("zone", ["Nowhere/At all", "", "../x"])
def test_a_time_zone_that_there_is_not_is_not_kept(run, sim, zone):
    sim.time_zone = zone
    assert run("fields", "pull", "Deals")["Deals"].time_zone is None


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        (["ZohoCRM.modules.ALL", "ZohoCRM.org.READ"], r"ZohoCRM\.settings\.fields\.READ"),
        (["ZohoCRM.modules.ALL", "ZohoCRM.settings.fields.READ"], r"ZohoCRM\.org\.READ"),
    ],
)
def test_the_scope_that_is_missing_is_named(sim, scopes, missing):
    auth = AccessToken(sim.issue_token(scopes))
    with ZohoCRM(auth=auth, api_domain=sim.url) as crm, pytest.raises(ScopeMissing, match=missing):
        crm.fields.pull("Deals")


def test_fields_of_another_org_are_told_apart(run, sim):
    sim.load_fields("Deals", DEALS)
    own = run("fields", "pull", "Deals")
    run("fields", "check", own)
    raw = [{"api_name": "Stage", "data_type": "picklist"}]
    with pytest.raises(UsageError, match="those of org 1, not of org 900000001"):
        run("fields", "check", Fields.from_api("Deals", raw, org="1"))
    with pytest.raises(UsageError, match="those of environment sandbox, not of environment production"):
        run("fields", "check", own | Fields.from_api("Leads", raw, environment="sandbox"))


def test_a_module_without_fields_is_not_kept(server):
    server.status = 204
    with (
        ZohoCRM(auth=AccessToken("token"), api_domain=server.url) as crm,
        pytest.raises(NotFound, match="tells of no fields of Deals"),
    ):
        crm.fields.pull("Deals")


def test_what_is_pulled_can_be_read_back(run, sim, tmp_path):
    odd = {"formula": {"return_type": {}}, "textarea": {"type": 5}, "length": -1, "decimal_place": -1}
    sim.load_fields("Deals", [{"api_name": "A", "data_type": "text"} | odd])
    fields = run("fields", "pull", "Deals")
    fields.save(tmp_path)
    assert Fields.load(tmp_path)["Deals"] == fields["Deals"]
    assert (fields["Deals"]["A"].length, fields["Deals"]["A"].decimal_place) == (None, None)
