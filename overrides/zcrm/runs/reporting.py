"""How a run stands, put together from its journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..outcomes import STATES, State
from .checks import Checked
from .folder import RunFolder
from .journal import Journal
from .report import Next, Report, counted, exit_for
from .request import Request
from .rules import canary_of

__all__ = ["Ending", "how_far", "matched", "report_of"]

_RETRY = "To send the rejected rows, once corrected"
_CONFLICT = "To send the rows that somebody else changed first, once compared, with a later time"
_RESUME = "To send the rest"
_UNKNOWN = "To send the rows whose answer was lost, once looked up in Zoho CRM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What ended a session of the run, as far as something did.

    error: what it raised; why: the same as facts. unwritten: what could not be written, in words.
    """

    error: Exception | None = None
    why: Mapping[str, Any] | None = None
    interrupted: bool = False
    stop_rule: str | None = None
    unwritten: str | None = None


def report_of(
    request: Request,
    folder: RunFolder,
    journal: Journal,
    checked: Checked,
    ending: Ending,
    *,
    files: dict[State, Path],
    environment: str,
) -> Report:
    """The report on a run, over all its sessions."""
    reasons = counted(journal, checked.rows, ending.why)
    states: dict[State, int] = {state: sum(r.rows for r in reasons if r.state == state) for state in STATES}
    sessions = journal.sessions()
    to_send = checked.to_send(once=request.kind.once)
    canary, above = canary_of(request.rules, environment)
    parts = [canary, to_send - canary] if canary and to_send > above else [to_send]
    return Report(
        run=folder.name,
        folder=folder.path,
        files=files,
        rows=checked.rows,
        reasons=reasons,
        resent=journal.resent(),
        cleared=sum(json.loads(session["ending"] or "{}").get("cleared", 0) for session in sessions),
        calls=sum(session["calls"] for session in sessions),
        credits=sum(session["credits"] for session in sessions),
        retries=sum(session["retries"] for session in sessions),
        seconds=sum((session["ended"] or session["started"]) - session["started"] for session in sessions),
        forecast_calls=sum(request.kind.calls(rows) for rows in parts),
        forecast_credits=sum(request.kind.credits(rows) for rows in parts),
        error=ending.why,
        stop_rule=ending.stop_rule,
        unwritten=ending.unwritten,
        exit=exit_for(
            states,
            ending.error,
            interrupted=ending.interrupted,
            stop_rule=ending.stop_rule is not None,
            unwritten=ending.unwritten is not None,
        ),
        next=_next(request, folder.name, states, files),
    )


def how_far(name: str, journal: Journal, rows: int, lost: int) -> str:
    """How far the record of a run goes, in words. lost: rows of which it could not be written down."""
    known = sum(reason.rows for reason in counted(journal, rows, None) if reason.state != "unsent")
    said = f"The record of run {name} holds {known:,} of {rows:,} rows; the others were not sent."
    if lost:
        said += f" What became of {lost:,} of these rows could not be written down: they count as unknown."
    return said


def matched(gone: Mapping[str, int], journal: Journal) -> Iterator[str]:
    """Yield what is worth saying of a changed input whose rows were matched by their ids.

    gone: rows that were sent and are not in it, by their states.
    """
    if gone:
        said = ", ".join(f"{rows:,} {state}" for state, rows in gone.items())
        yield f"sent before and no more in the file, so in no account from now on: {said}"
    if done := sum(
        rows for state, *_, rows in journal.counts() if state in ("updated", "rejected", "conflict")
    ):
        yield f"sent before and not sent again, whatever the file holds now: {done:,}"


def _next(request: Request, name: str, states: dict[State, int], files: dict[State, Path]) -> list[Next]:
    steps = []
    if states["unsent"]:
        steps.append(Next(_RESUME, request.runs_command("resume", name)))
    if states["rejected"]:
        steps.append(Next(_RETRY, request.command(files["rejected"])))
    if states["conflict"]:
        steps.append(Next(_CONFLICT, request.command(files["conflict"])))
    if states["unknown"]:
        steps.append(Next(_UNKNOWN, request.runs_command("resume", name, "--include-unknown")))
    return steps
