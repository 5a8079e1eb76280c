"""Page tokens: where a listing goes on, for whom and under which parameters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from zcrm.simulator.org.org import Record


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where a listing goes on, for one user and one set of parameters."""

    user_id: str
    parameters: tuple[tuple[str, str], ...]
    start: int
    expires: datetime


@dataclass(slots=True)
class PageTokens:
    """The page tokens given out, and the order of the latest listing for as long as nothing changes."""

    tokens: dict[str, PageToken] = field(default_factory=dict)
    _key: object = None
    _records: list[Record] = field(default_factory=list)

    def give(self, token: PageToken, seed: int) -> str:
        """The text that stands for the token."""
        text = blake2b(repr((seed, token)).encode(), digest_size=24).hexdigest()
        self.tokens[text] = token
        return text

    def ordered(self, key: object, make: Callable[[], list[Record]]) -> list[Record]:
        """The list `make` gives, kept for as long as it is asked for under the same key."""
        if self._key != key:
            self._key, self._records = key, make()
        return self._records
