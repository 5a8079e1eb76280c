"""What those who share an org's budget know of it, and what may happen to it: no clock and no I/O.

It is one small text, so that a store needs to do no more than to replace it where nobody else has meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

import msgspec

from ..engine.pace import Pace

VERSION = 1
STALE = 2.0
"""Seconds after which a holder that waits, and was not heard of, has lost its place."""
GRACE = 3.0
"""Seconds in which a store that was found empty gives no leave: those who hold one say so meanwhile."""

Fate = Literal["answered", "throttled", "lost", "unsent"]


@dataclass(slots=True)
class Lease:
    """Leave for one call.

    number: its fence; a later lease has a higher one. ends: by the store's clock, in seconds. price: of the
    call, in credits. cuts: of the pace when it was given. before: credits of the leases that were over then.
    """

    number: int
    holder: str
    ends: float
    price: int
    cuts: int
    before: int


@dataclass(slots=True)
class Waiting:
    """A holder in the queue; seen: when it asked last, more or less."""

    holder: str
    seen: float


@dataclass(slots=True)
class Returned:
    """What became of a call; one that is lost may be charged. left: credits, as the answer told."""

    number: int
    fate: Fate = "unsent"
    left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All that one holder has to say: it may be said again, and what was said before is void then.

    seconds: a new lease lasts. held: its leases, all of them. wanted: the price of each call that waits.
    """

    holder: str
    seconds: float
    concurrency: int
    held: Sequence[Lease] = ()
    returned: Sequence[Returned] = ()
    wanted: Sequence[int] = ()


@dataclass(slots=True, kw_only=True)
class Budget:
    """An org's permits and credits.

    fence: the number of the latest lease. entered, over: credits of all leases ever given, and of those that
    are over. spent: credits of calls that left, those in flight included. left: credits of the day, as far as
    an answer has told; None as long as none has. opens, full: until when there is no leave, and half of it.
    """

    version: int = VERSION
    pace: Pace
    fence: int
    leases: list[Lease] = field(default_factory=list)
    queue: list[Waiting] = field(default_factory=list)
    entered: int = 0
    over: int = 0
    spent: int = 0
    left: float | None = None
    opens: float = 0.0
    full: float = 0.0

    @classmethod
    def new(cls, now: float, asked: Asked, *, forgotten: bool) -> Self:
        """One that nobody has used. forgotten: the store may have lost it, so that calls may be in flight."""
        budget = cls(pace=Pace(asked.concurrency, asked.concurrency), fence=int(now * 1_000))
        if forgotten:
            budget.opens, budget.full = now + GRACE, now + asked.seconds
        return budget

    @classmethod
    def of(cls, text: str) -> Budget:
        """What a store keeps; raises ValueError where that is none, or of another version."""
        try:
            budget = _decode(text)
        except msgspec.MsgspecError as error:
            raise ValueError(str(error)) from error
        if budget.version != VERSION:
            raise ValueError(f"was written by another version of zcrm ({budget.version})")
        return budget

    def text(self) -> str:
        """This, for a store."""
        return msgspec.json.encode(self).decode()

    def limit(self, now: float) -> int:
        """Calls in flight at the most."""
        if now < self.opens:
            return 0
        return min(self.pace.limit, max(1, self.pace.most // 2)) if now < self.full else self.pace.limit

    def ask(self, now: float, asked: Asked) -> list[Lease]:
        """Take in what a holder says; returns leases for as many of the calls it wants as there may be."""
        self._end(now)
        self._match(now, asked)
        for returned in asked.returned:
            self._take_back(asked.holder, returned)
        if asked.concurrency > self.pace.most:
            unhurt = self.pace.limit == self.pace.most
            self.pace.most = asked.concurrency
            self.pace.limit = asked.concurrency if unhurt else self.pace.limit
        return self._let_in(now, asked)

    def _end(self, now: float) -> None:
        for lease in [lease for lease in self.leases if lease.ends <= now]:
            self._drop(lease)

    def _match(self, now: float, asked: Asked) -> None:
        """Drop leases that the holder never heard of, and take up those that the store has lost."""
        known = {lease.number for lease in asked.held} | {each.number for each in asked.returned}
        mine = [lease for lease in self.leases if lease.holder == asked.holder]
        for lease in mine:
            if lease.number not in known:
                self._drop(lease)
                self._refund(lease)
        here = {lease.number for lease in mine}
        for lease in asked.held:
            if lease.number not in here and lease.ends > now:
                self._add(
                    Lease(
                        lease.number, asked.holder, lease.ends, lease.price, self.pace.cuts, before=self.over
                    )
                )

    def _take_back(self, holder: str, returned: Returned) -> None:
        for lease in self.leases:
            if (lease.holder, lease.number) == (holder, returned.number):
                break
        else:
            return
        self._drop(lease)
        if returned.fate in ("throttled", "unsent"):
            self._refund(lease)
        if returned.fate == "throttled":
            self.pace.throttled(lease.cuts)
        else:
            self.pace.well()
        if returned.left is not None:
            self._correct(lease, returned.left)
        elif returned.fate == "answered" and self.left is not None and self.left < 0:
            self.left = None

    def _correct(self, lease: Lease, told: float) -> None:
        """Believe an answer: it knows of the calls that were over when its own was let in, maybe of more."""
        doubtful = self.entered - lease.before - lease.price
        least = told - doubtful
        self.left = least if self.left is None else min(max(self.left, least), told)

    def _let_in(self, now: float, asked: Asked) -> list[Lease]:
        holder, given = asked.holder, list[Lease]()
        self.queue = [each for each in self.queue if abs(now - each.seen) < STALE or each.holder == holder]
        names = [each.holder for each in self.queue]
        ahead = names.index(holder) if holder in names else len(names)
        limit = min(self.limit(now), asked.concurrency)
        for price in asked.wanted:
            spendable = self.left is None or self.left >= price or not self.leases
            if len(self.leases) + ahead >= limit or not spendable:
                break
            self.fence += 1
            lease = Lease(self.fence, holder, now + asked.seconds, price, self.pace.cuts, before=self.over)
            given.append(self._add(lease))
        self._line_up(now, holder, waits=len(given) < len(asked.wanted), anew=bool(given))
        return given

    def _line_up(self, now: float, holder: str, *, waits: bool, anew: bool) -> None:
        """Whoever got something goes to the end of the queue, if more is wanted."""
        place = next((each for each in self.queue if each.holder == holder), None)
        if place is not None and (anew or not waits):
            self.queue.remove(place)
            place = None
        if place is not None:
            place.seen = now if abs(now - place.seen) > STALE / 4 else place.seen
        elif waits:
            self.queue.append(Waiting(holder, now))

    def _add(self, lease: Lease) -> Lease:
        self.leases.append(lease)
        self.fence = max(self.fence, lease.number)
        self.entered += lease.price
        self.spent += lease.price
        if self.left is not None:
            self.left -= lease.price
        return lease

    def _drop(self, lease: Lease) -> None:
        self.leases.remove(lease)
        self.over += lease.price

    def _refund(self, lease: Lease) -> None:
        self.spent -= lease.price
        if self.left is not None:
            self.left += lease.price


_decode = msgspec.json.Decoder(Budget).decode
"""Made while one thread imports this: msgspec crashes where two look at a class for the first time."""
