"""`ZohoCRM` and `AsyncZohoCRM`: the way in."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from functools import cached_property
from inspect import signature
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self

from zcrm_api import Client
from zcrm_api.limits import CONCURRENT_UPDATES
from zcrm_api.servers import API_SERVERS

from .appointments import Appointments, AsyncAppointments
from .auth.places import check_address, check_place
from .auth.profiles import Profile, Profiles, of_environment
from .auth.scopes import missing
from .auth.stores import FileStore, TokenStore
from .connection import Connection
from .engine.drivers import AsyncDriver, Driver, Listener
from .engine.flows.effects import Event
from .engine.gate import Gate, LocalGate
from .engine.runtime import D, Runtime
from .mass_update import AsyncMassUpdate, MassUpdate
from .records import AsyncRecords, Records
from .retry import Retry
from .rows.checks import known_options
from .wire.credentials import Credentials
from .wire.http import Signing, api_client, async_api_client

if TYPE_CHECKING:
    from .metadata import AsyncMetadata, Metadata

API_VERSION = "v8"


class _CRM(Generic[D]):
    """What both faces have. `_drives`, `_sends`: what makes their driver and their generated client."""

    _drives: ClassVar[Callable[..., Any]]
    _sends: ClassVar[Callable[..., Client]]

    def __init__(
        self,
        *,
        auth: Credentials,
        api_domain: str | None = None,
        version: str = API_VERSION,
        concurrency: int | Gate = CONCURRENT_UPDATES,
        retry: Retry = Retry(),  # noqa: B008
        connection: Connection = Connection(),  # noqa: B008
        on_event: Listener | None = None,
        driver: D | None = None,
        random: Callable[[], float] = random.random,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        gate = concurrency if isinstance(concurrency, Gate) else LocalGate(concurrency)
        signing = Signing(auth, connection, missing, keep_domain=api_domain is not None)
        api = self._sends(_base_url(auth, api_domain, version), signing)
        drives: D = self._drives(gate, on_event=on_event) if driver is None else driver
        environment = auth.environment if api_domain is None else None
        self._runtime: Runtime[D] = Runtime(api, drives, retry, random, clock, environment)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **options: Any) -> Self:
        """A client as the environment describes it; options: further arguments of the class.

        ZCRM_CLIENT_ID, ZCRM_CLIENT_SECRET, ZCRM_REFRESH_TOKEN; ZCRM_DATA_CENTER ("us" by default),
        ZCRM_ENVIRONMENT ("production" by default); ZCRM_API_DOMAIN and ZCRM_ACCOUNTS_URL for other servers;
        ZCRM_TOKEN_STORE, a folder in which processes share tokens (a `FileStore`; without it, in memory).
        environ: in place of the process's own.
        Raises UsageError naming a variable that is missing or wrong, and the profiles that there are.
        """
        environ = os.environ if environ is None else environ
        folder = environ.get("ZCRM_TOKEN_STORE")
        return cls._of(of_environment(environ), FileStore(folder) if folder else None, options)

    @classmethod
    def from_profile(cls, name: str | None = None, **options: Any) -> Self:
        """A client that acts as `zcrm auth login` signed in; options: further arguments of the class.

        name: of the profile; by default the one that ZCRM_PROFILE names, or the only one there is. Tokens are
        kept beside it, for all processes that use it.
        Raises UsageError for a profile that there is not, AuthError when nobody is signed in, StoreError.
        """
        profiles = Profiles()
        profile = profiles.find(name)
        return cls._of(profile, profiles.store(profile), options)

    @classmethod
    def _of(cls, profile: Profile, store: TokenStore | None, options: Mapping[str, Any]) -> Self:
        known_options(options, signature(cls).parameters)
        return cls(**{"auth": profile.oauth(store), "api_domain": profile.api_domain, **options})

    @property
    def gate(self) -> Gate:
        """What bounds the calls in flight; give it to another client of either face as its `concurrency`."""
        return self._runtime.driver.gate

    def tell(self, event: Event) -> None:
        """Log an event and hand it to `on_event`, as those of the client's own: for what is built on it."""
        self._runtime.driver.tell(event)


class ZohoCRM(_CRM[Driver]):
    """Zoho CRM for threads: `records`, `appointments`, `mass_update`, `fields`.

    auth: an `OAuth` or an `AccessToken`. api_domain: the API's address; by default the one that the accounts
    server names, or the data centre's. version: of the API. concurrency: calls in flight at the most, over
    all threads, or the `gate` of another client to share its bound, or one of `zcrm.shared`; Zoho allows an
    app 10 big updates at a time. retry: how often and how soon calls are made
    again. connection: timeouts, proxy, certificates. on_event: called with an `Event` for each call, retry,
    split and stop, and for rows handed out, on whichever thread it happens; the same goes to the logger
    "zcrm". driver, random, clock: for tests.

    Share one client between threads, and close it, or use it as a context manager. A forked child may go on
    using it, with connections of its own; not the streams that were open.
    Raises UsageError for an address, data centre or environment that cannot be.
    """

    _drives = Driver
    _sends = staticmethod(api_client)

    @cached_property
    def records(self) -> Records:
        """Update records of any module."""
        return Records(self._runtime)

    @cached_property
    def appointments(self) -> Appointments:
        """Read and update appointments."""
        return Appointments(self._runtime)

    @cached_property
    def mass_update(self) -> MassUpdate:
        """Set the same values in many records."""
        return MassUpdate(self._runtime)

    @cached_property
    def fields(self) -> Metadata:
        """What the fields of the org's modules are."""
        from .metadata import Metadata

        return Metadata(self._runtime)

    def close(self) -> None:
        """Close the connections; streams still open can't send any more."""
        self._runtime.api.get_httpx_client().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncZohoCRM(_CRM[AsyncDriver]):
    """Zoho CRM for tasks, of one event loop of asyncio or several; otherwise as `ZohoCRM`."""

    _drives = AsyncDriver
    _sends = staticmethod(async_api_client)

    @cached_property
    def records(self) -> AsyncRecords:
        """Update records of any module."""
        return AsyncRecords(self._runtime)

    @cached_property
    def appointments(self) -> AsyncAppointments:
        """Read and update appointments."""
        return AsyncAppointments(self._runtime)

    @cached_property
    def mass_update(self) -> AsyncMassUpdate:
        """Set the same values in many records."""
        return AsyncMassUpdate(self._runtime)

    @cached_property
    def fields(self) -> AsyncMetadata:
        """What the fields of the org's modules are."""
        from .metadata import AsyncMetadata

        return AsyncMetadata(self._runtime)

    async def close(self) -> None:
        """Close the connections; streams still open can't send any more."""
        await self._runtime.api.get_async_httpx_client().aclose()

    aclose = close

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def _base_url(auth: Credentials, api_domain: str | None, version: str) -> str:
    if api_domain is None:
        check_place(auth.data_center, auth.environment)
        api_domain = API_SERVERS[auth.data_center][auth.environment]
    return f"{check_address('API domain', api_domain)}/crm/{version}"
