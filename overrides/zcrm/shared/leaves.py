"""Leave for one call, and those who wait for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from ..engine.flows.effects import Stopped
from ..errors import ZohoError
from ..wire.calls import NotSent
from .budget import Returned


class SharedLeave:
    """Leave for one call; `fence` is higher than that of any leave given before.

    One that is dropped, as by an interrupt, is returned by its keeper. No `__del__` does that: an interrupt
    that falls into one is swallowed.
    """

    __slots__ = ("__weakref__", "_open", "_release", "_returned", "fence", "left", "throttled")

    def __init__(self, returned: Returned, release: Callable[[Returned], None]) -> None:
        self.fence = returned.number
        self.throttled = False
        self.left: float | None = None
        self._returned = returned
        self._open = True
        self._release = release

    def release(self) -> None:
        """Return it; more than once does no more."""
        if self._open:
            self._returned.left = self.left
            self._release(self._returned)
            self._open = False

    def __enter__(self) -> Self:
        self._returned.fate = "lost"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._returned.fate = "throttled" if self.throttled else "answered"
        elif isinstance(error, NotSent | Stopped | ZohoError):
            self._returned.fate = "unsent"
        self.release()


@dataclass(slots=True, eq=False)
class Turn:
    """One who waits."""

    price: int
    stopped: Callable[[], bool]
    future: Future[SharedLeave] = field(default_factory=Future)
