"""How servers are reached."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Connection:
    """Timeouts, proxy and certificates, for Zoho's API and its accounts server alike.

    connect_timeout, read_timeout: seconds. On a write a read that times out is a lost answer.
    proxy: a proxy URL; without one the environment's (HTTPS_PROXY and its like) are used.
    verify: True for the usual certificates, False for none, a context for your own.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    proxy: str | None = field(default=None, repr=False)
    verify: ssl.SSLContext | bool = True
