"""Files people have, through the command line: what is said, sent, kept and handed back."""

import csv
import json
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data"
ID, NEXT = "5545974000000500737", "5545974000000500738"
UPDATE = ("records", "update", "Deals")


@pytest.fixture
def odd(zcrm: Any, simulator: Any) -> Any:
    """Puts one of the odd files into the folder, and its six records into the simulator."""
    simulator.load(
        "Deals",
        [{"id": f"55459740000005007{n}", "Stage": "Lost", "Description": "old"} for n in range(37, 43)],
    )

    def put(name: str) -> str:
        shutil.copy(DATA / name, zcrm.folder)
        return Path(name).name

    return put


def test_zohos_own_export_goes_in_with_nothing_but_columns(zcrm: Any, simulator: Any, odd: Any) -> None:
    name = odd("zoho-export.csv")
    done = zcrm(*UPDATE, name, "--triggers", "none", "--columns", "Stage,Type")
    assert done.returncode == 0, done.stderr
    assert simulator.records("Deals")[ID] == {
        "id": ID,
        "Stage": "Closed Won",
        "Type": "New Business",
        "Description": "old",
    }
    done = zcrm(*UPDATE, name, "--triggers", "none")
    assert done.returncode == 2
    assert "'Deal Owner.id' (likely Owner.id)" in done.stderr


def test_a_european_file_of_labels_goes_in(zcrm: Any, simulator: Any, odd: Any) -> None:
    maps = ["--map", "Deal Name=Deal_Name", "--map", "Closing Date=Closing_Date:date"]
    kinds = ["--type", "Amount=decimal", "--decimal-comma", "--date-format", "%d.%m.%Y"]
    done = zcrm(*UPDATE, odd("odd/semicolons-cp1252.csv"), "--triggers", "none", *maps, *kinds)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[0].endswith("automations none | encoding cp1252 | delimiter ;")
    assert simulator.records("Deals")[ID] == {
        "id": ID,
        "Deal_Name": "Müller – Dach",
        "Stage": "Closed Won",
        "Amount": 1234.5,
        "Closing_Date": "2026-12-31",
        "Description": "old",
    }
    header = (zcrm.run_folder / "updated.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert header.startswith("Record Id;Deal Name;Stage;Amount;Closing Date;_row;")


@pytest.mark.parametrize("option", ["--columns", "--ignore"])
def test_no_columns_are_not_all_of_them(zcrm: Any, simulator: Any, odd: Any, option: str) -> None:
    done = zcrm(*UPDATE, odd("odd/tabs.tsv"), "--triggers", "none", option, "")
    assert (done.returncode, f"Invalid value for {option}: is empty" in done.stderr) == (2, True)
    assert not simulator.ledger.requests


def test_a_file_of_names_maps_columns(zcrm: Any, simulator: Any, odd: Any) -> None:
    zcrm.write("names.txt", "# ours\nDeal Name=Deal_Name\n\nClosing Date=Closing_Date\n")
    done = zcrm(
        *[*UPDATE, odd("odd/labels.csv"), "--triggers", "none", "--map", "names.txt"],
        *["--ignore", "No. of Employees,Probability (%)"],
    )
    assert done.returncode == 0, done.stderr
    assert simulator.records("Deals")[ID]["Deal_Name"] == "Closed deal"
    assert "No" not in simulator.records("Deals")[ID]


def test_words_for_nothing_are_named_before_they_are_sent(zcrm: Any, simulator: Any, odd: Any) -> None:
    name = odd("odd/null-words.csv")
    said = "column Description holds words such as NULL in 5 rows"
    looked = zcrm(*UPDATE, name, "--triggers", "none", "--dry-run", "--json")
    assert said in looked.stderr
    assert json.loads(looked.stdout)["null_words"] == {"Description": 5}
    blanks = [word for text in (r"\N", "NULL", "#N/A", "nan", "None") for word in ("--blank", text)]
    done = zcrm(*UPDATE, name, "--triggers", "none", *blanks)
    assert done.returncode == 0, done.stderr
    assert {row["Description"] for row in simulator.records("Deals").values()} == {"old"}
    done = zcrm(*UPDATE, name, "--triggers", "none", "--runs-dir", "again")
    assert said in done.stderr.splitlines()[0]


def test_a_null_in_json_clears_nothing_unless_that_is_said(zcrm: Any, simulator: Any, odd: Any) -> None:
    name = odd("odd/json-null.jsonl")
    done = zcrm(*UPDATE, name, "--triggers", "none", "--json")
    assert "1 null not sent" in done.stderr.splitlines()[0]
    assert json.loads(done.stdout)["values_cleared"] == 0
    assert simulator.records("Deals")[ID]["Description"] == "old"
    clear = [*UPDATE, name, "--triggers", "none", "--json-null", "clear"]
    assert json.loads(zcrm(*clear, "--dry-run", "--json").stdout)["values_cleared"] == 1
    done = zcrm(*clear, "--runs-dir", "again", "--json")
    assert "1 value cleared" in done.stderr.splitlines()[0]
    assert json.loads(done.stdout)["values_cleared"] == 1
    assert "values cleared: 1" in done.stderr
    [facts] = (zcrm.folder / "again").glob("*/run.json")
    assert json.loads(facts.read_bytes())["values_cleared"] == 1
    assert simulator.records("Deals")[ID]["Description"] is None


def test_rows_of_ids_alone_are_skipped_without_a_call(zcrm: Any, simulator: Any, odd: Any) -> None:
    done = zcrm(*UPDATE, odd("odd/id-only.csv"), "--triggers", "none")
    assert done.returncode == 0, done.stderr
    assert zcrm.counts == {"skipped": 2}
    assert "nothing to change" in zcrm.results["skipped"][0]["_message"]
    assert simulator.ledger.calls("update_records") == 0


def test_a_lone_return_in_a_cell_comes_back_as_it_was(zcrm: Any, simulator: Any, odd: Any) -> None:
    simulator.lock("Deals", ID)
    done = zcrm(*UPDATE, odd("odd/lone-cr-in-cell.csv"), "--triggers", "none")
    assert done.returncode == 3, done.stderr
    [row] = zcrm.results["rejected"]
    assert row["Description"] == "first\rsecond"
    simulator.unlock("Deals", ID)
    rejected = zcrm.run_folder / "rejected.csv"
    done = zcrm(*UPDATE, str(rejected), "--triggers", "none", "--runs-dir", "again")
    assert done.returncode == 0, done.stderr
    assert simulator.records("Deals")[ID]["Description"] == "first\rsecond"


def test_columns_with_an_underscore_come_back_unsent(zcrm: Any, simulator: Any, odd: Any) -> None:
    assert zcrm(*UPDATE, odd("odd/underscore-columns.csv"), "--triggers", "none").returncode == 0
    assert [row["_source_key"] for row in zcrm.results["updated"]] == ["A-17", "A-18"]
    assert simulator.records("Deals")[ID].keys() == {"id", "Stage", "Description"}


def test_blank_rows_do_not_count(zcrm: Any, simulator: Any, odd: Any) -> None:
    done = zcrm(*UPDATE, odd("odd/blank-rows-of-commas.csv"), "--triggers", "none")
    assert done.returncode == 0, done.stderr
    assert "| 2 rows | automations none | 4 blank rows skipped" in done.stderr
    assert zcrm.counts == {"updated": 2}


def test_all_bad_cells_are_listed_at_once(zcrm: Any) -> None:
    rows = "".join(f"{5545974000000500001 + n},{n} EUR,31.12.2026\n" for n in range(700))
    zcrm.write("rows.csv", f"id,Amount:decimal,Closing_Date:date\n{rows}Total,1,2026-12-31\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--dry-run")
    assert done.returncode == 2
    assert "Error: rows.csv: 1,401 faults" in done.stderr
    assert "row 2, column Amount:decimal: '0 EUR' is not a number" in done.stderr
    assert "column Closing_Date:date: '31.12.2026' is not a date" in done.stderr
    assert "--date-format %d.%m.%Y" in done.stderr
    assert "… and 401 more" in done.stderr
    assert "All faults are listed in rows.csv.faults.csv" in done.stderr
    with (zcrm.folder / "rows.csv.faults.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == 1401
    assert found[-1] == {
        "row": "702",
        "column": "id",
        "holds": "Total",
        "problem": "'Total' is no record id",
        "fix": "each row needs the record's id, 15 to 19 digits, in the id column; "
        "remove rows that are no records",
    }
    assert all(row["holds"] and row["problem"] and row["fix"] for row in found)


def test_rejected_rows_of_a_workbook_are_corrected_in_one(zcrm: Any, simulator: Any) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("xlsxwriter")
    simulator.load("Deals", [{"id": ID}, {"id": NEXT}])
    book = openpyxl.Workbook()
    for row in (["id", "Amount", "Name", "_key"], [ID, 12.5, "a", 1], [f"9{ID[1:]}", 3e20, "007", "=2"]):
        book.active.append(row)
    book.save(zcrm.folder / "rows.xlsx")
    done = zcrm(*UPDATE, "rows.xlsx", "--triggers", "none", "--json")
    assert done.returncode == 3, done.stderr
    rejected = zcrm.run_folder / "rejected.xlsx"
    [step] = json.loads(done.stdout)["next"]
    assert str(rejected.relative_to(zcrm.folder)) in step["command"]
    assert (zcrm.run_folder / "rejected.csv").exists()

    book = openpyxl.load_workbook(rejected)
    cell = book.active["A2"]
    assert (cell.value, cell.data_type, cell.number_format) == (f"9{ID[1:]}", "s", "@")
    assert [cell.value for cell in book.active[2]][1:3] == [3e20, "007"]
    cell.value = NEXT
    book.save(rejected)
    done = zcrm(*UPDATE, str(rejected), "--triggers", "none", "--runs-dir", "again")
    assert done.returncode == 0, done.stderr
    assert simulator.records("Deals")[NEXT] == {"id": NEXT, "Amount": 3e20, "Name": "007"}


def test_sheets_and_marks_can_be_asked_for(zcrm: Any, simulator: Any, odd: Any) -> None:
    pytest.importorskip("xlsxwriter")
    zcrm.write("rows.csv", f"id,Stage\n9{ID[1:]},x\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--results", "xlsx", "--bom")
    assert done.returncode == 3, done.stderr
    names = {path.name for path in zcrm.run_folder.glob("*.xlsx")}
    assert names == {"rejected.xlsx", "conflict.xlsx", "unknown.xlsx"}
    assert (zcrm.run_folder / "rejected.csv").read_bytes().startswith(b"\xef\xbb\xbfid,Stage,")
    zcrm.write("rows.jsonl", f'{{"id": "{ID}", "Stage": "x"}}\n')
    done = zcrm(*UPDATE, "rows.jsonl", "--triggers", "none", "--results", "xlsx")
    assert done.returncode == 2
    assert "--results xlsx is for files of cells" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--map", "nothing.txt"], "nothing.txt: can not be read"),
        (["--map", "=X"], "is not of the form NAME=VALUE"),
        (["--type", "Stage"], "is not of the form NAME=VALUE"),
        (["--delimiter", "ab"], "a delimiter is one character"),
        (["--date-format", "%d"], "leaves out a part of the date"),
        (["--json-null", "maybe"], "'maybe' is not one of"),
        (["--format", "parquet"], "is not parquet"),
    ],
)
def test_a_wrong_option_is_refused(zcrm: Any, words: list[str], says: str) -> None:
    zcrm.write("rows.csv", f"id,Stage\n{ID},x\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--simulator", *words)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())


def test_every_value_of_parquet_comes_back_in_the_result_files(zcrm: Any, simulator: Any) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    simulator.load("Deals", [{"id": ID}])
    table = pa.table(
        {
            "id": [ID, NEXT],
            "Amount": [Decimal("1.10"), Decimal("2.00")],
            "Day": [date(2026, 1, 31)] * 2,
            "Moment": pa.array([datetime(2026, 1, 31, tzinfo=UTC)] * 2, pa.timestamp("ns", "UTC")),
            "_key": [b"x", b"\xff"],
            "_took": [timedelta(1)] * 2,
        }
    )
    parquet.write_table(table, zcrm.folder / "rows.parquet")
    done = zcrm(*UPDATE, "rows.parquet", "--triggers", "none")
    assert done.returncode == 3, done.stderr
    [row] = map(json.loads, (zcrm.run_folder / "rejected.jsonl").read_text("utf-8").splitlines())
    assert (row["id"], row["Amount"], row["Day"]) == (NEXT, 2.0, "2026-01-31")
    assert row["Moment"] == "2026-01-31T00:00:00+00:00"
    simulator.load("Deals", [{"id": NEXT}])
    rejected = str(zcrm.run_folder / "rejected.jsonl")
    done = zcrm(*UPDATE, rejected, "--triggers", "none", "--runs-dir", "again")
    assert done.returncode == 0, done.stderr
    assert simulator.records("Deals")[NEXT]["Amount"] == 2.0


def test_a_row_that_no_sheet_can_hold_is_corrected_as_text(zcrm: Any, simulator: Any) -> None:
    pytest.importorskip("xlsxwriter")
    simulator.load("Deals", [{"id": ID}])
    note = "x" * 40_000
    zcrm.write("rows.csv", f"id,Description\n{NEXT},{note}\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--results", "xlsx", "--json")
    assert done.returncode == 3, done.stderr
    assert {path.name for path in zcrm.run_folder.glob("*.xlsx")} == {"conflict.xlsx", "unknown.xlsx"}
    [step] = json.loads(done.stdout)["next"]
    assert "rejected.csv" in step["command"]
    assert zcrm.results["rejected"][0]["Description"] == note
