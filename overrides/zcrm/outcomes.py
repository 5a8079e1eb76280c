"""What became of each row, and the sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

from .errors import RowsNotUpdated

State = Literal["updated", "rejected", "conflict", "unknown", "skipped", "unsent"]
STATES: tuple[State, ...] = get_args(State)
SUCCESS = "SUCCESS"
DONE: tuple[State, State] = ("updated", "skipped")
MOST_KEPT = 10_000
TOP_REASONS = 5


class Named(Protocol):
    """Details, as far as the id of their record."""

    @property
    def id(self) -> str: ...


class Receipt(Protocol):
    """What an answer says of one record that was updated, as far as it is read at once."""

    @property
    def message(self) -> str: ...
    @property
    def details(self) -> Named: ...


@dataclass(slots=True)
class Receipts:
    """What an answer says of updated rows, one by one; all of their details are read once somebody looks.

    read: gives the whole answer's items.
    """

    each: Sequence[Receipt]
    read: Callable[[], Sequence[Mapping[str, Any]]]
    _details: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, record_id: str | None) -> Mapping[str, Any]:
        """The details of this record's item."""
        if not self._details:
            self._details = {item["details"]["id"]: item["details"] for item in self.read()}
        return self._details[record_id or ""]


@dataclass(slots=True, eq=False)
class Outcome:
    """What became of one input row.

    row: its place in the input, from 0.
    input: the caller's own row (for a mass update by ids, the caller's own id).
    id: the record's id as text; None where the row has none.
    state: `updated`; `rejected` (Zoho said no, or our own check did before sending: `attempts` is 0 then);
        `conflict` (somebody changed the record first); `unknown` (sent, its answer lost, not safe to guess);
        `skipped` (not sent on purpose); `unsent` (the run stopped before it).
    code, message, details: as in Zoho's answer; `code` is None and `details` empty where there was none.
    attempts: how many calls carried this row.
    http_status: the status of the answer that decided; None without one.
    fix: what the documentation says to do.
    retryable: the same row may succeed later as it is.
    """

    row: int
    input: Any = field(repr=False)
    id: str | None = None
    state: State = "unsent"
    code: str | None = None
    message: str = ""
    attempts: int = 0
    http_status: int | None = None
    fix: str = ""
    retryable: bool = False
    _details: Mapping[str, Any] | Receipts | None = field(default=None, repr=False)
    _wire: bytes = field(default=b"", repr=False)
    _cleared: int = field(default=0, repr=False)
    _group: str | None = field(default=None, repr=False)
    _plain: bool = field(default=True, repr=False)
    _settled: bool = field(default=False, repr=False)
    _lost: bool = field(default=False, repr=False)
    _resent: bool = field(default=False, repr=False)
    _first: Outcome | None = field(default=None, repr=False)

    @property
    def details(self) -> Mapping[str, Any]:
        """The `details` of Zoho's answer."""
        if isinstance(self._details, Receipts):
            self._details = self._details.of(self.id)
        return self._details or {}

    @property
    def ok(self) -> bool:
        """True when nothing needs doing: the row was updated, or skipped on purpose."""
        return self.state in DONE

    def __str__(self) -> str:
        said = " ".join(filter(None, [self.code, self.message]))
        return f"row {self.row} ({self.id}): {self.state}{': ' + said if said else ''}"


def mark_in_flight(outcomes: Iterable[Outcome]) -> None:
    """From here on a crash leaves these rows `unknown`, which is the truth."""
    for outcome in outcomes:
        outcome.attempts += 1
        outcome.state = "unknown"
        if outcome._lost:
            outcome._resent = True


def mark_not_applied(outcome: Outcome) -> None:
    """The last call did not touch the row; an earlier one whose answer was lost still may have."""
    outcome.state = "unknown" if outcome._lost else "unsent"


def settle(
    outcome: Outcome,
    state: State,
    *,
    code: str | None = None,
    message: str = "",
    details: Mapping[str, Any] | None = None,
    http_status: int | None = None,
    fix: str = "",
    retryable: bool = False,
) -> None:
    """Write down what became of the row; nothing changes it afterwards."""
    outcome.state = state
    outcome.code = code
    outcome.message = message
    outcome._details = details
    outcome.http_status = http_status
    outcome.fix = fix
    outcome.retryable = retryable
    outcome._wire = b""
    outcome._settled = True


def settle_as(outcome: Outcome, first: Outcome) -> None:
    """`settle` for a row that was not sent because it repeats another one: that one's outcome is its own."""
    outcome.attempts = first.attempts
    settle(
        outcome,
        first.state,
        code=first.code,
        message=first.message,
        http_status=first.http_status,
        fix=first.fix,
        retryable=first.retryable,
    )
    outcome._details = first._details


def settle_updated(outcomes: Sequence[Outcome], receipts: Receipts, http_status: int) -> None:
    """`settle` for rows that were all updated."""
    for outcome, receipt in zip(outcomes, receipts.each, strict=True):
        outcome.state = "updated"
        outcome.code = SUCCESS
        outcome.message = receipt.message
        outcome._details = receipts
        outcome.http_status = http_status
        outcome._wire = b""
        outcome._settled = True


@dataclass(slots=True)
class Tally:
    """What a number of calls took.

    calls: requests made for rows or pages, those for access tokens left out.
    credits: API credits they cost, as far as is known (assumed, see docs/credits.md).
    retries: calls that repeated an earlier one.
    """

    calls: int = 0
    credits: int = 0
    retries: int = 0

    def add(self, other: Tally) -> None:
        self.calls += other.calls
        self.credits += other.credits
        self.retries += other.retries


@dataclass(slots=True, repr=False)
class Summary:
    """The sums over a stream so far.

    rows: rows handed out; `rows == sum(states.values())`, always. For what only reads: the records read.
    states: rows by state, all six present.
    codes: rows by (state, code).
    fixes: what to do, by code.
    cleared: values that were sent as null, in rows that were updated.
    resent: rows sent again after a lost answer; their workflows may have run twice.
    calls, credits, retries: see `Tally`; credits are assumed.
    seconds: wall time.
    not_updated: the outcomes that are neither updated nor skipped, the first 10,000 of them; kept by
        `update_all` and its like only. not_kept: how many more there were.
    """

    states: dict[State, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    codes: Counter[tuple[State, str | None]] = field(default_factory=Counter)
    fixes: dict[str, list[str]] = field(default_factory=dict)
    cleared: int = 0
    resent: int = 0
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    not_updated: list[Outcome] = field(default_factory=list)
    not_kept: int = 0
    read: int = 0

    @property
    def rows(self) -> int:
        return self.read + sum(self.states.values())

    @property
    def calls(self) -> int:
        return self.tally.calls

    @property
    def credits(self) -> int:
        return self.tally.credits

    @property
    def retries(self) -> int:
        return self.tally.retries

    @property
    def rejected(self) -> list[Outcome]:
        """The rejected rows; kept by `update_all` only."""
        return [outcome for outcome in self.not_updated if outcome.state == "rejected"]

    def count(self, outcomes: Sequence[Outcome], *, keep: bool = False) -> None:
        """Add settled outcomes; keep: hold on to those that are not `ok`."""
        others = [outcome for outcome in outcomes if outcome.state != "updated" or outcome.code != SUCCESS]
        updated = len(outcomes) - len(others)
        self.cleared += sum([outcome._cleared for outcome in outcomes if outcome.state == "updated"])
        self.resent += sum([outcome._resent for outcome in outcomes])
        self.states["updated"] += updated
        if updated:
            self.codes["updated", SUCCESS] += updated
        for outcome in others:
            self._count_other(outcome, keep=keep)

    def _count_other(self, outcome: Outcome, *, keep: bool) -> None:
        self.states[outcome.state] += 1
        self.codes[outcome.state, outcome.code] += 1
        if outcome.code and outcome.fix:
            fixes = self.fixes.setdefault(outcome.code, [])
            if outcome.fix not in fixes:
                fixes.append(outcome.fix)
        if keep and not outcome.ok:
            if len(self.not_updated) < MOST_KEPT:
                self.not_updated.append(outcome)
            else:
                self.not_kept += 1

    def __str__(self) -> str:
        """A line with the counts, and one for each of the most frequent reasons."""
        counts = ", ".join(f"{n:,} {state}" for state, n in self.states.items() if n)
        return f"{self.rows:,} rows{': ' if counts else ''}{counts}{self._reasons()}"

    def _reasons(self) -> str:
        reasons = [(key, n) for key, n in self.codes.most_common() if key[0] not in DONE]
        lines = ""
        for (state, code), n in reasons[:TOP_REASONS]:
            fix = self.fixes.get(code or "", [""])[0]
            lines += f"\n  {n:,} {state}{f' with {code:.60}' if code else ''}{': ' if fix else ''}{fix}"
        others = sum(n for _, n in reasons[TOP_REASONS:])
        return f"{lines}\n  {others:,} for other reasons" if others else lines

    def __repr__(self) -> str:
        return f"<Summary of {self}>"

    def raise_for_rejected(self) -> None:
        """Raise `RowsNotUpdated` unless every row was updated or skipped on purpose."""
        if any(n for state, n in self.states.items() if state not in DONE):
            counts = ", ".join(f"{n} {state}" for state, n in self.states.items() if n and state not in DONE)
            raise RowsNotUpdated(f"{counts} of {self.rows} rows{self._reasons()}", summary=self)
