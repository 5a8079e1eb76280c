"""Which way a call takes, and which secrets it shows on it: none."""

import base64
import logging
import os
import ssl
import sys

import httpcore
import pytest

from zcrm import AccessToken, Connection, OAuth, ZohoCRM
from zcrm.auth.stores import MemoryStore
from zcrm.errors import ConnectionFailed, UsageError
from zcrm.wire.certificates import certificates
from zcrm.wire.routes import Routes

VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def no_proxies_from_outside(monkeypatch):
    for name in (*VARIABLES, "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(serve, answer):
    """A server of Zoho's; as a proxy it answers for others."""

    def handle(connected, number):
        while True:
            server.read(connected)
            connected.sendall(answer(number))

    server = serve(handle)
    return server


def way(url, **settings):
    """The proxy on the way to an address, as host and port; None where it is straight."""
    routes = Routes(Connection(**settings), ())
    parts = httpcore.URL(url)
    proxy = routes.proxy(parts.origin)
    return proxy and f"{proxy.url.host.decode()}:{proxy.url.origin.port}"


def test_no_proxy_alone_means_straight(server, update, monkeypatch):
    for value in ("127.0.0.1", "localhost", "*", "zoho.com", ""):
        monkeypatch.setenv("NO_PROXY", value)
        assert update(server.url)[0].ok


@pytest.mark.parametrize(
    ("excepted", "host", "straight"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.0/8", "127.0.0.2", True),
        ("127.0.0.1/8", "127.0.0.2", True),
        ("10.0.0.0/8", "127.0.0.1", False),
        ("127.0.0.1:8080", "127.0.0.1:8080", True),
        ("127.0.0.1:8080", "127.0.0.1:8081", False),
        ("::1", "[::1]", True),
        ("[::1]", "[::1]", True),
        ("[::1]", "[::1]:8080", True),
        ("[::1]:8080", "[::1]:8080", True),
        ("[::1]:8080", "[::1]:8081", False),
        ("0:0:0:0:0:0:0:1", "[::1]", True),
        ("::1", "[::2]", False),
        ("fd07::/64", "[fd07::5]", True),
        ("[fd07::]/64", "[fd07::5]", True),
        ("fd07::/64", "[fd08::5]", False),
        ("fd07::/64", "127.0.0.1", False),
        ("zoho.example", "zoho.example", True),
        ("ZOHO.example", "zoho.EXAMPLE", True),
        ("zoho.example", "www.zoho.example", True),
        (".zoho.example", "www.zoho.example", True),
        ("zoho.example", "myzoho.example", False),
        ("a.example, zoho.example ,b", "zoho.example", True),
        ("*", "zoho.example", True),
        ("a.example,*", "zoho.example", True),
        ("*", "[::1]", True),
        ("", "zoho.example", False),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_exceptions(monkeypatch, scheme, excepted, host, straight):
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", excepted)
    assert way(f"{scheme}://{host}") == (None if straight else "proxy.example:3128")


def test_the_scheme_decides_and_a_given_proxy_goes_before_all(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://all.example")
    monkeypatch.setenv("NO_PROXY", "excepted.example")
    assert way("https://a.example") == way("http://a.example") == "all.example:80"
    monkeypatch.setenv("HTTPS_PROXY", "https://secure.example")
    monkeypatch.setenv("HTTP_PROXY", "plain.example:3128")
    assert way("https://a.example") == "secure.example:443"
    assert way("http://a.example") == "plain.example:3128"
    assert way("http://excepted.example", proxy="http://given.example:1") == "given.example:1"
    assert way("https://a.example", proxy="given.example:1") == "given.example:1"


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://h:1",
        "socks4://h:1",
        "socks://h:1",
        "quic://h",
        "http://",
        "http://h:99999",
        "http://user:word@",
    ],
)
def test_a_proxy_that_can_be_none_is_refused_by_its_name(server, monkeypatch, variable, proxy):
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(UsageError, match=variable) as caught:
        ZohoCRM(auth=AccessToken("token"), api_domain="https://zoho.example")
    assert "word" not in str(caught.value)
    monkeypatch.delenv(variable)
    with pytest.raises(UsageError, match=r"Connection\(proxy=…\)"):
        ZohoCRM(auth=AccessToken("token"), api_domain=server.url, connection=Connection(proxy=proxy))
    monkeypatch.setenv(variable, proxy)
    monkeypatch.setenv("NO_PROXY", "*")
    ZohoCRM(auth=AccessToken("token"), api_domain=server.url).close()


def test_a_bad_proxy_stops_a_sign_in_as_well(monkeypatch):
    auth = OAuth(
        client_id="1000.C",
        client_secret="s",
        refresh_token="r",
        accounts_url="http://accounts.example",
        store=MemoryStore(),
    )
    monkeypatch.setenv("HTTP_PROXY", "gopher://h")
    with pytest.raises(UsageError, match="HTTP_PROXY"):
        auth.sign_in()


def socks(server, answer, *, password=None):
    """Speaks as much SOCKS 5 as it takes, then answers for whoever is asked for."""

    def handle(connected, number):
        methods = connected.recv(100)
        if password is None:
            assert 0 in methods[2:]
            connected.sendall(b"\x05\x00")
        else:
            assert 2 in methods[2:]
            connected.sendall(b"\x05\x02")
            right = connected.recv(100) == b"\x01\x04user" + bytes([len(password)]) + password
            connected.sendall(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                return
        asked = connected.recv(300)
        server().requests.append(asked[5 : 5 + asked[4]])
        connected.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        while True:
            server().read(connected)
            connected.sendall(answer(number))

    return handle


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("source", ["given", "environment"])
def test_socks(serve, answer, update, monkeypatch, scheme, source):
    server = serve(socks(lambda: server, answer))
    proxy = server.url.replace("http", scheme)
    if source == "environment":
        monkeypatch.setenv("ALL_PROXY", proxy)
    connection = Connection(proxy=proxy if source == "given" else None)
    assert [outcome.ok for outcome in update("http://zoho.example", connection, calls=2)] == [True] * 2
    assert server.requests[0] == b"zoho.example"
    assert server.connections == 1


def test_what_a_proxy_is_told_is_in_no_log(serve, answer, update, caplog):
    server = serve(socks(lambda: server, answer, password=b"planted-word"))
    proxy = server.url.replace("http://", "socks5://user:planted-word@")
    with caplog.at_level(logging.DEBUG):
        assert update("http://zoho.example", Connection(proxy=proxy))[0].ok
        with pytest.raises(ConnectionFailed, match="the proxy did not let it through"):
            update("http://zoho.example", Connection(proxy=proxy.replace("word@", "wrong@")))
    assert "setup_socks5_connection" in caplog.text
    assert "planted" not in caplog.text


def test_socks_names_its_extra_when_that_is_missing(server, update, monkeypatch):
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(UsageError, match=r'ALL_PROXY: SOCKS takes an extra: pip install "zcrm\[socks\]"'):
        update("https://zoho.example")
    with pytest.raises(UsageError, match=r"Connection\(proxy=…\): SOCKS takes an extra"):
        update("https://zoho.example", Connection(proxy="socks5h://127.0.0.1:9"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert update(server.url)[0].ok


def test_a_secure_proxy_is_checked_by_the_same_certificates(serve, answer, update, tls, ca_file):
    def handle(connected, number):
        while True:
            server.read(connected)
            connected.sendall(answer(number))

    server = serve(handle, tls)
    trusting = ssl.create_default_context(cafile=ca_file)
    assert update("http://zoho.example", Connection(proxy=server.url, verify=trusting))[0].ok
    with pytest.raises(ConnectionFailed, match="certificate is not trusted"):
        update("http://zoho.example", Connection(proxy=server.url))


def test_a_tunnel(serve, answer, update, tls, ca_file):
    def handle(connected, number):
        server.read(connected)
        connected.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with tls.wrap_socket(connected, server_side=True) as inner:
            while True:
                server.read(inner)
                inner.sendall(answer(number))

    server = serve(handle)
    proxy = server.url.replace("://", "://us%40er:w%3Aord@")
    trusting = ssl.create_default_context(cafile=ca_file)
    assert update("https://127.0.0.1:1", Connection(proxy=proxy, verify=trusting), calls=2)[1].ok
    connect, *rest = server.requests
    assert connect.startswith(b"CONNECT 127.0.0.1:1 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"us@er:w:ord") in connect
    assert [b"Proxy-Authorization" in request for request in rest] == [False, False]


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"])
def test_a_tunnel_that_is_refused_lets_nothing_leave(serve, update, status):
    def handle(connected, number):
        server.read(connected)
        connected.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    server = serve(handle)
    words = rf"zoho\.example through the proxy 127\.0\.0\.1: the proxy did not let it through: {status}"
    with pytest.raises(ConnectionFailed, match=words):
        update("https://zoho.example", Connection(proxy=server.url))


def test_a_proxy_that_wants_a_password(serve, update):
    def handle(connected, number):
        server.read(connected)
        connected.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    server = serve(handle)
    words = r"zoho\.example through the proxy 127\.0\.0\.1: the proxy wants a user and a password \(407\)"
    with pytest.raises(ConnectionFailed, match=words):
        update("http://zoho.example", Connection(proxy=server.url))


def test_certificates_that_are_not_there(server, monkeypatch, tmp_path, ca_file):
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "odd.pem").write_text("-----BEGIN CERTIFICATE-----\nodd\n-----END CERTIFICATE-----\n")
    for variable, path in (
        ("SSL_CERT_FILE", tmp_path / "nothing.pem"),
        ("SSL_CERT_FILE", tmp_path),
        ("SSL_CERT_FILE", tmp_path / "empty.pem"),
        ("SSL_CERT_FILE", tmp_path / "odd.pem"),
        ("SSL_CERT_DIR", tmp_path / "nothing"),
        ("SSL_CERT_DIR", tmp_path / "empty.pem"),
    ):
        monkeypatch.setenv(variable, str(path))
        with pytest.raises(UsageError, match=variable):
            ZohoCRM(auth=AccessToken("token"), api_domain=server.url)
        ZohoCRM(auth=AccessToken("t"), api_domain=server.url, connection=Connection(verify=False)).close()
        monkeypatch.delenv(variable)
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'nothing'}:{tmp_path}")
    assert certificates(Connection()).verify_mode is ssl.CERT_REQUIRED


@pytest.fixture
def plain(serve):
    return serve(lambda connected, number: connected.sendall(b"hello\r\n" * 100))


@pytest.fixture
def untrusted(serve, tls):
    return serve(lambda connected, number: None, tls)


def test_what_happened_is_said(update, plain, untrusted, full):
    secure = plain.url.replace("http:", "https:")
    for url, words in (
        ("http://zoho.invalid", r"zoho\.invalid: no such host is known: .* \(ConnectError\)"),
        ("http://a..b", r"a\.\.b: no such host is known"),
        (NOWHERE, r"127\.0\.0\.1: the connection was refused: .* \(ConnectError\)"),
        ("http://localhost:9", r"localhost: the connection was refused: .* \(ConnectError\)"),
        (untrusted.url, r"127\.0\.0\.1: its certificate is not trusted: .*self-signed|unable to get"),
        (secure, r"127\.0\.0\.1: TLS failed: .*WRONG_VERSION_NUMBER"),
        (full, r"127\.0\.0\.1: no connection in time.* \(ConnectTimeout\)"),
    ):
        with pytest.raises(ConnectionFailed, match=words):
            update(url, Connection(connect_timeout=0.5))
    with pytest.raises(ConnectionFailed, match=r"through the proxy zoho\.invalid: no such host is known"):
        update("https://zoho.example", Connection(proxy="http://zoho.invalid:3128"))


class Kind:
    """Stands for a kind of httpcore's connections; knows what it was made of."""

    def __init__(self, *given, **options):
        self.given, self.options = given, options

    def create_connection(self, origin):
        self.origin = origin
        return self


class Straight(Kind):
    pass


class Http(Kind):
    pass


class Socks(Kind):
    pass


@pytest.mark.parametrize(
    ("proxy", "kind", "auth"),
    [
        ("http://p.example:3128", Http, None),
        ("https://us:w@p.example", Http, (b"us", b"w")),
        ("socks5://us@p.example", Socks, (b"us", b"")),
        ("socks5h://p.example", Socks, None),
    ],
)
def test_what_a_way_is_made_of(proxy, kind, auth, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "gopher://nothing")
    context = ssl.create_default_context()
    network = httpcore.SyncBackend()
    there = httpcore.Origin(b"http", b"zoho.example", 80)
    options = {"ssl_context": context, "keepalive_expiry": 5.0, "network_backend": network}
    routes = Routes(Connection(verify=context, proxy=proxy), (Straight, Http, Socks), network)
    made = routes.connection(there)
    assert type(made) is kind
    assert bytes(made.given[0]) == f"{proxy.replace('us:w@', '').replace('us@', '')}/".encode()
    assert made.given[1:] == (auth,)
    assert made.options == options | ({"proxy_ssl_context": context} if proxy.startswith("https") else {})
    assert made.origin == there
    assert "auth" not in repr(routes.proxy(there))
    assert repr(routes.proxy(there)).endswith("source='Connection(proxy=…)')")
    monkeypatch.delenv("HTTP_PROXY")
    straight = Routes(Connection(verify=context), (Straight, Http, Socks), network).connection(there)
    assert (type(straight), straight.given, straight.options) == (Straight, (there,), options)


def test_what_a_way_is_called(monkeypatch):
    there = httpcore.Origin(b"https", b"zoho.example", 443)
    assert Routes(Connection(), ()).place(there) == "zoho.example"
    monkeypatch.setenv("HTTPS_PROXY", "p.example:1")
    assert Routes(Connection(), ()).place(there) == "zoho.example through the proxy p.example"


def test_certificates_are_read_anew_when_they_were_changed_and_shared_until_then(
    monkeypatch, tmp_path, ca_file
):
    own = ssl.create_default_context()
    assert certificates(Connection(verify=own)) is own
    monkeypatch.setenv("SSL_CERT_FILE", "")
    usual = certificates(Connection())
    assert certificates(Connection()) is usual
    file = tmp_path / "ca.pem"
    file.write_bytes(ca_file.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    trusting = certificates(Connection())
    assert len(trusting.get_ca_certs()) == 1
    assert certificates(Connection()) is trusting
    os.utime(file, (1, 1))
    assert certificates(Connection()) is not trusting
    assert certificates(Connection(verify=False)).verify_mode is ssl.CERT_NONE
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nothing.pem"))
    with pytest.raises(UsageError) as caught:
        certificates(Connection())
    assert certificates(Connection(verify=own)) is own
    assert caught.value.message == f"SSL_CERT_FILE names {tmp_path / 'nothing.pem'}, which is not there"
    (tmp_path / "empty.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "empty.pem"))
    with pytest.raises(UsageError, match=r"^SSL_CERT_FILE can't be used: "):
        certificates(Connection())
