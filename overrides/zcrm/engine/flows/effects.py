"""What a flow can ask for, and what it gets back."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from ...outcomes import Outcome

T = TypeVar("T")
Flow = Generator[Any, Any, T]


class Stopped(Exception):
    """The stream was stopped before this call was made. Thrown in at a `Call`."""


class Abandoned(Exception):
    """Nobody waits for the calls in flight any longer. Thrown in wherever a flow stands: it ends at once."""


@dataclass(slots=True)
class Sleep:
    """Wait that many seconds, or less when the stream is stopped; gets None."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth knowing while calls are made; it holds no values of rows and no secrets.

    name: what a call came to: `answered`, `unreachable` (it never left) or `lost` (no answer came back);
    `retrying` (after `seconds`), `splitting` a refused call, `stopping` for good, `waiting` for credits (for
    `seconds`, before all is sent that could not be), or `settled`: rows are handed out.
    operation: the API's operation. rows: rows of the call. attempt: from 1. status, code: of the answer.
    cause: in words, where there was no answer to trust. credits: left of the day's, where the answer says so.
    started, seconds: of a call: when it left, in seconds since 1970, and how long it took. price: credits
    that a call cost (assumed). states: rows by what became of them, where they are `settled`.
    """

    name: Literal[
        "answered", "unreachable", "lost", "retrying", "splitting", "stopping", "waiting", "settled"
    ]
    operation: str
    rows: int = 0
    attempt: int = 1
    status: int | None = None
    code: str | None = None
    cause: str = ""
    seconds: float = 0.0
    credits: float | None = None
    started: float | None = None
    price: int = 0
    states: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Tell:
    """Let whoever listens know; gets None."""

    event: Event


@dataclass(slots=True)
class Pull:
    """Take up to that many rows from the input and turn them into outcomes; gets a `Pulled`.

    within: seconds after which fewer rows will do; None waits for all of them.
    """

    rows: int
    within: float | None = None


@dataclass(slots=True)
class Pulled:
    """Outcomes of the rows taken.

    ended: there are no more. late: the time was up before there were as many as wanted.
    error: what the input raised.
    """

    rows: Sequence[Outcome]
    ended: bool = False
    late: bool = False
    error: Exception | None = None


@dataclass(slots=True)
class Start:
    """Run another flow beside this one; gets None."""

    flow: Flow[Any]


@dataclass(slots=True)
class Wait:
    """Wait for a started flow to end, or only look; gets those `Ended`, maybe none when looking."""

    block: bool = True


@dataclass(slots=True)
class Halt:
    """Have every flow of the stream stop before its next call; gets None."""


@dataclass(slots=True)
class Ended:
    """A started flow that ended: with its result, or with the exception it died of."""

    flow: Flow[Any]
    result: Any = None
    error: BaseException | None = None


@dataclass(slots=True)
class Give:
    """Hand these to the caller; gets None."""

    items: Sequence[Any]
