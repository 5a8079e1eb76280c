"""Result files written while the run is sent are what input and journal give, byte by byte."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from zcrm import AccessToken, ZohoCRM
from zcrm.files.choices import Duplicates, ResultFormat
from zcrm.runs import Request, Run, early
from zcrm.runs.exits import Exit
from zcrm.simulator import Simulator

Ids = Callable[[int], list[str]]

ODD = [
    "Cork",
    '"quoted"',
    "a;b",
    "two\nlines",
    "a\rreturn",
    "=1+1",
    "\u202eright to left",
    " blank ",
    "\ud7ff\U0001f600",
]


@contextmanager
def sending(
    sim: Simulator, folder: Path, path: Path, *, concurrency: int = 10, **options: Any
) -> Iterator[tuple[ZohoCRM, Run]]:
    request = Request(
        module="Accounts", file=str(path), triggers=(), runs_dir=folder / "runs", run_name="one", **options
    )
    client = ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, concurrency=concurrency)
    with client as crm, Run.new(request) as run:
        yield crm, run


def as_csv(path: Path, ids: list[str]) -> None:
    cells = [
        f'{record};"{ODD[n % len(ODD)].replace(chr(34), chr(34) * 2)}";note {n};{n}'
        for n, record in enumerate(ids)
    ]
    path.write_text("\ufeff" + "\r\n".join(["id;City;_note;_row", *cells]), newline="")


def as_jsonl(path: Path, ids: list[str]) -> None:
    rows = [
        {"_code": "x", "City": ODD[n % len(ODD)], "id": record, "_note": {"n": n}}
        for n, record in enumerate(ids)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def as_sheet(path: Path, ids: list[str]) -> None:
    book = Workbook()
    book.active.append(["id", "City", "_note"])
    for n, record in enumerate(ids):
        book.active.append([record, f"City {n}", n * 0.5])
    book.save(path)


@pytest.fixture
def rows(sim: Simulator, ids: Ids) -> list[str]:
    """So many accounts that there are several calls; every seventh does not exist."""
    sim.load("Accounts", [{"id": record} for n, record in enumerate(ids(250)) if n % 7])
    return ids(250)


@pytest.mark.parametrize(("name", "write"), [("a.csv", as_csv), ("a.jsonl", as_jsonl), ("a.xlsx", as_sheet)])
@pytest.mark.parametrize("canary", [0, 20])
def test_both_ways_give_the_same_files(
    tmp_path: Path, sim: Simulator, rows: list[str], name: str, write: Any, canary: int, monkeypatch: Any
) -> None:
    write(tmp_path / name, rows)
    with sending(sim, tmp_path, tmp_path / name) as (crm, run):
        with monkeypatch.context() as patch:
            patch.setattr(Run, "write_files", None)
            report = run.send(crm)
        assert (report.exit, report.unwritten) == (Exit.ROWS_REFUSED, None)
        assert report.states["rejected"] == 36
        texts = [path for path in report.files.values() if path.suffix != ".xlsx"]
        before = {path: path.read_bytes() for path in texts}
        sheet = [[*row] for row in cells_of(report.files["rejected"])]
        assert run.write_files() == report.states
        assert {path: path.read_bytes() for path in texts} == before
        assert [[*row] for row in cells_of(report.files["rejected"])] == sheet
    assert not list(run.folder.path.glob("*.new"))


def cells_of(path: Path) -> Any:
    return load_workbook(path).active.values if path.suffix == ".xlsx" else []


def test_rows_that_are_not_sent_have_the_files_written_from_the_journal(
    tmp_path: Path, sim: Simulator, rows: list[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,City\n" + "".join(f"{record},Cork\n" for record in [*rows, *rows[:10]]))
    with sending(sim, tmp_path, path, duplicates=Duplicates.LAST_WINS) as (crm, run):
        report = run.send(crm)
    assert (report.states["skipped"], report.unwritten) == (10, None)
    assert report.files["skipped"].read_text().count("Cork") == 10


def test_a_run_that_is_stopped_tells_the_rest(tmp_path: Path, sim: Simulator, rows: list[str]) -> None:
    as_csv(tmp_path / "a.csv", rows)
    with sending(sim, tmp_path, tmp_path / "a.csv", concurrency=1) as (crm, run):
        report = run.send(crm, watch=lambda _: run.stop())
    assert sum(report.states.values()) == 250
    assert report.states["unsent"] > 0
    assert report.files["unsent"].read_bytes().count(b"\n") >= report.states["unsent"]


@pytest.mark.parametrize("times", [1, 2, 100])
def test_a_file_that_can_not_be_written_meanwhile_is_written_in_the_end(
    tmp_path: Path, sim: Simulator, rows: list[str], times: int, monkeypatch: Any
) -> None:
    added = []
    add = early.ResultFiles.add

    def full(files: Any, line: Any, state: Any, told: Any) -> None:
        added.append(line.number)
        if len(added) == times:
            raise OSError(28, "No space left on device")
        add(files, line, state, told)

    as_csv(tmp_path / "a.csv", rows)
    monkeypatch.setattr(early.ResultFiles, "add", full)
    with sending(sim, tmp_path, tmp_path / "a.csv", results=ResultFormat.XLSX) as (crm, run):
        report = run.send(crm)
    assert len(added) == times + 250
    assert (report.exit, report.unwritten, sum(report.states.values())) == (Exit.ROWS_REFUSED, None, 250)
    assert report.files["updated"].read_bytes().count(b"record updated") == 214
    assert not list(run.folder.path.glob("*.new"))
