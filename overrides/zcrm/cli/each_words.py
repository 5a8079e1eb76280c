"""The command that is run for each org: whether it can be, and how it is put for one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from zcrm.errors import UsageError
from zcrm.files.content import is_stream

__all__ = ["Command", "parsed"]

_OURS = ("profile", "runs_dir", "run_name", "resume_if_exists")


@dataclass(frozen=True, slots=True)
class Command:
    """A command that makes runs. verb: its words, such as `records update`. rest: what is said to it."""

    verb: tuple[str, ...]
    rest: tuple[str, ...]
    options: Mapping[str, Any]

    def as_run(self, profile: str, runs_dir: str, run_name: str) -> list[str]:
        """The words that make or go on with the run of this name, and tell of it as JSON."""
        sign_in = [] if self.options.get("simulator") else ["--profile", profile]
        own = [*sign_in, "--runs-dir", runs_dir, "--run-name", run_name, "--resume-if-exists", "--json"]
        return [*self.verb, *own, *self.rest]


def parsed(context: typer.Context, words: Sequence[str]) -> Command:
    """The command that these words are, by the application that the context is of.

    Raises UsageError for one that makes no runs which can be gone on with, and what typer raises for words
    that it does not understand.
    """
    command: Any = context.find_root().command
    verb: list[str] = []
    rest = list(words)
    while hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            said = " ".join([*verb, *rest[:1]])
            raise UsageError(
                f"{said!r} is no command of zcrm", fix="Say after --, for instance: records update …"
            )
        command = command.commands[rest[0]]
        verb.append(rest.pop(0))
    understood = command.make_context(" ".join(verb), list(rest), parent=context.find_root())
    options = understood.params
    if not options.keys() >= {"profile", "run_name", "resume_if_exists"}:
        raise UsageError(
            f"zcrm {' '.join(verb)} makes no run, so that it can't be told whether to do it again",
            fix="Take records update, mass-update ids, or what changes appointments by a file.",
        )
    for name in _OURS:
        source = understood.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option} is for zcrm each to say", fix="Leave it out, or put it before the --."
            )
    if is_stream(str(options.get("file", ""))):
        what = "Standard input" if options["file"] == "-" else options["file"]
        raise UsageError(f"{what} can't be read once for each org", fix="Name a file.")
    return Command(tuple(verb), tuple(rest), options)
