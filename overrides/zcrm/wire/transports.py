"""How requests are carried: over connections of our own, through proxies, or by the extra `speed`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib.util import find_spec
from types import ModuleType
from urllib.request import getproxies

from ..connection import Connection
from ..errors import UsageError
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


def fast(connection: Connection, concurrency: int) -> Callable[[], Transport]:
    """What makes the fast transport for threads. Raises UsageError where it cannot be had."""
    return partial(_speed(connection).FastTransport, connection, concurrency)


def async_fast(connection: Connection, concurrency: int) -> Callable[[], AsyncTransport]:
    """`fast` for tasks."""
    return partial(_speed(connection).AsyncFastTransport, connection, concurrency)


def _by_proxy(connection: Connection) -> bool:
    return connection.proxy is not None or bool(getproxies())


def _speed(connection: Connection) -> ModuleType:
    if find_spec("pyreqwest") is None:
        raise UsageError('The fast transport is not installed: pip install "zcrm[speed]"')
    if not isinstance(connection.verify, bool):
        raise UsageError("The fast transport takes no SSL context; leave `fast` or `verify` out")
    from . import speed

    return speed
