"""Options that several commands share, and how their texts are read."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

__all__ = [
    "RUNS_DIR",
    "Concurrency",
    "CreditsReserve",
    "DataCenter",
    "Environment",
    "Events",
    "FieldsFolder",
    "Json",
    "LogFile",
    "MaxErrors",
    "MinRows",
    "ProfileName",
    "ResumeIfExists",
    "RunName",
    "RunsDir",
    "SetValue",
    "Verbose",
    "WaitForCredits",
    "Yes",
    "check_module",
    "parse_loads",
    "parse_triggers",
    "parse_values",
]

if TYPE_CHECKING:
    from zcrm.rows.options import Trigger
    from zcrm.runs.request import Load

RUNS_DIR = Path("zcrm-runs")

_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

RunsDir = Annotated[Path, typer.Option(metavar="DIR", help="Where the folders of runs are.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say what becomes of every call.")]
LogFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Log calls, retries and waits to this file.")
]
Events = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Append what happens to this file, a JSON object a line."),
]
WaitForCredits = Annotated[
    bool,
    typer.Option(
        "--wait-for-credits", help="Where the day's API credits are used up, wait for more, then go on."
    ),
]
ProfileName = Annotated[
    str | None, typer.Option(metavar="NAME", help="Whose sign-in; needed where there are several.")
]
DataCenter = Annotated[
    str | None, typer.Option(metavar="NAME", help="us, eu, in, au, cn, jp, ca, sa, uk or ae.")
]
Environment = Annotated[str | None, typer.Option(metavar="NAME", help="production, sandbox or developer.")]
RunName = Annotated[
    str | None, typer.Option(metavar="NAME", help="What to call the run; made of module and time else.")
]
ResumeIfExists = Annotated[
    bool,
    typer.Option(
        "--resume-if-exists",
        help="Go on with the run of that name, if there is one, unless a rule stopped it.",
    ),
]
MaxErrors = Annotated[
    str | None, typer.Option(metavar="N|N%", help="Stop when more rows than that were refused.")
]
MinRows = Annotated[int | None, typer.Option(metavar="N", help="Refuse a file of fewer rows.")]
CreditsReserve = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="Stop when the day has no more credits left than that."),
]
Concurrency = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Calls in flight at most; by default 10.")
]
FieldsFolder = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|none",
        help="The module's fields, as `zcrm fields pull` wrote them; ./zcrm-fields where it has them.",
        show_default=False,
    ),
]
SetValue = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="What to set, as Stage=Closed Won, Amount:decimal=12.50 or Tags:list=A;B. Required.",
        show_default=False,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Write the answer to standard output as JSON.")]


def parse_triggers(text: str | None) -> "tuple[Trigger, ...] | None":
    """Read `none`, `all` or a comma list; gives () for none and None for all, as the client takes them.

    Raises a usage error for anything else, a missing choice included.
    """
    from zcrm.rows.options import Trigger

    known: tuple[Trigger, ...] = get_args(Trigger)
    if text is None:
        raise typer.BadParameter(
            f"say which automations this write may fire: none, all, or a list of {', '.join(known)}. "
            "There is no default, because a workflow may mail every customer in the file.",
            param_hint="--triggers",
        )
    if text == "none":
        return ()
    if text == "all":
        return None
    names = {name.strip() for name in text.split(",")}
    for unknown in sorted(names.difference(known)):
        raise typer.BadParameter(
            f"{unknown!r} is no automation; choose none, all, or some of {', '.join(known)}",
            param_hint="--triggers",
        )
    return tuple(name for name in known if name in names)


def parse_loads(texts: Sequence[str], option: str) -> "tuple[Load, ...]":
    """Read `MODULE=FILE` texts; raises a usage error that names the option."""
    from zcrm.runs.request import Load

    loads = []
    for text in texts:
        module, equals, path = text.partition("=")
        if not (module and equals and path):
            raise typer.BadParameter(f"{text!r} is not of the form MODULE=FILE", param_hint=option)
        loads.append(Load(module, path))
    return tuple(loads)


def parse_values(texts: Sequence[str]) -> "dict[str, object]":
    """Read what `--set` gives; raises a usage error for what can't be read."""
    from zcrm.files.problems import CellError
    from zcrm.files.settings import parse_settings

    try:
        return parse_settings(texts)
    except CellError as error:
        raise typer.BadParameter(f"{error.problem}; {error.fix}", param_hint="--set") from error


def check_module(text: str) -> None:
    """Raise a usage error for what can be no API name of a module."""
    if not _API_NAME.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is no API name of a module", param_hint="MODULE")
