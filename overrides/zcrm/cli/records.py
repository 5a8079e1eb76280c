"""`zcrm records`: update the records of a module from a file."""

from typing import Annotated, Any

import typer

from zcrm.cli.options import (
    RUNS_DIR,
    Concurrency,
    CreditsReserve,
    Events,
    FieldsFolder,
    Json,
    LogFile,
    MaxErrors,
    MinRows,
    ResumeIfExists,
    RunName,
    RunsDir,
    Verbose,
    WaitForCredits,
    check_module,
    parse_loads,
    parse_triggers,
)
from zcrm.cli.reading import (
    BlankOption,
    BomOption,
    ColumnsOption,
    DateFormatOption,
    DecimalCommaOption,
    DelimiterOption,
    EncodingOption,
    FormatOption,
    IgnoreOption,
    JsonNullOption,
    MapOption,
    NullOption,
    ResultsOption,
    TimezoneOption,
    TrimOption,
    TypeOption,
    reading_of,
)
from zcrm.files.choices import Duplicates, JsonNull, UnknownFields

__all__ = ["app"]

app = typer.Typer(
    help="Update the records of a module from a file.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _group() -> None:
    """Update the records of a module from a file."""


@app.command()
def update(
    module: Annotated[str, typer.Argument(metavar="MODULE", help="API name of the module, e.g. Accounts.")],
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="CSV, JSONL, JSON, Parquet or .xlsx with an id column; - for stdin."
        ),
    ],
    triggers: Annotated[
        str | None,
        typer.Option(
            metavar="none|all|LIST", help="Automations the write may fire. Required.", show_default=False
        ),
    ] = None,
    null: NullOption = None,
    blank: BlankOption = None,
    duplicates: Annotated[
        Duplicates,
        typer.Option(help="Rows with the same id: refuse the file, send all in order, or only the last."),
    ] = Duplicates.REFUSE,
    format: FormatOption = None,  # noqa: A002
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    map: MapOption = None,  # noqa: A002
    columns: ColumnsOption = None,
    ignore: IgnoreOption = None,
    type: TypeOption = None,  # noqa: A002
    date_format: DateFormatOption = None,
    decimal_comma: DecimalCommaOption = False,
    timezone: TimezoneOption = None,
    fields: FieldsFolder = None,
    unknown_fields: Annotated[
        UnknownFields, typer.Option(help="Columns that the module's fields don't have: refuse them, or send.")
    ] = UnknownFields.REFUSE,
    trim: TrimOption = False,
    json_null: JsonNullOption = JsonNull.SKIP,
    results: ResultsOption = None,
    bom: BomOption = False,
    runs_dir: RunsDir = RUNS_DIR,
    run_name: RunName = None,
    resume_if_exists: ResumeIfExists = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and list its fields; send nothing.")
    ] = False,
    max_errors: MaxErrors = None,
    canary: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Send so many rows first, and the rest only if half of them went well; by default 10 above "
            "1,000 rows in production.",
        ),
    ] = None,
    min_rows: MinRows = None,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="N%", help="Refuse a file whose rows differ by more from the last finished run of it."
        ),
    ] = None,
    credits_reserve: CreditsReserve = None,
    wait_for_credits: WaitForCredits = False,
    changed_only: Annotated[
        bool,
        typer.Option("--changed-only", help="Skip rows that equal what was sent before and applied."),
    ] = False,
    stamp: Annotated[
        str | None, typer.Option(metavar="FIELD", help="Write the run's name into this field of each record.")
    ] = None,
    if_unmodified_since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME|':column NAME'",
            help="Leave records alone that were modified after this time, such as that of the export.",
        ),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what calls, credits and time it takes; send nothing.")
    ] = False,
    answer_time: Annotated[
        float, typer.Option(min=0.001, metavar="SECONDS", help="With --plan: how long Zoho takes for a call.")
    ] = 1.0,
    edition: Annotated[
        str, typer.Option(help="With --plan: free, standard, professional, enterprise or ultimate.")
    ] = "enterprise",
    users: Annotated[int, typer.Option(min=0, help="With --plan: users of the org.")] = 10,
    verbose: Verbose = False,
    log_file: LogFile = None,
    events: Events = None,
    json: Json = False,
    resend_lost: Annotated[
        bool, typer.Option(help="Send a row again when the answer to it was lost and that is safe.")
    ] = True,
    concurrency: Concurrency = None,
    share: Annotated[
        bool,
        typer.Option(
            "--share",
            help="Count calls and credits with all who sign in alike: on this host, or by the Redis server "
            "that ZCRM_SHARED_URL names.",
        ),
    ] = False,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose sign-in; needed where there are several.")
    ] = None,
    data_center: Annotated[
        str | None, typer.Option(metavar="NAME", help="us, eu, in, au, cn, jp, ca, sa, uk or ae.")
    ] = None,
    environment: Annotated[
        str | None, typer.Option(metavar="NAME", help="production, sandbox or developer.")
    ] = None,
    simulator: Annotated[
        bool, typer.Option("--simulator", help="Send to a Zoho CRM simulated in this process.")
    ] = False,
    simulator_load: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODULE=FILE", help="Records the simulator knows; else it knows the file's own ids."
        ),
    ] = None,
) -> None:
    """Update the records that a file names, one row each.

    The file is checked whole before anything is sent. A header may give the type of its cells
    (Amount:decimal, Active:bool, Tags:list), a dot nests (Owner.id). Every row ends up in one of six files in
    the run's folder. Credentials come from `zcrm auth login`, or from the environment: ZCRM_CLIENT_ID,
    ZCRM_CLIENT_SECRET and ZCRM_REFRESH_TOKEN.
    """
    chosen = parse_triggers(triggers)
    check_module(module)
    reading = reading_of(
        format=format,
        delimiter=delimiter,
        encoding=encoding,
        null=null,
        blank=blank,
        map=map,
        columns=columns,
        ignore=ignore,
        type=type,
        date_format=date_format,
        decimal_comma=decimal_comma,
        trim=trim,
        json_null=json_null,
        timezone=timezone,
    )
    loads = parse_loads(simulator_load or [], "--simulator-load")
    if loads and not simulator:
        raise typer.BadParameter("goes with --simulator only", param_hint="--simulator-load")
    if resume_if_exists and run_name is None:
        raise typer.BadParameter("goes with --run-name", param_hint="--resume-if-exists")
    if simulator and (profile or data_center or environment):
        raise typer.BadParameter(
            "the simulator has no profiles, data centres or environments", param_hint="--simulator"
        )
    if simulator and share:
        raise typer.BadParameter("nobody else uses the simulator of this process", param_hint="--share")

    from zcrm.cli.answers import ended
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
        triggers=chosen,
        reading=reading,
        duplicates=duplicates,
        results=results,
        bom=bom,
        runs_dir=runs_dir,
        run_name=run_name,
        resend_lost=resend_lost,
        since=if_unmodified_since,
        changed_only=changed_only,
        stamp=stamp,
        fields=fields or found_fields(module),
        unknown_fields=unknown_fields.value,
        wait_for_credits=wait_for_credits,
        rules=Rules(
            max_errors=max_errors,
            canary=canary,
            min_rows=min_rows,
            expect=expect,
            credits_reserve=credits_reserve,
        ),
        concurrency=concurrency,
        share=share,
        profile=profile,
        data_center=data_center,
        environment=environment,
        simulator=simulator,
        loads=loads,
    )

    def act() -> Any:
        if plan:
            return forecast_for(request, screen, answer_time, edition, users)
        if dry_run:
            return check(request, screen)
        ears = Ears(verbose, log_file, events)
        return (update_or_resume if resume_if_exists else start)(request, screen, ears)

    screen = Screen()
    raise typer.Exit(ended(act, screen, as_json=json))
