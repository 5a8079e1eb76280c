"""Where a command's writes go: Zoho CRM, or a simulator in this process."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from zcrm import AccessToken, ZohoCRM
from zcrm.cli.screen import Screen
from zcrm.cli.signin import SignIn
from zcrm.errors import UsageError, ZohoError
from zcrm.fields import Fields, ModuleFields
from zcrm.files.tables import open_table
from zcrm.runs.request import Load, Place

if TYPE_CHECKING:
    from zcrm.simulator import SimulatedOrg, Simulator

__all__ = [
    "NOWHERE",
    "SIMULATOR",
    "MissingExtra",
    "check_org",
    "load_fields",
    "load_files",
    "place_of",
    "simulated",
    "start_simulator",
]


class MissingExtra(Exception):
    """The simulator's dependencies are not installed."""


SIMULATOR = Place("none", "simulator")
NOWHERE = Place()


def place_of(sign_in: SignIn) -> Place:
    """The place where somebody has signed in."""
    return Place(sign_in.data_center, sign_in.environment, sign_in.api_domain, sign_in.profile)


def check_org(metadata: ModuleFields | None, sign_in: SignIn | None, screen: Screen) -> None:
    """Raise UsageError where the fields are of another org; say so where that can't be asked."""
    if sign_in is None or metadata is None or metadata.org is None:
        return
    try:
        with sign_in.client() as client:
            client.fields.check(Fields([metadata]))
    except UsageError:
        raise
    except ZohoError as error:
        screen.say(f"Whether the {metadata.note} are of this org could not be asked: {error.message}")


@contextmanager
def simulated(fill: "Callable[[Simulator], object]", **options: Any) -> Iterator[ZohoCRM]:
    """Start a simulator, let `fill` put records into it, and open a client to it; raises MissingExtra."""
    with start_simulator() as simulator:
        fill(simulator)
        with ZohoCRM(auth=AccessToken(simulator.access_token), api_domain=simulator.url, **options) as client:
            yield client


@contextmanager
def start_simulator(**options: Any) -> "Iterator[Simulator]":
    """Run a simulator with these options in a thread of this process; raises MissingExtra if it can't."""
    if any(find_spec(name) is None for name in ("starlette", "uvicorn")):
        raise MissingExtra('the simulator needs an extra: pip install "zcrm[cli,simulator]"')
    from zcrm.simulator import Simulator

    with Simulator(**options) as simulator:
        yield simulator


def load_fields(simulator: "SimulatedOrg", load: Load) -> None:
    """Have the simulator know a module's fields as a file has them; raises UsageError."""
    try:
        simulator.load_fields(load.module, load.path)
    except (OSError, ValueError) as error:
        raise UsageError(f"{load.path}: {getattr(error, 'strerror', None) or error}") from error


def load_files(simulator: "SimulatedOrg", loads: Iterable[Load]) -> dict[str, int]:
    """Put the files' records into the simulator; returns how many by module. Raises BadFile."""
    loaded: dict[str, int] = {}
    for load in loads:
        with open_table(load.path) as table:
            ids = simulator.load(load.module, (row.record for row in table))
        loaded[load.module] = loaded.get(load.module, 0) + len(ids)
    return loaded
