"""Straight to the server: connections of httpcore, the engine of httpx, each used by one call at a time.

httpx's own pool looks at all its connections several times for every request, which for tasks costs more CPU
time than all the rest of the request.
"""

from __future__ import annotations

from collections import defaultdict, deque
from functools import lru_cache
from ssl import SSLContext
from typing import Any, Generic, TypeVar

import httpcore
import httpx

from ..connection import Connection
from .calls import Lost, NotSent
from .messages import Request, Response

C = TypeVar("C", httpcore.HTTPConnection, httpcore.AsyncHTTPConnection)

_IDLE_SECONDS = 5.0
_NEVER_LEFT = (httpcore.ConnectError, httpcore.ConnectTimeout)
_FAILURES = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "zcrm"}


def certificates(connection: Connection) -> SSLContext:
    """What servers are checked by. It takes time to load."""
    return httpx.create_ssl_context(verify=connection.verify)


class DirectTransport:
    """Connections for threads."""

    def __init__(self, connection: Connection, verify: SSLContext) -> None:
        self._verify = verify
        self._timeouts = _timeouts(connection)
        self._idle: _Idle[httpcore.HTTPConnection] = _Idle()

    def send(self, request: Request) -> Response:
        outgoing = _outgoing(request, self._timeouts)
        connection = self._connected(outgoing.url.origin)
        try:
            response = connection.handle_request(outgoing)
            content = response.read()
            response.close()
        except _FAILURES as error:
            connection.close()
            raise _told(error) from error
        except BaseException:
            connection.close()
            raise
        if not self._idle.keep(connection, outgoing.url.origin):
            connection.close()
        return _received(response, content)

    def _connected(self, origin: httpcore.Origin) -> httpcore.HTTPConnection:
        while connection := self._idle.take(origin):
            if connection.is_available() and not connection.has_expired():
                return connection
            connection.close()
        return httpcore.HTTPConnection(origin, self._verify, keepalive_expiry=_IDLE_SECONDS)

    def close(self) -> None:
        for connection in self._idle.drain():
            connection.close()


class AsyncDirectTransport:
    """Connections for tasks."""

    def __init__(self, connection: Connection, verify: SSLContext) -> None:
        self._verify = verify
        self._timeouts = _timeouts(connection)
        self._idle: _Idle[httpcore.AsyncHTTPConnection] = _Idle()

    async def send(self, request: Request) -> Response:
        outgoing = _outgoing(request, self._timeouts)
        connection = await self._connected(outgoing.url.origin)
        try:
            response = await connection.handle_async_request(outgoing)
            content = await response.aread()
            await response.aclose()
        except _FAILURES as error:
            await connection.aclose()
            raise _told(error) from error
        except BaseException:
            await connection.aclose()
            raise
        if not self._idle.keep(connection, outgoing.url.origin):
            await connection.aclose()
        return _received(response, content)

    async def _connected(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        while connection := self._idle.take(origin):
            if connection.is_available() and not connection.has_expired():
                return connection
            await connection.aclose()
        return httpcore.AsyncHTTPConnection(origin, self._verify, keepalive_expiry=_IDLE_SECONDS)

    async def close(self) -> None:
        for connection in self._idle.drain():
            await connection.aclose()


class _Idle(Generic[C]):
    """Connections that no call is using, by where they lead; the last one used is taken first."""

    def __init__(self) -> None:
        self._by_origin: defaultdict[str, deque[C]] = defaultdict(deque)
        self._open = True

    def take(self, origin: httpcore.Origin) -> C | None:
        try:
            return self._by_origin[str(origin)].pop()
        except IndexError:
            return None

    def keep(self, connection: C, origin: httpcore.Origin) -> bool:
        """False once `drain` was called: the connection is the caller's to close."""
        if self._open:
            self._by_origin[str(origin)].append(connection)
        return self._open

    def drain(self) -> list[C]:
        self._open = False
        return [connection for connections in self._by_origin.values() for connection in connections]


def _timeouts(connection: Connection) -> dict[str, Any]:
    seconds = connection.read_timeout
    return {"timeout": {"connect": connection.connect_timeout, "read": seconds, "write": seconds}}


@lru_cache(maxsize=64)
def _address(url: str) -> tuple[httpcore.URL, str]:
    """What to connect to, and what to call it in the Host header."""
    parsed = httpx.URL(url)
    address = httpcore.URL(
        scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path
    )
    return address, parsed.netloc.decode("ascii")


def _outgoing(request: Request, timeouts: dict[str, Any]) -> httpcore.Request:
    address, host = _address(request.url)
    headers = {"Host": host} | _HEADERS | request.headers
    if request.method != "GET":
        headers["Content-Length"] = str(len(request.content))
    return httpcore.Request(
        request.method, address, headers=[*headers.items()], content=request.content, extensions=timeouts
    )


def _received(response: httpcore.Response, content: bytes) -> Response:
    headers = httpx.Headers(response.headers)
    if "content-encoding" in headers:
        try:
            content = httpx.Response(response.status, headers=headers, content=content).content
        except httpx.DecodingError as error:
            raise Lost(type(error).__name__) from error
    return Response(response.status, headers, content)


def _told(error: Exception) -> NotSent | Lost:
    kind = NotSent if isinstance(error, _NEVER_LEFT) else Lost
    return kind(type(error).__name__)
