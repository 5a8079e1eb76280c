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
    from .errors import (
        AlreadyScheduled,
        AnswerLost,
        AuthError,
        Conflict,
        ConnectionFailed,
        JobAlreadyRunning,
        JobNotFound,
        LimitReached,
        NoteTooLong,
        NotFound,
        OutOfCredits,
        PageTokenExpired,
        RowsNotUpdated,
        ScopeMissing,
        SharedStateLost,
        StoreError,
        UsageError,
        WaitTimeout,
        ZohoError,
    )
    from .jobs import JobStatus
    from .outcomes import Outcome, Summary
    from .retry import Retry
    from .rows.options import UpdateOptions

__all__ = [
    "AccessToken", "AlreadyScheduled", "AnswerLost", "AsyncZohoCRM", "AuthError", "Conflict", "Connection",
    "ConnectionFailed", "Event", "FileStore", "JobAlreadyRunning", "JobNotFound", "JobStatus", "LimitReached",
    "NotFound", "NoteTooLong", "OAuth", "OutOfCredits", "Outcome", "PageTokenExpired", "Retry",
    "RowsNotUpdated", "ScopeMissing", "SharedStateLost", "StoreError", "Summary", "UpdateOptions",
    "UsageError", "WaitTimeout", "ZohoCRM", "ZohoError",
]  # fmt: skip

_HOMES = {
    "AccessToken": "auth.tokens",
    "AsyncZohoCRM": "client",
    "Connection": "connection",
    "Event": "engine.flows.effects",
    "FileStore": "auth.stores",
    "JobStatus": "jobs",
    "OAuth": "auth.oauth",
    "Outcome": "outcomes",
    "Retry": "retry",
    "Summary": "outcomes",
    "UpdateOptions": "rows.options",
    "ZohoCRM": "client",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("zcrm")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES.get(name, 'errors')}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
