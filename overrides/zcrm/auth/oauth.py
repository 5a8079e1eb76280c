"""Access tokens by OAuth: from a refresh token, a grant code, or the client's own credentials."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from zcrm_api.servers import DataCenter, Environment

from ..connection import Connection
from ..errors import AuthError, ConnectionFailed
from ..wire.calls import NotSent
from ..wire.credentials import Token
from .application import Application
from .grants import Accounts
from .keeper import Clocks, Keeper
from .places import api_domain, check_place
from .stores import PROCESS, TokenStore
from .turns import Turns


@dataclass(frozen=True, slots=True)
class SignInStatus:
    """What is known of a sign-in without asking anybody; nothing of it is secret.

    scopes: as the accounts server named them; empty where it did not. api_domain: where its tokens lead.
    made_at: when the access token was made, in seconds since the epoch; None where there is none.
    good_for: seconds until it is replaced; 0 when it is due. recent_tokens: asked for within the last ten
    minutes, by all who share the store. wait: seconds until another may be asked for; 0 when it may be now.
    """

    scopes: tuple[str, ...]
    api_domain: str | None
    made_at: float | None
    good_for: float
    recent_tokens: int
    wait: float


class OAuth:
    """Gets access tokens and keeps them, one call at a time, for all who share the store.

    client_id, client_secret: from Zoho's API console. refresh_token: from a grant code (`from_grant_code`).
    scopes, soid: in place of refresh_token, for a client that signs in by its own credentials; soid is
        `ZohoCRM.` and the id of the organisation.
    data_center: us, eu, in, au, cn, jp, ca, sa, uk or ae. environment: production, sandbox or developer.
    accounts_url: another accounts server than the data centre's, for tests.
    store: where tokens are kept; by default in memory, where all of this process with equal credentials
        share them. A `FileStore` shares them between processes, and over restarts.
    wait_for_token: when Zoho gives no more tokens for now (ten in ten minutes), wait instead of raising
        LimitReached: ten minutes at the most, on the thread that needs the token.
    clock: monotonic seconds; now: seconds since the epoch; sleep: waits so many seconds; all three for tests.

    Raises UsageError for an unknown data centre or environment, and for credentials that are incomplete.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        refresh_token: str | None = None,
        scopes: Iterable[str] = (),
        soid: str | None = None,
        data_center: DataCenter = "us",
        environment: Environment = "production",
        accounts_url: str | None = None,
        store: TokenStore | None = None,
        wait_for_token: bool = False,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        check_place(data_center, environment)
        self.data_center = data_center
        self.environment = environment
        self._application = Application.of(client_id, client_secret, refresh_token, scopes, soid)
        self._accounts = Accounts.of(data_center, accounts_url)
        self._keeper = Keeper(
            self._application,
            self._accounts,
            environment,
            PROCESS if store is None else store,
            Clocks(clock, now, sleep),
            wait_for_token=wait_for_token,
        )
        self._now = now
        self._turns = Turns()

    @classmethod
    def from_grant_code(
        cls,
        code: str,
        *,
        client_id: str,
        client_secret: str,
        redirect_uri: str | None = None,
        data_center: DataCenter = "us",
        environment: Environment = "production",
        accounts_url: str | None = None,
        connection: Connection = Connection(),  # noqa: B008
        **options: Any,
    ) -> Self:
        """Exchange a grant code, which is good once and for some minutes, and sign in with what it gives.

        redirect_uri: the one that the code was sent to; None for a code that a self client generated.
        options: further arguments of the class. The `refresh_token` of what is returned is worth keeping: it
        does not expire, and is all that is needed from then on.
        Raises AuthError when the code is refused or gives no refresh token, LimitReached when too many codes
        were exchanged, ConnectionFailed when there was no answer.
        """
        check_place(data_center, environment)
        try:
            given = Accounts.of(data_center, accounts_url).token(
                Application(client_id.strip(), client_secret.strip()).exchange(code.strip(), redirect_uri),
                connection,
            )
        except NotSent as error:
            raise ConnectionFailed(
                f"The grant code may be used up: {error}", fix="Get a new code and try again."
            ) from error
        if given.refresh_token is None:
            raise AuthError(
                "The grant code gave no refresh token",
                fix="Ask for the code with access_type=offline and prompt=consent.",
            )
        signed_in = cls(
            client_id=client_id,
            client_secret=client_secret,
            refresh_token=given.refresh_token,
            data_center=data_center,
            environment=environment,
            accounts_url=accounts_url,
            **options,
        )
        signed_in._keeper.adopt(given)
        return signed_in

    def __repr__(self) -> str:
        return f"OAuth(data_center={self.data_center!r}, environment={self.environment!r})"

    @property
    def refresh_token(self) -> str | None:
        """The refresh token, a secret: the accounts server's own, where it replaced the one given."""
        return self._keeper.saved().refresh_token or self._application.refresh_token

    def fresh(self, rejected: Token | None, connection: Connection) -> Token:
        """A token that is good for some minutes more and is not the rejected one.

        Raises AuthError when the accounts server refuses, LimitReached when it wants no more calls for now,
        StoreError when what the store keeps is damaged.
        """
        return self._keeper.current(rejected) or self._turns.take(
            rejected, partial(self._keeper.get, rejected, connection)
        )

    async def afresh(self, rejected: Token | None, connection: Connection) -> Token:
        """`fresh`, without blocking the event loop."""
        get = partial(self._keeper.get, rejected, connection)
        return self._keeper.current(rejected) or await self._turns.atake(
            rejected, lambda: asyncio.to_thread(get)
        )

    @property
    def key(self) -> str:
        """What the sign-in goes by in its store: nothing secret, and the same for equal credentials."""
        return self._keeper.key

    def sign_in(self, connection: Connection = Connection(), *, anew: bool = False) -> None:  # noqa: B008
        """Get a token now unless there is a good one, to see that the credentials work.

        anew: even where there is one, which shows that they still do.
        Raises what `fresh` does, and ConnectionFailed.
        """
        try:
            self.fresh(self._keeper.kept() if anew else None, connection)
        except NotSent as error:
            raise ConnectionFailed(f"Nobody could be asked for a token: {error}") from error

    def status(self) -> SignInStatus:
        """How things stand by the store, at no call. Raises StoreError."""
        saved, now = self._keeper.saved(), self._now()
        domain, known = api_domain(saved.api_domain, self.environment, self._accounts.url)
        return SignInStatus(
            scopes=tuple(saved.scope.replace(",", " ").split()),
            api_domain=domain if known else None,
            made_at=saved.made_at if saved.access_token else None,
            good_for=max(saved.good_for(now), 0.0),
            recent_tokens=len(saved.recent_calls(now)),
            wait=saved.wait(now),
        )

    def revoke(self, connection: Connection = Connection()) -> None:  # noqa: B008
        """Withdraw the refresh token with all its access tokens, and forget them.

        Client credentials have no refresh token: their access token is withdrawn.
        Raises AuthError, LimitReached or ConnectionFailed when it was not; nothing is forgotten then.
        """
        try:
            self._keeper.revoke(connection)
        except NotSent as error:
            raise ConnectionFailed(f"Nothing was withdrawn: {error}") from error

    def forget(self) -> None:
        """Forget the tokens, here and in the store, without withdrawing them. Raises StoreError."""
        self._keeper.forget()
