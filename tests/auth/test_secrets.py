"""Secrets and what rows say never show: in no log at any level, in no error, in the repr of nothing."""

import asyncio
import json
import logging
import subprocess
import sys
import traceback

import pytest

from zcrm import AccessToken, AsyncZohoCRM, Connection, OAuth, ZohoCRM
from zcrm.auth.application import Application
from zcrm.auth.grants import Given
from zcrm.auth.profiles import Profile
from zcrm.auth.saved import Saved
from zcrm.auth.stores import FileStore, MemoryStore
from zcrm.errors import ZohoError
from zcrm.retry import Retry
from zcrm.wire.calls import Answer
from zcrm.wire.credentials import Token
from zcrm.wire.messages import Request, Response
from zcrm.wire.routes import Routes
from zcrm_api import AuthenticatedClient, Client
from zcrm_api.models import Envelope, RevokeTokenBody
from zcrm_api.types import Response as Parsed

SECRETS = {
    "client_secret": "planted-client-secret",
    "refresh_token": "1000.planted-refresh-token",
    "access_token": "1000.planted-access-token",
    "newer": "1000.planted-newer-refresh-token",
    "code": "1000.planted-grant-code",
    "proxy": "planted-proxy-password",
    "row": "planted-row-value",
}
RETRY = Retry(attempts=2, base=0)


class Shown(logging.Handler):
    """Everything that a test lets out: what all loggers say, and what it shows here."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.texts = []
        self.names = set()

    def see(self, *things):
        self.texts += [thing if isinstance(thing, str) else repr(thing) for thing in things]

    def emit(self, record):
        self.names.add(record.name.partition(".")[0])
        self.texts.append(f"{record.getMessage()} {record.args!r} {record.exc_info!r}")


@pytest.fixture
def shown():
    shown, root = Shown(), logging.getLogger()
    level = root.level
    root.addHandler(shown)
    root.setLevel(logging.DEBUG)
    yield shown
    root.removeHandler(shown)
    root.setLevel(level)
    assert {"zcrm", "asyncio"} <= shown.names
    assert [name for name, secret in SECRETS.items() if secret in "\n".join(shown.texts)] == []


def everything_about(error):
    """What a person, a log or a debugger gets to see of an error, its causes included."""
    parts = ["".join(traceback.format_exception(error)), repr(error), repr(getattr(error, "__dict__", None))]
    while error is not None:
        parts += [str(error), repr(error), repr(error.args)]
        error = error.__cause__ or error.__context__
    return "\n".join(parts)


def fail(auth, url, shown, **options):
    """Let every verb fail on both faces."""
    rows = [{"id": "1", "Description": SECRETS["row"]}, {"id": None, "Description": SECRETS["row"]}]
    with ZohoCRM(auth=auth, api_domain=url, retry=RETRY, **options) as crm:
        updates = crm.records.update("Deals", rows)
        for verb in (
            lambda: list(updates),
            lambda: crm.records.update_one("Deals", "1", rows[0]),
            lambda: crm.appointments.update([{"id": "1", "Cancellation_Note": SECRETS["row"]}]).close(),
            lambda: crm.appointments.cancel("1", note=SECRETS["row"]),
            lambda: crm.mass_update.by_view("Leads", "1", {"City": SECRETS["row"]}),
        ):
            try:
                verb()
            except ZohoError as error:
                shown.see(everything_about(error))
        shown.see(crm, vars(crm), updates, updates.summary, auth, vars(auth))

    async def main():
        async with AsyncZohoCRM(auth=auth, api_domain=url, retry=RETRY, **options) as crm:
            updates = crm.records.update("Deals", rows)
            try:
                async for _ in updates:
                    pass
            except ZohoError as error:
                shown.see(everything_about(error))
            shown.see(crm, vars(crm), updates, updates.summary)

    asyncio.run(main(), debug=True)


def signed_in(accounts, **changes):
    return OAuth(
        client_id="1000.CLIENT",
        client_secret=SECRETS["client_secret"],
        refresh_token=SECRETS["refresh_token"],
        **{"accounts_url": accounts.url, "store": MemoryStore(), **changes},
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "invalid_client"},
        {"error": "invalid_code"},
        {"error_description": "Too many", "error": "Access Denied", "status": "failure"},
        b"<html>",
        {"access_token": SECRETS["access_token"] + "\n"},
        {"access_token": SECRETS["access_token"], "refresh_token": SECRETS["newer"]},
    ],
    ids=["client", "code", "throttle", "html", "bad token", "not accepted"],
)
def test_a_sign_in_that_fails(sim, accounts, shown, tmp_path, answer):
    accounts.say(answer)
    fail(signed_in(accounts, store=FileStore(tmp_path)), sim.url, shown)


def test_a_store_that_makes_no_sense(sim, accounts, shown, tmp_path):
    accounts.say({"access_token": SECRETS["access_token"], "refresh_token": SECRETS["newer"]})
    auth = signed_in(accounts, store=FileStore(tmp_path))
    auth.fresh(None, Connection())
    (path,) = tmp_path.glob("*.json")
    text = path.read_text()
    for spoilt in (text[:-20], json.dumps(json.loads(text) | {"life": SECRETS["access_token"]})):
        path.write_text(spoilt)
        fail(signed_in(accounts, store=FileStore(tmp_path)), sim.url, shown)


@pytest.mark.parametrize(
    "fault", ["drop_before", "drop_after", "cut_body", "server_error", "throttle", "wrong_count"]
)
def test_calls_that_fail(sim, accounts, shown, fault):
    accounts.say({"access_token": SECRETS["access_token"]})
    sim.load("Deals", [{"id": "1"}])
    sim._site.accounts.tokens[SECRETS["access_token"]] = sim._site.accounts.tokens[sim.access_token]
    sim.fault(fault)
    fail(signed_in(accounts), sim.url, shown)
    assert "httpcore" in shown.names


def test_servers_that_are_not_there(accounts, shown):
    accounts.say({"access_token": SECRETS["access_token"]})
    fail(signed_in(accounts), "http://127.0.0.1:9", shown)
    fail(signed_in(accounts, accounts_url="http://127.0.0.1:9"), "http://127.0.0.1:9", shown)


def test_a_proxy_that_is_not_there(accounts, shown):
    connection = Connection(proxy=f"http://user:{SECRETS['proxy']}@127.0.0.1:9")
    shown.see(connection)
    accounts.say({"access_token": SECRETS["access_token"]})
    fail(signed_in(accounts), "https://www.zohoapis.example", shown, connection=connection)


@pytest.mark.parametrize("token", [SECRETS["access_token"], SECRETS["access_token"] + "\r\nX: y"])
def test_a_given_token_that_is_not_accepted(sim, shown, token):
    fail(AccessToken(lambda: token), sim.url, shown)
    try:
        fail(AccessToken(token), sim.url, shown)
    except ZohoError as error:
        shown.see(everything_about(error))


def test_a_grant_code_that_is_refused(sim, accounts, shown):
    fail(AccessToken(SECRETS["access_token"]), sim.url, shown)
    for answer in ({"error": "invalid_code"}, b"<html>", {"access_token": SECRETS["access_token"]}):
        accounts.say(answer)
        with pytest.raises(ZohoError) as caught:
            OAuth.from_grant_code(
                SECRETS["code"],
                client_id="1000.CLIENT",
                client_secret=SECRETS["client_secret"],
                accounts_url=accounts.url,
            )
        shown.see(everything_about(caught.value))


def everything_made(value):
    """A repr of each thing that a sign-in and a call are made of."""
    connection = Connection(proxy=f"http://user:{value}@proxy.example:3128")
    application = Application("1000.C", value, value)
    request = Request("POST", "https://zoho.example", "/", {"Authorization": value}, value.encode())
    token = Token(value, "https://www.zohoapis.com", made=1.0)
    return [
        connection,
        Routes(connection, ())._given,
        application,
        application.grant(None),
        application.grant(value),
        Application("1000.C", value, scope="s", soid="o").grant(None),
        application.exchange(value, None),
        RevokeTokenBody(value),
        Client(base_url="https://zoho.example", headers={"Authorization": value}),
        AuthenticatedClient(base_url="https://zoho.example", token=value),
        Envelope.from_dict({"access_token": value, "refresh_token": value, "data": []}),
        Parsed(status_code=200, content=value.encode(), headers={"Set-Cookie": value}, parsed=None),
        request,
        Response(200, {"set-cookie": value}, value.encode(), {"access_token": value}),
        Answer(200, {"access_token": value}),
        token,
        Given(value, 3600.0, None, "", value),
        Saved(access_token=value, refresh_token=value),
        Profile(name="shop", client_id="1000.C", client_secret=value, refresh_token=value),
        AccessToken(value),
        OAuth(client_id="1000.C", client_secret=value, refresh_token=value),
    ]


def test_nothing_that_is_made_of_secrets_shows_them():
    shown = {type(thing).__name__: repr(thing) for thing in everything_made("planted-secret")}
    assert [name for name, text in shown.items() if "planted" in text] == []


def test_help_shows_no_environment(monkeypatch):
    monkeypatch.setenv("PLANTED", "planted-secret")
    script = """
import io, pydoc, zcrm
from zcrm.auth import profiles
from zcrm.cli import signin
for thing in (zcrm.ZohoCRM, zcrm.AsyncZohoCRM, zcrm.ZohoCRM.from_env, zcrm.OAuth, profiles, signin):
    print(pydoc.render_doc(thing))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "from_env" in done.stdout
    assert "planted" not in done.stdout
