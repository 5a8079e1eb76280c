"""What a 401 leads to: one refresh and one replay, or, for a missing scope, neither."""

import asyncio

import pytest

from zcrm import AccessToken, AsyncZohoCRM, ZohoCRM
from zcrm.errors import AuthError, ScopeMissing
from zcrm.simulator import Choices, Simulator


def run(sim, auth, verb):
    with ZohoCRM(auth=auth, api_domain=sim.url) as crm:
        return verb(crm)


def run_async(sim, auth, verb):
    async def main():
        async with AsyncZohoCRM(auth=auth, api_domain=sim.url) as crm:
            return await verb(crm)

    return asyncio.run(main())


@pytest.fixture(params=[run, run_async], ids=["sync", "async"])
def face(request):
    return request.param


@pytest.mark.parametrize("code", ["INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE"])
def test_a_refused_token_is_replaced_once_and_the_call_made_again(face, oauth, code):
    with Simulator(choices=Choices(expired_code=code)) as sim:
        (record_id,) = sim.load("Deals", 1)
        settings = {"client_id": sim.client_id, "client_secret": sim.client_secret}
        auth = oauth(**settings, refresh_token=sim.refresh_token, accounts_url=sim.accounts_url)

        def update(crm):
            return crm.records.update_one("Deals", record_id, {"Stage": "Won"})

        face(sim, auth, update)
        sim.revoke_tokens()
        assert face(sim, auth, update).ok
        assert sim.ledger.calls("create_token") == 2
        assert [entry.code for entry in sim.ledger.requests if entry.operation == "update_record"] == [
            None,
            code,
            None,
        ]
        assert sim.ledger.applied["Deals", record_id] == 2


def test_a_token_refused_twice_is_not_replaced_again(face, sim, oauth, deals, token_calls):
    (record_id,) = deals(1)
    sim.fault("revoke_token", route="update_record")
    with pytest.raises(AuthError) as caught:
        face(sim, oauth(), lambda crm: crm.records.update_one("Deals", record_id, {}))
    assert (caught.value.code, caught.value.http_status) == ("INVALID_TOKEN", 401)
    assert sim.ledger.calls("update_record") == 2
    assert token_calls() == 2


NEEDED = {
    "records": (
        lambda crm: crm.records.update_one("Price_Books", "1", {}),
        "ZohoCRM.modules.pricebooks.UPDATE",
        "ZohoCRM.modules.pricebooks.WRITE and ZohoCRM.modules.pricebooks.ALL and ZohoCRM.modules.ALL",
    ),
    "custom": (
        lambda crm: crm.records.update_one("Shipments", "1", {}),
        "ZohoCRM.modules.custom.UPDATE",
        "ZohoCRM.modules.custom.WRITE and ZohoCRM.modules.custom.ALL and ZohoCRM.modules.ALL",
    ),
    "stream": (
        lambda crm: crm.records.update_all("Deals", [{"id": "1", "Stage": "Won"}]),
        "ZohoCRM.modules.deals.UPDATE",
        "ZohoCRM.modules.deals.WRITE and ZohoCRM.modules.deals.ALL and ZohoCRM.modules.ALL",
    ),
    "appointment": (
        lambda crm: crm.appointments.get("1"),
        "ZohoCRM.modules.appointments.READ",
        "ZohoCRM.modules.appointments.ALL and ZohoCRM.modules.ALL",
    ),
    "reschedule": (
        lambda crm: crm.appointments.cancel("1"),
        "ZohoCRM.modules.appointments.UPDATE",
        "ZohoCRM.modules.appointments.ALL and ZohoCRM.modules.ALL",
    ),
    "mass update": (
        lambda crm: crm.mass_update.by_view("Leads", "1", {"City": "Ulm"}),
        "ZohoCRM.mass_update.leads.UPDATE",
        "ZohoCRM.mass_update.UPDATE",
    ),
    "status": (
        lambda crm: crm.mass_update.job("Leads", "1").status(),
        "ZohoCRM.mass_update.leads.READ",
        "ZohoCRM.mass_update.READ",
    ),
}


@pytest.mark.parametrize("what", NEEDED)
def test_a_missing_scope_is_named_and_no_token_is_asked_for(face, sim, what):
    verb, least, others = NEEDED[what]
    sim.load("Shipments", 1)
    token = sim.issue_token(scopes=["ZohoCRM.modules.tasks.UPDATE"])
    asked = []
    auth = AccessToken(lambda: asked.append(1) or token)
    with pytest.raises(ScopeMissing) as caught:
        face(sim, auth, verb)
    error = caught.value
    assert error.message == f"The access token lacks the scope {least}"
    assert error.fix == (
        f"Sign in again and grant {least} ({others} would do as well). "
        "Refreshing a token does not add scopes. More: zcrm explain OAUTH_SCOPE_MISMATCH"
    )
    assert (error.code, error.http_status) == ("OAUTH_SCOPE_MISMATCH", 401)
    assert len(asked) == 1
    assert len(sim.ledger.requests) == 1


def test_the_least_scope_that_is_named_is_enough(face, sim):
    sim.load("Shipments", 1)
    for verb, least, _ in NEEDED.values():
        auth = AccessToken(sim.issue_token(scopes=[least]))
        try:
            face(sim, auth, verb)
        except Exception as error:  # noqa: BLE001
            assert not isinstance(error, ScopeMissing)  # noqa: PT017


def test_rows_of_a_stream_that_lacks_a_scope_are_unsent_with_the_code(sim, deals):
    rows = [{"id": record_id, "Stage": "Won"} for record_id in deals(250)]
    token = sim.issue_token(scopes=["ZohoCRM.modules.tasks.UPDATE"])
    with ZohoCRM(auth=AccessToken(token), api_domain=sim.url) as crm:
        updates = crm.records.update("Deals", rows)
        outcomes = []
        with pytest.raises(ScopeMissing):
            for outcome in updates:
                outcomes.append(outcome)
    assert {(outcome.state, outcome.code) for outcome in outcomes} == {("unsent", "OAUTH_SCOPE_MISMATCH")}
    assert "ZohoCRM.modules.deals.UPDATE" in outcomes[0].fix
