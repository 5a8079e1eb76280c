"""Signing in, against the simulator's accounts server over real HTTP."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from zcrm import AccessToken, AsyncZohoCRM, OAuth, ZohoCRM
from zcrm.errors import AuthError, ConnectionFailed, UsageError
from zcrm.retry import Retry


@pytest.fixture
def oauth(sim):
    def build(**changes):
        settings = {
            "client_id": sim.client_id,
            "client_secret": sim.client_secret,
            "refresh_token": sim.refresh_token,
            "accounts_url": sim.accounts_url,
        }
        return OAuth(**(settings | changes))

    return build


def token_calls(sim):
    return sum(entry.operation == "create_token" for entry in sim.ledger.requests)


def rows(ids):
    return [{"id": record_id, "Stage": "Won"} for record_id in ids]


def test_one_token_serves_any_number_of_threads(sim, oauth, deals):
    ids = deals(64)
    with ZohoCRM(auth=oauth(), api_domain=sim.url) as crm, ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda record_id: crm.records.update_one("Deals", record_id, {"Stage": "Won"}), ids))
    assert token_calls(sim) == 1


def test_one_token_serves_any_number_of_tasks(sim, oauth, deals):
    ids = deals(100)

    async def main():
        async with AsyncZohoCRM(auth=oauth(), api_domain=sim.url) as crm:
            await asyncio.gather(
                *(crm.records.update_one("Deals", record_id, {"Stage": "Won"}) for record_id in ids)
            )

    asyncio.run(main())
    assert token_calls(sim) == 1


def test_tokens_revoked_in_mid_stream_cost_one_more_and_every_row_is_updated_once(sim, oauth, deals):
    ids = deals(3_000)
    with ZohoCRM(auth=oauth(), api_domain=sim.url) as crm:
        updates = crm.records.update("Deals", rows(ids))
        for _ in range(500):
            next(updates)
        sim.revoke_tokens()
        for _ in updates:
            pass
    assert updates.summary.states["updated"] == 3_000
    assert set(sim.ledger.applied.values()) == {1}
    assert token_calls(sim) == 2


def test_a_token_is_renewed_before_it_runs_out(sim, oauth, deals):
    ids = deals(1)
    time = [0.0]
    with ZohoCRM(auth=oauth(clock=lambda: time[0]), api_domain=sim.url) as crm:
        for now, calls in ((0, 1), (3_200, 1), (3_400, 2)):
            time[0] = now
            crm.records.update_one("Deals", ids[0], {"Stage": "Won"})
            assert token_calls(sim) == calls


def test_the_api_domain_of_the_token_answer_wins_unless_one_is_given(sim, oauth, deals):
    ids = deals(1)
    with ZohoCRM(auth=oauth()) as crm:
        assert crm.records.update_one("Deals", ids[0], {"Stage": "Won"}).ok


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "wrong"}, "invalid_client"),
        ({"client_secret": "wrong"}, "invalid_client_secret"),
        ({"refresh_token": "wrong"}, "invalid_code"),
    ],
)
def test_bad_credentials_stop_at_once_with_the_fix(sim, oauth, deals, changes, code):
    ids = deals(250)
    with ZohoCRM(auth=oauth(**changes), api_domain=sim.url) as crm:
        updates = crm.records.update("Deals", rows(ids))
        with pytest.raises(AuthError) as caught:
            list(updates)
    assert caught.value.code == code
    assert caught.value.fix
    assert updates.summary.states["unsent"] == updates.summary.rows
    assert "wrong" not in str(caught.value)


def test_an_accounts_server_that_is_not_there(sim, oauth, deals):
    ids = deals(1)
    auth = oauth(accounts_url="http://127.0.0.1:9")
    with (
        ZohoCRM(auth=auth, api_domain=sim.url, retry=Retry(attempts=2, base=0)) as crm,
        pytest.raises(ConnectionFailed),
    ):
        crm.records.update_one("Deals", ids[0], {"Stage": "Won"})


def test_from_env(sim, deals):
    ids = deals(1)
    environ = {
        "ZCRM_CLIENT_ID": sim.client_id,
        "ZCRM_CLIENT_SECRET": sim.client_secret,
        "ZCRM_REFRESH_TOKEN": sim.refresh_token,
        "ZCRM_API_DOMAIN": sim.url,
        "ZCRM_ACCOUNTS_URL": sim.accounts_url,
    }
    with ZohoCRM.from_env(environ) as crm:
        assert crm.records.update_one("Deals", ids[0], {"Stage": "Won"}).ok
    del environ["ZCRM_CLIENT_SECRET"]
    with pytest.raises(UsageError, match="ZCRM_CLIENT_SECRET"):
        ZohoCRM.from_env(environ)
    with pytest.raises(UsageError, match="data centre 'mars'"):
        ZohoCRM.from_env(environ | {"ZCRM_CLIENT_SECRET": "x", "ZCRM_DATA_CENTER": "mars"})


def test_secrets_are_not_shown():
    secret = "secret-0123456789"
    oauth = OAuth(client_id="id", client_secret=secret, refresh_token=secret)
    assert secret not in repr(oauth) + repr(AccessToken(secret)) + repr(vars(AccessToken(secret)))


def test_addresses_that_cannot_be_are_refused():
    for domain in ("zohoapis.com", "ftp://www.zohoapis.com", "https://"):
        with pytest.raises(UsageError, match="no http or https address"):
            ZohoCRM(auth=AccessToken("x"), api_domain=domain)
    with pytest.raises(UsageError, match="environment 'staging'"):
        ZohoCRM(auth=AccessToken("x", environment="staging"))
