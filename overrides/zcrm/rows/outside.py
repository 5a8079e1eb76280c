"""Whose fault an exception is, where the code of a caller's row runs."""

from __future__ import annotations

import signal
from functools import partial
from types import CodeType
from typing import Any


def raised_by_signal(error: BaseException) -> bool:
    """Whether a signal's handler raised it, such as a job queue's time limit, and not the code it struck."""
    handlers = {_code(signal.getsignal(number)) for number in signal.valid_signals()} - {None}
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code in handlers:
            return True
        traceback = traceback.tb_next
    return False


def _code(handler: Any) -> CodeType | None:
    while isinstance(handler, partial):
        handler = handler.func
    function = getattr(handler, "__func__", handler)
    if not hasattr(function, "__code__"):
        function = getattr(type(handler), "__call__", None)  # noqa: B004
    return getattr(function, "__code__", None)
