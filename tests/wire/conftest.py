"""Servers that are as odd as a test needs them, and both faces to meet them with."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from zcrm import AccessToken, AsyncZohoCRM, Connection, ZohoCRM
from zcrm.errors import ConnectionFailed
from zcrm.retry import NO_RETRY


def _answer(
    n: object = 0, *, head: str = "HTTP/1.1 200 OK", more: str = "", body: bytes | None = None
) -> bytes:
    """An answer to an update of record 1; `n` comes back in the outcome's details."""
    item = {"code": "SUCCESS", "details": {"id": "1", "n": n}, "message": "updated", "status": "success"}
    body = json.dumps({"data": [item]}).encode() if body is None else body
    return f"{head}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


@pytest.fixture
def answer() -> Callable[..., bytes]:
    return _answer


class Server:
    """Runs `handle(socket, number)` on a thread for each connection; the number counts from 0."""

    def __init__(
        self, handle: Callable[[socket.socket, int], object], tls: ssl.SSLContext | None = None
    ) -> None:
        self._handle = handle
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.connections = 0
        self.requests: list[bytes] = []
        self.ending = threading.Event()
        self.port = self._listening.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self.ending.is_set():
            with suppress(OSError):
                connected, _ = self._listening.accept()
                self._open.append(connected)
                self._threads.append(threading.Thread(target=self._serve, args=[connected, self.connections]))
                self.connections += 1
                self._threads[-1].start()

    def _serve(self, connected: socket.socket, number: int) -> None:
        with suppress(OSError), connected:
            if self._tls:
                connected = self._tls.wrap_socket(connected, server_side=True)
                self._open.append(connected)
            with connected:
                self._handle(connected, number)

    def read(self, connected: socket.socket) -> bytes:
        """The next request; raises OSError when there is none."""
        got = b""
        while b"\r\n\r\n" not in got:
            got += _some(connected)
        head, _, body = got.partition(b"\r\n\r\n")
        length = next(
            (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), b":0"
        )
        while len(body) < int(length.partition(b":")[2]):
            body += _some(connected)
        self.requests.append(head)
        return head

    def stop(self) -> None:
        self.ending.set()
        for each in (self._listening, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()


def _some(connected: socket.socket) -> bytes:
    if not (got := connected.recv(65_536)):
        raise ConnectionError
    return got


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    with ExitStack() as stack:

        def start(
            handle: Callable[[socket.socket, int], object], tls: ssl.SSLContext | None = None
        ) -> Server:
            server = Server(handle, tls)
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """What a server at 127.0.0.1 shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def full() -> Iterator[str]:
    """The address of a server that has no room for one more connection, and does not say so."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for one in waiting:
            one.close()


class Client:
    """One client of either face, for calls that follow each other, with pauses in between."""

    def __init__(self, face: str) -> None:
        self._face = face

    def __call__(
        self,
        url: str,
        connection: Connection | None = None,
        *,
        auth: Any = None,
        calls: int = 1,
        pause: Callable[[], object] = lambda: None,
        row: dict[str, object] | None = None,
        **options: Any,
    ) -> list[Any]:
        options = {
            "auth": auth or AccessToken("token"),
            "api_domain": url,
            "connection": connection or Connection(),
            **options,
        }
        options.setdefault("retry", NO_RETRY)
        verb = ("Deals", "1", row or {})
        outcomes = []
        if self._face == "sync":
            with ZohoCRM(**options) as crm:
                for _ in range(calls):
                    outcomes.append(crm.records.update_one(*verb))
                    pause()
            return outcomes

        async def main() -> None:
            async with AsyncZohoCRM(**options) as crm:
                for _ in range(calls):
                    outcomes.append(await crm.records.update_one(*verb))
                    await asyncio.to_thread(pause)

        asyncio.run(main())
        return outcomes


@pytest.fixture(scope="session", autouse=True)
def warm() -> None:
    """The first call in a process is slower than tests of time-outs can bear."""
    for face in ("sync", "async"):
        with pytest.raises(ConnectionFailed):
            Client(face)("http://127.0.0.1:9")


@pytest.fixture(params=["sync", "async"])
def update(request: pytest.FixtureRequest) -> Client:
    return Client(request.param)
