"""`zcrm runs export`: the outcomes of all rows as one table of the documented schema."""

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zcrm.outcomes import STATES

Ids = Callable[[int], list[str]]
UPDATE = ("records", "update", "Accounts", "rows.csv", "--triggers", "none", "--concurrency", "1")
OLD, LATER = "2001-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00"
DOCS = Path(__file__).parents[2] / "docs/export.md"
SCHEMA = re.findall(r"^\| `(\w+)` \| (\w+) \| (yes|no) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)


def ended_every_way(zcrm: Any, simulator: Any, ids: list[str]) -> None:
    """A run of 401 rows, of which each state has some: three calls went, the fourth was refused for now."""
    simulator.load("Accounts", [{"id": record} for number, record in enumerate(ids) if number != 103])
    lines = [f"{record},Cork,{OLD if number < 100 else LATER}\n" for number, record in enumerate(ids)]
    lines[105] = f"{ids[105]},,{LATER}\n"
    zcrm.write("rows.csv", "id,City,_read\n" + "".join(lines))
    simulator.fault("drop_after", route="update_records", times=[3])
    simulator.fault("throttle", route="update_records", times=range(4, 99), retry_after=7200)
    done = zcrm(*UPDATE, "--run-name", "one", "--if-unmodified-since", ":column _read")
    assert done.returncode == 5, done.stderr
    assert set(zcrm.counts) == set(STATES), zcrm.counts
    assert (
        "To send the rows that somebody else changed first, once compared, with a later time:" in done.stderr
    )


def exported(zcrm: Any, *words: str) -> Any:
    done = zcrm("runs", "export", "one", *words)
    assert done.returncode == 0, done.stderr
    return done


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_both_formats_hold_every_row_in_the_documented_columns(zcrm: Any, simulator: Any, ids: Ids) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    ended_every_way(zcrm, simulator, ids(401))
    exported(zcrm, "--format", "csv")
    exported(zcrm, "-o", "all.parquet")
    table = parquet.read_table(zcrm.folder / "all.parquet")
    fields = [(field.name, str(field.type), "yes" if field.nullable else "no") for field in table.schema]
    assert fields == SCHEMA
    rows, texts = table.to_pylist(), rows_of(zcrm.run_folder / "outcomes.csv")
    assert [row["id"] for row in rows] == ids(401)
    assert [(row["row"], row["file_row"]) for row in rows] == [(n, n + 2) for n in range(401)]
    assert Counter(row["state"] for row in rows) == zcrm.counts
    for row, text in zip(rows, texts, strict=True):
        said = {name: "" if value is None else str(value) for name, value in row.items()}
        assert text == said | {"retryable": said["retryable"].lower()}
    results = {row["_row"]: row for found in zcrm.results.values() for row in found}
    for text in texts:
        result = results[text["file_row"]]
        for name in ("id", "code", "field", "message", "fix", "attempts"):
            assert text[name] == result[f"_{name}"], text
        assert text["details"] == (result["_details"] or "{}")
    first = {state: next(row for row in rows if row["state"] == state) for state in STATES}
    assert (first["rejected"]["row"], first["rejected"]["code"], first["rejected"]["field"]) == (
        *(103, "INVALID_DATA", "id"),
    )
    assert json.loads(first["rejected"]["details"])["api_name"] == "id"
    assert (first["rejected"]["http_status"], first["unsent"]["http_status"]) == (207, 429)
    retryable = {state: row["retryable"] for state, row in first.items()}
    assert retryable == {state: state in ("conflict", "unsent") for state in STATES}


def test_a_run_that_was_killed_is_exported_as_its_journal_has_it(zcrm: Any, simulator: Any, ids: Ids) -> None:
    simulator.load("Accounts", [{"id": record} for record in ids(300)])
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},Cork\n" for record in ids(300)))
    zcrm.kill_in_call(2, simulator, *UPDATE, "--run-name", "one")
    exported(zcrm)
    rows = rows_of(zcrm.run_folder / "outcomes.csv")
    assert [row["state"] for row in rows] == ["updated"] * 100 + ["unknown"] * 100 + ["unsent"] * 100
    assert {row["retryable"] for row in rows[100:]} == {"true"}


def test_parquet_without_its_extra_is_one_clear_error(zcrm: Any, simulator: Any, ids: Ids) -> None:
    simulator.load("Accounts", [{"id": ids(1)[0]}])
    zcrm.write("rows.csv", f"id,City\n{ids(1)[0]},Cork\n")
    assert zcrm(*UPDATE, "--run-name", "one").returncode == 0
    zcrm.write("absent/pyarrow.py", "raise ImportError('no pyarrow')\n")
    zcrm.env["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(zcrm.folder / "absent"), zcrm.env.get("PYTHONPATH")])
    )
    done = zcrm.process("runs", "export", "one", "--format", "parquet", "--json")
    assert (done.returncode, done.stderr.count("Error:"), "zcrm[arrow]" in done.stderr) == (2, 1, True)
    assert json.loads(done.stdout)["error"]["fix"] == 'pip install "zcrm[arrow]"'
    assert not list(zcrm.run_folder.glob("outcomes*"))
    exported(zcrm, "--format", "csv")
    assert len(rows_of(zcrm.run_folder / "outcomes.csv")) == 1


def test_what_a_server_says_is_no_formula(zcrm: Any, answering: Any, ids: Ids) -> None:
    zcrm.env |= answering("=cmd|' /C calc'!A0", "+1\x1b[2J")
    zcrm.write("rows.csv", f"id,City\n{ids(1)[0]},Cork\n")
    assert zcrm(*UPDATE, "--run-name", "one").returncode == 3
    exported(zcrm)
    [row] = rows_of(zcrm.run_folder / "outcomes.csv")
    assert (row["code"], row["message"]) == ("'=cmd|' /C calc'!A0", r"'+1\x1b[2J")


def test_a_file_is_replaced_whole_or_not_at_all(zcrm: Any, simulator: Any, ids: Ids) -> None:
    simulator.load("Accounts", [{"id": ids(1)[0]}])
    zcrm.write("rows.csv", f"id,City\n{ids(1)[0]},Cork\n")
    assert zcrm(*UPDATE, "--run-name", "one").returncode == 0
    zcrm.write("all.csv", "before")
    with sqlite3.connect(zcrm.run_folder / "journal.sqlite") as journal:
        journal.execute("UPDATE spans SET last = last + 3")
    journal.close()
    done = zcrm("runs", "export", "one", "-o", "all.csv")
    assert (done.returncode, "do not agree" in done.stderr) == (1, True)
    assert (zcrm.folder / "all.csv").read_text() == "before"
    assert not list(zcrm.folder.glob("*.new"))
    done = zcrm("runs", "export", "one", "-o", "none/all.csv")
    assert (done.returncode, "none/all.csv can not be written" in done.stderr) == (2, True)


def test_a_journal_of_an_earlier_version_is_exported(zcrm: Any, simulator: Any, ids: Ids) -> None:
    simulator.load("Accounts", [{"id": ids(1)[0]}])
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},Cork\n" for record in ids(2)))
    assert zcrm(*UPDATE, "--run-name", "one").returncode == 3
    with sqlite3.connect(zcrm.run_folder / "journal.sqlite") as journal:
        journal.execute("ALTER TABLE spans DROP COLUMN retryable")
    journal.close()
    exported(zcrm)
    rows = rows_of(zcrm.run_folder / "outcomes.csv")
    assert [(row["state"], row["retryable"]) for row in rows] == [("updated", "false"), ("rejected", "false")]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, form: str) -> None:
    pytest.importorskip("pyarrow")
    script = """
import sys
from pathlib import Path
from zcrm.files.choices import ExportFormat
from zcrm.runs import Request, Run

rows, form, folder = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
path = folder / f"{rows}.csv"
with path.open("w") as file:
    file.write("id,City\\n")
    file.writelines(f"{5545974000000500001 + number},Cork\\n" for number in range(rows))
with Run.new(Request(module="Accounts", file=str(path), triggers=(), runs_dir=folder / "runs")) as run:
    assert run.export(folder / f"{rows}.{form}", ExportFormat(form))["unsent"] == rows
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")))
"""

    def peak(rows: int) -> int:
        command = [sys.executable, "-c", script, str(rows), form, str(tmp_path)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert peak(300_000) < 1.2 * peak(70_000)
