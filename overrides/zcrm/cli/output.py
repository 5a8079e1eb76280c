"""The standard streams as plain lines and JSON, in which nothing steers a terminal or fails to be encoded."""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from zcrm.cli.streams import drop
from zcrm.files.shown import shown

__all__ = ["answer", "complain", "degrade", "failed", "paragraphs", "write", "write_json"]


def degrade() -> None:
    """From here on, what the encoding of a standard stream can't hold is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def write(lines: Iterable[str]) -> None:
    """Write lines to standard output."""
    _write(sys.stdout, lines)


def write_json(facts: object) -> None:
    """Write facts to standard output as JSON, in ASCII, which every console can hold."""
    _write(sys.stdout, json.dumps(facts, indent=2).split("\n"))


def complain(lines: Iterable[str]) -> None:
    """Write lines to standard error."""
    _write(sys.stderr, lines)


def paragraphs(many: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of all paragraphs, an empty line between them."""
    for number, lines in enumerate(many):
        if number:
            yield ""
        yield from lines


def answer(kind: str, run: str | None = None, exit_code: int = 0, **more: object) -> dict[str, Any]:
    """An answer as answer.schema.json has it. kind: what it tells. more: what that kind has, and `error`."""
    return {"answer": kind, "run": run, "exit_code": int(exit_code), "error": None} | more


def failed(exit_code: int, message: str, **more: object) -> dict[str, Any]:
    """The answer of a command that did nothing; more: of the error."""
    error = {"type": None, "code": None, "message": message, "http_status": None, "fix": ""} | more
    return answer("failed", exit_code=exit_code, error=error)


def _write(stream: TextIO | None, lines: Iterable[str]) -> None:
    if stream is not None:
        try:
            stream.write("".join(f"{shown(line)}\n" for line in lines))
            stream.flush()
        except OSError:
            drop(stream)
