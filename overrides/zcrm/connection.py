"""How servers are reached."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from .errors import UsageError


@dataclass(frozen=True, slots=True)
class Connection:
    """Timeouts, proxy and certificates, for Zoho's API and its accounts server alike.

    connect_timeout, read_timeout: seconds for one step. On a write a read that times out is a lost answer.
    proxy: the URL of a proxy: http, https, or with the extra `socks` socks5 or socks5h; without one those of
        the environment are used (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, except for NO_PROXY).
    verify: True for the usual certificates, False for none, a context for your own.
    call_timeout: seconds for a call as a whole, from connecting to the last byte of the answer.
    most_bytes: how long an answer may be, unpacked; a longer one is a lost answer. 64 MiB by default.

    Raises UsageError for a number that is none, or not above 0.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    proxy: str | None = field(default=None, repr=False)
    verify: ssl.SSLContext | bool = True
    call_timeout: float = 300.0
    most_bytes: int = 64 * 2**20

    def __post_init__(self) -> None:
        for name in ("connect_timeout", "read_timeout", "call_timeout", "most_bytes"):
            number = getattr(self, name)
            if not isinstance(number, int | float) or not 0 < number < float("inf"):
                raise UsageError(f"{name} is {number!r}: it takes a number above 0")
