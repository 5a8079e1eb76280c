"""What keeps a file from being sent: where it is, what is there, and what to do about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["SHOWN", "BadFile", "CellError", "Fault", "quoted", "said"]

SHOWN = 1000


class CellError(ValueError):
    """A header or a cell that can not be read.

    `problem` says what is wrong, `fix` what to do, `column` the header's text when it is known, `held` the
    text of the cell.
    """

    def __init__(self, problem: str, fix: str, column: str | None = None, held: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.column = column
        self.held = held


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that keeps a file from being sent; row and column where it is about one."""

    row: int | None
    column: str | None
    held: str
    problem: str
    fix: str

    @classmethod
    def of(cls, error: CellError, row: int | None = None) -> "Fault":
        """Return the error with the number of its row."""
        return cls(row, error.column, error.held, error.problem, error.fix)

    def __str__(self) -> str:
        return _said([self])


def said(faults: Iterable[Fault]) -> list[str]:
    """Return a line for each fault; rows with the same one share a line, at the place of the first."""
    groups: dict[tuple[str | None, str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.column, fault.problem, fault.fix), []).append(fault)
    return [_said(group) for group in groups.values()]


def _said(group: Sequence[Fault]) -> str:
    rows = [fault.row for fault in group if fault.row is not None]
    place = [f"row{'s' if len(rows) > 1 else ''} {_ranges(rows)}"] if rows else []
    if group[0].column is not None:
        place.append(f"column {group[0].column}")
    return f"{', '.join(place)}: {group[0].problem}" if place else group[0].problem


def _ranges(rows: Sequence[int]) -> str:
    """Row numbers, neighbours together: 2–4, 7."""
    ranges: list[list[int]] = []
    for row in rows:
        if ranges and row == ranges[-1][-1] + 1:
            ranges[-1][1:] = [row]
        else:
            ranges.append([row])
    return ", ".join("–".join(map(str, ends)) for ends in ranges)


class BadFile(Exception):
    """A file that can not be sent: where the trouble is, what it is, and what to do about it.

    `faults` are its first 1,000 troubles and `count` is the number of all; row, column, problem and fix are
    the first one's.
    """

    def __init__(
        self, name: str, problem: str, fix: str = "", row: int | None = None, column: str | None = None
    ) -> None:
        self._init(name, [Fault(row, column, "", problem, fix)], 1)

    @classmethod
    def of(cls, name: str, faults: Sequence[Fault], count: int | None = None) -> "BadFile":
        """Return the error for these faults, of `count` in all."""
        error = cls.__new__(cls)
        error._init(name, faults, len(faults) if count is None else count)
        return error

    def _init(self, name: str, faults: Sequence[Fault], count: int) -> None:
        first, lines = faults[0], said(faults)
        if len(lines) == 1 and count == len(faults):
            text = f"{name}, {lines[0]}" if first.row or first.column else f"{name}: {lines[0]}"
        else:
            text = f"{name}: {count:,} faults: {'; '.join(lines)}"
        super().__init__(text)
        self.name = name
        self.faults = tuple(faults)
        self.count = count
        self.problem, self.fix, self.row, self.column = first.problem, first.fix, first.row, first.column


def quoted(text: str) -> str:
    """Return the text in quotes, cut to what fits a line."""
    return repr(text if len(text) <= 60 else text[:57] + "…")
