"""What a run came to: as facts for programs, as lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import (
    AnswerLost,
    AuthError,
    ConnectionFailed,
    JobAlreadyRunning,
    LimitReached,
    NotFound,
    SharedStateLost,
    UsageError,
    WaitTimeout,
    ZohoError,
)
from ..files.tables import BadFile
from ..outcomes import STATES, State
from .exits import Exit, strongest
from .journal import FLYING, Journal, JournalFailed

__all__ = ["Next", "Reason", "Report", "counted", "exit_for", "exit_of_error", "facts_of_error"]

_RIGHTS = ("NO_PERMISSION", "AUTHORIZATION_FAILED")


@dataclass(frozen=True, slots=True)
class Next:
    """Something left to do, and the command for it."""

    what: str
    command: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Rows that ended the same way, for the same reason."""

    state: State
    code: str | None
    field: str | None
    fix: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The end of a run, over all its sessions."""

    run: str
    folder: Path
    files: dict[State, Path]
    rows: int
    reasons: list[Reason]
    resent: int
    cleared: int
    calls: int
    credits: int
    retries: int
    seconds: float
    forecast_calls: int
    forecast_credits: int
    exit: Exit
    error: Mapping[str, Any] | None = None
    stop_rule: str | None = None
    unwritten: str | None = None
    next: list[Next] = field(default_factory=list)

    @property
    def states(self) -> dict[State, int]:
        """Rows by state, all six present."""
        return {state: sum(r.rows for r in self.reasons if r.state == state) for state in STATES}

    def facts(self) -> dict[str, Any]:
        """The run's end as JSON can carry it."""
        codes: Counter[tuple[State, str | None]] = Counter()
        fixes: dict[tuple[State, str | None], list[str]] = {}
        for reason in self.reasons:
            codes[reason.state, reason.code] += reason.rows
            known = fixes.setdefault((reason.state, reason.code), [])
            if reason.fix and reason.fix not in known:
                known.append(reason.fix)
        return {
            "run": self.run,
            "folder": str(self.folder),
            "rows": self.rows,
            "states": self.states,
            "codes": [
                {"state": key[0], "code": key[1], "rows": rows, "fixes": fixes[key]}
                for key, rows in codes.most_common()
            ],
            "reasons": [
                {"state": r.state, "code": r.code, "field": r.field, "fix": r.fix, "rows": r.rows}
                for r in self.reasons
                if r.state != "updated"
            ],
            "calls": self.calls,
            "credits": self.credits,
            "credits_are_assumed": True,
            "forecast": {"calls": self.forecast_calls, "credits": self.forecast_credits},
            "rows_sent_twice": self.resent,
            "values_cleared": self.cleared,
            "retries": self.retries,
            "seconds": round(self.seconds, 3),
            "exit_code": int(self.exit),
            "error": self.error,
            "stop_rule": self.stop_rule,
            "unwritten": self.unwritten,
            "files": {state: str(path) for state, path in self.files.items()},
            "next": [{"what": step.what, "command": step.command} for step in self.next],
        }

    def lines(self) -> Iterator[str]:
        """The run's end as people read it."""
        states = ", ".join(f"{rows:,} {state}" for state, rows in self.states.items() if rows)
        if self.error is not None:
            code, fix = self.error["code"], self.error["fix"]
            yield f"Stopped: {f'{code}: ' if code else ''}{self.error['message']}"
            if fix:
                yield f"Fix: {fix}"
        if self.stop_rule is not None:
            yield f"Stopped by a rule: {self.stop_rule}"
        yield f"Rows: {self.rows:,}{f' ({states})' if states else ''}"
        for reason in self.reasons:
            if reason.state != "updated":
                why = " · ".join(filter(None, [reason.state, reason.code, reason.field]))
                yield f"  {reason.rows:,} {why}"
                if reason.fix:
                    yield f"    Fix: {reason.fix}"
        yield (
            f"Calls: {self.calls:,}, credits: {self.credits:,} (assumed), "
            f"rows sent twice: {self.resent:,}, values cleared: {self.cleared:,}, "
            f"seconds: {self.seconds:.1f}"
        )
        yield f"Forecast: {self.forecast_calls:,} calls, {self.forecast_credits:,} credits"
        if self.unwritten is not None:
            yield self.unwritten
        else:
            yield f"Run {self.run}, its files in {self.folder}:"
            for state, path in self.files.items():
                yield f"  {path.name:<15} {self.states[state]:>9,}"
        for step in self.next:
            yield f"{step.what}:"
            yield f"  {step.command}"


def counted(journal: Journal, rows: int, why: Mapping[str, Any] | None) -> list[Reason]:
    """The rows of a run by what became of them; rows without a word in the journal are `unsent`."""
    reasons: Counter[tuple[State, str | None, str | None, str]] = Counter()
    for state, code, about, fix, number in journal.counts():
        reasons["unknown" if state == FLYING else state, code, about, fix] += number
    if never_sent := rows - reasons.total():
        cause = why or {}
        reasons["unsent", cause.get("code"), None, cause.get("fix") or ""] += never_sent
    return [Reason(*key, number) for key, number in reasons.most_common()]


def facts_of_error(error: Exception) -> dict[str, Any]:
    """An error as JSON can carry it."""
    return {
        "type": type(error).__name__,
        "code": getattr(error, "code", None),
        "message": getattr(error, "message", None) or str(error),
        "http_status": getattr(error, "http_status", None),
        "fix": getattr(error, "fix", ""),
    }


def exit_of_error(error: Exception) -> Exit:
    """The exit code for what stopped a command.

    A user without rights counts as a matter of sign-in; any other answer that no later call can escape, such
    as an unknown module, as a wrong use of the command.
    """
    match error:
        case AuthError():
            return Exit.SIGN_IN
        case LimitReached() | ConnectionFailed() | JobAlreadyRunning() | SharedStateLost() | JournalFailed():
            return Exit.LATER
        case AnswerLost():
            return Exit.UNKNOWN_ROWS
        case WaitTimeout():
            return Exit.WAIT_OVER
        case UsageError() | NotFound() | BadFile():
            return Exit.USAGE
        case ZohoError(code=str(code), http_status=int(status)) if 400 <= status < 500:
            return Exit.SIGN_IN if code in _RIGHTS else Exit.USAGE
        case ZohoError(http_status=int(status)) if status >= 500:
            return Exit.LATER
    return Exit.UNEXPECTED


def exit_for(
    states: Mapping[State, int],
    error: Exception | None = None,
    *,
    interrupted: bool = False,
    stop_rule: bool = False,
    unwritten: bool = False,
) -> Exit:
    """The exit code for a run that ended so."""
    codes = [
        (Exit.INTERRUPTED, interrupted),
        (Exit.STOP_RULE, stop_rule),
        (Exit.LATER, unwritten),
        (Exit.UNKNOWN_ROWS, states["unknown"]),
        (Exit.ROWS_REFUSED, states["rejected"] or states["conflict"]),
    ]
    happened = [code for code, applies in codes if applies]
    return strongest([*happened, exit_of_error(error)] if error is not None else happened)
