"""What the accounts server answers, in its own ways, and what becomes of it."""

from datetime import timedelta

import pytest

from zcrm import Connection, OAuth, ZohoCRM
from zcrm.auth.stores import FileStore, MemoryStore
from zcrm.errors import AuthError, ConnectionFailed, LimitReached
from zcrm.retry import Retry
from zcrm.simulator import Choices, Simulator

CONNECTION = Connection()
TOKEN = {"access_token": "1000.a", "expires_in": 3600}


def client(settings):
    return {name: settings[name] for name in ("client_id", "client_secret", "accounts_url")}


def test_a_grant_code_of_a_self_client(sim, settings, deals, token_calls):
    (record_id,) = deals(1)
    auth = OAuth.from_grant_code(f" {sim.issue_code()}\n", **client(settings), store=MemoryStore())
    with ZohoCRM(auth=auth, api_domain=sim.url) as crm:
        assert crm.records.update_one("Deals", record_id, {"Stage": "Won"}).ok
    assert token_calls() == 1
    assert auth.status().recent_tokens == 1
    again = OAuth(**client(settings), refresh_token=auth.refresh_token, store=MemoryStore())
    assert again.fresh(None, CONNECTION) != auth.fresh(None, CONNECTION)


def test_a_grant_code_is_good_once_and_for_minutes(sim, settings):
    code = sim.issue_code()
    OAuth.from_grant_code(code, **client(settings))
    late = sim.issue_code()
    sim.advance(timedelta(minutes=3))
    for dead in (code, late, "nonsense"):
        with pytest.raises(AuthError) as caught:
            OAuth.from_grant_code(dead, **client(settings))
        assert caught.value.code == "invalid_code"
        assert caught.value.fix == (
            "Sign in again. If a fresh code fails too, check that the data centre is the one of your account."
            " More: zcrm explain invalid_code#token-1"
        )


def test_a_redirect_uri_that_is_not_the_registered_one(sim, settings):
    with pytest.raises(AuthError) as caught:
        OAuth.from_grant_code(sim.issue_code(), **client(settings), redirect_uri="http://elsewhere/")
    assert caught.value.code == "invalid_redirect_uri"
    assert "data centre look" not in caught.value.message


def test_too_many_grant_codes(sim, settings):
    for _ in range(10):
        OAuth.from_grant_code(sim.issue_code(), **client(settings))
    with pytest.raises(LimitReached) as caught:
        OAuth.from_grant_code(sim.issue_code(), **client(settings))
    assert caught.value.code == "access_denied"
    assert caught.value.fix.startswith("Wait ten minutes, then sign in again and accept.")


def test_a_grant_code_whose_answer_is_lost(sim, settings):
    sim.fault("drop_after", route="create_token")
    with pytest.raises(ConnectionFailed, match="may be used up"):
        OAuth.from_grant_code(sim.issue_code(), **client(settings))


def test_a_code_that_gives_no_refresh_token(settings, accounts):
    accounts.say(TOKEN)
    with pytest.raises(AuthError) as caught:
        OAuth.from_grant_code("1000.c", **client(settings) | {"accounts_url": accounts.url})
    assert "access_type=offline" in caught.value.fix


def test_client_credentials(sim, settings, deals, token_calls):
    (record_id,) = deals(1)
    scopes = ["ZohoCRM.modules.deals.UPDATE", "ZohoCRM.mass_update.READ"]
    auth = OAuth(**client(settings), scopes=scopes, soid="ZohoCRM.900000001")
    with ZohoCRM(auth=auth, api_domain=sim.url) as crm:
        assert crm.records.update_one("Deals", record_id, {"Stage": "Won"}).ok
        sim.revoke_tokens()
        assert crm.records.update_one("Deals", record_id, {"Stage": "Won"}).ok
    assert auth.status().scopes == tuple(scopes)
    assert auth.refresh_token is None
    assert token_calls() == 2
    auth.revoke()
    assert auth.status().made_at is None


@pytest.mark.parametrize(("soid", "code"), [("ZohoCRM.1", "invalid_org"), ("900000001", "invalid_soid")])
def test_client_credentials_for_a_wrong_organisation(settings, soid, code):
    auth = OAuth(**client(settings), scopes="ZohoCRM.modules.ALL", soid=soid, store=MemoryStore())
    with pytest.raises(AuthError) as caught:
        auth.fresh(None, CONNECTION)
    assert (caught.value.code, bool(caught.value.fix)) == (code, True)


def test_what_is_sent(settings, accounts):
    accounts.say(TOKEN)
    settings |= {"accounts_url": accounts.url}
    OAuth(**settings, store=MemoryStore()).fresh(None, CONNECTION)
    known = {name: settings[name] for name in ("client_id", "client_secret")}
    assert accounts.forms == [
        {
            "path": "/oauth/v2/token",
            "grant_type": "refresh_token",
            **known,
            "refresh_token": settings["refresh_token"],
        }
    ]


@pytest.mark.parametrize(
    ("life", "good_for"),
    [
        ({"expires_in": 3600}, 3300),
        ({"expires_in": "3600"}, 3300),
        ({"expires_in": 3600000, "expires_in_sec": 3600}, 3300),
        ({"expires_in": 1800000, "expires_in_sec": 1800}, 1500),
        ({"expires_in": 400}, 200),
        ({"expires_in": 86400}, 3300),
        ({"expires_in": 0}, 3300),
        ({"expires_in": -5}, 3300),
        ({"expires_in": "soon"}, 3300),
        ({"expires_in": None}, 3300),
        ({}, 3300),
    ],
)
def test_how_long_a_token_lives(oauth, accounts, clock, life, good_for):
    accounts.say({"access_token": "1000.a", **life})
    auth = oauth(accounts_url=accounts.url, **clock.options)
    auth.fresh(None, CONNECTION)
    assert auth.status().good_for == good_for
    clock.pass_by(good_for - 1)
    auth.fresh(None, CONNECTION)
    assert len(accounts.forms) == 1
    clock.pass_by(1)
    auth.fresh(None, CONNECTION)
    assert len(accounts.forms) == 2


def test_milliseconds_beside_seconds(oauth, clock):
    with Simulator(choices=Choices(milliseconds=True)) as sim:
        credentials = {"client_id": sim.client_id, "client_secret": sim.client_secret}
        auth = oauth(
            **credentials, refresh_token=sim.refresh_token, accounts_url=sim.accounts_url, **clock.options
        )
        auth.fresh(None, CONNECTION)
        assert auth.status().good_for == 3300


def test_a_new_refresh_token_is_kept_and_used(oauth, accounts, clock, tmp_path):
    accounts.say(TOKEN | {"refresh_token": "1000.newer"}, TOKEN)
    store = FileStore(tmp_path)
    options = {"accounts_url": accounts.url, "refresh_token": "1000.first", "store": store, **clock.options}
    auth = oauth(**options)
    auth.fresh(None, CONNECTION)
    assert auth.refresh_token == "1000.newer"
    clock.pass_by(3600)
    oauth(**options).fresh(None, CONNECTION)
    clock.pass_by(3600)
    oauth(**options).fresh(None, CONNECTION)
    assert [form["refresh_token"] for form in accounts.forms] == ["1000.first", "1000.newer", "1000.newer"]
    accounts.say({"error": "general_error"}, {"status": "success"})
    with pytest.raises(AuthError, match="withdrew no token"):
        auth.revoke()
    auth.revoke()
    assert accounts.forms[-1] == {"path": "/oauth/v2/token/revoke", "token": "1000.newer"}


@pytest.mark.parametrize(
    "code",
    [
        "invalid_code",
        "invalid_client",
        "invalid_client_secret",
        "invalid_grant",
        "unauthorized_client",
        "invalid_scope",
        "general_error",
    ],
)
def test_a_refusal_with_status_200_is_an_error_with_its_fix(oauth, accounts, code):
    accounts.say({"error": code})
    with pytest.raises(AuthError) as caught:
        oauth(accounts_url=accounts.url, data_center="eu").fresh(None, CONNECTION)
    error = caught.value
    assert (error.code, error.http_status) == (code, 200)
    assert error.message.startswith(f"The accounts server of data centre eu ({accounts.url}) gave no token")
    assert error.fix
    assert ("another data centre look alike" in error.message) == (
        code in ("invalid_code", "invalid_client", "invalid_client_secret")
    )


def test_a_refusal_may_come_with_a_description(oauth, accounts):
    accounts.say({"error": "invalid_code", "error_description": "The code is not valid."}, status=400)
    with pytest.raises(AuthError) as caught:
        oauth(accounts_url=accounts.url).fresh(None, CONNECTION)
    assert (caught.value.code, caught.value.http_status) == ("invalid_code", 400)


def test_a_refusal_that_nobody_documents(oauth, accounts):
    accounts.say({"error": "invalid_moon_phase"})
    with pytest.raises(AuthError) as caught:
        oauth(accounts_url=accounts.url).fresh(None, CONNECTION)
    assert (caught.value.code, caught.value.fix) == ("invalid_moon_phase", "")


@pytest.mark.parametrize(
    ("fault", "options", "words"),
    [
        ("server_error", {}, "HTTP 500"),
        ("bad_gateway", {}, "HTTP 502"),
        ("drop_before", {}, "RemoteProtocolError"),
        ("drop_after", {}, "RemoteProtocolError"),
        ("cut_body", {}, "RemoteProtocolError"),
        ("slow", {"seconds": 2}, "ReadTimeout"),
    ],
)
@pytest.mark.parametrize("times", ["once", "for good"])
def test_an_accounts_server_in_trouble(sim, oauth, deals, token_calls, fault, options, words, times):
    (record_id,) = deals(1)
    sim.fault(fault, route="create_token", **options, **({"times": [1]} if times == "once" else {}))
    connection = Connection(read_timeout=0.3)
    with ZohoCRM(auth=oauth(), api_domain=sim.url, connection=connection, retry=Retry(2, base=0)) as crm:
        if times == "once":
            assert crm.records.update_one("Deals", record_id, {"Stage": "Won"}).ok
        else:
            with pytest.raises(ConnectionFailed, match=words):
                crm.records.update_one("Deals", record_id, {"Stage": "Won"})
    assert token_calls() == 2


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (b"<html>Sign in</html>", 200, "no JSON object"),
        (b'{"access_token": "1000.', 200, "no JSON object"),
        (b"", 200, "no JSON object"),
        ([], 200, "no JSON object"),
        ({}, 200, "HTTP 200 and nothing that makes sense"),
        (b"<html>moved</html>", 302, "HTTP 302"),
        (b"<html>Not Found</html>", 404, "HTTP 404 and nothing that makes sense"),
        (b"<html>Unknown Error</html>", 520, "HTTP 520 and nothing that makes sense"),
        ({"access_token": "two words"}, 200, "no header can carry"),
        ({"access_token": "line\r\nX: y"}, 200, "no header can carry"),
    ],
)
def test_an_answer_that_makes_no_sense(sim, oauth, accounts, answer, status, words):
    accounts.say(answer, status=status)
    auth = oauth(accounts_url=accounts.url)
    with (
        ZohoCRM(auth=auth, api_domain=sim.url, retry=Retry(2, base=0)) as crm,
        pytest.raises(ConnectionFailed, match=words),
    ):
        crm.records.update_one("Deals", "1", {})
    assert len(accounts.forms) == 2
    assert not sim.ledger.requests
