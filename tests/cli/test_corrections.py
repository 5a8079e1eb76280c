"""Rows that were rejected go back in as their file has them, however the input was written."""

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest

Ids = Callable[[int], list[str]]

UPDATE = ("records", "update", "Accounts")


@pytest.mark.parametrize(
    ("name", "text", "more"),
    [
        ("rows.csv", "sep=^\nid^Billing_City\n{0}^Nantes\n{1}^Lille\n", []),
        ("rows.csv", "id,Billing_City\n{0},Nantes\n{1},Lille\n", ["--min-rows", "2", "--expect", "10%"]),
        (
            "rows.jsonl",
            '{{"id": "{0}", "My City": "Nantes", "Note": "a", "Fax": 1}}\n{{"id": "{1}", "Phone": "2"}}\n',
            ["--map", "My City=Billing_City", "--ignore", "Note", "--type", "Fax=str"],
        ),
    ],
    ids=["a delimiter of its own", "rules for whole extracts", "keys that not all rows have"],
)
@pytest.mark.parametrize("again", ["retry", "next"])
def test_rejected_rows_go_back_in(
    zcrm: Any, simulator: Any, ids: Ids, name: str, text: str, more: list[str], again: str
) -> None:
    zcrm.write(name, text.format(*ids(2)))
    simulator.load("Accounts", [{"id": ids(2)[0]}])
    done = zcrm(*UPDATE, name, "--triggers", "none", "--run-name", "one", *more, "--json")
    assert done.returncode == 3, done.stderr
    _, *typed = shlex.split(json.loads(done.stdout)["next"][0]["command"])

    done = zcrm(*(("runs", "retry", "one") if again == "retry" else typed))
    assert (done.returncode, "1 rejected" in done.stderr) == (3, True), done.stderr
    simulator.load("Accounts", [{"id": ids(2)[1]}])
    done = zcrm("runs", "retry")

    assert done.returncode == 0, done.stderr
    assert simulator.ledger.applied["Accounts", ids(2)[1]] == 1


def test_keys_that_are_not_sent_hold_any_number(zcrm: Any, simulator: Any, ids: Ids) -> None:
    held = {"id": ids(1)[0], "Phone": "1", "_keys": [2**64, {"more": -(10**30), "less": [0.5, None]}]}
    zcrm.write("rows.jsonl", json.dumps(held))

    assert zcrm(*UPDATE, "rows.jsonl", "--triggers", "none").returncode == 3

    [line] = (zcrm.run_folder / "rejected.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["_keys"] == held["_keys"]


def test_a_lookup_whose_id_is_no_text_is_for_zoho_to_refuse(zcrm: Any, simulator: Any, ids: Ids) -> None:
    simulator.load("Accounts", [{"id": ids(1)[0]}])
    row = {"id": ids(1)[0], "Parent_Account": {"id": [ids(1)[0], "x"]}}
    zcrm.write("rows.jsonl", json.dumps(row))
    done = zcrm(*UPDATE, "rows.jsonl", "--triggers", "none")
    assert (done.returncode, zcrm.facts["calls"]) == (3, 1), done.stderr


@pytest.mark.parametrize("words", [["resume", "one"], ["show", "one", "--files"]])
def test_corrections_are_kept_where_files_are_written_anew(
    zcrm: Any, simulator: Any, ids: Ids, words: list[str]
) -> None:
    zcrm.write("rows.csv", "id,Phone\n" + "".join(f"{each},1\n" for each in ids(2)))
    simulator.load("Accounts", [{"id": ids(2)[0]}])
    assert zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--run-name", "one").returncode == 3
    rejected = zcrm.run_folder / "rejected.csv"
    written = rejected.read_bytes()
    corrected = written.replace(b",1,", b",2,")
    for _ in range(2):
        rejected.write_bytes(corrected)
        zcrm("runs", *words)
        [kept] = zcrm.run_folder.glob("rejected.edited-*.csv")
        assert (kept.read_bytes(), rejected.read_bytes()) == (corrected, written)
        kept.unlink()
        zcrm("runs", *words)
        assert not [*zcrm.run_folder.glob("*.edited-*")]
