"""The story of docs/mass-update.md, as it stands there, against a simulator."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs/mass-update.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LINES = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
VIEW = "4150868000000000100"


@pytest.fixture
def leads(simulator: Any, ids: Any) -> list[str]:
    """Leads of a view; one is locked, and one has its source already."""
    rows = [{"id": each, "Lead_Source": "Partner" if n == 3 else "Fair"} for n, each in enumerate(ids(1_500))]
    simulator.load("Leads", rows)
    simulator.lock("Leads", ids(8)[7])
    simulator.add_view("Leads", ids(1_500), view_id=VIEW)
    return ids(1_500)


def run(zcrm: Any, line: str) -> str:
    """A line of the page, which says how it ends where it does not end in 0; gives what was said."""
    if not line.startswith("zcrm "):
        subprocess.run(line, cwd=zcrm.folder, shell=True, check=True)
        return ""
    command, _, ending = line.partition(" || test $? = ")
    done = zcrm(*shlex.split(command)[1:])
    assert done.returncode == int(ending or 0), done.stderr
    return str(done.stderr)


def test_the_story_of_an_admin(zcrm: Any, simulator: Any, leads: list[str]) -> None:
    assert len(LINES) == 5
    said = [run(zcrm, line) for line in LINES[:2]]
    assert "run if the view holds fewer than 1,000 records" in said[0]
    assert "1,500 records read, 8 credits" in said[0]
    simulator.finish_jobs()
    told = run(zcrm, LINES[2])
    assert "1,499 of 1,500 records updated" in told
    assert "receipt.csv: 1,498 changed, 1 unchanged, 1 failed" in told
    simulator.unlock("Leads", leads[7])
    for line in LINES[3:]:
        said.append(run(zcrm, line))
    assert "1 rows" in said[-1]
    assert {lead["Lead_Source"] for lead in simulator.records("Leads").values()} == {"Partner"}
    assert simulator.ledger.calls("mass_update") == 2
    assert simulator.ledger.automations["workflow"] == 1
    assert (zcrm.folder / "zcrm-runs/the-rest/updated.csv").exists()


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        (
            "by_ids",
            ["5545974000000500001 updated", "5545974000000500002 updated", "5545974000000500001 updated"],
        ),
        ("by_view", ["COMPLETED {'changed': 1498, 'unchanged': 1, 'failed': 1, 'gone': 0}"]),
    ],
)
def test_the_same_in_python(
    zcrm: Any,
    simulator: Any,
    leads: Any,
    monkeypatch: Any,
    capsys: Any,
    marker: str,
    expected: list[str],
) -> None:
    simulator.pace_jobs(seconds=0)
    [block] = [text for kind, text in BLOCKS if kind == "python" and marker in text]
    for name, value in zcrm.env.items():
        if name.startswith("ZCRM_"):
            monkeypatch.setenv(name, value)
    exec(compile(block, "docs/mass-update.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[-len(expected) :] == expected
