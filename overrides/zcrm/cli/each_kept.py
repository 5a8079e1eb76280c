"""What is kept of a command for many orgs, to go on with it: a folder beside those of its runs."""

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zcrm.atomic import atomic
from zcrm.cli.each_orgs import Org
from zcrm.errors import UsageError
from zcrm.outcomes import STATES
from zcrm.runs.exits import Exit
from zcrm.runs.folder import RunFolder
from zcrm.runs.journal import JournalFailed
from zcrm.runs.reopened import journal_of
from zcrm.runs.report import counted

__all__ = ["FINISHED", "KeptEach"]

FINISHED = frozenset({Exit.OK, Exit.ROWS_REFUSED, Exit.UNKNOWN_ROWS})
"""The exits after which every row of a run has its outcome: there is nothing to go on with."""

_FORMAT, _VERSION = "zcrm each", 1
_FILE = "each.json"
_LONGEST = 100


@dataclass(slots=True)
class KeptEach:
    """One command for many orgs. exits: those of the orgs whose process has ended, by profile.

    words: the command as it was typed. cwd: where from. jobs: how many are at work at a time.
    """

    folder: RunFolder
    words: list[str]
    orgs: list[Org]
    cwd: Path
    jobs: int
    exits: dict[str, int]

    @classmethod
    def new(
        cls, runs_dir: Path, name: str | None, words: Sequence[str], orgs: Sequence[Org], jobs: int
    ) -> "KeptEach":
        """Make its folder and write down what is to be done; raises UsageError when that can't be."""
        longest = max(len(org.profile) for org in orgs) + 1
        if name is not None:
            if len(name) + longest > _LONGEST:
                raise UsageError(f"--run-name {name} is too long: {_LONGEST - longest} characters will do")
            _refuse_runs(runs_dir, name, orgs)
        folder = RunFolder.new(runs_dir, "each", datetime.now(UTC), name)
        kept = cls(folder, list(words), list(orgs), Path.cwd(), jobs, {})
        try:
            kept.keep()
        except OSError as error:
            folder.remove()
            raise UsageError(f"{folder.path} can not be written: {error.strerror}") from error
        return kept

    @classmethod
    def find(cls, runs_dir: Path, name: str) -> "KeptEach":
        """What was begun under this name; raises UsageError when there is no such thing."""
        folder = RunFolder(runs_dir / name)
        try:
            facts = json.loads((folder.path / _FILE).read_bytes())
            if (facts["format"], facts["version"]) != (_FORMAT, _VERSION):
                raise ValueError("it was written by a newer zcrm")
            kept = cls(
                folder,
                [_text(word) for word in facts["words"]],
                [Org({name: _text(cell) for name, cell in cells.items()}) for cells in facts["orgs"]],
                Path(facts["cwd"]),
                int(facts["jobs"]),
                {str(profile): int(code) for profile, code in facts["exits"].items()},
            )
            if kept.jobs < 1 or not all(org.profile for org in kept.orgs) or not kept.orgs:
                raise ValueError("it is not as zcrm each writes it")
            return kept
        except FileNotFoundError:
            there_are = ", ".join(sorted(path.parent.name for path in runs_dir.glob(f"*/{_FILE}"))) or "none"
            raise UsageError(
                f"zcrm each has begun nothing called {name!r} in {runs_dir}; there is {there_are}"
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{folder.path / _FILE} can not be read: {error}") from error

    @staticmethod
    def exists(runs_dir: Path, name: str) -> bool:
        """Whether something was begun under this name."""
        return (runs_dir / name / _FILE).is_file()

    def keep(self) -> None:
        """Write down how it stands. Raises OSError."""
        facts = {
            "format": _FORMAT,
            "version": _VERSION,
            "words": self.words,
            "orgs": [dict(org.cells) for org in self.orgs],
            "cwd": str(self.cwd),
            "jobs": self.jobs,
            "exits": self.exits,
        }
        with atomic(self.folder.path / _FILE) as path:
            path.write_text(json.dumps(facts, indent=2) + "\n", encoding="ascii")

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def runs_dir(self) -> Path:
        return self.folder.path.parent

    @property
    def left(self) -> list[Org]:
        """The orgs whose run is not finished, as far as is known."""
        return [org for org in self.orgs if self.exits.get(org.profile) not in FINISHED]

    @property
    def came_to_nothing(self) -> bool:
        """Whether all were refused before anything was sent: wrong words, most likely."""
        refused = all(self.exits.get(org.profile) == Exit.USAGE for org in self.orgs)
        return refused and not any(self.run(org).path.exists() for org in self.orgs)

    def run(self, org: Org) -> RunFolder:
        """The folder of an org's run, there or not. No profile has a dot in its name: no two share one."""
        return RunFolder(self.runs_dir / f"{self.name}.{org.profile}")

    def log(self, org: Org) -> Path:
        """What the org's process says to people."""
        return self.folder.path / f"{org.profile}.log"

    def answer_file(self, org: Org) -> Path:
        """What the org's process says to programs."""
        return self.folder.path / f"{org.profile}.answer.json"

    def answer(self, org: Org) -> dict[str, Any]:
        """What the org's process said at its end; where it died, the rows by the journal of its run."""
        try:
            said = json.loads(self.answer_file(org).read_bytes())
        except (OSError, ValueError):
            said = None
        if isinstance(said, dict):
            return said
        return self._by_journal(self.run(org))

    @staticmethod
    def _by_journal(run: RunFolder) -> dict[str, Any]:
        try:
            facts = run.facts()
            rows = int(facts["checked"]["rows"])
            with closing(journal_of(run, facts["journal"], 0)) as journal:
                reasons = counted(journal, rows, None)
        except (UsageError, JournalFailed, sqlite3.Error, KeyError, TypeError, ValueError):
            return {}
        states = {state: sum(each.rows for each in reasons if each.state == state) for state in STATES}
        return {"rows": rows, "states": states}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _refuse_runs(runs_dir: Path, name: str, orgs: Sequence[Org]) -> None:
    """Raise UsageError where there are runs already that would be gone on with."""
    there = [org.profile for org in orgs if os.path.lexists(runs_dir / f"{name}.{org.profile}")]
    if there and not KeptEach.exists(runs_dir, name):
        raise UsageError(
            f"There is a run {name}.{there[0]} already, of which zcrm each knows nothing",
            fix="Choose another --run-name.",
        )
