"""Access tokens by OAuth, from a refresh token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import Any

from zcrm_api.api.oauth import create_token
from zcrm_api.limits import ACCESS_TOKEN_SECONDS
from zcrm_api.models.refresh_token_grant import RefreshTokenGrant
from zcrm_api.servers import ACCOUNTS_SERVERS, API_SERVERS

from ..connection import Connection
from ..errors import AuthError, LimitReached, UsageError
from ..flows.effects import Answer, Lost, NotSent
from ..http import accounts_client, call
from ..table import rules
from .tokens import Token

_EARLY = 300.0
_OPERATION = "create_token"


class OAuth:
    """Gets access tokens with a refresh token; one call to the accounts server at a time, shared by all.

    client_id, client_secret, refresh_token: from Zoho's API console.
    data_center: us, eu, in, au, cn, jp, ca, sa or uk. environment: production, sandbox or developer.
    accounts_url: another accounts server than the data centre's, for tests.
    clock: monotonic, in seconds.
    Raises UsageError for an unknown data centre or environment.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        data_center: str = "us",
        environment: str = "production",
        accounts_url: str | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        check_place(data_center, environment)
        self.data_center = data_center
        self.environment = environment
        self._accounts_url = accounts_url or ACCOUNTS_SERVERS[data_center]
        self._grant = RefreshTokenGrant("refresh_token", client_id, client_secret, refresh_token)
        self._clock = clock
        self._lock = Lock()
        self._token: Token | None = None
        self._good_until = 0.0

    def __repr__(self) -> str:
        return f"OAuth(data_center={self.data_center!r}, environment={self.environment!r})"

    def fresh(self, rejected: Token | None, connection: Connection) -> Token:
        """A token that is good for some minutes more and is not the rejected one.

        Raises AuthError when the accounts server refuses, LimitReached when it wants no more calls for now.
        """
        if token := self._current(rejected):
            return token
        with self._lock:
            return self._current(rejected) or self._fetch(connection)

    async def afresh(self, rejected: Token | None, connection: Connection) -> Token:
        """`fresh`, without blocking the event loop."""
        if token := self._current(rejected):
            return token
        return await asyncio.to_thread(self.fresh, rejected, connection)

    def _current(self, rejected: Token | None) -> Token | None:
        token = self._token
        return token if token and token != rejected and self._clock() < self._good_until else None

    def _fetch(self, connection: Connection) -> Token:
        client = accounts_client(self._accounts_url, connection)
        ask = call(create_token.sync_detailed, create_token.asyncio_detailed, client=client, body=self._grant)
        with client.get_httpx_client():
            try:
                answer = ask(lambda: None).sync()
            except Lost as error:
                raise NotSent(f"no answer from the accounts server: {error}") from error
        token, life = _read(answer)
        self._token, self._good_until = token, self._clock() + max(life - _EARLY, life / 2)
        return token


def check_place(data_center: str, environment: str) -> None:
    """Raise UsageError unless there is such a data centre and environment."""
    if data_center not in API_SERVERS:
        raise UsageError(f"There is no data centre {data_center!r}; there are {', '.join(API_SERVERS)}")
    if environment not in API_SERVERS[data_center]:
        raise UsageError(f"There is no environment {environment!r}: it is production, sandbox or developer")


def _read(answer: Answer) -> tuple[Token, float]:
    body = answer.body
    if not isinstance(body, dict) or answer.status >= 500:
        raise NotSent(f"the accounts server answered HTTP {answer.status}")
    if not isinstance(body.get("access_token"), str):
        raise _refusal(body, answer.status)
    seconds = body.get("expires_in_sec") or body.get("expires_in") or ACCESS_TOKEN_SECONDS
    return Token(body["access_token"], body.get("api_domain")), float(seconds)


def _refusal(body: Mapping[str, Any], status: int) -> AuthError | LimitReached:
    code = str(body.get("error", "")) or None
    if body.get("status") == "failure" or "error_description" in body or status == 429:
        return LimitReached(
            "The accounts server wants no more calls for access tokens for now",
            code=code,
            http_status=status,
            fix="Wait ten minutes; an access token lasts an hour and can be shared by all processes.",
        )
    fix = rules().find(_OPERATION, status, code or "", "request").fix("", {})
    return AuthError("The accounts server gave no access token", code=code, http_status=status, fix=fix)
