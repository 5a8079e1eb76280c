"""A connection on which something came that nobody asked for is not used: no stale answer is believed."""

import ssl
import threading
import time

import pytest

from zcrm import Connection

UNDERWAY = 0.05
"""Seconds after which what was sent on this machine has come in."""


@pytest.fixture(params=["plain", "tls", "proxy", "tunnel"])
def way(request, serve, tls, ca_file):
    """Serves `handle` at the end of a way; gives the server, the address to ask and the connection."""
    trusting = ssl.create_default_context(cafile=ca_file)

    def start(handle):
        if request.param == "tls":
            server = serve(handle, tls)
            return server, server.url, Connection(verify=trusting)
        if request.param == "proxy":
            server = serve(handle)
            return server, "http://zoho.invalid", Connection(proxy=server.url)
        if request.param == "tunnel":

            def tunnel(connected, number):
                server.read(connected)
                server.requests.pop()
                connected.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with tls.wrap_socket(connected, server_side=True) as inner:
                    server.inside.append(inner)
                    handle(inner, number)

            server = serve(tunnel)
            server.inside = []
            return server, "https://127.0.0.1:1", Connection(proxy=server.url, verify=trusting)
        server = serve(handle)
        return server, server.url, Connection()

    return start


@pytest.mark.parametrize(
    "surplus",
    [
        pytest.param(lambda answer: answer("stale"), id="whole answer"),
        pytest.param(lambda answer: answer("stale")[:40], id="its beginning"),
        pytest.param(lambda answer: b"\r\n", id="blank line"),
        pytest.param(lambda answer: b"HTTP/1.1 100 Continue\r\n\r\n", id="100"),
        pytest.param(lambda answer: b'{"data": []}', id="more body"),
    ],
)
@pytest.mark.parametrize("when", ["at once", "in a piece of its own", "later"])
def test_what_nobody_asked_for_ends_the_connection(way, update, answer, surplus, when):
    sent = threading.Event()

    def handle(connected, number):
        for call in range(2):
            server.read(connected)
            connected.sendall(answer(f"{number}/{call}") + (surplus(answer) if when == "at once" else b""))
            if when == "in a piece of its own":
                connected.sendall(surplus(answer))
            elif when == "later":
                may_send.wait(10)
                connected.sendall(surplus(answer))
            sent.set()

    may_send = threading.Event()

    def pause():
        may_send.set()
        assert sent.wait(10)
        time.sleep(UNDERWAY)

    server, url, connection = way(handle)
    outcomes = update(url, connection, calls=2, pause=pause)
    assert [outcome.details["n"] for outcome in outcomes] == ["0/0", "1/0"]
    assert server.connections == 2


@pytest.mark.parametrize(
    "last",
    [
        pytest.param({"more": "Connection: close\r\n"}, id="close"),
        pytest.param({"more": "Connection: Close\r\n"}, id="Close"),
        pytest.param({"head": "HTTP/1.0 200 OK"}, id="1.0"),
    ],
)
def test_a_connection_that_is_said_to_end_is_not_used_again(way, update, answer, last):
    def handle(connected, number):
        while True:
            server.read(connected)
            connected.sendall(answer(number, **last))

    server, url, connection = way(handle)
    assert [outcome.details["n"] for outcome in update(url, connection, calls=3)] == [0, 1, 2]
    assert server.connections == 3


def test_a_connection_that_the_server_closed_is_not_used_again(way, update, answer):
    gone = threading.Event()

    def handle(connected, number):
        server.read(connected)
        connected.sendall(answer(number))
        connected.close()
        gone.set()

    server, url, connection = way(handle)

    def pause():
        assert gone.wait(10)
        gone.clear()
        time.sleep(UNDERWAY)

    outcomes = update(url, connection, calls=3, pause=pause)
    assert [outcome.details["n"] for outcome in outcomes] == [0, 1, 2]


def test_a_connection_that_is_good_is_used_again(way, update, answer):
    def handle(connected, number):
        for call in range(3):
            server.read(connected)
            connected.sendall(answer(call))

    server, url, connection = way(handle)
    assert [outcome.details["n"] for outcome in update(url, connection, calls=3)] == [0, 1, 2]
    assert server.connections == 1
