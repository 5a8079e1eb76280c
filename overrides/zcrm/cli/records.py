"""`zcrm records`: update the records of a module from a file."""

import re
from pathlib import Path
from typing import Annotated

import typer

from zcrm.cli.options import parse_loads, parse_triggers
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
    TrimOption,
    TypeOption,
    reading_of,
)
from zcrm.cli.request import RUNS_DIR, Request
from zcrm.files.choices import Duplicates, JsonNull

__all__ = ["app"]

app = typer.Typer(
    help="Update the records of a module from a file.", no_args_is_help=True, rich_markup_mode=None
)

_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


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
        Duplicates, typer.Option(help="Rows with the same id: refuse the file, or allow them, sent in order.")
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
    trim: TrimOption = False,
    json_null: JsonNullOption = JsonNull.SKIP,
    results: ResultsOption = None,
    bom: BomOption = False,
    runs_dir: Annotated[Path, typer.Option(metavar="DIR", help="Where the run's folder is made.")] = RUNS_DIR,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and list its fields; send nothing.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Write the summary to standard output as JSON.")
    ] = False,
    resend_lost: Annotated[
        bool, typer.Option(help="Send a row again when the answer to it was lost and that is safe.")
    ] = True,
    concurrency: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Calls in flight at most.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose sign-in; needed where there are several.")
    ] = None,
    data_center: Annotated[
        str | None, typer.Option(metavar="NAME", help="us, eu, in, au, cn, jp, ca, sa or uk.")
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
    if not _API_NAME.fullmatch(module):
        raise typer.BadParameter(f"{module!r} is no API name of a module", param_hint="MODULE")
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
    )
    loads = parse_loads(simulator_load or [], "--simulator-load")
    if loads and not simulator:
        raise typer.BadParameter("goes with --simulator only", param_hint="--simulator-load")
    if simulator and (profile or data_center or environment):
        raise typer.BadParameter(
            "the simulator has no profiles, data centres or environments", param_hint="--simulator"
        )

    from zcrm.cli.screen import Screen
    from zcrm.cli.update import update as start

    request = Request(
        module=module,
        file=file,
        triggers=chosen,
        reading=reading,
        duplicates=duplicates,
        results=results,
        bom=bom,
        runs_dir=runs_dir,
        resend_lost=resend_lost,
        concurrency=concurrency,
        profile=profile,
        data_center=data_center,
        environment=environment,
        simulator=simulator,
        loads=loads,
    )
    raise typer.Exit(start(request, Screen(), dry_run=dry_run, as_json=json))
