"""A call: ready to leave, the answer to it, and what there is in place of one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter, time
from typing import Any, Self

from ..errors import UsageError
from ..outcomes import Receipts

NOTHING = (204, 304)
"""Statuses of answers that carry no body."""


@dataclass(slots=True)
class Answer:
    """An HTTP answer: status, decoded JSON body (None when there is none), headers in lower case.

    receipts: in place of the body, where every item of `data` is of a record that was updated.
    """

    status: int
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    receipts: Receipts | None = None

    def plain(self) -> Answer:
        """The same with its body as JSON."""
        if self.receipts is None:
            return self
        return Answer(self.status, {"data": list(self.receipts.read())}, self.headers)


class NotSent(Exception):
    """The server could not be reached; the request never left. Thrown into a flow at its `Call`."""


class Lost(Exception):
    """The request may have reached the server, and there is no answer to trust. Thrown in at a `Call`."""


def check_loop() -> None:
    """Raise UsageError unless an event loop of asyncio runs here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise UsageError(
            "AsyncZohoCRM runs in event loops of asyncio, and there is none here",
            fix="Under trio use ZohoCRM in threads: trio.to_thread.run_sync.",
        ) from None


def _nothing() -> None: ...


@dataclass(slots=True)
class Call:
    """Make one HTTP call; gets an `Answer`, or has `NotSent`, `Lost`, `Stopped` or a `ZohoError` thrown in.

    sync, aio: the same call for either kind of driver.
    starting: run after the last wait and right before the request leaves. price: in credits (assumed).
    started, seconds: when it was made, in seconds since 1970, and how long it took, once it was.
    """

    sync: Callable[[], Answer]
    aio: Callable[[], Awaitable[Answer]]
    starting: Callable[[], None] = _nothing
    price: int = 0
    started: float | None = None
    seconds: float = 0.0
    _began: float = field(default=0.0, init=False, repr=False)

    def timed(self) -> Self:
        """For a `with` block that makes it: fills in when that was, and how long it took."""
        return self

    def __enter__(self) -> None:
        self.started, self._began = time(), perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds = perf_counter() - self._began


UnsentCall = Callable[[Callable[[], None]], Call]
"""A call still to be told what to run right before it leaves."""
