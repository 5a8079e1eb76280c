"""Standard output and standard error, which may be closed, or not be read any more."""

import os
import sys
from typing import Any, TextIO, cast

__all__ = ["drop", "hold_descriptors", "let_go", "stderr"]


class _Stderr:
    """Standard error; what can not be written is dropped: nobody's silence stops a write."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            drop(self._stream)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            drop(self._stream)


def stderr() -> TextIO:
    """Where text for people goes."""
    return cast("TextIO", _Stderr(sys.stderr))


def drop(stream: TextIO) -> None:
    """Let all that is written to the stream from now on vanish."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError):
        return
    finally:
        os.close(nowhere)


def hold_descriptors() -> None:
    """Put something where a standard stream is closed: a file opened later must not take its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115


def let_go() -> None:
    """Write out what is left; where nobody reads it any more, it is dropped."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            drop(stream)
