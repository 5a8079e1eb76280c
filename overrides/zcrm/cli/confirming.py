"""What can not be undone is done once a person has typed again what it is about."""

import sys

from zcrm.cli.screen import Screen
from zcrm.errors import UsageError

__all__ = ["confirm"]


def confirm(screen: Screen, words: str, *, yes: bool) -> None:
    """Have these words typed again, or given as a line of standard input; yes: don't ask.

    Raises UsageError for any other words.
    """
    if yes:
        return
    screen.say(f"There is no undo. Type  {words}  to go on:")
    if " ".join(sys.stdin.readline().split()) != words:
        raise UsageError("Not confirmed: nothing was sent", fix=f"Type {words} when asked, or say --yes.")
