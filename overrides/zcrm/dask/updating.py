"""`update_many`: hands parts to workers, an org's one after the other, and adds up what became of them."""

from __future__ import annotations

import logging
import time
from asyncio import CancelledError
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from os import PathLike
from pathlib import Path
from queue import Empty, SimpleQueue
from secrets import token_hex
from typing import Any, Protocol

from msgspec import structs

from ..atomic import atomic
from ..auth.files import expanded, make_folder
from ..client import ZohoCRM
from ..errors import UsageError, ZohoError
from ..files.shown import shown
from ..runs.report import facts_of_error
from .entries import Why
from .jobs import Job
from .ledgers import Ledger, making_sense
from .plan import Part, Plan
from .report import PartReport, Report
from .sqlite import SqliteLedger
from .work import DIED, WITHDRAWN, Connect, MakeGate, Task, as_it_stands, hidden

ROWS_PER_PART = 20_000
AT_A_TIME = 2
"""Parts of an org under way: one may use all that the org allows, another is there when it ends."""
_MOST_LOSSES = 20
_LOOK = 30.0
_MARK = ".zcrm-ledger"
_CANCELLED = {
    "type": "Cancelled",
    "code": None,
    "message": "Dask gave it up: its scheduler has gone, or somebody cancelled it",
    "fix": "See to the cluster, then go on with the same ledger.",
}
_OF_THE_PART = {DIED["type"], WITHDRAWN["type"]}
"""What stops a part, and says nothing of the others of its job."""
_log = logging.getLogger("zcrm.dask")


class Client(Protocol):
    """What is needed of a `dask.distributed.Client`."""

    def submit(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any: ...
    def nthreads(self) -> Mapping[str, int]: ...


def update_many(
    client: Client,
    jobs: Sequence[Job],
    *,
    ledger: Ledger | str | PathLike[str],
    out: str | PathLike[str],
    connect: Connect = ZohoCRM.from_profile,
    gate: MakeGate | None = None,
    rows_per_part: int = ROWS_PER_PART,
    on_part: Callable[[PartReport], object] = lambda _: None,
) -> Report:
    """Update the records of many orgs by the workers of a Dask cluster.

    client: a `dask.distributed.Client`. jobs: one for each org and module. ledger: a `RedisLedger`, or for
    workers of one host a folder (`SqliteLedger`): called again with the same ledger and the same input, it
    goes on where it was, whatever ended it. out: the folder for outcomes, the same one for this process and
    all workers: `org=…/module=…/00000.parquet`, with the columns of docs/export.md. connect: a function that
    gives the client of an org, called on the workers as `connect(org, concurrency=gate)`; by default they
    sign in by the profile that is named as the org. What it holds travels, so it should read secrets where
    it is called. gate: a function that gives the gate of an org; by default that of the ledger, ten calls in
    flight over all workers. rows_per_part: what is sent by one worker at a time, 5,000 to 50,000 is right.
    on_part: is told of each part that ends.

    No row leaves twice because a worker dies: what it had in flight is `unknown`, what it had not sent
    another sends. (A living worker sends a plain row again whose answer was lost, unless the job's option
    `resend_lost` is False.) What stops a job (a limit, a sign-in, an unknown module) leaves its other rows
    `unsent`, and the other jobs go on.

    Ctrl-C stops: calls in flight end, then the KeyboardInterrupt is raised with the sums so far as `report`;
    a second one leaves at once. Raises UsageError, before anything is sent, for files that can't be sent or
    have changed since, and for a ledger that another process uses; SharedStateLost where the ledger is lost.
    """
    book: Ledger = SqliteLedger(ledger) if isinstance(ledger, str | PathLike) else ledger
    folder = expanded(out).absolute()
    plan = Plan.of(jobs, rows_per_part, folder)
    with book.driving(plan.text()) as text:
        with making_sense(book):
            kept = Plan.read(text)
        plan.refuse_unless_like(kept)
        _mark(folder, kept.key)
        task = Task(book, folder, token_hex(8), connect, gate)
        return _Drive(client, task, list(kept.parts()), on_part).run()


def _mark(folder: Path, key: str) -> None:
    """See that the outcomes there are of this ledger; raises UsageError."""
    mark = folder / _MARK
    try:
        make_folder(folder)
        if not mark.exists() and not any(folder.iterdir()):
            with atomic(mark) as path:
                path.write_text(key, encoding="ascii")
        theirs = mark.read_text(encoding="ascii") if mark.exists() else None
    except OSError as error:
        raise UsageError(f"Outcomes can't be written to {folder}: {error.strerror}") from error
    if theirs != key:
        raise UsageError(
            f"{folder} is not empty, and what is in it is not of this ledger",
            fix="Name an empty folder as out, or the ledger of this one: without it rows may be sent twice.",
        )


class _Drive:
    """One call of `update_many`."""

    def __init__(
        self, client: Client, task: Task, parts: Sequence[Part], on_part: Callable[[PartReport], object]
    ) -> None:
        self._client = client
        self._task = task
        self._parts = parts
        self._on_part = on_part
        self._reports: dict[int, PartReport] = {}
        self._waiting: dict[str, deque[Part]] = {}
        self._stopped: dict[tuple[str, str], Why] = {}
        self._flying: dict[int, Part] = {}
        self._futures: dict[int, Any] = {}
        self._losses: Counter[int] = Counter()
        self._landed: SimpleQueue[int] = SimpleQueue()
        self._submitted = 0
        self._began = time.monotonic()

    def run(self) -> Report:
        try:
            self._line_up()
            for _ in range(AT_A_TIME):
                for org in self._waiting:
                    self._submit_next(org)
            self._land_all()
        except BaseException as error:
            self._stop()
            report = self._report()
            error.report = report  # type: ignore[attr-defined]
            error.add_note(f"{report}\nCalled again with the same ledger, it goes on.")
            raise
        return self._report()

    def _line_up(self) -> None:
        """Queue what is not done yet, by org."""
        for part in self._parts:
            with self._task.ledger.open(part.number) as pages:
                page = pages.look()
            if page.done and page.summary is not None:
                report = PartReport.read(page.summary)
                self._reports[part.number] = self._published(part, report)
            else:
                self._waiting.setdefault(part.org, deque()).append(part)

    def _submit_next(self, org: str) -> None:
        if self._waiting[org]:
            part = self._waiting[org].popleft()
            self._flying[part.number] = part
            with self._task.ledger.open(part.number) as pages:
                pages.offer(self._task.session)
            self._submit(part)

    def _submit(self, part: Part) -> None:
        self._submitted += 1
        name = f"zcrm-{part.org}-{part.module}-{part.row}-{self._task.session}-{self._submitted}"
        why = self._stopped.get((part.org, part.module))
        future = self._client.submit(self._task, part, why, key=name, pure=False, retries=0)
        self._futures[part.number] = future
        self._listen(part.number, future)

    def _listen(self, number: int, future: Any) -> None:
        future.add_done_callback(lambda _: self._landed.put(number))

    def _land_all(self) -> None:
        while self._flying:
            try:
                part = self._flying.get(self._landed.get(timeout=_LOOK))
            except Empty:
                if not self._client.nthreads():
                    _log.warning("Dask has no workers: %d parts wait for one", len(self._flying))
                continue
            if part is not None:
                self._land(part)

    def _land(self, part: Part) -> None:
        ledger = self._task.ledger
        why: Why = None
        report: PartReport | None = None
        try:
            report = self._futures[part.number].result()
            lost = report is None
        except CancelledError:
            why, lost = _CANCELLED, False
        except Exception as error:  # noqa: BLE001
            why, lost = facts_of_error(error), type(error).__name__ == "KilledWorker"
        if lost and self._losses[part.number] < _MOST_LOSSES:
            self._losses[part.number] += 1
            _log.warning("The worker that was to send %s is lost; another goes on", part)
            self._submit(part)
            return
        self._take(part, report or as_it_stands(ledger, part, why))
        del self._flying[part.number], self._futures[part.number]
        self._submit_next(part.org)

    def _take(self, part: Part, report: PartReport) -> None:
        self._reports[part.number] = report = self._published(part, report)
        if report.why is None:
            _log.info("%s: sent", part)
        else:
            _log.warning("%s: stopped: %s", part, shown(report.why["message"]))
            if report.epoch and report.why["type"] not in _OF_THE_PART:
                self._stopped.setdefault((part.org, part.module), report.why)
        self._on_part(report)

    def _published(self, part: Part, report: PartReport) -> PartReport:
        """Put what the claim wrote in its place, and remove what is left of those before it."""
        path = self._task.out / part.name
        written = hidden(path, report.epoch)
        if report.outcomes is not None:
            with suppress(FileNotFoundError):
                written.replace(path)
        for epoch in range(1, report.epoch):
            for left in path.parent.glob(f"{hidden(path, epoch).name}*"):
                left.unlink(missing_ok=True)
        if report.outcomes is None or path.exists():
            return report
        _log.warning("%s: the file of its outcomes is gone", part)
        return structs.replace(report, outcomes=None)

    def _stop(self) -> None:
        """Have nothing new sent, and wait for what is in flight."""
        for queue in self._waiting.values():
            queue.clear()
        self._flying = {number: part for number, part in self._flying.items() if number in self._futures}
        with suppress(ZohoError):
            for part in self._flying.values():
                with self._task.ledger.open(part.number) as pages:
                    pages.withdraw()
        self._on_part = lambda _: None
        for number, future in self._futures.items():
            self._listen(number, future)
        self._land_all()

    def _report(self) -> Report:
        reports = [
            self._reports.get(part.number) or as_it_stands(self._task.ledger, part) for part in self._parts
        ]
        return Report(reports, time.monotonic() - self._began)
