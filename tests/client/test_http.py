"""The room that knows httpx: what is written, what is read, what becomes of trouble."""

import asyncio
import gzip
import json
import pickle
import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import orjson
import pytest

from zcrm import AccessToken, AsyncZohoCRM, Connection, ZohoCRM
from zcrm.engine.drivers import AsyncDriver, Driver
from zcrm.engine.gate import LocalGate
from zcrm.errors import AnswerLost, ConnectionFailed, RowsNotUpdated, UsageError, WaitTimeout, ZohoError
from zcrm.retry import NO_RETRY, Retry


@pytest.fixture
def server():
    """A server that answers every request with `server.answer`, and keeps what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self):
            self.server.peers.add(self.client_address)
            self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.headers.append(dict(self.headers))
            status, content_type, body, *more = self.server.answer
            self.send_response(status)
            for name, value in {"Content-Type": content_type, **dict(*more)}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = self.server.hangs_up

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.bodies, server.headers, server.peers, server.hangs_up = [], [], set(), False
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(params=["direct", "proxied"])
def through(request, monkeypatch):
    """A connection carried by each transport in turn."""
    if request.param == "proxied":
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Connection(connect_timeout=2, read_timeout=2)


SUCCESS = json.dumps(
    {"data": [{"code": "SUCCESS", "details": {"id": "1"}, "message": "record updated", "status": "success"}]}
).encode()


def test_what_a_request_looks_like(server):
    server.answer = (200, "application/json", SUCCESS)
    with ZohoCRM(auth=AccessToken("token"), api_domain=server.url) as crm:
        crm.records.update_one(
            "Deals",
            "1",
            {"Amount": Decimal("12345678901234567.89")},
            triggers=(),
            skip_features=["cadences"],
            apply_features=["layout_rules"],
            if_unmodified_since="2026-01-02T03:04:05+05:30",
        )
    assert server.bodies == [
        b'{"data":[{"Amount":12345678901234567.89,"id":"1"}],"trigger":[],'
        b'"skip_feature_execution":[{"name":"cadences"}],"apply_feature_execution":[{"name":"layout_rules"}]}'
    ]
    (headers,) = server.headers
    assert headers["Authorization"] == "Zoho-oauthtoken token"
    assert headers["Content-Type"] == "application/json"
    assert headers["If-Unmodified-Since"] == "2026-01-02T03:04:05+05:30"


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/html", b"<html>OK</html>"),
        (200, "application/json", b'{"data": ['),
        (200, "application/json", b"[]"),
        (200, "application/json", b"null"),
        (302, "text/html", b"<html>moved</html>"),
        (502, "text/html", b"<html>Bad Gateway</html>"),
        (520, "text/html", b"<html>Unknown Error</html>"),
        (500, "application/json", b'{"code":"INTERNAL_ERROR","details":{},"message":"","status":"error"}'),
    ],
    ids=["html", "cut", "list", "null", "302", "502", "520", "500"],
)
def test_an_answer_that_is_none_is_a_lost_one(server, answer):
    server.answer = answer
    with (
        ZohoCRM(auth=AccessToken("token"), api_domain=server.url, retry=NO_RETRY) as crm,
        pytest.raises(AnswerLost),
    ):
        crm.records.update_one("Deals", "1", {})

    async def main():
        async with AsyncZohoCRM(auth=AccessToken("token"), api_domain=server.url, retry=NO_RETRY) as crm:
            await crm.records.update_one("Deals", "1", {})

    with pytest.raises(AnswerLost):
        asyncio.run(main())


def test_a_read_that_times_out_on_a_write_is_a_lost_answer(sim, deals):
    ids = deals(1)
    sim.fault("slow", seconds=5)
    connection = Connection(read_timeout=0.1)
    auth = AccessToken(sim.access_token)
    with (
        ZohoCRM(auth=auth, api_domain=sim.url, connection=connection, retry=NO_RETRY) as crm,
        pytest.raises(AnswerLost, match="ReadTimeout"),
    ):
        crm.records.update_one("Deals", ids[0], {})


def test_as_long_as_the_header_asks_is_waited(sim, deals, through):
    (record_id,) = deals(1)
    options = {"api_domain": sim.url, "connection": through}
    auth = AccessToken(sim.access_token)
    slept = []

    async def asleep(seconds, stop):
        slept.append(seconds)

    async def main():
        async with AsyncZohoCRM(auth=auth, driver=AsyncDriver(LocalGate(1), sleep=asleep), **options) as crm:
            await crm.records.update_one("Deals", record_id, {})

    sim.fault("throttle", times=[1, 3], retry_after=7)
    driver = Driver(LocalGate(1), sleep=lambda seconds, stop: slept.append(seconds))
    with ZohoCRM(auth=auth, driver=driver, **options) as crm:
        crm.records.update_one("Deals", record_id, {})
    asyncio.run(main())
    assert slept == [7.0, 7.0]


def test_a_server_that_is_not_there():
    with (
        ZohoCRM(auth=AccessToken("token"), api_domain="http://127.0.0.1:9", retry=Retry(2, base=0)) as crm,
        pytest.raises(ConnectionFailed),
    ):
        crm.records.update_one("Deals", "1", {})


def test_proxies_of_the_environment_and_given_ones_are_used(server, monkeypatch):
    server.answer = (200, "application/json", SUCCESS)
    with ZohoCRM(
        auth=AccessToken("token"), api_domain="http://zoho.invalid", connection=Connection(proxy=server.url)
    ) as crm:
        assert crm.records.update_one("Deals", "1", {}).ok
    monkeypatch.setenv("HTTP_PROXY", server.url)
    with ZohoCRM(auth=AccessToken("token"), api_domain="http://zoho.invalid") as crm:
        assert crm.records.update_one("Deals", "1", {}).ok


def test_every_transport_sends_and_reads_the_same(server, through):
    server.answer = (200, "application/json", gzip.compress(SUCCESS), {"Content-Encoding": "gzip"})
    options = {"auth": AccessToken("token"), "api_domain": server.url, "connection": through}

    async def main():
        async with AsyncZohoCRM(**options) as crm:
            return [await crm.records.update_one("Deals", "1", {"Stage": "Won"}) for _ in range(2)]

    with ZohoCRM(**options) as crm:
        outcomes = [crm.records.update_one("Deals", "1", {"Stage": "Won"}) for _ in range(2)]
    assert [outcome.details for outcome in outcomes + asyncio.run(main())] == [{"id": "1"}] * 4
    assert server.bodies == [b'{"data":[{"Stage":"Won","id":"1"}]}'] * 4
    for headers in server.headers:
        assert headers["Authorization"] == "Zoho-oauthtoken token"
        assert headers["Content-Type"] == "application/json"
        assert headers["Host"] == server.url.removeprefix("http://")


def test_content_that_is_not_what_its_encoding_says_is_a_lost_answer(server, through):
    server.answer = (200, "application/json", SUCCESS, {"Content-Encoding": "gzip"})
    options = {"api_domain": server.url, "connection": through, "retry": NO_RETRY}
    with ZohoCRM(auth=AccessToken("token"), **options) as crm, pytest.raises(AnswerLost):
        crm.records.update_one("Deals", "1", {})


def test_a_connection_is_used_again_until_it_breaks(server, sim, deals, through):
    server.answer = (200, "application/json", SUCCESS)
    with ZohoCRM(auth=AccessToken("token"), api_domain=server.url, connection=through) as crm:
        for _ in range(3):
            crm.records.update_one("Deals", "1", {})
    assert len(server.peers) == 1

    (record_id,) = deals(1)
    auth = AccessToken(sim.access_token)
    with ZohoCRM(auth=auth, api_domain=sim.url, connection=through, retry=NO_RETRY) as crm:
        assert crm.records.update_one("Deals", record_id, {}).ok
        sim.fault("cut_body", times=[1])
        with pytest.raises(AnswerLost):
            crm.records.update_one("Deals", record_id, {})
        assert crm.records.update_one("Deals", record_id, {}).ok


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(server, through):
    server.answer = (200, "application/json", SUCCESS)
    server.hangs_up = True
    options = {"auth": AccessToken("token"), "api_domain": server.url, "connection": through}

    async def main():
        async with AsyncZohoCRM(**options, retry=NO_RETRY) as crm:
            for _ in range(3):
                assert (await crm.records.update_one("Deals", "1", {})).ok
                await asyncio.sleep(0.1)

    with ZohoCRM(**options, retry=NO_RETRY) as crm:
        for _ in range(3):
            assert crm.records.update_one("Deals", "1", {}).ok
            time.sleep(0.1)
    asyncio.run(main())
    assert len(server.peers) == 6


def test_no_proxy_is_honoured(server, monkeypatch):
    server.answer = (200, "application/json", SUCCESS)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with (
        ZohoCRM(auth=AccessToken("token"), api_domain=server.url, retry=NO_RETRY) as crm,
        pytest.raises(ConnectionFailed),
    ):
        crm.records.update_one("Deals", "1", {})
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ZohoCRM(auth=AccessToken("token"), api_domain=server.url) as crm:
        assert crm.records.update_one("Deals", "1", {}).ok


def test_a_closed_client_sends_nothing(server):
    crm = ZohoCRM(auth=AccessToken("token"), api_domain=server.url)
    crm.close()
    rows = [{"id": "1", "Stage": "Won"}, {"id": "2", "Stage": "Won"}]
    updates = crm.records.update("Deals", rows)
    with pytest.raises(UsageError, match="closed"):
        list(updates)
    assert (updates.summary.states["unsent"], updates.summary.credits) == (2, 0)
    assert server.bodies == []


def test_no_httpx_exception_or_type_gets_out(server):
    server.answer = (
        403,
        "application/json",
        b'{"code":"NO_PERMISSION","details":{},"message":"no","status":"error"}',
    )
    with ZohoCRM(auth=AccessToken("token"), api_domain=server.url) as crm, pytest.raises(ZohoError) as caught:
        crm.records.update_one("Deals", "1", {})
    assert not isinstance(caught.value, httpx.HTTPError)
    assert (caught.value.code, caught.value.http_status, caught.value.message) == ("NO_PERMISSION", 403, "no")


def test_what_orjson_does_with_values_that_zcrm_therefore_checks_first():
    assert orjson.dumps({"A": float("nan")}) == b'{"A":null}'
    with pytest.raises(TypeError):
        orjson.dumps(Decimal("1"))
    with pytest.raises(TypeError):
        orjson.dumps(2**64)


@pytest.mark.parametrize(
    "error",
    [
        ZohoError("no", code="NO", details={"a": 1}, http_status=400, fix="do"),
        WaitTimeout("late", status="RUNNING"),
        RowsNotUpdated("1 rejected", summary=None),
    ],
)
def test_errors_survive_pickling(error):
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.__dict__) == (type(error), str(error), error.__dict__)
