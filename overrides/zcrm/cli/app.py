"""The commands and how they are grouped; each group has a module of its own."""

import typer

from zcrm.cli import auth, demo, explain, records, runs, simulator

__all__ = ["app"]

app = typer.Typer(
    name="zcrm",
    help="Update records in Zoho CRM, with an honest account of what became of every row.",
    epilog="Start with `zcrm demo`: it shows everything against a simulator on this machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.add_typer(records.app, name="records")
app.add_typer(runs.app, name="runs")
app.add_typer(auth.app, name="auth")
app.command("explain")(explain.explain)
app.command("simulator")(simulator.simulator)
