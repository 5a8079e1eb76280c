"""`zcrm simulator`: a local Zoho CRM, until it is stopped."""

from typing import Annotated

import typer

from zcrm.cli.exits import Exit
from zcrm.cli.options import parse_loads

__all__ = ["simulator"]


def simulator(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 8765,
    seed: Annotated[
        int, typer.Option(help="The same seed and requests give the same answers and faults.")
    ] = 0,
    load: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE=FILE", help="Records to begin with, from CSV or JSONL."),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=RATE", help="Something to go wrong, e.g. drop_after=0.01."),
    ] = None,
) -> None:
    """Run a local Zoho CRM until Ctrl-C, and print how to point zcrm at it."""
    loads = parse_loads(load or [], "--load")
    faults = _parse_faults(fault or [])

    from zcrm.cli.files import BadFile
    from zcrm.cli.screen import Screen
    from zcrm.cli.target import MissingExtra, load_files, start_simulator

    screen = Screen()
    try:
        with start_simulator(port, seed) as running:
            for name, rate in faults:
                running.fault(name, rate=rate)
            for module, records in load_files(running, loads).items():
                screen.say(f"{module}: {records:,} records")
            screen.say(
                f"Zoho CRM, simulated: {running.url} (accounts: {running.accounts_url}). Ctrl-C ends it."
            )
            screen.say("In another terminal:")
            typer.echo(f"export ZCRM_API_DOMAIN={running.url}")
            typer.echo(f"export ZCRM_ACCOUNTS_URL={running.accounts_url}")
            typer.echo(f"export ZCRM_CLIENT_ID={running.client_id}")
            typer.echo(f"export ZCRM_CLIENT_SECRET={running.client_secret}")
            typer.echo(f"export ZCRM_REFRESH_TOKEN={running.refresh_token}")
            running.serve()
    except (BadFile, MissingExtra, ValueError) as error:
        screen.error(str(error), getattr(error, "fix", ""))
        raise typer.Exit(Exit.USAGE) from None
    except OSError as error:
        screen.error(
            f"port {port} can not be used: {error.strerror}", "choose another --port, or 0 for a free one"
        )
        raise typer.Exit(Exit.USAGE) from None


def _parse_faults(texts: list[str]) -> list[tuple[str, float]]:
    faults = []
    for text in texts:
        name, _, rate = text.partition("=")
        try:
            faults.append((name, float(rate)))
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not of the form NAME=RATE", param_hint="--fault") from None
    return faults
