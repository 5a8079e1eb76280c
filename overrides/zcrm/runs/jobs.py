"""What is kept of a mass-update job: on disk before it is asked for, so that whoever comes later finds it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..atomic import atomic
from ..errors import UsageError
from ..files.settings import parse_settings, settings
from ..jobs import JobStatus
from ..mass_update.views import ViewUpdate
from .folder import RUNS_DIR, RunFolder
from .request import Place, command_line

__all__ = ["ASKED", "LOST", "PREPARED", "REFUSED", "SCHEDULED", "KeptJob", "find_job", "jobs_in"]

PREPARED, ASKED, SCHEDULED, REFUSED, LOST = "prepared", "asked", "scheduled", "refused", "lost"
"""How far it came: not asked for yet; about to be; known by its id; refused; asked for, its answer lost."""
_STATES = (PREPARED, ASKED, SCHEDULED, REFUSED, LOST)
_TEXTS, _PERHAPS = ("job", "module", "view_id", "asked"), ("job_id", "territory_id")
_NOTHING: dict[str, Any] = {
    **dict.fromkeys(("job", "view_id", "overwrite", "territory_id", "include_child", "asked", "place")),
    **dict.fromkeys(("job_id", "status", "receipt")),
    "sets": [],
    "state": PREPARED,
}


@dataclass(slots=True)
class KeptJob:
    """A job in a folder of its own, beside those of runs; `facts` are what `job.json` holds.

    folder: None for a job that somebody else asked for, of which nothing is kept.
    """

    folder: RunFolder | None
    facts: dict[str, Any]

    @classmethod
    def new(cls, runs_dir: Path, wanted: ViewUpdate, place: Place, receipt: Path | None = None) -> KeptJob:
        """Write down that this job is to be asked for; `about_to_ask` says when.

        receipt: the file that is to tell of its records. Raises UsageError when it can't be written.
        """
        asked = datetime.now(UTC)
        folder = RunFolder.new(runs_dir, wanted.module, asked)
        facts = {
            "job": folder.name,
            "module": wanted.module,
            "view_id": wanted.view_id,
            "sets": list(settings(wanted.values)),
            "overwrite": wanted.overwrite,
            "territory_id": wanted.territory_id,
            "include_child": wanted.include_child,
            "asked": asked.isoformat(timespec="milliseconds"),
            "place": asdict(place),
            "receipt": None if receipt is None else {"file": str(receipt.absolute()), "states": None},
        }
        kept = cls(folder, _NOTHING | facts)
        kept._must_keep(PREPARED)
        return kept

    @classmethod
    def of_others(cls, module: str, job_id: str) -> KeptJob:
        """A job that is not kept here."""
        return cls(None, _NOTHING | {"module": module, "job_id": job_id, "state": SCHEDULED})

    def about_to_ask(self) -> None:
        """Write down that the job is asked for next. Raises UsageError: then it must not be."""
        self._must_keep(ASKED)

    def _must_keep(self, state: str) -> None:
        try:
            self.keep(state=state)
        except OSError as error:
            self.discard()
            raise UsageError(
                f"What is known of the job can not be written down: {error.strerror}",
                fix="Make room for it, or choose another --runs-dir; nothing was asked for.",
            ) from error

    def keep(self, **more: object) -> None:
        """Add to the facts, on the disk when this returns. Raises OSError."""
        self.facts |= more
        if self.folder is None:
            return
        with atomic(_path(self.folder)) as new, new.open("w", encoding="ascii") as file:
            json.dump(self.facts, file, indent=2)
            file.flush()
            os.fsync(file.fileno())

    def discard(self) -> None:
        """Keep nothing of it, where nothing was asked for."""
        if self.folder is not None:
            self.folder.remove()

    @property
    def id(self) -> str | None:
        """The id that Zoho gave it, as far as it is known."""
        return self.facts["job_id"]  # type: ignore[no-any-return]

    @property
    def status(self) -> JobStatus | None:
        """The last status that was seen."""
        kept = self.facts["status"]
        return None if kept is None else JobStatus(**kept)

    @property
    def place(self) -> Place | None:
        """Where it was asked for, as far as that is known."""
        kept = self.facts["place"]
        return None if kept is None else Place(**kept)

    @property
    def owes_receipt(self) -> bool:
        """Whether a receipt was asked for and is not written yet."""
        receipt = self.facts["receipt"]
        return receipt is not None and receipt["states"] is None

    def command(self, what: str) -> str:
        """The command of `zcrm mass-update` that looks at it."""
        words = ["zcrm", "mass-update", what, str(self.id)]
        if self.folder is None:
            words += ["--module", self.facts["module"]]
        elif self.folder.path.parent != RUNS_DIR:
            words += ["--runs-dir", str(self.folder.path.parent)]
        return command_line(words)


def jobs_in(runs_dir: Path) -> tuple[list[KeptJob], list[Path]]:
    """The jobs that are kept there, the latest one last, and the files that can't be read."""
    found, unreadable = [], []
    for path in sorted(runs_dir.glob("*/job.json")):
        try:
            found.append(KeptJob(RunFolder(path.parent), _whole(json.loads(path.read_bytes()))))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            unreadable.append(path)
    return sorted(found, key=lambda kept: (kept.facts["asked"], kept.facts["job"])), unreadable


def find_job(runs_dir: Path, name: str | None) -> KeptJob | None:
    """The job of this id, or of this folder's name; the latest for None. None where there is none.

    The latest is one that runs or may run, where there is any: one that was refused is no job.
    Raises UsageError where it may be one whose file can't be read.
    """
    jobs, unreadable = jobs_in(runs_dir)
    if doubtful := [path for path in unreadable if name in (None, path.parent.name)]:
        raise UsageError(
            f"{doubtful[0]} can not be read: the job that is meant may be that one",
            fix="Give the id of the job that is meant, with --module, or remove that file.",
        )
    if name is None:
        found = [kept for kept in jobs if kept.facts["state"] in (ASKED, SCHEDULED, LOST)] or jobs
    else:
        found = [kept for kept in jobs if name in (kept.id, kept.facts["job"])]
    return found[-1] if found else None


def _whole(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts; raises for those that are not of a job."""
    whole = {**_NOTHING, **facts}
    Place(**whole["place"])
    parse_settings(whole["sets"])
    texts = [*(whole[key] for key in _TEXTS), *(whole[key] for key in _PERHAPS if whole[key] is not None)]
    status = dict(whole["status"] or {})
    if status:
        JobStatus(**status)
        texts.append(status.pop("state"))
    if whole["receipt"] is not None:
        texts.append(whole["receipt"]["file"])
    numbers = all(type(count) is int for count in status.values())
    if not (numbers and all(isinstance(text, str) for text in texts) and whole["state"] in _STATES):
        raise ValueError("this is no job")
    return whole


def _path(folder: RunFolder) -> Path:
    return folder.path / "job.json"
