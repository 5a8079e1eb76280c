"""`zcrm fields`: what the fields of the org's modules are, kept as files."""

from pathlib import Path
from typing import Annotated

import typer

from zcrm.cli.options import Json

__all__ = ["app"]

app = typer.Typer(
    help="Keep what the org's fields are: names, types and options, for checks and editors.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_DIR = Path("zcrm-fields")

_Modules = Annotated[list[str], typer.Argument(metavar="MODULE...", help="API names, such as Deals.")]
_AnyModules = Annotated[
    list[str] | None, typer.Argument(metavar="[MODULE]...", help="API names; all there are by default.")
]
_Dir = Annotated[Path, typer.Option("--fields", metavar="DIR", help="The folder of the files.")]
_Profile = Annotated[str | None, typer.Option(metavar="NAME", help="Whose sign-in.")]
_DataCenter = Annotated[
    str | None, typer.Option(metavar="NAME", help="us, eu, in, au, cn, jp, ca, sa, uk or ae.")
]
_Environment = Annotated[str | None, typer.Option(metavar="NAME", help="production, sandbox or developer.")]
_Simulator = Annotated[bool, typer.Option("--simulator", help="Ask a Zoho CRM simulated in this process.")]


@app.command()
def pull(
    modules: _Modules,
    fields: _Dir = _DIR,
    profile: _Profile = None,
    data_center: _DataCenter = None,
    environment: _Environment = None,
    simulator: _Simulator = False,
    json: Json = False,
) -> None:
    """Ask Zoho what the fields of modules are, and write a file for each: made to be committed.

    It takes the scopes that `zcrm auth login --for fields` asks for, and a credit for each module and one.
    """
    from zcrm.cli import metadata
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    screen = Screen()
    whose = metadata.Whose(profile, data_center, environment, simulator)
    raise typer.Exit(ended(lambda: metadata.pull(modules, fields, whose, screen), screen, as_json=json))


@app.command()
def show(
    module: Annotated[str, typer.Argument(help="API name, such as Deals.")],
    fields: _Dir = _DIR,
    json: Json = False,
) -> None:
    """Show the fields of a module by its file: labels, names, types, and what can be updated."""
    from zcrm.cli import metadata
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    raise typer.Exit(ended(lambda: metadata.show(module, fields, quiet=json), Screen(), as_json=json))


@app.command()
def diff(
    modules: _AnyModules = None,
    fields: _Dir = _DIR,
    profile: _Profile = None,
    data_center: _DataCenter = None,
    environment: _Environment = None,
    simulator: _Simulator = False,
    json: Json = False,
) -> None:
    """Say what has changed in the org since the files were pulled; 3 if anything has. Writes nothing."""
    from zcrm.cli import metadata
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    screen = Screen()
    whose = metadata.Whose(profile, data_center, environment, simulator)
    raise typer.Exit(
        ended(lambda: metadata.diff(modules or [], fields, whose, screen, quiet=json), screen, as_json=json)
    )


@app.command()
def types(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The Python file to write.")],
    modules: _AnyModules = None,
    pydantic: Annotated[
        bool, typer.Option("--pydantic", help="Write models of pydantic in place of TypedDicts.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; end with 3 when FILE is not what would be written."),
    ] = False,
    fields: _Dir = _DIR,
    json: Json = False,
) -> None:
    """Write types for the rows of modules by their files, for editors and type checkers.

    The same files give the same text. Takes the extra `types`.
    """
    from zcrm.cli import metadata
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    screen = Screen()
    raise typer.Exit(
        ended(
            lambda: metadata.types(modules or [], fields, output, screen, pydantic=pydantic, check=check),
            screen,
            as_json=json,
        )
    )
