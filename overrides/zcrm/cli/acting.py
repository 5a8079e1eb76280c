"""How the commands of `zcrm appointments` that write go on: a look at who is meant, or a run of a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import typer

from zcrm.cli.bagged import Running, Which, Whither
from zcrm.cli.options import parse_triggers

if TYPE_CHECKING:
    from zcrm.runs.verbs import Verb

__all__ = ["end", "look_or_run", "run"]


def look_or_run(
    verb: "Verb",
    file: str | None,
    values: dict[str, Any],
    which: Which,
    running: Running,
    whither: Whither,
    save: Path | None,
    by: str | None = None,
) -> Never:
    """Send the file, or say whom the verb would be for. by: how far they are moved."""
    if file is not None:
        if which.is_given or save is not None:
            raise typer.BadParameter(
                "a file says who is meant: leave the other options out", param_hint="FILE"
            )
        run(verb, file, values, running, whither)
    if not which.is_given:
        raise typer.BadParameter("name a FILE, or say who is meant: --member, --from, --to or --view")
    if not running.dry_run:
        raise typer.BadParameter(
            "look first: --dry-run --save FILE keeps who is meant, and the command takes that file then"
        )
    from zcrm.cli import appointing

    def look(screen: Any) -> Any:
        shift = None if by is None else appointing.shift_of(by, which)
        return appointing.select_for(
            verb, which, whither, screen, values=values, shift=shift, most=running.max, save=save
        )

    end(look, as_json=running.json, reads=True)


def run(
    verb: "Verb",
    file: str,
    values: dict[str, Any],
    running: Running,
    whither: Whither,
    *,
    reading: Any = None,
    metadata: str | None = None,
    asks: bool = True,
) -> Never:
    """Send the file as a run, or say what it would send.

    metadata: the folder or file with the module's fields. asks: whether a person is asked first.
    """
    triggers = parse_triggers(running.triggers)
    place = whither.place()
    if running.resume_if_exists and running.run_name is None:
        raise typer.BadParameter("goes with --run-name", param_hint="--resume-if-exists")

    from zcrm.cli import update as runs
    from zcrm.cli.appointing import confirming
    from zcrm.cli.listening import Ears
    from zcrm.files.reading import Reading
    from zcrm.runs.request import Request, Rules
    from zcrm.table import APPOINTMENTS

    request = Request(
        module=APPOINTMENTS,
        file=file,
        triggers=triggers,
        verb=verb,
        values=values,
        reading=reading or Reading(),
        fields=metadata,
        rules=Rules(max_errors=running.max_errors, max_rows=running.max),
        **running.how(),
        **place,
    )

    def act(screen: Any) -> Any:
        if running.dry_run:
            return runs.dry_run(request, screen)
        ears = Ears(whither.verbose, whither.log_file, whither.events)
        begin = runs.update_or_resume if running.resume_if_exists else runs.update
        return begin(request, screen, ears, confirming(verb, yes=running.yes or not asks))

    end(act, as_json=running.json)


def end(work: Any, *, as_json: bool = False, reads: bool = False) -> Never:
    """Do the work, and end the command as it went. reads: whether it changes nothing."""
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    screen = Screen()
    raise typer.Exit(ended(lambda: work(screen), screen, as_json=as_json, reads=reads))
