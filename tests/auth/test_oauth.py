"""Signing in, against the simulator's accounts server over real HTTP."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from zcrm import AccessToken, AsyncZohoCRM, Connection, OAuth, ZohoCRM
from zcrm.auth.stores import FileStore
from zcrm.errors import AuthError, ConnectionFailed, UsageError
from zcrm.retry import Retry


def rows(ids):
    return [{"id": record_id, "Stage": "Won"} for record_id in ids]


def test_one_token_serves_any_number_of_threads(sim, oauth, deals, token_calls):
    ids = deals(64)
    with ZohoCRM(auth=oauth(), api_domain=sim.url) as crm, ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda record_id: crm.records.update_one("Deals", record_id, {"Stage": "Won"}), ids))
    assert token_calls() == 1


def test_one_token_serves_any_number_of_tasks(sim, oauth, deals, token_calls):
    ids = deals(100)

    async def main():
        async with AsyncZohoCRM(auth=oauth(), api_domain=sim.url) as crm:
            await asyncio.gather(
                *(crm.records.update_one("Deals", record_id, {"Stage": "Won"}) for record_id in ids)
            )

    asyncio.run(main())
    assert token_calls() == 1


def test_tokens_revoked_in_mid_stream_cost_one_more_and_every_row_is_updated_once(
    sim, oauth, deals, token_calls
):
    ids = deals(10_000)
    with ZohoCRM(auth=oauth(), api_domain=sim.url) as crm:
        updates = crm.records.update("Deals", rows(ids))
        for _ in range(4_000):
            next(updates)
        sim.revoke_tokens()
        for _ in updates:
            pass
    assert updates.summary.states["updated"] == 10_000
    assert set(sim.ledger.applied.values()) == {1}
    assert len(sim.ledger.applied) == 10_000
    assert token_calls() == 2


def test_a_token_is_renewed_before_it_runs_out(sim, oauth, deals, token_calls):
    ids = deals(1)
    time = [0.0]
    with ZohoCRM(auth=oauth(clock=lambda: time[0]), api_domain=sim.url) as crm:
        for now, calls in ((0, 1), (3_200, 1), (3_400, 2)):
            time[0] = now
            crm.records.update_one("Deals", ids[0], {"Stage": "Won"})
            assert token_calls() == calls


def test_the_api_domain_of_the_token_answer_wins_unless_one_is_given(sim, oauth, deals):
    ids = deals(1)
    with ZohoCRM(auth=oauth()) as crm:
        assert crm.records.update_one("Deals", ids[0], {"Stage": "Won"}).ok


@pytest.mark.parametrize(
    ("answered", "environment", "used"),
    [
        ("https://www.zohoapis.eu", "production", "https://www.zohoapis.eu"),
        ("https://www.zohoapis.eu", "sandbox", "https://sandbox.zohoapis.eu"),
        ("https://www.zohoapis.com.cn/", "developer", "https://developer.zohoapis.com.cn"),
        ("https://sandbox.zohoapis.in", "production", "https://www.zohoapis.in"),
        ("https://crm.example", "sandbox", "https://crm.example"),
        ("api.zoho.eu", "production", None),
        ("https://[", "production", None),
        (17, "production", None),
    ],
)
def test_the_environment_asked_for_decides_within_the_data_centre_that_answers(
    oauth, accounts, answered, environment, used
):
    accounts.say({"access_token": "1000.a", "api_domain": answered, "expires_in": 3600})
    auth = oauth(accounts_url=accounts.url, environment=environment)
    assert auth.fresh(None, Connection()).api_domain == used


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
    assert "another data centre" in caught.value.message


def test_an_accounts_server_that_is_not_there(sim, oauth, deals):
    ids = deals(1)
    auth = oauth(accounts_url="http://127.0.0.1:9")
    with (
        ZohoCRM(auth=auth, api_domain=sim.url, retry=Retry(attempts=2, base=0)) as crm,
        pytest.raises(ConnectionFailed, match="ConnectError"),
    ):
        crm.records.update_one("Deals", ids[0], {"Stage": "Won"})


def test_from_env(sim, deals, tmp_path, token_calls):
    ids = deals(1)
    environ = {
        "ZCRM_CLIENT_ID": sim.client_id,
        "ZCRM_CLIENT_SECRET": sim.client_secret,
        "ZCRM_REFRESH_TOKEN": sim.refresh_token,
        "ZCRM_API_DOMAIN": sim.url,
        "ZCRM_ACCOUNTS_URL": sim.accounts_url,
        "ZCRM_TOKEN_STORE": str(tmp_path / "tokens"),
    }
    for _ in range(2):
        with ZohoCRM.from_env(environ) as crm:
            assert crm.records.update_one("Deals", ids[0], {"Stage": "Won"}).ok
    assert token_calls() == 1
    assert len(list((tmp_path / "tokens").glob("*.json"))) == 1
    del environ["ZCRM_CLIENT_SECRET"]
    with pytest.raises(UsageError, match="ZCRM_CLIENT_SECRET"):
        ZohoCRM.from_env(environ)
    with pytest.raises(UsageError, match="data centre 'mars'"):
        ZohoCRM.from_env(environ | {"ZCRM_CLIENT_SECRET": "x", "ZCRM_DATA_CENTER": "mars"})


def test_clients_of_one_process_share_tokens_when_their_credentials_are_equal(settings, token_calls):
    first, second = (OAuth(**settings).fresh(None, Connection()) for _ in range(2))
    assert (first, token_calls()) == (second, 1)
    with pytest.raises(AuthError):
        OAuth(**settings | {"client_secret": "other"}).fresh(None, Connection())


def test_blanks_around_credentials_do_no_harm(settings, oauth):
    blanks = {name: f" {value}\n" for name, value in settings.items() if name != "accounts_url"}
    assert oauth(**blanks).fresh(None, Connection()).value


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": " "},
        {"client_secret": ""},
        {"refresh_token": None},
        {"refresh_token": "\n"},
        {"refresh_token": None, "scopes": ["ZohoCRM.modules.ALL"]},
        {"refresh_token": None, "soid": "ZohoCRM.1"},
        {"scopes": ["ZohoCRM.modules.ALL"], "soid": "ZohoCRM.1"},
        {"accounts_url": "accounts.zoho.com"},
        {"accounts_url": "https://["},
        {"data_center": "mars"},
    ],
)
def test_credentials_that_are_incomplete_are_refused(oauth, changes):
    with pytest.raises(UsageError):
        oauth(**changes)


def test_secrets_are_not_shown(oauth):
    secret = "secret-0123456789"
    auth = OAuth(client_id="id", client_secret=secret, refresh_token=secret)
    assert secret not in repr(auth) + repr(AccessToken(secret)) + repr(vars(AccessToken(secret)))
    parts = [vars(part) for part in vars(auth).values() if hasattr(part, "__dict__")]
    assert secret not in repr(vars(auth)) + repr(parts)


def test_addresses_that_cannot_be_are_refused():
    for domain in ("zohoapis.com", "ftp://www.zohoapis.com", "https://"):
        with pytest.raises(UsageError, match="no http or https address"):
            ZohoCRM(auth=AccessToken("x"), api_domain=domain)
    with pytest.raises(UsageError, match="environment 'staging'"):
        ZohoCRM(auth=AccessToken("x", environment="staging"))


def test_status_tells_nothing_secret_and_calls_nobody(sim, oauth, clock, token_calls):
    auth = oauth(**clock.options)
    before = auth.status()
    assert (before.scopes, before.made_at, before.good_for, before.recent_tokens) == ((), None, 0.0, 0)
    auth.fresh(None, Connection())
    clock.pass_by(100)
    status = auth.status()
    assert status.scopes == (
        "ZohoCRM.modules.ALL",
        "ZohoCRM.mass_update.UPDATE",
        "ZohoCRM.mass_update.READ",
        "ZohoCRM.settings.fields.READ",
        "ZohoCRM.org.READ",
    )
    assert status.api_domain == sim.url
    assert (status.made_at, status.good_for) == (clock.wall - 100, 3_200)
    assert (status.recent_tokens, status.wait) == (1, 0.0)
    assert token_calls() == 1


def test_revoking_ends_all_tokens_and_forgets_them(sim, oauth, tmp_path):
    auth = oauth(store=FileStore(tmp_path))
    token = auth.fresh(None, Connection())
    auth.revoke()
    assert list(tmp_path.glob("*.json")) == []
    with ZohoCRM(auth=AccessToken(token.value), api_domain=sim.url) as crm, pytest.raises(AuthError):
        crm.records.update_one("Deals", "1", {})
    with pytest.raises(AuthError) as caught:
        auth.fresh(None, Connection())
    assert caught.value.code == "invalid_code"
    auth.revoke()


def test_a_revocation_that_fails_forgets_nothing(sim, oauth, tmp_path):
    auth = oauth(store=FileStore(tmp_path))
    auth.fresh(None, Connection())
    sim.fault("bad_gateway", route="revoke_token")
    with pytest.raises(ConnectionFailed, match="HTTP 502"):
        auth.revoke()
    assert len(list(tmp_path.glob("*.json"))) == 1
