"""Data centres, environments and addresses. No address is ever put together from parts of another."""

from __future__ import annotations

from typing import cast
from urllib.parse import SplitResult, urlsplit

from zcrm_api.servers import API_SERVERS, DataCenter, Environment

from ..errors import UsageError

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def check_place(data_center: str, environment: str) -> tuple[DataCenter, Environment]:
    """The same two; raises UsageError unless there is such a data centre and environment."""
    if data_center not in API_SERVERS:
        raise UsageError(f"There is no data centre {data_center!r}; there are {', '.join(API_SERVERS)}")
    if environment not in API_SERVERS[data_center]:
        raise UsageError(f"There is no environment {environment!r}: it is production, sandbox or developer")
    return cast("DataCenter", data_center), cast("Environment", environment)


def check_address(what: str, address: str) -> str:
    """The address without a slash at its end; raises UsageError unless there can be a server of HTTP."""
    parts = _parts(address)
    if parts is not None and parts.username is not None:
        raise UsageError(f"The {what} at {parts.hostname} takes no user name or password in its address")
    if parts is None or parts.query or parts.fragment:
        raise UsageError(f"The {what} {address!r} is no http or https address")
    return address.rstrip("/")


def api_domain(answered: object, environment: str, accounts_url: str) -> tuple[str | None, bool]:
    """The API's address as a token answer names it, None where it names none; and whether to believe it.

    The environment asked for wins: a sandbox's sign-in never leads to the production org of its data centre,
    nor the other way round. Believed are Zoho's own API servers, and the accounts server's host.
    """
    found = _parts(answered)
    if found is None:
        return None, True
    domain = f"{found.scheme}://{found.netloc}".lower()
    for servers in API_SERVERS.values():
        if domain in servers.values():
            return servers[environment], True
    accounts = urlsplit(accounts_url)
    at_home = {found.hostname, accounts.hostname}
    is_at_home = len(at_home) == 1 or at_home <= _LOOPBACK
    return domain, is_at_home and found.scheme in ("https", accounts.scheme) and found.username is None


def _parts(address: object) -> SplitResult | None:
    """The parts of an http or https address; None when it is none."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
        return parts if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None
