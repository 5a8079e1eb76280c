"""Runs the commands so that a person reads words, whatever a command ends with."""

import io
import re
import sys
import traceback
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import typer

from zcrm.cli.output import complain, failed, write_json
from zcrm.runs.exits import Exit

__all__ = ["run"]

_EMPTY = re.compile(r"--[a-z-]+=")


def run(app: typer.Typer) -> int:
    """Do what the command line says and return the exit code; with --json there is an answer in any case.

    What nobody expected is told in two lines; in Python's development mode it is raised.
    """
    try:
        _refuse_empty_words(sys.argv)
        return int(app(prog_name="zcrm", standalone_mode=False) or Exit.OK)
    except typer.Abort as error:
        complain(["Aborted!"])
        return _answered(Exit.UNEXPECTED, error, "Aborted")
    except Exception as error:
        if hasattr(error, "show"):
            return _refused(error)
        if sys.flags.dev_mode:
            raise
        first, fix = _unexpected(error)
        complain([f"Error: {first}", f"Fix: {fix}"])
        return _answered(Exit.UNEXPECTED, error, first, fix)


def _refuse_empty_words(words: Sequence[str]) -> None:
    """An option that a variable is for which nobody has set means something, but nobody knows what."""
    for before, word in pairwise(words):
        if (not word and before != "--null") or _EMPTY.fullmatch(word):
            raise typer.BadParameter(
                "is empty: leave it out, or say what is meant", param_hint=word or before
            )


def _answered(code: int, error: Exception, message: str, fix: str = "") -> int:
    if "--json" in sys.argv:
        write_json(failed(code, message, type=type(error).__name__, fix=fix))
    return code


def _refused(error: Exception) -> int:
    """What typer itself refuses brings its own words and exit code."""
    words = io.StringIO()
    error.show(file=words)  # type: ignore[attr-defined]
    complain(words.getvalue().removesuffix("\n").split("\n"))
    format_message = getattr(error, "format_message", lambda: str(error))
    return _answered(int(getattr(error, "exit_code", Exit.USAGE)), error, format_message())


def _unexpected(error: Exception) -> tuple[str, str]:
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}, line {place.lineno}"
    return (
        f"unexpected: {type(error).__name__}: {error} ({where})",
        "report it; with PYTHONDEVMODE=1 the command shows where it comes from.",
    )
