"""Which way leads to a server: straight, or through a proxy that was given or is the environment's."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Self
from urllib.request import getproxies, proxy_bypass

import httpcore

from ..connection import Connection
from ..errors import UsageError
from .addresses import at, parsed
from .certificates import certificates

_SCHEMES = ("http", "https", "socks5", "socks5h")
_IDLE_SECONDS = 5.0


class _Secret(bytes):
    """Does not show in httpcore's log."""

    def __repr__(self) -> str:
        return "…"


@dataclass(frozen=True, slots=True)
class _Proxy:
    """A proxy, and what named it."""

    url: httpcore.URL
    auth: tuple[bytes, bytes] | None = field(repr=False)
    source: str

    @classmethod
    def of(cls, address: str, source: str) -> Self:
        whole = parsed(address if "://" in address else f"http://{address}", _SCHEMES)
        if whole is None:
            raise UsageError(f"{source} is no proxy that can be used: {', '.join(_SCHEMES)}, and a host")
        auth = _Secret(whole.username.encode()), _Secret(whole.password.encode())
        return cls(at(whole), auth if whole.userinfo else None, source)

    @property
    def is_socks(self) -> bool:
        return self.url.scheme.startswith(b"socks")


class Routes:
    """Makes connections.

    kinds: of httpcore's connections, those that go straight, through a proxy, and through one for SOCKS.
    Raises UsageError for a proxy that can be none, and for certificates that are not there.
    """

    def __init__(
        self,
        settings: Connection,
        kinds: tuple[type[Any], type[Any], type[Any]],
        network: httpcore.NetworkBackend | httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._kinds = kinds
        self._options = {
            "ssl_context": certificates(settings),
            "keepalive_expiry": _IDLE_SECONDS,
            "network_backend": network,
        }
        self._given = _Proxy.of(settings.proxy, "Connection(proxy=…)") if settings.proxy else None
        found = {} if self._given else getproxies()
        self._exceptions = [name.strip() for name in found.get("no", "").split(",")]
        self._by_scheme = {
            scheme: _Proxy.of(found[scheme], _variable(scheme))
            for scheme in ("http", "https", "all")
            if found.get(scheme) and "*" not in self._exceptions
        }

    def connection(self, there: httpcore.Origin) -> Any:
        """A connection, still to be made; raises UsageError when the proxy takes an extra that is missing."""
        straight, http, socks = self._kinds
        proxy, options = self.proxy(there), self._options
        if proxy is None:
            return straight(there, **options)
        if proxy.is_socks and find_spec("socksio") is None:
            raise UsageError(f'{proxy.source}: SOCKS takes an extra: pip install "zcrm[socks]"')
        if proxy.url.scheme == b"https":
            options = options | {"proxy_ssl_context": options["ssl_context"]}
        pool = (socks if proxy.is_socks else http)(proxy.url, proxy.auth, **options)
        return pool.create_connection(there)

    def proxy(self, there: httpcore.Origin) -> _Proxy | None:
        """The proxy on the way, if there is one."""
        if self._given:
            return self._given
        proxy = self._by_scheme.get(there.scheme.decode()) or self._by_scheme.get("all")
        return None if proxy is None or self._is_excepted(there) else proxy

    def place(self, there: httpcore.Origin) -> str:
        """What to call the server, and the way to it, in front of people."""
        name, proxy = there.host.decode(), self.proxy(there)
        return f"{name} through the proxy {proxy.url.host.decode()}" if proxy else name

    def _is_excepted(self, there: httpcore.Origin) -> bool:
        host = there.host.decode()
        with suppress(ValueError):
            address = ip_address(host)
            host = f"[{host}]" if address.version == 6 else host
            if any(address in network for network in _networks(self._exceptions)):
                return True
        return bool(proxy_bypass(f"{host}:{there.port}"))


def _networks(names: Iterable[str]) -> Iterator[IPv4Network | IPv6Network]:
    """What entries of NO_PROXY stand for that are made of numbers."""
    for name in names:
        with suppress(ValueError):
            yield ip_network(name.replace("[", "").replace("]", ""), strict=False)


def _variable(scheme: str) -> str:
    """What the environment calls its proxy for this scheme."""
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return next((name for name in names if os.environ.get(name)), "The system's proxy")
