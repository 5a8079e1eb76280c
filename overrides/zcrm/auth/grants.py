"""The calls to the accounts server, and what its answers mean.

Refusals mostly come with HTTP 200 and an `error` in place of the token (Zoho's accounts pages).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Self

from zcrm_api.api.oauth import create_token, revoke_token
from zcrm_api.limits import ACCESS_TOKEN_SECONDS
from zcrm_api.models.revoke_token_body import RevokeTokenBody
from zcrm_api.servers import ACCOUNTS_SERVERS

from ..connection import Connection
from ..errors import AuthError, LimitReached
from ..table import rules
from ..wire.calls import Answer, Lost, NotSent, UnsentCall
from ..wire.http import accounts_client, call
from .application import Grant
from .places import check_address
from .tokens import usable

_OPERATION = "create_token"
_TOO_MANY_CODES = "access_denied"
_DEAD = ("invalid_token", "invalid_code")
_PERHAPS_ELSEWHERE = ("invalid_client", "invalid_client_secret", "invalid_code")


@dataclass(frozen=True, slots=True)
class Given:
    """What the accounts server gave; `life` in seconds."""

    access_token: str = field(repr=False)
    life: float
    api_domain: str | None
    scope: str
    refresh_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accounts:
    """One accounts server; `name` is what to call it in front of people."""

    url: str
    name: str

    @classmethod
    def of(cls, data_center: str, url: str | None) -> Self:
        """The data centre's, or the one at `url`; raises UsageError when that is no address."""
        url = check_address("accounts server", url) if url else ACCOUNTS_SERVERS[data_center]
        return cls(url, f"The accounts server of data centre {data_center} ({url})")

    def token(self, grant: Grant, connection: Connection) -> Given:
        """Exchange the grant for an access token.

        Raises AuthError when the grant is refused; LimitReached when the server wants no more calls for now;
        NotSent when it gave no answer that makes sense, `Unanswered` when it may have made a token all the
        same.
        """
        with accounts_client(self.url, connection) as client:
            answer = _answer(
                call(create_token.sync_detailed, create_token.asyncio_detailed, client=client, body=grant)
            )
        body = _body(answer)
        value = body.get("access_token")
        if not isinstance(value, str):
            raise self._refusal("gave no token", body, answer.status)
        if not usable(value):
            raise NotSent("the accounts server gave an access token that no header can carry")
        return Given(
            access_token=value,
            life=_life(body),
            api_domain=_text(body, "api_domain"),
            scope=_text(body, "scope") or "",
            refresh_token=_text(body, "refresh_token"),
        )

    def revoke(self, token: str, connection: Connection) -> None:
        """Withdraw a token of either kind; one that is dead already will do.

        Raises AuthError, LimitReached and NotSent as `token` does.
        """
        with accounts_client(self.url, connection) as client:
            body = RevokeTokenBody(token)
            answer = _answer(
                call(revoke_token.sync_detailed, revoke_token.asyncio_detailed, client=client, body=body)
            )
        said = _body(answer)
        if said.get("status") != "success" and said.get("error") not in _DEAD:
            raise self._refusal("withdrew no token", said, answer.status)

    def _refusal(self, what: str, body: Mapping[str, Any], status: int) -> AuthError | LimitReached:
        code = str(body.get("error") or "") or None
        rule = rules().find(_OPERATION, status, code or "", "request")
        fix = rule.fix("", {})
        if not rule.fatal and _wants_a_pause(body, status):
            return LimitReached(
                f"{self.name} wants no more calls for tokens for now",
                code=code,
                http_status=status,
                fix=fix or "Wait ten minutes. An access token lasts an hour, and programs can share it.",
            )
        message = f"{self.name} {what}"
        if code in _PERHAPS_ELSEWHERE:
            message += "; what is mistyped and what belongs to another data centre look alike to it"
        return AuthError(message, code=code, http_status=status, fix=fix)


class Unanswered(NotSent):
    """Asked for a token, and the answer was lost: one may have been made."""


def _answer(operation: UnsentCall) -> Answer:
    try:
        return operation(lambda: None).sync()
    except Lost as error:
        raise Unanswered(f"no answer from the accounts server: {error}") from error


def _body(answer: Answer) -> Mapping[str, Any]:
    if answer.status == 429 and not isinstance(answer.body, dict):
        return {}
    if answer.status >= 500 or not isinstance(answer.body, dict) or not answer.body:
        raise NotSent(f"the accounts server answered HTTP {answer.status} and nothing that makes sense")
    return answer.body


def _text(body: Mapping[str, Any], key: str) -> str | None:
    value = body.get(key)
    return value if isinstance(value, str) and value else None


def _wants_a_pause(body: Mapping[str, Any], status: int) -> bool:
    """Known by its shape: the words are in the language of the account, and the status is 200 or 400."""
    return (
        body.get("status") == "failure"
        or "error_description" in body
        or body.get("error") == _TOO_MANY_CODES
        or status == 429
    )


def _life(body: Mapping[str, Any]) -> float:
    """Seconds; where `expires_in_sec` is there, `expires_in` counts milliseconds."""
    try:
        life = float(body.get("expires_in_sec") or body.get("expires_in") or 0)
    except (TypeError, ValueError):
        life = 0.0
    return min(life, ACCESS_TOKEN_SECONDS) if isfinite(life) and life > 0 else ACCESS_TOKEN_SECONDS
