"""A call as a whole is bounded, in time and in bytes, whatever the other side does."""

import gzip
import json
import threading
import time
import tracemalloc
import zlib

import pytest

from zcrm import Connection, OAuth
from zcrm.auth.stores import MemoryStore
from zcrm.errors import AnswerLost, ConnectionFailed, UsageError
from zcrm.wire.network import Network

CALL = 0.5
TOO_LONG = r"the call took too long \(TimeoutError\)"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CREDENTIALS = {"client_id": "1000.C", "client_secret": "s", "refresh_token": "r"}
TRICKLES = {
    "head": (HEAD + b"X: ", b"x"),
    "headers": (HEAD, b"X: x\r\n"),
    "100": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "body": (HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "until closed": (HEAD + b"Connection: close\r\n\r\n", b" "),
    "nothing": (b"", b""),
}


def within(seconds, kind, words, call):
    begun = time.monotonic()
    with pytest.raises(kind, match=words):
        call()
    assert time.monotonic() - begun < seconds


def trickle(server, connected, of):
    server.read(connected)
    beginning, then = TRICKLES[of]
    connected.sendall(beginning)
    while not server.ending.wait(0.02):
        connected.sendall(then)


@pytest.mark.parametrize("of", TRICKLES)
@pytest.mark.parametrize("way", ["direct", "proxied"])
def test_an_answer_that_trickles(serve, update, of, way):
    server = serve(lambda connected, number: trickle(server, connected, of))
    connection = Connection(call_timeout=CALL, proxy=server.url if way == "proxied" else None)
    url = server.url if way == "direct" else "http://zoho.invalid"
    within(5, AnswerLost, TOO_LONG, lambda: update(url, connection))


@pytest.mark.parametrize("of", ["head", "headers", "100", "103", "nothing"])
def test_a_tunnel_that_trickles_lets_nothing_leave(serve, update, of):
    server = serve(lambda connected, number: trickle(server, connected, of))
    connection = Connection(call_timeout=CALL, proxy=server.url)
    within(5, ConnectionFailed, TOO_LONG, lambda: update("https://zoho.invalid", connection))


def test_a_flood_of_1xx(serve, update):
    def handle(connected, number):
        server.read(connected)
        while not server.ending.is_set():
            connected.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    server = serve(handle)
    within(5, AnswerLost, TOO_LONG, lambda: update(server.url, Connection(call_timeout=CALL)))


def test_a_server_that_takes_nothing(serve, update):
    server = serve(lambda connected, number: server.ending.wait(10))
    row = {"Description": "x" * 40_000_000}
    within(9, AnswerLost, TOO_LONG, lambda: update(server.url, Connection(call_timeout=CALL), row=row))


def test_a_server_that_takes_a_little_at_a_time(serve, update):
    def handle(connected, number):
        while not server.ending.wait(0.02):
            connected.recv(1000)

    server = serve(handle)
    row = {"Description": "x" * 40_000_000}
    within(9, AnswerLost, TOO_LONG, lambda: update(server.url, Connection(call_timeout=CALL), row=row))


def test_tls_that_never_comes_about(serve, update):
    server = serve(lambda connected, number: server.ending.wait(10))
    url = server.url.replace("http", "https")
    within(5, ConnectionFailed, TOO_LONG, lambda: update(url, Connection(call_timeout=CALL)))


@pytest.mark.parametrize("of", TRICKLES)
def test_an_accounts_server_that_trickles_holds_no_thread_and_no_lock(serve, update, of):
    server = serve(lambda connected, number: trickle(server, connected, of))
    auth = OAuth(**CREDENTIALS, accounts_url=server.url, store=MemoryStore())
    connection = Connection(call_timeout=CALL)

    def call():
        within(9, ConnectionFailed, TOO_LONG, lambda: update("http://127.0.0.1:9", connection, auth=auth))

    threads = [threading.Thread(target=call, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert auth.status().recent_tokens >= 1


def test_no_step_lasts_beyond_the_call(serve):
    now = [1000.0]
    waits = []

    def handle(connected, number):
        while connected.recv(1):
            connected.sendall(b"x")

    class Recording(Network):
        def step(self, timeout, take):
            def noted(timeout):
                waits.append(timeout)
                return take(timeout=timeout)

            return super().step(timeout, noted)

    server = serve(handle)
    network = Recording(clock=lambda: now[0])
    network.begin(300)
    stream = network.connect_tcp(host="127.0.0.1", port=server.port, timeout=10)
    for passed in (250, 45, 4.5):
        stream.write(b"x", timeout=120)
        assert stream.read(10, timeout=120) == b"x"
        now[0] += passed
    stream.write(b"x")
    assert stream.read(10) == b"x"
    assert waits == [10, 120, 120, 50, 50, 5, 5, 0.5, 0.5]
    now[0] += 0.5
    for step in (lambda: stream.write(b"x", timeout=120), lambda: stream.read(10, timeout=120)):
        with pytest.raises(TimeoutError):
            step()
    network.begin(300)
    stream.write(b"x", timeout=120)
    assert stream.read(10, timeout=120) == b"x"
    stream.close()


def test_the_defaults():
    assert (Connection().call_timeout, Connection().most_bytes) == (300.0, 64 * 2**20)


@pytest.mark.parametrize("name", ["connect_timeout", "read_timeout", "call_timeout", "most_bytes"])
@pytest.mark.parametrize("number", [0, -1, float("inf"), float("nan"), None, "5"])
def test_numbers_that_bound_nothing_are_refused(name, number):
    with pytest.raises(UsageError, match=name):
        Connection(**{name: number})


MOST = 1_000_000


def packed(size, packing):
    """A whole answer in JSON of `size` bytes, packed so."""
    item = {"code": "SUCCESS", "details": {"id": "1"}, "message": "", "status": "success"}
    bare = json.dumps({"data": [item], "pad": ""}).encode()
    body = bare[:-2] + b"x" * (size - len(bare)) + bare[-2:]
    assert len(body) == size
    return {"": bytes, "gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress}[packing](
        body
    )


@pytest.mark.parametrize("packing", ["", "gzip", "x-gzip", "deflate", "GZip"])
@pytest.mark.parametrize("framing", ["length", "chunked", "until closed"])
@pytest.mark.parametrize("size", [MOST, MOST + 1, 2 * MOST])
def test_an_answer_is_only_so_long_once_unpacked(serve, update, packing, framing, size):
    body = packed(size, packing.lower())

    def handle(connected, number):
        server.read(connected)
        head = HEAD + (f"Content-Encoding: {packing}\r\n".encode() if packing else b"")
        if framing == "length":
            connected.sendall(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        elif framing == "chunked":
            connected.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            for at in range(0, len(body), 50_000):
                piece = body[at : at + 50_000]
                connected.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            connected.sendall(b"0\r\n\r\n")
        else:
            connected.sendall(head + b"Connection: close\r\n\r\n" + body)

    server = serve(handle)
    connection = Connection(most_bytes=MOST)
    if size <= MOST:
        assert update(server.url, connection)[0].ok
    else:
        with pytest.raises(AnswerLost, match="a body of more than 1,000,000 bytes"):
            update(server.url, connection)


def test_a_bomb_costs_no_memory(serve, update):
    body = gzip.compress(b" " * 400_000_000)

    def handle(connected, number):
        server.read(connected)
        connected.sendall(HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        connected.sendall(body)

    server = serve(handle)
    tracemalloc.start()
    try:
        with pytest.raises(AnswerLost, match="more than"):
            update(server.url, Connection(most_bytes=4 * MOST))
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body[:-9],
        lambda body: body[: len(body) // 2],
        lambda body: body + b"more",
        lambda body: body + body,
        lambda body: b"plain" + body,
    ],
    ids=["end missing", "half", "more", "twice", "not packed"],
)
def test_what_can_not_be_unpacked_is_lost(serve, update, spoil):
    body = spoil(packed(1000, "gzip"))

    def handle(connected, number):
        server.read(connected)
        connected.sendall(
            HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )

    server = serve(handle)
    with pytest.raises(AnswerLost, match="can't be unpacked"):
        update(server.url)
