"""How requests are carried: over connections of our own, through proxies, or by the extra `speed`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib.util import find_spec
from types import ModuleType
from typing import NamedTuple
from urllib.request import getproxies

from ..connection import Connection
from ..errors import UsageError
from ..messages import AsyncTransport, Transport
from .direct import AsyncDirectTransport, DirectTransport, certificates
from .proxied import AsyncProxiedTransport, ProxiedTransport


class Makers(NamedTuple):
    """What makes a client's transport, and that of a forked child, which cannot go on with pyreqwest."""

    here: Callable[[], Transport]
    in_child: Callable[[], Transport]


class AsyncMakers(NamedTuple):
    """`Makers` for tasks."""

    here: Callable[[], AsyncTransport]
    in_child: Callable[[], AsyncTransport]


def makers(connection: Connection, concurrency: int) -> Makers:
    """The transports for threads. Raises UsageError where the fast one is asked for and cannot be had."""
    verify = cache(partial(certificates, connection))

    def own() -> Transport:
        if _by_proxy(connection):
            return ProxiedTransport(connection, concurrency, verify())
        return DirectTransport(connection, verify())

    if connection.fast:
        return Makers(partial(_speed(connection).FastTransport, connection, concurrency), own)
    return Makers(own, own)


def async_makers(connection: Connection, concurrency: int) -> AsyncMakers:
    """`makers` for tasks."""
    verify = cache(partial(certificates, connection))

    def own() -> AsyncTransport:
        if _by_proxy(connection):
            return AsyncProxiedTransport(connection, concurrency, verify())
        return AsyncDirectTransport(connection, verify())

    if connection.fast:
        return AsyncMakers(partial(_speed(connection).AsyncFastTransport, connection, concurrency), own)
    return AsyncMakers(own, own)


def _by_proxy(connection: Connection) -> bool:
    return connection.proxy is not None or bool(getproxies())


def _speed(connection: Connection) -> ModuleType:
    if find_spec("pyreqwest") is None:
        raise UsageError('The fast transport is not installed: pip install "zcrm[speed]"')
    if not isinstance(connection.verify, bool):
        raise UsageError("The fast transport takes no SSL context; leave `fast` or `verify` out")
    from . import speed

    return speed
