"""`zcrm records update` and `zcrm runs resume`, once their options are read."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zcrm import Event, NoteTooLong, ZohoCRM
from zcrm.cli import preview
from zcrm.cli.faults import FaultFile, say_all
from zcrm.cli.listening import Ears, listening
from zcrm.cli.output import answer
from zcrm.cli.screen import Screen
from zcrm.cli.signals import stopping
from zcrm.cli.signin import SignIn, choose
from zcrm.cli.target import NOWHERE, SIMULATOR, check_org, load_files, place_of, simulated
from zcrm.errors import UsageError, ZohoError
from zcrm.files.tables import is_stream, open_table
from zcrm.runs.cheaper import SameValues, cheaper
from zcrm.runs.checks import check
from zcrm.runs.credits import CreditsWait
from zcrm.runs.digests import Digests
from zcrm.runs.exits import Exit
from zcrm.runs.feed import Feed
from zcrm.runs.folder import RunFolder, find
from zcrm.runs.inspection import Inspection
from zcrm.runs.journal import Journal
from zcrm.runs.metadata import check_place, reading_of, with_metadata
from zcrm.runs.options import check_options
from zcrm.runs.plan import DAILY_CREDITS, forecast
from zcrm.runs.report import Report
from zcrm.runs.request import Place, Request
from zcrm.runs.rules import check_size, check_stopped
from zcrm.runs.run import Run

if TYPE_CHECKING:
    from zcrm.simulator import Simulator

__all__ = ["Resume", "dry_run", "plan", "resume", "send", "update", "update_or_resume"]


@dataclass(frozen=True, slots=True)
class Resume:
    """How a run is to be gone on with."""

    include_unknown: bool = False
    accept_changed_input: bool = False
    wait_for_credits: bool = False


def update(
    request: Request,
    screen: Screen,
    ears: Ears = Ears(),  # noqa: B008
    confirm: Callable[[Run], object] = lambda _: None,
) -> Report:
    """Send a file as a run of its own; raises BadFile, ZohoError, MissingExtra, JournalFailed.

    confirm: asks a person, who knows by then what goes where; nothing is left of the run where it raises.
    """
    with screen.checking() as count:
        run = Run.new(request, count)
    with run, ExitStack() as stack:
        try:
            sign_in = _sign_in(run)
            place = _begin(run, sign_in, screen)
            check_place(run.request, place)
            check_org(run.request.metadata, sign_in, screen)
            confirm(run)
            hear = stack.enter_context(listening(ears, screen, request.file))
        except BaseException:
            run.discard()
            raise
        return _go(run, sign_in, place, screen, Resume(), hear)


def update_or_resume(
    request: Request,
    screen: Screen,
    ears: Ears = Ears(),  # noqa: B008
    confirm: Callable[[Run], object] = lambda _: None,
) -> Report:
    """Go on with the run of the request's name, if there is one, else `update`.

    Raises UsageError where that run sends something else, and Refused where a rule has stopped it.
    """
    if request.run_name is None or not RunFolder(request.runs_dir / request.run_name).is_begun:
        return update(request, screen, ears, confirm)
    folder = find(request.runs_dir, request.run_name)
    check_stopped(request, folder)
    return resume(folder, request.runs_dir, Resume(), screen, ears, request)


def resume(
    folder: RunFolder,
    runs_dir: Path,
    how: Resume,
    screen: Screen,
    ears: Ears = Ears(),  # noqa: B008
    asked: Request | None = None,
) -> Report:
    """Send what is left of a run; raises as `update` does.

    asked: what the run has to send; UsageError is raised where it sends something else.
    """
    with Run.open(folder, accept_changed_input=how.accept_changed_input) as run:
        if asked is not None:
            _check_alike(asked, run)
        run.request = replace(run.request, runs_dir=runs_dir)
        sign_in = _sign_in(run)
        place = _begin(run, sign_in, screen)
        with listening(ears, screen, run.request.file) as hear:
            return _go(run, sign_in, place, screen, how, hear)


def _check_alike(asked: Request, run: Run) -> None:
    unlike = asked.unlike(run.request)
    if is_stream(asked.file) and run.keeps_its_input:
        unlike = [name for name in unlike if name != "file"]
    if unlike:
        raise UsageError(
            f"The run {run.name!r} was begun with another {unlike[0].replace('_', ' ')}",
            fix="Say what it was begun with, or choose another --run-name.",
        )


def dry_run(request: Request, screen: Screen) -> dict[str, Any]:
    """Check a file and say what would be sent."""
    request = with_metadata(request)
    check_place(request, _known_place(request))
    with (
        open_table(request.file, reading_of(request)) as table,
        tempfile.TemporaryDirectory() as folder,
        closing(Journal(Path(folder) / "ids.sqlite")) as journal,
        FaultFile.of(request.file, screen) as faults,
    ):
        check_options(request, table)
        with screen.checking() as count:
            inspection = Inspection.of(request, table)
            checked = check(
                table,
                request.repeated_ids,
                journal,
                count,
                faults.add,
                request.needs,
                request.refuse,
                inspection,
            )
        check_size(request, checked.rows)
        facts = preview.preview(table, checked, request, inspection)
    screen.say_all(preview.lines(facts))
    if inspection is not None:
        say_all(inspection.faults, inspection.more, screen)
    exit_code = Exit.ROWS_REFUSED if facts.get("rows_rejected") else Exit.OK
    return answer("dry_run", exit_code=exit_code) | facts


def plan(request: Request, screen: Screen, answer_time: float, edition: str, users: int) -> dict[str, Any]:
    """Check a file and say what sending it would take."""
    if edition not in DAILY_CREDITS:
        raise UsageError(f"There is no edition {edition!r}; there are {', '.join(DAILY_CREDITS)}")
    base, each, most = DAILY_CREDITS[edition]
    day = min(base + each * users, most or base + each * users)
    request = with_metadata(request)
    place = _known_place(request)
    check_place(request, place)
    with (
        open_table(request.file, reading_of(request)) as table,
        tempfile.TemporaryDirectory() as folder,
        closing(Journal(Path(folder) / "ids.sqlite")) as journal,
        ExitStack() as stack,
    ):
        check_options(request, table)
        with screen.checking() as count:
            inspection = Inspection.of(request, table)
            checked = check(
                table,
                request.repeated_ids,
                journal,
                count,
                needs=request.needs,
                refuse=request.refuse,
                inspection=inspection,
            )
        check_size(request, checked.rows)
        notes = [*table.notes, *checked.notes(), *(inspection.notes() if inspection else ())]
        path = Digests.path(request.runs_dir, request.module, str(place))
        digests = None
        if request.changed_only and path.exists():
            digests = stack.enter_context(closing(Digests(path, ignored=request.stamp)))
        rows = SameValues(Feed(table, journal, request, "", digests=digests))
        found = forecast(rows, request, place.environment, answer_time)
    other = cheaper(request, rows.values, checked.to_send(once=True))
    screen.say(
        f"Plan, nothing is sent: {request.what}, module {request.module}, automations {request.automations}."
    )
    screen.say(f"{found.rows:,} of {checked.rows:,} rows in {found.calls:,} calls")
    screen.say(f"{found.credits:,} credits (assumed)")
    screen.say_all(notes)
    screen.say(f"{found.seconds:,.0f} s where a call takes {answer_time:g} s")
    screen.say(f"{found.credits / day:.1%} of the {day:,} credits a day has ({edition}, {users} users)")
    if other is not None:
        screen.say_all(other.lines(found.calls))
    return answer("plan") | {
        "plan": True,
        "verb": request.verb,
        "sets": request.sets,
        "module": request.module,
        "automations": request.automations,
        "rows": checked.rows,
        "rows_to_send": found.rows,
        "values_cleared": checked.cleared,
        "notes": notes,
        "calls": found.calls,
        "credits": found.credits,
        "credits_are_assumed": True,
        "credits_of_a_day": day,
        "seconds": found.seconds,
        "cheaper": None if other is None else other.facts(),
        **(inspection.facts() if inspection else {}),
    }


def _known_place(request: Request) -> Place:
    """Where the request would go, as far as somebody has signed in."""
    if not request.simulator:
        with suppress(ZohoError):
            return place_of(choose(request.profile, request.data_center, request.environment, writes=True))
    return SIMULATOR if request.simulator else NOWHERE


def _sign_in(run: Run) -> SignIn | None:
    request = run.request
    if not run.rows or request.simulator:
        return None
    return choose(
        request.profile,
        request.data_center,
        request.environment,
        writes=True,
        share=request.share,
        concurrency=request.concurrency,
    )


def _begin(run: Run, sign_in: SignIn | None, screen: Screen) -> Place:
    """Say what goes where."""
    request = run.request
    place = SIMULATOR if request.simulator else place_of(sign_in) if sign_in else NOWHERE
    head = [
        f"{place}",
        *([] if request.verb == "records update" else [request.what]),
        f"module {request.module}",
        f"{run.rows:,} rows",
        f"automations {request.automations}",
    ]
    screen.say(" | ".join([*head, *run.notes]))
    if request.simulator:
        screen.say("SIMULATOR: an embedded Zoho CRM answers; nothing leaves this machine.")
    return place


def _go(
    run: Run,
    sign_in: SignIn | None,
    place: Place,
    screen: Screen,
    how: Resume,
    hear: Callable[[Event], None],
) -> Report:
    with _sharing(run, screen), _client(run, sign_in, hear) as client:
        wait = CreditsWait() if how.wait_for_credits or run.request.wait_for_credits else None
        return send(run, client, screen, include_unknown=how.include_unknown, place=place, credits_wait=wait)


def send(run: Run, client: ZohoCRM | None, screen: Screen, **options: Any) -> Report:
    """Send the run while a person watches, who may stop it; options: of `Run.send`."""
    screen.say(f"Run {run.name}")

    def stop() -> None:
        run.stop()
        screen.say("Stopping; waiting for the calls in flight. Once more ends at once.")

    with stopping(stop), _noting(screen), screen.progress(run.rows, lambda: run.so_far) as count:
        report = run.send(client, watch=lambda outcome: count(outcome.state), **options)
    screen.say_all(report.lines())
    return report


def _sharing(run: Run, screen: Screen) -> AbstractContextManager[None]:
    if not run.request.share:
        return nullcontext()
    from zcrm.cli.sharing import telling

    return telling(screen)


@contextmanager
def _noting(screen: Screen) -> Iterator[None]:
    """Say what is warned of, each of it once."""
    with warnings.catch_warnings():
        warnings.simplefilter("once", NoteTooLong)
        warnings.showwarning = lambda message, *_, **__: screen.say(f"Note: {message}")
        yield


def _client(
    run: Run, sign_in: SignIn | None, hear: Callable[[Event], None]
) -> AbstractContextManager[ZohoCRM | None]:
    """A file without rows needs no client, and no credentials."""
    if not run.rows:
        return nullcontext()
    request = run.request

    def on_event(event: Event) -> None:
        run.on_event(event)
        hear(event)

    options: dict[str, Any] = {"on_event": on_event}
    if request.concurrency is not None:
        options["concurrency"] = request.concurrency
    if sign_in is not None:
        return sign_in.client(**options)

    def fill(simulator: "Simulator") -> None:
        if request.loads:
            load_files(simulator, request.loads)
        else:
            simulator.load(request.module, ({"id": record_id} for record_id in run.ids()))

    return simulated(fill, **options)
