"""`zcrm runs`: what there is of runs, and how to go on with them."""

from pathlib import Path
from typing import Annotated

import typer

from zcrm.cli.options import RUNS_DIR, Events, Json, LogFile, RunsDir, Verbose, WaitForCredits
from zcrm.files.choices import ExportFormat

__all__ = ["app"]

app = typer.Typer(
    help="List, show, resume, retry and delete runs.", no_args_is_help=True, rich_markup_mode=None
)

_Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="The run; the latest by default.")]
_Last = Annotated[bool, typer.Option("--last", help="The latest run, as without a name.")]


@app.command("list")
def list_(runs_dir: RunsDir = RUNS_DIR, json: Json = False) -> None:
    """List the runs, the latest one last."""
    from zcrm.cli import history
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    screen = Screen()
    raise typer.Exit(ended(lambda: history.list_(runs_dir, screen), screen, as_json=json))


@app.command()
def show(
    name: _Name = None,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="With --html: by default run.html in its folder.")
    ] = None,
    last: _Last = False,
    files: Annotated[bool, typer.Option("--files", help="Write the six files anew.")] = False,
    html: Annotated[bool, typer.Option("--html", help="Write it as a page for a browser, too.")] = False,
    values: Annotated[
        bool,
        typer.Option("--values", help="With --html: show the rows to look at, values of customers and all."),
    ] = False,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Show how a run stands by its journal, also after a crash."""
    from zcrm.cli import history
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    if not html and (values or file):
        raise typer.BadParameter("goes with --html", param_hint="--values" if values else "FILE")
    if html and last and file is None and name is not None:
        file, name = Path(name), None
    screen = Screen()
    chosen = _chosen(name, last)
    page = history.Page(file, values) if html else None
    raise typer.Exit(
        ended(lambda: history.show(runs_dir, chosen, screen, files=files, page=page), screen, as_json=json)
    )


@app.command()
def export(
    name: _Name = None,
    last: _Last = False,
    form: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="By default what FILE ends in, else csv.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="By default outcomes.csv or .parquet in the run's folder."
        ),
    ] = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Write the outcomes of all rows as one table, for a warehouse."""
    from zcrm.cli import history
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    screen, chosen = Screen(), _chosen(name, last)
    raise typer.Exit(
        ended(lambda: history.export(runs_dir, chosen, screen, form, output), screen, as_json=json)
    )


@app.command()
def resume(
    name: _Name = None,
    last: _Last = False,
    include_unknown: Annotated[
        bool,
        typer.Option("--include-unknown", help="Send rows again, too, that may have been applied."),
    ] = False,
    accept_changed_input: Annotated[
        bool, typer.Option("--accept-changed-input", help="Match rows by id when the file has changed.")
    ] = False,
    wait_for_credits: WaitForCredits = False,
    runs_dir: RunsDir = RUNS_DIR,
    verbose: Verbose = False,
    log_file: LogFile = None,
    events: Events = None,
    json: Json = False,
) -> None:
    """Send what is unsent, and what may safely be sent again."""
    from zcrm.cli.answers import ended
    from zcrm.cli.listening import Ears
    from zcrm.cli.screen import Screen
    from zcrm.cli.update import Resume
    from zcrm.cli.update import resume as go_on
    from zcrm.runs.folder import find

    screen, chosen = Screen(), _chosen(name, last)
    ears = Ears(verbose, log_file, events)
    how = Resume(include_unknown, accept_changed_input, wait_for_credits)
    raise typer.Exit(
        ended(lambda: go_on(find(runs_dir, chosen), runs_dir, how, screen, ears), screen, as_json=json)
    )


@app.command()
def retry(name: _Name = None, last: _Last = False, runs_dir: RunsDir = RUNS_DIR, json: Json = False) -> None:
    """Make a new run of the rejected rows."""
    from zcrm.cli import history
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    screen, chosen = Screen(), _chosen(name, last)
    raise typer.Exit(ended(lambda: history.retry(runs_dir, chosen, screen), screen, as_json=json))


@app.command()
def delete(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The run.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Delete a run's folder, with the customers' data in it."""
    from zcrm.cli import history
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    if not yes:
        typer.confirm(f"Delete {runs_dir / name} and all files in it?", abort=True, err=True)
    screen = Screen()
    raise typer.Exit(ended(lambda: history.delete(runs_dir, name, screen), screen, as_json=json))


def _chosen(name: str | None, last: bool) -> str | None:
    if name is not None and last:
        raise typer.BadParameter("give a name or --last, not both", param_hint="--last")
    return name
