"""What is wrong with an option, or with two of them, is told before anything is sent, and leaves no run."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Ids = Callable[[int], list[str]]

UPDATE = ("records", "update", "Accounts")


@pytest.mark.parametrize(
    ("column", "more"),
    [
        ("_code", ["--map", "_code=Description"]),
        (" _message", ["--map", "_message=Description"]),
        ("_row", ["--if-unmodified-since", ":column _row"]),
    ],
)
def test_a_column_that_result_files_replace_is_not_read(
    zcrm: Any, simulator: Any, ids: Ids, column: str, more: list[str]
) -> None:
    zcrm.write("rows.csv", f"id,{column},Phone\n{ids(1)[0]},a,1\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", *more)
    assert (done.returncode, "result files replace" in done.stderr) == (2, True)
    assert not simulator.ledger.applied


@pytest.mark.parametrize("way", [[], ["--plan"], ["--dry-run"]])
@pytest.mark.parametrize(
    ("rule", "code"),
    [(["--max-errors", "few"], 2), (["--max-errors", "-1"], 2), (["--min-rows", "5"], 8)],
)
def test_a_rule_that_forbids_the_file_leaves_no_run(
    zcrm: Any, simulator: Any, ids: Ids, way: list[str], rule: list[str], code: int
) -> None:
    zcrm.write("rows.csv", f"id,Phone\n{ids(1)[0]},1\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", *rule, *way)
    assert (done.returncode, rule[0] in done.stderr) == (code, True)
    assert not (zcrm.folder / "zcrm-runs").exists()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--if-unmodified-since", "yesterday"], "'yesterday' is no time"),
        (["--if-unmodified-since", ":column"], "':column' is no time"),
        (["--if-unmodified-since", ":column Moment"], "there is no column 'Moment'"),
        (["--stamp", "Phone"], "--stamp writes the run's name into this field"),
        (["--stamp", "id"], "--stamp: 'id' is no field"),
        (["--stamp", "Last Run"], "--stamp: 'Last Run' is no field"),
        (["--stamp", "Owner.id"], "--stamp: 'Owner.id' is no field"),
        (["--null", "-", "--blank", "-"], "'-' is said by --null, too"),
        (["--events", "rows.csv"], "rows.csv is the file of rows"),
        (["--log-file", "./rows.csv"], "rows.csv is the file of rows"),
        (["--log-file", "nowhere/log"], "nowhere/log can not be written"),
        (["--run-name="], "--run-name=: is empty"),
        *(
            ([option, ""], f"{option}: is empty")
            for option in ("--run-name", "--runs-dir", "--profile", "--environment", "--stamp")
        ),
    ],
)
def test_an_option_that_means_nothing_leaves_no_run(
    zcrm: Any, simulator: Any, ids: Ids, more: list[str], says: str
) -> None:
    simulator.load("Accounts", [{"id": ids(1)[0]}])
    text = f"id,Phone\n{ids(1)[0]},1\n"
    zcrm.write("rows.csv", text)

    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", *more)

    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert not simulator.ledger.applied
    assert (zcrm.folder / "rows.csv").read_text() == text
    assert not (zcrm.folder / "zcrm-runs").exists()


def test_a_run_is_listed_by_its_folder_and_one_that_stays_is_told(
    zcrm: Any, simulator: Any, ids: Ids
) -> None:
    zcrm.write("rows.csv", f"id,Phone\n{ids(1)[0]},1\n")
    assert zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--run-name", "one").returncode == 3
    (zcrm.folder / "zcrm-runs/one").rename(zcrm.folder / "two")
    (zcrm.folder / "zcrm-runs/other").symlink_to(zcrm.folder / "two")

    [found] = json.loads(zcrm("runs", "list", "--json").stdout)["runs"]
    done = zcrm("runs", "delete", found["run"], "--yes")

    assert (found["run"], done.returncode) == ("other", 2)
    assert "zcrm-runs/other can not be deleted" in done.stderr
