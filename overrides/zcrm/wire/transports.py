"""How requests are carried: over connections of our own, or through proxies."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from urllib.request import getproxies

from ..connection import Connection
from .direct import AsyncDirectTransport, DirectTransport, certificates
from .messages import AsyncTransport, Transport
from .proxied import AsyncProxiedTransport, ProxiedTransport


def own(connection: Connection, concurrency: int) -> Callable[[], Transport]:
    """What makes a transport for threads; the certificates are loaded once, at the first."""
    verify = cache(partial(certificates, connection))

    def make() -> Transport:
        if _by_proxy(connection):
            return ProxiedTransport(connection, concurrency, verify())
        return DirectTransport(connection, verify())

    return make


def async_own(connection: Connection, concurrency: int) -> Callable[[], AsyncTransport]:
    """`own` for tasks."""
    verify = cache(partial(certificates, connection))

    def make() -> AsyncTransport:
        if _by_proxy(connection):
            return AsyncProxiedTransport(connection, concurrency, verify())
        return AsyncDirectTransport(connection, verify())

    return make


def _by_proxy(connection: Connection) -> bool:
    return connection.proxy is not None or bool(getproxies())
