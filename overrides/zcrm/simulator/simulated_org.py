"""One org of a simulator as its users hold it: its state, and the sign-in to it."""

from zcrm.simulator.mishaps.faults import Faults
from zcrm.simulator.site.oauth import ALL_SCOPES
from zcrm.simulator.site.site import Site
from zcrm.simulator.workbench import Workbench


class SimulatedOrg(Workbench):
    """One org, with records, users, tokens, meters, faults and a ledger of its own.

    `client_id`, `client_secret`, `refresh_token` and `access_token` lead to it and to no other. The clock and
    the choices are those of all orgs of the simulator.
    """

    def __init__(self, site: Site, faults: Faults) -> None:
        super().__init__(site, faults)
        accounts = site.accounts
        self.client_id = accounts.client_id
        self.client_secret = accounts.client_secret
        self.refresh_token = accounts.new_grant().refresh_token
        self.access_token = accounts.issue(" ".join(ALL_SCOPES)).text

    @property
    def organization(self) -> str:
        """The org's id, as `GET /org` gives it, and a soid after `ZohoCRM.`."""
        return self._site.accounts.organization

    @property
    def breaches(self) -> list[str]:
        """Where answers, or requests that were accepted, broke the specification, when `check` is on."""
        return self._site.breaches

    @property
    def url(self) -> str:
        """The address that stands for the API domain, e.g. `http://127.0.0.1:8765`."""
        if not self._site.accounts.api_domain:
            raise RuntimeError("the simulator is not running")
        return self._site.accounts.api_domain

    @property
    def accounts_url(self) -> str:
        """The address that stands for the accounts server."""
        return self.url
