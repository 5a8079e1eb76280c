"""What zcrm raises.

    ZohoError
    ├── UsageError          refused here, before anything was sent (also a ValueError)
    ├── AuthError           signing in failed, or Zoho does not accept the access token
    │   ├── ScopeMissing    the access token lacks a scope
    │   └── StoreError      what is kept of a sign-in can't be read, or is open to others
    ├── LimitReached        Zoho kept answering "too many requests"
    │   └── OutOfCredits    the API credits of the last 24 hours are used up
    ├── Conflict            the record was changed after `if_unmodified_since`
    ├── NotFound            no such record
    │   └── JobNotFound     no such mass-update job
    ├── JobAlreadyRunning   a mass-update job for this view is still running
    ├── ConnectionFailed    the server could not be reached: nothing was sent
    ├── SharedStateLost     what processes share of an org's budget is out of reach: nothing more was sent
    ├── AnswerLost          sent, but the answer was lost: it may or may not have been applied
    ├── WaitTimeout         the wait ran out while the job was still running
    ├── PageTokenExpired    a list was read so slowly that Zoho does not go on with it
    └── RowsNotUpdated      raised by `Summary.raise_for_rejected`

A `ZohoError` that is none of these is an answer of Zoho's that needs no class of its own; its `code` tells.
`NoteTooLong` is a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .outcomes import Summary

LONGEST_WAIT = 86_400.0
"""Seconds that Zoho can ask to wait at the most: by then the credits of every call have come back."""


class ZohoError(Exception):
    """Anything zcrm raises on purpose.

    code: Zoho's error code, or None where there was no answer with one.
    message: what Zoho said, or what we say where Zoho said nothing.
    details: the `details` object of the answer; `{}` without one.
    http_status: the status of the answer; None without one.
    fix: what the documentation says to do about it, and where to read on; "" where it says nothing.
    summary: the sums so far, where `update_all` or its like raised it; else None.
    """

    summary: Summary | None = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        http_status: int | None = None,
        fix: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details: dict[str, Any] = dict(details or {})
        self.http_status = http_status
        self.fix = fix

    def as_a(self, kind: type[ZohoError], message: str) -> ZohoError:
        """The same as an error of this kind, in other words."""
        return kind(message, code=self.code, details=self.details, http_status=self.http_status, fix=self.fix)

    def __str__(self) -> str:
        said = f"{self.code}: {self.message}" if self.code else self.message
        return f"{said} ({self.fix})" if self.fix else said

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.__dict__)


def _rebuild(kind: type[ZohoError], message: str, state: dict[str, Any]) -> ZohoError:
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class UsageError(ZohoError, ValueError):
    """Refused here, before anything was sent."""


class AuthError(ZohoError):
    """Signing in failed, or Zoho does not accept the access token."""


class ScopeMissing(AuthError):
    """The access token lacks a scope; refreshing it does not help, consenting again does."""


class StoreError(AuthError):
    """What is kept of a sign-in can't be read, is open to other users, or stays locked by another process."""


class LimitReached(ZohoError):
    """Zoho answers "too many requests", and waiting is pointless or has been long enough.

    retry_after: seconds that Zoho asks to wait, a day at the most; None where it does not.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, **known: Any) -> None:
        super().__init__(message, **known)
        told = self.details.get("retry_after")
        if retry_after is None and isinstance(told, int | float):
            retry_after = min(max(float(told), 0.0), LONGEST_WAIT)
        self.retry_after = retry_after


class OutOfCredits(LimitReached):
    """The API credits of the last 24 hours are used up, or too few for the next call.

    left: those that are left, as the answer said.
    """

    def __init__(self, message: str, *, left: float, **known: Any) -> None:
        super().__init__(message, **known)
        self.left = left


class Conflict(ZohoError):
    """The record was changed after the time given as `if_unmodified_since`."""


class NotFound(ZohoError):
    """There is no such record."""


class JobNotFound(NotFound):
    """There is no such mass-update job."""


class JobAlreadyRunning(ZohoError):
    """A mass-update job for this view is still running; this one was not scheduled."""


AlreadyScheduled = JobAlreadyRunning
"""The earlier name."""


class ConnectionFailed(ZohoError):
    """The server could not be reached; nothing was sent."""


class SharedStateLost(ZohoError):
    """What several processes share of an org's budget is out of reach; no call left without it."""


class AnswerLost(ZohoError):
    """The request was sent and its answer lost: it may or may not have been applied."""


class WaitTimeout(ZohoError):
    """The wait ran out while the job was still running; `status` is the last one seen."""

    def __init__(self, message: str, *, status: Any = None, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.status = status


class PageTokenExpired(ZohoError):
    """A list can't be read on: more than 24 hours lie between two of its pages.

    rows: how many records were given before; they are as Zoho had them.
    """

    def __init__(self, message: str, *, rows: int = 0, **known: Any) -> None:
        super().__init__(message, **known)
        self.rows = rows


class NoteTooLong(UserWarning):
    """A note of an appointment is longer than Zoho may take; it is sent all the same."""


class RowsNotUpdated(ZohoError):
    """Not every row was updated; `summary` counts them."""

    def __init__(self, message: str, *, summary: Summary | None = None) -> None:
        super().__init__(message)
        self.summary = summary


_BY_CODE: dict[str, type[ZohoError]] = {
    "INVALID_TOKEN": AuthError,
    "INVALID_OAUTHTOKEN": AuthError,
    "AUTHENTICATION_FAILURE": AuthError,
    "OAUTH_SCOPE_MISMATCH": ScopeMissing,
    "TOO_MANY_REQUESTS": LimitReached,
    "ALREADY_MODIFIED": Conflict,
    "ALREADY_SCHEDULED": JobAlreadyRunning,
    "EXPIRED_VALUE": PageTokenExpired,
}


def error_class(code: str | None, http_status: int | None) -> type[ZohoError]:
    """The class that fits an answer with this code and status."""
    if http_status == 429:
        return LimitReached
    return _BY_CODE.get(code or "", ZohoError)
