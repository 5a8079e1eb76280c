"""What the commands of `zcrm appointments` do, once their options are read."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import typer

from zcrm.atomic import atomic
from zcrm.cli.bagged import Which, Whither
from zcrm.cli.output import answer
from zcrm.cli.reaching import reaching
from zcrm.cli.screen import Screen
from zcrm.cli.streams import drop
from zcrm.errors import UsageError, ZohoError
from zcrm.files.choices import ListFormat
from zcrm.files.lists import columns_of, writing
from zcrm.files.settings import settings
from zcrm.rows.times import Shift, moment, zone_of
from zcrm.runs.run import Run
from zcrm.runs.selections import Meant, is_name, of_member, select
from zcrm.runs.verbs import KINDS, Verb

__all__ = ["FIELDS", "Asked", "confirming", "get", "list_", "select_for", "shift_of"]

FIELDS = (
    *("Appointment_Name", "Status", "Appointment_Start_Time", "Appointment_End_Time"),
    *("Owner", "Appointment_For", "Service_Name"),
)
"""What is listed where nobody says."""

_LOOKUPS = (
    *("Owner", "Appointment_For", "Service_Name", "Created_By", "Modified_By", "Cancelled_By"),
    "Rescheduled_By",
)
_TYPES = {"Duration": "int", "Reschedule_Count": "int", "Tag": "json", "Remind_At": "json"}
_SHOWN = 50

_QUESTIONS: dict[Verb, str] = {
    "appointments cancel": "Cancel {}? That can't be undone, and Zoho may notify the customers.",
    "appointments reschedule": "Move {}? Zoho may notify the customers.",
    "appointments complete": "Complete {}? That can't be undone.",
    "appointments update": "Update {}, the status too? That may be for good, and be told to customers.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of appointments is listed, and how."""

    fields: Sequence[str]
    statuses: Any = None
    sort_by: Any = None
    sort_order: Any = None
    form: ListFormat = ListFormat.CSV
    output: Path | None = None


def list_(asked: Asked, which: Which, whither: Whither, screen: Screen) -> dict[str, Any]:
    """Write the appointments as they come."""
    meant = _meant(which)
    by_name = is_name(meant.member)
    unlisted = ["Owner"] if by_name and "Owner" not in asked.fields else []
    written = 0
    with reaching(whither, screen) as crm:
        listing = crm.appointments.list(
            fields=[*asked.fields, *unlisted],
            view_id=meant.view_id,
            sort_by=asked.sort_by,
            sort_order=asked.sort_order,
            member=None if by_name else meant.member,
            start=meant.start,
            until=meant.until,
            status=asked.statuses,
        )
        found = of_member(listing, str(meant.member)) if by_name else listing
        kept = ("id", *asked.fields)
        try:
            with _table(asked.output, asked.form, asked.fields) as add:
                for each in found:
                    add({name: each[name] for name in kept if name in each})
                    written += 1
        except ZohoError:
            if asked.output is None:
                screen.say(f"{written:,} appointments were written before this:")
            raise
    tally = listing.summary.tally
    screen.say(f"{written:,} appointments in {tally.calls:,} calls, {tally.credits:,} credits (assumed)")
    return answer("listed", rows=written)


def get(
    ids: Sequence[str], form: ListFormat, output: Path | None, whither: Whither, screen: Screen
) -> dict[str, Any]:
    """Write single appointments with all their fields."""
    with reaching(whither, screen) as crm:
        found = [crm.appointments.get(each) for each in ids]
    with _table(output, form, list(dict.fromkeys(name for each in found for name in each))) as add:
        for each in found:
            add(each)
    return answer("listed", rows=len(found))


def select_for(
    verb: Verb,
    which: Which,
    whither: Whither,
    screen: Screen,
    *,
    values: dict[str, Any],
    shift: Shift | None = None,
    most: int | None = None,
    save: Path | None = None,
) -> dict[str, Any]:
    """Say which appointments the verb would be for, and keep them as a file for it."""
    if save is not None and save.exists():
        raise UsageError(f"{save} is there already", fix="Choose another name, or remove it.")
    with reaching(whither, screen, writes=True) as crm:
        selection = select(crm, _meant(which, most))
    facts = selection.facts(shift)
    sets = list(settings({**values, **KINDS[verb].sets}))
    screen.say(f"Dry run, nothing is sent: {' '.join([verb, *sets])}, {len(facts):,} appointments")
    screen.say_all(_lines(facts, None if save is None else _SHOWN))
    for status, number in selection.not_taken.most_common():
        screen.say(f"Not taken: {number:,} {status}")
    if save is not None:
        selection.save(save, values, shift)
        screen.say(f"Look through {save}, then: zcrm {verb} {save} --triggers …")
    return answer(
        "selection",
        verb=verb,
        sets=sets,
        rows=len(facts),
        appointments=facts,
        not_taken=dict(selection.not_taken),
        file=None if save is None else str(save),
        calls=selection.tally.calls,
        credits=selection.tally.credits,
        credits_are_assumed=True,
    )


def shift_of(by: str, which: Which) -> Shift:
    """How far to move, as it was typed."""
    return Shift.parse(by, zone_of(which.tz) if which.tz else None)


def confirming(verb: Verb, *, yes: bool) -> Callable[[Run], None]:
    """What asks a person before a run begins. Raises typer.Abort for a no."""

    def confirm(run: Run) -> None:
        if yes or not run.rows:
            return
        number = f"{run.rows:,} appointment{'' if run.rows == 1 else 's'}"
        question = _QUESTIONS[verb].format(number)
        if not sys.stdin.isatty():
            raise UsageError(f"Nobody can be asked here: {question}", fix="Say --yes where a script decides.")
        typer.confirm(question, abort=True, err=True)

    return confirm


def _meant(which: Which, most: int | None = None) -> Meant:
    zone = zone_of(which.tz) if which.tz else None
    start = moment("--from", which.from_, zone) if which.from_ else None
    until = moment("--to", which.to, zone) if which.to else None
    if start is not None and until is not None and until <= start:
        raise UsageError(
            f"--to {which.to} is not after --from {which.from_}",
            fix="The time of --to is left out: for one day, name the next one.",
        )
    if which.view is not None and not which.view.isdigit():
        raise UsageError(
            f"--view takes the id of a custom view, not {which.view!r}",
            fix="Names can't be looked up: the id is the last number of the view's address in Zoho CRM.",
        )
    return Meant(member=which.member, start=start, until=until, view_id=which.view, most=most)


@contextmanager
def _table(output: Path | None, form: ListFormat, fields: Sequence[str]) -> Iterator[Callable[[Any], object]]:
    """What writes one appointment, into a file that is whole or not there, or until nobody reads any more."""
    columns = columns_of(fields, _LOOKUPS)
    on_screen = output is None and sys.stdout.isatty()
    try:
        with _target(output) as file, writing(form, file, columns, _TYPES, on_screen=on_screen) as add:
            yield add
    except BrokenPipeError:
        drop(sys.stdout)
        raise typer.Exit from None
    except OSError as error:
        raise UsageError(f"{output or 'standard output'} can not be written: {error.strerror}") from error


@contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    if output is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with atomic(output) as new, new.open("wb") as file:
        yield file


def _lines(facts: Sequence[dict[str, Any]], most: int | None) -> Iterator[str]:
    for fact in facts[:most]:
        told = [fact["start"], f"→ {fact['to']}" if fact["to"] else None, fact["member"], fact["name"]]
        yield "  " + "  ".join(str(each) for each in (*told, fact["status"], fact["id"]) if each)
    if most is not None and len(facts) > most:
        yield f"  and {len(facts) - most:,} more"
