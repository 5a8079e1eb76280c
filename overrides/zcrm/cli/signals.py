"""Lets a run end in good order when a person or the system asks it to."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from types import FrameType

__all__ = ["ENDING", "Interruption", "stopping"]

_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")
ENDING = tuple(signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__)
"""The signals by which a system ends a process; Windows has no SIGHUP, and nobody else has SIGBREAK."""


@dataclass
class Interruption:
    """Whether the run was asked to stop."""

    happened: bool = False


@contextmanager
def stopping(stop: Callable[[], None], leave: Callable[[], None] = lambda: None) -> Iterator[Interruption]:
    """While open, the first SIGINT or one of `ENDING` calls `stop`; the second does what it does by default.

    leave: called before the second does so, at once. A signal that the process was started to ignore, as a
    shell's background jobs are, stays ignored. `stop` runs in a thread of its own: the signal may have come
    while this one holds a lock that it needs.
    """
    heeded = [number for number in (signal.SIGINT, *ENDING) if signal.getsignal(number) is not signal.SIG_IGN]
    interruption = Interruption()
    threads: list[Thread] = []

    def on_second(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        leave()
        signal.raise_signal(number)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        interruption.happened = True
        for number in heeded:
            signal.signal(number, on_second)
        threads.append(Thread(target=stop, name="zcrm-stop"))
        threads[0].start()

    before = {number: signal.signal(number, on_signal) for number in heeded}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for thread in threads:
            thread.join()
