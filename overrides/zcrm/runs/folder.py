"""The folder of a run, for its owner alone: it holds customers' data."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..atomic import atomic
from ..errors import UsageError
from ..files.choices import Format
from ..files.shown import shown
from ..outcomes import STATES

__all__ = ["RUNS_DIR", "RunFolder", "find", "folders"]

RUNS_DIR = Path("zcrm-runs")
_LOCK = "lock"
_HEADS = ("run.json", "job.json", "each.json")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LEFT_BEHIND = re.compile(
    r"lock|input|journal\.sqlite(-wal|-shm)?|fields\.json|(fields|run|job|each)\.json\.new"
)
"""What is in a folder of which the run has not begun."""


class RunFolder:
    """`<runs dir>/<run name>`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    @classmethod
    def new(cls, runs_dir: Path, module: str, started: datetime, name: str | None = None) -> RunFolder:
        """Make the folder, and the runs folder if need be; git is told to leave one alone that was empty.

        What a process left that died before it began is taken over. Raises UsageError when that can't be
        done, when there is a run of this name, or a folder that holds anything else.
        """
        if name is None:
            name = f"{module}-{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} can not be a run's name: use letters, digits, dots and dashes")
        folder = cls(runs_dir / name)
        try:
            runs_dir.mkdir(parents=True, exist_ok=True)
            if not any(runs_dir.iterdir()):
                (runs_dir / ".gitignore").write_text("*\n", encoding="utf-8")
            try:
                folder.path.mkdir(mode=0o700)
            except FileExistsError:
                if not folder.path.is_dir():
                    raise
                folder._take_over()
        except OSError as error:
            raise _no_folder(runs_dir, error) from error
        return folder

    @property
    def journal(self) -> Path:
        return self.path / "journal.sqlite"

    def file(self, state: str, format: Format) -> Path:  # noqa: A002
        """The path of the file for rows in this state."""
        return self.path / f"{state}.{format}"

    def sheet(self, state: str) -> Path:
        """The path of the Excel sheet for rows in this state."""
        return self.path / f"{state}.xlsx"

    @property
    def is_begun(self) -> bool:
        """Whether there is anything to go on with; before, nothing can have been sent."""
        return any((self.path / head).exists() for head in _HEADS)

    def _take_over(self) -> None:
        self._refuse_others()
        with self.locked():
            self._refuse_others()
            for path in self.path.iterdir():
                if path.name != _LOCK:
                    path.unlink()

    def _refuse_others(self) -> None:
        if self.is_begun:
            raise UsageError(
                f"There is a run {self.name!r} already",
                fix="Choose another --run-name, or add --resume-if-exists to go on with that one.",
            )
        for name in sorted(path.name for path in self.path.iterdir()):
            if not _LEFT_BEHIND.fullmatch(name):
                raise UsageError(
                    f"{self.path} is no run, and holds {shown(name)}", fix="Choose another --run-name."
                )

    def facts(self) -> dict[str, Any]:
        """What `run.json` holds. Raises UsageError when it can not be read."""
        try:
            facts: dict[str, Any] = json.loads((self.path / "run.json").read_bytes())
        except (OSError, ValueError) as error:
            raise UsageError(f"{self.path / 'run.json'} can not be read: {error}") from error
        if not isinstance(facts, dict):
            raise UsageError(f"{self.path / 'run.json'} is not what zcrm wrote: it holds no object")
        return facts

    def write_facts(self, facts: Mapping[str, object]) -> None:
        """Write `run.json` whole, replacing the one before. Raises OSError."""
        with atomic(self.path / "run.json") as path:
            path.write_text(json.dumps(facts, indent=2) + "\n", encoding="ascii")

    def edited(self) -> set[Path]:
        """The result files that were changed since `run.json` was written, as by somebody's corrections."""
        written = (self.path / "run.json").stat().st_mtime_ns
        files = (path for state in STATES for path in self.path.glob(f"{state}.*"))
        return {path for path in files if _is_result(path) and path.stat().st_mtime_ns > written}

    def keep(self, edited: set[Path]) -> None:
        """Copy these files to names that no run writes; raises OSError."""
        for path in edited:
            changed = datetime.fromtimestamp(path.stat().st_mtime)
            copy = path.with_name(f"{path.stem}.edited-{changed:%Y%m%d-%H%M%S}{path.suffix}")
            shutil.copy2(path, copy)

    def touch(self) -> None:
        """Have `run.json` be as new as what was written since; raises OSError."""
        os.utime(self.path / "run.json")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from sending or deleting this run; raises UsageError when somebody is at it."""
        lock = FileLock(self.path / _LOCK, timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise UsageError(
                f"The run {self.name} is being sent by another process",
                fix="Wait until it ends, or stop it.",
            ) from None
        except OSError as error:
            raise UsageError(f"The run {self.name} can not be locked: {error.strerror}") from error
        try:
            yield
        finally:
            lock.release()

    def delete(self) -> None:
        """Remove the folder with all that is in it; raises UsageError where that can't be done."""
        try:
            shutil.rmtree(self.path)
        except OSError as error:
            raise UsageError(f"{self.path} can not be deleted: {error.strerror or error}") from error

    def remove(self, runs_dir: Path | None = None) -> None:
        """`delete`, as far as that can be done; with the runs folder, too, where nothing else is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if runs_dir is not None:
            with suppress(OSError):
                (runs_dir / ".gitignore").unlink()
                runs_dir.rmdir()


def _is_result(path: Path) -> bool:
    return path.suffix in (".csv", ".jsonl", ".xlsx") and "." not in path.stem and path.is_file()


def folders(runs_dir: Path) -> list[RunFolder]:
    """The runs there are, the latest one last. Raises UsageError when the facts of one can't be read."""
    try:
        found = [RunFolder(path) for path in runs_dir.iterdir() if (path / "run.json").is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda folder: (str(folder.facts().get("started")), folder.name))


def find(runs_dir: Path, name: str | None) -> RunFolder:
    """The run of this name, or the latest one. Raises UsageError when there is none."""
    if name is None:
        found = folders(runs_dir)
        if not found:
            raise UsageError(f"There is no run in {runs_dir}")
        return found[-1]
    if not _NAME.fullmatch(name) or not (runs_dir / name / "run.json").is_file():
        raise UsageError(f"There is no run {name!r} in {runs_dir}", fix="zcrm runs list shows what there is.")
    return RunFolder(runs_dir / name)


def _no_folder(runs_dir: Path, error: OSError) -> UsageError:
    return UsageError(
        f"No folder for the run can be made in {runs_dir}: {error.strerror}", fix="Choose another --runs-dir."
    )
