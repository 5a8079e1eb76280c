"""The journal of a run that exists: the one it was left with, or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from time import time
from typing import Any

from ..errors import UsageError
from .folder import RunFolder
from .journal import Journal, JournalFailed

__all__ = ["journal_of"]

_FIX = "Bring back the folder of the run as it was left, with all its files; nothing was sent now."


def journal_of(
    folder: RunFolder, mark: Mapping[str, Any], calls: int, clock: Callable[[], float] = time
) -> Journal:
    """The journal that a run's `run.json` tells of, by this mark and after so many calls.

    clock: seconds since 1970.

    Raises UsageError for one that is gone, damaged, a newer zcrm's, another run's or older than `run.json`:
    what was sent can't be told by it; JournalFailed where it can't be written.
    """
    if not folder.journal.is_file():
        raise _lost(folder, "is gone")
    try:
        journal = Journal(folder.journal, clock)
    except JournalFailed as error:
        if error.is_damage:
            raise _lost(folder, f"is damaged ({error.__cause__})") from error
        raise
    try:
        found = journal.mark
        if found["identity"] != mark["identity"]:
            raise _lost(folder, "is not this run's")
        if found["session"] < mark["session"] or journal.calls < calls:
            raise _lost(folder, "is older than run.json")
        if damage := journal.damage():
            raise _lost(folder, f"is damaged ({damage})")
    except sqlite3.Error as error:
        journal.close()
        raise _lost(folder, f"is damaged ({error})") from error
    except BaseException:
        journal.close()
        raise
    return journal


def _lost(folder: RunFolder, why: str) -> UsageError:
    return UsageError(f"{folder.journal} {why}: what was sent can not be told", fix=_FIX)
