"""What a run came to: as facts for programs, as lines for people."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from zcrm.cli.exits import Exit, strongest
from zcrm.errors import AuthError, LimitReached, UsageError, ZohoError
from zcrm.files.tables import BadFile
from zcrm.outcomes import State, Summary

__all__ = ["Next", "Report", "exit_for", "exit_of_error"]

_RIGHTS = ("NO_PERMISSION", "AUTHORIZATION_FAILED")


@dataclass(frozen=True, slots=True)
class Next:
    """Something left to do, and the command for it."""

    what: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The end of a run."""

    run: str
    folder: Path
    files: dict[State, Path]
    summary: Summary
    exit: Exit
    error: Exception | None = None
    next: list[Next] = field(default_factory=list)

    def facts(self) -> dict[str, object]:
        """Return the run's end as JSON can carry it."""
        summary = self.summary
        return {
            "run": self.run,
            "folder": str(self.folder),
            "rows": summary.rows,
            "states": dict(summary.states),
            "codes": [
                {"state": state, "code": code, "rows": rows, "fixes": summary.fixes.get(code or "", [])}
                for (state, code), rows in summary.codes.most_common()
            ],
            "calls": summary.calls,
            "credits": summary.credits,
            "credits_are_assumed": True,
            "rows_sent_twice": summary.resent,
            "values_cleared": summary.cleared,
            "retries": summary.retries,
            "seconds": round(summary.seconds, 3),
            "exit_code": int(self.exit),
            "error": None if self.error is None else _error_facts(self.error),
            "files": {state: str(path) for state, path in self.files.items()},
            "next": [{"what": step.what, "command": step.command} for step in self.next],
        }

    def lines(self) -> Iterator[str]:
        """Yield the run's end as people read it."""
        summary = self.summary
        states = ", ".join(f"{rows:,} {state}" for state, rows in summary.states.items() if rows)
        if self.error is not None:
            yield from _error_lines(self.error)
        yield f"Rows: {summary.rows:,}{f' ({states})' if states else ''}"
        for (state, code), rows in summary.codes.most_common():
            if state != "updated":
                yield f"  {rows:,} {state}{f' · {code}' if code else ''}"
                for fix in summary.fixes.get(code or "", []):
                    yield f"    Fix: {fix}"
        yield (
            f"Calls: {summary.calls:,}, credits: {summary.credits:,} (assumed), "
            f"rows sent twice: {summary.resent:,}, values cleared: {summary.cleared:,}, "
            f"seconds: {summary.seconds:.1f}"
        )
        yield f"Run {self.run}, its files in {self.folder}:"
        for state, path in self.files.items():
            yield f"  {path.name:<15} {summary.states[state]:>9,}"
        for step in self.next:
            yield f"{step.what}:"
            yield f"  {step.command}"


def _error_facts(error: Exception) -> dict[str, object]:
    if isinstance(error, ZohoError):
        return {
            "code": error.code,
            "message": error.message,
            "http_status": error.http_status,
            "fix": error.fix,
        }
    return {"code": None, "message": str(error), "http_status": None, "fix": ""}


def _error_lines(error: Exception) -> Iterator[str]:
    code = getattr(error, "code", None)
    yield f"Stopped: {f'{code}: ' if code else ''}{getattr(error, 'message', error)}"
    if fix := getattr(error, "fix", ""):
        yield f"Fix: {fix}"


def exit_of_error(error: Exception) -> Exit:
    """Return the exit code for what stopped a command.

    A user without rights counts as a matter of sign-in; any other answer that no later call can escape, such
    as an unknown module, as a wrong use of the command.
    """
    match error:
        case AuthError():
            return Exit.SIGN_IN
        case LimitReached():
            return Exit.LIMIT
        case UsageError() | BadFile():
            return Exit.USAGE
        case ZohoError(code=str(code), http_status=int(status)) if 400 <= status < 500:
            return Exit.SIGN_IN if code in _RIGHTS else Exit.USAGE
    return Exit.UNEXPECTED


def exit_for(summary: Summary, error: Exception | None, *, interrupted: bool) -> Exit:
    """Return the exit code for a run that ended so."""
    states = summary.states
    codes = [
        (Exit.INTERRUPTED, interrupted),
        (Exit.UNKNOWN_ROWS, states["unknown"]),
        (Exit.ROWS_REFUSED, states["rejected"] or states["conflict"]),
    ]
    happened = [code for code, applies in codes if applies]
    return strongest([*happened, exit_of_error(error)] if error is not None else happened)
