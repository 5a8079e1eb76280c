"""Data centres, environments and addresses. No address is ever put together from parts of another."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from zcrm_api.servers import API_SERVERS, DataCenter, Environment

from ..errors import UsageError


def check_place(data_center: str, environment: str) -> tuple[DataCenter, Environment]:
    """The same two; raises UsageError unless there is such a data centre and environment."""
    if data_center not in API_SERVERS:
        raise UsageError(f"There is no data centre {data_center!r}; there are {', '.join(API_SERVERS)}")
    if environment not in API_SERVERS[data_center]:
        raise UsageError(f"There is no environment {environment!r}: it is production, sandbox or developer")
    return cast("DataCenter", data_center), cast("Environment", environment)


def check_address(what: str, address: str) -> str:
    """The address without a slash at its end; raises UsageError unless it is http or https, with a host."""
    if not _is_address(address):
        raise UsageError(f"The {what} {address!r} is no http or https address")
    return address.rstrip("/")


def api_domain(answered: object, environment: str) -> str | None:
    """The API's address as a token answer names it; None where it names none.

    The environment asked for wins: a sandbox's sign-in never leads to the production org of its data centre,
    nor the other way round.
    """
    if not isinstance(answered, str) or not _is_address(answered):
        return None
    for servers in API_SERVERS.values():
        if answered.rstrip("/") in servers.values():
            return servers[environment]
    return answered


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
