"""The commands and how they are grouped; each group has a module of its own."""

from typing import Annotated

import typer

from zcrm.cli import (
    appointments,
    auth,
    demo,
    explain,
    fields,
    mass_update,
    records,
    runs,
    schema,
    simulator,
)
from zcrm.cli.each import each
from zcrm.cli.output import write

__all__ = ["app"]

app = typer.Typer(
    name="zcrm",
    help="Update records in Zoho CRM, with an honest account of what became of every row.",
    epilog="Start with `zcrm demo`: it shows everything against a simulator on this machine.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from zcrm import __version__

        write([f"zcrm {__version__}"])
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Update records in Zoho CRM, with an honest account of what became of every row."""


app.command("demo")(demo.demo)
app.add_typer(records.app, name="records")
app.add_typer(appointments.app, name="appointments")
app.add_typer(mass_update.app, name="mass-update")
app.add_typer(runs.app, name="runs")
app.add_typer(fields.app, name="fields")
app.add_typer(auth.app, name="auth")
app.command("each", context_settings={"allow_interspersed_args": False})(each)
app.command("explain")(explain.explain)
app.command("schema")(schema.schema)
app.command("simulator")(simulator.simulator)
