"""What comes from outside: exceptions that a signal handler raises in the midst of other code."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import partial
from types import CodeType
from typing import Any


def raised_by_signal(error: BaseException | None) -> bool:
    """Whether a handler of this process's signals, written in Python, raised the error or its cause.

    Such an error says nothing about the code in whose midst it was raised.
    """
    handlers = {_code(signal.getsignal(number)) for number in signal.valid_signals()} - {None}
    return any(code in handlers for code in _frames(error))


def is_interrupt(error: BaseException) -> bool:
    """Whether it came from outside: Ctrl-C and its like, or what a signal handler raised."""
    return not isinstance(error, Exception) or raised_by_signal(error)


def _frames(error: BaseException | None) -> Iterator[CodeType]:
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        traceback = error.__traceback__
        while traceback is not None:
            yield traceback.tb_frame.f_code
            traceback = traceback.tb_next
        error = error.__cause__


def _code(handler: Any) -> CodeType | None:
    """The code of a handler, be it a function, a method, a partial of one, or an object to be called."""
    if not callable(handler):
        return None
    while isinstance(handler, partial):
        handler = handler.func
    code = getattr(handler, "__code__", None) or getattr(type(handler).__call__, "__code__", None)
    return code if isinstance(code, CodeType) else None
