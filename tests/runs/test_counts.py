"""The rows of the six files are counted against the journal before any of them is put in place."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.files.choices import ExportFormat
from zcrm.runs import Request, Run
from zcrm.runs.counts import Miscounted
from zcrm.runs.exits import Exit
from zcrm.simulator import Simulator

Ids = Callable[[int], list[str]]
Change = Callable[[Path, Path], object]


def started(folder: Path, ids: list[str]) -> Run:
    path = folder / "rows.csv"
    path.write_text("id,City\n" + "".join(f"{record},Cork\n" for record in ids))
    return Run.new(
        Request(module="Accounts", file=str(path), triggers=(), runs_dir=folder / "runs", run_name="one")
    )


def write(journal: Path, statement: str) -> None:
    with closing(sqlite3.connect(journal)) as db, db:
        db.execute(statement)


def a_row_beyond_the_end(journal: Path, rows: Path) -> None:
    write(
        journal,
        "INSERT INTO spans VALUES (999, 999, 'updated', NULL, '', NULL, NULL, '', 1, 200, 1, 0, 1, 1, 0)",
    )


def a_row_that_is_unsent_again(journal: Path, rows: Path) -> None:
    write(journal, "DELETE FROM spans WHERE first = (SELECT min(first) FROM spans)")
    with rows.open("a") as file:
        file.write("5545974000000900001,Cork\n")


@pytest.mark.parametrize("change", [a_row_beyond_the_end, a_row_that_is_unsent_again])
def test_files_that_would_not_add_up_are_not_written(
    tmp_path: Path, sim: Simulator, ids: Ids, change: Change
) -> None:
    sim.load("Accounts", [{"id": record} for record in ids(150)])
    changes = [change]

    def watch(outcome: Any) -> None:
        for each in changes:
            each(tmp_path / "runs/one/journal.sqlite", tmp_path / "rows.csv")
        changes.clear()

    with (
        ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url) as crm,
        started(tmp_path, ids(150)) as run,
    ):
        report = run.send(crm, watch=watch)
        with pytest.raises(Miscounted):
            run.write_files()
        with pytest.raises(Miscounted):
            run.export(tmp_path / "outcomes.csv", ExportFormat.CSV)
    assert report.exit is Exit.UNEXPECTED
    assert "Journal and input do not agree: " in str(report.unwritten)
    assert report.unwritten in list(report.lines())
    facts = json.loads((tmp_path / "runs/one/run.json").read_bytes())
    assert (facts["unwritten"], facts["exit_code"]) == (report.unwritten, 1)
    assert not list((tmp_path / "runs/one").glob("*.csv*"))
    assert not (tmp_path / "outcomes.csv").exists()


def test_a_row_that_comes_to_the_input_late_is_in_no_file(tmp_path: Path, sim: Simulator, ids: Ids) -> None:
    sim.load("Accounts", [{"id": record} for record in ids(150)])

    def watch(outcome: Any) -> None:
        if outcome.row == 0:
            with (tmp_path / "rows.csv").open("a") as file:
                file.write("5545974000000900001,Cork\n")

    with (
        ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url) as crm,
        started(tmp_path, ids(150)) as run,
    ):
        report = run.send(crm, watch=watch)
        assert (report.exit, report.unwritten) == (Exit.OK, None)
        before = report.files["updated"].read_bytes()
        assert before.count(b"Cork") == 150
        with pytest.raises(Miscounted):
            run.write_files()
        assert report.files["updated"].read_bytes() == before


def test_the_files_that_were_there_stay(tmp_path: Path, sim: Simulator, ids: Ids) -> None:
    sim.load("Accounts", [{"id": record} for record in ids(2)])
    with (
        ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url) as crm,
        started(tmp_path, ids(3)) as run,
    ):
        report = run.send(crm)
        before = {path: path.read_bytes() for path in report.files.values()}
        write(run.folder.journal, "UPDATE spans SET last = last + 1 WHERE state = 'updated'")
        with pytest.raises(Miscounted):
            run.write_files()
        write(run.folder.journal, "UPDATE spans SET last = last - 1 WHERE state = 'updated'")
        assert run.write_files() == report.states
    assert {path: path.read_bytes() for path in report.files.values()} == before
