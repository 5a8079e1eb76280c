"""Options that several commands share, and how their texts are read."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import list2cmdline
from typing import TYPE_CHECKING, get_args

import typer

from zcrm.files.shown import hides

__all__ = ["Load", "automations", "command_line", "parse_loads", "parse_triggers"]

if TYPE_CHECKING:
    from zcrm.rows.options import Trigger


@dataclass(frozen=True, slots=True)
class Load:
    """Records for a simulator: a module and the file that holds them."""

    module: str
    path: str

    def __str__(self) -> str:
        return f"{self.module}={self.path}"


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


def automations(triggers: Sequence[str] | None) -> str:
    """Return the choice of automations as it is typed."""
    return "all" if triggers is None else ",".join(triggers) or "none"


def parse_loads(texts: Sequence[str], option: str) -> tuple[Load, ...]:
    """Read `MODULE=FILE` texts; raises a usage error that names the option."""
    loads = []
    for text in texts:
        module, equals, path = text.partition("=")
        if not (module and equals and path):
            raise typer.BadParameter(f"{text!r} is not of the form MODULE=FILE", param_hint=option)
        loads.append(Load(module, path))
    return tuple(loads)


def command_line(words: Sequence[str | Path]) -> str:
    """Return the words as one line that the shell of this system reads back as they are.

    What `zcrm.files.shown` would escape is escaped already, the way a shell undoes it.
    """
    if sys.platform == "win32":
        return list2cmdline([str(word) for word in words])
    return " ".join(_quoted(str(word)) for word in words)


def _quoted(word: str) -> str:
    if not hides(word):
        return shlex.quote(word)
    plain = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{''.join(_bytes(char) if hides(char) else char for char in plain)}'"


def _bytes(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
