"""`zcrm appointments`: list appointments, and change those that were looked at first."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zcrm.cli.acting import end, look_or_run, run
from zcrm.cli.bagged import Running, Which, Whither
from zcrm.cli.bags import spread
from zcrm.cli.options import parse_values
from zcrm.cli.reading import JsonNullOption, MapOption, NullOption, TypeOption, listed, reading_of
from zcrm.files.choices import JsonNull, ListFormat

__all__ = ["app"]

app = typer.Typer(
    help="List appointments; update, reschedule, cancel and complete them from a file.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_File = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE", help="A selection, or another file of ids; without one, say who is meant."
    ),
]
_Save = Annotated[
    Path | None, typer.Option(metavar="FILE", help="With --dry-run: keep what is meant, to act on it later.")
]
_Reason = Annotated[
    str | None, typer.Option(metavar="'By Customer'|'By Team'", help="Whose wish it is.", show_default=False)
]
_Note = Annotated[str | None, typer.Option(metavar="TEXT", help="Why; up to 2,000 characters.")]
_Fields = Annotated[
    list[str] | None, typer.Option(metavar="A,B", help="API names of the fields to be listed, at most 50.")
]
_Form = Annotated[ListFormat | None, typer.Option("--format", help="By default what --output ends in.")]
_Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="By default standard output.")
]


@app.command("list")
@spread
def list_(
    which: Which,
    whither: Whither,
    fields: _Fields = None,
    status: Annotated[
        list[str] | None, typer.Option(metavar="A,B", help="Scheduled, Overdue, Completed or Cancelled.")
    ] = None,
    sort_by: Annotated[
        str | None, typer.Option(metavar="FIELD", help="id, Created_Time or Modified_Time; not with --view.")
    ] = None,
    sort_order: Annotated[str | None, typer.Option(metavar="asc|desc", help="desc by default.")] = None,
    form: _Form = None,
    output: _Output = None,
) -> None:
    """List appointments as CSV, JSON lines or Parquet.

    Zoho gives 100,000 at most, 200 for a credit. Member, time and status are looked at here: what they leave
    out costs the same.
    """
    from zcrm.cli import appointing

    asked = appointing.Asked(
        fields=listed("--fields", fields) or appointing.FIELDS,
        statuses=listed("--status", status) or None,
        sort_by=sort_by,
        sort_order=sort_order,
        form=_form(form, output, ListFormat.CSV),
        output=output,
    )
    end(lambda screen: appointing.list_(asked, which, whither, screen), reads=True)


@app.command()
@spread
def get(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Of the appointments.")],
    whither: Whither,
    form: _Form = None,
    output: _Output = None,
) -> None:
    """Show single appointments with all their fields, subforms too; as JSON lines by default."""
    from zcrm.cli import appointing

    chosen = _form(form, output, ListFormat.JSONL)
    end(lambda screen: appointing.get(ids, chosen, output, whither, screen), reads=True)


@app.command()
@spread
def update(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Appointments by their id; - for stdin.")],
    running: Running,
    whither: Whither,
    fields: Annotated[
        list[str] | None,
        typer.Option("--fields", "--columns", metavar="A,B", help="Send these columns of the file."),
    ] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Set this in every appointment.")
    ] = None,
    null: NullOption = None,
    map: MapOption = None,  # noqa: A002
    type: TypeOption = None,  # noqa: A002
    json_null: JsonNullOption = JsonNull.SKIP,
    metadata: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|none",
            help="Where the module's fields are kept, by `zcrm fields pull Appointments__s`; by default in "
            "zcrm-fields, if they are there.",
        ),
    ] = None,
) -> None:
    """Update the appointments of a file: the columns that are named, and nothing else of it."""
    if not fields and not sets:
        raise typer.BadParameter(
            "say what is to be sent: a list that is fed back would change more than is meant",
            param_hint="--fields or --set",
        )
    values = parse_values(sets or [])
    named = listed("--fields", fields)
    if {"Service_Name", "Service_Name.id"} & {*named, *values}:
        raise typer.BadParameter("the service of an appointment can't be changed", param_hint="Service_Name")
    reading = reading_of(columns=list(named) or ["id"], null=null, map=map, type=type, json_null=json_null)
    asks = "Status" in {*named, *values}

    from zcrm.runs.metadata import found_fields
    from zcrm.table import APPOINTMENTS

    metadata = metadata or found_fields(APPOINTMENTS)
    run("appointments update", file, values, running, whither, reading=reading, metadata=metadata, asks=asks)


@app.command()
@spread
def reschedule(
    which: Which,
    running: Running,
    whither: Whither,
    file: _File = None,
    by: Annotated[
        str | None, typer.Option(metavar="30m|2h|1d", help="With --dry-run: how much later, or -30m earlier.")
    ] = None,
    reason: _Reason = None,
    note: _Note = None,
    save: _Save = None,
) -> None:
    """Move appointments to the times that a file has for them.

    Look first: --dry-run with --by and --save writes the file. Its times are fixed: sent twice, it moves
    nothing twice.
    """
    values = _said(Reschedule_Reason=reason, Reschedule_Note=note)
    if file is None and by is None:
        raise typer.BadParameter("say how far to move: 30m, 2h or 1d", param_hint="--by")
    if file is not None and by is not None:
        raise typer.BadParameter(
            "goes with --dry-run, not with a file: that has the times", param_hint="--by"
        )
    look_or_run("appointments reschedule", file, values, which, running, whither, save, by)


@app.command()
@spread
def cancel(
    which: Which,
    running: Running,
    whither: Whither,
    file: _File = None,
    reason: _Reason = None,
    note: _Note = None,
    save: _Save = None,
) -> None:
    """Cancel the appointments of a file, for good.

    Look first: --dry-run with --save writes the file. The reason is asked for, because Zoho takes every
    cancellation for the customer's where nobody says.
    """
    if file is None and reason is None:
        raise typer.BadParameter(
            "say whose wish it is: 'By Customer' or 'By Team'; Zoho would take it for the customer's",
            param_hint="--reason",
        )
    values = _said(Cancellation_Reason=reason, Cancellation_Note=note)
    look_or_run("appointments cancel", file, values, which, running, whither, save)


@app.command()
@spread
def complete(
    which: Which,
    running: Running,
    whither: Whither,
    file: _File = None,
    job_sheet_name: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Of the job sheet, where the org asks for one.")
    ] = None,
    job_sheet_description: Annotated[str | None, typer.Option(metavar="TEXT", help="What was done.")] = None,
    save: _Save = None,
) -> None:
    """Mark the appointments of a file as completed, once they have ended.

    Look first: --dry-run with --save writes the file.
    """
    values = _said(Job_Sheet_Name=job_sheet_name, Job_Sheet_Description__s=job_sheet_description)
    look_or_run("appointments complete", file, values, which, running, whither, save)


def _said(**values: str | None) -> dict[str, Any]:
    """The fields that something was said of; raises a usage error for a reason that there is not."""
    from zcrm.rows.appointments import PARTIES

    for name, value in values.items():
        if name.endswith("_Reason") and value not in (None, *PARTIES):
            raise typer.BadParameter(f"{value!r} is not {' or '.join(PARTIES)}", param_hint="--reason")
    return {name: value for name, value in values.items() if value is not None}


def _form(form: ListFormat | None, output: Path | None, default: ListFormat) -> ListFormat:
    suffix = "" if output is None else output.suffix.lower().removeprefix(".")
    return form or (ListFormat(suffix) if suffix in tuple(ListFormat) else default)
