"""One refresh at a time: one caller fetches, all others that want a token get what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from threading import Lock

from ..errors import ZohoError
from ..wire.calls import NotSent
from ..wire.credentials import Token
from ..wire.forks import renew_in_child


@dataclass(slots=True)
class _Turn:
    """One fetch under way. `came` is what came of it: a token, an error, or nothing when it was cancelled."""

    rejected: Token | None
    waiting: list[Future[None]] = field(default_factory=list)
    came: Token | ZohoError | NotSent | None = None

    def token_for(self, rejected: Token | None) -> Token | None:
        """The token, or the error raised; None when the one who waited must ask for itself."""
        if isinstance(self.came, Exception):
            raise copy(self.came)
        return self.came if rejected in (None, self.rejected) or self.came != rejected else None


class Turns:
    """Takes turns between threads and tasks, of whatever event loop.

    An error is shared with all who waited, so that a refusal costs one call and not one for each of them. Who
    comes later tries again.
    """

    def __init__(self) -> None:
        self._renew()
        renew_in_child(self, Turns._renew)

    def _renew(self) -> None:
        self._lock = Lock()
        self._turn: _Turn | None = None

    def take(self, rejected: Token | None, fetch: Callable[[], Token]) -> Token:
        """What `fetch` gives, or what it gave to another caller meanwhile, unless that is `rejected`."""
        while True:
            with self._ending(_Turn(rejected)) as mine:
                turn, waiting = self._join(mine)
                if waiting is None:
                    mine.came = token = fetch()
                    return token
            waiting.result()
            if came := turn.token_for(rejected):
                return came

    async def atake(self, rejected: Token | None, fetch: Callable[[], Awaitable[Token]]) -> Token:
        """`take` for tasks."""
        while True:
            with self._ending(_Turn(rejected)) as mine:
                turn, waiting = self._join(mine)
                if waiting is None:
                    mine.came = token = await fetch()
                    return token
            await asyncio.wrap_future(waiting)
            if came := turn.token_for(rejected):
                return came

    def _join(self, mine: _Turn) -> tuple[_Turn, Future[None] | None]:
        """One's own turn, to fetch in; or another's, and what to wait for."""
        with self._lock:
            if self._turn is None:
                self._turn = mine
                return mine, None
            waiting: Future[None] = Future()
            self._turn.waiting.append(waiting)
            return self._turn, waiting

    @contextmanager
    def _ending(self, mine: _Turn) -> Iterator[_Turn]:
        """End the turn, wherever an interrupt falls, if it has begun."""
        try:
            yield mine
        except (ZohoError, NotSent) as error:
            mine.came = copy(error)
            raise
        finally:
            with self._lock:
                if self._turn is mine:
                    self._turn = None
            for waiting in mine.waiting:
                if waiting.set_running_or_notify_cancel():
                    waiting.set_result(None)
