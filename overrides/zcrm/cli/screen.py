"""What a person sees while a command works; all of it goes to stderr."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from zcrm.cli.streams import stderr
from zcrm.files.shown import shown

__all__ = ["RowProgress", "Screen"]

_LIVE_SECONDS = 0.1
_PLAIN_SECONDS = 10.0


class Screen:
    """Lines for people, and the progress of a run."""

    def __init__(self) -> None:
        self._console = Console(file=stderr(), markup=False, highlight=False, emoji=False)

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

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[[int], None]]:
        """Show how many there are by now, every ten seconds, or live on a terminal."""
        shown = monotonic()

        def count(number: int) -> None:
            nonlocal shown
            interval = _LIVE_SECONDS if self._console.is_terminal else _PLAIN_SECONDS
            if monotonic() - shown >= interval:
                shown = monotonic()
                self._console.print(f"{number:,} {what}", end="\r" if self._console.is_terminal else "\n")

        yield count

    @contextmanager
    def progress(self, total: int) -> Iterator["RowProgress"]:
        """Show how many of `total` rows are done: live on a terminal, else by a line every ten seconds."""
        if not self._console.is_terminal:
            yield RowProgress(self, total)
            return
        states = TextColumn("{task.description}", markup=False)
        columns = (states, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as bar:
            yield RowProgress(self, total, bar, bar.add_task("rows", total=total))


class RowProgress:
    """Counts rows by what became of them, and shows it now and then."""

    def __init__(
        self, screen: Screen, total: int, bar: Progress | None = None, task: TaskID | None = None
    ) -> None:
        self._screen = screen
        self._total = total
        self._bar = bar
        self._task = task
        self._states: Counter[str] = Counter()
        self._interval = _PLAIN_SECONDS if bar is None else _LIVE_SECONDS
        self._shown = monotonic()

    def add(self, state: str) -> None:
        """Count one row."""
        self._states[state] += 1
        if monotonic() - self._shown >= self._interval:
            self._show()
            self._shown = monotonic()

    def _show(self) -> None:
        done = self._states.total()
        states = ", ".join(f"{n:,} {state}" for state, n in self._states.items())
        if self._bar is None or self._task is None:
            self._screen.say(f"{done:,} of {self._total:,} rows: {states}")
        else:
            self._bar.update(self._task, completed=done, description=states)
