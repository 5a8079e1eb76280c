"""What a worker does with a part: claims it, sends what is due, writes what became of each row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..auth.files import make_folder
from ..client import ZohoCRM
from ..engine.flows.streaming import Line
from ..engine.gate import Gate
from ..errors import UsageError, ZohoError
from ..frames.parquet import parquet_writer
from ..outcomes import Outcome, Tally
from ..runs.outcome_rows import row_of
from ..runs.report import facts_of_error
from .entries import Account, Entry, Why, account
from .inputs import Rows
from .ledgers import MOST_CLAIMS, Fenced, Ledger, Page, PartLedger, Withdrawn
from .plan import Part
from .report import PartReport

Connect = Callable[..., ZohoCRM]
MakeGate = Callable[[str], Gate]

DIED = {
    "type": "WorkersDied",
    "code": None,
    "message": f"Workers that had this part died {MOST_CLAIMS} times",
    "fix": "See in the workers' logs what ended them, then go on with the same ledger.",
}
WITHDRAWN = {
    "type": "Withdrawn",
    "code": None,
    "message": "It was stopped, or another process goes by the same ledger",
    "fix": "Once no other does, go on with the same ledger.",
}


@dataclass(frozen=True)
class Task:
    """What travels to the workers, besides the part. Its repr, which Dask logs, says nothing of what it has.

    connect: makes the client of an org: `connect(org, concurrency=gate)`. gate: makes its gate.
    """

    ledger: Ledger = field(repr=False)
    out: Path = field(repr=False)
    session: str
    connect: Connect = field(repr=False)
    gate: MakeGate | None = field(repr=False)

    def __call__(self, part: Part, why: Why = None) -> PartReport | None:
        """Send the part, unless there is a reason why not; None where another worker has it.

        Raises SharedStateLost, OSError.
        """
        try:
            with self.ledger.open(part.number) as pages:
                claimed = pages.claim(self.session)
                if claimed.done and claimed.summary is not None:
                    return PartReport.read(claimed.summary)
                return _Claim(self, part, pages, claimed).end(why)
        except Fenced:
            return None
        except Withdrawn:
            return as_it_stands(self.ledger, part, WITHDRAWN)
        except UsageError as error:
            return as_it_stands(self.ledger, part, facts_of_error(error))


def as_it_stands(ledger: Ledger, part: Part, why: Why = None) -> PartReport:
    """A part by its ledger alone: as a worker ended it, else as it is known. why: what kept it from more."""
    with ledger.open(part.number) as pages:
        page = pages.look()
    ended = PartReport.read(page.summary) if page.summary else None
    if ended is not None and (page.done or (ended.epoch == page.epoch and why is None)):
        return ended
    return PartReport.of(part, account(part.rows, page.entries), why)


class _Claim:
    """One claim of a part, until it ends."""

    def __init__(self, task: Task, part: Part, pages: PartLedger, page: Page) -> None:
        self._task = task
        self._part = part
        self._pages = pages
        self._epoch = page.epoch
        self._worn_out = page.claims > MOST_CLAIMS
        self._stands = account(part.rows, page.entries)
        self._tally = Tally()
        self._began = time.monotonic()

    def end(self, why: Why) -> PartReport:
        with self._part.file.open() as file:
            rows = Rows(file, self._part.first, self._part.rows)
            if not self._stands.due:
                why = None
            elif self._worn_out:
                why = DIED
            elif why is None:
                why = self._send(rows)
            while (report := self._written(rows, why)) is None:
                pass
            return report

    def _send(self, rows: Rows) -> Why:
        """Send what is due; returns what stopped it."""
        part, task = self._part, self._task
        options: Any = {**part.options}
        skip_nulls = options.pop("nulls", "skip") != "send"
        try:
            gate = (task.gate or task.ledger.gate)(part.org)
            with task.connect(part.org, concurrency=gate) as crm:
                journal = _Journal(self._pages, self._epoch, task.session)
                updates = crm.records.recorded(
                    part.module, self._due(rows.records(skip_nulls=skip_nulls)), journal, **options
                )
                try:
                    with updates:
                        for _ in updates:
                            pass
                finally:
                    self._tally = updates.summary.tally
        except Fenced:
            raise
        except Withdrawn:
            return WITHDRAWN
        except ZohoError as error:
            return facts_of_error(error)
        return None

    def _due(self, records: Iterator[dict[str, Any]]) -> Iterator[Line]:
        for number, record in enumerate(records):
            if self._stands.is_due(number):
                span = self._stands.known[number]
                yield Line(number, record, attempts=span.attempts if span else 0)

    def _written(self, rows: Rows, why: Why) -> PartReport | None:
        """Write the outcomes and end the claim; None where something became known meanwhile."""
        part, page = self._part, self._pages.look()
        ended = Entry.ended(self._epoch, self._tally)
        stands = account(part.rows, [*page.entries, ended])
        name = str(self._task.out / part.name)
        report = PartReport.of(
            part, stands, why, epoch=self._epoch, seconds=time.monotonic() - self._began, outcomes=name
        )
        path = hidden(Path(name), self._epoch)
        make_folder(path.parent)
        write_outcomes(path, part, rows, stands, why)
        done = not report.states["unsent"]
        if self._pages.end(self._epoch, len(page.entries), report.text(), ended, done=done):
            return report
        return None


@dataclass(frozen=True)
class _Journal:
    """Has the ledger know what leaves, and what became of it."""

    pages: PartLedger
    epoch: int
    session: str

    def leaving(self, outcomes: Sequence[Outcome]) -> None:
        self.pages.leave(self.epoch, self.session, Entry.leaving(self.epoch, outcomes, time.time()))

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        self.pages.settle(Entry.settled(self.epoch, outcomes, time.time()))


def write_outcomes(path: Path, part: Part, rows: Rows, stands: Account, why: Why) -> None:
    """Write an outcome for each row, as docs/export.md has it. Raises OSError."""
    with parquet_writer(path) as add:
        for number, (record, span) in enumerate(zip(rows.ids(), stands.final(why), strict=True)):
            add(row_of(part.row + number, record, span, part.first + number + 1))


def hidden(path: Path, epoch: int) -> Path:
    """Where a claim writes its outcomes, until it is known to have ended the part."""
    return path.with_name(f".{path.stem}-{epoch}{path.suffix}")
