"""`zcrm explain`: the error table, in words, offline."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from zcrm.cli.app import app
from zcrm_api.error_table import ENTRIES


def explain(*words: str) -> Any:
    return CliRunner().invoke(app, ["explain", *words])


def test_every_documented_code_is_explained_with_all_its_entries() -> None:
    for code in {entry.code for entry in ENTRIES}:
        shown = explain(code)
        assert shown.exit_code == 0, shown.stderr
        for entry in ENTRIES:
            if entry.code == code:
                for text in (entry.meaning, entry.fix, entry.source, *entry.operations):
                    assert text in shown.stdout


def test_an_operation_narrows_it_down() -> None:
    found = json.loads(explain("invalid_data", "--operation", "mass_update", "--json").stdout)["codes"]
    assert found
    expected = [
        entry for entry in ENTRIES if entry.code == "INVALID_DATA" and "mass_update" in entry.operations
    ]
    assert [entry["message"] for entry in found] == [entry.message for entry in expected]
    assert all("mass_update" in entry["operations"] and entry["handling"] for entry in found)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["INVALID_MODUL"], "code 'INVALID_MODUL' is not documented; near it: INVALID_MODULE"),
        (["QQQ"], "code 'QQQ' is not documented; there are: "),
        (
            ["ALREADY_MODIFIED", "--operation", "update_recrods"],
            "'update_recrods' is no operation documented to answer ALREADY_MODIFIED; near it: update_record",
        ),
    ],
)
def test_what_is_unknown_is_answered_with_what_is_near(words: list[str], says: str) -> None:
    shown = explain(*words)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith(f"Error: {says}")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["TOO_MANY_REQUESTS"], "waits and sends the call again"),
        (["INVALID_MODULE", "--operation", "update_records"], "stops the run"),
        (["ALREADY_MODIFIED", "--operation", "update_records"], "calls that row a conflict"),
        (["RECORD_LOCKED", "--operation", "update_records"], "after a lost answer"),
    ],
)
def test_it_says_what_zcrm_does(words: list[str], says: str) -> None:
    assert says in explain(*words).stdout
