"""Keeps the access token of one sign-in fresh: in memory, in a store that others share, from the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

from ..connection import Connection
from ..errors import LimitReached, StoreError, ZohoError
from ..wire.calls import NotSent
from ..wire.credentials import Token
from .application import Application
from .grants import Accounts, Given, Unanswered
from .places import api_domain
from .saved import WINDOW, Newer, Saved, Unreadable, lasting, read
from .stores import TokenStore


@dataclass(frozen=True, slots=True)
class Clocks:
    """monotonic: seconds that no setting of the clock moves. wall: seconds since the epoch, which others who
    share a store count too. sleep: waits so many.
    """

    monotonic: Callable[[], float]
    wall: Callable[[], float]
    sleep: Callable[[float], object]


class Keeper:
    """The token of one sign-in. Threads and processes take turns by the store's lock."""

    def __init__(
        self,
        application: Application,
        accounts: Accounts,
        environment: str,
        store: TokenStore,
        clocks: Clocks,
        *,
        wait_for_token: bool,
    ) -> None:
        self._application = application
        self._accounts = accounts
        self._environment = environment
        self._store = store
        self.key = application.key(accounts.url)
        self._clocks = clocks
        self._wait_for_token = wait_for_token
        self._held: tuple[Token, float] | None = None

    def current(self, rejected: Token | None) -> Token | None:
        """The token in memory, while it is good and not the rejected one."""
        if self._held is None:
            return None
        token, good_until = self._held
        return token if token != rejected and self._clocks.monotonic() < good_until else None

    def get(self, rejected: Token | None, connection: Connection) -> Token:
        """A good token: from memory, from the store, or new. Raises what `OAuth.fresh` does, and NotSent."""
        left = WINDOW if self._wait_for_token else 0.0
        while True:
            try:
                with self._store.lock(self.key):
                    return self.current(rejected) or self._renew(rejected, connection)
            except LimitReached as error:
                wait = error.retry_after
                if wait is None or wait > left:
                    raise
            left -= wait
            self._clocks.sleep(wait)

    def adopt(self, given: Given) -> None:
        """Keep a token that was got by other means."""
        with self._store.lock(self.key):
            self._keep(self._load().asking(self._clocks.wall()), given)

    def kept(self) -> Token:
        """The token that the store keeps, good or not."""
        return self._token(self.saved())

    def saved(self) -> Saved:
        """What the store keeps."""
        with self._store.lock(self.key):
            return self._load()

    def revoke(self, connection: Connection) -> None:
        """Withdraw what can be withdrawn, then forget the sign-in. Raises what `Accounts.revoke` does."""
        with self._store.lock(self.key):
            saved = self._load()
            token = saved.refresh_token or self._application.refresh_token or saved.access_token
            if token is not None:
                self._accounts.revoke(token, connection)
            self._forget()

    def forget(self) -> None:
        """Forget the sign-in, whatever the store keeps of it."""
        with self._store.lock(self.key):
            self._forget()

    def _forget(self) -> None:
        self._store.delete(self.key)
        self._held = None

    def _renew(self, rejected: Token | None, connection: Connection) -> Token:
        """A token: the store's, or a new one. Raises LimitReached while there is none to be had."""
        saved = self._load()
        if token := self._left_by_others(saved, rejected):
            return token
        if (wait := saved.wait(self._clocks.wall())) > 0:
            raise _none_for(wait)
        return self._fetch(saved, connection)

    def _left_by_others(self, saved: Saved, rejected: Token | None) -> Token | None:
        """The store's token, if it is good: not the one in memory, whose age memory knows better."""
        good_for = saved.good_for(self._clocks.wall())
        token = self._token(saved)
        if good_for <= 0 or token == rejected or (self._held and token == self._held[0]):
            return None
        self._held = token, self._clocks.monotonic() + good_for
        return token

    def _fetch(self, saved: Saved, connection: Connection) -> Token:
        """A new token. The call is counted before it is made, for the process may die in it."""
        asking = saved.asking(self._clocks.wall())
        self._store.save(self.key, asking.text())
        try:
            given = self._accounts.token(self._application.grant(saved.refresh_token), connection)
        except Unanswered:
            raise
        except LimitReached as error:
            paused = saved.paused(self._clocks.wall())
            self._store.save(self.key, paused.text())
            raise _none_for(paused.wait(self._clocks.wall()), error) from error
        except (NotSent, ZohoError):
            self._store.save(self.key, saved.text())
            raise
        return self._keep(asking, given)

    def _keep(self, saved: Saved, given: Given) -> Token:
        kept = replace(
            saved,
            access_token=given.access_token,
            api_domain=given.api_domain,
            scope=given.scope or saved.scope,
            made_at=self._clocks.wall(),
            life=given.life,
            refresh_token=given.refresh_token or saved.refresh_token,
        )
        self._store.save(self.key, kept.text())
        token = self._token(kept)
        self._held = token, self._clocks.monotonic() + lasting(given.life)
        return token

    def _token(self, saved: Saved) -> Token:
        domain, known = api_domain(saved.api_domain, self._environment, self._accounts.url)
        return Token(saved.access_token or "", domain, known, saved.made_at)

    def _load(self) -> Saved:
        try:
            return read(self._store.load(self.key))
        except Unreadable as error:
            again = "Delete it, and it is made anew"
            advice = "Read it with that one, or a newer" if isinstance(error, Newer) else again
            raise StoreError(
                f"What {self._store!r} keeps under {self.key} {error}",
                fix=f"{advice} (in a folder: the file {self.key}.json).",
            ) from None


def _none_for(wait: float, error: LimitReached | None = None) -> LimitReached:
    why = error.message if error else "Zoho gives ten access tokens in ten minutes, and ten are made"
    return LimitReached(
        f"{why}; the next may be asked for in {ceil(wait)} s",
        code=error.code if error else None,
        details={"retry_after": ceil(wait)},
        http_status=error.http_status if error else None,
        fix="Wait. An access token lasts an hour: let processes that sign in alike share a FileStore.",
    )
