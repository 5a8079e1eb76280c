"""The tables that somebody wrote hold what the code has."""

import re
import tomllib
from pathlib import Path
from typing import Any

import typer

import zcrm
from zcrm import AlreadyScheduled, Connection, JobAlreadyRunning
from zcrm.cli.app import app
from zcrm.files.choices import Duplicates
from zcrm.files.tables import ADDED
from zcrm.outcomes import STATES
from zcrm.runs.exits import _ORDER, Exit
from zcrm.simulator import Simulator
from zcrm_api.servers import API_SERVERS

from .reading import DOCS


def cells(page: str, column: int = 0) -> list[str]:
    """The column of a page's tables, without its marks."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return [row[column].strip("`") for row in rows if set(row[0]) != {"-"}]


def test_exit_codes_and_their_order() -> None:
    assert [int(cell) for cell in cells("exit-codes.md") if cell.isdigit()] == [int(code) for code in Exit]
    order = re.search(r"several apply: ([\d, ]+), in that order", (DOCS / "exit-codes.md").read_text("utf-8"))
    assert order is not None
    assert order[1] == ", ".join(str(int(code)) for code in _ORDER[:-1])


def test_every_code_is_paged_or_not() -> None:
    told = [int(code) for cell in cells("how-to/nightly-sync.md") for code in re.findall(r"\d+", cell)]
    assert sorted(told) == sorted(int(code) for code in Exit if code is not Exit.WAIT_OVER)


def test_environment_variables() -> None:
    package = Path(zcrm.__file__).parent
    used = {
        name
        for path in package.rglob("*.py")
        if "simulator" not in path.parts
        for name in re.findall(r"ZCRM_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8"))
    }
    assert {cell for cell in cells("environment.md") if cell.startswith("ZCRM_")} == used


def test_states() -> None:
    assert [cell for cell in cells("explanation/six-states.md") if cell in STATES] == list(STATES)


def test_extras() -> None:
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert sorted(cells("install.md")[1:]) == sorted(project["optional-dependencies"])


def test_the_version_has_its_changes_and_what_to_mind() -> None:
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (DOCS.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {project['version']}\n" in changelog
    said = (DOCS / "migrating.md").read_text(encoding="utf-8")
    assert f"to {project['version'].rpartition('.')[0]}\n" in said


def test_what_is_renamed_is_as_told() -> None:
    assert AlreadyScheduled is JobAlreadyRunning
    assert [choice.value for choice in Duplicates] == ["refuse", "keep-order", "last-wins"]
    assert Simulator(seed=0).client_id == Simulator(seed=0).client_id != Simulator().client_id
    assert not hasattr(Connection(), "fast")


def test_columns_of_result_files() -> None:
    assert [cell for cell in cells("runs.md") if cell.startswith("_")] == list(ADDED)


def test_every_data_center_is_named_where_one_is_chosen() -> None:
    root: Any = typer.main.get_command(app)
    helps = [
        option.help
        for group in root.commands.values()
        for command in getattr(group, "commands", {"": group}).values()
        for option in command.params
        if "--data-center" in option.opts
    ]
    assert len(helps) > 5
    for said in (*helps, *cells("environment.md", 1)):
        if said.startswith("us, "):
            assert set(re.findall(r"\b[a-z]{2}\b", said)) - {"or", "us", "by"} == set(API_SERVERS) - {"us"}
    assert all(said.startswith("us, ") for said in helps)
