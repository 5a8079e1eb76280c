"""`zcrm records update` as a process, against a simulator in the test's own process."""

import contextlib
import json
import os
import pty
import shlex
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ids = Callable[[int], list[str]]
UPDATE = ("records", "update", "Accounts")
FIRST_ID = 5545974000000500001


def test_cells_arrive_as_their_columns_say(zcrm: Any, simulator: Any) -> None:
    simulator.load(
        "Accounts",
        [
            {"id": "5545974000000500001", "City": "Bergen", "Note": "old"},
            {"id": "5545974000000500002", "City": "Cork"},
        ],
    )
    headers = (
        "id,_x,City,Note,Beds:int,Price:decimal,Open:bool,Day:date,At:datetime,Tags:list,Owner.id,X:json"
    )
    cells = "9007199254740993,10.10,TRUE,2026-01-31,2026-01-31T15:26:49.7+05:30,a; b,7"
    zcrm.write(
        "rows.csv",
        f'\ufeff{headers}\r\n{FIRST_ID},gone,,NULL,{cells},"{{""k"": [1]}}"\n'
        f"{FIRST_ID + 1},gone,NA,,,,,,,,,\n",
    )
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--null", "NULL")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert simulator.records("Accounts") == {
        "5545974000000500001": {
            "id": "5545974000000500001",
            "City": "Bergen",
            "Note": None,
            "Beds": 9007199254740993,
            "Price": 10.10,
            "Open": True,
            "Day": "2026-01-31",
            "At": "2026-01-31T15:26:49+05:30",
            "Tags": ["a", "b"],
            "Owner": {"id": "7"},
            "X": {"k": [1]},
        },
        "5545974000000500002": {"id": "5545974000000500002", "City": "NA"},
    }
    assert (zcrm.run_folder / "updated.csv").read_bytes().startswith(b"\xef\xbb\xbfid,_x,City,")


@pytest.mark.parametrize(
    ("choice", "fired"),
    [
        ("none", set()),
        ("workflow", {"workflow"}),
        ("blueprint, workflow", {"blueprint", "workflow"}),
        ("all", {"workflow", "approval", "blueprint", "pathfinder", "orchestration"}),
    ],
)
def test_automations_are_those_that_were_named(
    zcrm: Any, simulator: Any, choice: str, fired: set[str]
) -> None:
    simulator.load("Accounts", [{"id": "5545974000000500001"}])
    zcrm.write("rows.csv", "id,City\n5545974000000500001,Cork\n")
    assert zcrm(*UPDATE, "rows.csv", "--triggers", choice).returncode == 0
    assert set(simulator.ledger.automations) == fired
    assert zcrm.facts["automations"] == choice.replace("blueprint, workflow", "workflow,blueprint")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rows.csv"], "There is no default, because a workflow may mail every customer in the file."),
        (["rows.csv", "--triggers", "workflows"], "'workflows' is no automation"),
        (["rows.csv", "--triggers", "none,workflow"], "'none' is no automation"),
        (["rows.csv", "--triggers", ""], "--triggers: is empty"),
        (["rows.csv", "--triggers", "none", "--null", ""], "an empty cell is never sent"),
        (["rows.csv", "--triggers", "none", "--duplicates", "maybe"], "'maybe' is not one of"),
        (["rows.csv", "--triggers", "none", "--simulator-load", "A=b"], "goes with --simulator only"),
        (["rows.csv", "--triggers", "none", "--simulator", "--simulator-load", "A"], "MODULE=FILE"),
        (
            ["rows.csv", "--triggers", "none", "--simulator", "--environment", "sandbox"],
            "has no profiles, data centres",
        ),
        (["rows.csv", "--triggers", "none", "--data-center", "mars"], "There is no data centre 'mars'"),
        (["rows.csv", "--triggers", "none", "--environment", "moon"], "There is no environment 'moon'"),
        (["rows.jsonl", "--triggers", "none", "--null", "x"], "in JSONL, null clears a field"),
        (["none.csv", "--triggers", "none"], "none.csv: can not be read: No such file or directory"),
    ],
)
def test_a_wrong_use_says_why(zcrm: Any, simulator: Any, words: list[str], says: str) -> None:
    del zcrm.env["ZCRM_API_DOMAIN"]
    zcrm.write("rows.csv", "id,City\n5545974000000500001,Cork\n")
    zcrm.write("rows.jsonl", '{"id": "5545974000000500001"}\n')
    done = zcrm(*UPDATE, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in " ".join(done.stderr.split())
    assert not (zcrm.folder / "zcrm-runs").exists()
    assert not simulator.ledger.requests


def test_a_module_that_is_no_name_is_refused(zcrm: Any) -> None:
    zcrm.write("rows.csv", "id\n5545974000000500001\n")
    done = zcrm("records", "update", "../Accounts", "rows.csv", "--triggers", "none")
    assert done.returncode == 2
    assert "'../Accounts' is no API name of a module" in done.stderr


def test_a_bad_file_is_refused_in_one_message_before_anything_is_sent(zcrm: Any, simulator: Any) -> None:
    zcrm.write(
        "rows.csv",
        "id,Beds:int\n" + "".join(f"{FIRST_ID + n},1\n" for n in range(499)) + f"{FIRST_ID + 500},many\n",
    )
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Error: rows.csv, row 501, column Beds:int: 'many' is not a whole number\n"
        "Fix: write digits only, without separators\n"
    )
    assert not simulator.ledger.requests
    assert not (zcrm.folder / "zcrm-runs").exists()


def test_missing_credentials_are_named(zcrm: Any) -> None:
    zcrm.write("rows.csv", "id\n5545974000000500001\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none")
    assert done.returncode == 4
    assert "ZCRM_CLIENT_ID, ZCRM_CLIENT_SECRET, ZCRM_REFRESH_TOKEN" in done.stderr


def test_a_header_alone_is_a_run_of_no_rows(zcrm: Any) -> None:
    zcrm.write("rows.csv", "id,City\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none")
    assert done.returncode == 0, done.stderr
    assert zcrm.counts == {}
    assert {path.name for path in zcrm.run_folder.iterdir()} == {
        *(f"{state}.csv" for state in zcrm.facts["states"]),
        "run.json",
        "journal.sqlite",
        "lock",
    }
    assert (zcrm.run_folder / "unsent.csv").read_text() == (
        "id,City,_row,_id,_code,_field,_message,_details,_fix,_attempts\n"
    )


def test_a_row_without_an_id_is_rejected_without_being_sent(zcrm: Any, simulator: Any) -> None:
    simulator.load("Accounts", [{"id": "5545974000000500001"}])
    zcrm.write("rows.csv", "id,City\n5545974000000500001,Cork\n,Lille\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none")
    assert done.returncode == 3
    [row] = zcrm.results["rejected"]
    assert (row["_row"], row["_id"], row["_code"], row["_field"], row["_attempts"]) == (
        "3",
        "",
        "MANDATORY_NOT_FOUND",
        "id",
        "0",
    )
    assert zcrm.counts == {"updated": 1, "rejected": 1}


def test_the_folder_is_for_its_owner_alone(zcrm: Any) -> None:
    zcrm.write("rows.csv", "id\n5545974000000500001\n")
    umask = os.umask(0)
    try:
        assert zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--simulator").returncode == 0
    finally:
        os.umask(umask)
    assert stat.S_IMODE(zcrm.run_folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in zcrm.run_folder.iterdir()} == {0o600}


def test_no_secret_is_written_or_said(zcrm: Any, simulator: Any) -> None:
    simulator.load("Accounts", [{"id": "5545974000000500001"}])
    zcrm.write("rows.csv", "id,City\n5545974000000500001,Cork\n5545974000000500002,Cork\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--json")
    texts = [done.stdout, done.stderr]
    texts += [path.read_text(errors="replace") for path in zcrm.run_folder.iterdir()]
    for secret in (simulator.client_secret, simulator.refresh_token, simulator.client_id, "Zoho-oauthtoken"):
        assert not [text for text in texts if secret in text]


def test_the_simulator_alone_knows_the_files_own_ids(zcrm: Any) -> None:
    zcrm.write(
        "rows.jsonl",
        '{"id": 5545974000000500001, "City": "Cork"}\n{"City": "Lille"}\n'
        '{"id": "5545974000000500002", "City": "Bonn"}\n',
    )
    done = zcrm(*UPDATE, "rows.jsonl", "--triggers", "all", "--simulator")
    assert done.returncode == 3, done.stderr
    assert {state: rows for state, rows in zcrm.facts["states"].items() if rows} == {
        "updated": 2,
        "rejected": 1,
    }


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_rejected_file_once_corrected_goes_straight_back_in(zcrm: Any, simulator: Any, form: str) -> None:
    simulator.load("Accounts", [{"id": str(FIRST_ID + n)} for n in range(4)])
    if form == "csv":
        zcrm.write(
            "rows.csv",
            'id,Note,Beds:int\n5545974000000500001,"a, b",1\n'
            '5545974000000500009,"c ""d""\ne",2\n5545974000000500003,f,3\n',
        )
    else:
        zcrm.write(
            "rows.jsonl",
            '{"id": "5545974000000500001"}\n'
            '{"id": 5545974000000500009, "Note": "c \\"d\\"\\ne", "Beds": 2, "_x": 0}\n'
            '{"id": 5545974000000500003}\n',
        )
    options = ["--null", "-"] if form == "csv" else ["--concurrency", "3"]
    done = zcrm(*UPDATE, f"rows.{form}", "--triggers", "none", *options, "--json")
    assert done.returncode == 3, done.stderr
    [step] = json.loads(done.stdout)["next"]
    rejected = zcrm.run_folder / f"rejected.{form}"
    path = rejected.relative_to(zcrm.folder)
    assert step["command"] == f"zcrm records update Accounts {path} --triggers none {' '.join(options)}"
    assert step["command"] in done.stderr

    wrong, right = (
        ('"id":5545974000000500009,', '"id":5545974000000500004,')
        if form == "jsonl"
        else ("\n5545974000000500009,", "\n5545974000000500004,")
    )
    rejected.write_text(rejected.read_text().replace(wrong, right))
    again = zcrm(*shlex.split(step["command"])[1:], "--runs-dir", "again", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["states"]["updated"] == 1
    assert simulator.records("Accounts")["5545974000000500004"] == {
        "id": "5545974000000500004",
        "Note": 'c "d"\ne',
        "Beds": 2,
    }


def test_jsonl_results_are_the_rows_with_what_became_of_them(zcrm: Any, simulator: Any) -> None:
    simulator.load("Accounts", [{"id": "5545974000000500001"}])
    zcrm.write(
        "rows.jsonl",
        '{"id": 5545974000000500001, "Tags": ["a"], "_old": 1}\n\n'
        '{"id": "5545974000000500009", "City": null}\n',
    )
    done = zcrm(*UPDATE, "rows.jsonl", "--triggers", "none", "--json-null", "clear")
    assert done.returncode == 3, done.stderr
    folder = zcrm.run_folder
    assert json.loads((folder / "updated.jsonl").read_bytes()) == {
        "id": 5545974000000500001,
        "Tags": ["a"],
        "_old": 1,
        "_row": 1,
        "_id": "5545974000000500001",
        "_code": "SUCCESS",
        "_field": "",
        "_message": "record updated",
        "_details": {},
        "_fix": "",
        "_attempts": 1,
    }
    rejected = json.loads((folder / "rejected.jsonl").read_bytes())
    assert {key: rejected[key] for key in ("id", "City", "_row", "_id", "_code", "_field")} == {
        "id": "5545974000000500009",
        "City": None,
        "_row": 3,
        "_id": "5545974000000500009",
        "_code": "INVALID_DATA",
        "_field": "id",
    }
    assert (folder / "unsent.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("words", "content"),
    [
        ([], "id,City\n5545974000000500001,Cork\n"),
        ([], '  {"id": "5545974000000500001", "City": "Cork"}\n'),
        (["--format", "jsonl"], '{"id": "5545974000000500001", "City": "Cork"}'),
    ],
)
def test_standard_input_is_read(zcrm: Any, simulator: Any, words: list[str], content: str) -> None:
    simulator.load("Accounts", [{"id": "5545974000000500001"}])
    done = zcrm.process(*UPDATE, "-", "--triggers", "none", *words, stdin=content)
    assert done.returncode == 0, done.stderr
    assert simulator.records("Accounts") == {
        "5545974000000500001": {"id": "5545974000000500001", "City": "Cork"}
    }


def test_duplicates_are_refused_or_sent_in_order(zcrm: Any, simulator: Any) -> None:
    simulator.load("Accounts", [{"id": "5545974000000500001"}, {"id": "5545974000000500002"}])
    zcrm.write(
        "rows.csv",
        "id,City\n5545974000000500001,Cork\n5545974000000500002,Genoa\n5545974000000500001,Lille\n",
    )
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none")
    assert done.returncode == 2
    assert "rows 2 and 4 have the same id '5545974000000500001'" in done.stderr
    assert not simulator.ledger.requests
    assert zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--duplicates", "keep-order").returncode == 0
    assert simulator.records("Accounts")["5545974000000500001"] == {
        "id": "5545974000000500001",
        "City": "Lille",
    }
    assert simulator.ledger.applied["Accounts", "5545974000000500001"] == 2


def test_a_dry_run_lists_what_would_be_sent_and_sends_nothing(zcrm: Any, simulator: Any) -> None:
    rows = "".join(f"{FIRST_ID + n},Cork,-\n" for n in range(205))
    zcrm.write("rows.csv", f"id,City,Note\n{rows},Lille,\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "workflow", "--null", "-", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "answer": "dry_run",
        "run": None,
        "exit_code": 0,
        "error": None,
        "dry_run": True,
        "verb": "records update",
        "sets": [],
        "module": "Accounts",
        "automations": "workflow",
        "rows": 206,
        "rows_without_id": 1,
        "rows_that_repeat_an_id": 0,
        "blank_rows": 0,
        "nulls_not_sent": 0,
        "values_cleared": 205,
        "null_words": {},
        "notes": ["205 values cleared"],
        "calls": 3,
        "credits": 21,
        "credits_are_assumed": True,
        "fields": [
            {"field": "id", "filled": 205, "cleared": 0},
            {"field": "City", "filled": 206, "cleared": 0},
            {"field": "Note", "filled": 0, "cleared": 205},
        ],
    }
    assert "Dry run, nothing is sent: records update, module Accounts, automations workflow." in done.stderr
    assert not simulator.ledger.requests
    assert not (zcrm.folder / "zcrm-runs").exists()


def write_rows(zcrm: Any, simulator: Any, ids: list[str]) -> None:
    simulator.load("Accounts", [{"id": record_id} for record_id in ids])
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record_id},Cork\n" for record_id in ids))


def test_an_unknown_module_stops_the_run_with_every_row_unsent(zcrm: Any, simulator: Any, ids: Ids) -> None:
    write_rows(zcrm, simulator, ids(250))
    done = zcrm("records", "update", "Acounts", "rows.csv", "--triggers", "none", "--concurrency", "1")
    assert done.returncode == 2
    assert zcrm.counts == {"unsent": 250}
    assert {row["_code"] for row in zcrm.results["unsent"]} == {"INVALID_MODULE"}
    assert "Stopped: INVALID_MODULE: " in done.stderr
    assert not simulator.ledger.applied


def test_refused_credentials_end_in_4(zcrm: Any, simulator: Any, ids: Ids) -> None:
    write_rows(zcrm, simulator, ids(250))
    zcrm.env["ZCRM_REFRESH_TOKEN"] = "1000.nonsense.nonsense"
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none")
    assert done.returncode == 4, done.stderr
    assert zcrm.counts == {"unsent": 250}
    assert "nonsense" not in done.stderr


def test_a_limit_that_persists_ends_in_5_and_can_be_continued(zcrm: Any, simulator: Any, ids: Ids) -> None:
    write_rows(zcrm, simulator, ids(950))
    simulator.fault("throttle", times=range(3, 100), retry_after=3600)
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--concurrency", "1")
    assert done.returncode == 5, done.stderr
    assert zcrm.counts == {"updated": 200, "unsent": 750}
    assert [row["id"] for row in zcrm.results["unsent"]] == ids(950)[200:]
    [step] = zcrm.facts["next"]
    assert step["command"] in done.stderr
    simulator.clear_faults()
    assert step["command"] == f"zcrm runs resume {zcrm.run_folder.name}"
    again = zcrm(*shlex.split(step["command"])[1:])
    assert again.returncode == 0, again.stderr
    assert zcrm.counts == {"updated": 950}
    assert simulator.ledger.applied_twice == {}
    assert len(simulator.ledger.applied) == 950


def test_lost_answers_are_sent_again_or_unknown(zcrm: Any, simulator: Any, ids: Ids) -> None:
    write_rows(zcrm, simulator, ids(150))
    simulator.fault("drop_after", times=[1])
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--concurrency", "1", "--no-resend-lost")
    assert done.returncode == 6, done.stderr
    assert zcrm.counts == {"updated": 50, "unknown": 100}
    assert "To send the rows whose answer was lost, once looked up in Zoho CRM:" in done.stderr
    simulator.clear_faults()
    simulator.fault("drop_after", times=[1])
    again = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--concurrency", "1", "--runs-dir", "b", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["rows_sent_twice"] == 100


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_in_good_order(zcrm: Any, simulator: Any, ids: Ids, number: int) -> None:
    write_rows(zcrm, simulator, ids(6000))
    simulator.fault("slow", seconds=0.1)
    process = zcrm.start(*UPDATE, "rows.csv", "--triggers", "none", "--concurrency", "2", "--json")
    while simulator.ledger.calls("update_records") < 4:
        assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Stopping; waiting for the calls in flight." in err
    results = zcrm.results
    assert set(zcrm.counts) == {"updated", "unsent"}
    assert sorted(row["id"] for rows in results.values() for row in rows) == ids(6000)
    applied = {record_id for _, record_id in simulator.ledger.applied}
    assert applied == {row["id"] for row in results["updated"]}
    facts = json.loads(out)
    assert (facts["rows"], facts["exit_code"]) == (6000, 130)
    assert zcrm.facts["exit_code"] == 130
    assert f"zcrm runs resume {zcrm.run_folder.name}\n" in err


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to see that the process waits")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_anything_is_sent_leaves_nothing(zcrm: Any, number: int) -> None:
    process = zcrm.start(*UPDATE, "-", "--triggers", "none", stdin=subprocess.PIPE)
    process.stdin.write("id\n" + "1\n" * 200_000)  # more than a pipe holds: it is being read by now
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":
        assert process.poll() is None
    process.send_signal(number)
    assert process.wait(timeout=20) == 130
    assert not (zcrm.folder / "zcrm-runs").exists()
    for stream in (process.stdin, process.stdout, process.stderr):
        with contextlib.suppress(BrokenPipeError):
            stream.close()


def test_a_second_signal_ends_at_once(zcrm: Any, simulator: Any, ids: Ids) -> None:
    write_rows(zcrm, simulator, ids(100))
    simulator.fault("slow", seconds=50)
    process = zcrm.start(*UPDATE, "rows.csv", "--triggers", "none")
    while not simulator.ledger.calls("update_records"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Stopping;"):
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGINT


def test_progress_is_live_on_a_terminal(zcrm: Any, simulator: Any, ids: Ids) -> None:
    write_rows(zcrm, simulator, ids(300))
    simulator.fault("slow", seconds=0.15)
    ours, theirs = pty.openpty()
    process = zcrm.start(*UPDATE, "rows.csv", "--triggers", "none", "--concurrency", "1", stderr=theirs)
    os.close(theirs)
    shown = b""
    while chunk := read_terminal(ours):
        shown += chunk
    os.close(ours)
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert b"\x1b[" in shown
    assert b"/300" in shown


def read_terminal(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def test_a_folder_that_can_not_be_made_is_said(zcrm: Any, simulator: Any) -> None:
    simulator.load("Accounts", [{"id": "5545974000000500001"}])
    zcrm.write("rows.csv", "id\n5545974000000500001\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--runs-dir", "rows.csv")
    assert done.returncode == 2
    assert "No folder for the run can be made in rows.csv" in done.stderr
    assert not simulator.ledger.applied
