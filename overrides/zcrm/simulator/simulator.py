"""The simulator as its users hold it."""

from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self, get_args

from zcrm.simulator.mishaps.faults import Faults
from zcrm.simulator.org.clock import Clock
from zcrm.simulator.org.jobs import Jobs
from zcrm.simulator.org.org import Org
from zcrm.simulator.site.choices import Choices
from zcrm.simulator.site.meters import DAY_SECONDS, EDITIONS, Meters, credits_of
from zcrm.simulator.site.oauth import ALL_SCOPES, Accounts
from zcrm.simulator.site.site import Environment, Site
from zcrm.simulator.web.app import create_app
from zcrm.simulator.web.server import Server
from zcrm.simulator.web.status import PAGE, StatusPage
from zcrm.simulator.workbench import Workbench

_GLANCE = 0.5

if TYPE_CHECKING:
    from zcrm.simulator.answers.specification import Specification


class Simulator(Workbench):
    """A local Zoho CRM. Start it with `start()` and `stop()`, or use it in a `with` statement.

    `port` 0 takes a free one. The same `seed`, clock and requests give the same answers, byte for byte;
    without a seed credentials are drawn at random, and all else goes as with seed 0. `now` fixes the clock;
    without it the clock runs. `environment` is production, sandbox or developer: a sandbox answers calls
    that went well in part with 200. `edition` and `users` decide how many credits a day has and how many
    calls may be in flight; `credits_per_day` overrides the former, and they come back after `credits_window`
    seconds instead of 24 hours. `strict_fields` refuses fields a module was not seen with; otherwise writing
    a field makes it. `choices` are the readings of what the vendor's pages leave open. A request that is not
    there in whole after `patience` seconds is cut off.

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
        if environment not in get_args(Environment):
            raise ValueError(
                f"unknown environment {environment!r}; there are {', '.join(get_args(Environment))}"
            )
        if edition not in EDITIONS:
            raise ValueError(f"unknown edition {edition!r}; there are {', '.join(EDITIONS)}")
        allowance = EDITIONS[edition]
        if credits_per_day is None:
            credits_per_day = credits_of(allowance, users)
        clock, choices = Clock(now), choices or Choices()
        org = Org(clock, strict_fields=strict_fields)
        accounts = Accounts(clock, choices, seed, org.owner)
        super().__init__(
            Site(
                seed=seed or 0,
                environment=environment,
                clock=clock,
                choices=choices,
                org=org,
                accounts=accounts,
                meters=Meters(clock, allowance, credits_per_day, credits_window),
                jobs=Jobs(),
                specification=_specification() if check else None,
            ),
            Faults(seed or 0),
        )
        self._port = port
        self._patience = patience
        self._server: Server | None = None
        self.client_id = accounts.client_id
        self.client_secret = accounts.client_secret
        self.refresh_token = accounts.new_grant().refresh_token
        self.access_token = accounts.issue(" ".join(ALL_SCOPES)).text

    def start(self) -> Self:
        """Bind the port and serve from a thread of its own. Raises OSError when the port is taken."""
        if self._server is not None:
            raise RuntimeError("the simulator is running already")
        app = StatusPage(self._site, self._faults, create_app(self._site, self._faults))
        server = Server(app, self._port, self._patience)
        self._site.accounts.api_domain = f"http://127.0.0.1:{server.port}"
        server.start()
        self._server = server
        return self

    def stop(self) -> None:
        """Close all connections and end the thread. The state stays and can be looked at."""
        if self._server is not None:
            server, self._server = self._server, None
            server.stop()

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
        if self.breaches and kind is None:
            from zcrm.simulator.answers.specification import SpecificationBreach

            raise SpecificationBreach("\n".join(self.breaches))

    @property
    def breaches(self) -> list[str]:
        """Where answers, or requests that were accepted, broke the specification, when `check` is on."""
        return self._site.breaches

    @property
    def url(self) -> str:
        """The address that stands for the API domain, e.g. `http://127.0.0.1:8765`."""
        if self._server is None:
            raise RuntimeError("the simulator is not running")
        return self._site.accounts.api_domain

    @property
    def accounts_url(self) -> str:
        """The address that stands for the accounts server."""
        return self.url

    @property
    def status_url(self) -> str:
        """The address of the status page, for a browser."""
        return self.url + PAGE


def _specification() -> "Specification":
    try:
        from zcrm.simulator.answers.specification import specification
    except ModuleNotFoundError as missing:
        raise RuntimeError(f"Simulator(check=True) needs {missing.name}, which is not installed") from missing
    return specification()
