"""The only room that knows httpx: it carries requests, by proxies and certificates as asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import lru_cache, partial
from ssl import SSLContext
from typing import Any, Generic, TypeVar

import httpx

from .connection import Connection
from .flows.effects import Lost, NotSent
from .messages import Request, Response

C = TypeVar("C", httpx.Client, httpx.AsyncClient)

_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_url = lru_cache(maxsize=64)(httpx.URL)


def certificates(connection: Connection) -> SSLContext:
    """What servers are checked by. It takes time to load."""
    return httpx.create_ssl_context(verify=connection.verify)


class HttpxTransport:
    """httpx's own transport for threads. verify: loads the certificates.

    Requests do not pass through `httpx.Client.send`: its redirects, cookies and merging of URLs cost as much
    as sending does. The client only picks the proxy.
    """

    def __init__(self, connection: Connection, verify: Callable[[], SSLContext]) -> None:
        self._lanes = _Lanes(partial(httpx.Client, **_options(connection, verify())))

    def send(self, request: Request) -> Response:
        client = self._lanes.take()
        try:
            outgoing = _outgoing(request, client)
            response = client._transport_for_url(outgoing.url).handle_request(outgoing)
            try:
                response.read()
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise _told(error) from error
        finally:
            self._lanes.give_back(client)
        return _received(response)

    def close(self) -> None:
        for client in self._lanes.opened:
            client.close()


class AsyncHttpxTransport:
    """`HttpxTransport` for tasks."""

    def __init__(self, connection: Connection, verify: Callable[[], SSLContext]) -> None:
        self._lanes = _Lanes(partial(httpx.AsyncClient, **_options(connection, verify())))

    async def send(self, request: Request) -> Response:
        client = self._lanes.take()
        try:
            outgoing = _outgoing(request, client)
            response = await client._transport_for_url(outgoing.url).handle_async_request(outgoing)
            try:
                await response.aread()
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise _told(error) from error
        finally:
            self._lanes.give_back(client)
        return _received(response)

    async def close(self) -> None:
        for client in self._lanes.opened:
            await client.aclose()


class _Lanes(Generic[C]):
    """Clients of one connection each, the last one used first.

    A pool of many connections looks at each of them, several times for every request.
    """

    def __init__(self, make: Callable[[], C]) -> None:
        self._make: Callable[[], C] = make
        self.opened: list[C] = []
        self._idle: deque[C] = deque()
        self.give_back(self._open())

    def _open(self) -> C:
        client: C = self._make()
        self.opened.append(client)
        return client

    def take(self) -> C:
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def give_back(self, client: C) -> None:
        self._idle.append(client)


def _options(connection: Connection, verify: SSLContext) -> dict[str, Any]:
    return {
        "timeout": httpx.Timeout(connection.read_timeout, connect=connection.connect_timeout, pool=None),
        "proxy": connection.proxy,
        "verify": verify,
        "limits": httpx.Limits(max_connections=1),
    }


def _outgoing(request: Request, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
    return httpx.Request(
        request.method,
        _url(request.url),
        headers=[*client.headers.multi_items(), *request.headers.items()],
        content=request.content,
        extensions={"timeout": client.timeout.as_dict()},
    )


def _received(response: httpx.Response) -> Response:
    return Response(response.status_code, response.headers, response.content)


def _told(error: httpx.HTTPError) -> NotSent | Lost:
    kind = NotSent if isinstance(error, _NEVER_LEFT) else Lost
    return kind(type(error).__name__)
