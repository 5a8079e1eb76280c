"""`zcrm fields`: what the fields of the org's modules are, kept as files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zcrm.cli.bagged import Whither
from zcrm.cli.bags import spread
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


@app.command()
@spread
def pull(
    modules: _Modules,
    whither: Whither,
    fields: _Dir = _DIR,
    json: Json = False,
) -> None:
    """Ask Zoho what the fields of modules are, and write a file for each: made to be committed.

    It takes the scopes that `zcrm auth login --for fields` asks for, and a credit for each module and one.
    """
    from zcrm.cli import metadata
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    screen = Screen()
    raise typer.Exit(
        ended(lambda: metadata.pull(modules, fields, whither, screen), screen, as_json=json, reads=True)
    )


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
@spread
def diff(
    whither: Whither,
    modules: _AnyModules = None,
    fields: _Dir = _DIR,
    json: Json = False,
) -> None:
    """Say what has changed in the org since the files were pulled; 3 if anything has. Writes nothing."""
    from zcrm.cli import metadata
    from zcrm.cli.answers import ended
    from zcrm.cli.screen import Screen

    screen = Screen()

    def look() -> Any:
        return metadata.diff(modules or [], fields, whither, screen, quiet=json)

    raise typer.Exit(ended(look, screen, as_json=json, reads=True))


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
