"""Who hears of the calls of a run: the screen while it waits, a log, and a file of events for programs."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from zcrm import Event
from zcrm.cli.screen import Screen
from zcrm.engine.flows.waiting import in_words
from zcrm.errors import UsageError
from zcrm.files.shown import shown

__all__ = ["Ears", "listening"]

_WORTH_SAYING = 2.0


@dataclass(frozen=True, slots=True)
class Ears:
    """Where what happens goes; verbose: to the screen, every call. None of it holds values or secrets."""

    verbose: bool = False
    log_file: Path | None = None
    events: Path | None = None


@contextmanager
def listening(ears: Ears, screen: Screen, source: str = "") -> Iterator[Callable[[Event], None]]:
    """Open the files; gives what is to be called with each event. Raises UsageError when one can't be.

    source: the file of rows, which is none of them.
    """
    with ExitStack() as stack:
        for path in filter(None, (ears.events, ears.log_file)):
            if path.exists() and Path(source).exists() and path.samefile(source):
                raise UsageError(f"{path} is the file of rows", fix="Write into another file.")
        try:
            events = ears.events and stack.enter_context(ears.events.open("a", encoding="utf-8", buffering=1))
            if ears.log_file is not None:
                stack.enter_context(_logging(logging.FileHandler(ears.log_file, encoding="utf-8")))
        except OSError as error:
            raise UsageError(f"{error.filename} can not be written: {error.strerror}") from error

        waits = _Waits()

        def hear(event: Event) -> None:
            if ears.verbose:
                screen.say(_words(event))
            elif waits.is_news(event):
                why = event.cause or event.code or "sending again"
                screen.say(f"Waiting {in_words(event.seconds)}: {why}")
            if events:
                now = datetime.now(UTC).isoformat(timespec="milliseconds")
                events.write(json.dumps({"time": now} | asdict(event)) + "\n")

        yield hear


class _Waits:
    """Which waits are worth a line: long ones, of those that calls beside each other take the first."""

    def __init__(self) -> None:
        self._until = 0.0

    def is_news(self, event: Event) -> bool:
        if event.name not in ("retrying", "waiting") or event.seconds < _WORTH_SAYING:
            return False
        until = monotonic() + event.seconds
        if until < self._until + _WORTH_SAYING:
            return False
        self._until = until
        return True


class _Lines(logging.Formatter):
    """One line for each record, and more below it for a traceback only; nothing in them steers a terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return shown(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(shown, super().format(record).split("\n")))


@contextmanager
def _logging(handler: logging.Handler) -> Iterator[None]:
    log = logging.getLogger("zcrm")
    before = log.level
    handler.setFormatter(_Lines("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
        handler.close()


def _words(event: Event) -> str:
    said = [event.name, event.operation, f"{event.rows} rows", f"attempt {event.attempt}"]
    said += [str(part) for part in (event.status, event.code, event.cause) if part]
    return " · ".join(said) + (f" · {event.seconds:.1f} s" if event.seconds else "")
