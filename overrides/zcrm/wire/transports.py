"""Carry requests over connections of httpcore, the engine of httpx, each used by one call at a time.

httpx's own pool looks at all its connections several times for every request, which for tasks costs more CPU
time than all the rest of the request.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, cast

import httpcore

from ..connection import Connection
from ..errors import UsageError
from .addresses import at, server
from .async_network import AsyncNetwork
from .bodies import Body
from .calls import Lost, NotSent
from .forks import renew_in_child
from .messages import Request, Response
from .network import Network
from .routes import Routes
from .trouble import FAILURES, describe

_PROXY_REFUSED = 407
_CONNECTING = (httpcore.HTTPConnection, httpcore.AsyncHTTPConnection)
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "zcrm"}

_Idle = defaultdict[str, list[Any]]
"""Connections that no call is using, by server; the last one used is taken first."""

_inherited: list[object] = []
"""In a forked child, its parent's connections: not used, nor closed, for that may wait on a lock for ever."""


class _Content:
    """What a request carries, and whether it has begun to leave."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.left = False

    def __iter__(self) -> Iterator[bytes]:
        self.left = True
        yield self._content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.left = True
        yield self._content


class _Base:
    """Raises UsageError where no way leads to the server at `address`."""

    def __init__(self, settings: Connection, address: str, routes: Routes) -> None:
        self._settings = settings
        self._routes = routes
        self._closed = False
        routes.connection(at(server(address)).origin)

    def _outgoing(self, request: Request) -> httpcore.Request:
        if self._closed:
            raise UsageError("The client was closed")
        there = server(request.server)
        headers = {"Host": there.netloc.decode()} | _HEADERS | request.headers
        if request.method != "GET":
            headers["Content-Length"] = str(len(request.content))
        seconds = self._settings.read_timeout
        return httpcore.Request(
            request.method,
            at(there, request.target),
            headers=[*headers.items()],
            content=_Content(request.content),
            extensions={
                "timeout": {"connect": self._settings.connect_timeout, "read": seconds, "write": seconds}
            },
        )

    def _failure(self, outgoing: httpcore.Request, error: BaseException) -> Exception:
        """What an error that kept a call from its answer means for the call."""
        kind = Lost if cast(_Content, outgoing.stream).left else NotSent
        return kind(describe(error, self._routes.place(outgoing.url.origin)))

    def _incoming(self, response: httpcore.Response, there: httpcore.Origin) -> Body:
        if response.status == _PROXY_REFUSED and self._routes.proxy(there):
            raise NotSent(f"{self._routes.place(there)}: the proxy wants a user and a password (407)")
        return Body(response.headers, self._settings.most_bytes)


def _is_good(connection: Any) -> bool:
    """Whether a request may go over it: it is open, and nothing has come that nobody asked for."""
    return bool(connection.is_available() and not connection.has_expired())


def _kept(connection: Any) -> Any:
    """What a later call uses of it: without the wrapping that connects, which is a lock for every request."""
    if isinstance(connection, _CONNECTING):
        return connection._connection
    return connection


def _whole(response: httpcore.Response, body: Body) -> Response:
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in response.headers}
    return Response(response.status, headers, body.whole())


def _surplus(connection: Any, response: httpcore.Response) -> bool:
    """Whether more came than the answer, which would be taken for the next one."""
    while hasattr(connection, "_connection"):
        connection = connection._connection
    if connection._h11_state.trailing_data[0]:
        return True
    tls = response.extensions["network_stream"].get_extra_info("ssl_object")
    if isinstance(tls, ssl.SSLObject):
        with suppress(ssl.SSLWantReadError):
            tls.read(1)
            return True
    return False


class Transport(_Base):
    """For any number of threads."""

    def __init__(self, settings: Connection, address: str) -> None:
        self._network = Network()
        kinds = httpcore.HTTPConnection, httpcore.HTTPProxy, httpcore.SOCKSProxy
        super().__init__(settings, address, Routes(settings, kinds, self._network))
        self._idle: _Idle = defaultdict(list)
        renew_in_child(self, Transport._renew)

    def _renew(self) -> None:
        _inherited.append(self._idle)
        self._idle = defaultdict(list)

    def send(self, request: Request) -> Response:
        """Raises NotSent when the request never left, Lost when there is no answer to trust."""
        outgoing = self._outgoing(request)
        idle = self._idle[request.server]
        self._network.begin(self._settings.call_timeout)
        connection = self._connection(outgoing.url.origin, idle)
        try:
            response = connection.handle_request(outgoing)
            body = self._incoming(response, outgoing.url.origin)
            for piece in response.iter_stream():
                body.add(piece)
            response.close()
            whole = _whole(response, body)
        except BaseException as error:
            connection.close()
            self._network.abandon()
            if isinstance(error, FAILURES):
                raise self._failure(outgoing, error) from error
            raise
        if connection.is_available() and not self._closed and not _surplus(connection, response):
            idle.append(_kept(connection))
        else:
            connection.close()
        return whole

    def _connection(self, there: httpcore.Origin, idle: list[Any]) -> Any:
        try:
            while not _is_good(connection := idle.pop()):
                connection.close()
        except IndexError:
            return self._routes.connection(there)
        return connection

    def close(self) -> None:
        self._closed = True
        for idle in list(self._idle.values()):
            while idle:
                idle.pop().close()


class AsyncTransport(_Base):
    """For tasks. Every event loop has connections of its own."""

    def __init__(self, settings: Connection, address: str) -> None:
        kinds = httpcore.AsyncHTTPConnection, httpcore.AsyncHTTPProxy, httpcore.AsyncSOCKSProxy
        self._network = AsyncNetwork()
        super().__init__(settings, address, Routes(settings, kinds, self._network))
        self._by_loop: dict[asyncio.AbstractEventLoop, tuple[_Idle, AsyncGenerator[None]]] = {}
        renew_in_child(self, AsyncTransport._renew)

    def _renew(self) -> None:
        _inherited.append(self._by_loop)
        self._by_loop = {}

    async def send(self, request: Request) -> Response:
        """Raises NotSent when the request never left, Lost when there is no answer to trust."""
        outgoing = self._outgoing(request)
        idle = (await self._idle())[request.server]
        try:
            async with asyncio.timeout(self._settings.call_timeout):
                return await self._exchange(outgoing, idle)
        except FAILURES as error:
            raise self._failure(outgoing, error) from error

    async def _exchange(self, outgoing: httpcore.Request, idle: list[Any]) -> Response:
        self._network.begin()
        connection = await self._connection(outgoing.url.origin, idle)
        try:
            response = await connection.handle_async_request(outgoing)
            body = self._incoming(response, outgoing.url.origin)
            async for piece in response.aiter_stream():
                body.add(piece)
            await response.aclose()
            whole = _whole(response, body)
        except BaseException:
            self._network.abandon()
            await connection.aclose()
            raise
        if connection.is_available() and not self._closed and not _surplus(connection, response):
            idle.append(_kept(connection))
        else:
            await connection.aclose()
        return whole

    async def _connection(self, there: httpcore.Origin, idle: list[Any]) -> Any:
        while idle:
            if _is_good(connection := idle.pop()):
                return connection
            await connection.aclose()
        return self._routes.connection(there)

    async def _idle(self) -> _Idle:
        """The idle connections of the running loop, by server."""
        loop = asyncio.get_running_loop()
        if loop not in self._by_loop:
            self._by_loop = {each: kept for each, kept in self._by_loop.items() if not each.is_closed()}
            idle: _Idle = defaultdict(list)
            ending = _close_at_the_end(idle)
            await anext(ending)
            self._by_loop[loop] = idle, ending
        return self._by_loop[loop][0]

    async def close(self) -> None:
        self._closed = True
        kept = self._by_loop.pop(asyncio.get_running_loop(), None)
        self._by_loop.clear()
        if kept is not None:
            await kept[1].aclose()


async def _close_at_the_end(idle: _Idle) -> AsyncGenerator[None]:
    """Close the connections when the loop ends, which ends its generators first."""
    try:
        yield
    finally:
        for connections in list(idle.values()):
            while connections:
                await connections.pop().aclose()
