"""What a person sees while a command works; all of it goes to stderr."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from rich.console import Console

from zcrm.cli import progress
from zcrm.cli.streams import stderr
from zcrm.files.shown import shown
from zcrm.runs.checks import OnCheck
from zcrm.runs.sender import SoFar

__all__ = ["Screen"]


class _Console(Console):
    """Leaves the cursor be: a process that ends at once could not bring it back."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002
        return False


class Screen:
    """Lines for people, and the progress of a run."""

    def __init__(self) -> None:
        self._console = _Console(file=stderr(), markup=False, highlight=False, emoji=False)

    def say(self, text: str = "") -> None:
        """Print a line, however long; see `zcrm.files.shown` for what of it is escaped.

        Where nobody reads it any more, it is dropped.
        """
        self._console.print(shown(text), soft_wrap=True)

    def say_all(self, lines: Iterable[str]) -> None:
        """Print lines."""
        for line in lines:
            self.say(line)

    def error(self, message: str, fix: str = "") -> None:
        """Print what went wrong and, when known, what to do about it."""
        self.say(f"Error: {message}")
        if fix:
            self.say(f"Fix: {fix}")

    def checking(self) -> AbstractContextManager[OnCheck]:
        """Show how far the check of a file is; to be told of rows, and of the share of the file they are."""
        return progress.checking(self._console)

    def progress(
        self, total: int, so_far: Callable[[], SoFar]
    ) -> AbstractContextManager[Callable[[str], None]]:
        """Show how far the sending of so many rows is; to be told of each row's state."""
        return progress.sending(self._console, total, so_far)
