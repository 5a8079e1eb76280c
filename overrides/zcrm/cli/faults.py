"""What is wrong with a file: on the screen, and whole in a file of its own."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from zcrm.cli.screen import Screen
from zcrm.files.added import cell, line
from zcrm.files.problems import BadFile, Fault, said

__all__ = ["FaultFile", "say", "say_all"]


def say(error: BadFile, screen: Screen) -> None:
    """Say what is wrong with a file, the first 1,000 faults of many, and what to do about it."""
    lines = said(error.faults)
    if len(lines) == 1 and error.count == len(error.faults):
        screen.error(str(error), error.fix)
        return
    screen.error(f"{error.name}: {error.count:,} faults")
    say_all(error.faults, error.count - len(error.faults), screen)


def say_all(faults: Sequence[Fault], more: int, screen: Screen) -> None:
    """Say each fault, how many more there are, and each thing to do about them."""
    screen.say_all(f"  {line}" for line in said(faults))
    if more > 0:
        screen.say(f"  … and {more:,} more")
    for fix in dict.fromkeys(fault.fix for fault in faults):
        screen.say(f"Fix: {fix}")


class FaultFile:
    """All faults of a file as CSV, if there are several; readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None
        self._first: Fault | None = None

    def add(self, fault: Fault) -> None:
        """Take a fault."""
        if self._file is not None:
            self._write(fault)
        elif self._first is None:
            self._first = fault
        else:
            opener = partial(os.open, mode=0o600)
            self._file = open(self.path, "w", encoding="utf-8-sig", newline="", opener=opener)  # noqa: SIM115
            self._file.write(line(["row", "column", "holds", "problem", "fix"]))
            self._write(self._first)
            self._write(fault)

    def _write(self, fault: Fault) -> None:
        if self._file is not None:
            row = "" if fault.row is None else fault.row
            cells = (fault.column or "", fault.held, fault.problem, fault.fix)
            self._file.write(line([row, *map(cell, cells)]))

    @classmethod
    @contextmanager
    def of(cls, file: str, screen: Screen) -> Iterator["FaultFile"]:
        """Keep the faults of a file in the folder that the command runs in, and say where they are."""
        name = "standard-input" if file == "-" else Path(file).name
        faults = cls(Path(f"{name}.faults.csv"))
        try:
            yield faults
        finally:
            if faults._file is not None:
                faults._file.close()
                screen.say(f"All faults are listed in {faults.path}")
