"""The rules by which a run stops, or does not start, although nothing is broken but perhaps the file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..outcomes import State
from .folder import RunFolder, folders
from .request import Request, Rules

__all__ = [
    "CANARY_ABOVE",
    "ErrorLimit",
    "Refused",
    "canary_of",
    "check_size",
    "check_stopped",
    "credits_reached",
    "share_of",
]

CANARY_ABOVE = 1_000
_CANARY = 10
_RESERVE = "--credits-reserve"
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


class Refused(UsageError):
    """A rule kept the run from being started."""


class ErrorLimit:
    """How many rows may be refused. Raises UsageError for a text that is neither a number nor a share."""

    def __init__(self, text: str | None, rows: int) -> None:
        self._text = text
        share = share_of(text) if text else None
        if text is not None and share is None and not text.isdecimal():
            raise UsageError(f"{text!r} is neither a number of rows nor a share such as 2% (--max-errors)")
        self._most = None if text is None else int(text) if share is None else int(rows * share)
        self.refused = 0

    def add(self, state: State) -> str | None:
        """Count a row; returns why to stop, if so."""
        if state in ("rejected", "conflict"):
            self.refused += 1
            if self._most is not None and self.refused > self._most:
                return f"more than {self._text} rows were refused (--max-errors)"
        return None


def share_of(text: str) -> float | None:
    """`2%` as a share of 1; None when it is no percentage."""
    found = _SHARE.fullmatch(text.strip())
    return float(found[1]) / 100 if found else None


def canary_of(rules: Rules, environment: str) -> tuple[int, int]:
    """How many rows go first, alone, and above how many rows."""
    if rules.canary is not None:
        return rules.canary, rules.canary
    return (_CANARY, CANARY_ABOVE) if environment == "production" else (0, 0)


def credits_reached(rules: Rules, left: float | None) -> str | None:
    """Why to stop, if so few credits of the day are left. left: None where that is not known."""
    reserve = rules.credits_reserve
    if reserve is None or left is None or left > reserve:
        return None
    return f"only {left:,} credits of the day are left ({_RESERVE} {reserve})"


def check_stopped(request: Request, folder: RunFolder) -> None:
    """Raise Refused for a run that a rule has stopped, but for one that waits for credits to come back.

    request: that of the one who would go on with it without having looked.
    """
    why = folder.facts().get("stop_rule")
    if why and _RESERVE not in why:
        resume = request.runs_command("resume", folder.name)
        raise Refused(
            f"Run {folder.name} was stopped by a rule: {why}",
            fix=f"Look at its files and at the input; to go on: {resume}",
        )


def check_size(request: Request, rows: int) -> None:
    """Raise Refused for a file with too few rows, too many, or far from as many as last time.

    Raises UsageError for rules that can't be read.
    """
    rules = request.rules
    ErrorLimit(rules.max_errors, rows)
    if rules.min_rows is not None and rows < rules.min_rows:
        raise Refused(
            f"{request.file} has {rows:,} rows, fewer than the {rules.min_rows:,} of --min-rows",
            fix="Look whether the export was cut short.",
        )
    if rules.max_rows is not None and rows > rules.max_rows:
        raise Refused(
            f"{request.file} has {rows:,} rows, more than the {rules.max_rows:,} of --max",
            fix="Take rows out of it, or raise --max.",
        )
    if rules.expect is None:
        return
    share = share_of(rules.expect)
    if share is None:
        raise UsageError(f"{rules.expect!r} is no share such as 10% (--expect)")
    before = _last_rows(request)
    if before is not None and abs(rows - before) > share * before:
        raise Refused(
            f"{request.file} has {rows:,} rows, the last finished run of it had {before:,}: "
            f"more than {rules.expect} apart (--expect)",
            fix="Look whether the export is whole.",
        )


def _last_rows(request: Request) -> int | None:
    for folder in reversed(folders(request.runs_dir)):
        facts: dict[str, Any] = folder.facts()
        kept = facts.get("request", {})
        same = (
            kept.get("module") == request.module
            and Path(kept.get("file", "")).name == Path(request.file).name
        )
        if same and facts.get("finished") and facts.get("exit_code") in (0, 3):
            return int(facts["rows"])
    return None
