"""`zcrm schema`: what the command line writes for programs, as JSON Schema."""

from enum import StrEnum
from importlib.resources import files
from typing import Annotated

import typer

from zcrm.cli.output import write

__all__ = ["Schema", "schema"]


class Schema(StrEnum):
    """The schemas there are."""

    ANSWER = "answer"
    EVENT = "event"


def schema(
    name: Annotated[
        Schema, typer.Argument(help="answer: of --json. event: of a line that --events writes.")
    ] = Schema.ANSWER,
) -> None:
    """Print the JSON Schema of what --json answers, or of a line that --events writes."""
    write(files("zcrm.cli").joinpath(f"{name}.schema.json").read_text(encoding="utf-8").splitlines())
