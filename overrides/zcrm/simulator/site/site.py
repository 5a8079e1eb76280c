"""Everything that makes up one simulator, in one place for the operations to work on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

from zcrm.simulator.answers.ledger import Ledger
from zcrm.simulator.org.clock import Clock, Moment
from zcrm.simulator.org.jobs import Jobs
from zcrm.simulator.org.org import Module, Org, Record, User
from zcrm.simulator.org.pages import PageTokens
from zcrm.simulator.org.preferences import Preferences
from zcrm.simulator.site.choices import Choices
from zcrm.simulator.site.meters import Meters
from zcrm.simulator.site.oauth import Accounts

if TYPE_CHECKING:
    from zcrm.simulator.answers.specification import Specification


Environment = Literal["production", "sandbox", "developer"]


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
