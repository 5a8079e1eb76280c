"""What a ledger keeps of the calls of a part, and what follows from it.

Entries are only ever added; of a row the last one holds. Rows are counted from 0 within their part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..engine.flows.credits import for_rows
from ..engine.flows.sending import LOST, STOPPED
from ..errors import SharedStateLost
from ..outcomes import STATES, Outcome, Tally
from ..runs.spans import FLYING, Span, flying, settled

_KNOWN = {*STATES, FLYING}
Why = Mapping[str, Any] | None
"""What kept rows from being sent: `type`, `code`, `message`, `fix`."""


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """What is known of some rows from here on, and what it took.

    epoch: of the claim that it was found out under. whole: calls, credits and retries are those of the
    epoch's end, in place of what was added up until then. cleared: values sent as null, in updated rows.
    """

    epoch: int
    spans: list[Span] = []
    calls: int = 0
    credits: int = 0
    retries: int = 0
    cleared: int = 0
    whole: bool = False

    @classmethod
    def leaving(cls, epoch: int, rows: Sequence[Outcome], now: float) -> Entry:
        """A call with these rows leaves. now: seconds since 1970."""
        again = int(rows[0].attempts > rows[0].input.attempts)
        return cls(epoch, list(flying(rows, now)), calls=1, credits=for_rows(len(rows)), retries=again)

    @classmethod
    def settled(cls, epoch: int, rows: Sequence[Outcome], now: float) -> Entry:
        """What became of these rows."""
        cleared = sum(row._cleared for row in rows if row.state == "updated")
        return cls(epoch, list(settled(rows, now)), cleared=cleared)

    @classmethod
    def ended(cls, epoch: int, tally: Tally) -> Entry:
        """A claim ends, and this is what it took."""
        return cls(epoch, [], tally.calls, tally.credits, tally.retries, whole=True)

    @classmethod
    def of(cls, text: str | bytes) -> Entry:
        """What a ledger keeps; raises ValueError where that is none."""
        return _decode(text)

    def text(self) -> str:
        """This, for a ledger."""
        return msgspec.json.encode(self).decode()


_decode = msgspec.json.Decoder(Entry).decode
"""Made while one thread imports this: msgspec crashes where two look at a class for the first time."""


@dataclass(slots=True)
class Account:
    """How a part stands: what is known of each row, None where it never left; and what its calls took."""

    known: list[Span | None]
    tally: Tally = field(default_factory=Tally)
    cleared: int = 0

    def is_due(self, row: int) -> bool:
        """Whether the row is still to be sent."""
        span = self.known[row]
        return span is None or span.state == "unsent"

    @property
    def due(self) -> int:
        """How many rows are still to be sent."""
        return sum(map(self.is_due, range(len(self.known))))

    def final(self, why: Why = None) -> list[Span]:
        """What becomes of each row if nothing more is done. why: those that are due are not sent."""
        message = why["message"] if why else STOPPED
        code, fix = (why.get("code"), why.get("fix") or "") if why else (None, "")
        never = Span(0, 0, "unsent", code, message, fix=fix, retryable=1)
        ends: dict[int, Span] = {}
        return [never if span is None else ends.setdefault(id(span), _ended(span)) for span in self.known]


def account(rows: int, entries: Iterable[Entry]) -> Account:
    """How a part of so many rows stands by these entries, the oldest first.

    Raises SharedStateLost for one that is of no such part.
    """
    known: list[Span | None] = [None] * rows
    spent: dict[int, Tally] = {}
    cleared = 0
    for entry in entries:
        tally = Tally(entry.calls, entry.credits, entry.retries)
        if entry.whole or entry.epoch not in spent:
            spent[entry.epoch] = tally
        else:
            spent[entry.epoch].add(tally)
        cleared += entry.cleared
        for span in entry.spans:
            if not 0 <= span.first <= span.last < rows or span.state not in _KNOWN:
                raise SharedStateLost(
                    f"The ledger tells of rows {span.first} to {span.last} of a part of {rows}: {span.state}",
                    fix="See what has changed it. Without it nobody can tell which rows were sent.",
                )
            known[span.first : span.last + 1] = [span] * (span.last + 1 - span.first)
    total = Tally()
    for tally in spent.values():
        total.add(tally)
    return Account(known, total, cleared)


def _ended(span: Span) -> Span:
    if span.state != FLYING:
        return span
    return span._replace(state="unknown", message=LOST, retryable=span.again)
