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
from .budget import Fate, Returned


class SharedLeave:
    """Leave for one call; `fence` is higher than that of any leave given before.

    One that is dropped, as by an interrupt, returns itself.
    """

    __slots__ = ("_fate", "_open", "_release", "fence", "left", "throttled")

    def __init__(self, fence: int, release: Callable[[Returned], None]) -> None:
        self.fence = fence
        self.throttled = False
        self.left: float | None = None
        self._fate: Fate = "unsent"
        self._open = True
        self._release = release

    def release(self) -> None:
        """Return it; more than once does no more."""
        if self._open:
            self._open = False
            self._release(Returned(self.fence, self._fate, self.left))

    def __enter__(self) -> Self:
        self._fate = "lost"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._fate = "throttled" if self.throttled else "answered"
        elif isinstance(error, NotSent | Stopped | ZohoError):
            self._fate = "unsent"
        self.release()

    def __del__(self) -> None:
        self.release()


@dataclass(slots=True, eq=False)
class Turn:
    """One who waits."""

    price: int
    stopped: Callable[[], bool]
    future: Future[SharedLeave] = field(default_factory=Future)
