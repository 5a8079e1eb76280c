"""What `zcrm mass-update view`, `status` and `wait` do, once their options are read."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zcrm import AnswerLost, ConnectionFailed, Event, UsageError, WaitTimeout, ZohoCRM, ZohoError
from zcrm.auth.scopes import accepted
from zcrm.cli.confirming import confirm
from zcrm.cli.job_telling import exit_of, failed, keep, left_running, seen, told
from zcrm.cli.listening import Ears, listening
from zcrm.cli.output import write
from zcrm.cli.screen import Screen
from zcrm.cli.signals import stopping
from zcrm.cli.signin import SignIn, choose
from zcrm.cli.target import SIMULATOR, check_org, load_files, place_of, simulated
from zcrm.files.settings import settings
from zcrm.jobs import Job
from zcrm.mass_update.receipts import begun, read_before, read_receipt
from zcrm.mass_update.views import ViewUpdate, may_be_running
from zcrm.runs.exits import Exit
from zcrm.runs.jobs import ASKED, LOST, REFUSED, SCHEDULED, KeptJob, find_job
from zcrm.runs.ledger import forget
from zcrm.runs.metadata import named_fields
from zcrm.runs.receipts import check_receipt, keep_before, kept_before, write_receipt
from zcrm.runs.request import Load

if TYPE_CHECKING:
    from zcrm.simulator import Simulator

__all__ = ["Asked", "Sought", "status", "view", "wait"]

_AUTOMATIONS = (
    "Automations (workflows, approvals, blueprints) run if the view holds fewer than 1,000 records; else "
    "none does."
)

_RECEIPT = (
    "Receipt: the view's records are read before the job and after it, at 1 credit for 200 of them each time "
    "(assumed; for 100 of those that leave the view); it takes the scope {scope}."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `zcrm mass-update view` was asked for."""

    module: str
    view_id: str
    values: Mapping[str, object]
    overwrite: bool
    territory_id: str | None
    include_child: bool
    fields: str | None
    waits: bool
    timeout: float | None
    receipt: Path | None
    yes: bool
    runs_dir: Path
    profile: str | None
    data_center: str | None
    environment: str | None
    simulator: bool
    loads: tuple[Load, ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """Which job is meant; None is the latest that is kept. module: of one that is not kept."""

    job: str | None
    module: str | None
    runs_dir: Path
    profile: str | None
    data_center: str | None
    environment: str | None


def view(asked: Asked, screen: Screen, ears: Ears, *, as_json: bool) -> dict[str, Any]:
    """Ask for the job once a person agrees, and wait for it where that is wanted.

    What was asked for is on disk before it is, and the job's id as soon as it is known. Raises ZohoError,
    MissingExtra.
    """
    wanted = ViewUpdate.of(
        asked.module, asked.view_id, asked.values, asked.overwrite, asked.territory_id, asked.include_child
    )
    metadata = named_fields(asked.fields, asked.module)
    if metadata is not None:
        metadata.check_mass_update(asked.module, wanted.values)
    sign_in = None
    if not asked.simulator:
        sign_in = choose(asked.profile, asked.data_center, asked.environment, writes=True)
    place = SIMULATOR if sign_in is None else place_of(sign_in)
    screen.say(" | ".join([f"{place}", *_words(wanted)]))
    if asked.simulator:
        screen.say("SIMULATOR: an embedded Zoho CRM answers; nothing leaves this machine.")
    check_org(metadata, sign_in, screen)
    screen.say(_AUTOMATIONS)
    if asked.receipt is not None:
        begun(wanted)
        check_receipt(asked.receipt)
        screen.say(_RECEIPT.format(scope=accepted("get_records", asked.module)[0]))
    confirm(screen, f"{asked.module} {asked.view_id}", yes=asked.yes)
    forget(asked.runs_dir, asked.module, place, asked.values)
    with listening(ears, screen) as hear, _client(asked, sign_in, hear) as crm:
        kept = KeptJob.new(asked.runs_dir, wanted, place, asked.receipt)
        if asked.receipt is not None:
            _read_before(kept, crm, wanted, screen)
        with stopping(
            lambda: screen.say("Stopping; waiting for the answer. Once more ends at once.")
        ) as asks:
            kept.about_to_ask()
            try:
                job = crm.mass_update.by_view(
                    asked.module,
                    asked.view_id,
                    asked.values,
                    overwrite=asked.overwrite,
                    territory_id=asked.territory_id,
                    include_child=asked.include_child,
                    fields=None if asked.simulator else metadata,
                )
            except ZohoError as error:
                keep(kept, screen, state=LOST if isinstance(error, AnswerLost) else REFUSED)
                return failed(kept, error, screen, interrupted=asks.happened)
            keep(kept, screen, state=SCHEDULED, job_id=job.id)
            screen.say(f"Job {job.id}")
        if asks.happened:
            return left_running(kept, screen)
        if not asked.waits:
            if not as_json:
                write([job.id])
            return told(kept, Exit.OK, screen)
        return _wait(kept, job, asked.timeout, screen, crm)


def status(sought: Sought, screen: Screen) -> dict[str, Any]:
    """Ask once how far a job is."""
    kept = _find(sought)
    if (known := _known(kept, screen)) is not None:
        return known
    with _reader(kept, sought) as crm:
        try:
            if kept.status is None or not kept.status.done:
                found = crm.mass_update.job(kept.facts["module"], str(kept.id)).status()
                seen(kept, screen)(found)
            return _ended(kept, crm, screen)
        except ZohoError as error:
            return failed(kept, error, screen, lost=Exit.LATER)


def wait(sought: Sought, timeout: float | None, screen: Screen, ears: Ears) -> dict[str, Any]:
    """Wait for the end of a job."""
    kept = _find(sought)
    if (known := _known(kept, screen)) is not None:
        return known
    with listening(ears, screen) as hear, _reader(kept, sought, on_event=hear) as crm:
        return _wait(kept, crm.mass_update.job(kept.facts["module"], str(kept.id)), timeout, screen, crm)


def _words(wanted: ViewUpdate) -> Iterator[str]:
    yield " ".join(["mass-update view", *settings(wanted.values)])
    yield f"module {wanted.module}"
    yield f"view {wanted.view_id}"
    if wanted.territory_id is not None:
        below = " and those below it" if wanted.include_child else ""
        yield f"territory {wanted.territory_id}{below}"
    if wanted.overwrite:
        yield "in place of the values of a multi-select picklist"


def _read_before(kept: KeptJob, crm: ZohoCRM, wanted: ViewUpdate, screen: Screen) -> None:
    """Read the records before the job; where that fails, nothing was asked for and nothing is kept."""
    try:
        before = read_before(crm._runtime, wanted)
        keep_before(kept, before)
    except AnswerLost as error:
        kept.discard()
        raise ConnectionFailed(
            f"The records can't be read, so no job was asked for: {error.message}"
        ) from error
    except BaseException:
        kept.discard()
        raise
    screen.say(f"{len(before.records):,} records read, {before.credits:,} credits (assumed)")


def _ended(kept: KeptJob, crm: ZohoCRM, screen: Screen) -> dict[str, Any]:
    """The answer about a job that was looked at, with the receipt once it is done; raises ZohoError."""
    if kept.status is None or not kept.status.done or not kept.owes_receipt:
        return told(kept, exit_of(kept), screen)
    before = kept_before(kept)
    receipt = read_receipt(crm._runtime, before)
    file = Path(kept.facts["receipt"]["file"])
    write_receipt(file, receipt, before.fields)
    keep(kept, screen, receipt={"file": str(file), "states": receipt.states})
    return told(kept, exit_of(kept), screen)


def _wait(kept: KeptJob, job: Job, timeout: float | None, screen: Screen, crm: ZohoCRM) -> dict[str, Any]:
    try:
        if kept.status is None or not kept.status.done:
            job.wait(timeout, on_progress=seen(kept, screen))
        return _ended(kept, crm, screen)
    except WaitTimeout as error:
        screen.say(f"The wait ran out; the job goes on. {error.message}")
        return told(kept, Exit.WAIT_OVER, screen)
    except KeyboardInterrupt:
        return left_running(kept, screen)
    except ZohoError as error:
        return failed(kept, error, screen, lost=Exit.LATER)


def _known(kept: KeptJob, screen: Screen) -> dict[str, Any] | None:
    """What can be said of a job without asking Zoho."""
    if kept.facts["state"] in (ASKED, LOST):
        return failed(kept, _lost(kept), screen)
    if kept.id is None:
        raise UsageError(
            f"There is no job: that of {kept.facts['asked']} was "
            f"{'refused' if kept.facts['state'] == REFUSED else 'never asked for'}",
            fix="Mend what was wrong with it, and ask for it anew.",
        )
    if kept.status is not None and kept.status.done and not kept.owes_receipt:
        screen.say(f"{kept.status.state}: {kept.status.updated:,} of {kept.status.total:,} records updated")
        return told(kept, exit_of(kept), screen)
    return None


def _lost(kept: KeptJob) -> AnswerLost:
    facts = kept.facts
    return AnswerLost(
        f"A job for view {facts['view_id']} of {facts['module']} was asked for at {facts['asked']}, and the "
        "answer is not known: the job may be running",
        fix=may_be_running(facts["module"], facts["view_id"]),
    )


def _find(sought: Sought) -> KeptJob:
    kept = find_job(sought.runs_dir, sought.job)
    if kept is not None:
        return kept
    if sought.job is None:
        raise UsageError(f"No job is kept in {sought.runs_dir}", fix="Give its id, with --module.")
    if sought.module is None:
        raise UsageError(
            f"Job {sought.job} is not kept in {sought.runs_dir}", fix="Say of which module it is: --module."
        )
    return KeptJob.of_others(sought.module, sought.job)


@contextmanager
def _reader(kept: KeptJob, sought: Sought, **options: Any) -> Iterator[ZohoCRM]:
    """A client for the place where the job was asked for; raises UsageError where that is another one."""
    profile, place = sought.profile, kept.place
    if place is not None:
        if place == SIMULATOR:
            raise UsageError("The simulator that had this job has ended with its command")
        if profile is None and place.profile != "environment":
            profile = place.profile
    sign_in = choose(profile, sought.data_center, sought.environment, writes=False)
    if place not in (None, place_of(sign_in)):
        raise UsageError(f"The job was asked for at {place}, not at {place_of(sign_in)}")
    with sign_in.client(**options) as crm:
        yield crm


@contextmanager
def _client(asked: Asked, sign_in: SignIn | None, hear: Callable[[Event], None]) -> Iterator[ZohoCRM]:
    def fill(simulator: "Simulator") -> None:
        load_files(simulator, asked.loads)
        simulator.add_view(asked.module, view_id=asked.view_id)

    where = simulated(fill, on_event=hear) if sign_in is None else sign_in.client(on_event=hear)
    with where as crm:
        yield crm
