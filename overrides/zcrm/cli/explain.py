"""`zcrm explain`: what an error means and what to do about it, offline."""

from typing import TYPE_CHECKING, Annotated

import typer

from zcrm.cli.output import answer, complain, failed, paragraphs, write, write_json
from zcrm.runs.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zcrm_api.error_table import ErrorEntry

__all__ = ["explain"]


def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE|WORDS",
            help="Error code, e.g. INVALID_DATA, with #CASE as a fix names it; or words of its message.",
        ),
    ] = None,
    operation: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only as this operation answers it, e.g. update_records."),
    ] = None,
    every: Annotated[bool, typer.Option("--list", help="List all codes.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Write it to standard output as JSON.")] = False,
) -> None:
    """Say what an error code means, where it occurs, what to do, and what zcrm does about it.

    In place of the code there may be words: of the message that Zoho gave, or of what happened.
    """
    from zcrm.cli.catalogue import codes, named, near, told
    from zcrm_api.error_table import ENTRIES

    if every == bool(words):
        raise _refused("give an error code, words of its message, or --list", as_json=json)
    given = " ".join(words or ())
    entries = list(ENTRIES) if every else named(given) or told(given)
    if not entries:
        known = near(given, {entry.code for entry in ENTRIES} | {entry.message for entry in ENTRIES})
        hint = f"did you mean {' · '.join(known)}?" if known else f"there are: {', '.join(codes())}"
        raise _refused(f"{given!r} is not documented; {hint}", as_json=json)
    if operation is not None:
        names = {name for entry in entries for name in entry.operations}
        if operation not in names:
            hint = f"did you mean {', '.join(near(operation, names) or sorted(names))}?"
            problem = f"{operation!r} is no operation documented to answer {given or 'anything'}"
            raise _refused(f"{problem}; {hint}", as_json=json)
        entries = [entry for entry in entries if operation in entry.operations]
    if json:
        write_json(answer("codes", codes=[_facts(entry) for entry in entries]))
    elif every:
        write(_overview(entries))
    else:
        write(paragraphs(map(_lines, entries)))


def _refused(problem: str, *, as_json: bool) -> typer.Exit:
    complain([f"Error: {problem}"])
    if as_json:
        write_json(failed(Exit.USAGE, problem))
    return typer.Exit(Exit.USAGE)


def _facts(entry: "ErrorEntry") -> dict[str, object]:
    from zcrm.cli.catalogue import address

    return {**entry._asdict(), "handling": handling(entry), "address": address(entry)}


def _overview(entries: "list[ErrorEntry]") -> "Iterator[str]":
    """A line for each code: its statuses, and what it means where it means one thing."""
    by_code: dict[str, list[ErrorEntry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.code.upper()):
        by_code.setdefault(entry.code, []).append(entry)
    for code, same in by_code.items():
        statuses = ", ".join(sorted({str(entry.status) for entry in same}))
        means = same[0].meaning if len(same) == 1 else f"{len(same)} cases"
        yield f"{code:<34}  {statuses:<13}  {means}"


def _lines(entry: "ErrorEntry") -> "Iterator[str]":
    from zcrm.cli.catalogue import address

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
    yield f"  Docs:    {address(entry)}"


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
