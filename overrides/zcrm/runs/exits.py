"""The exit codes, and which one a command ends with when several apply."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

__all__ = ["Exit", "strongest"]


class Exit(IntEnum):
    """What a process tells the one that started it."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    ROWS_REFUSED = 3
    SIGN_IN = 4
    LATER = 5
    UNKNOWN_ROWS = 6
    WAIT_OVER = 7
    STOP_RULE = 8
    INTERRUPTED = 130


_ORDER = (
    Exit.INTERRUPTED,
    Exit.UNEXPECTED,
    Exit.SIGN_IN,
    Exit.STOP_RULE,
    Exit.LATER,
    Exit.USAGE,
    Exit.UNKNOWN_ROWS,
    Exit.WAIT_OVER,
    Exit.ROWS_REFUSED,
    Exit.OK,
)


def strongest(codes: Iterable[Exit]) -> Exit:
    """Return the code that tells most: an interruption before all others, success only when alone."""
    return min(codes, key=_ORDER.index, default=Exit.OK)
