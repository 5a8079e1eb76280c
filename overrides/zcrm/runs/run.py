"""One run: a file's rows sent, every one of them accounted for in the run's folder, through any crash."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from types import TracebackType
from typing import Any, Self

from zcrm_api.limits import RECORDS_PER_CALL

from ..client import ZohoCRM
from ..engine.flows.credits import for_rows
from ..engine.flows.effects import Event
from ..engine.updates import Updates
from ..errors import UsageError, ZohoError
from ..files.choices import Format, ResultFormat
from ..files.tables import BadFile, Table, open_table, spool
from ..outcomes import STATES, Outcome, State, Tally
from ..rows.options import UpdateOptions
from .checks import Checked, check
from .digests import Digests
from .feed import Due, Feed
from .folder import RunFolder
from .journal import Journal, JournalFailed
from .ledger import Ledger
from .options import check_options
from .plan import Forecast, forecast
from .report import Next, Report, counted, exit_for, facts_of_error
from .request import Place, Request
from .results import CORRECTED, write_results
from .rules import ErrorLimit, canary_of, check_size

__all__ = ["Run"]

_RETRY = "To send the rejected rows, once corrected"
_CONFLICT = "To send the rows that somebody else changed first, once compared"
_RESUME = "To send the rest"
_UNKNOWN = "To send the rows whose answer was lost, once looked up in Zoho CRM"

Watch = Callable[[Outcome], object]


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
        self._remove: Callable[[], None] = folder.delete
        self._table: Table
        self._journal: Journal
        self._updates: Updates | None = None
        self._lock = Lock()
        self._interrupted = False
        self._stop_rule: str | None = None
        self._enough: str | None = None
        self._error: Exception | None = None
        self._cleared = 0
        self._why: dict[str, Any] | None = None

    @classmethod
    def new(cls, request: Request, on_check: Callable[[int], object] = lambda _: None) -> Self:
        """Check the file, and make the run's folder; nothing is left of it when the file can not be sent.

        on_check: told of the rows checked so far, now and then. Raises BadFile, UsageError (`Refused` where a
        rule says so), JournalFailed.
        """
        runs_dir = request.runs_dir
        fresh = not runs_dir.exists()
        started = datetime.now(UTC)
        folder = RunFolder.new(runs_dir, request.module, started, request.run_name)
        with ExitStack() as stack:
            remove = partial(_remove, folder, runs_dir if fresh else None)
            stack.callback(remove)
            kept = stack.enter_context(ExitStack())
            kept.enter_context(folder.locked())
            run = cls(_spooled(request, folder), folder, kept)
            run._started = started.isoformat(timespec="seconds")
            run._journal = kept.enter_context(closing(Journal(folder.journal)))
            run._open_table()
            run.checked = check(run._table, request.duplicates, run._journal, on_check)
            check_size(request, run.checked.rows)
            run._write_facts({})
            run._remove = remove
            run._stack = kept.pop_all()
            stack.pop_all()
        return run

    @classmethod
    def open(cls, folder: RunFolder, *, accept_changed_input: bool = False) -> Self:
        """Take up a run that exists, to send more of it or to write its files anew.

        accept_changed_input: match rows by id where the file is not the one it was. Raises UsageError when
        another process is at it, or when the file has changed; BadFile.
        """
        facts = folder.facts()
        with ExitStack() as stack:
            stack.enter_context(folder.locked())
            run = cls(Request.from_json(facts["request"]), folder, stack)
            run._started = facts["started"]
            run.place = Place(**facts["place"])
            run.checked = Checked(**facts["checked"])
            run._why = facts.get("error")
            run._journal = stack.enter_context(closing(Journal(folder.journal)))
            run._open_table()
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
        with ExitStack() as stack:
            feed = Feed(self._table, self._journal, self.request, self.name, digests=self._digests(stack))
            return forecast(feed, self.request, environment, answer_time)

    def on_event(self, event: Event) -> None:
        """Look at what an answer says of the credits left; stops the run where that is too few."""
        reserve = self.request.rules.credits_reserve
        if reserve is not None and event.credits is not None and event.credits <= reserve:
            self._stop_for(
                f"only {event.credits:,} credits of the day are left (--credits-reserve {reserve})"
            )

    def stop(self) -> None:
        """Send nothing new; what is in flight is taken in. For a person or a system that asks for it."""
        self._interrupted = True
        self._halt()

    def send(
        self,
        crm: ZohoCRM | None,
        *,
        place: Place | None = None,
        include_unknown: bool = False,
        watch: Watch = lambda _: None,
    ) -> Report:
        """Send what is not sent yet, write the files, tell how it ended.

        crm: may be None where the input has no rows. place: where it goes, in words. include_unknown: send
        rows again that may have been applied, even where a repeat does more. watch: is told of each outcome.
        """
        self.place = place or self.place
        tally = Tally()
        ledger: Ledger | None = None
        try:
            self._journal.begin()
            self._write_facts({})
            with ExitStack() as stack:
                digests = self._digests(stack)
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
                    self._send(crm, feed, ledger, tally, watch)
        except (ZohoError, BadFile, JournalFailed) as error:
            self._error = error
        except OSError as error:
            self._error = JournalFailed(str(error))
        return self._finish(tally, ledger.lost if ledger else 0)

    def write_files(self) -> dict[State, int]:
        """Write the six files anew from journal and input; returns the rows in each. Raises OSError."""
        return write_results(
            self.folder,
            self._table,
            self._journal,
            self._why,
            bom=self.request.bom,
            as_sheets=self._as_sheets,
        )

    def report(self) -> Report:
        """How the run stands, by its journal."""
        return self._report(None)

    def _open_table(self) -> None:
        request = self.request
        spooled = request.file == "-"
        path = str(self.folder.path / "input") if spooled else request.file
        self._table = self._stack.enter_context(open_table(path, request.reading))
        if spooled:
            self._table.name = "standard input"
        check_options(request, self._table)

    @property
    def _as_sheets(self) -> bool:
        """Whether rows to correct are written as Excel sheets, too."""
        asked = self.request.results
        return asked is ResultFormat.XLSX or (asked is None and self._table.kind is Format.XLSX)

    def _take_changed_input(self) -> None:
        with TemporaryDirectory() as folder, closing(Journal(Path(folder) / "ids.sqlite")) as scratch:
            self.checked = check(self._table, self.request.duplicates, scratch)
            self._journal.move_to(scratch)
        self._write_facts({})

    def _digests(self, stack: ExitStack) -> Digests | None:
        path = Digests.path(self.request.runs_dir, self.request.module, str(self.place))
        if not self.request.changed_only and not path.exists():
            return None
        return stack.enter_context(closing(Digests(path, ignored=self.request.stamp)))

    def _send(self, crm: ZohoCRM, feed: Feed, ledger: Ledger, tally: Tally, watch: Watch) -> None:
        rules = self.request.rules
        limit = ErrorLimit(rules.max_errors, self.rows)
        canary, above = canary_of(rules, self.place.environment)
        lines = iter(feed)
        first = list(islice(lines, above + 1))
        if canary and len(first) > above:
            alone = first[:canary]
            well = self._stream(crm, iter(alone), ledger, tally, watch, limit)
            if well * 2 < len(alone):
                self._stop_for(f"of the {len(alone)} rows sent first, only {well} went well (--canary)")
            first = first[canary:]
        if self._enough is None:
            self._stream(crm, chain(first, lines), ledger, tally, watch, limit)

    def _stream(
        self,
        crm: ZohoCRM,
        lines: Iterator[Due],
        ledger: Ledger,
        tally: Tally,
        watch: Watch,
        limit: ErrorLimit,
    ) -> int:
        """Send these rows; returns how many went well."""
        request = self.request
        options: UpdateOptions = {"triggers": request.triggers}
        time = ""

        def named() -> Iterator[Due]:
            nonlocal time
            for line in lines:
                time = line.since
                yield line

        if not request.resend_lost:
            options["resend_lost"] = False
        if request.since is not None:
            options["if_unmodified_since"] = (lambda _: time) if request.since_column else request.since
        updates = crm.records.recorded(request.module, named(), ledger, **options)
        with self._lock:
            self._updates = updates
        if self._interrupted or self._enough:
            updates.stop()
        well = 0
        try:
            with updates:
                for outcome in updates:
                    well += outcome.ok
                    if why := limit.add(outcome.state):
                        self._stop_for(why)
                    watch(outcome)
        finally:
            tally.add(updates.summary.tally)
            self._cleared += updates.summary.cleared
        return well

    def _stop_for(self, rule: str) -> None:
        self._stop_rule = self._stop_rule or rule
        self._halt()

    def _halt(self) -> None:
        self._enough = self._enough or "stopped"
        with self._lock:
            if self._updates is not None:
                self._updates.stop()

    def _finish(self, tally: Tally, lost: int) -> Report:
        self._why = facts_of_error(self._error) if self._error else None
        unwritten: list[str] = []
        try:
            self._journal.end(
                {
                    "error": self._why,
                    "stop_rule": self._stop_rule,
                    "interrupted": self._interrupted,
                    "cleared": self._cleared,
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
            unwritten.insert(0, self._how_far(lost))
        report = self._report(" ".join(unwritten) or None)
        try:
            self._write_facts({"finished": _now()} | report.facts())
        except OSError as error:
            report = self._report(" ".join([*unwritten, f"run.json could not be written ({error})."]))
        return report

    def _how_far(self, lost: int) -> str:
        known = sum(
            reason.rows for reason in counted(self._journal, self.rows, None) if reason.state != "unsent"
        )
        said = (
            f"The record of run {self.name} holds {known:,} of {self.rows:,} rows; the others were not sent."
        )
        if lost:
            said += (
                f" What became of {lost:,} of these rows could not be written down: they count as unknown."
            )
        return said

    def _report(self, unwritten: str | None) -> Report:
        reasons = counted(self._journal, self.rows, self._why)
        states: dict[State, int] = {
            state: sum(r.rows for r in reasons if r.state == state) for state in STATES
        }
        sessions = self._journal.sessions()
        files: dict[State, Path] = {state: self.folder.file(state, self._table.format) for state in STATES}
        if self._as_sheets:
            files |= {state: sheet for state in CORRECTED if (sheet := self.folder.sheet(state)).exists()}
        to_send = self.rows - self.checked.without_id
        canary, above = canary_of(self.request.rules, self.place.environment)
        parts = [canary, to_send - canary] if canary and to_send > above else [to_send]
        return Report(
            run=self.name,
            folder=self.folder.path,
            files=files,
            rows=self.rows,
            reasons=reasons,
            resent=self._journal.resent(),
            cleared=sum(json.loads(session["ending"] or "{}").get("cleared", 0) for session in sessions),
            calls=sum(session["calls"] for session in sessions),
            credits=sum(session["credits"] for session in sessions),
            retries=sum(session["retries"] for session in sessions),
            seconds=sum(
                (session["ended"] or session["started"]) - session["started"] for session in sessions
            ),
            forecast_calls=sum(-(-rows // RECORDS_PER_CALL) for rows in parts),
            forecast_credits=sum(_credits(rows) for rows in parts),
            error=self._why,
            stop_rule=self._stop_rule,
            unwritten=unwritten,
            exit=exit_for(
                states,
                self._error,
                interrupted=self._interrupted,
                stop_rule=self._stop_rule is not None,
                unwritten=unwritten is not None,
            ),
            next=self._next(states, files),
        )

    def _next(self, states: dict[State, int], files: dict[State, Path]) -> list[Next]:
        request, steps = self.request, []
        if states["unsent"]:
            steps.append(Next(_RESUME, request.runs_command("resume", self.name)))
        if states["rejected"]:
            steps.append(Next(_RETRY, request.command(files["rejected"])))
        if states["conflict"]:
            steps.append(Next(_CONFLICT, request.command(files["conflict"])))
        if states["unknown"]:
            steps.append(Next(_UNKNOWN, request.runs_command("resume", self.name, "--include-unknown")))
        return steps

    def _write_facts(self, more: dict[str, Any]) -> None:
        place, checked = self.place, self.checked
        self.folder.write_facts(
            {
                "run": self.name,
                "module": self.request.module,
                "file": self.request.to_json()["file"],
                "automations": self.request.automations,
                "profile": place.profile,
                "data_center": place.data_center,
                "environment": place.environment,
                "api_domain": place.api_domain,
                "rows": checked.rows,
                "notes": self.notes,
                "started": self._started,
                "finished": None,
                "request": self.request.to_json(),
                "place": {name: getattr(place, name) for name in Place.__slots__},
                "checked": {name: getattr(checked, name) for name in Checked.__slots__},
                "input_sha256": self._table.digest,
            }
            | more
        )


def _credits(rows: int) -> int:
    full, rest = divmod(rows, RECORDS_PER_CALL)
    return full * for_rows(RECORDS_PER_CALL) + for_rows(rest)


def _spooled(request: Request, folder: RunFolder) -> Request:
    """The request, with standard input kept in the folder."""
    if request.file != "-":
        return request
    path = folder.path / "input"
    spool(path)
    return request


def _remove(folder: RunFolder, runs_dir: Path | None) -> None:
    shutil.rmtree(folder.path, ignore_errors=True)
    if runs_dir is not None:
        with suppress(OSError):
            (runs_dir / ".gitignore").unlink()
            runs_dir.rmdir()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
