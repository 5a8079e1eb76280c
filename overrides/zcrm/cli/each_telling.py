"""How a command for many orgs ends: a table for people, facts for programs, one exit code."""

from collections.abc import Iterator, Mapping
from typing import Any

from zcrm.cli.each_kept import KeptEach
from zcrm.cli.each_orgs import Org
from zcrm.cli.output import answer
from zcrm.outcomes import STATES
from zcrm.runs.exits import Exit, strongest
from zcrm.runs.folder import RUNS_DIR
from zcrm.runs.request import command_line

__all__ = ["facts_of", "line_of", "lines_of"]


def facts_of(kept: KeptEach, *, interrupted: bool) -> dict[str, Any]:
    """What became of each org, as answer.schema.json has it."""
    codes = [_exit(code) for code in kept.exits.values()]
    code = strongest([Exit.INTERRUPTED, *codes] if interrupted else codes)
    goes_on = kept.left and not kept.came_to_nothing
    return answer(
        "each",
        kept.name,
        code,
        folder=str(kept.folder.path),
        orgs=[_facts(kept, org) for org in kept.orgs],
        next=[{"what": "To go on", "command": _resume(kept)}] if goes_on else [],
    )


def line_of(kept: KeptEach, org: Org) -> str:
    """How an org's process has ended."""
    facts = _facts(kept, org)
    ending = [f"exit {facts['exit_code']}"]
    ending += [f"{rows:,} {state}" for state, rows in (facts["states"] or {}).items() if rows]
    return f"{org.profile}: {', '.join(ending)}"


def lines_of(facts: Mapping[str, Any]) -> Iterator[str]:
    """The table, a line for each org; below it why some stopped, and how to go on."""
    orgs = facts["orgs"]
    states = [state for state in STATES if any((org["states"] or {}).get(state) for org in orgs)]
    table = [["profile", "exit", "rows", *states, "run"]]
    for org in orgs:
        numbers = [org["rows"], *((org["states"] or {}).get(state) for state in states)]
        cells = ["" if number is None else f"{number:,}" for number in (org["exit_code"], *numbers)]
        table.append([org["profile"], *cells, org["folder"] or ""])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for profile, *numbers, run in table:
        cells = [number.rjust(width) for number, width in zip(numbers, widths[1:-1], strict=True)]
        yield "  ".join([profile.ljust(widths[0]), *cells, run]).rstrip()
    reasons: dict[tuple[str, str], list[str]] = {}
    for org in orgs:
        reasons.setdefault((org["why"], org["fix"]), []).append(org["profile"])
    for (why, fix), profiles in reasons.items():
        if why:
            yield f"{', '.join(profiles)}: {why}"
            if fix:
                yield f"  Fix: {fix}"
    if facts["next"]:
        yield f"What each of them said: {facts['folder']}"
    for step in facts["next"]:
        yield f"{step['what']}:"
        yield f"  {step['command']}"


def _facts(kept: KeptEach, org: Org) -> dict[str, Any]:
    code, said, run = kept.exits.get(org.profile), kept.answer(org), kept.run(org)
    facts = {
        "profile": org.profile,
        "exit_code": None if code is None else int(_exit(code)),
        "finished": org not in kept.left,
        "run": run.name if run.path.is_dir() else None,
        "folder": str(run.path) if run.path.is_dir() else None,
        "rows": said.get("rows"),
        "states": said.get("states"),
        "log": str(kept.log(org)),
    }
    return facts | _reason(code, said)


def _resume(kept: KeptEach) -> str:
    words = ["zcrm", "each", "--resume", kept.name]
    return command_line(words if kept.runs_dir == RUNS_DIR else [*words, "--runs-dir", str(kept.runs_dir)])


def _reason(code: int | None, said: Mapping[str, Any]) -> dict[str, str]:
    """Why it stopped, where it did, and what to do about it."""
    if code is None:
        return {"why": "not begun", "fix": ""}
    if code < 0:
        return {"why": f"died by signal {-code}", "fix": ""}
    error = said.get("error")
    if not isinstance(error, dict):
        return {"why": str(said.get("stop_rule") or ""), "fix": ""}
    words = (error.get("code"), error.get("message"))
    return {"why": ": ".join(str(word) for word in words if word), "fix": str(error.get("fix") or "")}


def _exit(code: int) -> Exit:
    """A process that died, or ended in a way that zcrm has not, is something nobody expected."""
    try:
        return Exit(code)
    except ValueError:
        return Exit.UNEXPECTED
