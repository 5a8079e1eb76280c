"""The scheduler: rows in, chunks beside each other, outcomes out in input order. A flow itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from operator import attrgetter
from typing import Any

from ...errors import ZohoError
from ...outcomes import Outcome, Tally
from ...rows.options import BYTES_PER_CALL
from .chunks import Chunker
from .effects import Abandoned, Ended, Flow, Give, Halt, Pull, Pulled, Start, Wait
from .sending import Journal, NoJournal, Sent, leave, tell_as_known

LOOK_AHEAD = 4

_IS_SETTLED = attrgetter("_settled")

Admit = Callable[[int, Any], Outcome]


@dataclass(slots=True)
class Line:
    """A row of a journal: its number there, and what is known of it from an earlier stream."""

    number: int
    row: Any
    attempts: int = 0
    lost: bool = False

    def admitted(self, admit: Admit, number: int) -> Outcome:
        """The outcome of this row, the line on it as its input."""
        outcome = admit(number, self.row)
        outcome.input, outcome.attempts, outcome._lost = self, self.attempts, self.lost
        return outcome


class Intake:
    """Turns rows into outcomes the moment they are pulled, and holds them until they are handed out.

    admit: makes the outcome of row number n; already settled when our own check refuses the row.
    What is `coming` and what has `arrived` is whose who pulls; the `window` is whose who sends.
    """

    def __init__(self, admit: Admit) -> None:
        self._admit = admit
        self._rows = 0
        self.coming: deque[Any] = deque()
        self.arrived: deque[Outcome] = deque()
        self.window: list[Outcome] = []

    def take(self, row: Any) -> None:
        """Turn the next row into its outcome."""
        self.coming.append(row)
        self.admit()

    def admit(self) -> None:
        """Turn the row that is coming into its outcome. Interrupted at any point, it is there all the same
        once `recover` was called.
        """
        self.arrived.append(self._admit(self._rows, self.coming[0]))
        del self.coming[0]
        self._rows += 1

    def recover(self) -> None:
        """Give a row whose admission was interrupted its outcome: it will not be sent."""
        if self.coming:
            if not self.arrived or self.arrived[-1].row != self._rows:
                self.arrived.append(Outcome(self._rows, self.coming[0]))
            del self.coming[0]
            self._rows += 1

    def receive(self) -> list[Outcome]:
        """Take what has arrived into the window, while nobody pulls."""
        arrived = list(self.arrived)
        self.arrived.clear()
        self.window.extend(arrived)
        return arrived

    def settled(self) -> list[Outcome]:
        """Let go of the outcomes that can be handed out: settled, and no unsettled one before them."""
        head = list(takewhile(_IS_SETTLED, self.window))
        del self.window[: len(head)]
        return head

    def abandon(self) -> list[Outcome]:
        """Let go of all outcomes; those not settled are told as far as they are known."""
        for outcome in self.window:
            if not outcome._settled:
                tell_as_known(outcome)
        return self.settled()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a stream of rows.

    send: the flow that sends one chunk and settles its rows. rows: in a full chunk. beside: chunks in flight
    at once. bytes: that a chunk of several rows does not exceed. flush_after: seconds after which a slow
    input's rows are sent without waiting for a full chunk; None waits. journal: is told of the rows that
    are refused before they are sent. operation: what its rows are told by, to whoever listens.
    """

    send: Callable[[Sequence[Outcome]], Flow[Sent]]
    rows: int
    beside: int
    bytes: int = BYTES_PER_CALL
    flush_after: float | None = None
    journal: Journal = field(default_factory=NoJournal)
    operation: str = ""


def stream(plan: Plan, intake: Intake, tally: Tally, stopped: Callable[[], bool]) -> Flow[None]:
    """Pull rows, send them in full chunks, give their outcomes in input order.

    tally: what the calls take is added to it. stopped: asked before anything new is pulled or sent.
    Raises, after the outcomes of all pulled rows were given, the fatal error that stopped the stream or the
    error that the input raised.
    """
    flying: dict[Flow[Sent], Sequence[Outcome]] = {}
    try:
        yield from _stream(plan, intake, tally, stopped, flying)
    except Abandoned:
        for flow in flying:
            tally.add(_cut_short(flow))


def _stream(
    plan: Plan,
    intake: Intake,
    tally: Tally,
    stopped: Callable[[], bool],
    flying: dict[Flow[Sent], Sequence[Outcome]],
) -> Flow[None]:
    chunker = Chunker(plan.rows, plan.bytes)
    capacity = plan.rows * plan.beside * LOOK_AHEAD
    ended = late = False
    fatal: BaseException | None = None
    failure: BaseException | None = None

    while True:
        halted = fatal is not None or stopped()
        full = len(intake.window) >= capacity
        if halted:
            for outcome in chunker.drain():
                leave(outcome, fatal if isinstance(fatal, ZohoError) else None)
        while len(flying) < plan.beside and (chunk := chunker.take(partial=ended or full or late)):
            flow = plan.send(chunk)
            flying[flow] = chunk
            yield Start(flow)

        if ready := intake.settled():
            yield Give(ready)

        may_pull = not (halted or ended or full) and not chunker.has_full
        if may_pull:
            pulled: Pulled = yield Pull(plan.rows, plan.flush_after)
            due: Sequence[Outcome] = pulled.rows
            if refused := [outcome for outcome in due if outcome._settled]:
                fatal = fatal or _written(plan.journal, refused)
                due = [outcome for outcome in due if not outcome._settled]
            chunker.add(due)
            ended, late = pulled.ended, pulled.late
            failure = pulled.error
        elif (halted or ended) and not flying and not intake.window:
            break
        elif not (flying or ready):
            raise RuntimeError("The stream makes no progress")

        if flying:
            for end in (yield Wait(block=not may_pull)):
                landed = flying.pop(end.flow)
                died_of = _account(end, landed, tally)
                fatal = fatal or died_of
                if isinstance(fatal, ZohoError):
                    _tell_why(landed, fatal)
                if repeats := chunker.finished(landed):
                    fatal = fatal or _written(plan.journal, repeats)
            if fatal:
                yield Halt()

    error = fatal or failure
    if error is not None:
        raise error


def _written(journal: Journal, refused: Sequence[Outcome]) -> Exception | None:
    """Tell the journal of rows that are not sent; returns what it raised."""
    try:
        journal.settled(refused)
    except Exception as error:  # noqa: BLE001
        return error
    return None


def _cut_short(flow: Flow[Sent]) -> Tally:
    """End the flow where it stands; what it took so far."""
    try:
        flow.throw(Abandoned())
    except StopIteration as end:
        sent: Sent = end.value
        return sent.tally
    except Abandoned:
        pass
    return Tally()


def _tell_why(chunk: Sequence[Outcome], fatal: ZohoError) -> None:
    for outcome in chunk:
        if outcome.state == "unsent" and outcome.code is None:
            leave(outcome, fatal)


def _account(end: Ended, chunk: Sequence[Outcome], tally: Tally) -> BaseException | None:
    """Add up what the chunk took; whatever it died of stops the stream, its rows told as far as known."""
    if end.error is not None:
        for outcome in chunk:
            if not outcome._settled:
                tell_as_known(outcome)
        return end.error
    tally.add(end.result.tally)
    fatal: ZohoError | None = end.result.fatal
    return fatal
