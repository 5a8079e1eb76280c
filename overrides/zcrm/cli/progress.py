"""How far a command is: live on a terminal, else by a line every ten seconds."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from zcrm.runs.checks import OnCheck
from zcrm.runs.sender import SoFar

__all__ = ["checking", "sending"]

_SECONDS = 10.0
_REFUSED = ("rejected", "conflict", "unknown")
_WIDE = 100
_BAR_WIDTH = 20


class _Rate(ProgressColumn):
    """Rows a second: of the task's own field where it has one, since it may count something else."""

    def render(self, task: Task) -> Text:
        rate = task.speed
        if "rows" in task.fields:
            rate = task.fields["rows"] / task.elapsed if task.elapsed else None
        return Text("- rows/s" if rate is None else f"{rate:,.0f} rows/s")


class _Left(ProgressColumn):
    """Time left."""

    def render(self, task: Task) -> Text:
        left = task.time_remaining
        return Text("- left" if left is None else f"{timedelta(seconds=int(left))} left")


class _Bar(Progress):
    """Asks how things stand whenever it is drawn anew, several times a second, on a thread of its own."""

    def __init__(self, console: Console, count: ProgressColumn, *more: ProgressColumn) -> None:
        self.ask: Callable[[], object] = lambda: None
        bar = [BarColumn(_BAR_WIDTH)] if console.width >= _WIDE else []
        super().__init__(count, *bar, _Rate(), *more, _Left(), console=console, transient=True)

    def get_renderables(self) -> Iterable[RenderableType]:
        self.ask()
        yield from super().get_renderables()


class _Lines:
    """Prints a line at times."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = monotonic()

    def say(self, line: Callable[[], str]) -> None:
        if monotonic() - self._last >= _SECONDS:
            self._last = monotonic()
            self._console.print(line())


@contextmanager
def checking(console: Console) -> Iterator[OnCheck]:
    """Show rows checked, their rate and the time left; gives what is to be told of them."""
    if not console.is_terminal:
        lines = _Lines(console)
        yield lambda rows, _: lines.say(lambda: f"{rows:,} rows checked")
        return
    with _Bar(console, TextColumn("{task.fields[rows]:,} rows checked")) as bar:
        task = bar.add_task("", total=1.0, rows=0)

        def show(rows: int, share: float | None) -> None:
            bar.update(task, completed=share or 0.0, rows=rows)

        yield show


@contextmanager
def sending(console: Console, total: int, so_far: Callable[[], SoFar]) -> Iterator[Callable[[str], None]]:
    """Show rows done, their rate, those refused, retries, credits and the time left.

    so_far: tells how far the sending is. Gives what is to be told of each row's state.
    """
    states: Counter[str] = Counter()
    if not console.is_terminal:
        lines = _Lines(console)

        def count(state: str) -> None:
            states[state] += 1
            lines.say(lambda: f"{states.total():,} of {total:,} rows: {_said(states)}")

        yield count
        return
    texts = (
        "{task.completed:,.0f}/{task.total:,.0f} rows",
        "{task.fields[refused]}",
        "{task.fields[retries]:,} retries",
        "{task.fields[credits]:,} credits",
    )
    with _Bar(console, *(TextColumn(text, markup=False) for text in texts)) as bar:
        task = bar.add_task("", total=total, refused="0 rejected", retries=0, credits=0)

        def ask() -> None:
            now = so_far()
            refused = {state: states[state] for state in _REFUSED if states[state] or state == "rejected"}
            bar.update(
                task,
                completed=min(now.rows, total),
                refused=_said(refused),
                retries=now.retries,
                credits=now.credits,
            )

        bar.ask = ask
        yield lambda state: states.update((state,))


def _said(states: Mapping[str, int]) -> str:
    return ", ".join(f"{rows:,} {state}" for state, rows in states.items())
