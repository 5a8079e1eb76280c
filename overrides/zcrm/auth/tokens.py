"""Access tokens, and what gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ..connection import Connection


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; `api_domain` is the API's address as the accounts server gave it with the token."""

    value: str = field(repr=False)
    api_domain: str | None = None


class Credentials(Protocol):
    """Whatever gives access tokens."""

    @property
    def data_center(self) -> str: ...

    @property
    def environment(self) -> str: ...

    def fresh(self, rejected: Token | None, connection: Connection) -> Token:
        """A token that should work; never `rejected`, unless there is no other."""
        ...

    async def afresh(self, rejected: Token | None, connection: Connection) -> Token:
        """`fresh`, without blocking the event loop."""
        ...


class AccessToken:
    """One fixed access token, from elsewhere. When Zoho no longer accepts it there is no other.

    value: the token. data_center: us, eu, in, au, cn, jp, ca, sa or uk.
    environment: production, sandbox or developer.
    """

    def __init__(self, value: str, *, data_center: str = "us", environment: str = "production") -> None:
        self._token = Token(value)
        self.data_center = data_center
        self.environment = environment

    def __repr__(self) -> str:
        return f"AccessToken(data_center={self.data_center!r}, environment={self.environment!r})"

    def fresh(self, rejected: Token | None, connection: Connection) -> Token:  # noqa: ARG002
        """The token."""
        return self._token

    async def afresh(self, rejected: Token | None, connection: Connection) -> Token:  # noqa: ARG002
        """The token."""
        return self._token
