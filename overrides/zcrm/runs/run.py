"""One run: a file's rows sent, every one of them accounted for in the run's folder, through any crash."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from ..client import ZohoCRM
from ..engine.flows.effects import Event
from ..errors import OutOfCredits, UsageError, ZohoError
from ..files.tables import BadFile
from ..outcomes import Outcome
from .counts import Miscounted
from .credits import CreditsWait, tell_when
from .early import EarlyFiles
from .feed import Feed
from .folder import RunFolder
from .journal import JournalFailed
from .ledger import Ledger, digests_for
from .metadata import check_place
from .opened import OpenRun, now
from .repeats import answer_repeats
from .report import Report, facts_of_error
from .reporting import Ending, how_far
from .request import Place, Request
from .rules import credits_reached
from .sender import Sender, SoFar, Watch
from .writes import operation_for

__all__ = ["Run"]


class Run(OpenRun):
    """One file on its way to one module. Made by `new` or `open`; close it, or use it in a `with` statement.

    What is handed to `ZohoCRM(on_event=run.on_event)` lets the run see how many credits the day has left.
    """

    def __init__(self, request: Request, folder: RunFolder, stack: ExitStack) -> None:
        super().__init__(request, folder, stack)
        self._sender = Sender()

    def on_event(self, event: Event) -> None:
        """Look at what an answer says of the credits left; stops the run where that is too few."""
        if why := credits_reached(self.request.rules, event.credits):
            self._sender.stop_for(why)

    @property
    def so_far(self) -> SoFar:
        """How far the sending is; may be looked at from any thread."""
        return self._sender.so_far

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
        if place is not None:
            self._go_to(place)
        check_place(self.request, self.place)
        again_before = self._journal.clock() if include_unknown else None
        while True:
            report = self._send(crm, again_before, watch)
            error, stopped = self._ending.error, self._sender.stopped or report.unwritten is not None
            if crm is None or credits_wait is None or stopped or not isinstance(error, OutOfCredits):
                return report
            seconds = credits_wait.seconds(error, self._journal)
            crm.tell(
                Event(
                    "waiting",
                    operation_for(self.request),
                    report.states["unsent"],
                    code=error.code,
                    cause=error.message,
                    seconds=seconds,
                    credits=error.left,
                )
            )
            credits_wait.sleep(seconds, self._sender.ended)

    def _go_to(self, place: Place) -> None:
        begun = self.place
        apart = (begun.data_center, begun.environment) != (place.data_center, place.environment)
        if apart and self._journal.calls:
            raise UsageError(
                f"The run {self.name} was begun at {begun}, and would go on at {place}",
                fix="Sign in where it was begun, or send its unsent rows as a run of their own.",
            )
        self.place = place

    def _send(self, crm: ZohoCRM | None, include_unknown: float | None, watch: Watch) -> Report:
        early = EarlyFiles(self._result_files, self._table, self._journal)
        try:
            stopped_by, lost = self._send_rows(crm, include_unknown, watch, early)
            return self._finish(stopped_by, lost, early)
        finally:
            early.drop()

    def _send_rows(
        self, crm: ZohoCRM | None, include_unknown: float | None, watch: Watch, early: EarlyFiles
    ) -> tuple[Exception | None, int]:
        """What stopped it, and the rows whose outcome could not be written down."""
        ledger: Ledger | None = None
        stopped_by: Exception | None = None

        def came_out(outcome: Outcome) -> None:
            early.add(outcome)
            watch(outcome)

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
                        came_out,
                        rows=self.rows,
                        environment=self.place.environment,
                    )
        except OutOfCredits as error:
            tell_when(error, self._journal)
            stopped_by = error
        except (ZohoError, BadFile, JournalFailed) as error:
            stopped_by = error
        except OSError as error:
            stopped_by = JournalFailed(str(error))
        if self.request.kind.once and self.checked.repeats:
            unanswered = self._answer_repeats()
            stopped_by = stopped_by or unanswered
        return stopped_by, ledger.lost if ledger else 0

    def _answer_repeats(self) -> Exception | None:
        """Answer for rows that repeat others; returns what kept it from that."""
        try:
            answer_repeats(self._table, self._journal)
        except (BadFile, JournalFailed) as error:
            return error
        except OSError as error:
            return JournalFailed(str(error))
        return None

    def _finish(self, error: Exception | None, lost: int, early: EarlyFiles) -> Report:
        sender, tally = self._sender, self._sender.tally
        self._ending = ending = Ending(
            error=error,
            why=facts_of_error(error) if error else None,
            interrupted=sender.interrupted,
            stop_rule=sender.stop_rule,
        )
        unwritten: list[str] = []
        try:
            self._journal.end(
                {
                    "error": ending.why,
                    "stop_rule": ending.stop_rule,
                    "interrupted": ending.interrupted,
                    "cleared": sender.cleared,
                },
                tally.calls,
                tally.credits,
                tally.retries,
            )
        except JournalFailed as failed:
            unwritten.append(f"{failed.message}.")
        try:
            if not early.finish(self.rows):
                self.write_files()
        except (OSError, BadFile) as failed:
            unwritten.append(
                f"The result files could not be written ({failed}); write them anew with: "
                f"{self.request.runs_command('show', self.name, '--files')}"
            )
        except Miscounted as failed:
            self._ending = ending = replace(ending, error=failed, why=facts_of_error(failed))
            unwritten.append(f"The result files were not written: {failed.message}. {failed.fix}")
        if unwritten or isinstance(error, JournalFailed):
            unwritten.insert(0, how_far(self.name, self._journal, self.rows, lost))
        self._ending = replace(ending, unwritten=" ".join(unwritten) or None)
        report = self.report()
        try:
            self._write_facts({"finished": now()} | report.facts())
        except OSError as failed:
            unwritten.append(f"run.json could not be written ({failed}).")
            self._ending = replace(ending, unwritten=" ".join(unwritten))
            report = self.report()
        return report
