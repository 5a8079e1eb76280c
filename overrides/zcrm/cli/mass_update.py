"""`zcrm mass-update`: the same values for many records, by a file of ids or by custom view."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zcrm.cli.bagged import Whither
from zcrm.cli.bags import spread
from zcrm.cli.options import (
    RUNS_DIR,
    Concurrency,
    CreditsReserve,
    DataCenter,
    Environment,
    Events,
    FieldsFolder,
    Json,
    LogFile,
    MaxErrors,
    MinRows,
    ProfileName,
    ResumeIfExists,
    RunName,
    RunsDir,
    SetValue,
    Verbose,
    WaitForCredits,
    Yes,
    check_module,
    parse_values,
)
from zcrm.cli.reading import (
    BomOption,
    DelimiterOption,
    EncodingOption,
    FormatOption,
    MapOption,
    ResultsOption,
    reading_of,
)
from zcrm.files.choices import JsonNull

__all__ = ["app"]

app = typer.Typer(
    help="Set the same values in many records, by their ids or by a custom view.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Module = Annotated[str, typer.Argument(metavar="MODULE", help="API name of the module, e.g. Leads.")]
_Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite", help="Put the values of a multi-select picklist in place of those there are; else add."
    ),
]
_Job = Annotated[
    str | None, typer.Argument(metavar="[JOB]", help="Id of the job; by default the latest that was kept.")
]
_Last = Annotated[bool, typer.Option("--last", help="The latest job, as without an id.")]
_OfModule = Annotated[
    str | None, typer.Option("--module", metavar="MODULE", help="Of a job that is not kept here.")
]
_WaitTimeout = Annotated[
    float | None,
    typer.Option(
        "--wait-timeout", min=0, metavar="SECONDS", help="How long to wait; by default, to the end."
    ),
]


@app.command()
@spread
def ids(
    module: _Module,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="CSV, JSONL, JSON, Parquet or .xlsx with an id column; - for stdin."
        ),
    ],
    whither: Whither,
    set_: SetValue = None,
    overwrite: _Overwrite = False,
    fields: FieldsFolder = None,
    yes: Yes = False,
    format: FormatOption = None,  # noqa: A002
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    map: MapOption = None,  # noqa: A002
    results: ResultsOption = None,
    bom: BomOption = False,
    runs_dir: RunsDir = RUNS_DIR,
    run_name: RunName = None,
    resume_if_exists: ResumeIfExists = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and say what would be sent; send nothing.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what calls, credits and time it takes; send nothing.")
    ] = False,
    max_errors: MaxErrors = None,
    canary: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Send so many rows first, as records update does."),
    ] = None,
    min_rows: MinRows = None,
    credits_reserve: CreditsReserve = None,
    wait_for_credits: WaitForCredits = False,
    json: Json = False,
    concurrency: Concurrency = None,
) -> None:
    """Set the same values in the records that a file names, 500 to a call.

    Up to three fields in Deals, one in any other module. Automations always run: Zoho takes no choice here.
    Of the file only the ids are read; an id that comes again is not sent again. Every row ends up in one of
    six files in the run's folder. There is no undo: you are asked to type the module again, unless --yes.
    """
    check_module(module)
    values = _values(set_)
    reading = reading_of(
        format=format,
        delimiter=delimiter,
        encoding=encoding,
        null=None,
        blank=None,
        map=map,
        columns=None,
        ignore=None,
        type=None,
        date_format=None,
        decimal_comma=False,
        trim=False,
        json_null=JsonNull.SKIP,
    )
    place = whither.place()
    if resume_if_exists and run_name is None:
        raise typer.BadParameter("goes with --run-name", param_hint="--resume-if-exists")

    from dataclasses import replace

    from zcrm.cli.answers import ended
    from zcrm.cli.confirming import confirm
    from zcrm.cli.listening import Ears
    from zcrm.cli.screen import Screen
    from zcrm.cli.update import dry_run as check
    from zcrm.cli.update import plan as forecast_for
    from zcrm.cli.update import update as start
    from zcrm.cli.update import update_or_resume
    from zcrm.runs.metadata import found_fields
    from zcrm.runs.request import Request, Rules

    request = Request(
        module=module,
        file=file,
        triggers=None,
        verb="mass-update ids",
        values=values,
        overwrite=overwrite,
        fields=fields or found_fields(module),
        reading=replace(reading, ids_only=True),
        results=results,
        bom=bom,
        runs_dir=runs_dir,
        run_name=run_name,
        wait_for_credits=wait_for_credits,
        rules=Rules(max_errors=max_errors, canary=canary, min_rows=min_rows, credits_reserve=credits_reserve),
        concurrency=concurrency,
        **place,
    )

    def ask(_: object) -> None:
        screen.say("Automations (workflows, approvals, blueprints) run for every record, always.")
        confirm(screen, module, yes=yes)

    def act() -> Any:
        if plan:
            return forecast_for(request, screen, 1.0, "enterprise", 10)
        if dry_run:
            return check(request, screen)
        ears = Ears(whither.verbose, whither.log_file, whither.events)
        return (update_or_resume if resume_if_exists else start)(request, screen, ears, ask)

    screen = Screen()
    raise typer.Exit(ended(act, screen, as_json=json))


@app.command()
@spread
def view(
    module: _Module,
    view_id: Annotated[
        str, typer.Argument(metavar="VIEW_ID", help="Id of the custom view, as its page's address has it.")
    ],
    whither: Whither,
    set_: SetValue = None,
    overwrite: _Overwrite = False,
    fields: FieldsFolder = None,
    territory: Annotated[
        str | None, typer.Option(metavar="ID", help="Only the view's records in this territory.")
    ] = None,
    include_child: Annotated[
        bool, typer.Option("--include-child", help="And in the territories below it.")
    ] = False,
    async_: Annotated[
        bool, typer.Option("--async", help="Print the job's id and end; do not wait for the job.")
    ] = False,
    wait_timeout: _WaitTimeout = None,
    receipt: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Read the field before and after, and write what became of each record to this file.",
        ),
    ] = None,
    yes: Yes = False,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
) -> None:
    """Set the same values in all records of a custom view, up to 50,000, as a job of Zoho's, and wait for it.

    Up to three fields in Deals, one in any other module. Automations run where the view holds fewer than
    1,000 records, and else not. There is no undo: you are asked to type module and view id again, unless
    --yes. Ctrl-C leaves the job running; `zcrm mass-update wait` comes back to it.
    """
    check_module(module)
    values = _values(set_)
    place = whither.place()
    if async_ and wait_timeout is not None:
        raise typer.BadParameter("does not wait", param_hint="--async")
    if whither.simulator and async_:
        raise typer.BadParameter("the simulator ends with the command", param_hint="--async")

    from zcrm.cli.answers import ended
    from zcrm.cli.jobs import Asked
    from zcrm.cli.jobs import view as schedule
    from zcrm.cli.listening import Ears
    from zcrm.cli.screen import Screen
    from zcrm.runs.metadata import found_fields

    asked = Asked(
        module=module,
        view_id=view_id,
        values=values,
        overwrite=overwrite,
        territory_id=territory,
        include_child=include_child,
        fields=fields or found_fields(module),
        waits=not async_,
        timeout=wait_timeout,
        receipt=receipt,
        yes=yes,
        runs_dir=runs_dir,
        **place,
    )
    screen, ears = Screen(), Ears(whither.verbose, whither.log_file, whither.events)
    raise typer.Exit(ended(lambda: schedule(asked, screen, ears, as_json=json), screen, as_json=json))


@app.command()
def status(
    job: _Job = None,
    last: _Last = False,
    module: _OfModule = None,
    runs_dir: RunsDir = RUNS_DIR,
    json: Json = False,
    profile: ProfileName = None,
    data_center: DataCenter = None,
    environment: Environment = None,
) -> None:
    """Ask how far a job is, once; ends in 7 while it still runs."""
    from zcrm.cli.answers import ended
    from zcrm.cli.jobs import Sought
    from zcrm.cli.jobs import status as look
    from zcrm.cli.screen import Screen

    sought = Sought(_chosen(job, last), module, runs_dir, profile, data_center, environment)
    screen = Screen()
    raise typer.Exit(ended(lambda: look(sought, screen), screen, as_json=json))


@app.command()
def wait(
    job: _Job = None,
    last: _Last = False,
    module: _OfModule = None,
    wait_timeout: _WaitTimeout = None,
    runs_dir: RunsDir = RUNS_DIR,
    verbose: Verbose = False,
    log_file: LogFile = None,
    events: Events = None,
    json: Json = False,
    profile: ProfileName = None,
    data_center: DataCenter = None,
    environment: Environment = None,
) -> None:
    """Wait for the end of a job; ends in 7 when the time is up and it still runs."""
    from zcrm.cli.answers import ended
    from zcrm.cli.jobs import Sought
    from zcrm.cli.jobs import wait as wait_for
    from zcrm.cli.listening import Ears
    from zcrm.cli.screen import Screen

    sought = Sought(_chosen(job, last), module, runs_dir, profile, data_center, environment)
    screen, ears = Screen(), Ears(verbose, log_file, events)
    raise typer.Exit(ended(lambda: wait_for(sought, wait_timeout, screen, ears), screen, as_json=json))


def _values(texts: list[str] | None) -> dict[str, object]:
    if not texts:
        raise typer.BadParameter("say what to set, as --set Stage=Won", param_hint="--set")
    return parse_values(texts)


def _chosen(job: str | None, last: bool) -> str | None:
    if job is not None and last:
        raise typer.BadParameter("give an id or --last, not both", param_hint="--last")
    return job
