"""What a client hands to its rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from zcrm_api import Client

from ..retry import Retry
from ..table import rules
from .drivers import AsyncDriver, Driver
from .flows.patience import Policy, Progress

D = TypeVar("D", Driver, AsyncDriver)


@dataclass(frozen=True, slots=True)
class Runtime(Generic[D]):
    """The parts of one client; `random` gives numbers from 0 to 1, `clock` monotonic seconds.

    environment: that of the API's address; None where the address was given.
    """

    api: Client
    driver: D
    retry: Retry
    random: Callable[[], float]
    clock: Callable[[], float]
    environment: str | None = None
    progress: Progress = field(default_factory=Progress)

    @property
    def policy(self) -> Policy:
        """What its calls have in common."""
        heard = partial(self.driver.is_heard, "answered")
        return Policy(rules(), self.retry, self.random, self.progress, heard=heard)


AnyRuntime = Runtime[Driver] | Runtime[AsyncDriver]
