"""A stateful local Zoho CRM: a real HTTP server on the loopback interface, for tests and demonstrations.

    with Simulator() as sim:
        sim.load("Accounts", [{"id": "5545974000000500001", "Account_Name": "Thigpen"}])
        requests go to sim.url with the header "Authorization: Zoho-oauthtoken " + sim.access_token
        assert sim.ledger.applied["Accounts", "5545974000000500001"] == 1

It answers the operations of the OpenAPI document with the documented bodies and statuses, judges every
request by its state, and keeps a ledger of what it was asked and what it applied. It shares no code with the
client.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zcrm.simulator.simulated_org import SimulatedOrg as SimulatedOrg
    from zcrm.simulator.simulator import Simulator as Simulator
    from zcrm.simulator.site.choices import Choices as Choices

__all__ = ["Choices", "SimulatedOrg", "Simulator"]

_HOMES = {
    "Choices": "zcrm.simulator.site.choices",
    "SimulatedOrg": "zcrm.simulator.simulated_org",
    "Simulator": "zcrm.simulator.simulator",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
