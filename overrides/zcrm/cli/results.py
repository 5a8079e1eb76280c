"""The folder of a run: six files in which every row of the input ends up once, and the run's facts."""

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TextIO

import orjson

from zcrm.files.added import cell, line, plain
from zcrm.files.choices import Format
from zcrm.files.rows import ADDED, Row
from zcrm.files.sheets import SheetWriter
from zcrm.files.tables import Table
from zcrm.outcomes import STATES, Outcome, State

__all__ = ["ADDED", "CORRECTED", "Results", "RunFolder"]

CORRECTED: tuple[State, ...] = ("rejected", "conflict", "unknown")


class RunFolder:
    """`<runs dir>/<run name>`, readable by its owner alone: it holds customers' data."""

    def __init__(self, runs_dir: Path, module: str, started: datetime) -> None:
        """Make the folder, and the runs folder if need be; raises OSError when that can't be done."""
        self.name = f"{module}-{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self.path = runs_dir / self.name
        runs_dir.mkdir(parents=True, exist_ok=True)
        self.path.mkdir(mode=0o700)

    def file(self, state: State, format: Format) -> Path:  # noqa: A002
        """Return the path of the file for rows in this state."""
        return self.path / f"{state}.{format}"

    def sheet(self, state: State) -> Path:
        """Return the path of the Excel sheet for rows in this state."""
        return self.path / f"{state}.xlsx"

    def write_facts(self, facts: Mapping[str, object]) -> None:
        """Write `run.json` whole, replacing the one before."""
        new = self.path / "run.json.new"
        with _create(new) as file:
            file.write(json.dumps(facts, indent=2) + "\n")
        new.replace(self.path / "run.json")


class Results:
    """Writes each row to the file of its state as soon as the state is known."""

    def __init__(
        self, files: Mapping[State, TextIO], table: Table, sheets: Mapping[State, SheetWriter]
    ) -> None:
        self._files = files
        self._sheets = sheets
        self._delimiter = table.delimiter
        if table.format is Format.CSV:
            for file in files.values():
                file.write(line([*table.header, *ADDED], table.delimiter))

    @classmethod
    @contextmanager
    def open(
        cls, folder: RunFolder, table: Table, *, bom: bool = False, as_sheets: bool = False
    ) -> Iterator["Results"]:
        """Create all six files, in the table's own format; they are complete once the context ends.

        They begin with a byte-order mark where the input does, so that the same spreadsheet reads them, or
        where `bom` asks for it. as_sheets: rows that need a correction are written as Excel sheets, too.
        """
        with ExitStack() as stack:
            files: dict[State, TextIO] = {
                state: stack.enter_context(_create(folder.file(state, table.format))) for state in STATES
            }
            if table.bom or bom:
                for file in files.values():
                    file.write("\ufeff")
            sheets: dict[State, SheetWriter] = {}
            for state in CORRECTED if as_sheets else ():
                sheets[state] = SheetWriter(folder.sheet(state), [*table.header, *ADDED])
                stack.callback(sheets[state].close)
            yield cls(files, table, sheets)

    def write(self, row: Row, outcome: Outcome) -> None:
        """Write one row, as the input held it, with what became of it."""
        added = (
            row.number,
            outcome.id or "",
            outcome.code or "",
            outcome.details.get("api_name", ""),
            outcome.message,
            outcome.fix,
            outcome.attempts,
        )
        if isinstance(row.original, list):
            text = line([*row.original, *map(cell, added)], self._delimiter)
            if outcome.state in self._sheets:
                self._sheets[outcome.state].write([*row.original, *map(plain, added)])
        else:
            record = row.original | dict(zip(ADDED, map(plain, added), strict=True))
            text = orjson.dumps(record).decode() + "\n"
        self._files[outcome.state].write(text)


def _create(path: Path) -> TextIO:
    opener = partial(os.open, mode=0o600)
    return open(path, "x", encoding="utf-8", newline="", buffering=1, opener=opener)
