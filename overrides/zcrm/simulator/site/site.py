"""Everything that makes up one simulator, in one place for the operations to work on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, get_args

from zcrm.simulator.answers.ledger import Ledger
from zcrm.simulator.org.clock import Clock, Moment
from zcrm.simulator.org.jobs import Jobs
from zcrm.simulator.org.org import Module, Org, Record, User
from zcrm.simulator.org.pages import PageTokens
from zcrm.simulator.org.preferences import Preferences
from zcrm.simulator.site.choices import Choices
from zcrm.simulator.site.meters import DAY_SECONDS, EDITIONS, Meters, credits_of
from zcrm.simulator.site.oauth import Accounts

if TYPE_CHECKING:
    from zcrm.simulator.answers.specification import Specification


Environment = Literal["production", "sandbox", "developer"]

_FIRST_ORGANIZATION: Final = 900_000_001


class OrgOptions(TypedDict, total=False):
    """What `Simulator` takes of an org, with the same defaults."""

    environment: Environment
    edition: str
    users: int
    credits_per_day: int | None
    credits_window: int
    strict_fields: bool


@dataclass(slots=True)
class Site:
    """One simulated Zoho. `lock` is held while a request is carried out, or a test looks or arranges.

    `breaches` is what a `specification`, if there is one, found wrong with the answers.
    """

    seed: int
    environment: Environment
    clock: Clock
    choices: Choices
    org: Org
    accounts: Accounts
    meters: Meters
    jobs: Jobs
    ledger: Ledger = field(default_factory=Ledger)
    pages: PageTokens = field(default_factory=PageTokens)
    preferences: Preferences = field(default_factory=Preferences)
    specification: "Specification | None" = None
    breaches: list[str] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)

    def mixed_status(self, chosen: int | Literal["by_environment"]) -> int:
        """The status of an answer in which some rows were updated and some refused."""
        if chosen == "by_environment":
            return 200 if self.environment == "sandbox" else 207
        return chosen

    def apply(
        self,
        module: Module,
        record: Record,
        changes: dict[str, Any],
        moment: Moment,
        user: User,
        automations: tuple[str, ...],
    ) -> None:
        """Write fields to a record and take down what that fires."""
        record.write(changes, moment, user)
        self.take_down(module, (record.id,), automations)

    def take_down(self, module: Module, ids: Sequence[str], automations: tuple[str, ...]) -> None:
        """Take down that these records were written, and what that fires."""
        module.revision += 1
        self.ledger.apply(module.name, ids, automations)


def new_site(
    number: int,
    seed: int | None,
    clock: Clock,
    choices: Choices,
    specification: "Specification | None",
    *,
    environment: Environment = "production",
    edition: str = "enterprise",
    users: int = 10,
    credits_per_day: int | None = None,
    credits_window: int = DAY_SECONDS,
    strict_fields: bool = False,
) -> Site:
    """The site of a simulator's org, the first being number 0; raises ValueError for an option unheard of.

    Two numbers give two ids, and with a seed two sets of credentials; record ids are given alike.
    """
    if environment not in get_args(Environment):
        raise ValueError(f"unknown environment {environment!r}; there are {', '.join(get_args(Environment))}")
    if edition not in EDITIONS:
        raise ValueError(f"unknown edition {edition!r}; there are {', '.join(EDITIONS)}")
    allowance = EDITIONS[edition]
    if credits_per_day is None:
        credits_per_day = credits_of(allowance, users)
    org = Org(
        clock, f"zcrm simulator {number + 1}" if number else "zcrm simulator", strict_fields=strict_fields
    )
    own_seed = None if seed is None else seed + number
    return Site(
        seed=(seed or 0) + number,
        environment=environment,
        clock=clock,
        choices=choices,
        org=org,
        accounts=Accounts(clock, choices, own_seed, org.owner, str(_FIRST_ORGANIZATION + number)),
        meters=Meters(clock, allowance, credits_per_day, credits_window),
        jobs=Jobs(),
        specification=specification,
    )
