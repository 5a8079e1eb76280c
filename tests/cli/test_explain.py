"""`zcrm explain`: the error table, in words, offline."""

import json
import re
from typing import Any

import pytest
from typer.testing import CliRunner

from zcrm.cli import catalogue
from zcrm.cli.app import app
from zcrm.rules import Rules
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
        (["INVALID_MODUL"], "'INVALID_MODUL' is not documented; did you mean INVALID_MODULE"),
        (["QQQ"], "'QQQ' is not documented; there are: "),
        (
            ["the id givn seem to be invalid"],
            "'the id givn seem to be invalid' is not documented; did you mean the id given",
        ),
        ([], "give an error code, words of its message, or --list"),
        (["QQQ", "--list"], "give an error code, words of its message, or --list"),
        (
            ["ALREADY_MODIFIED", "--operation", "update_recrods"],
            "'update_recrods' is no operation documented to answer ALREADY_MODIFIED; did you mean update_",
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


@pytest.mark.parametrize(
    "words", [["the id given seems to be invalid"], ["The", "id", "given,", "seems", "to be"]]
)
def test_words_of_a_message_find_what_was_said(words: list[str]) -> None:
    found = json.loads(explain(*words, "--json").stdout)["codes"]
    assert {entry["code"] for entry in found} == {"INVALID_DATA"}
    assert all("the id given seems to be" in entry["message"].lower() for entry in found)


def test_words_that_no_message_has_are_looked_for_in_what_it_means() -> None:
    shown = explain("row", "reschedule", "no new start").stdout
    assert shown.startswith("DEPENDENT_FIELD_MISSING · HTTP 400")


def test_the_list_has_a_line_for_each_code() -> None:
    lines = explain("--list").stdout.splitlines()
    assert sorted(line.split("  ")[0] for line in lines) == sorted({entry.code for entry in ENTRIES})
    assert "RECORD_LOCKED                       400            6 cases" in lines
    narrowed = explain("--list", "--operation", "update_record").stdout.splitlines()
    assert "RECORD_LOCKED                       400            3 cases" in narrowed


def test_every_entry_has_an_address_of_its_own() -> None:
    found = json.loads(explain("--list", "--json").stdout)["codes"]
    addresses = [entry["address"] for entry in found]
    assert len(set(addresses)) == len(ENTRIES)
    assert all(re.fullmatch(r"errors/[a-z_]+\.html#[a-z-]+-[0-9]+", address) for address in addresses)
    assert f"  Docs:    {addresses[0]}" in explain(found[0]["code"]).stdout


def test_what_a_fix_ends_with_explains_that_one_case() -> None:
    rules = Rules(ENTRIES)
    for entry in ENTRIES:
        level: Any = "record" if entry.level == "both" else entry.level
        rule = rules.find(entry.operations[0], entry.status, entry.code, level)
        fix = rule.fix(entry.message, dict.fromkeys(entry.detail_keys, "x"))
        (place,) = fix.partition(" More: zcrm explain ")[2].split()
        meant = catalogue.named(place)
        assert entry in meant
        assert len(meant) == 1 or "#" not in place


def test_a_case_is_explained_alone() -> None:
    (found,) = json.loads(explain("record_locked#update-records-2", "--json").stdout)["codes"]
    assert found["address"] == "errors/record_locked.html#update-records-2"
    assert explain("RECORD_LOCKED#nowhere").exit_code == 2
