"""Addresses of servers and proxies, read as they will be connected to."""

from __future__ import annotations

from functools import lru_cache

import httpcore
import httpx

from ..errors import UsageError

_PORTS = range(1, 65_536)


def parsed(address: str, schemes: tuple[str, ...]) -> httpx.URL | None:
    """The address in its parts; None when nothing can be there."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return None
    possible = url.scheme in schemes and url.host.strip(".") and "%" not in url.host
    return url if possible and url.port in (None, *_PORTS) else None


@lru_cache(maxsize=64)
def server(address: str) -> httpx.URL:
    """The server at a scheme, host and perhaps port; raises UsageError when there can be none."""
    url = parsed(address, ("http", "https"))
    if url is None:
        raise UsageError(f"{address!r} is no http or https address")
    return url


def at(url: httpx.URL, target: str = "/") -> httpcore.URL:
    """A path and query at the server of an address."""
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=target)
