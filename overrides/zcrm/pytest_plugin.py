"""A pytest plugin, active wherever zcrm is installed: the fixture `zcrm_simulator`.

    def test_deals_are_closed(zcrm_simulator):
        zcrm_simulator.load("Deals", [{"id": "5545974000000500001", "Stage": "Negotiation"}])
        close_deals(zcrm_simulator.url, zcrm_simulator.access_token)
        assert zcrm_simulator.record("Deals", "5545974000000500001")["Stage"] == "Closed Won"
        assert zcrm_simulator.ledger.calls("update_records") == 1

Nothing of the simulator is imported before a test asks for it.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from zcrm.simulator import Simulator


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker that passes options to the fixture."""
    config.addinivalue_line(
        "markers", "zcrm_simulator(**options): how zcrm.simulator.Simulator is made for the test"
    )


@pytest.fixture
def zcrm_simulator(request: pytest.FixtureRequest) -> "Iterator[Simulator]":
    """A running `zcrm.simulator.Simulator` without records, faults or a past, for one test.

    Starting one takes a few milliseconds, so every test has its own. The marker
    `@pytest.mark.zcrm_simulator(edition="free", seed=7)` passes options to it, the marker nearest to the test
    first; for one that lives longer, use `Simulator` as a context manager in a fixture of your own.
    """
    if any(find_spec(name) is None for name in ("starlette", "uvicorn")):
        pytest.fail('zcrm_simulator needs an extra: pip install "zcrm[simulator]"', pytrace=False)
    from zcrm.simulator import Simulator

    marker = request.node.get_closest_marker("zcrm_simulator")
    with Simulator(**(marker.kwargs if marker else {})) as simulator:
        yield simulator
