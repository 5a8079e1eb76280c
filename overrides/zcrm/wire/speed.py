"""The faster transport of the extra `speed`: pyreqwest."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from pyreqwest.client import BaseClientBuilder, ClientBuilder, SyncClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.request import BaseRequestBuilder

from ..connection import Connection
from .calls import Lost, NotSent
from .messages import Request, Response

_NEVER_LEFT = "client error (Connect)"

B = TypeVar("B", bound=BaseClientBuilder)
R = TypeVar("R", bound=BaseRequestBuilder)


class FastTransport:
    """pyreqwest for threads; concurrency: connections kept at the most."""

    def __init__(self, connection: Connection, concurrency: int) -> None:
        self._client = _configured(SyncClientBuilder(), connection, concurrency).build()

    def send(self, request: Request) -> Response:
        try:
            outgoing = _filled(self._client.request(request.method, request.url), request)
            response = outgoing.build().send()
            return Response(response.status, response.headers, bytes(response.bytes()))
        except PyreqwestError as error:
            raise _told(error) from error

    def close(self) -> None:
        self._client.close()


class AsyncFastTransport:
    """pyreqwest for tasks."""

    def __init__(self, connection: Connection, concurrency: int) -> None:
        self._client = _configured(ClientBuilder(), connection, concurrency).build()

    async def send(self, request: Request) -> Response:
        try:
            outgoing = _filled(self._client.request(request.method, request.url), request)
            response = await outgoing.build().send()
            return Response(response.status, response.headers, bytes(await response.bytes()))
        except PyreqwestError as error:
            raise _told(error) from error

    async def close(self) -> None:
        await self._client.close()


def _configured(builder: B, connection: Connection, concurrency: int) -> B:
    builder = (
        builder.connect_timeout(timedelta(seconds=connection.connect_timeout))
        .read_timeout(timedelta(seconds=connection.read_timeout))
        .pool_max_idle_per_host(concurrency)
        .follow_redirects(False)
        .danger_accept_invalid_certs(not connection.verify)
    )
    return builder.proxy(ProxyBuilder.all(connection.proxy)) if connection.proxy else builder


def _filled(builder: R, request: Request) -> R:
    builder = builder.headers(request.headers)
    return builder.body_bytes(request.content) if request.content else builder


def _told(error: PyreqwestError) -> NotSent | Lost:
    """The error by what is known: pyreqwest calls a connection that breaks in use a ConnectError too."""
    details = getattr(error, "details", None) or {}
    causes = [cause["message"] for cause in details.get("causes") or ()]
    kind = NotSent if _NEVER_LEFT in causes else Lost
    return kind(type(error).__name__)
