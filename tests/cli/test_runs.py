"""`zcrm runs`, and what a run does besides sending: rules, resume, what is unchanged."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from zcrm.runs.folder import RunFolder
from zcrm.runs.journal import Journal
from zcrm.runs.request import Rules
from zcrm.runs.rules import credits_reached

Ids = Callable[[int], list[str]]
UPDATE = ("records", "update", "Accounts", "rows.csv", "--triggers", "none")


def write_rows(zcrm: Any, ids: list[str], city: str = "Cork") -> None:
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},{city}\n" for record in ids))


def load(simulator: Any, ids: list[str]) -> None:
    simulator.load("Accounts", [{"id": record} for record in ids])


def run_of(zcrm: Any, name: str) -> Any:
    return json.loads((zcrm.folder / "zcrm-runs" / name / "run.json").read_bytes())


def test_rows_are_listed_shown_and_deleted(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(3))
    write_rows(zcrm, ids(4))
    assert zcrm(*UPDATE, "--run-name", "one").returncode == 3
    listed = json.loads(zcrm("runs", "list", "--json").stdout)
    assert [(run["run"], run["rows"], run["exit_code"]) for run in listed["runs"]] == [("one", 4, 3)]
    shown = json.loads(zcrm("runs", "show", "--last", "--json").stdout)
    assert (shown["run"], shown["states"]["updated"], shown["states"]["rejected"]) == ("one", 3, 1)
    assert zcrm("runs", "delete", "one", "--yes").returncode == 0
    assert zcrm("runs", "show", "one").returncode == 2
    assert (zcrm.folder / "zcrm-runs/.gitignore").read_text() == "*\n"


def test_a_run_of_the_first_release_has_no_journal_and_says_so(zcrm: Any) -> None:
    folder = zcrm.folder / "zcrm-runs/old"
    folder.mkdir(parents=True)
    facts = {"run": "old", "module": "Deals", "rows": 1, "started": "2026-11-20T18:00:00+00:00"}
    (folder / "run.json").write_text(json.dumps(facts | {"states": {"updated": 1}}), encoding="utf-8")
    assert zcrm("runs", "list").stderr.startswith("old ")
    for verb in ("show", "resume", "retry", "export"):
        told = zcrm("runs", verb, "old")
        assert told.returncode == 2
        assert "old has no journal" in told.stderr
        assert "rejected.csv" in told.stderr
    assert zcrm("runs", "delete", "old", "--yes").returncode == 0


def test_the_files_come_back_from_journal_and_input(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(200))
    write_rows(zcrm, ids(250))
    assert zcrm(*UPDATE).returncode == 3
    before = {path.name: path.read_bytes() for path in zcrm.run_folder.glob("*.csv")}
    for name in before:
        (zcrm.run_folder / name).unlink()
    assert zcrm("runs", "show", "--files").returncode == 0
    assert {path.name: path.read_bytes() for path in zcrm.run_folder.glob("*.csv")} == before


def test_retry_makes_a_run_of_the_rejected(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(3))
    write_rows(zcrm, ids(4))
    assert zcrm(*UPDATE, "--run-name", "one").returncode == 3
    load(simulator, ids(4)[3:])
    assert zcrm("runs", "retry", "one").returncode == 0
    assert simulator.ledger.applied["Accounts", ids(4)[3]] == 1
    latest = json.loads(zcrm("runs", "list", "--json").stdout)["runs"][-1]["run"]
    again = zcrm("runs", "retry", latest)
    assert (again.returncode, "nothing to do" in again.stderr) == (0, True)


def unfinished(zcrm: Any, simulator: Any, ids: list[str]) -> None:
    """A run named one of which 100 rows are sent and the rest is not."""
    load(simulator, ids)
    write_rows(zcrm, ids)
    simulator.fault("throttle", times=range(2, 1000), retry_after=7200)
    done = zcrm(*UPDATE, "--concurrency", "1", "--run-name", "one")
    assert done.returncode == 5, done.stderr
    simulator.clear_faults()


def test_a_changed_input_is_refused_or_matched_by_id(zcrm: Any, simulator: Any, ids: Ids) -> None:
    unfinished(zcrm, simulator, ids(300))
    write_rows(zcrm, list(reversed(ids(310))), city="Lille")
    load(simulator, ids(310)[300:])
    done = zcrm("runs", "resume", "one")
    assert (done.returncode, "has changed since the run began" in done.stderr) == (2, True)
    done = zcrm("runs", "resume", "one", "--accept-changed-input")
    assert done.returncode == 0, done.stderr
    assert simulator.ledger.applied_twice == {}
    assert len(simulator.ledger.applied) == 310
    assert zcrm.counts == {"updated": 310}


def forget(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as database, database:
        database.execute("DELETE FROM spans")
        database.execute("DELETE FROM sessions")


def make_newer(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as database:
        database.execute("PRAGMA user_version = 9")


def take_another(journal: Path) -> None:
    journal.unlink()
    Journal(journal).close()


def make_a_folder(journal: Path) -> None:
    journal.unlink()
    journal.mkdir()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Path.unlink, "is gone"),
        (make_a_folder, "is gone"),
        (lambda journal: journal.write_bytes(b""), "is not this run's"),
        (take_another, "is not this run's"),
        (forget, "is older than run.json"),
        (lambda journal: journal.write_bytes(journal.read_bytes()[:8192]), "is damaged"),
        (lambda journal: journal.write_bytes(b"no database" * 1000), "is damaged"),
        (make_newer, "was written by a newer zcrm"),
    ],
    ids=["gone", "a folder", "empty", "another run's", "behind", "cut off", "overwritten", "newer"],
)
def test_a_run_whose_journal_was_lost_is_not_sent_again(
    zcrm: Any, simulator: Any, ids: Ids, change: Callable[[Path], object], said: str
) -> None:
    unfinished(zcrm, simulator, ids(300))
    change(RunFolder(zcrm.folder / "zcrm-runs" / "one").journal)
    for words in (("show", "one", "--files"), ("resume", "one")):
        done = zcrm("runs", *words)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert simulator.ledger.applied_twice == {}
    assert len(simulator.ledger.applied) == 100


def test_facts_that_are_no_object_are_said_to_be_so(zcrm: Any, simulator: Any, ids: Ids) -> None:
    unfinished(zcrm, simulator, ids(200))
    zcrm.write("zcrm-runs/one/run.json", "[]")
    for words in (("list",), ("resume", "one"), ("resume", "--last")):
        done = zcrm("runs", *words)
        assert (done.returncode, "is not what zcrm wrote" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("missing", ["place", "checked", "journal", "input_sha256"])
def test_facts_that_lack_something_are_said_to(zcrm: Any, simulator: Any, ids: Ids, missing: str) -> None:
    unfinished(zcrm, simulator, ids(200))
    facts = json.loads((zcrm.folder / "zcrm-runs/one/run.json").read_bytes())
    del facts[missing]
    zcrm.write("zcrm-runs/one/run.json", json.dumps(facts))
    done = zcrm("runs", "resume", "one")
    assert (done.returncode, f"not what zcrm wrote: KeyError('{missing}')" in done.stderr) == (2, True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_a_pipe_is_kept_for_the_resume(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(300))
    simulator.fault("throttle", times=range(2, 1000), retry_after=7200)
    pipe = zcrm.folder / "deals.pipe"
    os.mkfifo(pipe)
    lines = "id,Stage\n" + "".join(f"{record},Won\n" for record in ids(300))
    writer = threading.Thread(target=pipe.write_text, args=[lines], daemon=True)
    writer.start()
    done = zcrm(*UPDATE[:3], str(pipe), *UPDATE[4:], "--run-name", "one", "--concurrency", "1")
    assert done.returncode == 5, done.stderr
    simulator.clear_faults()
    done = zcrm("runs", "resume", "one")
    assert (done.returncode, "300 updated" in done.stderr) == (0, True), done.stderr
    assert simulator.ledger.applied_twice == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_a_file_that_has_become_a_pipe_is_refused(zcrm: Any, simulator: Any, ids: Ids) -> None:
    unfinished(zcrm, simulator, ids(200))
    file = zcrm.folder / UPDATE[3]
    file.unlink()
    os.mkfifo(file)
    done = zcrm("runs", "resume", "one")
    assert (done.returncode, f"{file.name} is no file any more" in done.stderr) == (2, True), done.stderr


def test_standard_input_is_kept_for_the_resume(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(300))
    simulator.fault("throttle", times=range(2, 1000), retry_after=7200)
    text = "".join(json.dumps({"id": record, "City": "Cork"}) + "\n" for record in ids(300))
    words = ("records", "update", "Accounts", "-", "--triggers", "none", "--concurrency", "1")
    assert zcrm.process(*words, stdin=text).returncode == 5
    simulator.clear_faults()
    assert zcrm("runs", "resume", "--last").returncode == 0
    assert len(simulator.ledger.applied) == 300


def test_a_second_resume_at_once_is_refused(zcrm: Any, simulator: Any, ids: Ids) -> None:
    unfinished(zcrm, simulator, ids(300))
    simulator.fault("hold")
    before = simulator.ledger.calls("update_records")
    first = zcrm.start("runs", "resume", "one")
    while simulator.ledger.calls("update_records") == before:
        assert first.poll() is None
    second = zcrm("runs", "resume", "one")
    assert (second.returncode, "another process" in second.stderr) == (2, True)
    simulator.release()
    assert first.wait(timeout=30) == 0, first.communicate()
    first.communicate()


def test_a_run_of_that_name_is_gone_on_with_if_so_asked(zcrm: Any, simulator: Any, ids: Ids) -> None:
    unfinished(zcrm, simulator, ids(300))
    done = zcrm(*UPDATE, "--run-name", "one")
    assert (done.returncode, "There is a run 'one' already" in done.stderr) == (2, True)
    assert zcrm(*UPDATE, "--run-name", "one", "--resume-if-exists").returncode == 0
    assert simulator.ledger.applied_twice == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("records", "update", "Contacts", "rows.csv", "--triggers", "none"), "another module"),
        (("records", "update", "Accounts", "other.csv", "--triggers", "none"), "another file"),
        (("records", "update", "Accounts", "rows.csv", "--triggers", "all"), "another triggers"),
        ((*UPDATE, "--ignore", "City"), "another reading"),
        (("mass-update", "ids", "Accounts", "rows.csv", "--set", "City=Nantes", "--yes"), "another verb"),
    ],
)
def test_a_run_of_that_name_that_sends_something_else_is_not_gone_on_with(
    zcrm: Any, simulator: Any, ids: Ids, words: tuple[str, ...], said: str
) -> None:
    unfinished(zcrm, simulator, ids(300))
    zcrm.write("other.csv", (zcrm.folder / "rows.csv").read_bytes())
    done = zcrm(*words, "--run-name", "one", "--resume-if-exists")
    assert (done.returncode, f"was begun with {said}" in done.stderr) == (2, True), done.stderr
    assert len(simulator.ledger.applied) == 100


@pytest.mark.parametrize(("name", "value"), [("ZCRM_ENVIRONMENT", "sandbox"), ("ZCRM_DATA_CENTER", "eu")])
def test_a_run_does_not_go_on_elsewhere(zcrm: Any, simulator: Any, ids: Ids, name: str, value: str) -> None:
    unfinished(zcrm, simulator, ids(300))
    before = run_of(zcrm, "one")
    zcrm.env[name] = value
    done = zcrm("runs", "resume", "one")
    assert (done.returncode, "The run one was begun at" in done.stderr) == (2, True), done.stderr
    assert (len(simulator.ledger.applied), run_of(zcrm, "one")) == (100, before)
    del zcrm.env[name]
    assert zcrm("runs", "resume", "one").returncode == 0


@pytest.mark.parametrize("more", [[], ["--resume-if-exists"]])
def test_what_a_process_left_that_died_before_it_began_is_taken_over(
    zcrm: Any, simulator: Any, ids: Ids, more: list[str]
) -> None:
    load(simulator, ids(3))
    write_rows(zcrm, ids(3))
    left = zcrm.folder / "zcrm-runs/one"
    left.mkdir(parents=True)
    (left / "journal.sqlite").write_bytes(b"torn")
    (left / "lock").touch()

    done = zcrm(*UPDATE, "--run-name", "one", *more)

    assert (done.returncode, zcrm.counts) == (0, {"updated": 3}), done.stderr


@pytest.mark.parametrize("more", [[], ["--resume-if-exists"]])
def test_a_folder_that_is_no_run_is_left_as_it_is(
    zcrm: Any, simulator: Any, ids: Ids, more: list[str]
) -> None:
    load(simulator, ids(3))
    write_rows(zcrm, ids(3))
    zcrm.write("work/notes.txt", "of somebody")

    done = zcrm(*UPDATE, "--runs-dir", ".", "--run-name", "work", *more)

    assert (done.returncode, "work is no run, and holds notes.txt" in done.stderr) == (2, True)
    assert [path.name for path in (zcrm.folder / "work").iterdir()] == ["notes.txt"]
    assert not simulator.ledger.applied

    assert zcrm(*UPDATE, "--runs-dir", ".", "--run-name", "free").returncode == 0
    assert not (zcrm.folder / ".gitignore").exists()


def test_what_somebody_is_at_is_left_alone(zcrm: Any, simulator: Any, ids: Ids) -> None:
    write_rows(zcrm, ids(3))
    left = zcrm.folder / "zcrm-runs/one"
    left.mkdir(parents=True)
    (left / "input").touch()
    with RunFolder(left).locked():
        done = zcrm(*UPDATE, "--run-name", "one", "--resume-if-exists")
    assert (done.returncode, "by another process" in done.stderr) == (2, True)
    assert (left / "input").exists()


def test_a_row_that_was_lost_is_resent_only_where_that_is_safe(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(2))
    zcrm.write("rows.csv", f'id,Visits:json\n{ids(2)[0]},"[{{""a"": 1}}]"\n{ids(2)[1]},2\n')
    simulator.fault("drop_after", times=[1])
    assert zcrm(*UPDATE, "--run-name", "one").returncode == 6
    assert zcrm.counts == {"updated": 1, "unknown": 1}
    calls = simulator.ledger.calls("update_records")
    assert zcrm("runs", "resume", "one").returncode == 6
    assert simulator.ledger.calls("update_records") == calls
    done = zcrm("runs", "resume", "one", "--include-unknown", "--json")
    assert (done.returncode, json.loads(done.stdout)["rows_sent_twice"]) == (0, 2)


def test_only_what_changed_is_sent_on_the_second_night(zcrm: Any, simulator: Any, ids: Ids) -> None:
    names = ids(50_000)
    load(simulator, names)
    write_rows(zcrm, names)
    assert zcrm(*UPDATE, "--changed-only").returncode == 0
    simulator.ledger.clear()
    changed = set(names[::100])
    rows = (f"{record},{'Lille' if record in changed else 'Cork'}\n" for record in names)
    zcrm.write("rows.csv", "id,City\n" + "".join(rows))
    done = zcrm(*UPDATE, "--changed-only", "--run-name", "second", "--json")
    assert done.returncode == 0, done.stderr
    assert (simulator.ledger.calls("update_records"), simulator.ledger.credits) == (5, 50)
    assert run_of(zcrm, "second")["states"]["skipped"] == 49_500


def test_a_row_behind_another_one_for_its_record_is_sent(zcrm: Any, simulator: Any, ids: Ids) -> None:
    """It equals what was sent before, which the row before it changes."""
    load(simulator, ids(3))
    write_rows(zcrm, ids(3), city="Cork")
    assert zcrm(*UPDATE, "--changed-only").returncode == 0
    rows = [f"{each},{city}\n" for city in ("Lille", "Cork") for each in ids(3)]
    zcrm.write("rows.csv", "id,City\n" + "".join(rows))

    assert zcrm(*UPDATE, "--changed-only", "--duplicates", "keep-order").returncode == 0

    assert {record["City"] for record in simulator.records("Accounts").values()} == {"Cork"}
    assert set(simulator.ledger.applied.values()) == {3}


def test_what_a_run_without_it_changed_counts_too(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(2))
    write_rows(zcrm, ids(2))
    assert zcrm(*UPDATE, "--changed-only").returncode == 0
    write_rows(zcrm, ids(2)[:1], city="Lille")
    assert zcrm(*UPDATE).returncode == 0
    write_rows(zcrm, ids(2))
    assert zcrm(*UPDATE, "--changed-only", "--run-name", "last").returncode == 0
    assert run_of(zcrm, "last")["states"] | {"updated": 0, "skipped": 0} == run_of(zcrm, "last")["states"] | {
        "updated": 0,
        "skipped": 0,
    }
    assert (run_of(zcrm, "last")["states"]["updated"], run_of(zcrm, "last")["states"]["skipped"]) == (1, 1)
    assert simulator.record("Accounts", ids(1)[0])["City"] == "Cork"


def tear_a_record(digests: Path) -> None:
    with closing(sqlite3.connect(digests)) as database, database:
        database.execute("UPDATE sent SET fields = '{'")


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (
            lambda digests: digests.write_bytes(b"no database" * 1000),
            2,
            "Fix: Delete it, and every row is sent",
        ),
        (tear_a_record, 5, "what was sent before: "),
    ],
)
def test_what_was_sent_before_and_is_damaged_is_not_gone_by(
    zcrm: Any, simulator: Any, ids: Ids, change: Callable[[Path], object], code: int, said: str
) -> None:
    load(simulator, ids(3))
    write_rows(zcrm, ids(3))
    assert zcrm(*UPDATE, "--changed-only").returncode == 0
    [digests] = (zcrm.folder / "zcrm-runs/.sent").glob("*.sqlite")
    change(digests)

    done = zcrm(*UPDATE, "--changed-only")

    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert set(simulator.ledger.applied.values()) == {1}


def test_a_stamp_and_a_time_for_each_row(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(2))
    later = "2999-01-01T00:00:00+00:00"
    zcrm.write(
        "rows.csv", f"id,City,_read\n{ids(2)[0]},Cork,{later}\n{ids(2)[1]},Cork,2001-01-01T00:00:00+00:00\n"
    )
    words = ("--stamp", "Batch", "--run-name", "one", "--if-unmodified-since", ":column _read")
    done = zcrm(*UPDATE, *words)
    assert done.returncode == 3, done.stderr
    assert zcrm.counts == {"updated": 1, "conflict": 1}
    assert simulator.record("Accounts", ids(1)[0])["Batch"] == "one"


def test_the_last_of_several_rows_for_a_record_wins(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(1))
    zcrm.write("rows.csv", f"id,City\n{ids(1)[0]},Cork\n{ids(1)[0]},Lille\n")
    assert zcrm(*UPDATE, "--duplicates", "last-wins").returncode == 0
    assert zcrm.counts == {"updated": 1, "skipped": 1}
    assert simulator.ledger.applied_twice == {}
    assert simulator.record("Accounts", ids(1)[0])["City"] == "Lille"


def test_a_lone_carriage_return_and_other_columns_come_back(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(1))
    zcrm.write("rows.csv", f'id,City,_mine,_code\n{ids(1)[0]},"a\rb",x,old\n'.encode())
    assert zcrm(*UPDATE).returncode == 0
    [row] = zcrm.results["updated"]
    assert (row["City"], row["_mine"], row["_code"]) == ("a\rb", "x", "SUCCESS")
    assert b'"a\rb"' in (zcrm.run_folder / "updated.csv").read_bytes()


RULES = [
    (["--max-errors", "5"], "--max-errors"),
    (["--max-errors", "1%"], "--max-errors"),
    (["--canary", "20"], "--canary"),
]


@pytest.mark.parametrize(("words", "says"), RULES)
def test_a_rule_stops_the_run(zcrm: Any, simulator: Any, ids: Ids, words: list[str], says: str) -> None:
    write_rows(zcrm, ids(900))
    load(simulator, ["1"])
    done = zcrm(*UPDATE, "--concurrency", "1", *words, "--json")
    assert (done.returncode, says in json.loads(done.stdout)["stop_rule"]) == (8, True), done.stderr
    calls = simulator.ledger.calls("update_records")
    assert calls <= 5
    assert zcrm.results["unsent"]
    again = zcrm(*UPDATE, *words, "--run-name", zcrm.run_folder.name, "--resume-if-exists")
    assert (again.returncode, says in again.stderr) == (8, True)
    assert simulator.ledger.calls("update_records") == calls
    [command] = re.findall(r"zcrm (runs resume .+)", again.stderr)
    zcrm(*command.split())
    assert simulator.ledger.calls("update_records") > calls


def test_a_run_that_left_credits_to_others_goes_on_by_itself(zcrm: Any, simulator: Any, ids: Ids) -> None:
    unfinished(zcrm, simulator, ids(300))
    facts = json.loads((zcrm.folder / "zcrm-runs/one/run.json").read_bytes())
    facts["stop_rule"] = credits_reached(Rules(credits_reserve=9), 1)
    (zcrm.folder / "zcrm-runs/one/run.json").write_text(json.dumps(facts), encoding="utf-8")
    assert zcrm(*UPDATE, "--run-name", "one", "--resume-if-exists").returncode == 0


def test_a_canary_goes_first_in_production_above_a_thousand_rows(zcrm: Any, simulator: Any, ids: Ids) -> None:
    write_rows(zcrm, ids(1001))
    load(simulator, ["1"])
    assert zcrm(*UPDATE).returncode == 8
    assert zcrm.counts == {"rejected": 10, "unsent": 991}


def test_a_broken_extract_is_refused(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(100))
    write_rows(zcrm, ids(100))
    assert zcrm(*UPDATE, "--expect", "10%", "--min-rows", "50").returncode == 0
    calls = simulator.ledger.calls()
    write_rows(zcrm, ids(80))
    for words in (["--expect", "10%"], ["--min-rows", "90"]):
        done = zcrm(*UPDATE, *words, "--json")
        assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (8, 8), done.stderr
    assert zcrm(*UPDATE, "--expect", "20%").returncode == 0
    assert simulator.ledger.calls() > calls


def test_credits_are_left_for_others(zcrm: Any, ids: Ids) -> None:
    from zcrm.simulator import Simulator

    with Simulator(credits_per_day=100) as simulator:
        zcrm.find(simulator)
        load(simulator, ids(1000))
        write_rows(zcrm, ids(1000))
        done = zcrm(*UPDATE, "--concurrency", "1", "--credits-reserve", "40")
        assert (done.returncode, "--credits-reserve" in done.stderr) == (8, True), done.stderr
        assert simulator.ledger.credits <= 70


def test_an_unreachable_server_is_for_later(zcrm: Any, simulator: Any, ids: Ids) -> None:
    write_rows(zcrm, ids(1))
    zcrm.env["ZCRM_API_DOMAIN"] = "http://127.0.0.1:9"
    done = zcrm(*UPDATE)
    assert done.returncode == 5, done.stderr
    assert "127.0.0.1" in done.stderr


def test_json_answers_also_what_never_began(zcrm: Any) -> None:
    zcrm.write("rows.csv", "id\n5545974000000500001\n")
    for words in (["rows.csv"], ["none.csv", "--triggers", "none"], ["rows.csv", "--nonsense"]):
        done = zcrm("records", "update", "Accounts", *words, "--json")
        answer = json.loads(done.stdout)
        assert (done.returncode, answer["exit_code"], answer["run"]) == (2, 2, None)
        assert answer["error"]["message"]


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_stop_nothing(zcrm: Any, simulator: Any, ids: Ids, closed: str) -> None:
    load(simulator, ids(200))
    write_rows(zcrm, ids(200))
    command = " ".join([*zcrm.command, *UPDATE, "--json", closed])
    done = subprocess.run(["bash", "-c", command], cwd=zcrm.folder, env=zcrm.env, timeout=60, check=False)
    assert done.returncode == 0
    assert zcrm.counts == {"updated": 200}


def test_a_folder_that_vanishes_stops_the_sending(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(900))
    write_rows(zcrm, ids(900))
    simulator.fault("slow", seconds=0.3)
    process = zcrm.start(*UPDATE, "--concurrency", "1", "--run-name", "one")
    while simulator.ledger.calls("update_records") < 2:
        assert process.poll() is None
        time.sleep(0.01)
    shutil.rmtree(zcrm.folder / "zcrm-runs/one", ignore_errors=True)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 5, err
    assert "Traceback" not in err
    assert "of 900 rows" in err
    assert simulator.ledger.calls("update_records") <= 4


def test_what_happens_is_told_while_it_happens(zcrm: Any, simulator: Any, ids: Ids) -> None:
    load(simulator, ids(150))
    write_rows(zcrm, ids(150))
    simulator.fault("throttle", times=[1], retry_after=2)
    done = zcrm(*UPDATE, "--concurrency", "1", "--events", "events.ndjson", "--log-file", "run.log")
    assert done.returncode == 0, done.stderr
    assert "Waiting 2 s: " in done.stderr
    events = [json.loads(line) for line in (zcrm.folder / "events.ndjson").read_text().splitlines()]
    assert [(event["name"], event["status"]) for event in events] == [
        ("answered", 429),
        ("retrying", None),
        ("answered", 200),
        ("settled", None),
        ("answered", 200),
        ("settled", None),
    ]
    assert "retrying" in (zcrm.folder / "run.log").read_text()
    assert "answered · update_records · 100 rows" in zcrm(*UPDATE, "-v").stderr


def test_a_plan_sends_nothing(zcrm: Any, simulator: Any, ids: Ids) -> None:
    write_rows(zcrm, ids(1200))
    done = zcrm(*UPDATE, "--plan", "--answer-time", "2", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["rows_to_send"], answer["calls"], answer["credits"], answer["seconds"]) == (
        1200,
        13,
        120,
        4,
    )
    assert not simulator.ledger.requests
    assert not (zcrm.folder / "zcrm-runs").exists()


def test_the_version_is_told(zcrm: Any) -> None:
    from zcrm import __version__

    assert zcrm("--version").stdout == f"zcrm {__version__}\n"
    assert zcrm("runs", "-h").stdout.startswith("Usage: zcrm runs")
