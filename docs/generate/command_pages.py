"""A page for each group of commands: usage, arguments and options, from the application itself."""

from collections.abc import Iterator
from typing import Any

import typer

from zcrm.cli.app import app


def pages() -> Iterator[tuple[str, str]]:
    """The overview, then a page for each command or group of commands."""
    root: Any = typer.main.get_command(app)
    rows = []
    for name, command in root.commands.items():
        commands = list(_commands(f"zcrm {name}", command))
        text = "\n".join([f"# zcrm {name}", "", *(line for each in commands for line in _section(*each))])
        yield f"reference/commands/{name}.md", f"{text}\n"
        for full, each in commands:
            anchor = full.replace(" ", "-")
            rows.append(f"| [`{full}`]({name}.md#{anchor}) | {each.help.partition(chr(10))[0]} |")
    head = ["# Commands", "", f"{root.help}", "", "| command | does |", "| --- | --- |"]
    yield "reference/commands/index.md", "\n".join([*head, *rows]) + "\n"


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    for inner, each in getattr(command, "commands", {}).items():
        yield from _commands(f"{name} {inner}", each)
    if not hasattr(command, "commands"):
        yield name, command


def _section(name: str, command: Any) -> Iterator[str]:
    context = typer.Context(command, info_name=name)
    yield from [f"## {name} {{ #{name.replace(' ', '-')} }}", "", command.help, ""]
    yield from ["```text", command.get_usage(context).removeprefix("Usage: "), "```", ""]
    yield from ["| argument or option | meaning |", "| --- | --- |"]
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None:
            meaning = " ".join(record[1].split()).replace("|", r"\|")
            yield f"| `{record[0]}` | {meaning} |"
    yield ""
