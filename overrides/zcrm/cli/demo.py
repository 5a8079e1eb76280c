"""`zcrm demo`: the whole story in seconds, against a simulator in this process."""

import typer

from zcrm.runs.exits import Exit

__all__ = ["demo"]


def demo() -> None:
    """Update a few hundred made-up records in a simulated Zoho CRM, with mishaps, and show what comes out."""
    from zcrm.cli.screen import Screen
    from zcrm.cli.story import tell
    from zcrm.cli.target import MissingExtra

    screen = Screen()
    try:
        raise typer.Exit(Exit.OK if tell(screen) else Exit.UNEXPECTED)
    except MissingExtra as error:
        screen.error(str(error))
        raise typer.Exit(Exit.USAGE) from None
