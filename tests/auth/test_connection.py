"""Timeouts, proxies and certificates hold for the API and the accounts server, in threads and tasks."""

import asyncio
import base64
import json
import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from zcrm import AccessToken, AsyncZohoCRM, Connection, OAuth, ZohoCRM
from zcrm.auth.stores import MemoryStore
from zcrm.errors import AnswerLost, ConnectionFailed
from zcrm.retry import NO_RETRY

TOKEN = json.dumps({"access_token": "1000.a", "expires_in": 3600}).encode()
UPDATED = json.dumps(
    {"data": [{"code": "SUCCESS", "details": {"id": "1"}, "message": "record updated", "status": "success"}]}
).encode()
NEEDED = {"client_id": "1000.C", "client_secret": "s", "refresh_token": "r"}


@contextmanager
def serving(context=None):
    """A server that is both of Zoho's, and a proxy as well; `asked` is what its first lines asked for."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            self.server.asked.append(self.path)
            self.server.headers.append(dict(self.headers))
            self.rfile.read(int(self.headers["Content-Length"]))
            body = TOKEN if self.path.endswith("/oauth/v2/token") else UPDATED
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_POST = answer

        def log_message(self, *args):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        server.asked, server.headers = [], []
        server.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def sync(auth, **options):
    with ZohoCRM(auth=auth, retry=NO_RETRY, **options) as crm:
        return crm.records.update_one("Deals", "1", {})


def aio(auth, **options):
    async def main():
        async with AsyncZohoCRM(auth=auth, retry=NO_RETRY, **options) as crm:
            return await crm.records.update_one("Deals", "1", {})

    return asyncio.run(main())


@pytest.fixture(params=[sync, aio])
def update(request):
    return request.param


def signed_in(accounts_url):
    return OAuth(**NEEDED, accounts_url=accounts_url, store=MemoryStore())


def test_the_defaults():
    connection = Connection()
    assert (connection.connect_timeout, connection.read_timeout) == (10.0, 120.0)
    assert (connection.proxy, connection.verify) == (None, True)


def test_a_given_proxy_carries_both(update):
    with serving() as proxy:
        connection = Connection(proxy=proxy.url.replace("://", "://user:word@"))
        auth = signed_in("http://accounts.zoho.invalid")
        assert update(auth, api_domain="http://zoho.invalid", connection=connection).ok
    assert proxy.asked == [
        "http://accounts.zoho.invalid/oauth/v2/token",
        "http://zoho.invalid/crm/v8/Deals/1",
    ]
    secret = base64.b64encode(b"user:word").decode()
    assert [headers["Proxy-Authorization"] for headers in proxy.headers] == [f"Basic {secret}"] * 2


def test_proxies_of_the_environment_carry_both_but_for_those_excepted(update, monkeypatch):
    with serving() as proxy, serving() as direct:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert update(signed_in("http://accounts.zoho.invalid"), api_domain="http://zoho.invalid").ok
        assert update(signed_in(direct.url), api_domain=direct.url).ok
    assert len(proxy.asked) == 2
    assert direct.asked == ["/oauth/v2/token", "/crm/v8/Deals/1"]


@pytest.fixture
def authority(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return authority


@pytest.fixture
def secure(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serving(context) as server:
        yield server


def test_certificates_of_an_authority_of_ones_own(update, secure, tmp_path):
    trusting = Connection(verify=ssl.create_default_context(cafile=tmp_path / "ca.pem"))
    assert update(signed_in(secure.url), api_domain=secure.url, connection=trusting).ok
    assert secure.asked == ["/oauth/v2/token", "/crm/v8/Deals/1"]


def test_the_bundle_that_the_environment_names(update, secure, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert update(signed_in(secure.url), api_domain=secure.url).ok


def test_no_certificates_at_all(update, secure):
    careless = Connection(verify=False)
    assert update(signed_in(secure.url), api_domain=secure.url, connection=careless).ok


def test_an_unknown_authority_is_not_trusted_with_anything(update, secure):
    with pytest.raises(ConnectionFailed, match="ConnectError"):
        update(AccessToken("1000.a"), api_domain=secure.url)
    with pytest.raises(ConnectionFailed, match="ConnectError"):
        update(signed_in(secure.url), api_domain=secure.url)
    assert secure.asked == []


@pytest.fixture
def full():
    """The address of a server that has no room for one more connection, and does not say so."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"
        for one in waiting:
            one.close()


def test_the_time_to_connect(update, full):
    hasty = Connection(connect_timeout=0.2)
    for auth in (AccessToken("1000.a"), signed_in(full)):
        with pytest.raises(ConnectionFailed, match="ConnectTimeout"):
            update(auth, api_domain=full, connection=hasty)


@pytest.fixture
def silent():
    """The address of a server that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_the_time_to_answer(update, silent):
    hasty = Connection(read_timeout=0.2)
    with pytest.raises(AnswerLost, match="ReadTimeout"):
        update(AccessToken("1000.a"), api_domain=silent, connection=hasty)
    with pytest.raises(ConnectionFailed, match="ReadTimeout"):
        update(signed_in(silent), api_domain=silent, connection=hasty)
