"""`zcrm each`, its options."""

from pathlib import Path
from typing import Annotated

import typer

from zcrm.cli.options import RUNS_DIR, Json, RunsDir

__all__ = ["each"]


def each(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COMMAND",
            help="What to do for each, after --: records update, mass-update ids, or what changes"
            " appointments by a file. {profile} stands for the profile, {NAME} for that column of --orgs.",
        ),
    ] = None,
    profiles: Annotated[
        list[str] | None,
        typer.Option(metavar="'PATTERN'", help="The profiles whose names match, as client-* does."),
    ] = None,
    orgs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="CSV with a row for each org; its column profile names the sign-in."
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many are at work at a time; by default 4.")
    ] = None,
    run_name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="What to call it, and its runs: NAME.PROFILE; made of the time else."
        ),
    ] = None,
    resume_if_exists: Annotated[
        bool, typer.Option("--resume-if-exists", help="Go on with that of this name, if there is one.")
    ] = False,
    resume: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Go on with what is not finished of this; takes no command."),
    ] = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Run a command for each of many profiles, beside each other.

    Each is a process and a run of its own. A table says what became of all; the exit code is that of the one
    that tells most. What one of them prints is in a file of the folder NAME.
    """
    if resume is not None and (words or profiles or orgs or run_name or resume_if_exists):
        raise typer.BadParameter(
            "what was begun is gone on with as it was: leave all else out", param_hint="--resume"
        )
    if resume is None and not words:
        raise typer.BadParameter("say what to do for each", param_hint="-- COMMAND")
    if resume is None and bool(profiles) == (orgs is not None):
        raise typer.BadParameter("say for whom: --profiles 'PATTERN' or --orgs FILE")
    if resume_if_exists and run_name is None:
        raise typer.BadParameter("goes with --run-name", param_hint="--resume-if-exists")

    from zcrm.cli import each_beginning
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    screen = Screen()
    asked = each_beginning.Asked(
        words=tuple(words or ()),
        patterns=tuple(profiles or ()),
        orgs=orgs,
        jobs=jobs,
        run_name=run_name,
        resume_if_exists=resume_if_exists,
        resume=resume,
        runs_dir=runs_dir,
    )
    raise typer.Exit(ended(lambda: each_beginning.begin(asked, context, screen), screen, as_json=json))
