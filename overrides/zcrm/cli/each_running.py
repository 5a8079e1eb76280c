"""Processes beside each other, one for each org, so many at a time."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from zcrm.cli.each_kept import KeptEach
from zcrm.cli.each_orgs import Org
from zcrm.cli.each_words import Command
from zcrm.cli.screen import Screen
from zcrm.cli.signals import stopping
from zcrm.runs.exits import Exit

__all__ = ["Beside"]

_GLANCE = 0.05
_SILENCE = 60.0

Process = subprocess.Popen[Any]


class Beside:
    """Runs what is left of a command for many orgs; each process has its own group, so that Ctrl-C is ours.

    tell: is told of each org whose process has ended.
    """

    def __init__(
        self,
        kept: KeptEach,
        command_for: Callable[[Org], Command],
        screen: Screen,
        tell: Callable[[Org], None],
    ) -> None:
        self._kept = kept
        self._command_for = command_for
        self._screen = screen
        self._tell = tell
        self._at_work: dict[str, tuple[Org, Process]] = {}

    def run(self) -> bool:
        """Start and wait for all; returns whether somebody stopped it.

        The first interrupt starts nothing more, and lets those at work end in good order. The second ends
        them and this process at once.
        """
        waiting = deque(self._kept.left)
        asked: set[str] = set()
        heard = time.monotonic()

        def stop() -> None:
            self._screen.say("Stopping; waiting for the calls in flight. Once more ends at once.")

        with stopping(stop, self._kill) as interruption:
            try:
                while self._at_work or (waiting and not interruption.happened):
                    while waiting and len(self._at_work) < self._kept.jobs and not interruption.happened:
                        self._start(waiting.popleft())
                    if interruption.happened:
                        for profile in self._at_work.keys() - asked:
                            asked.add(profile)
                            _ask_to_stop(self._at_work[profile][1])
                    if self._collect(interrupted=interruption.happened):
                        heard = time.monotonic()
                    elif time.monotonic() > heard + _SILENCE:
                        heard = time.monotonic()
                        self._say_who_works(len(waiting))
                    time.sleep(_GLANCE)
            except BaseException:
                self._leave_nobody_behind()
                raise
        return interruption.happened

    def _start(self, org: Org) -> None:
        kept = self._kept
        runs_dir = kept.runs_dir if Path.cwd() == kept.cwd else kept.runs_dir.absolute()
        words = self._command_for(org).as_run(org.profile, str(runs_dir), kept.run(org).name)
        try:
            kept.answer_file(org).unlink(missing_ok=True)
            with (
                os.fdopen(_private(kept.answer_file(org), os.O_EXCL), "wb") as answer,
                os.fdopen(_private(kept.log(org), os.O_APPEND), "ab") as log,
            ):
                self._at_work[org.profile] = org, _process(words, kept.cwd, answer, log)
        except OSError as error:
            self._screen.say(f"{org.profile}: could not be started: {error.strerror}")
            self._ended(org, Exit.UNEXPECTED)

    def _collect(self, *, interrupted: bool) -> bool:
        """Take in the processes that have ended; returns whether there was one."""
        ended = [(org, process) for org, process in self._at_work.values() if process.poll() is not None]
        for org, process in ended:
            del self._at_work[org.profile]
            code = process.returncode
            if code < 0:
                code = Exit.INTERRUPTED if interrupted else code
            self._ended(org, code)
        return bool(ended)

    def _ended(self, org: Org, code: int) -> None:
        self._kept.exits[org.profile] = int(code)
        try:
            self._kept.keep()
        except OSError as error:
            self._screen.say(f"That {org.profile} has ended could not be written down: {error.strerror}")
        self._tell(org)

    def _say_who_works(self, waiting: int) -> None:
        names = ", ".join(self._at_work)
        self._screen.say(f"At work: {names}; {waiting} to come. What they say: {self._kept.folder.path}")

    def _kill(self) -> None:
        for _, process in list(self._at_work.values()):
            process.kill()

    def _leave_nobody_behind(self) -> None:
        for _, process in self._at_work.values():
            _ask_to_stop(process)
        for _, process in self._at_work.values():
            process.wait()


def _private(path: Path, how: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)


def _process(words: list[str], cwd: Path, answer: IO[bytes], log: IO[bytes]) -> Process:
    """zcrm with these words, in a group of its own: what a terminal sends to ours does not reach it."""
    group: dict[str, Any] = {"process_group": 0}
    if sys.platform == "win32":
        group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(  # noqa: S603 - words of our own
        [sys.executable, "-P", "-m", "zcrm.cli", *words],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=answer,
        stderr=log,
        **group,
    )


def _ask_to_stop(process: Process) -> None:
    if sys.platform == "win32":
        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        process.terminate()
