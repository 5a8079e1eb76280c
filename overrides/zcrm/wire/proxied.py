"""Through proxies, those given or those of the environment: httpx knows which address goes by which."""

from __future__ import annotations

from ssl import SSLContext
from typing import Any

import httpx

from ..connection import Connection
from .calls import Lost, NotSent
from .messages import Request, Response

_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class ProxiedTransport:
    """An httpx client for threads; concurrency: connections at the most."""

    def __init__(self, connection: Connection, concurrency: int, verify: SSLContext) -> None:
        self._client = httpx.Client(**_options(connection, concurrency, verify))

    def send(self, request: Request) -> Response:
        try:
            response = self._client.request(**_arguments(request))
        except httpx.HTTPError as error:
            raise _told(error) from error
        return Response(response.status_code, response.headers, response.content)

    def close(self) -> None:
        self._client.close()


class AsyncProxiedTransport:
    """An httpx client for tasks."""

    def __init__(self, connection: Connection, concurrency: int, verify: SSLContext) -> None:
        self._client = httpx.AsyncClient(**_options(connection, concurrency, verify))

    async def send(self, request: Request) -> Response:
        try:
            response = await self._client.request(**_arguments(request))
        except httpx.HTTPError as error:
            raise _told(error) from error
        return Response(response.status_code, response.headers, response.content)

    async def close(self) -> None:
        await self._client.aclose()


def _options(connection: Connection, concurrency: int, verify: SSLContext) -> dict[str, Any]:
    return {
        "timeout": httpx.Timeout(connection.read_timeout, connect=connection.connect_timeout, pool=None),
        "proxy": connection.proxy,
        "verify": verify,
        "limits": httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
    }


def _arguments(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": request.url,
        "headers": request.headers,
        "content": request.content or None,
    }


def _told(error: httpx.HTTPError) -> NotSent | Lost:
    kind = NotSent if isinstance(error, _NEVER_LEFT) else Lost
    return kind(type(error).__name__)
