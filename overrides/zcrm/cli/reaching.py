"""How a command that makes no run reaches Zoho."""

from collections.abc import Iterator
from contextlib import contextmanager

from zcrm import ZohoCRM
from zcrm.cli.bagged import Whither
from zcrm.cli.listening import Ears, listening
from zcrm.cli.screen import Screen
from zcrm.cli.signin import choose
from zcrm.cli.target import load_files, simulated

__all__ = ["reaching"]


@contextmanager
def reaching(whither: Whither, screen: Screen, *, writes: bool = False) -> Iterator[ZohoCRM]:
    """A client for whoever is signed in, or for a simulator.

    writes: whether anything is changed. Raises UsageError, AuthError, StoreError, BadFile, MissingExtra.
    """
    place = whither.place()
    with listening(Ears(whither.verbose, whither.log_file, whither.events), screen) as hear:
        if whither.simulator:
            screen.say("SIMULATOR: an embedded Zoho CRM answers; nothing leaves this machine.")
            with simulated(lambda simulator: load_files(simulator, place["loads"]), on_event=hear) as crm:
                yield crm
        else:
            sign_in = choose(whither.profile, whither.data_center, whither.environment, writes=writes)
            with sign_in.client(on_event=hear) as crm:
                yield crm
