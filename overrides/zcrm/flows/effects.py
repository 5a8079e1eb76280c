"""What a flow can ask for, and what it gets back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..outcomes import Outcome

T = TypeVar("T")
Flow = Generator[Any, Any, T]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, decoded JSON body (None when there is none), headers in lower case."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class NotSent(Exception):
    """The server could not be reached; the request never left. Thrown into a flow at its `Call`."""


class Lost(Exception):
    """The request may have reached the server, and there is no answer to trust. Thrown in at a `Call`."""


class Stopped(Exception):
    """The stream was stopped before this call was made. Thrown in at a `Call`."""


def _nothing() -> None: ...


@dataclass(frozen=True, slots=True)
class Call:
    """Make one HTTP call; gets an `Answer`, or has `NotSent`, `Lost`, `Stopped` or a `ZohoError` thrown in.

    sync, aio: the same call for either kind of driver.
    starting: run after the last wait and right before the request leaves.
    """

    sync: Callable[[], Answer]
    aio: Callable[[], Awaitable[Answer]]
    starting: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait that many seconds, or less when the stream is stopped; gets None."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Pull:
    """Take up to that many rows from the input and turn them into outcomes; gets a `Pulled`."""

    rows: int


@dataclass(frozen=True, slots=True)
class Pulled:
    """Outcomes of the rows taken; `ended` when there are no more, `error` when the input raised it."""

    rows: Sequence[Outcome]
    ended: bool = False
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Run another flow beside this one; gets None."""

    flow: Flow[Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for a started flow to end, or only look; gets those `Ended`, maybe none when looking."""

    block: bool = True


@dataclass(frozen=True, slots=True)
class Halt:
    """Have every flow of the stream stop before its next call; gets None."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A started flow that ended: with its result, or with the exception it died of."""

    flow: Flow[Any]
    result: Any = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Give:
    """Hand these to the caller; gets None."""

    items: Sequence[Any]
