"""What is said of a mass-update job: to a person, and as the answer to a program."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from zcrm import AnswerLost, JobStatus, ZohoError
from zcrm.cli.output import answer
from zcrm.cli.screen import Screen
from zcrm.runs.exits import Exit, strongest
from zcrm.runs.jobs import KeptJob
from zcrm.runs.report import exit_of_error, facts_of_error

__all__ = ["exit_of", "failed", "keep", "left_running", "seen", "told"]

_KEPT = (
    *("job", "module", "view_id", "sets", "overwrite", "territory_id", "include_child", "asked", "state"),
    *("job_id", "status", "receipt"),
)


def told(kept: KeptJob, code: Exit, screen: Screen, error: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The answer about a job; says to a person what it came to, and what is left to do."""
    last, receipt = kept.status, kept.facts["receipt"]
    if last is not None and last.done and not last.ok:
        which = "" if receipt else "; Zoho does not say which (--receipt does)"
        untold = f", {last.untold:,} of which Zoho tells nothing" if last.untold else ""
        screen.say(f"{last.not_updated:,} records not updated, {last.failed:,} failed{untold}{which}")
    if receipt is not None and receipt["states"] is not None:
        found = ", ".join(f"{count:,} {state}" for state, count in receipt["states"].items() if count)
        screen.say(f"Receipt {receipt['file']}: {found or 'no records'}")
    steps = list(_steps(kept))
    for step in steps:
        screen.say(f"{step['what']}:")
        screen.say(f"  {step['command']}")
    folder = None if kept.folder is None else str(kept.folder.path)
    facts = {name: kept.facts[name] for name in _KEPT}
    return answer("job", exit_code=code, error=error, folder=folder, next=steps, **facts)


def _steps(kept: KeptJob) -> Iterator[dict[str, str]]:
    is_done = kept.status is not None and kept.status.done
    if kept.id is not None and not is_done:
        yield {"what": "To wait for the job", "command": kept.command("wait")}
        yield {"what": "To see how far it is", "command": kept.command("status")}
    elif kept.id is not None and kept.owes_receipt:
        yield {"what": "To write the receipt", "command": kept.command("wait")}


def failed(
    kept: KeptJob,
    error: ZohoError,
    screen: Screen,
    *,
    lost: Exit = Exit.UNKNOWN_ROWS,
    interrupted: bool = False,
) -> dict[str, Any]:
    """The answer after an error; lost: the exit code where an answer was. interrupted: by a person, too."""
    screen.error(f"{error.code}: {error.message}" if error.code else error.message, error.fix)
    code = lost if isinstance(error, AnswerLost) else exit_of_error(error)
    code = strongest([code, Exit.INTERRUPTED if interrupted else Exit.OK])
    return told(kept, code, screen, error=facts_of_error(error))


def left_running(kept: KeptJob, screen: Screen) -> dict[str, Any]:
    """The answer after an interrupt; says how to come back."""
    is_done = kept.status is not None and kept.status.done
    screen.say(f"Interrupted; {'the receipt is not written' if is_done else 'the job goes on by itself'}.")
    return told(kept, Exit.INTERRUPTED, screen)


def seen(kept: KeptJob, screen: Screen) -> Callable[[JobStatus], None]:
    """What keeps a status and says it: the first one, and each that is another than the one before."""
    last: JobStatus | None = None

    def seen(status: JobStatus) -> None:
        nonlocal last
        if status != last:
            last = status
            keep(kept, screen, status=asdict(status))
            screen.say(f"{status.state}: {status.updated:,} of {status.total:,} records updated")

    return seen


def exit_of(kept: KeptJob) -> Exit:
    """The exit code for a job that stands so."""
    status, receipt = kept.status, kept.facts["receipt"]
    if status is None or not status.done:
        return Exit.WAIT_OVER
    failed = receipt is not None and receipt["states"] is not None and receipt["states"]["failed"]
    return Exit.OK if status.ok and not failed else Exit.ROWS_REFUSED


def keep(kept: KeptJob, screen: Screen, **more: object) -> None:
    """Write down what is known by now; where that fails, it is said."""
    try:
        kept.keep(**more)
    except OSError as error:
        screen.error(f"What is known of the job can not be written down: {error.strerror}")
