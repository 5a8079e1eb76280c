"""The commands that are printed: a shell and the command line read them back as they were meant."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcrm.cli.app import app
from zcrm.files.choices import Duplicates, JsonNull, ResultFormat
from zcrm.files.reading import Reading
from zcrm.files.shown import hides
from zcrm.runs.request import Load, Request, command_line

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
DASHED = WORDS | st.sampled_from(["-", "--", "-x", "--json", "-rf /", "'", "\\", "$(x)", "~", "a b", "é\x1b"])
NAMES = DASHED.filter(lambda name: "/" not in name and name.strip("."))
TEXTS = st.lists(DASHED.filter(str.strip), max_size=2).map(tuple)
COLUMNS = st.lists(st.sampled_from(["City", "Deal Name", "-x", "é"]), max_size=2).map(tuple)
READINGS = st.builds(
    Reading,
    delimiter=st.sampled_from([None, ";", "\t", "-"]),
    null=TEXTS,
    blank=TEXTS,
    names=st.dictionaries(st.sampled_from(["Deal Name", "a=b", "-x"]), st.just("Deal_Name:date")),
    columns=COLUMNS,
    ignore=COLUMNS,
    types=st.dictionaries(st.sampled_from(["City", "-x"]), st.just("date")),
    date_format=st.none() | st.just("%d.%m.%Y"),
    decimal_comma=st.booleans(),
    trim=st.booleans(),
    json_null=st.sampled_from(JsonNull),
).filter(lambda reading: not {*reading.null} & {*reading.blank})
REQUESTS = st.builds(
    Request,
    module=st.just("Accounts"),
    file=st.just("x"),
    triggers=st.sampled_from([(), None, ("workflow",), ("workflow", "blueprint")]),
    reading=READINGS,
    duplicates=st.sampled_from(Duplicates),
    results=st.none() | st.sampled_from(ResultFormat),
    bom=st.booleans(),
    runs_dir=NAMES.map(Path),
    resend_lost=st.booleans(),
    concurrency=st.none() | st.integers(1, 9),
    simulator=st.just(True),
    loads=st.lists(st.builds(Load, st.just("A"), DASHED), max_size=2).map(tuple),
)

SAID = st.sampled_from(["By Team", "By Customer"])
VALUES = {
    "appointments cancel": st.fixed_dictionaries(
        {}, optional={"Cancellation_Reason": SAID, "Cancellation_Note": DASHED}
    ),
    "appointments reschedule": st.fixed_dictionaries(
        {}, optional={"Reschedule_Reason": SAID, "Reschedule_Note": DASHED}
    ),
    "appointments complete": st.fixed_dictionaries(
        {}, optional={"Job_Sheet_Name": DASHED, "Job_Sheet_Description__s": DASHED}
    ),
    "appointments update": st.fixed_dictionaries(
        {}, optional={"Address": DASHED, "Duration": st.integers(0, 99), "Tag": st.lists(st.booleans())}
    ),
}


@st.composite
def of_appointments(draw: st.DrawFn) -> Request:
    """A request as the commands of `zcrm appointments` make it."""
    verb: Any = draw(st.sampled_from(sorted(VALUES)))
    reading = Reading()
    if verb == "appointments update":
        null, columns = draw(TEXTS), draw(COLUMNS) or ("id",)
        reading = Reading(columns=columns, null=null, json_null=draw(st.sampled_from(JsonNull)))
    return Request(
        module="Appointments__s",
        file="x",
        verb=verb,
        values=draw(VALUES[verb]),
        triggers=draw(st.sampled_from([(), None, ("workflow",)])),
        reading=reading,
        runs_dir=draw(NAMES.map(Path)),
        wait_for_credits=draw(st.booleans()),
        concurrency=draw(st.none() | st.integers(1, 9)),
        simulator=True,
        loads=tuple(draw(st.lists(st.builds(Load, st.just("A"), DASHED), max_size=1))),
    )


def words_of(line: str) -> list[str]:
    """What bash makes of a line."""
    done = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True, timeout=20
    )
    return done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]


def understood(words: list[str]) -> Request:
    """What the command line makes of words."""
    found: list[Request] = []

    def note(request: Request, *_: Any, **__: Any) -> dict[str, int]:
        found.append(request)
        return {"exit_code": 0}

    with patch("zcrm.cli.update.update", note):
        assert app(words, prog_name="zcrm", standalone_mode=False) == 0
    return found[0]


@needs_bash
@settings(deadline=None)
@given(REQUESTS | of_appointments(), NAMES)
def test_a_command_sends_another_file_the_same_way(request_: Request, name: str) -> None:
    line = request_.command(Path(name))
    assert not hides(line)
    program, *words = words_of(line)
    assert program == "zcrm"
    again = understood(words)
    assert replace(again, file="x") == request_
    assert Path(again.file) == Path(name)
    assert not again.file.startswith("-")


@needs_bash
@given(st.lists(DASHED | st.just("caf\udce9"), min_size=1))
def test_a_shell_reads_the_words_back(words: list[str]) -> None:
    assert words_of(command_line(words)) == words


def test_windows_has_quotes_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert command_line(["zcrm", r"C:\My Runs\a.csv", 'say "x"']) == r'zcrm "C:\My Runs\a.csv" "say \"x\""'
