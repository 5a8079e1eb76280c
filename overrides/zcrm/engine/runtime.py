"""What a client hands to its rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from zcrm_api import Client

from ..retry import Retry
from .drivers import AsyncDriver, Driver
from .flows.patience import Progress

D = TypeVar("D", Driver, AsyncDriver)


@dataclass(frozen=True, slots=True)
class Runtime(Generic[D]):
    """The parts of one client; `random` gives numbers from 0 to 1, `clock` monotonic seconds."""

    api: Client
    driver: D
    retry: Retry
    random: Callable[[], float]
    clock: Callable[[], float]
    progress: Progress = field(default_factory=Progress)


AnyRuntime = Runtime[Driver] | Runtime[AsyncDriver]
