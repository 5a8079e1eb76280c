"""The story of docs/appointments.md, as it stands there, against a simulator."""

import csv
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from zcrm.cli.target import load_files
from zcrm.runs.request import Load

PAGE = (Path(__file__).parents[2] / "docs/appointments.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LINES = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]


@pytest.fixture
def booked(zcrm: Any, simulator: Any) -> dict[str, str]:
    """The ids of what Crew and Van have on that day, by a name of each."""
    simulator.now = datetime(2027, 5, 3, 15, tzinfo=UTC)
    crew, van = (
        simulator.add_user("Crew North", "crew@example.com"),
        simulator.add_user("Van South", "van@example.com"),
    )
    day = "2027-05-04T{}:00:00+02:00"
    booked = {
        "crew at nine": (crew, "Crew North", "Scheduled", day.format("09")),
        "crew at ten, gone": (crew, "Crew North", "Cancelled", day.format("10")),
        "crew the day after": (crew, "Crew North", "Scheduled", "2027-05-05T09:00:00+02:00"),
        "van at nine": (van, "Van South", "Scheduled", day.format("09")),
        "van at twelve": (van, "Van South", "Scheduled", day.format("12")),
        "van at three": (van, "Van South", "Scheduled", day.format("15")),
    }
    names = ("Owner", "Status", "Appointment_Start_Time")
    rows = [
        {"Appointment_Name": name, **dict(zip(names, ({"id": who, "name": called}, *rest), strict=True))}
        for name, (who, called, *rest) in booked.items()
    ]
    return dict(zip(booked, simulator.load("Appointments__s", rows), strict=True))


def test_the_day_of_a_dispatcher(zcrm: Any, simulator: Any, booked: dict[str, str]) -> None:
    done = []
    for line in LINES:
        program, *words = shlex.split(line)
        assert program == "zcrm"
        done.append(zcrm(*words))
        assert done[-1].returncode == 0, done[-1].stderr
        writes = simulator.ledger.calls("update_appointments")
        assert writes == sum("--triggers" in each for each in LINES[: len(done)])
    assert len(done) == len(LINES) == 7

    def now(name: str) -> tuple[str, str]:
        record = simulator.record("Appointments__s", booked[name])
        return record["Status"], record["Appointment_Start_Time"]

    assert {name: now(name) for name in booked} == {
        "crew at nine": ("Cancelled", "2027-05-04T09:00:00+02:00"),
        "crew at ten, gone": ("Cancelled", "2027-05-04T10:00:00+02:00"),
        "crew the day after": ("Scheduled", "2027-05-05T09:00:00+02:00"),
        "van at nine": ("Scheduled", "2027-05-04T10:00:00+02:00"),
        "van at twelve": ("Scheduled", "2027-05-05T12:00:00+02:00"),
        "van at three": ("Scheduled", "2027-05-04T15:00:00+02:00"),
    }
    ill = simulator.record("Appointments__s", booked["crew at nine"])
    assert (ill["Cancellation_Reason"], ill["Cancellation_Note"]) == ("By Team", "The crew is ill")
    assert not simulator.ledger.applied_twice
    left = {row["Appointment_Name"] for row in csv.DictReader(done[-1].stdout.splitlines())}
    assert left == {"van at nine", "van at three"}
    assert (zcrm.folder / "zcrm-runs/ill/updated.csv").exists()


def test_the_same_day_in_python(zcrm: Any, booked: dict[str, str], monkeypatch: Any, capsys: Any) -> None:
    [block] = [text for kind, text in BLOCKS if kind == "python"]
    for name, value in zcrm.env.items():
        if name.startswith("ZCRM_"):
            monkeypatch.setenv(name, value)
    exec(compile(block, "docs/appointments.md", "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert sorted(line.partition(" ")[2] for line in said) == [
        "crew at nine",
        "van at nine",
        "van at three",
        "van at twelve",
    ]


def test_the_same_day_by_the_page_s_own_file(zcrm: Any, simulator: Any) -> None:
    [(words, rows)] = re.findall(r'title="(appointments.csv)"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL)
    assert f"zcrm simulator --port 0 --load Appointments__s={words}\n" in PAGE
    simulator.now = datetime(2027, 5, 3, 15, tzinfo=UTC)
    zcrm.write(words, rows)
    load_files(simulator, [Load("Appointments__s", str(zcrm.folder / words))])
    done = [zcrm(*shlex.split(line)[1:]) for line in LINES]
    assert [each.returncode for each in done] == [0] * len(LINES)
    assert [row["Appointment_Name"] for row in csv.DictReader(done[-1].stdout.splitlines())] == ["Windows"]
