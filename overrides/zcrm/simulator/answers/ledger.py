"""What the simulator was asked, what it answered, and what it applied: for tests to assert on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final

KEPT: Final = 10_000


@dataclass(slots=True)
class Entry:
    """One request.

    `operation` is None when no operation has this path and method, `status` is None when no answer was sent.
    `code` is that of a flat answer. `rows` is the number of rows or ids it carried (for a view: of its
    records), `applied` how many records it changed, `fault` the names of the faults that struck it.
    """

    number: int
    method: str
    path: str
    query: str
    operation: str | None = None
    module: str | None = None
    first_id: str | None = None
    status: int | None = None
    code: str | None = None
    rows: int = 0
    applied: int = 0
    credits: int = 0
    fault: str | None = None


@dataclass(slots=True, repr=False)
class Ledger:
    """The record of everything since the start or the last `clear()`.

    `requests` are the latest 10,000; `calls` counts the earlier ones too. `applied` counts, by (module, id),
    how often a write was carried out on the record; `automations` counts, by name, how many times a write
    would have fired one; `credits` are those charged, at assumed prices.
    """

    requests: list[Entry] = field(default_factory=list)
    applied: Counter[tuple[str, str]] = field(default_factory=Counter)
    automations: Counter[str] = field(default_factory=Counter)
    credits: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    _current: Entry | None = None
    _forgotten: Counter[str | None] = field(default_factory=Counter)

    def __repr__(self) -> str:
        return (
            f"<Ledger: {self.calls()} requests, {self.applied.total()} writes to {len(self.applied)} "
            f"records, {self.credits} credits, at most {self.peak_in_flight} in flight>"
        )

    @property
    def applied_twice(self) -> dict[tuple[str, str], int]:
        """The records written more than once, and how often."""
        return {key: times for key, times in self.applied.items() if times > 1}

    def calls(self, operation: str | None = None) -> int:
        """How many requests came in, for one operation or for all."""
        kept = sum(operation in (None, entry.operation) for entry in self.requests)
        return kept + (self._forgotten.total() if operation is None else self._forgotten[operation])

    def clear(self) -> None:
        """Forget everything but the requests in flight."""
        self.requests.clear()
        self._forgotten.clear()
        self.applied.clear()
        self.automations.clear()
        self.credits = 0
        self.peak_in_flight = self.in_flight

    def open(self, method: str, path: str, query: str) -> Entry:
        """Take down a request that has come in."""
        entry = Entry(self._forgotten.total() + len(self.requests) + 1, method, path, query)
        self.requests.append(entry)
        if len(self.requests) > KEPT:
            self._forgotten[self.requests.pop(0).operation] += 1
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        return entry

    def close(self) -> None:
        """A request has left."""
        self.in_flight -= 1

    def carry_out(self, entry: Entry | None) -> None:
        """From now on it is this request, or none, that changes records."""
        self._current = entry

    def apply(self, module: str, ids: Sequence[str], automations: tuple[str, ...]) -> None:
        """Take down one write to each of these records."""
        self.applied.update(zip(repeat(module), ids))
        for name in automations if ids else ():
            self.automations[name] += len(ids)
        if self._current is not None:
            self._current.applied += len(ids)

    def charge(self, entry: Entry, credits_: int) -> None:
        """Take down what a request cost."""
        entry.credits = credits_
        self.credits += credits_
