"""Who signs in, and what they have to show for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, field
from hashlib import blake2b
from typing import Self

from zcrm_api.models.authorization_code_grant import AuthorizationCodeGrant
from zcrm_api.models.client_credentials_grant import ClientCredentialsGrant
from zcrm_api.models.refresh_token_grant import RefreshTokenGrant
from zcrm_api.types import UNSET

from ..errors import UsageError

Grant = RefreshTokenGrant | AuthorizationCodeGrant | ClientCredentialsGrant


@dataclass(frozen=True, slots=True)
class Application:
    """Who signs in, and by what: a refresh token, or its own credentials for the organisation `soid`."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    scope: str = ""
    soid: str = ""

    @classmethod
    def of(
        cls,
        client_id: str,
        client_secret: str,
        refresh_token: str | None,
        scopes: Iterable[str],
        soid: str | None,
    ) -> Self:
        """These credentials without blanks around them; raises UsageError when they are incomplete."""
        scope = ",".join([scopes] if isinstance(scopes, str) else scopes)
        found = cls(
            client_id.strip(), client_secret.strip(), (refresh_token or "").strip() or None, scope, soid or ""
        )
        if not found.client_id or not found.client_secret:
            raise UsageError("Signing in takes a client id and a client secret")
        if bool(found.refresh_token) == bool(found.scope and found.soid):
            raise UsageError("Signing in takes either a refresh token, or scopes and a soid")
        return found

    def key(self, accounts_url: str) -> str:
        """What the sign-in goes by in a store: equal credentials at one server, and no others, share it."""
        whole = (accounts_url, *astuple(self))
        return blake2b(repr(whole).encode(), digest_size=16).hexdigest()

    def grant(self, newer: str | None) -> Grant:
        """What to exchange for an access token; `newer` is a refresh token that replaced the given one."""
        if refresh_token := newer or self.refresh_token:
            return RefreshTokenGrant("refresh_token", self.client_id, self.client_secret, refresh_token)
        return ClientCredentialsGrant(
            "client_credentials", self.client_id, self.client_secret, self.scope, self.soid
        )

    def exchange(self, code: str, redirect_uri: str | None) -> Grant:
        """A grant code, to be exchanged for a refresh token; `redirect_uri` is the one it was sent to."""
        return AuthorizationCodeGrant(
            "authorization_code", self.client_id, self.client_secret, code, redirect_uri or UNSET
        )
