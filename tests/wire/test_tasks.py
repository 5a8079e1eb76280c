"""What tasks send and get over asyncio's own transports, in every loop that people run."""

import asyncio
import os
import socket
import ssl
import sys
import threading
import time

import pytest

from zcrm import Connection
from zcrm.wire.calls import Lost
from zcrm.wire.messages import Request
from zcrm.wire.transports import AsyncTransport

LARGE = b"x" * 4_000_000


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request):
    if request.param == "asyncio":
        return asyncio.run
    if sys.platform == "win32":
        pytest.skip("uvloop is not made for Windows")
    import uvloop

    return uvloop.run


@pytest.fixture(params=["http", "https"])
def scheme(request):
    return request.param


@pytest.fixture
def send(serve, tls, ca_file, scheme):
    """Start a server that handles so, and send it a request; returns the answer's body."""
    trusted = ssl.create_default_context(cafile=ca_file)

    async def sent(handle, content=b"{}", **settings):
        address = serve(handle, tls if scheme == "https" else None).url
        transport = AsyncTransport(Connection(verify=trusted, **settings), address)
        try:
            return (await transport.send(Request("PUT", address, "/", content=content))).content
        finally:
            await transport.close()

    return sent


def head(length):
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()


def test_head_and_body_travel_together(run, send):
    seen = []

    def handle(connected, number):
        seen.append(connected.recv(100_000))
        connected.sendall(head(0))

    run(send(handle, b'{"data": []}'))
    assert seen[0].endswith(b'\r\n\r\n{"data": []}')


def test_a_large_body_to_a_server_that_takes_its_time(run, send):
    got = []

    def handle(connected, number):
        got.append(b"")
        while not got[0].endswith(LARGE[-10:] + b"."):
            got[0] += connected.recv(200_000)
            time.sleep(0.001)
        connected.sendall(head(0))

    run(send(handle, LARGE + b".", read_timeout=5))
    assert got[0].endswith(LARGE + b".")


def test_a_large_answer(run, send):
    def handle(connected, number):
        connected.recv(100_000)
        connected.sendall(head(len(LARGE)) + LARGE)

    assert run(send(handle)) == LARGE


@pytest.mark.parametrize("content", [b"{}", LARGE])
def test_a_server_that_takes_nothing_or_answers_nothing(run, send, content):
    ended = threading.Event()

    def handle(connected, number):
        ended.wait(30)

    with pytest.raises(Lost, match=r"in time|took too long"):
        try:
            run(send(handle, content, read_timeout=0.3))
        finally:
            ended.set()


def test_an_answer_that_is_cut(run, send):
    def handle(connected, number):
        connected.recv(100_000)
        connected.sendall(head(100) + b"{")

    with pytest.raises(Lost):
        run(send(handle))


def test_much_that_nobody_asked_for_ends_the_connection(run, serve):
    idle, gone = threading.Event(), threading.Event()

    def handle(connected, number):
        connected.recv(100_000)
        connected.sendall(head(0))
        idle.wait(20)
        try:
            while True:
                connected.sendall(LARGE)
        except OSError:
            gone.set()

    async def main():
        address = serve(handle).url
        transport = AsyncTransport(Connection(), address)
        await transport.send(Request("PUT", address, "/", content=b"{}"))
        idle.set()
        assert await asyncio.to_thread(gone.wait, 20)
        await transport.close()

    run(main())


@pytest.mark.parametrize("good", [0, 1, 2])
def test_the_next_address_where_one_does_not_take_it(update, serve, answer, monkeypatch, good):
    """Both faces."""

    def handle(connected, number):
        while True:
            server.read(connected)
            connected.sendall(answer(number))

    def look_up(*given, **_):
        assert socket.SOCK_STREAM in given
        return found

    server = serve(handle)
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    found = [(*kind, ("127.0.0.2", 9 + n)) for n in range(3)]
    found[good] = (*kind, ("127.0.0.1", server.port))
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert update("http://zoho.example")[0].details["n"] == 0


def test_a_process_with_many_files_open(run, serve):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2_000:
        pytest.skip("no more than a thousand files may be open here")

    def handle(connected, number):
        for _ in range(2):
            server.read(connected)
            connected.sendall(head(0))

    async def main():
        transport = AsyncTransport(Connection(), server.url)
        for _ in range(2):
            await transport.send(Request("PUT", server.url, "/", content=b"{}"))
        await transport.close()

    server = serve(handle)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_000), hard))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        run(main())
    finally:
        for each in opened:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert server.connections == 1
