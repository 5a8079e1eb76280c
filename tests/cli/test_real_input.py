"""3,376 rows of real data, of which the CRM knows all but 67."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data" / "accounts.csv"
TEXT = ("Account_Name", "Account_Site", "Billing_City", "Billing_State", "Billing_Country")


@pytest.fixture
def rows() -> list[dict[str, str]]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def known(zcrm: Any, rows: list[dict[str, str]]) -> str:
    """A file without data rows 50, 100, … 3,350."""
    shutil.copy(DATA, zcrm.folder / "accounts.csv")
    with (zcrm.folder / "known.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row for number, row in enumerate(rows, 1) if number % 50)
    return "known.csv"


def test_every_row_ends_up_in_one_of_six_files(zcrm: Any, rows: list[dict[str, str]], known: str) -> None:
    done = zcrm(
        *["records", "update", "Accounts", "accounts.csv", "--triggers", "none", "--json"],
        *["--simulator", "--simulator-load", f"Accounts={known}"],
    )
    assert done.returncode == 3, done.stderr
    assert zcrm.counts == {"updated": 3309, "rejected": 67}
    summary = json.loads(done.stdout)
    assert summary["states"] == {
        "updated": 3309,
        "rejected": 67,
        "conflict": 0,
        "unknown": 0,
        "skipped": 0,
        "unsent": 0,
    }
    assert [(code["state"], code["code"], code["rows"]) for code in summary["codes"]] == [
        ("updated", "SUCCESS", 3309),
        ("rejected", "INVALID_DATA", 67),
    ]
    assert (summary["rows"], summary["calls"], summary["credits"]) == (3376, 34, 338)
    assert (summary["rows_sent_twice"], summary["exit_code"]) == (0, 3)

    results = zcrm.results
    assert [int(row["_row"]) for row in results["rejected"]] == list(range(51, 3352, 50))
    assert {(row["_code"], row["_field"], row["_attempts"]) for row in results["rejected"]} == {
        ("INVALID_DATA", "id", "1")
    }
    back = sorted((row for found in results.values() for row in found), key=lambda row: int(row["_row"]))
    assert [{name: row[name] for name in rows[0]} for row in back] == rows, "the cells are as they were"

    assert done.stderr.splitlines()[0] == (
        "profile none | data centre none | environment simulator | module Accounts | 3,376 rows | "
        "automations none"
    )
    assert "nothing leaves this machine" in done.stderr
    assert "Calls: 34, credits: 338 (assumed)" in done.stderr


def test_what_arrives_is_what_the_file_holds(zcrm: Any, simulator: Any, rows: list[dict[str, str]]) -> None:
    simulator.load("Accounts", [{"id": row["id"]} for row in rows])
    done = zcrm("records", "update", "Accounts", str(DATA), "--triggers", "none")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[0] == (
        f"profile environment | data centre us | environment production | API {simulator.url} | "
        "module Accounts | 3,376 rows | automations none"
    )
    assert simulator.records("Accounts") == {
        row["id"]: {"id": row["id"]}
        | {name: row[name] for name in TEXT}
        | {name: float(row[f"{name}:float"]) for name in ("Latitude", "Longitude")}
        for row in rows
    }
    arrived = simulator.records("Accounts").values()
    assert sum(list(record.values()).count("NA") for record in arrived) == 24
    assert simulator.ledger.calls("update_records") == 35, "ten rows go first"
    assert simulator.ledger.credits == 338
    assert not simulator.ledger.automations
