"""docs/simulator.md says what is the case: its tables are those of the code, its blocks run."""

import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from zcrm.simulator import Choices, Simulator
from zcrm.simulator.mishaps.faults import OPTIONS, Faults
from zcrm.simulator.rows.conditions import CONDITIONS
from zcrm.simulator.site.meters import EDITIONS, credits_of
from zcrm.simulator.status.page import PAGE as PAGE_PATH
from zcrm.simulator.status.page import STATE as STATE_PATH
from zcrm.simulator.web.app import create_app
from zcrm.simulator.workbench import RIGHTS

TESTS = Path(__file__).parent
PAGE = (TESTS.parents[1] / "docs/simulator.md").read_text(encoding="utf-8")


def table(head):
    """The rows of the table with this head, cell by cell."""
    _, _, rest = PAGE.partition(f"| {' | '.join(head)} |\n")
    rows = [line.strip("| ").split(" | ") for line in rest.partition("\n\n")[0].splitlines()[1:]]
    assert rows
    assert {len(row) for row in rows} <= {len(head), len(head) - 1}
    return rows


def code(text):
    return re.findall(r"`(.+?)`", text)


def readings(name):
    hint = get_type_hints(Choices)[name]
    assert hint is bool or get_origin(hint) is Literal
    return [False, True] if hint is bool else list(get_args(hint))


def test_every_choice_is_in_the_table_with_all_its_readings():
    ours, others = {}, {}
    for _, here, other in table(["question", "here", "the other reading"]):
        for cell, found in ((here, ours), (other, others)):
            for name, value in re.findall(r"`(\w+)=(.+?)`", cell):
                found.setdefault(name, set()).add(ast.literal_eval(value))

    default = Choices()
    names = [field.name for field in fields(Choices)]
    assert ours == {name: {getattr(default, name)} for name in names}
    assert others == {name: set(readings(name)) - {getattr(default, name)} for name in names}


def test_the_faults_are_all_there_with_their_options():
    rows = [
        re.match(r"`(\w+)` \|(.*?)\| ", " | ".join(row))
        for row in table(["fault", "options", "what happens"])
    ]
    assert {row[1]: set(code(row[2])) for row in rows} == {
        name: set(taken) for name, taken in OPTIONS.items()
    }


def test_the_editions_are_all_there():
    head = ["edition", "credits, with ten users", "calls at a time", "jobs for custom views"]
    assert table(head) == [
        [f"`{name}`", f"{credits_of(edition, 10):,}", str(edition.calls), "yes" if edition.jobs else "no"]
        for name, edition in EDITIONS.items()
    ]


def test_what_is_not_provoked_is_what_the_test_of_errors_skips():
    tree = ast.parse((TESTS / "test_documented_errors.py").read_text(encoding="utf-8"))
    (skipped,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NOT_PROVOKED"
    ]
    assert {code(name)[0]: reason for name, reason in table(["code or message", "why not"])} == skipped


def test_conditions_and_rights():
    paragraph = re.search(r"^Conditions: (.*?)\. Rights: (.*?)\.$", PAGE, re.MULTILINE | re.DOTALL)
    assert set(code(paragraph[1])) == CONDITIONS
    assert set(code(paragraph[2])) == RIGHTS


def test_every_name_of_a_simulator_is_mentioned():
    names = {name for name in (*dir(Simulator), *vars(Simulator())) if not name.startswith("_")}
    assert names - set(re.findall(r"\w+", " ".join(code(PAGE)))) == {"url"}
    assert "{sim.url}" in PAGE


def test_the_paths_outside_the_specification_are_all_there():
    routed = {route.path for route in create_app(Simulator()._site, Faults(0)).routes}
    told = set(code(PAGE.partition("Outside the specification are")[2]))
    specified = {
        "/crm/{version}/settings/fields",
        "/crm/{version}/{module}",
        "/crm/{version}/{module}/{record_id}",
        "/crm/{version}/{module}/actions/mass_update",
        "/oauth/v2/token",
        "/oauth/v2/token/revoke",
    }
    assert routed - specified - {"/{rest:path}"} <= told
    assert told <= routed | {PAGE_PATH, STATE_PATH, "/oauth/v2/auth"}


@pytest.mark.parametrize("number", [0, 1])
def test_a_block_runs(number, tmp_path):
    block = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[number]
    (tmp_path / "test_block.py").write_text(block, encoding="utf-8")
    pytest_ = ["-m", "pytest", "-p", "zcrm.pytest_plugin"] if "def test_" in block else []
    done = subprocess.run(
        [sys.executable, "-W", "error", *pytest_, "test_block.py"],
        cwd=tmp_path,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
