"""Runs the commands so that a person reads words, whatever a command ends with."""

import io
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import typer

from zcrm.cli.output import complain, no_run, write_json
from zcrm.runs.exits import Exit

__all__ = ["run"]


def run(app: typer.Typer) -> int:
    """Do what the command line says and return the exit code.

    What nobody expected is told in two lines; in Python's development mode it is raised.
    """
    try:
        return int(app(prog_name="zcrm", standalone_mode=False) or Exit.OK)
    except typer.Abort:
        complain(["Aborted!"])
    except Exception as error:
        if hasattr(error, "show"):
            return _refused(error)
        if sys.flags.dev_mode:
            raise
        complain(_unexpected(error))
    return Exit.UNEXPECTED


def _refused(error: Exception) -> int:
    """What typer itself refuses brings its own words and exit code."""
    words = io.StringIO()
    error.show(file=words)  # type: ignore[attr-defined]
    complain(words.getvalue().removesuffix("\n").split("\n"))
    code = int(getattr(error, "exit_code", Exit.USAGE))
    if "--json" in sys.argv:
        write_json(no_run(code, getattr(error, "message", "")))
    return code


def _unexpected(error: Exception) -> Iterator[str]:
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}, line {place.lineno}"
    yield f"Error: unexpected: {type(error).__name__}: {error} ({where})"
    yield "Fix: report it; with PYTHONDEVMODE=1 the command shows where it comes from."
