"""Access tokens, and what gives them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from inspect import isawaitable

from zcrm_api.servers import DataCenter, Environment

from ..connection import Connection
from ..errors import AuthError, UsageError, ZohoError
from ..wire.credentials import Token
from .places import check_place
from .turns import Turns

TokenSource = Callable[[], str | Awaitable[str]]


class AccessToken:
    """An access token from elsewhere.

    value: the token, or a callable that gives it, plain or async. A callable is asked when a token is first
        needed, and again when Zoho no longer accepts the last one; one call at a time, for all threads and
        tasks. A plain one runs on a thread of its own where the client is `AsyncZohoCRM`, an async one in the
        event loop that waits for it, or in one of its own where the client is `ZohoCRM`.
    data_center: us, eu, in, au, cn, jp, ca, sa, uk or ae. environment: production, sandbox or developer.

    Raises UsageError for a token that can be none, and for an unknown data centre or environment. Calls raise
    AuthError when the callable fails.
    """

    def __init__(
        self,
        value: str | TokenSource,
        *,
        data_center: DataCenter = "us",
        environment: Environment = "production",
    ) -> None:
        check_place(data_center, environment)
        self._token = None if callable(value) else Token(_checked(value))
        self._source: TokenSource = value if callable(value) else lambda: value
        self._turns = Turns()
        self.data_center = data_center
        self.environment = environment

    def __repr__(self) -> str:
        return f"AccessToken(data_center={self.data_center!r}, environment={self.environment!r})"

    def fresh(self, rejected: Token | None, connection: Connection) -> Token:  # noqa: ARG002
        """The token, newly asked for if there is a callable and this one was rejected."""
        return self._known(rejected) or self._turns.take(rejected, partial(self._ask, rejected))

    async def afresh(self, rejected: Token | None, connection: Connection) -> Token:  # noqa: ARG002
        """`fresh`, without blocking the event loop."""
        return self._known(rejected) or await self._turns.atake(rejected, partial(self._aask, rejected))

    def _known(self, rejected: Token | None) -> Token | None:
        return self._token if self._token != rejected else None

    def _ask(self, rejected: Token | None) -> Token:
        if token := self._known(rejected):
            return token
        with _as_auth_error():
            given = self._source()
            return self._keep(asyncio.run(_result(given)) if isawaitable(given) else given)

    async def _aask(self, rejected: Token | None) -> Token:
        if token := self._known(rejected):
            return token
        with _as_auth_error():
            given = await asyncio.to_thread(self._source)
            return self._keep(await given if isawaitable(given) else given)

    def _keep(self, value: object) -> Token:
        self._token = Token(_checked(value))
        return self._token


async def _result(given: Awaitable[str]) -> str:
    return await given


@contextmanager
def _as_auth_error() -> Iterator[None]:
    try:
        yield
    except ZohoError:
        raise
    except Exception as error:
        raise AuthError(f"What should give the access token raised {type(error).__name__}") from error


def usable(value: str) -> bool:
    """Whether a header can carry the token."""
    return bool(value) and all("!" <= character <= "~" for character in value)


def _checked(value: object) -> str:
    """The token without blanks around it; raises UsageError, which does not show it, when it can be none."""
    token = value.strip() if isinstance(value, str) else ""
    if not usable(token):
        raise UsageError("An access token is text without blanks, in ASCII")
    return token
