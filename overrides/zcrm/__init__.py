"""Update records in Zoho CRM, with an honest account of what became of every row."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .auth.oauth import OAuth
    from .auth.stores import FileStore
    from .auth.tokens import AccessToken
    from .client import AsyncZohoCRM, ZohoCRM
    from .connection import Connection
    from .engine.flows.effects import Event
    from .errors import ZohoError
    from .outcomes import Outcome, Summary
    from .retry import Retry

_HOMES = {
    "AccessToken": "auth.tokens",
    "AsyncZohoCRM": "client",
    "Connection": "connection",
    "Event": "engine.flows.effects",
    "FileStore": "auth.stores",
    "OAuth": "auth.oauth",
    "Outcome": "outcomes",
    "Retry": "retry",
    "Summary": "outcomes",
    "ZohoCRM": "client",
    "ZohoError": "errors",
}

__all__ = [
    "AccessToken",
    "AsyncZohoCRM",
    "Connection",
    "Event",
    "FileStore",
    "OAuth",
    "Outcome",
    "Retry",
    "Summary",
    "ZohoCRM",
    "ZohoError",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("zcrm")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
