"""`zcrm explain`: what an error means and what to do about it, offline."""

from typing import TYPE_CHECKING, Annotated

import typer

from zcrm.cli.output import answer, complain, failed, paragraphs, write, write_json
from zcrm.runs.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from zcrm_api.error_table import ErrorEntry

__all__ = ["explain"]


def explain(
    code: Annotated[str, typer.Argument(help="Error code, e.g. INVALID_DATA.")],
    operation: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only as this operation answers it, e.g. update_records."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write it to standard output as JSON.")] = False,
) -> None:
    """Say what an error code means, where it occurs, what to do, and what zcrm does about it."""
    from zcrm_api.error_table import ENTRIES

    entries = [entry for entry in ENTRIES if _plain(entry.code) == _plain(code)]
    if not entries:
        known = {entry.code for entry in ENTRIES}
        raise _unknown(f"code {code!r} is not documented", code.upper(), known, as_json=json)
    if operation is not None:
        known = {name for entry in entries for name in entry.operations}
        if operation not in known:
            problem = f"{operation!r} is no operation documented to answer {code}"
            raise _unknown(problem, operation, known, as_json=json)
        entries = [entry for entry in entries if operation in entry.operations]
    if json:
        facts = [{**entry._asdict(), "handling": handling(entry)} for entry in entries]
        write_json(answer("codes", codes=facts))
    else:
        write(paragraphs(map(_lines, entries)))


def _plain(code: str) -> str:
    return code.strip().upper().replace(" ", "_")


def _unknown(problem: str, given: str, known: "Collection[str]", *, as_json: bool) -> typer.Exit:
    from difflib import get_close_matches

    near = get_close_matches(given, known, n=5, cutoff=0.5)
    hint = f"near it: {', '.join(near)}" if near else f"there are: {', '.join(sorted(known))}"
    complain([f"Error: {problem}; {hint}"])
    if as_json:
        write_json(failed(Exit.USAGE, f"{problem}; {hint}"))
    return typer.Exit(Exit.USAGE)


def _lines(entry: "ErrorEntry") -> "Iterator[str]":
    where = {"request": "the whole call", "record": "one row", "both": "one row or the whole call"}[
        entry.level
    ]
    yield f"{entry.code} · HTTP {entry.status} · about {where}"
    yield f"  In:      {', '.join(entry.operations)}"
    if entry.message:
        yield f"  Says:    {entry.message}"
    yield f"  Means:   {entry.meaning}"
    yield f"  Fix:     {entry.fix}"
    yield f"  zcrm:    {handling(entry)}"
    yield f"  Source:  {entry.source}"


def handling(entry: "ErrorEntry") -> str:
    """Return in words what zcrm does on this error, as the table's flags have it."""
    from zcrm.engine.flows.sending import CONFLICT

    does = []
    if entry.retry:
        does.append("waits and sends the call again")
    if entry.fatal:
        does.append("stops the run; the rows not sent come out as unsent")
    if entry.isolate:
        does.append("finds the row that causes it and sends the others without it")
    if entry.isolate or not (does or entry.level == "request"):
        does.append(f"calls that row {'a conflict' if entry.code == CONFLICT else 'rejected'} and goes on")
    if not does:
        does.append("fails the call: an error is raised, or its rows come out as rejected")
    if entry.state_dependent:
        does.append("after a lost answer calls the row unknown, since an earlier try may have caused this")
    return "; ".join(does)
