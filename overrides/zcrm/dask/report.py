"""How everything went: the sums of each part, and over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self, cast

import msgspec

from ..files.shown import shown
from ..outcomes import STATES, State, Summary, Tally
from .entries import Account
from .ledgers import making_sense
from .plan import Part

_MOST_TOLD = 10


class PartReport(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of a part; those of `states` are its rows, always.

    epoch: of the claim that ended it; 0 where none did. codes: (state, code, rows). fixes: what to do, by
    code. calls, credits, retries, resent, cleared: as in `Summary`. outcomes: the file with an outcome for
    each row; None where there is none (yet). why: what stopped it: `type`, `code`, `message`, `fix`; None
    where nothing did. seconds: that the claim lasted.
    """

    number: int
    org: str
    module: str
    rows: int
    states: dict[State, int]
    codes: list[tuple[State, str | None, int]]
    fixes: dict[str, list[str]]
    calls: int = 0
    credits: int = 0
    retries: int = 0
    resent: int = 0
    cleared: int = 0
    epoch: int = 0
    seconds: float = 0.0
    outcomes: str | None = None
    why: dict[str, Any] | None = None

    @classmethod
    def of(cls, part: Part, stands: Account, why: Mapping[str, Any] | None = None, **known: Any) -> Self:
        """The sums of a part as it stands; known: further fields."""
        counts: dict[tuple[State, str | None], int] = {}
        fixes: dict[str, list[str]] = {}
        resent = 0
        for span in stands.final(why):
            key = cast("State", span.state), span.code
            counts[key] = counts.get(key, 0) + 1
            resent += span.resent
            if span.code and span.fix and span.fix not in fixes.setdefault(span.code, []):
                fixes[span.code].append(span.fix)
        states: dict[State, int] = dict.fromkeys(STATES, 0)
        for (state, _), rows in counts.items():
            states[state] += rows
        return cls(
            number=part.number,
            org=part.org,
            module=part.module,
            rows=part.rows,
            states=states,
            codes=[(state, code, rows) for (state, code), rows in counts.items()],
            fixes=fixes,
            calls=stands.tally.calls,
            credits=stands.tally.credits,
            retries=stands.tally.retries,
            resent=resent,
            cleared=stands.cleared,
            why=dict(why) if why else None,
            **known,
        )

    @classmethod
    def read(cls, text: str) -> PartReport:
        """What a ledger keeps; raises SharedStateLost where that makes no sense."""
        with making_sense("the ledger"):
            return _decode(text)

    def text(self) -> str:
        """This, for a ledger."""
        return msgspec.json.encode(self).decode()


_decode = msgspec.json.Decoder(PartReport).decode


@dataclass(frozen=True)
class Report:
    """How everything went: one entry for each part, whatever became of it.

    seconds: that this took, without what came before where it went on.
    """

    parts: Sequence[PartReport]
    seconds: float = 0.0

    @property
    def summary(self) -> Summary:
        """The sums over all parts."""
        return _summed(self.parts, self.seconds)

    @property
    def orgs(self) -> dict[str, Summary]:
        """The sums of each org."""
        parts: dict[str, list[PartReport]] = {}
        for part in self.parts:
            parts.setdefault(part.org, []).append(part)
        return {org: _summed(of_org) for org, of_org in parts.items()}

    @property
    def stopped(self) -> list[PartReport]:
        """The parts that something stopped; their `why` tells what."""
        return [part for part in self.parts if part.why is not None]

    def __str__(self) -> str:
        """The sums in words, and for each job that was stopped, up to ten, a line with the reason."""
        why = {f"{part.org} {part.module}": part.why or {} for part in self.stopped}
        lines = [str(self.summary)]
        for job, facts in islice(why.items(), _MOST_TOLD):
            said = f"{facts['message']} {facts.get('fix') or ''}"
            lines.append(f"  {job} was stopped: {shown(said.strip())}")
        if len(why) > _MOST_TOLD:
            lines.append(f"  {len(why) - _MOST_TOLD:,} others were stopped")
        return "\n".join(lines)


def _summed(parts: Iterable[PartReport], seconds: float | None = None) -> Summary:
    summary = Summary()
    for part in parts:
        for state, rows in part.states.items():
            summary.states[state] += rows
        for state, code, rows in part.codes:
            summary.codes[state, code] += rows
        for code, fixes in part.fixes.items():
            known = summary.fixes.setdefault(code, [])
            known += (fix for fix in fixes if fix not in known)
        summary.tally.add(Tally(part.calls, part.credits, part.retries))
        summary.cleared += part.cleared
        summary.resent += part.resent
        summary.seconds += part.seconds
    if seconds is not None:
        summary.seconds = seconds
    return summary
