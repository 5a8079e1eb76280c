"""A gate that processes share: what its forms have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from weakref import finalize

from ..errors import SharedStateLost, UsageError
from ..wire.forks import renew_in_child
from .cells import Away, Cell, look
from .keeper import Keeper, Terms
from .leaves import SharedLeave, Turn

CALL_TIMEOUT = 300.0
MARGIN = 30.0
PATIENCE = 30.0


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Shared:
    """How an org's budget stands.

    in_flight: calls that have leave. limit: how many may. waiting: processes in the queue. credits_spent:
    those of all calls that left (assumed). credits_left: of the day's, as far as an answer has told, less
    those of calls since; None as long as none has.
    """

    in_flight: int = 0
    limit: int = 0
    waiting: int = 0
    credits_spent: int = 0
    credits_left: float | None = None


class SharedGate:
    """A `Gate` whose permits and credits are kept in a store, for all processes that reach it.

    cell: opens what the store keeps. concurrency: calls in flight at the most, over all who share it.
    call_timeout: seconds that a call takes at the most (that of the `Connection`). margin: seconds that a
    lease lasts beyond it; it is not renewed, and ends by itself when its holder dies. patience: seconds after
    which whoever waits gets SharedStateLost where the store is away. clock: monotonic seconds, for tests.

    A call that Zoho throttles halves the limit for all. Where too few credits are left for a call, by what
    answers have told, calls go one at a time: Zoho says whether it takes them.
    """

    def __init__(
        self,
        cell: Callable[[], Cell],
        concurrency: int,
        *,
        call_timeout: float = CALL_TIMEOUT,
        margin: float = MARGIN,
        patience: float = PATIENCE,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if concurrency < 1:
            raise UsageError("concurrency must be at least 1")
        self.concurrency = concurrency
        self._cell = cell
        self._terms = Terms(concurrency, call_timeout + margin, margin / 2, patience, clock)
        self._keep()
        renew_in_child(self, SharedGate._renew)

    def _keep(self) -> None:
        self._keeper = Keeper(self._cell, self._terms)
        finalize(self, self._keeper.dismiss).atexit = False

    def _renew(self) -> None:
        self._keeper.stay_behind()
        self._keep()

    @property
    def limit(self) -> int:
        """Calls in flight at the most, as things stood when the store was last asked."""
        return self._keeper.limit

    def enter(self, price: int = 0, stopped: Callable[[], bool] = _never) -> SharedLeave:
        """Wait for leave on this thread: `with gate.enter(10) as leave`.

        price: of the call, in credits. stopped: whether nobody wants the call any longer.
        Raises SharedStateLost, and Stopped.
        """
        turn = Turn(price, stopped)
        try:
            self._keeper.wait(turn)
            return turn.future.result()
        except BaseException:
            self._withdraw(turn)
            raise

    async def aenter(self, price: int = 0, stopped: Callable[[], bool] = _never) -> SharedLeave:
        """The same for a task: `with await gate.aenter(10) as leave`."""
        turn = Turn(price, stopped)
        try:
            self._keeper.wait(turn)
            return await asyncio.wrap_future(turn.future)
        except BaseException:
            self._withdraw(turn)
            raise

    def _withdraw(self, turn: Turn) -> None:
        if not turn.future.cancel() and turn.future.exception() is None:
            turn.future.result().release()

    def release(self, leave: SharedLeave) -> None:
        """Take the leave back; done by its `with` block."""
        leave.release()

    def look(self) -> Shared:
        """How things stand for all who share it. Raises SharedStateLost."""
        try:
            with closing(self._cell()) as cell:
                met = look(cell)
        except Away as error:
            raise SharedStateLost(f"The store of the shared budget is out of reach: {error}") from error
        if met is None:
            return Shared(limit=self.concurrency)
        budget = met.budget
        return Shared(
            in_flight=sum(lease.ends > met.now for lease in budget.leases),
            limit=budget.limit(met.now),
            waiting=len(budget.queue),
            credits_spent=budget.spent,
            credits_left=budget.left,
        )
