"""`ZohoCRM` and `AsyncZohoCRM`: the way in."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from functools import cached_property
from time import monotonic
from types import TracebackType
from typing import Any, Self

from zcrm_api.limits import CONCURRENT_UPDATES
from zcrm_api.servers import API_SERVERS

from .appointments import Appointments, AsyncAppointments
from .auth.oauth import OAuth
from .auth.places import check_address, check_place
from .auth.scopes import missing
from .auth.stores import FileStore
from .connection import Connection
from .engine.drivers import AsyncDriver, Driver, Listener
from .engine.gate import Gate
from .engine.runtime import Runtime
from .errors import UsageError
from .mass_update import AsyncMassUpdate, MassUpdate
from .records import AsyncRecords, Records
from .retry import Retry
from .wire.credentials import Credentials
from .wire.forks import renew_in_child
from .wire.http import Signing, api_client, async_api_client

API_VERSION = "v8"


class ZohoCRM:
    """Zoho CRM for threads: `records`, `appointments`, `mass_update`.

    auth: an `OAuth` or an `AccessToken`. api_domain: the API's address; by default the one that the accounts
    server names, or the data centre's. version: of the API. concurrency: calls in flight at the most, over
    all threads, or the `gate` of another client to share its bound; Zoho allows an app 10 big updates at a
    time. retry: how often and how soon calls are made
    again. connection: timeouts, proxy, certificates. on_event: called with an `Event` for each answer, retry,
    split and stop, on whichever thread it happens; the same goes to the logger "zcrm". driver, random, clock:
    for tests.

    Share one client between threads, and close it, or use it as a context manager. A forked child may go on
    using it, with connections of its own; not the streams that were open.
    Raises UsageError for an address, data centre or environment that cannot be.
    """

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
        driver: Driver | None = None,
        random: Callable[[], float] = random.random,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        gate = concurrency if isinstance(concurrency, Gate) else Gate(concurrency)
        signing = Signing(auth, connection, missing, keep_domain=api_domain is not None)
        api = api_client(_base_url(auth, api_domain, version), signing)
        self._http = api.get_httpx_client()
        driver = driver or Driver(gate, on_event=on_event)
        renew_in_child(driver.gate, _renew)
        self._runtime = Runtime(api, driver, retry, random, clock)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, **options: Any) -> Self:
        """A client as the environment describes it; options: further arguments of the class.

        ZCRM_CLIENT_ID, ZCRM_CLIENT_SECRET, ZCRM_REFRESH_TOKEN; ZCRM_DATA_CENTER ("us" by default),
        ZCRM_ENVIRONMENT ("production" by default); ZCRM_API_DOMAIN and ZCRM_ACCOUNTS_URL for other servers;
        ZCRM_TOKEN_STORE, a folder in which processes share tokens (a `FileStore`; without it, in memory).
        Raises UsageError naming a variable that is missing or wrong.
        """
        return cls(**_from_env(environ) | options)

    @property
    def gate(self) -> Gate:
        """What bounds the calls in flight; give it to another client of either face as its `concurrency`."""
        return self._runtime.driver.gate

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

    def close(self) -> None:
        """Close the connections; streams still open can't send any more."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncZohoCRM:
    """Zoho CRM for tasks of one event loop; otherwise as `ZohoCRM`."""

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
        driver: AsyncDriver | None = None,
        random: Callable[[], float] = random.random,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        gate = concurrency if isinstance(concurrency, Gate) else Gate(concurrency)
        signing = Signing(auth, connection, missing, keep_domain=api_domain is not None)
        api = async_api_client(_base_url(auth, api_domain, version), signing)
        self._http = api.get_async_httpx_client()
        driver = driver or AsyncDriver(gate, on_event=on_event)
        renew_in_child(driver.gate, _renew)
        self._runtime = Runtime(api, driver, retry, random, clock)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, **options: Any) -> Self:
        """`ZohoCRM.from_env` for tasks."""
        return cls(**_from_env(environ) | options)

    @property
    def gate(self) -> Gate:
        """What bounds the calls in flight; give it to another client of either face as its `concurrency`."""
        return self._runtime.driver.gate

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

    async def close(self) -> None:
        """Close the connections; streams still open can't send any more."""
        await self._http.aclose()

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


def _renew(gate: Gate) -> None:
    """The calls that the parent had in flight are none of the child's; who shared the gate still does."""
    Gate.__init__(gate, gate.concurrency)


def _from_env(environ: Mapping[str, str]) -> dict[str, Any]:
    needed = ("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN")
    missing = [name for name in needed if not environ.get(name)]
    if missing:
        raise UsageError(f"Missing in the environment: {', '.join(missing)}")
    data_center, environment = check_place(
        environ.get("ZCRM_DATA_CENTER") or "us", environ.get("ZCRM_ENVIRONMENT") or "production"
    )
    auth = OAuth(
        client_id=environ["ZCRM_CLIENT_ID"],
        client_secret=environ["ZCRM_CLIENT_SECRET"],
        refresh_token=environ["ZCRM_REFRESH_TOKEN"],
        data_center=data_center,
        environment=environment,
        accounts_url=environ.get("ZCRM_ACCOUNTS_URL"),
        store=FileStore(folder) if (folder := environ.get("ZCRM_TOKEN_STORE")) else None,
    )
    return {"auth": auth, "api_domain": environ.get("ZCRM_API_DOMAIN") or None}
