"""How far a command is, as a terminal shows it, and that nothing of it comes where there is none."""

import os
import pty
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

Ids = Callable[[int], list[str]]
UPDATE = ("records", "update", "Accounts", "rows.csv", "--triggers", "none")


class Terminal:
    """What a process shows on a terminal, its colours and moves of the cursor left out."""

    def __init__(self, process: subprocess.Popen[str], descriptor: int) -> None:
        self.process = process
        self.raw = b""
        self._descriptor = descriptor

    @property
    def shown(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw.decode("utf-8", "replace"))

    def read(self) -> bool:
        """Take what comes next; False at the end."""
        try:
            piece = os.read(self._descriptor, 65_536)
        except OSError:
            return False
        self.raw += piece
        return bool(piece)

    def until(self, line: str) -> None:
        """Read on until a line that fits was shown."""
        while not re.search(line, self.shown):
            assert self.read(), self.shown

    def to_the_end(self) -> int:
        while self.read():
            pass
        return self.process.wait(timeout=30)


@pytest.fixture
def on_terminal(zcrm: Any) -> Callable[..., Any]:
    """Start a command on a terminal of so many columns."""

    @contextmanager
    def start(*words: str, columns: int = 120) -> Iterator[Terminal]:
        ours, theirs = pty.openpty()
        zcrm.env["COLUMNS"] = str(columns)
        process = zcrm.start(*words, stderr=theirs)
        os.close(theirs)
        try:
            yield Terminal(process, ours)
        finally:
            process.kill()
            process.communicate()
            os.close(ours)

    return start


def arrange(zcrm: Any, simulator: Any, ids: list[str]) -> None:
    """The first call is throttled once and has a row that is refused; the third one is held."""
    simulator.load("Accounts", [{"id": record} for record in ids[1:]])
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},Cork\n" for record in ids))
    simulator.fault("throttle", route="update_records", times=[1], retry_after=0)
    simulator.fault("hold", route="update_records", times=[4])


@pytest.mark.parametrize("columns", [80, 160])
def test_sending(zcrm: Any, simulator: Any, ids: Ids, on_terminal: Any, columns: int) -> None:
    arrange(zcrm, simulator, ids(300))
    with on_terminal(*UPDATE, "--concurrency", "1", columns=columns) as terminal:
        terminal.until(
            r"200/300 rows .*[\d-]+ rows/s +1 rejected +1 retries +20 credits +(\d+:\d\d:\d\d|-) left"
        )
        simulator.release()
        assert terminal.to_the_end() == 3
    assert b"\x1b[?25l" not in terminal.raw


def test_a_resumed_run_begins_where_it_stood(zcrm: Any, simulator: Any, ids: Ids, on_terminal: Any) -> None:
    arrange(zcrm, simulator, ids(300))
    simulator.fault("throttle", route="update_records", times=[3], retry_after=7200)
    assert zcrm(*UPDATE, "--concurrency", "1").returncode == 5
    simulator.clear_faults()
    simulator.fault("hold", route="update_records", times=[2])
    with on_terminal("runs", "resume") as terminal:
        terminal.until(r"200/300 rows .*0 rejected +0 retries +10 credits")
        simulator.release()
        assert terminal.to_the_end() == 3


def test_checking(zcrm: Any, ids: Ids, on_terminal: Any) -> None:
    rows = (f"{5545974000000500001 + number},Cork\n" for number in range(200_000))
    zcrm.write("rows.csv", "id,City\n" + "".join(rows))
    with on_terminal(*UPDATE, "--dry-run") as terminal:
        terminal.until(r"\d[\d,]*000 rows checked .*\d rows/s +\d+:\d\d:\d\d left")
        assert terminal.to_the_end() == 0


def test_nothing_of_it_where_there_is_no_terminal(zcrm: Any, simulator: Any, ids: Ids) -> None:
    simulator.load("Accounts", [{"id": record} for record in ids(300)])
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},Cork\n" for record in ids(300)))
    done = zcrm(*UPDATE)
    assert done.returncode == 0
    assert not re.search(r"\r|\x1b|rows/s|left|rows checked", done.stderr)
