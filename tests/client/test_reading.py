"""Reading fields, the organisation and records, against the simulator over real HTTP, on both faces."""

import asyncio
from pathlib import Path

import pytest

from zcrm import AccessToken, AsyncZohoCRM, ZohoCRM
from zcrm.engine.flows.effects import Give
from zcrm.errors import AnswerLost, ScopeMissing, UsageError, ZohoError
from zcrm.outcomes import Tally
from zcrm.reading import (
    aread_by_ids,
    aread_view,
    fields_of,
    organization,
    read_by_ids,
    read_view,
    records_by_ids,
)
from zcrm.wire.calls import Answer, Call

DEALS = Path(__file__).parents[1] / "data/fields-deals.json"
FIRST = 5545974000000500001


@pytest.fixture
def deals(sim):
    """Loads so many deals; gives their ids."""
    return lambda count: sim.load("Deals", [{"id": str(FIRST + n), "Amount": n} for n in range(count)])


@pytest.fixture(params=["sync", "async"])
def read(request, crm, acrm):
    """Reads to the end on either face: the records and the summary."""

    def sync(reader, *arguments):
        stream = {"ids": read_by_ids, "view": read_view}[reader](crm._runtime, *arguments)
        return list(stream), stream.summary

    async def in_task(reader, *arguments):
        async with acrm() as client:
            stream = {"ids": aread_by_ids, "view": aread_view}[reader](client._runtime, *arguments)
            return [record async for record in stream], stream.summary

    return sync if request.param == "sync" else lambda *arguments: asyncio.run(in_task(*arguments))


@pytest.fixture(params=["sync", "async"])
def run(request, sim):
    """Runs a flow of reading to its end on either face, with a token of one's choice."""

    def sync(flow, *arguments, token=None):
        auth = AccessToken(token or sim.access_token)
        with ZohoCRM(auth=auth, api_domain=sim.url) as crm:
            return crm._runtime.driver.run(flow(crm._runtime, *arguments))

    async def in_task(flow, *arguments, token=None):
        auth = AccessToken(token or sim.access_token)
        async with AsyncZohoCRM(auth=auth, api_domain=sim.url) as crm:
            return await crm._runtime.driver.run(flow(crm._runtime, *arguments))

    return sync if request.param == "sync" else lambda *a, **k: asyncio.run(in_task(*a, **k))


def test_records_come_in_the_order_of_their_ids_a_hundred_to_a_call(read, deals, sim):
    ids = deals(250)
    wanted = [ids[249], *ids[:249], ids[0], "77"]

    records, summary = read("ids", "Deals", wanted, ["Amount"])

    assert records == [{"id": ids[249], "Amount": 249}, *({"id": ids[n], "Amount": n} for n in range(249))]
    assert (summary.calls, summary.credits, summary.rows) == (3, 3, 250)
    assert sim.ledger.calls("get_records") == 3


def test_ids_may_be_numbers_and_an_iterator(read, deals):
    deals(2)
    assert len(read("ids", "Deals", iter([FIRST, FIRST + 1]), ["Amount"])[0]) == 2


def test_no_ids_take_no_call(read, sim):
    assert read("ids", "Deals", [], ["Amount"])[0] == []
    assert sim.ledger.calls("get_records") == 0


def test_nothing_there(read):
    assert read("ids", "Deals", ["77"], ["Amount"])[0] == []


@pytest.mark.parametrize(
    ("module", "ids", "fields", "said"),
    [
        ("Deals", ["1,2"], ["Amount"], "'1,2' is no id"),
        ("Deals", "12", ["Amount"], "another iterable is needed"),
        ("Deals", [1.5], ["Amount"], "floating-point"),
        ("Deals", [1], [], "1 to 50 API names"),
        ("Deals", [1], ["A"] * 51, "1 to 50 API names"),
        ("Appointments__s", [1], ["Status"], "not read by several ids"),
    ],
)
def test_what_can_not_be_read_is_refused_at_once(crm, sim, module, ids, fields, said):
    with pytest.raises(UsageError, match=said):
        read_by_ids(crm._runtime, module, ids, fields)
    assert sim.ledger.requests == []


def test_a_view_is_walked_by_pages_and_page_tokens(read, deals, sim):
    ids = deals(2_105)
    view = sim.add_view("Deals", ids[:2_050])

    records, summary = read("view", "Deals", view, ["Amount"])

    assert [record["id"] for record in records] == ids[2_049::-1]
    assert summary.calls == 11
    assert "page_token=" in sim.ledger.requests[-1].query


def test_a_whole_module(read, deals):
    ids = deals(3)
    assert [record["id"] for record in read("view", "Deals", None, ["Amount"])[0]] == ids[::-1]


def test_a_view_that_there_is_not(read, deals):
    with pytest.raises(ZohoError) as caught:
        read("view", "Deals", "77", ["Amount"])
    assert (caught.value.code, caught.value.details) == ("INVALID_DATA", {"param_name": "cvid"})
    assert "custom view" not in caught.value.message
    assert "view" in caught.value.fix


def test_a_failing_server_is_asked_again(read, deals, sim):
    ids = deals(150)
    sim.fault("server_error", route="get_records", attempts=[1])

    records, summary = read("ids", "Deals", ids, ["Amount"])

    assert len(records) == 150
    assert (summary.calls, summary.tally.retries) == (4, 2)


def ended(flow, *answers):
    """What a flow gave, its calls answered by hand."""
    given, reply, waiting = [], None, list(answers)
    while True:
        try:
            effect = flow.send(reply)
        except StopIteration as end:
            return given or end.value
        reply = waiting.pop(0) if isinstance(effect, Call) else None
        if isinstance(effect, Give):
            given += effect.items


def test_records_that_were_not_asked_for_are_no_answer(crm):
    """Not one that is foreign, nor one without an id; of two for one id, one."""
    told = [{"id": "9"}, {"Amount": 1}, {"id": ["1"]}, {"id": "1", "Amount": 1}, {"id": "1", "Amount": 2}]
    flow = records_by_ids(crm._runtime, "Deals", ["1", "2"], ["Amount"], Tally())
    assert ended(flow, Answer(200, {"data": told})) == [{"id": "1", "Amount": 2}]


def test_records_that_zoho_keeps_back_are_not_taken_for_gone(crm):
    flow = records_by_ids(crm._runtime, "Deals", ["1", "2"], ["Amount"], Tally())
    body = {"data": [{"id": "1"}], "info": {"more_records": True}}
    with pytest.raises(ZohoError, match="gave none of them"):
        ended(flow, Answer(200, body))


@pytest.mark.parametrize("body", [{"org": "x"}, {"org": [1]}, {}, {"code": "SUCCESS"}])
def test_an_organisation_that_is_none(crm, body):
    with pytest.raises(AnswerLost):
        ended(organization(crm._runtime), *[Answer(200, body)] * 5)


def test_the_scope_for_the_organisation_is_named(crm):
    refused = {"code": "OAUTH_SCOPE_MISMATCH", "status": "error", "message": "x", "details": {}}
    with pytest.raises(ScopeMissing, match=r"ZohoCRM\.org\.READ"):
        ended(organization(crm._runtime), Answer(401, refused))


def test_fields(run, sim):
    sim.load_fields("Deals", DEALS)
    found = run(fields_of, "Deals")
    assert len(found) == 38
    assert found[5]["pick_list_values"][0]["display_value"] == "First Talk"


def test_no_fields_of_a_kind(run):
    assert run(fields_of, "Deals", "unused") == []


def test_fields_of_a_module_that_there_is_not(run):
    with pytest.raises(ZohoError) as caught:
        run(fields_of, "Deal")
    assert caught.value.code == "INVALID_MODULE"


def test_the_scope_for_fields_is_named(run, sim):
    with pytest.raises(ScopeMissing, match=r"ZohoCRM\.settings\.fields\.READ"):
        run(fields_of, "Deals", token=sim.issue_token(["ZohoCRM.modules.ALL"]))


def test_the_scope_for_records_is_named(sim):
    auth = AccessToken(sim.issue_token(["ZohoCRM.modules.deals.UPDATE"]))
    with (
        ZohoCRM(auth=auth, api_domain=sim.url) as crm,
        pytest.raises(ScopeMissing, match=r"modules\.deals\.READ"),
    ):
        list(read_by_ids(crm._runtime, "Deals", ["1"], ["Amount"]))


def test_the_organisation(run, sim):
    sim.time_zone = "Europe/Berlin"
    org = run(organization)
    assert (org["zgid"], org["time_zone"], org["type"]) == ("900000001", "Europe/Berlin", "Production")
