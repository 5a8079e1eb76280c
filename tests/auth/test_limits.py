"""Ten tokens in ten minutes, and the accounts server's wish for a pause."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from zcrm import Connection, ZohoCRM
from zcrm.auth.stores import FileStore, MemoryStore
from zcrm.errors import AuthError, ConnectionFailed, LimitReached
from zcrm.retry import NO_RETRY
from zcrm.simulator import Choices, Simulator

CONNECTION = Connection()
THROTTLED = {
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "error": "Access Denied",
    "status": "failure",
}
LOCALISED = {"error_description": "您的请求过于频繁，请稍后再试。", "error": "拒绝访问", "status": "failure"}


def use_up(auth, count):
    """Ask for so many tokens, one after another."""
    token = None
    for _ in range(count):
        token = auth.fresh(token, CONNECTION)
    return token


def test_the_eleventh_token_is_not_asked_for(oauth, clock, token_calls):
    auth = oauth(**clock.options)
    token = use_up(auth, 4)
    clock.pass_by(100)
    for _ in range(6):
        token = auth.fresh(token, CONNECTION)
    with pytest.raises(LimitReached) as caught:
        auth.fresh(token, CONNECTION)
    assert caught.value.details == {"retry_after": 500}
    assert str(caught.value) == (
        "Zoho gives ten access tokens in ten minutes, and ten are made; the next may be asked for in 500 s "
        "(Wait. An access token lasts an hour: let processes that sign in alike share a FileStore.)"
    )
    assert auth.status().wait == 500
    clock.pass_by(499)
    with pytest.raises(LimitReached):
        auth.fresh(token, CONNECTION)
    assert token_calls() == 10


def test_when_the_window_has_passed_there_are_tokens_again(oauth, accounts, clock):
    accounts.say(*({"access_token": f"1000.{n}"} for n in range(20)))
    auth = oauth(accounts_url=accounts.url, **clock.options)
    token = use_up(auth, 10)
    clock.pass_by(600)
    assert auth.fresh(token, CONNECTION).value == "1000.10"


def test_the_good_token_is_given_out_all_the_while(oauth, clock, token_calls):
    auth = oauth(**clock.options)
    token = use_up(auth, 10)
    assert auth.fresh(None, CONNECTION) == token
    assert token_calls() == 10


def test_all_who_share_a_store_are_counted_together(oauth, tmp_path, settings, run_python, token_calls):
    script = """
from zcrm import Connection, OAuth
from zcrm.auth.stores import FileStore
from zcrm.errors import LimitReached

auth = OAuth(**given["settings"], store=FileStore(given["folder"]))
token = auth.fresh(None, Connection())
try:
    for _ in range(5):
        token = auth.fresh(token, Connection())
except LimitReached as error:
    print(error.details["retry_after"])
"""
    given = {"settings": settings, "folder": str(tmp_path / "tokens")}
    with ThreadPoolExecutor(4) as pool:
        outs = list(pool.map(lambda _: run_python(script, **given), range(4)))
    refused = [int(out) for out in outs if out]
    assert refused
    assert all(500 < wait <= 600 for wait in refused)
    assert token_calls() == 10


def test_waiting_instead(oauth, accounts, clock):
    accounts.say(*({"access_token": f"1000.{n}"} for n in range(20)))
    auth = oauth(accounts_url=accounts.url, wait_for_token=True, **clock.options)
    token = use_up(auth, 10)
    assert auth.fresh(token, CONNECTION).value == "1000.10"
    assert clock.slept == [600]


def test_waiting_is_over_after_ten_minutes(oauth, accounts, clock):
    accounts.say(THROTTLED)
    auth = oauth(accounts_url=accounts.url, wait_for_token=True, **clock.options)
    with pytest.raises(LimitReached, match="may be asked for in 600 s"):
        auth.fresh(None, CONNECTION)
    assert clock.slept == [600]


def test_waiting_holds_no_lock_that_others_need(oauth, accounts, clock, tmp_path):
    accounts.say(THROTTLED, {"access_token": "1000.a"})
    store = FileStore(tmp_path, lock_timeout=1)
    seen = []

    def sleep(seconds):
        with store.lock("0" * 32):
            seen.append(oauth(**others).status().wait)
        clock.sleep(seconds)

    others = {"accounts_url": accounts.url, "store": store, **clock.options}
    auth = oauth(**others | {"sleep": sleep}, wait_for_token=True)
    assert auth.fresh(None, CONNECTION).value == "1000.a"
    assert (seen, clock.slept) == ([600], [600])


@pytest.mark.parametrize("status", [200, 400, 429])
@pytest.mark.parametrize("answer", [THROTTLED, LOCALISED, {"error_description": "?"}, {"status": "failure"}])
def test_a_throttle_is_known_by_its_shape(oauth, accounts, clock, status, answer):
    accounts.say(answer, status=status)
    auth = oauth(accounts_url=accounts.url, **clock.options)
    with pytest.raises(LimitReached) as caught:
        auth.fresh(None, CONNECTION)
    assert (caught.value.code, caught.value.http_status) == (answer.get("error"), status)
    assert caught.value.details == {"retry_after": 600}
    assert not isinstance(caught.value, AuthError)


def test_a_429_with_a_page_of_html(oauth, accounts):
    accounts.say(b"<html>Too Many Requests</html>", status=429)
    with pytest.raises(LimitReached):
        oauth(accounts_url=accounts.url).fresh(None, CONNECTION)


@pytest.mark.parametrize("status", [200, 400])
def test_the_simulators_throttle(oauth, clock, status):
    with Simulator(choices=Choices(token_throttle_status=status)) as sim:
        sim.fault("throttle", route="create_token", times=[1])
        (record_id,) = sim.load("Deals", 1)
        auth = oauth(
            client_id=sim.client_id,
            client_secret=sim.client_secret,
            refresh_token=sim.refresh_token,
            accounts_url=sim.accounts_url,
            **clock.options,
        )
        with ZohoCRM(auth=auth) as crm:
            updates = crm.records.update("Deals", [{"id": record_id, "Stage": "Won"}])
            with pytest.raises(LimitReached) as caught:
                list(updates)
            assert (caught.value.code, updates.summary.states["unsent"]) == ("Access Denied", 1)


def test_a_pause_is_kept_by_all_who_share_the_store(oauth, accounts, clock, tmp_path):
    accounts.say(THROTTLED, {"access_token": "1000.a"})
    options = {"accounts_url": accounts.url, "store": FileStore(tmp_path), **clock.options}
    with pytest.raises(LimitReached):
        oauth(**options).fresh(None, CONNECTION)
    clock.pass_by(200)
    with pytest.raises(LimitReached) as caught:
        oauth(**options).fresh(None, CONNECTION)
    assert caught.value.details == {"retry_after": 400}
    assert len(accounts.forms) == 1
    clock.pass_by(400)
    assert oauth(**options).fresh(None, CONNECTION).value == "1000.a"


def test_refusals_and_server_errors_use_up_no_token(oauth, accounts, clock):
    accounts.say({"error": "general_error"}, b"<html>Bad Gateway</html>", status=500)
    auth = oauth(accounts_url=accounts.url, **clock.options)
    with ZohoCRM(auth=auth, api_domain=accounts.url, retry=NO_RETRY) as crm:
        for _ in range(12):
            with pytest.raises(ConnectionFailed):
                crm.records.update_one("Deals", "1", {})
    assert len(accounts.forms) == 12
    assert auth.status().recent_tokens == 0


def test_lost_answers_do_for_a_token_may_have_been_made(sim, oauth, clock, token_calls):
    sim.fault("drop_after", route="create_token")
    auth = oauth(**clock.options)
    with ZohoCRM(auth=auth, api_domain=sim.url, retry=NO_RETRY) as crm:
        for _ in range(10):
            with pytest.raises(ConnectionFailed):
                crm.records.update_one("Deals", "1", {})
        with pytest.raises(LimitReached):
            crm.records.update_one("Deals", "1", {})
    assert token_calls() == 10


def test_a_process_killed_in_its_call_has_used_up_a_token(
    sim, oauth, settings, tmp_path, start_python, token_calls
):
    sim.fault("slow", route="create_token", seconds=30, times=[1])
    script = """
from zcrm import Connection, OAuth
from zcrm.auth.stores import FileStore

OAuth(**given["settings"], store=FileStore(given["folder"])).fresh(None, Connection())
"""
    folder = tmp_path / "tokens"
    process = start_python(script, settings=settings, folder=str(folder))
    while not token_calls():
        assert process.poll() is None
    process.kill()
    process.wait(10)
    auth = oauth(store=FileStore(folder, lock_timeout=5))
    assert auth.status().recent_tokens == 1
    auth.fresh(None, CONNECTION)
    assert auth.status().recent_tokens == 2


def test_the_memory_of_two_sign_ins_is_not_mixed(oauth, accounts, clock):
    accounts.say({"access_token": "1000.a"})
    store = MemoryStore()
    options = {"accounts_url": accounts.url, "store": store, **clock.options}
    one, other = oauth(**options), oauth(**options, refresh_token="1000.other")
    use_up(one, 1)
    assert (one.status().recent_tokens, other.status().recent_tokens) == (1, 0)
