"""A sign-in in all its parts, each with the whole of what it gives or raises."""

import asyncio
import json
import sys
import threading
import time
from copy import copy
from pathlib import Path

import pytest

from zcrm import AccessToken, Connection, OAuth
from zcrm.auth.grants import Accounts, Given, Unanswered
from zcrm.auth.keyrings import KeyringStore
from zcrm.auth.oauth import SignInStatus
from zcrm.auth.profiles import Profile, Profiles, of_environment
from zcrm.auth.stores import PROCESS, FileStore, MemoryStore
from zcrm.auth.turns import Turns, _Turn
from zcrm.errors import AuthError, ConnectionFailed, LimitReached, StoreError, UsageError
from zcrm.wire.calls import NotSent
from zcrm.wire.credentials import Token
from zcrm.wire.forks import _renew_all
from zcrm_api.models.refresh_token_grant import RefreshTokenGrant

CONNECTION = Connection()
GRANT = RefreshTokenGrant("refresh_token", "1000.C", "s", "r")
TOKEN = {"access_token": "1000.a", "expires_in": 3600}
THROTTLED = {"error": "Access Denied", "error_description": "?", "status": "failure"}
NEEDS_WAIT = "Wait. An access token lasts an hour: let processes that sign in alike share a FileStore."
MISTYPED = "; what is mistyped and what belongs to another data centre look alike to it"


def told(error):
    return type(error), error.message, error.code, error.http_status, error.fix, error.details


def raised(call, *given, **options):
    with pytest.raises((AuthError, LimitReached, ConnectionFailed, UsageError)) as caught:
        call(*given, **options)
    return told(caught.value)


@pytest.fixture
def server(accounts):
    return Accounts(accounts.url, "The server")


def test_the_accounts_server_of_a_data_centre_or_one_that_is_named():
    assert Accounts.of("eu", None) == Accounts(
        "https://accounts.zoho.eu", "The accounts server of data centre eu (https://accounts.zoho.eu)"
    )
    assert Accounts.of("eu", "http://h/").url == "http://h"


def test_all_that_an_answer_gives(server, accounts):
    accounts.say(TOKEN | {"api_domain": "https://h", "scope": "a b", "refresh_token": "1000.r"}, TOKEN)
    given = server.token(GRANT, CONNECTION)
    assert given == Given("1000.a", 3600.0, "https://h", "a b", "1000.r")
    assert "1000." not in repr(given)
    assert server.token(GRANT, CONNECTION) == Given("1000.a", 3600.0, None, "", None)
    accounts.say(TOKEN | {"api_domain": 7, "scope": ["a"], "refresh_token": ""})
    assert server.token(GRANT, CONNECTION) == Given("1000.a", 3600.0, None, "", None)


@pytest.mark.parametrize(
    ("said", "life"),
    [
        ({"expires_in": 1}, 1.0),
        ({"expires_in": 0.5}, 0.5),
        ({"expires_in": "1800"}, 1800.0),
        ({"expires_in": 1800000, "expires_in_sec": 1800}, 1800.0),
        ({"expires_in_sec": 1800}, 1800.0),
        *[({"expires_in": odd}, 3600.0) for odd in (0, -5, 7200, "soon", "nan", "inf", None, [], {})],
        ({}, 3600.0),
    ],
)
def test_how_long_it_says_a_token_lives(server, accounts, said, life):
    accounts.say({"access_token": "1000.a", **said})
    assert server.token(GRANT, CONNECTION).life == life


CODE_FIX = (
    "Sign in again. If a fresh code fails too, check that the data centre is the one of your account. More: "
)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"error": "invalid_code"}, 200, (AuthError, f"The server gave no token{MISTYPED}", "invalid_code")),
        ({"error": "odd"}, 400, (AuthError, "The server gave no token", "odd")),
        ({"error": 7}, 499, (AuthError, "The server gave no token", "7")),
        ({"a": 1}, 200, (AuthError, "The server gave no token", None)),
        ({"access_token": 7}, 200, (AuthError, "The server gave no token", None)),
        (
            {"error": "invalid_code", "error_description": "?"},
            429,
            (AuthError, f"The server gave no token{MISTYPED}", "invalid_code"),
        ),
        *[
            (body, status, (LimitReached, "The server wants no more calls for tokens for now", code))
            for body, status, code in (
                (THROTTLED, 200, "Access Denied"),
                ({"status": "failure"}, 400, None),
                ({"error_description": "?"}, 400, None),
                ({"error": "access_denied"}, 200, "access_denied"),
                ({"error": "odd"}, 429, "odd"),
                (b"<html>", 429, None),
            )
        ],
    ],
    ids=str,
)
def test_a_refusal_is_told_whole(server, accounts, body, status, error):
    accounts.say(body, status=status)
    kind, message, code, http_status, fix, _ = raised(server.token, GRANT, CONNECTION)
    assert (kind, message, code) == error
    assert http_status == status
    if kind is LimitReached:
        assert fix.startswith("Wait ten minutes")
    elif code == "invalid_code" and status == 200:
        assert fix.startswith(CODE_FIX)
    elif code != "invalid_code":
        assert fix == ""


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (TOKEN, 500, "the accounts server answered HTTP 500 and nothing that makes sense"),
        ({"error": "odd"}, 503, "the accounts server answered HTTP 503 and nothing that makes sense"),
        ([], 400, "the accounts server answered HTTP 400 and nothing that makes sense"),
        ({}, 200, "the accounts server answered HTTP 200 and nothing that makes sense"),
        ({}, 429, None),
        (
            {"access_token": "two words"},
            200,
            "the accounts server gave an access token that no header can carry",
        ),
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_no_refusal(server, accounts, body, status, words):
    accounts.say(body, status=status)
    with pytest.raises(NotSent) as caught:
        server.token(GRANT, CONNECTION)
    assert type(caught.value) is NotSent
    assert str(caught.value) == (
        words or f"the accounts server answered HTTP {status} and nothing that makes sense"
    )


def test_a_lost_answer_is_told_from_one_that_was_not_sent(server, accounts):
    accounts.say(b"<html>")
    with pytest.raises(Unanswered, match=r"^no answer from the accounts server: HTTP 200 with a body that"):
        server.token(GRANT, CONNECTION)


@pytest.mark.parametrize(
    "body", [{"status": "success"}, {"error": "invalid_token"}, {"error": "invalid_code"}]
)
def test_a_token_that_was_withdrawn_or_is_dead(server, accounts, body):
    accounts.say(body)
    server.revoke("1000.t", CONNECTION)
    assert accounts.forms == [{"path": "/oauth/v2/token/revoke", "token": "1000.t"}]


@pytest.mark.parametrize("body", [{"status": "no"}, {"error": "odd"}, {"a": "success"}], ids=str)
def test_a_token_that_was_not_withdrawn(server, accounts, body):
    accounts.say(body, status=400)
    kind, message, code, status, fix, _ = raised(server.revoke, "1000.t", CONNECTION)
    assert (kind, message, code, status, fix) == (
        *(AuthError, "The server withdrew no token", body.get("error"), 400),
        "",
    )


def test_a_sign_in_says_little_of_itself():
    auth = OAuth(client_id="1000.C", client_secret="s", refresh_token="r")
    assert (auth.data_center, auth.environment) == ("us", "production")
    assert repr(auth) == "OAuth(data_center='us', environment='production')"
    assert auth._keeper._store is PROCESS
    token = AccessToken("1000.t")
    assert (token.data_center, token.environment) == ("us", "production")
    assert repr(token) == "AccessToken(data_center='us', environment='production')"
    placed = AccessToken("1000.t", data_center="eu", environment="sandbox")
    assert (placed.data_center, placed.environment) == ("eu", "sandbox")
    for make in (
        lambda **place: AccessToken("1000.t", **place),
        lambda **place: OAuth(client_id="C", client_secret="s", refresh_token="r", **place),
        lambda **place: OAuth.from_grant_code("c", client_id="C", client_secret="s", **place),
    ):
        with pytest.raises(UsageError, match="data centre 'mars'"):
            make(data_center="mars")
        with pytest.raises(UsageError, match="environment 'x'"):
            make(environment="x")


def test_the_whole_life_of_a_sign_in(oauth, accounts, clock, tmp_path):
    accounts.say(
        TOKEN | {"api_domain": accounts.url, "scope": "a,b", "refresh_token": "1000.n"},
        TOKEN | {"access_token": "1000.b"},
        {"status": "success"},
    )
    options = {"accounts_url": accounts.url, "store": FileStore(tmp_path), **clock.options}
    auth = oauth(**options)
    assert auth.status() == SignInStatus((), None, None, 0.0, 0, 0.0)
    assert auth.refresh_token == auth._application.refresh_token
    made = clock.wall
    auth.sign_in(CONNECTION)
    first = auth.fresh(None, CONNECTION)
    assert first == Token("1000.a", accounts.url, True, made)
    assert asyncio.run(auth.afresh(None, CONNECTION)) is first
    clock.pass_by(10)
    assert auth.status() == SignInStatus(("a", "b"), accounts.url, made, 3290.0, 1, 0.0)
    other = oauth(**options)
    assert other.key == auth.key
    assert (other.fresh(None, CONNECTION), len(accounts.forms)) == (first, 1)
    clock.pass_by(3_289)
    assert other.fresh(None, CONNECTION) == first
    clock.pass_by(1)
    second = other.fresh(None, CONNECTION)
    assert second == Token("1000.b", None, True, clock.wall)
    assert accounts.forms[1]["refresh_token"] == "1000.n"
    assert auth.status() == SignInStatus(("a", "b"), None, clock.wall, 3300.0, 1, 0.0)
    assert auth.fresh(first, CONNECTION) == second
    assert auth.refresh_token == "1000.n"
    auth.revoke(CONNECTION)
    assert accounts.forms[2:] == [{"path": "/oauth/v2/token/revoke", "token": "1000.n"}]
    assert auth.status() == SignInStatus((), None, None, 0.0, 0, 0.0)
    assert list(tmp_path.glob("*.json")) == []


def test_a_sign_in_anew_asks_even_where_a_token_is_good(oauth, accounts, clock):
    accounts.say(*(TOKEN | {"access_token": f"1000.{n}"} for n in range(3)))
    auth = oauth(accounts_url=accounts.url, **clock.options)
    auth.sign_in()
    auth.sign_in()
    assert len(accounts.forms) == 1
    auth.sign_in(anew=True)
    assert auth.fresh(None, CONNECTION).value == "1000.1"
    assert asyncio.run(auth.afresh(auth.fresh(None, CONNECTION), CONNECTION)).value == "1000.2"


@pytest.mark.parametrize("domain", ["https://evil.example", None])
def test_a_domain_that_nobody_knows_is_in_no_status(oauth, accounts, domain):
    accounts.say(TOKEN | {"api_domain": domain})
    auth = oauth(accounts_url=accounts.url)
    assert auth.fresh(None, CONNECTION).is_known is (domain is None)
    assert auth.status().api_domain is None


def test_a_token_shared_by_a_store_is_used_to_the_last_second(oauth, accounts, clock, tmp_path):
    accounts.say(TOKEN, TOKEN | {"access_token": "1000.b"})
    options = {"accounts_url": accounts.url, "store": FileStore(tmp_path), **clock.options}
    oauth(**options).sign_in()
    clock.pass_by(3_299)
    last = oauth(**options)
    assert last.fresh(None, CONNECTION).value == "1000.a"
    clock.monotonic += 1
    assert last.fresh(None, CONNECTION).value == "1000.b"
    assert len(accounts.forms) == 2


def test_no_more_tokens_for_now_is_told_whole(oauth, accounts, clock):
    accounts.say(*(TOKEN | {"access_token": f"1000.{n}"} for n in range(20)))
    auth = oauth(accounts_url=accounts.url, **clock.options)
    token = None
    for _ in range(10):
        token = auth.fresh(token, CONNECTION)
    clock.pass_by(599.5)
    assert raised(auth.fresh, token, CONNECTION) == (
        LimitReached,
        "Zoho gives ten access tokens in ten minutes, and ten are made; the next may be asked for in 1 s",
        None,
        None,
        NEEDS_WAIT,
        {"retry_after": 1},
    )
    clock.pass_by(0.5)
    assert auth.fresh(token, CONNECTION).value == "1000.10"


def test_a_pause_is_told_whole_and_kept(oauth, accounts, clock):
    accounts.say(THROTTLED, TOKEN)
    store = MemoryStore()
    auth = oauth(accounts_url=accounts.url, store=store, **clock.options)
    name = f"The accounts server of data centre us ({accounts.url})"
    words = "wants no more calls for tokens for now; the next may be asked for in 600 s"
    assert raised(auth.fresh, None, CONNECTION) == (
        *(LimitReached, f"{name} {words}", "Access Denied", 200, NEEDS_WAIT),
        {"retry_after": 600},
    )
    waiting = oauth(accounts_url=accounts.url, store=store, wait_for_token=True, **clock.options)
    assert waiting.status().wait == 600
    assert waiting.fresh(None, CONNECTION).value == "1000.a"
    assert clock.slept == [600]


@pytest.mark.parametrize(
    ("body", "counted"), [(b"<html>", 1), ([], 1), ({}, 0), ({"error": "odd"}, 0)], ids=str
)
def test_a_call_counts_where_it_may_have_made_a_token(oauth, accounts, body, counted):
    accounts.say(body)
    auth = oauth(accounts_url=accounts.url)
    with pytest.raises((AuthError, ConnectionFailed)):
        auth.sign_in()
    assert auth.status().recent_tokens == counted


def test_a_call_is_counted_before_it_is_made(oauth, accounts):
    seen = []

    class Store(MemoryStore):
        def save(self, key, text):
            seen.append((len(accounts.forms), len(json.loads(text)["calls"])))
            super().save(key, text)

    accounts.say(TOKEN)
    oauth(accounts_url=accounts.url, store=Store()).sign_in()
    assert seen == [(0, 1), (1, 1)]


def test_who_is_not_reached_is_told_by_each_verb(oauth, tmp_path):
    auth = oauth(accounts_url="http://127.0.0.1:9")
    kind, message, *_ = raised(auth.sign_in)
    assert kind is ConnectionFailed
    assert message.startswith("Nobody could be asked for a token: 127.0.0.1: the connection was refused")
    assert raised(auth.revoke)[1].startswith("Nothing was withdrawn: 127.0.0.1: ")
    made = {"client_id": "C", "client_secret": "s", "accounts_url": "http://127.0.0.1:9"}
    kind, message, *_, fix, _ = raised(OAuth.from_grant_code, "c", **made)
    assert (kind, fix) == (ConnectionFailed, "Get a new code and try again.")
    assert message.startswith("The grant code may be used up: 127.0.0.1: ")


def test_a_grant_code_gives_a_sign_in_with_its_token(accounts, clock):
    accounts.say(TOKEN | {"refresh_token": "1000.r", "scope": "a"}, TOKEN | {"access_token": "1000.b"})
    place = {"accounts_url": accounts.url, "data_center": "eu", "environment": "sandbox"}
    auth = OAuth.from_grant_code(
        " c\n",
        client_id=" 1000.C ",
        client_secret=" s ",
        redirect_uri="http://h/",
        store=MemoryStore(),
        **place,
        **clock.options,
    )
    assert accounts.forms == [
        {
            "path": "/oauth/v2/token",
            "grant_type": "authorization_code",
            "client_id": "1000.C",
            "client_secret": "s",
            "code": "c",
            "redirect_uri": "http://h/",
        }
    ]
    assert auth.refresh_token == "1000.r"
    assert (auth.data_center, auth.environment) == ("eu", "sandbox")
    assert auth.status() == SignInStatus(("a",), None, clock.wall, 3300.0, 1, 0.0)
    token = auth.fresh(None, CONNECTION)
    assert (token.value, len(accounts.forms)) == ("1000.a", 1)
    assert auth.fresh(token, CONNECTION).value == "1000.b"
    assert accounts.forms[1] == {
        "path": "/oauth/v2/token",
        "grant_type": "refresh_token",
        "client_id": "1000.C",
        "client_secret": "s",
        "refresh_token": "1000.r",
    }
    accounts.say(TOKEN)
    assert raised(
        OAuth.from_grant_code, "c", client_id="C", client_secret="s", accounts_url=accounts.url
    ) == (
        *(AuthError, "The grant code gave no refresh token", None, None),
        "Ask for the code with access_type=offline and prompt=consent.",
        {},
    )


def test_client_credentials_withdraw_their_access_token_where_there_is_one(accounts):
    accounts.say({"status": "success"})
    auth = OAuth(
        client_id="C",
        client_secret="s",
        scopes=["a"],
        soid="Z.1",
        accounts_url=accounts.url,
        store=MemoryStore(),
    )
    auth.revoke()
    assert (accounts.forms, auth.refresh_token) == ([], None)
    accounts.say(TOKEN, {"status": "success"})
    auth.sign_in()
    auth.revoke()
    assert accounts.forms[1] == {"path": "/oauth/v2/token/revoke", "token": "1000.a"}
    assert auth.status().made_at is None


@pytest.mark.parametrize(
    ("text", "words", "advice"),
    [
        ("{", "is torn, or was written by something else", "Delete it, and it is made anew"),
        (
            '{"format": "zcrm sign-in", "version": 2}',
            "was written by a newer zcrm",
            "Read it with that one, or a newer",
        ),
    ],
)
def test_what_a_store_gives_that_makes_no_sense_is_told_whole(oauth, tmp_path, text, words, advice):
    tmp_path.chmod(0o700)
    store = FileStore(tmp_path)
    auth = oauth(store=store)
    store.save(auth.key, text)
    assert raised(auth.status) == (
        *(StoreError, f"What {store!r} keeps under {auth.key} {words}", None, None),
        f"{advice} (in a folder: the file {auth.key}.json).",
        {},
    )


def faces(auth, rejected=None):
    """What both faces get."""
    return auth.fresh(rejected, CONNECTION), asyncio.run(auth.afresh(rejected, CONNECTION))


def test_a_token_that_was_given_is_given_out_even_where_it_is_rejected():
    auth = AccessToken(" 1000.!~ ")
    assert faces(auth) == (Token("1000.!~"),) * 2
    assert faces(auth, Token("1000.!~")) == (Token("1000.!~"),) * 2


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_callable_is_asked_when_a_token_is_needed_and_when_it_is_rejected(kind):
    asked = []

    def source():
        asked.append(1)
        return f" 1000.{len(asked)} "

    async def later():
        return source()

    auth = AccessToken(source if kind == "plain" else later)
    assert asked == []
    assert faces(auth) == (Token("1000.1"),) * 2
    assert auth.fresh(Token("1000.0"), CONNECTION) == Token("1000.1")
    assert auth.fresh(Token("1000.1"), CONNECTION) == Token("1000.2")
    assert asyncio.run(auth.afresh(Token("1000.2"), CONNECTION)) == Token("1000.3")
    assert faces(auth, Token("1000.2")) == (Token("1000.3"),) * 2
    assert auth._ask(Token("1000.2")) == asyncio.run(auth._aask(None)) == Token("1000.3")
    fresh = AccessToken(source if kind == "plain" else later)
    assert asyncio.run(fresh.afresh(None, CONNECTION)) == Token("1000.4")
    assert len(asked) == 4


@pytest.mark.parametrize("value", ["", " ", "two words", "ä", "a\x7f", "a\x1fb", None, 7, b"a"], ids=repr)
def test_what_can_be_no_token_is_refused(value):
    words = "An access token is text without blanks, in ASCII"
    with pytest.raises(UsageError) as caught:
        faces(AccessToken(lambda: value))
    assert caught.value.message == words
    with pytest.raises(UsageError) as caught:
        AccessToken(value)
    assert caught.value.message == words


@pytest.mark.parametrize("error", [LimitReached("x"), RuntimeError("secret")], ids=repr)
def test_what_a_callable_raises_is_ours_or_told_by_its_kind_alone(error):
    def source():
        raise error

    expected = told(error) if isinstance(error, LimitReached) else None
    auth = AccessToken(source)
    for ask in (lambda: auth.fresh(None, CONNECTION), lambda: asyncio.run(auth.afresh(None, CONNECTION))):
        assert raised(ask) == (
            expected
            or (AuthError, "What should give the access token raised RuntimeError", None, None, "", {})
        )


A, B = Token("a"), Token("b")


@pytest.mark.parametrize(
    ("of_turn", "came", "rejected", "got"),
    [
        (None, A, None, A),
        (None, A, A, None),
        (None, A, B, A),
        (A, B, A, B),
        (A, A, A, A),
        (A, A, None, A),
        (A, B, B, None),
        (None, None, None, None),
        (None, None, A, None),
    ],
)
def test_what_one_who_waited_gets(of_turn, came, rejected, got):
    assert _Turn(of_turn, came=came).token_for(rejected) == got


def test_one_who_waited_gets_an_error_of_its_own():
    error = AuthError("x")
    with pytest.raises(AuthError) as caught:
        _Turn(None, came=error).token_for(A)
    assert caught.value is not error
    assert told(caught.value) == told(error)


def wait_for(count, turns):
    while turns._turn is None or len(turns._turn.waiting) < count:
        time.sleep(0.001)


@pytest.mark.parametrize("came", [A, AuthError("no"), NotSent("away"), ValueError("odd")], ids=repr)
def test_those_who_wait_share_what_comes_and_ask_themselves_where_nothing_does(came):
    turns, asked, got = Turns(), [], []

    def fetch():
        asked.append(1)
        if len(asked) == 1:
            wait_for(2, turns)
        if isinstance(came, Exception):
            raise came
        return came

    def take():
        try:
            got.append(turns.take(None, fetch))
        except (AuthError, NotSent, ValueError) as error:
            got.append(error)

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [str(each) for each in got] == [str(came)] * 3
    assert (len(asked) == 1) is not isinstance(came, ValueError)
    assert len({id(each) for each in got}) == (1 if came is A or isinstance(came, ValueError) else 3)
    assert turns.take(None, lambda: B) == B


@pytest.mark.parametrize("came", [A, AuthError("no"), ValueError("odd")], ids=repr)
def test_tasks_that_wait_share_it_as_well_and_one_may_be_cancelled(came):
    turns, asked = Turns(), []

    async def fetch():
        asked.append(1)
        if len(asked) == 1:
            while len(turns._turn.waiting) < 3:
                await asyncio.sleep(0)
            tasks[1].cancel()
            await asyncio.sleep(0)
        if isinstance(came, Exception):
            raise copy(came)
        return came

    async def main():
        tasks.extend(asyncio.create_task(turns.atake(None, fetch)) for _ in range(4))
        return await asyncio.gather(*tasks, return_exceptions=True)

    tasks = []
    got = asyncio.run(main())
    assert isinstance(got.pop(1), asyncio.CancelledError)
    assert [str(each) for each in got] == [str(came)] * 3
    assert len(asked) == (3 if isinstance(came, ValueError) else 1)
    assert asyncio.run(turns.atake(None, fetch_b)) == B


async def fetch_b():
    return B


def test_a_forked_child_waits_for_nobody():
    turns = Turns()
    turns._join(_Turn(None))
    _renew_all()
    assert turns.take(None, lambda: A) == A


@pytest.fixture
def ring(monkeypatch):
    """A keyring that keeps texts in a dict; `raises` is what it raises, if anything."""
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend
    from keyring.errors import PasswordDeleteError

    class Ring(KeyringBackend):
        priority = 1
        raises = None

        def __init__(self):
            super().__init__()
            self.kept = {}

        def get_password(self, service, username):
            if self.raises:
                raise self.raises
            return self.kept.get((service, username))

        def set_password(self, service, username, password):
            self.kept[service, username] = password

        def delete_password(self, service, username):
            if (service, username) not in self.kept:
                raise PasswordDeleteError
            del self.kept[service, username]

    made = Ring()
    before = keyring.get_keyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_keyring_keeps_texts_and_locks_in_files(ring, tmp_path):
    files = FileStore(tmp_path, lock_timeout=0.05)
    store = KeyringStore(files)
    assert repr(store) == "KeyringStore()"
    with store.lock("k"):
        assert store.load("k") is None
        store.save("k", "text")
        assert (store.load("k"), ring.kept) == ("text", {("zcrm", "k"): "text"})
        with pytest.raises(StoreError, match="Another process has held"), files.lock("k"):
            pass
        store.delete("k")
        store.delete("k")
    assert ring.kept == {}


def test_a_keyring_that_does_not_open_says_why(ring, tmp_path, monkeypatch):
    from keyring.errors import KeyringLocked

    store = KeyringStore(FileStore(tmp_path))
    fix = "Unlock it; or keep the sign-in in files: zcrm auth login without --keyring."
    for error, why in ((KeyringLocked("by its owner"), "by its owner"), (KeyringLocked(), "KeyringLocked")):
        ring.raises = error
        words = f"The keyring can't be used: {why}"
        assert raised(store.load, "k") == (StoreError, words, None, None, fix, {})
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert raised(store.load, "k") == (
        *(StoreError, "The keyring takes an extra that is not installed", None, None),
        'pip install "zcrm[keyring]"',
        {},
    )


FACTS = {
    "client_id": "1000.C",
    "client_secret": "s",
    "refresh_token": "r",
    "scopes": ["a", "b"],
    "soid": "Z.1",
    "data_center": "eu",
    "environment": "sandbox",
    "accounts_url": "http://h",
    "api_domain": "http://i",
    "signed_in": "x",
}
PROFILE = Profile(name="shop", **{**FACTS, "scopes": ("a", "b")})
HEAD = {"format": "zcrm profile", "version": 1}


@pytest.fixture
def profiles(tmp_path):
    """Profiles of a folder in which `put` writes some."""
    folder = tmp_path / "config"
    (folder / "profiles").mkdir(parents=True, mode=0o700)
    environ = {}
    made = Profiles(folder, environ)

    def put(name="shop", text=None, **changes):
        path = folder / "profiles" / f"{name}.json"
        path.write_text(json.dumps({**HEAD, **FACTS, **changes}) if text is None else text)
        path.chmod(0o600)

    made.put, made.environ = put, environ
    return made


def test_a_profile_is_read_whole(profiles):
    assert profiles.load("shop") is None
    profiles.put()
    assert profiles.load("shop") == PROFILE
    assert profiles.store(PROFILE) is profiles.tokens
    assert repr(profiles.tokens) == f"FileStore({str(profiles.folder / 'tokens')!r})"
    bare = dict.fromkeys(("refresh_token", "soid", "accounts_url", "api_domain"))
    profiles.put("bare", **{**bare, "refresh_token": "r"})
    assert profiles.load("bare") == Profile(
        name="bare", **{**FACTS, **bare, "refresh_token": "r", "scopes": ("a", "b")}
    )
    profiles.put("own", refresh_token=None)
    assert profiles.load("own").refresh_token is None
    assert repr(Profile(name="n", client_id="C", client_secret="secret", refresh_token="secret")) == (
        "Profile(name='n', client_id='C', scopes=(), soid=None, data_center='us', environment='production', "
        "accounts_url=None, api_domain=None, signed_in='', keyring=False)"
    )


def test_a_profile_signs_in_by_what_it_has():
    auth = PROFILE.oauth(PROCESS)
    assert (
        auth.key
        == OAuth(client_id="1000.C", client_secret="s", refresh_token="r", accounts_url="http://h").key
    )
    assert (auth.data_center, auth.environment) == ("eu", "sandbox")
    own = Profile(name="n", client_id="C", client_secret="s", scopes=("a", "b"), soid="Z.1")
    store = MemoryStore()
    signing = own.oauth(store)
    assert signing.key == OAuth(client_id="C", client_secret="s", scopes=["a", "b"], soid="Z.1").key
    assert signing._keeper._store is store


@pytest.mark.parametrize(
    "changes",
    [
        *({key: 7} for key in FACTS),
        *({key: None} for key in ("client_id", "client_secret", "scopes", "data_center", "signed_in")),
        {"scopes": [7]},
        {"scopes": "a"},
        {"refresh_token": None, "soid": None},
        {"api_domain": "ftp://h"},
    ],
    ids=str,
)
def test_a_profile_that_is_damaged_says_so(profiles, changes):
    profiles.put(**changes)
    path = profiles.folder / "profiles" / "shop.json"
    again = "Delete it and sign in again: zcrm auth login --profile shop"
    assert raised(profiles.load, "shop") == (StoreError, f"{path} is damaged", None, None, again, {})


@pytest.mark.parametrize("key", FACTS)
def test_a_profile_that_lacks_something_is_damaged(profiles, key):
    profiles.put(text=json.dumps({**HEAD, **{each: FACTS[each] for each in FACTS if each != key}}))
    assert raised(profiles.load, "shop")[1].endswith("shop.json is damaged")


def test_a_profile_of_something_else_or_newer_says_so(profiles):
    path = profiles.folder / "profiles" / "shop.json"
    profiles.put(format="other")
    assert raised(profiles.load, "shop") == (
        *(StoreError, f"{path} was written by something else", None, None),
        "Delete it and sign in again: zcrm auth login --profile shop",
        {},
    )
    profiles.put(version=2)
    assert raised(profiles.load, "shop") == (
        *(StoreError, f"{path} was written by a newer zcrm", None, None),
        "Read it with that one, or a newer.",
        {},
    )


def test_a_profile_whose_secrets_are_in_the_keyring(profiles, ring):
    path = profiles.folder / "profiles" / "shop.json"
    kept = {key: FACTS[key] for key in ("client_secret", "refresh_token")}
    profiles.put(text=json.dumps({**HEAD, **FACTS, **dict.fromkeys(kept, "none"), "keyring": True}))
    ring.kept["zcrm", str(path)] = json.dumps({**HEAD, **kept})
    found = profiles.load("shop")
    assert found == Profile(name="shop", **{**FACTS, "scopes": ("a", "b")}, keyring=True)
    assert profiles.store(found) is profiles.keyring
    del ring.kept["zcrm", str(path)]
    assert raised(profiles.load, "shop")[1].endswith("is torn, or was written by something else")
    profiles.put(keyring=False)
    assert profiles.load("shop").keyring is False


def test_names(profiles):
    for name in ("shop", "Office", ".hidden", "con", "a b"):
        profiles.put(name)
    (profiles.folder / "profiles" / "folder.json").mkdir()
    assert profiles.names() == ["Office", "shop"]
    where = profiles.folder / "profiles"
    assert profiles.path("shop") == where / "shop.json"
    assert profiles.path("SHOP") == where / "shop.json"
    assert profiles.path("office") == where / "Office.json"
    assert profiles.path("other") == where / "other.json"
    profiles.put("SHOP")
    assert (profiles.path("shop"), profiles.path("SHOP")) == (where / "shop.json", where / "SHOP.json")
    with pytest.raises(UsageError) as caught:
        profiles.path("con")
    assert caught.value.message == (
        "'con' is no name for a profile: letters, digits, - and _, no name of a device"
    )


def test_whom_a_profile_is_found_for(profiles):
    nobody = "Run zcrm auth login, or set ZCRM_CLIENT_ID, ZCRM_CLIENT_SECRET, ZCRM_REFRESH_TOKEN"
    assert raised(profiles.find) == (
        *(AuthError, "Nobody is signed in", None, None, f"{nobody} in the environment."),
        {},
    )
    assert raised(profiles.find, "shop") == (
        *(UsageError, "There is no profile 'shop'; there is none yet", None, None),
        "zcrm auth login --profile shop",
        {},
    )
    profiles.put("shop")
    assert profiles.find() == profiles.find("shop") == PROFILE
    assert raised(profiles.find, "x")[1] == "There is no profile 'x'; there are shop"
    profiles.put("office")
    several = "There are several profiles (office, shop): say which, with --profile or ZCRM_PROFILE"
    assert raised(profiles.find)[:2] == raised(profiles.find, writes=False)[:2] == (UsageError, several)
    profiles.environ["ZCRM_PROFILE"] = "office"
    assert profiles.find().name == "office"
    assert profiles.find("shop").name == "shop"
    del profiles.environ["ZCRM_PROFILE"]
    profiles.put("default")
    assert profiles.find(writes=False).name == "default"
    assert raised(profiles.find)[1].startswith("There are several profiles (default, office, shop)")


GIVEN = {"ZCRM_CLIENT_ID": "1000.C", "ZCRM_CLIENT_SECRET": "s", "ZCRM_REFRESH_TOKEN": "r"}
MORE = {
    "ZCRM_DATA_CENTER": "eu",
    "ZCRM_ENVIRONMENT": "sandbox",
    "ZCRM_ACCOUNTS_URL": "http://h",
    "ZCRM_API_DOMAIN": "http://i",
}


def test_the_sign_in_of_the_environment(profiles):
    bare = Profile(name="environment", client_id="1000.C", client_secret="s", refresh_token="r")
    assert of_environment(GIVEN) == of_environment({**GIVEN, **dict.fromkeys(MORE, "")}) == bare
    assert of_environment(GIVEN | MORE) == Profile(
        name="environment",
        client_id="1000.C",
        client_secret="s",
        refresh_token="r",
        data_center="eu",
        environment="sandbox",
        accounts_url="http://h",
        api_domain="http://i",
    )
    where = {"ZCRM_CONFIG_DIR": str(profiles.folder)}
    assert raised(of_environment, {**where, "ZCRM_CLIENT_ID": "C"}) == (
        *(UsageError, "Missing in the environment: ZCRM_CLIENT_SECRET, ZCRM_REFRESH_TOKEN", None, None),
        "",
        {},
    )
    profiles.put("shop")
    profiles.put("office")
    assert raised(of_environment, where)[4] == "There are profiles too, for from_profile: office, shop."
    assert Profiles(environ=where).folder == profiles.folder


def test_the_environment_of_the_process_is_the_one_by_default(monkeypatch, tmp_path):
    monkeypatch.setenv("ZCRM_CONFIG_DIR", str(tmp_path / "c"))
    assert Profiles().folder == tmp_path / "c"
    assert Profiles(Path("/x")).folder == Path("/x")
