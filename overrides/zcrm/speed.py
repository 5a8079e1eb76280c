"""A faster transport behind httpx's interface: pyreqwest, of the extra `speed`."""

from __future__ import annotations

from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

import httpx

from .connection import Connection
from .errors import UsageError

if TYPE_CHECKING:
    from pyreqwest.client import BaseClientBuilder

    B = TypeVar("B", bound=BaseClientBuilder)

_NEVER_LEFT = "client error (Connect)"


def transport(connection: Connection, concurrency: int) -> httpx.BaseTransport:
    """The fast transport, blocking; proxies and certificates as `connection` says.

    Raises UsageError where it is not installed, or cannot do what `connection` asks for.
    """
    _check(connection)
    from pyreqwest.client import SyncClientBuilder
    from pyreqwest.compatibility.httpx import SyncHttpxTransport
    from pyreqwest.exceptions import PyreqwestError

    class Transport(SyncHttpxTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            try:
                return super().handle_request(request)
            except (httpx.RequestError, PyreqwestError) as error:
                raise _honest(error, request) from error

    return Transport(_configured(SyncClientBuilder(), connection, concurrency).build())


def async_transport(connection: Connection, concurrency: int) -> httpx.AsyncBaseTransport:
    """`transport` for tasks."""
    _check(connection)
    from pyreqwest.client import ClientBuilder
    from pyreqwest.compatibility.httpx import HttpxTransport
    from pyreqwest.exceptions import PyreqwestError

    class Transport(HttpxTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            try:
                return await super().handle_async_request(request)
            except (httpx.RequestError, PyreqwestError) as error:
                raise _honest(error, request) from error

    return Transport(_configured(ClientBuilder(), connection, concurrency).build())


def _check(connection: Connection) -> None:
    if find_spec("pyreqwest") is None:
        raise UsageError('The fast transport is not installed: pip install "zcrm[speed]"')
    if not isinstance(connection.verify, bool):
        raise UsageError("The fast transport takes no SSL context; leave `fast` or `verify` out")


def _configured(builder: B, connection: Connection, concurrency: int) -> B:
    from pyreqwest.proxy import ProxyBuilder

    builder = (
        builder.connect_timeout(timedelta(seconds=connection.connect_timeout))
        .read_timeout(timedelta(seconds=connection.read_timeout))
        .pool_max_idle_per_host(concurrency)
        .follow_redirects(False)
        .danger_accept_invalid_certs(not connection.verify)
    )
    return builder.proxy(ProxyBuilder.all(connection.proxy)) if connection.proxy else builder


def _honest(error: Exception, request: httpx.Request) -> httpx.TransportError:
    """The error by what is known: pyreqwest calls a connection that breaks in use a ConnectError too."""
    details = getattr(error.__cause__ or error, "details", None) or {}
    causes = [cause.get("message") for cause in details.get("causes") or ()]
    kind = httpx.ConnectError if _NEVER_LEFT in causes else httpx.ReadError
    return kind(type(error).__name__, request=request)
