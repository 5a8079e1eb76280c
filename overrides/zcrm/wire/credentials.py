"""What the wire needs of a sign-in; the room `auth` has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ..connection import Connection
from ..errors import ZohoError

MissingScope = Callable[[str, str, int], ZohoError]
"""Makes the error for a scope that a token lacks, of operation, module and HTTP status."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token.

    api_domain: the API's address as the accounts server gave it with the token. is_known: whether that may be
    believed. made: when it was made, in seconds since the epoch: a server may give the same text again.
    """

    value: str = field(repr=False)
    api_domain: str | None = None
    is_known: bool = True
    made: float = 0.0


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
