"""`zcrm simulator`: a local Zoho CRM, until it is stopped."""

import json
from typing import Annotated, Any

import typer

from zcrm.cli.options import parse_loads
from zcrm.runs.exits import Exit

__all__ = ["simulator"]


def simulator(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 8765,
    edition: Annotated[
        str,
        typer.Option(
            help="How many credits and calls at a time there are: free, standard, professional, enterprise, "
            "zoho_one, ultimate or crm_plus."
        ),
    ] = "enterprise",
    orgs: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="How many orgs it is; where several, each has a profile, all records and faults.",
        ),
    ] = 1,
    seed: Annotated[
        int | None,
        typer.Option(
            help="The same seed and requests give the same answers, faults and credentials; without one,"
            " credentials are drawn anew."
        ),
    ] = None,
    load: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE=FILE", help="Records to begin with, from CSV or JSONL."),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE=FILE", help="What a module's fields are: an answer of Zoho's as JSON."),
    ] = None,
    strict_fields: Annotated[
        bool,
        typer.Option(
            "--strict-fields", help="Refuse updates that such fields, or those of the records, do not take."
        ),
    ] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=RATE[,OPTION=VALUE]...",
            help="Something to go wrong, e.g. drop_after=0.01, or slow=0.5,seconds=2,route=update_records.",
        ),
    ] = None,
) -> None:
    """Run a local Zoho CRM until Ctrl-C, and print how to point zcrm at it."""
    loads = parse_loads(load or [], "--load")
    described = parse_loads(fields or [], "--fields")
    faults = [_parse_fault(text) for text in fault or []]

    from zcrm.cli.output import write
    from zcrm.cli.screen import Screen
    from zcrm.cli.simulated_profiles import ways_in
    from zcrm.cli.target import MissingExtra, load_fields, load_files, start_simulator
    from zcrm.errors import StoreError
    from zcrm.files.tables import BadFile

    screen = Screen()
    try:
        with (
            start_simulator(
                port=port, orgs=orgs, edition=edition, seed=seed, strict_fields=strict_fields
            ) as running,
            ways_in(running) as variables,
        ):
            loaded: dict[str, int] = {}
            for org in running.orgs:
                for described_by in described:
                    load_fields(org, described_by)
                for name, options in faults:
                    org.fault(name, **options)
                loaded = load_files(org, loads)
            for module, records in loaded.items():
                screen.say(
                    f"{module}: {records:,} records" + (f" in each of {orgs} orgs" if orgs > 1 else "")
                )
            screen.say(
                f"Zoho CRM, simulated: {running.url} (accounts: {running.accounts_url}). Ctrl-C ends it."
            )
            screen.say(f"What goes on, in a browser: {running.status_url}")
            screen.say("In another terminal:")
            write(f"export {name}={value}" for name, value in variables.items())
            running.serve()
    except (BadFile, MissingExtra, StoreError, ValueError) as error:
        screen.error(str(error), getattr(error, "fix", ""))
        raise typer.Exit(Exit.USAGE) from None
    except OSError as error:
        screen.error(
            f"port {port} can not be used: {error.strerror}", "choose another --port, or 0 for a free one"
        )
        raise typer.Exit(Exit.USAGE) from None


def _parse_fault(text: str) -> tuple[str, dict[str, Any]]:
    name, _, values = text.partition("=")
    rate, *rest = values.split(",")
    try:
        return name, {"rate": float(rate), **dict(_parse_option(option) for option in rest)}
    except ValueError as error:
        reason = f": {error}" if rest else ""
        form = "NAME=RATE[,OPTION=VALUE]..."
        raise typer.BadParameter(
            f"{text!r} is not of the form {form}{reason}", param_hint="--fault"
        ) from None


def _parse_option(text: str) -> tuple[str, Any]:
    """Read `OPTION=VALUE`: a route is text, all else a number, true or false; raises ValueError."""
    name, _, value = text.partition("=")
    if name == "route":
        return name, value
    if name in ("rate", "times", "attempts"):
        raise ValueError(f"{name!r} can not be an option here")
    try:
        number = json.loads(value)
    except ValueError:
        number = None
    if not isinstance(number, int | float):
        raise ValueError(f"{text!r} gives no number, true or false")
    return name, number
