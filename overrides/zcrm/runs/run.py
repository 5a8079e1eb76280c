"""One run: a file's rows sent, every one of them accounted for in the run's folder, through any crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from types import TracebackType
from typing import Any, Self

from ..client import ZohoCRM
from ..engine.flows.effects import Event
from ..errors import OutOfCredits, UsageError, ZohoError
from ..files.choices import Format
from ..files.tables import BadFile, Table
from ..outcomes import STATES, State
from ..table import operation_of
from .checks import Checked, check
from .credits import CreditsWait, tell_when
from .facts import facts_of
from .feed import Feed
from .folder import RunFolder
from .input import as_sheets, keep_input, open_input
from .journal import Journal, JournalFailed
from .ledger import Ledger, digests_for
from .plan import Forecast, forecast
from .report import Report, facts_of_error
from .reporting import Ending, how_far, report_of
from .request import Place, Request
from .results import CORRECTED, write_results
from .rules import check_size, credits_reached
from .sender import Sender, Watch

__all__ = ["Run"]


class Run:
    """One file on its way to one module. Made by `new` or `open`; close it, or use it in a `with` statement.

    What is handed to `ZohoCRM(on_event=run.on_event)` lets the run see how many credits the day has left.
    """

    def __init__(self, request: Request, folder: RunFolder, stack: ExitStack) -> None:
        self.request = request
        self.folder = folder
        self.name = folder.name
        self.place = Place()
        self.checked = Checked(0, 0, 0)
        self._started = _now()
        self._stack = stack
        self._remove: Callable[[], None] = folder.remove
        self._table: Table
        self._journal: Journal
        self._sender = Sender()
        self._error: Exception | None = None
        self._why: dict[str, Any] | None = None

    @classmethod
    def new(
        cls,
        request: Request,
        on_check: Callable[[int], object] = lambda _: None,
        *,
        clock: Callable[[], float] = time,
    ) -> Self:
        """Check the file, and make the run's folder; nothing is left of it when the file can not be sent.

        on_check: told of the rows checked so far, now and then. clock: seconds since 1970. Raises BadFile,
        UsageError (`Refused` where a rule says so), JournalFailed.
        """
        runs_dir = request.runs_dir
        fresh = not runs_dir.exists()
        started = datetime.now(UTC)
        folder = RunFolder.new(runs_dir, request.module, started, request.run_name)
        with ExitStack() as stack:
            remove = partial(folder.remove, runs_dir if fresh else None)
            stack.callback(remove)
            kept = stack.enter_context(ExitStack())
            kept.enter_context(folder.locked())
            keep_input(request, folder)
            run = cls(request, folder, kept)
            run._started = started.isoformat(timespec="seconds")
            run._journal = kept.enter_context(closing(Journal(folder.journal, clock)))
            run._table = kept.enter_context(open_input(request, folder))
            run.checked = check(run._table, request.duplicates, run._journal, on_check)
            check_size(request, run.checked.rows)
            run._write_facts({})
            run._remove = remove
            run._stack = kept.pop_all()
            stack.pop_all()
        return run

    @classmethod
    def open(
        cls,
        folder: RunFolder,
        *,
        accept_changed_input: bool = False,
        clock: Callable[[], float] = time,
    ) -> Self:
        """Take up a run that exists, to send more of it or to write its files anew.

        accept_changed_input: match rows by id where the file is not the one it was. clock: as for `new`.
        Raises UsageError when another process is at it, or when the file has changed; BadFile.
        """
        facts = folder.facts()
        with ExitStack() as stack:
            stack.enter_context(folder.locked())
            run = cls(Request.from_json(facts["request"]), folder, stack)
            run._started = facts["started"]
            run.place = Place(**facts["place"])
            run.checked = Checked(**facts["checked"])
            run._why = facts.get("error")
            run._journal = stack.enter_context(closing(Journal(folder.journal, clock)))
            run._table = stack.enter_context(open_input(run.request, folder))
            if run._table.digest != facts["input_sha256"]:
                if not accept_changed_input:
                    raise UsageError(
                        f"{run.request.file} has changed since the run began",
                        fix="Put the file back as it was, or say --accept-changed-input to match rows by id.",
                    )
                run._take_changed_input()
            run._stack = stack.pop_all()
        return run

    def close(self) -> None:
        """Let go of the run's files."""
        self._stack.close()

    def discard(self) -> None:
        """Let go of a new run of which nothing was sent, and remove its folder."""
        self.close()
        self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def rows(self) -> int:
        """Rows of the input."""
        return self.checked.rows

    @property
    def notes(self) -> list[str]:
        """What was found out of the input and is worth saying before it is sent."""
        return [*self._table.notes, *self.checked.notes()]

    @property
    def format(self) -> Format:
        """How the input, and every result file, is written."""
        return self._table.format

    def ids(self) -> Iterator[str]:
        """The ids of the records that the input names."""
        return (str(row.record["id"]) for row in self._table if row.record.get("id") is not None)

    def forecast(self, environment: str, answer_time: float = 1.0) -> Forecast:
        """What the rest of the run would take. answer_time: seconds a call takes."""
        with digests_for(self.request, self.place) as digests:
            feed = Feed(self._table, self._journal, self.request, self.name, digests=digests)
            return forecast(feed, self.request, environment, answer_time)

    def on_event(self, event: Event) -> None:
        """Look at what an answer says of the credits left; stops the run where that is too few."""
        if why := credits_reached(self.request.rules, event.credits):
            self._sender.stop_for(why)

    def stop(self) -> None:
        """Send nothing new; what is in flight is taken in. For a person or a system that asks for it."""
        self._sender.stop()

    def send(
        self,
        crm: ZohoCRM | None,
        *,
        place: Place | None = None,
        include_unknown: bool = False,
        watch: Watch = lambda _: None,
        credits_wait: CreditsWait | None = None,
    ) -> Report:
        """Send what is not sent yet, write the files, tell how it ended.

        crm: may be None where the input has no rows. place: where it goes, in words. include_unknown: send
        rows again that may have been applied, even where a repeat does more. watch: is told of each outcome.
        credits_wait: where API credits are used up, wait so and go on, instead of ending; the files are
        written before, and the client's `on_event` hears of it. `stop` ends a wait.
        """
        self.place = place or self.place
        again_before = self._journal.clock() if include_unknown else None
        while True:
            report = self._send(crm, again_before, watch)
            error, sender = self._error, self._sender
            if crm is None or credits_wait is None or sender.stopped or not isinstance(error, OutOfCredits):
                return report
            seconds = credits_wait.seconds(error, self._journal)
            operation = operation_of(self.request.module, "update_records")
            crm.tell(
                Event(
                    "waiting",
                    operation,
                    report.states["unsent"],
                    code=error.code,
                    cause=error.message,
                    seconds=seconds,
                    credits=error.left,
                )
            )
            credits_wait.sleep(seconds, sender.ended)

    def _send(self, crm: ZohoCRM | None, include_unknown: float | None, watch: Watch) -> Report:
        ledger: Ledger | None = None
        self._error = None
        try:
            self._journal.begin()
            self._write_facts({})
            with digests_for(self.request, self.place) as digests:
                ledger = Ledger(self._journal, digests)
                if crm is not None:
                    feed = Feed(
                        self._table,
                        self._journal,
                        self.request,
                        self.name,
                        include_unknown=include_unknown,
                        digests=digests,
                    )
                    self._sender.send(
                        crm,
                        self.request,
                        feed,
                        ledger,
                        watch,
                        rows=self.rows,
                        environment=self.place.environment,
                    )
        except OutOfCredits as error:
            tell_when(error, self._journal)
            self._error = error
        except (ZohoError, BadFile, JournalFailed) as error:
            self._error = error
        except OSError as error:
            self._error = JournalFailed(str(error))
        return self._finish(ledger.lost if ledger else 0)

    def write_files(self) -> dict[State, int]:
        """Write the six files anew from journal and input; returns the rows in each. Raises OSError."""
        return write_results(
            self.folder,
            self._table,
            self._journal,
            self._why,
            bom=self.request.bom,
            as_sheets=as_sheets(self.request, self._table),
        )

    def report(self) -> Report:
        """How the run stands, by its journal."""
        return self._report(None)

    def _take_changed_input(self) -> None:
        with TemporaryDirectory() as folder, closing(Journal(Path(folder) / "ids.sqlite")) as scratch:
            self.checked = check(self._table, self.request.duplicates, scratch)
            self._journal.move_to(scratch)
        self._write_facts({})

    def _finish(self, lost: int) -> Report:
        sender, tally = self._sender, self._sender.tally
        self._why = facts_of_error(self._error) if self._error else None
        unwritten: list[str] = []
        try:
            self._journal.end(
                {
                    "error": self._why,
                    "stop_rule": sender.stop_rule,
                    "interrupted": sender.interrupted,
                    "cleared": sender.cleared,
                },
                tally.calls,
                tally.credits,
                tally.retries,
            )
        except JournalFailed as error:
            unwritten.append(f"{error.message}.")
        try:
            self.write_files()
        except (OSError, BadFile) as error:
            unwritten.append(
                f"The result files could not be written ({error}); write them anew with: "
                f"{self.request.runs_command('show', self.name, '--files')}"
            )
        if unwritten or isinstance(self._error, JournalFailed):
            unwritten.insert(0, how_far(self.name, self._journal, self.rows, lost))
        report = self._report(" ".join(unwritten) or None)
        try:
            self._write_facts({"finished": _now()} | report.facts())
        except OSError as error:
            report = self._report(" ".join([*unwritten, f"run.json could not be written ({error})."]))
        return report

    def _report(self, unwritten: str | None) -> Report:
        files: dict[State, Path] = {state: self.folder.file(state, self._table.format) for state in STATES}
        if as_sheets(self.request, self._table):
            files |= {state: self.folder.sheet(state) for state in CORRECTED}
        ending = Ending(
            error=self._error,
            why=self._why,
            interrupted=self._sender.interrupted,
            stop_rule=self._sender.stop_rule,
            unwritten=unwritten,
        )
        return report_of(
            self.request,
            self.folder,
            self._journal,
            self.checked,
            ending,
            files=files,
            environment=self.place.environment,
        )

    def _write_facts(self, more: dict[str, Any]) -> None:
        facts = facts_of(
            self.name,
            self.request,
            self.place,
            self.checked,
            notes=self.notes,
            started=self._started,
            digest=self._table.digest,
        )
        self.folder.write_facts(facts | more)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
