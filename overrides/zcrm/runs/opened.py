"""A run that is held open: its folder, its input and its journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from types import TracebackType
from typing import Any, Self

from ..errors import UsageError
from ..files.choices import Duplicates, ExportFormat, Format
from ..files.dialects import DELIMITERS
from ..files.tables import BadFile, Table
from ..outcomes import STATES, State
from .checks import Checked, OnCheck, check
from .export import export_outcomes
from .facts import facts_of
from .feed import Feed
from .folder import RunFolder
from .input import LostInput, as_sheets, keep_input, keeps_input, open_input
from .journal import Journal, JournalFailed
from .ledger import digests_for
from .metadata import keep_metadata, with_kept_metadata, with_metadata
from .page import run_page
from .plan import Forecast, forecast
from .reopened import journal_of
from .report import Report
from .reporting import Ending, matched, report_of
from .request import Place, Request
from .results import CORRECTED, ResultFiles, rows_with_spans, write_results
from .rules import check_size

__all__ = ["OpenRun", "now"]


class OpenRun:
    """A run's folder, input and journal, held open and kept from others until it is closed."""

    def __init__(self, request: Request, folder: RunFolder, stack: ExitStack) -> None:
        self.request = request
        self.folder = folder
        self.name = folder.name
        self.place = Place()
        self.checked = Checked(0, 0, 0)
        self._started = now()
        self._stack = stack
        self._remove: Callable[[], None] = folder.remove
        self._table: Table
        self._journal: Journal
        self._ending = Ending()
        self._matched: list[str] = []
        self._edited: set[Path] = set()

    @classmethod
    def new(
        cls,
        request: Request,
        on_check: OnCheck = lambda *_: None,
        *,
        clock: Callable[[], float] = time,
    ) -> Self:
        """Check the file, and make the run's folder; nothing is left of it when the file can not be sent.

        on_check: told now and then of the rows checked so far, and what share of the file they are, from 0 to
        1, as far as that is known. clock: seconds since 1970. Raises BadFile, UsageError (`Refused` where a
        rule says so), JournalFailed.
        """
        request = with_metadata(request)
        runs_dir = request.runs_dir
        fresh = not runs_dir.exists()
        started = datetime.now(UTC)
        folder = RunFolder.new(runs_dir, request.module, started, request.run_name)
        with ExitStack() as stack, _before_the_start():
            remove = partial(folder.remove, runs_dir if fresh else None)
            kept = ExitStack()
            kept.enter_context(folder.locked())
            stack.callback(remove)
            stack.enter_context(kept)
            keep_input(request, folder)
            keep_metadata(request, folder)
            run = cls(request, folder, kept)
            run._started = started.isoformat(timespec="milliseconds")
            run._journal = kept.enter_context(closing(Journal(folder.journal, clock)))
            run._table = kept.enter_context(open_input(request, folder))
            run.checked = check(
                run._table,
                request.repeated_ids,
                run._journal,
                on_check,
                needs=request.needs,
                refuse=request.refuse,
            )
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
        input_may_be_lost: bool = False,
        clock: Callable[[], float] = time,
    ) -> Self:
        """Take up a run that exists, to send more of it or to write its files anew.

        accept_changed_input: match rows by id where the file is not the one it was. input_may_be_lost: what
        is wrong with the file is raised only when its rows are read. clock: as for `new`.
        Raises UsageError when another process is at it, when the file has changed, or when its journal can't
        be trusted; BadFile.
        """
        facts = folder.facts()
        if "request" not in facts:
            raise UsageError(
                f"{folder.path} has no journal: it is a run of zcrm 0.1",
                fix="Its six files are in it: send what is left, such as rejected.csv, like any file.",
            )
        with ExitStack() as stack:
            stack.enter_context(folder.locked())
            with _as_written(folder):
                request = with_kept_metadata(Request.from_json(facts["request"]), folder)
                run = cls(request, folder, stack)
                run._started = facts["started"]
                run.place = Place(**facts["place"])
                run.checked = Checked(**facts["checked"])
                run._ending = Ending(why=facts.get("error"))
                run._edited = folder.edited()
                digest, mark, calls = facts["input_sha256"], facts["journal"], int(facts.get("calls", 0))
            run._journal = stack.enter_context(closing(journal_of(folder, mark, calls, clock)))
            try:
                run._table = stack.enter_context(open_input(run.request, folder))
                if run._table.digest != digest and not accept_changed_input:
                    raise UsageError(
                        f"{run.request.file} has changed since the run began",
                        fix="Put the file back as it was, or resume with --accept-changed-input (by ids).",
                    )
            except (BadFile, UsageError) as error:
                if not input_may_be_lost:
                    raise
                run._table = LostInput(run.request, folder, error)
            if accept_changed_input and run._table.digest != digest:
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
        metadata = self.request.metadata
        found = [*self._table.notes, *self.checked.notes(), *([metadata.note] if metadata else [])]
        found += [f"{path.name} was changed and is kept" for path in sorted(self._edited)]
        return [*found, *self._matched]

    @property
    def format(self) -> Format:
        """How the input, and every result file, is written."""
        return self._table.format

    @property
    def for_results(self) -> Request:
        """The request that sends one of its result files the same way."""
        reading, delimiter = self.request.reading, self._table.delimiter
        told = delimiter if reading.delimiter or delimiter not in DELIMITERS else None
        return replace(
            self.request,
            reading=replace(reading, format=None, encoding=None, delimiter=told),
            rules=replace(self.request.rules, min_rows=None, expect=None),
        )

    @property
    def keeps_its_input(self) -> bool:
        """Whether the folder has a copy of it, as of standard input."""
        return keeps_input(self.folder)

    def ids(self) -> Iterator[str]:
        """The ids of the records that the input names."""
        return (str(row.record["id"]) for row in self._table if row.record.get("id") is not None)

    def forecast(self, environment: str, answer_time: float = 1.0) -> Forecast:
        """What the rest of the run would take. answer_time: seconds a call takes."""
        with digests_for(self.request, self.place) as digests:
            feed = Feed(self._table, self._journal, self.request, self.name, digests=digests)
            return forecast(feed, self.request, environment, answer_time)

    def write_files(self) -> dict[State, int]:
        """Write the six files anew from journal and input; returns the rows in each.

        Those that somebody has changed since they were written are kept under another name. Raises OSError,
        BadFile and, where that would not be what the journal has, Miscounted.
        """
        self.folder.keep(self._edited | self.folder.edited())
        self._edited = set()
        files = self._result_files()
        written = write_results(files, self._table, self._journal, self._ending.why, self.rows)
        self.folder.touch()
        return written

    def export(self, path: Path, form: ExportFormat = ExportFormat.CSV) -> dict[State, int]:
        """Write the outcomes of all rows as one table, as docs/export.md has it; returns the rows by state.

        Raises OSError, BadFile, Miscounted, and UsageError where Parquet needs the extra `arrow`.
        """
        return export_outcomes(self._table, self._journal, self._ending.why, path, form, self.rows)

    def page(self, *, values: bool = False) -> str:
        """How the run went as one page of HTML; values: with the rows to look at, as the input has them.

        Raises BadFile.
        """
        rows = rows_with_spans(self._table, self._journal, self._ending.why) if values else None
        return run_page(self.folder.facts(), self.report(), self._journal, self._table, rows)

    def report(self) -> Report:
        """How the run stands, by its journal."""
        files: dict[State, Path] = {state: self.folder.file(state, self._table.format) for state in STATES}
        if as_sheets(self.request, self._table):
            sheets: dict[State, Path] = {state: self.folder.sheet(state) for state in CORRECTED}
            files |= {state: sheet for state, sheet in sheets.items() if sheet.exists()}
        return report_of(
            self.for_results,
            self.folder,
            self._journal,
            self.checked,
            self._ending,
            files=files,
            environment=self.place.environment,
        )

    def _result_files(self) -> ResultFiles:
        sheets = as_sheets(self.request, self._table)
        return ResultFiles(self.folder, self._table, bom=self.request.bom, as_sheets=sheets)

    def _take_changed_input(self) -> None:
        request, repeats = self.request, self.checked.repeats
        with TemporaryDirectory() as folder, closing(Journal(Path(folder) / "ids.sqlite")) as scratch:
            self.checked = check(
                self._table, request.repeated_ids, scratch, needs=request.needs, refuse=request.refuse
            )
            check_size(request, self.checked.rows)
            if request.duplicates is Duplicates.KEEP_ORDER and (repeats or self.checked.repeats):
                raise UsageError(
                    f"{request.file} has changed, and its rows can't be matched by id: some share one",
                    fix="Put the file back as it was.",
                )
            self._write_facts({"input_sha256": None})
            self._matched = [*matched(self._journal.move_to(scratch), self._journal)]
        self._write_facts({})

    def _write_facts(self, more: dict[str, Any]) -> None:
        facts = facts_of(
            self.name,
            self.request,
            self.place,
            self.checked,
            notes=self.notes,
            started=self._started,
            digest=self._table.digest,
            journal=self._journal.mark,
        )
        self.folder.write_facts(facts | more)


@contextmanager
def _as_written(folder: RunFolder) -> Iterator[None]:
    """Refuse a `run.json` that lacks something."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{folder.path / 'run.json'} is not what zcrm wrote: {error!r}") from error


@contextmanager
def _before_the_start() -> Iterator[None]:
    """A run that can't be begun leaves nothing to resume."""
    try:
        yield
    except JournalFailed as error:
        error.fix = f"{error.ROOM}, and start again: nothing was sent."
        raise


def now() -> str:
    """The time of day, as `run.json` has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
