"""An access token goes to Zoho's API servers and to those that the caller named, and nowhere else."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from zcrm import AccessToken, AsyncZohoCRM, Connection, OAuth, ZohoCRM
from zcrm.auth.places import api_domain
from zcrm.auth.stores import FileStore, MemoryStore
from zcrm.errors import AuthError, UsageError, ZohoError
from zcrm.retry import NO_RETRY
from zcrm.simulator import Simulator
from zcrm_api.servers import API_SERVERS

CREDENTIALS = {"client_id": "1000.C", "client_secret": "s", "refresh_token": "r"}


@pytest.fixture
def elsewhere():
    """A server that nobody should send a token to; `asked` is what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            asked.append(self.headers["Authorization"])
            self.send_error(404)

        def log_message(self, *args):
            pass

    asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked, server.url = asked, f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def sync(**options):
    with ZohoCRM(**options) as crm:
        return crm.records.update_one("Deals", "1", {})


def aio(**options):
    async def main():
        async with AsyncZohoCRM(**options) as crm:
            return await crm.records.update_one("Deals", "1", {})

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("answered", "host"),
    [
        ("https://evil.example", "evil.example"),
        ("https://www.zohoapis.com.evil.example", "evil.example"),
        ("https://www.zohoapis.com@evil.example", "evil.example"),
        ("https://evil.example/www.zohoapis.com", "evil.example"),
        ("https://evil.example#@www.zohoapis.com", "evil.example"),
        ("https://user@www.zohoapis.com", "www.zohoapis.com"),
        ("https://www.zohoapis.com:8443", "www.zohoapis.com:8443"),
        ("http://www.zohoapis.com", "http://www.zohoapis.com"),
        ("https://api.zoho.eu", "api.zoho.eu"),
        ("https://zohoapis.com", "zohoapis.com"),
        ("https://accounts.zoho.com", "accounts.zoho.com"),
    ],
)
@pytest.mark.parametrize("update", [sync, aio])
def test_a_token_answer_leads_to_no_server_that_is_not_known(accounts, update, answered, host):
    accounts.say({"access_token": "1000.a", "api_domain": answered, "expires_in": 3600})
    auth = OAuth(**CREDENTIALS, accounts_url=accounts.url, store=MemoryStore())
    for _ in range(2):
        with pytest.raises(AuthError, match="no API server that zcrm knows") as caught:
            update(auth=auth)
        assert host in caught.value.message
        assert "api_domain" in caught.value.fix
    assert auth.status().api_domain is None
    assert len(accounts.forms) == 1


def test_not_even_where_a_store_says_so(accounts, elsewhere, tmp_path):
    accounts.say({"access_token": "1000.a", "api_domain": "https://www.zohoapis.com", "expires_in": 3600})
    OAuth(**CREDENTIALS, accounts_url=accounts.url, store=FileStore(tmp_path)).fresh(None, Connection())
    (path,) = tmp_path.glob("*.json")
    path.write_text(path.read_text().replace("https://www.zohoapis.com", "https://evil.example"))
    auth = OAuth(**CREDENTIALS, accounts_url=accounts.url, store=FileStore(tmp_path))
    with pytest.raises(AuthError, match=r"evil\.example"):
        sync(auth=auth)


def test_what_the_caller_named_is_gone_to_whatever_the_answer_says(accounts, elsewhere):
    accounts.say({"access_token": "1000.a", "api_domain": "https://evil.example", "expires_in": 3600})
    auth = OAuth(**CREDENTIALS, accounts_url=accounts.url, store=MemoryStore())
    with pytest.raises(ZohoError):
        sync(auth=auth, api_domain=elsewhere.url, retry=NO_RETRY)
    assert elsewhere.asked == ["Zoho-oauthtoken 1000.a"]


@pytest.mark.parametrize(
    ("accounts_url", "answered", "known"),
    [
        ("https://accounts.zoho.com", "https://WWW.zohoapis.eu/", True),
        ("https://accounts.zoho.com", "http://127.0.0.1:8765", False),
        ("http://127.0.0.1:1", "http://127.0.0.1:8765", True),
        ("http://127.0.0.1:1", "https://127.0.0.1", True),
        ("http://localhost:1", "http://127.0.0.1:8765", True),
        ("http://[::1]:1", "http://localhost:8765", True),
        ("http://127.0.0.1:1", "http://127.0.0.2:8765", False),
        ("https://zoho.corp.example", "https://zoho.corp.example:8443", True),
        ("https://zoho.corp.example", "http://zoho.corp.example", False),
        ("https://zoho.corp.example", "https://user@zoho.corp.example", False),
        ("https://zoho.corp.example", "https://corp.example", False),
    ],
)
def test_the_host_of_an_accounts_server_that_the_caller_named_is_known(accounts_url, answered, known):
    assert api_domain(answered, "production", accounts_url)[1] is known


def test_every_api_server_of_zohos_is_known():
    for servers in API_SERVERS.values():
        for environment, server in servers.items():
            for answered in servers.values():
                assert api_domain(answered, environment, "https://accounts.zoho.com") == (server, True)


@pytest.mark.parametrize(
    "answered", [None, "", 17, [], "api.zoho.eu", "ftp://www.zohoapis.com", "https://[", "//x"]
)
def test_what_is_no_address_moves_nothing(answered):
    assert api_domain(answered, "production", "https://accounts.zoho.com") == (None, True)


@pytest.mark.parametrize(
    "address",
    ["https://user:hunter2@h", "https://user@h", "https://h?x=1", "https://h/#x", "https://h:99999"],
)
def test_addresses_that_the_caller_may_not_name(address):
    for make in (
        lambda: ZohoCRM(auth=AccessToken("x"), api_domain=address),
        lambda: OAuth(**CREDENTIALS, accounts_url=address),
    ):
        with pytest.raises(UsageError) as caught:
            make()
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("update", [sync, aio])
def test_a_token_that_the_server_renews_with_the_same_text_is_accepted(tmp_path, update):
    """As by a simulator that is started again: by its seed it gives the tokens that it gave before."""
    texts = []
    for _ in range(2):
        with Simulator(port=texts[0][0] if texts else 0, seed=7) as sim:
            sim.load("Deals", [{"id": "1"}])
            auth = OAuth(
                client_id=sim.client_id,
                client_secret=sim.client_secret,
                refresh_token=sim.refresh_token,
                accounts_url=sim.accounts_url,
                store=FileStore(tmp_path),
            )
            assert update(auth=auth).ok
            texts.append((int(sim.url.rpartition(":")[2]), auth.fresh(None, Connection()).value))
            assert sim.ledger.calls("create_token") == 1
    assert texts[0] == texts[1]


def test_it_is_accepted_once(accounts, sim):
    accounts.say({"access_token": "1000.dead", "expires_in": 3600})
    auth = OAuth(**CREDENTIALS, accounts_url=accounts.url, store=MemoryStore())
    with ZohoCRM(auth=auth, api_domain=sim.url) as crm, pytest.raises(AuthError) as caught:
        crm.records.update_one("Deals", "1", {})
    assert caught.value.code == "INVALID_TOKEN"
    assert (len(accounts.forms), len(sim.ledger.requests)) == (2, 2)
