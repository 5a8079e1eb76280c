"""What either transport puts on the wire, what it takes from it, and what it leaves open: nothing."""

import asyncio
import signal
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from zcrm import Connection
from zcrm.errors import UsageError
from zcrm.wire.calls import Lost, NotSent
from zcrm.wire.forks import _renew_all
from zcrm.wire.messages import Request
from zcrm.wire.transports import AsyncTransport, Transport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LARGE = b"x" * 8_000_000
UNDERWAY = 0.05
"""Seconds after which what was sent on this machine has come in."""


class Carrier:
    """A transport of either kind to one server; whoever calls waits."""

    def __init__(self, kind: str, runner: asyncio.Runner, url: str, **settings: Any) -> None:
        self._runner = runner
        self._url = url
        self._is_sync = kind == "sync"
        self.transport: Any = (Transport if self._is_sync else AsyncTransport)(Connection(**settings), url)

    def send(self, method: str = "PUT", content: bytes = b"{}", to: str = "", **headers: str) -> Any:
        sent = self.transport.send(Request(method, to or self._url, "/a?b=c", headers, content))
        return sent if self._is_sync else self._runner.run(sent)

    def close(self) -> None:
        closed = self.transport.close()
        if not self._is_sync:
            self._runner.run(closed)


@pytest.fixture(params=["sync", "async"])
def carrier(request: pytest.FixtureRequest) -> Iterator[Callable[..., Carrier]]:
    with asyncio.Runner() as runner, ExitStack() as stack:

        def make(url: str, **settings: Any) -> Carrier:
            made = Carrier(request.param, runner, url, **settings)
            stack.callback(made.close)
            return made

        yield make


class Script:
    """Handles connections: answers each request with the next answer, ends where that is empty.

    gone: counts the connections that ended.
    """

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.server: Any = None
        self.gone = threading.Semaphore(0)

    def __call__(self, connected: Any, number: int) -> None:
        try:
            while True:
                self.server.read(connected)
                answer = self.answers.pop(0)
                if not answer:
                    return
                connected.sendall(answer)
        finally:
            self.gone.release()


@pytest.fixture
def script(serve: Any) -> Callable[..., Script]:
    def start(*answers: bytes) -> Script:
        found = Script(*answers)
        found.server = serve(found)
        return found

    return start


@pytest.mark.parametrize(
    ("method", "content", "length"),
    [("PUT", b"{}", "Content-Length: 2\r\n"), ("POST", b"", "Content-Length: 0\r\n"), ("GET", b"", "")],
)
def test_a_request_as_it_leaves(carrier: Any, script: Any, method: str, content: bytes, length: str) -> None:
    served = script(OK)
    response = carrier(served.server.url).send(method, content, Accept="application/json", Odd="1")
    assert response.content == b"{}"
    (head,) = served.server.requests
    assert head.decode() + "\r\n" == (
        f"{method} /a?b=c HTTP/1.1\r\nHost: {served.server.url.removeprefix('http://')}\r\n"
        f"Accept: application/json\r\nAccept-Encoding: gzip\r\nUser-Agent: zcrm\r\nOdd: 1\r\n{length}"
    )


def test_what_is_asked_for_where_nothing_is_said(carrier: Any, script: Any) -> None:
    served = script(OK)
    carrier(served.server.url).send()
    assert b"\r\nAccept: */*\r\n" in served.server.requests[0]


def test_an_answer_as_it_comes_in(carrier: Any, script: Any) -> None:
    served = script(b"HTTP/1.1 418 Odd\r\nX-ODD: \xe9\r\nContent-Length: 3\r\n\r\n\xff\x00x")
    response = carrier(served.server.url).send()
    assert (response.status_code, response.content) == (418, b"\xff\x00x")
    assert response.headers == {"x-odd": "é", "content-length": "3"}


def test_a_transport_that_was_closed_lets_nothing_leave_and_leaves_nothing_open(
    carrier: Any, script: Any
) -> None:
    served = script(OK, OK)
    carrying = carrier(served.server.url)
    carrying.send()
    carrying.send()
    assert served.server.connections == 1
    carrying.close()
    assert served.gone.acquire(timeout=10)
    with pytest.raises(UsageError, match=r"^The client was closed$"):
        carrying.send()
    assert served.server.connections == 1


def test_a_connection_that_the_server_closed_while_nobody_looked_is_not_used(
    carrier: Any, serve: Any
) -> None:
    answered, closed = threading.Semaphore(0), threading.Semaphore(0)

    def handle(connected: Any, number: int) -> None:
        server.read(connected)
        connected.sendall(OK)
        answered.acquire(timeout=10)
        connected.close()
        closed.release()

    server = serve(handle)
    carrying = carrier(server.url)
    for connections in (1, 2):
        assert carrying.send().status_code == 200
        assert server.connections == connections
        answered.release()
        assert closed.acquire(timeout=10)
        time.sleep(UNDERWAY)


def test_a_call_that_fails_ends_no_connection_of_an_earlier_one(carrier: Any, script: Any) -> None:
    served = script(OK, OK)
    carrying = carrier(served.server.url)
    carrying.send()
    with pytest.raises(NotSent, match="refused"):
        carrying.send(to="http://127.0.0.1:9")
    carrying.send()
    assert served.server.connections == 1


def test_a_transport_that_was_never_used_closes(carrier: Any, script: Any) -> None:
    carrier(script().server.url).close()


def test_a_body_that_is_refused_ends_its_connection(carrier: Any, script: Any) -> None:
    served = script(OK, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789", OK)
    carrying = carrier(served.server.url, most_bytes=8)
    carrying.send()
    with pytest.raises(Lost, match=r"^a body of more than 8 bytes$") as caught:
        carrying.send()
    assert served.gone.acquire(timeout=10), caught
    carrying.send()
    assert served.server.connections == 2


def test_an_answer_that_ends_its_connection_is_the_last_one_there(carrier: Any, script: Any) -> None:
    served = script(OK.replace(b"\r\nC", b"\r\nConnection: close\r\nC"), OK)
    carrying = carrier(served.server.url)
    carrying.send()
    assert served.gone.acquire(timeout=10)
    carrying.send()
    assert served.server.connections == 2


def test_what_a_server_of_no_proxy_refuses_with_407_was_sent(carrier: Any, script: Any) -> None:
    served = script(b"HTTP/1.1 407 Odd\r\nContent-Length: 2\r\n\r\n{}")
    assert carrier(served.server.url).send().status_code == 407


def test_what_a_proxy_refuses_with_407_was_not_sent(carrier: Any, script: Any) -> None:
    served = script(b"HTTP/1.1 407 Odd\r\nContent-Length: 2\r\n\r\n{}")
    way = r"zoho\.invalid through the proxy 127\.0\.0\.1"
    with pytest.raises(NotSent, match=rf"^{way}: the proxy wants a user and a password \(407\)$"):
        carrier("http://zoho.invalid", proxy=served.server.url).send()


def test_an_address_that_can_be_none_is_refused_at_once(carrier: Any) -> None:
    with pytest.raises(UsageError, match="is no http or https address"):
        carrier("ftp://zoho.example")


def test_another_refusal_by_a_proxy_is_an_answer(carrier: Any, script: Any) -> None:
    served = script(b"HTTP/1.1 408 Odd\r\nContent-Length: 2\r\n\r\n{}")
    assert carrier("http://zoho.invalid", proxy=served.server.url).send().status_code == 408


def test_a_call_that_begins_to_leave_is_lost_and_one_that_does_not_was_not_sent(
    carrier: Any, script: Any
) -> None:
    served = script(b"")
    with pytest.raises(Lost, match=r"^127\.0\.0\.1: "):
        carrier(served.server.url).send()
    with pytest.raises(NotSent, match=r"^127\.0\.0\.1: the connection was refused: .* \(ConnectError\)$"):
        carrier("http://127.0.0.1:9").send()


@pytest.mark.parametrize(("content", "late"), [(LARGE, "WriteTimeout"), (b"{}", "ReadTimeout")], ids=len)
def test_a_server_that_takes_or_gives_nothing_is_given_up_in_the_time_for_reading(
    carrier: Any, serve: Any, content: bytes, late: str
) -> None:
    server = serve(lambda connected, number: server.ending.wait(10))
    with pytest.raises(Lost, match=rf"\({late}\)$"):
        carrier(server.url, read_timeout=0.2, call_timeout=5).send(content=content)


def test_a_server_that_does_not_take_the_connection_is_given_up_in_the_time_for_that(
    carrier: Any, full: str
) -> None:
    with pytest.raises(NotSent, match=r"no connection in time.* \(ConnectTimeout\)$"):
        carrier(full, connect_timeout=0.2).send()


def test_an_answer_that_comes_before_all_has_left_is_one(carrier: Any, serve: Any) -> None:
    body = b"x" * 100_000

    def handle(connected: Any, number: int) -> None:
        connected.recv(1)
        connected.sendall(b"HTTP/1.1 413 Odd\r\nContent-Length: 100000\r\n\r\n" + body)
        got = 1
        while got < len(LARGE):
            got += len(connected.recv(1_000_000))

    assert carrier(serve(handle).url).send(content=LARGE).content == body


def test_a_forked_child_uses_no_connection_of_its_parent_and_closes_none(carrier: Any, script: Any) -> None:
    served = script(OK, OK)
    carrying = carrier(served.server.url)
    carrying.send()
    _renew_all()
    carrying.send()
    assert served.server.connections == 2
    assert not served.gone.acquire(blocking=False)


class Inner:
    """TLS inside of a connection, which may be of TLS itself."""

    def __init__(self, connected: Any, context: ssl.SSLContext) -> None:
        self._connected = connected
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._step(self._tls.do_handshake)

    def _step(self, step: Callable[[], Any]) -> Any:
        while True:
            with suppress(ssl.SSLWantReadError):
                done = step()
                self._connected.sendall(self._outgoing.read())
                return done
            self._connected.sendall(self._outgoing.read())
            if not (received := self._connected.recv(65_536)):
                raise ConnectionError
            self._incoming.write(received)

    def recv(self, most: int) -> bytes:
        got: bytes = self._step(lambda: self._tls.read(most))
        return got

    def send_together(self, *pieces: bytes) -> None:
        """Each a record of its own."""
        self._step(lambda: [self._tls.write(piece) for piece in pieces])


@pytest.mark.parametrize(("surplus", "connections"), [([], 1), ([b"x"], 2)], ids=["good", "surplus"])
def test_what_nobody_asked_for_ends_a_connection_of_tls_inside_of_tls(
    carrier: Any, serve: Any, tls: ssl.SSLContext, ca_file: Path, surplus: list[bytes], connections: int
) -> None:
    def handle(connected: Any, number: int) -> None:
        server.read(connected)
        connected.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        inner = Inner(connected, tls)
        while True:
            server.read(inner)
            inner.send_together(OK, *surplus)

    server = serve(handle, tls)
    trusting = ssl.create_default_context(cafile=ca_file)
    carrying = carrier("https://127.0.0.1:1", proxy=server.url, verify=trusting)
    assert [carrying.send().content for _ in range(2)] == [b"{}"] * 2
    assert server.connections == connections


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="threads get no signals here")
def test_an_interrupt_leaves_no_connection_open(script: Any) -> None:
    served = script(OK)
    transport = Transport(Connection(), served.server.url)
    request = Request("PUT", served.server.url, "/", {}, b"{}")
    transport.send(request)
    served.answers = Interrupting(threading.get_ident())
    with pytest.raises(KeyboardInterrupt) as caught:
        transport.send(request)
    assert served.gone.acquire(timeout=10), caught
    transport.close()


class Interrupting:
    """Interrupts a thread instead of answering it."""

    def __init__(self, thread: int) -> None:
        self._thread = thread

    def pop(self, place: int) -> bytes:
        signal.pthread_kill(self._thread, signal.SIGINT)
        return b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 407 Odd\r\nContent-Length: 2\r\n\r\n{}", "wants a user"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", "unpacked"),
    ],
    ids=["407", "packed"],
)
def test_an_answer_that_is_not_believed_ends_its_connection(
    carrier: Any, script: Any, answer: bytes, words: str
) -> None:
    served = script(answer)
    with pytest.raises((NotSent, Lost), match=words) as caught:
        carrier("http://zoho.invalid", proxy=served.server.url).send()
    assert served.gone.acquire(timeout=10), caught


def test_an_interrupt_between_head_and_body_ends_the_connection(carrier: Any, script: Any) -> None:
    served = script(OK, OK)
    carrying = carrier(served.server.url)
    carrying.send()

    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    carrying.transport._incoming = interrupted
    with pytest.raises(KeyboardInterrupt) as caught:
        carrying.send()
    assert served.gone.acquire(timeout=10), caught


def test_a_proxy_that_speaks_no_socks_leaves_no_connection_open(carrier: Any, serve: Any) -> None:
    gone = threading.Event()

    def handle(connected: Any, number: int) -> None:
        connected.recv(100)
        connected.sendall(b"\x05\xff")
        while connected.recv(100):
            pass
        gone.set()

    proxy = serve(handle).url.replace("http", "socks5")
    with pytest.raises(NotSent, match="the proxy did not let it through") as caught:
        carrier("http://zoho.example", proxy=proxy).send()
    assert gone.wait(10), caught


def test_tls_that_fails_leaves_no_connection_open(carrier: Any, script: Any) -> None:
    served = script()
    served.server._handle = lambda connected, number: _refuse_tls(connected, served.gone)
    with pytest.raises(NotSent, match="TLS failed") as caught:
        carrier(served.server.url.replace("http", "https"), verify=ssl.create_default_context()).send()
    assert served.gone.acquire(timeout=10), caught


def _refuse_tls(connected: Any, gone: threading.Semaphore) -> None:
    connected.recv(100_000)
    connected.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    try:
        while connected.recv(100_000):
            pass
    finally:
        gone.release()


def test_a_client_that_is_closed_meanwhile_keeps_no_connection(script: Any) -> None:
    served = script()
    transport = Transport(Connection(), served.server.url)
    served.answers = Closing(transport.close)
    assert transport.send(Request("PUT", served.server.url, "/", {}, b"{}")).status_code == 200
    assert served.gone.acquire(timeout=10)


def test_tasks_of_a_client_that_is_closed_meanwhile_keep_no_connection(script: Any) -> None:
    served = script()

    async def main() -> None:
        transport = AsyncTransport(Connection(), served.server.url)
        loop = asyncio.get_running_loop()
        served.answers = Closing(lambda: asyncio.run_coroutine_threadsafe(transport.close(), loop).result(10))
        response = await transport.send(Request("PUT", served.server.url, "/", {}, b"{}"))
        assert response.status_code == 200
        assert await asyncio.to_thread(served.gone.acquire, timeout=10)

    asyncio.run(main())


class Closing:
    """Answers that are given once the client was closed."""

    def __init__(self, close: Callable[[], object]) -> None:
        self._close = close

    def pop(self, place: int) -> bytes:
        self._close()
        return OK
