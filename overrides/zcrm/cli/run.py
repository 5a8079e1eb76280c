"""One run: a file's rows sent, every one of them accounted for in the run's folder."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from zcrm import Outcome, Summary, ZohoCRM, ZohoError
from zcrm.cli.feed import Feed
from zcrm.cli.report import Next, Report, exit_for
from zcrm.cli.request import Request
from zcrm.cli.results import CORRECTED, Results, RunFolder
from zcrm.cli.screen import Screen
from zcrm.cli.signals import stopping
from zcrm.cli.target import Place
from zcrm.errors import UsageError
from zcrm.files.checks import Checked
from zcrm.files.choices import Format, ResultFormat
from zcrm.files.tables import BadFile, Table
from zcrm.outcomes import STATES, State

__all__ = ["Run"]

_TO_DO: dict[State, str] = {
    "unsent": "To send the rest",
    "rejected": "To send the rejected rows, once corrected",
    "conflict": "To send the rows that somebody else changed first, once compared",
    "unknown": "To send the rows whose answer was lost, once looked up in Zoho CRM",
}


@dataclass
class _Sent:
    """How the sending of a file ended."""

    summary: Summary
    error: Exception | None = None
    interrupted: bool = False


class Run:
    """One file on its way to one module."""

    def __init__(
        self, request: Request, table: Table, checked: Checked, place: Place, screen: Screen
    ) -> None:
        """`checked` is what the table holds; `place` says where its rows go."""
        self._request = request
        self._table = table
        self._rows = checked.rows
        self._notes = [*table.notes, *checked.notes()]
        self._place = place
        self._screen = screen

    def announce(self) -> None:
        """Say where the write goes and what it is."""
        request = self._request
        self._screen.say(
            " | ".join(
                [
                    f"{self._place} | module {request.module} | {self._rows:,} rows",
                    f"automations {request.automations}",
                    *self._notes,
                ]
            )
        )
        if request.simulator:
            self._screen.say("SIMULATOR: an embedded Zoho CRM answers; nothing leaves this machine.")

    def go(self, client: ZohoCRM | None) -> Report:
        """Send the rows, write the run's folder, tell how it ended; without rows no client is needed.

        Raises UsageError when the folder can not be made.
        """
        as_sheets = self._as_sheets()
        started = datetime.now(UTC)
        folder = self._folder(started)
        about = self._about(folder, started)
        folder.write_facts(about)
        self._screen.say(f"Run {folder.name}")
        with Results.open(folder, self._table, bom=self._request.bom, as_sheets=as_sheets) as results:
            sent = self._send(client, results)
        report = self._report(folder, sent, CORRECTED if as_sheets else ())
        folder.write_facts(about | {"finished": _time(datetime.now(UTC))} | report.facts())
        self._screen.say_all(report.lines())
        return report

    def _folder(self, started: datetime) -> RunFolder:
        try:
            return RunFolder(self._request.runs_dir, self._request.module, started)
        except OSError as error:
            raise UsageError(
                f"No folder for the run can be made in {self._request.runs_dir}: {error.strerror}",
                fix="Choose another --runs-dir.",
            ) from error

    def _about(self, folder: RunFolder, started: datetime) -> dict[str, Any]:
        request = self._request
        return {
            "run": folder.name,
            "module": request.module,
            "file": request.file if request.file == "-" else str(Path(request.file).absolute()),
            "automations": request.automations,
            "profile": self._place.profile,
            "data_center": self._place.data_center,
            "environment": self._place.environment,
            "api_domain": self._place.api_domain,
            "rows": self._rows,
            "notes": self._notes,
            "started": _time(started),
            "finished": None,
        }

    def _send(self, client: ZohoCRM | None, results: Results) -> _Sent:
        if client is None:
            return _Sent(Summary())
        feed = Feed(self._table)
        updates = client.records.update(
            self._request.module,
            feed.records(),
            triggers=self._request.triggers,
            resend_lost=self._request.resend_lost,
        )
        sent = _Sent(updates.summary)

        def stop() -> None:
            updates.stop()
            self._screen.say("Stopping; waiting for the calls in flight. Once more ends at once.")

        with updates, stopping(stop) as interruption, self._screen.progress(self._rows) as progress:
            try:
                for outcome in updates:
                    results.write(feed.answered(), outcome)
                    progress.add(outcome.state)
            except (ZohoError, BadFile) as error:
                sent.error = error
            self._leave(feed, sent, results)
        sent.interrupted = interruption.happened
        return sent

    def _leave(self, feed: Feed, sent: _Sent, results: Results) -> None:
        """Account for the rows that were never handed out."""
        cause = sent.error if isinstance(sent.error, ZohoError) else None
        for number, row in enumerate(feed.rest(), sent.summary.rows):
            outcome = Outcome(
                number,
                row.record,
                id=_id(row.record),
                code=cause.code if cause else None,
                message=cause.message if cause else "Stopped before it was sent",
                fix=cause.fix if cause else "",
                retryable=True,
            )
            sent.summary.count([outcome])
            results.write(row, outcome)

    def _as_sheets(self) -> bool:
        """Whether rows to correct are written as Excel sheets; raises UsageError if they can't be."""
        asked = self._request.results
        if asked is ResultFormat.XLSX and not self._table.header:
            raise UsageError("--results xlsx is for files of cells; objects come back as JSON lines")
        if asked is ResultFormat.XLSX and find_spec("xlsxwriter") is None:
            raise UsageError("Sheets need an extra", fix='pip install "zcrm[cli,excel]"')
        return asked is ResultFormat.XLSX or (asked is None and self._table.kind is Format.XLSX)

    def _report(self, folder: RunFolder, sent: _Sent, sheets: Collection[State]) -> Report:
        files: dict[State, Path] = {
            state: folder.sheet(state) if state in sheets else folder.file(state, self._table.format)
            for state in STATES
        }
        return Report(
            run=folder.name,
            folder=folder.path,
            files=files,
            summary=sent.summary,
            error=sent.error,
            exit=exit_for(sent.summary, sent.error, interrupted=sent.interrupted),
            next=[
                Next(what, self._request.command(files[state]))
                for state, what in _TO_DO.items()
                if sent.summary.states[state]
            ],
        )


def _id(record: dict[str, Any]) -> str | None:
    value = record.get("id")
    return None if value is None else str(value)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
