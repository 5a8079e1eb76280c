"""The simulator as its users hold it."""

from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from zcrm.simulator.mishaps.faults import Faults
from zcrm.simulator.org.clock import Clock
from zcrm.simulator.simulated_org import SimulatedOrg
from zcrm.simulator.site.choices import Choices
from zcrm.simulator.site.meters import DAY_SECONDS
from zcrm.simulator.site.site import Environment, OrgOptions, new_site
from zcrm.simulator.status.page import PAGE, StatusPage
from zcrm.simulator.web.app import create_app
from zcrm.simulator.web.server import Server
from zcrm.simulator.web.tenants import Tenant, Tenants

_GLANCE = 0.5

if TYPE_CHECKING:
    from zcrm.simulator.answers.specification import Specification


class Simulator(SimulatedOrg):
    """A local Zoho CRM. Start it with `start()` and `stop()`, or use it in a `with` statement.

    `port` 0 takes a free one. The same `seed`, clock and requests give the same answers, byte for byte;
    without a seed credentials are drawn at random, and all else goes as with seed 0. `now` fixes the clock;
    without it the clock runs. `environment` is production, sandbox or developer: a sandbox answers calls that
    went well in part with 200. `edition` and `users` decide how many credits a day has and how many
    calls may be in flight; `credits_per_day` overrides the former, and they come back after `credits_window`
    seconds instead of 24 hours. `strict_fields` refuses fields a module was not seen with; otherwise writing
    a field makes it. `choices` are the readings of what the vendor's pages leave open. A request that is not
    there in whole after `patience` seconds is cut off.

    `orgs` is how many orgs there are behind the one address, each with records, meters, faults, a ledger and
    a sign-in of its own, all with the same options: the simulator itself is the first, its attribute `orgs`
    has all, `add_org` makes one more. Access token, refresh token or client decide which org is asked; the
    clock is everybody's.

    `check` holds all answers, and the requests that are accepted, against the specification: what is wrong
    is listed in `breaches`, and leaving the `with` statement raises SpecificationBreach. It needs jsonschema
    and PyYAML.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        seed: int | None = None,
        now: datetime | None = None,
        orgs: int = 1,
        environment: Environment = "production",
        edition: str = "enterprise",
        users: int = 10,
        credits_per_day: int | None = None,
        credits_window: int = DAY_SECONDS,
        strict_fields: bool = False,
        choices: Choices | None = None,
        patience: float = 30,
        check: bool = False,
    ) -> None:
        if orgs < 1:
            raise ValueError(f"{orgs} orgs: there must be one at least")
        self._options = OrgOptions(
            environment=environment,
            edition=edition,
            users=users,
            credits_per_day=credits_per_day,
            credits_window=credits_window,
            strict_fields=strict_fields,
        )
        self._tenants: list[Tenant] = []
        self._new_site = partial(
            new_site,
            seed=seed,
            clock=Clock(now),
            choices=choices or Choices(),
            specification=_specification() if check else None,
        )
        first = self._new_tenant()
        super().__init__(first.site, first.faults)
        self._orgs: list[SimulatedOrg] = [self]
        for _ in range(orgs - 1):
            self.add_org()
        self._port = port
        self._patience = patience
        self._server: Server | None = None

    @property
    def orgs(self) -> tuple[SimulatedOrg, ...]:
        """All orgs behind this address, this one first."""
        return tuple(self._orgs)

    def add_org(self, **options: Unpack[OrgOptions]) -> SimulatedOrg:
        """One more org, empty, running or not; `options` where it differs from the simulator's own."""
        with self._site.lock:
            added = self._new_tenant(**options)
            org = SimulatedOrg(added.site, added.faults)
            self._orgs.append(org)
        return org

    def start(self) -> Self:
        """Bind the port and serve from a thread of its own. Raises OSError when the port is taken."""
        if self._server is not None:
            raise RuntimeError("the simulator is running already")
        server = Server(StatusPage(self._tenants, Tenants(self._tenants)), self._port, self._patience)
        self._move_to(f"http://127.0.0.1:{server.port}")
        server.start()
        self._server = server
        return self

    def stop(self) -> None:
        """Close all connections and end the thread. The state stays and can be looked at."""
        if self._server is not None:
            server, self._server = self._server, None
            server.stop()
            self._move_to("")

    def serve(self) -> None:
        """Serve until interrupted from the keyboard; starts first if need be."""
        if self._server is None:
            self.start()
        assert self._server is not None
        try:
            while self._server.runs(_GLANCE):
                pass
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        breaches = [breach for org in self._orgs for breach in org.breaches]
        if breaches and kind is None:
            from zcrm.simulator.answers.specification import SpecificationBreach

            raise SpecificationBreach("\n".join(breaches))

    @property
    def status_url(self) -> str:
        """The address of the status page, for a browser."""
        return self.url + PAGE

    def _new_tenant(self, **options: Unpack[OrgOptions]) -> Tenant:
        site = self._new_site(len(self._tenants), **(self._options | options))
        if self._tenants:
            site.accounts.api_domain = self._tenants[0].site.accounts.api_domain
        faults = Faults(site.seed)
        tenant = Tenant(site, faults, create_app(site, faults))
        self._tenants.append(tenant)
        return tenant

    def _move_to(self, address: str) -> None:
        for tenant in self._tenants:
            tenant.site.accounts.api_domain = address


def _specification() -> "Specification":
    try:
        from zcrm.simulator.answers.specification import specification
    except ModuleNotFoundError as missing:
        raise RuntimeError(f"Simulator(check=True) needs {missing.name}, which is not installed") from missing
    return specification()
