"""`zcrm mass-update`: ids as a run, views as jobs that are kept and found again."""

import csv
import json
import shlex
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from zcrm import AnswerLost
from zcrm.cli.job_telling import failed
from zcrm.cli.screen import Screen
from zcrm.fields import Fields
from zcrm.mass_update.views import ViewUpdate
from zcrm.runs.jobs import KeptJob
from zcrm.runs.request import Place
from zcrm.simulator import Simulator

Ids = Callable[[int], list[str]]
STATUS = "get_mass_update_status"
SET = ("--set", "City=Cork")


@pytest.fixture
def view(simulator: Simulator, ids: Ids) -> str:
    """A view of five leads; its job is done at the first look."""
    simulator.pace_jobs(states=("SCHEDULED", "COMPLETED"), seconds=0)
    simulator.load("Leads", [{"id": record} for record in ids(5)])
    return simulator.add_view("Leads", ids(5))


@pytest.fixture
def answer(zcrm: Any) -> Callable[..., tuple[dict[str, Any], str]]:
    """Runs a command with --json in this process; its answer, as the schema says, and what it said."""
    schema = json.loads(zcrm("schema", "answer").stdout)
    validator = Draft202012Validator(
        schema | {"unevaluatedProperties": False}, format_checker=FormatChecker()
    )

    def run(*words: str, stdin: str = "") -> tuple[dict[str, Any], str]:
        done = zcrm("mass-update", *words, "--json", stdin=stdin)
        found = json.loads(done.stdout)
        validator.validate(found)
        assert found["exit_code"] == done.returncode, done.stderr
        return found, done.stderr

    return run


def cities(simulator: Simulator) -> list[object]:
    return [lead.get("City") for lead in simulator.records("Leads").values()]


# by ids


def test_ids_are_a_run_with_six_files(zcrm: Any, simulator: Any, answer: Any, ids: Ids) -> None:
    simulator.load("Leads", [{"id": record} for record in ids(1_200)])
    simulator.lock("Leads", ids(3)[2])
    given = [*ids(1_200), ids(1)[0], "6545974000000500001", "", ids(3)[2]]
    zcrm.write("leads.csv", "Lead Name,Record Id\n" + "".join(f"A,{record}\n" for record in given))
    found, said = answer("ids", "Leads", "leads.csv", *SET, "--yes")
    assert (found["answer"], found["exit_code"]) == ("run", 3)
    assert zcrm.counts == {"updated": 1_200, "rejected": 4}
    rejected = [(row["_row"], row["_code"], row["_attempts"]) for row in zcrm.results["rejected"]]
    assert rejected == [
        ("4", "RECORD_LOCKED", "1"),
        ("1203", "INVALID_DATA", "1"),
        ("1204", "MANDATORY_NOT_FOUND", "0"),
        ("1205", "RECORD_LOCKED", "1"),
    ]
    assert simulator.ledger.calls("mass_update") == 4  # ten rows go first
    assert simulator.ledger.applied_twice == {}
    assert cities(simulator).count("Cork") == 1_199
    assert "mass-update ids City=Cork | module Leads | 1,204 rows" in said
    assert "run for every record, always" in said
    retry = next(step["command"] for step in found["next"] if "rejected" in step["what"])
    assert retry.startswith("zcrm mass-update ids Leads ")
    assert " --set City=Cork" in retry


def test_ids_are_sent_once_a_module_was_typed_again(zcrm: Any, simulator: Any, answer: Any, ids: Ids) -> None:
    simulator.load("Leads", [{"id": record} for record in ids(2)])
    zcrm.write("leads.jsonl", "".join(json.dumps({"id": record}) + "\n" for record in ids(2)))
    found, said = answer("ids", "Leads", "leads.jsonl", *SET, stdin="Deals\n")
    assert (found["answer"], found["exit_code"]) == ("failed", 2)
    assert "say --yes" in found["error"]["fix"]
    assert not (zcrm.folder / "zcrm-runs").exists()
    assert not simulator.ledger.calls("mass_update")
    found, said = answer("ids", "Leads", "leads.jsonl", *SET, stdin="Leads\n")
    assert (found["answer"], found["exit_code"]) == ("run", 0)
    assert said.index("always") < said.index("There is no undo") < said.index("Run Leads")


@pytest.mark.parametrize("what", ["--dry-run", "--plan"])
def test_nothing_is_sent_where_that_was_said(
    zcrm: Any, simulator: Any, answer: Any, ids: Ids, what: str
) -> None:
    zcrm.write("leads.csv", "id\n" + "".join(f"{record}\n" for record in [*ids(501), ids(1)[0]]))
    found, _ = answer("ids", "Leads", "leads.csv", *SET, what)
    assert (found["rows"], found["calls"], found["credits"], found["sets"]) == (502, 2, 51, ["City=Cork"])
    assert not simulator.ledger.requests


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "say what to set"),
        (("--set", "City"), "sets no field to a value"),
        (("--set", "City="), "Stage:json=null"),
        (("--set", "A:int=x"), "is not a whole number"),
        (("--set", "A=1", "--set", "A=2"), "set twice"),
        (("--set", "A=1", "--set", "B=2"), "sets 1 to 1 fields, not 2"),
        (("--set", "Owner.id=5545974000000235011"), "Owner (a lookup)"),
        (("--set", "Email=a@example.com"), "Email (an email field)"),
    ],
)
def test_what_can_not_be_set_is_refused_before_anything_is_sent(
    zcrm: Any, simulator: Any, answer: Any, ids: Ids, words: tuple[str, ...], problem: str
) -> None:
    zcrm.write("leads.csv", f"id\n{ids(1)[0]}\n")
    ids_of = ("ids", "Leads", "leads.csv")
    for target in (ids_of, (*ids_of, "--dry-run"), (*ids_of, "--plan"), ("view", "Leads", "77")):
        found, _ = answer(*target, *words, "--yes")
        assert (found["answer"], found["exit_code"]) == ("failed", 2)
        assert problem in found["error"]["message"]
    assert not simulator.ledger.requests
    assert not (zcrm.folder / "zcrm-runs").exists()


# the cheaper way


def plan_of(zcrm: Any, module: str, lines: list[str], *words: str) -> tuple[dict[str, Any], str]:
    zcrm.write("rows.csv", "".join(f"{line}\n" for line in lines))
    done = zcrm("records", "update", module, "rows.csv", "--triggers", "none", "--plan", "--json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["cheaper"], done.stderr


def test_the_plan_of_rows_that_all_set_the_same_tells_of_a_mass_update(zcrm: Any, ids: Ids) -> None:
    found, said = plan_of(
        zcrm, "Deals", ["id,Stage,Amount:decimal", *(f"{each},Won,12.50" for each in ids(1_201))]
    )
    assert (found["calls"], found["credits"], found["automations"]) == (3, 121, "all")
    command = [
        "mass-update",
        "ids",
        "Deals",
        "rows.csv",
        "--set",
        "Stage=Won",
        "--set",
        "Amount:decimal=12.50",
    ]
    assert shlex.split(found["command"])[1:] == command
    assert "a mass update by ids takes 3 calls in place of 13, 121 credits (assumed)" in said
    assert "always runs automations" in said
    assert "zcrm mass-update view takes 1 call" in said
    done = zcrm(*command, "--dry-run", "--json")
    assert json.loads(done.stdout)["sets"] == ["Stage=Won", "Amount:decimal=12.50"]


@pytest.mark.parametrize(
    ("module", "lines", "words"),
    [
        ("Deals", ["id,Stage", "{0},Won", "{1},Lost"], ()),
        ("Deals", ["id,Stage", "{0},Won", "{1},"], ()),
        ("Leads", ["id,City,Source", "{0},Cork,Fair", "{1},Cork,Fair"], ()),
        ("Leads", ["id,Owner.id", "{0},5545974000000235011", "{1},5545974000000235011"], ()),
        ("Leads", ["id,Email", "{0},a@example.com", "{1},a@example.com"], ()),
        ("Leads", ["id,City", "{0},Cork", "{1},Cork"], ("--changed-only",)),
        ("Leads", ["id,City", "{0},Cork", "{1},Cork"], ("--if-unmodified-since", "2026-03-02T10:00:00Z")),
        ("Appointments__s", ["id,Address", "{0},Cork", "{1},Cork"], ()),
        ("Leads", ["id", "{0}", "{1}"], ()),
    ],
)
def test_no_mass_update_is_told_of_where_none_does_the_same(
    zcrm: Any, ids: Ids, module: str, lines: list[str], words: tuple[str, ...]
) -> None:
    found, said = plan_of(zcrm, module, [line.format(*ids(2)) for line in lines], *words)
    assert found is None
    assert "mass update" not in said


def test_what_the_modules_own_fields_forbid_is_refused(
    zcrm: Any, simulator: Any, answer: Any, ids: Ids
) -> None:
    """The metadata of tests/data: Account_Name is a lookup, whatever the text looks like."""
    source = Path(__file__).parents[1] / "data/fields-deals.json"
    raw = json.loads(source.read_text(encoding="utf-8"))["fields"]
    Fields.from_api("Deals", raw).save(zcrm.folder / "zcrm-fields")
    simulator.load("Deals", [{"id": ids(1)[0]}])
    zcrm.write("deals.csv", f"Deal Name,Record Id\nA,{ids(1)[0]}\n")
    for target in (("ids", "Deals", "deals.csv"), ("view", "Deals", simulator.add_view("Deals"))):
        found, _ = answer(*target, "--set", f"Account_Name={ids(1)[0]}", "--yes")
        assert (found["answer"], found["exit_code"]) == ("failed", 2)
        assert "Account_Name (lookup)" in found["error"]["message"]
        assert not simulator.ledger.calls("mass_update")
    assert answer("ids", "Deals", "deals.csv", "--set", "Amount:decimal=12.50", "--yes")[0]["exit_code"] == 0
    assert plan_of(zcrm, "Deals", ["id,Deal_Name", f"{ids(1)[0]},x"])[0] is None


def test_metadata_of_another_org_are_none(zcrm: Any, simulator: Any, view: str, answer: Any) -> None:
    city = [{"api_name": "City", "data_type": "text"}]
    for org, code in (("900000002", 2), ("900000001", 0)):
        Fields.from_api("Leads", city, org=org, environment="production").save(zcrm.folder / "zcrm-fields")
        zcrm.write("zcrm-fields/Deals.json", "{")
        found, said = answer("view", "Leads", view, *SET, "--yes")
        assert (found["exit_code"], "of org 900000002, not of org" in said) == (code, code == 2)
    assert simulator.ledger.calls("mass_update") == 1


def test_what_contradicts_itself_is_refused(simulator: Any, answer: Any) -> None:
    for words in (("--async", "--wait-timeout", "5"), ("--include-child",), ("--simulator", "--async")):
        found, _ = answer("view", "Leads", "77", *SET, "--yes", *words)
        assert (found["answer"], found["exit_code"]) == ("failed", 2)
    assert answer("status", "1", "--last")[0]["exit_code"] == 2
    assert not simulator.ledger.requests


# by view


def test_a_view_is_updated_and_waited_for(zcrm: Any, simulator: Any, view: str, answer: Any) -> None:
    found, said = answer("view", "Leads", view, *SET, stdin=f"Leads  {view}\n")
    assert (found["answer"], found["exit_code"], found["state"]) == ("job", 0, "scheduled")
    assert found["job_id"] in simulator.jobs()
    assert found["status"] == {
        "state": "COMPLETED",
        "total": 5,
        "updated": 5,
        "not_updated": 0,
        "failed": 0,
    }
    assert found["next"] == []
    assert cities(simulator) == ["Cork"] * 5
    assert said.index("fewer than 1,000 records") < said.index("There is no undo") < said.index("Job ")
    folder = Path(zcrm.folder / found["folder"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "job.json").stat().st_mode) == 0o600


def test_a_view_is_left_alone_unless_its_id_is_typed_again(
    zcrm: Any, simulator: Any, view: str, answer: Any
) -> None:
    found, _ = answer("view", "Leads", view, *SET, stdin="Leads\n")
    assert (found["answer"], found["exit_code"]) == ("failed", 2)
    assert not simulator.ledger.requests
    assert not (zcrm.folder / "zcrm-runs").exists()


def test_territory_and_overwrite_go_with_it(simulator: Any, view: str, answer: Any, ids: Ids) -> None:
    parent = simulator.add_territory(ids(1))
    simulator.add_territory(ids(3)[1:], parent=parent)
    simulator.edit("Leads", ids(1)[0], {"Tongues": ["English"]})
    words = ("--set", "Tongues:list=Korean", "--overwrite", "--territory", parent, "--include-child", "--yes")
    found, said = answer("view", "Leads", view, *words)
    assert found["status"]["total"] == 3
    assert simulator.record("Leads", ids(1)[0])["Tongues"] == ["Korean"]
    assert f"territory {parent} and those below it" in said


@pytest.mark.parametrize("failing", [False, True])
def test_a_job_that_leaves_records_ends_in_3(
    simulator: Any, view: str, answer: Any, ids: Ids, failing: bool
) -> None:
    if failing:
        simulator.pace_jobs(states=("RUNNING", "FAILED"), seconds=0)
    else:
        simulator.lock("Leads", ids(1)[0])
    found, said = answer("view", "Leads", view, *SET, "--yes")
    assert found["exit_code"] == 3
    assert found["status"]["state"] == ("FAILED" if failing else "COMPLETED")
    assert ("3 records not updated, 0 failed" if failing else "0 records not updated, 1 failed") in said
    calls = len(simulator.ledger.requests)
    assert answer("status", "--last")[0]["exit_code"] == 3
    assert len(simulator.ledger.requests) == calls


def test_a_job_may_be_left_to_itself_and_found_again(
    zcrm: Any, simulator: Any, view: str, answer: Any
) -> None:
    simulator.pace_jobs()
    done = zcrm("mass-update", "view", "Leads", view, *SET, "--async", "--yes")
    job_id = done.stdout.strip()
    assert (done.returncode, [job_id]) == (0, list(simulator.jobs()))
    assert f"zcrm mass-update wait {job_id}" in done.stderr
    found, _ = answer("status", job_id)
    assert (found["exit_code"], found["status"]["state"]) == (7, "SCHEDULED")
    assert [step["command"] for step in found["next"]] == [
        f"zcrm mass-update wait {job_id}",
        f"zcrm mass-update status {job_id}",
    ]
    found, _ = answer("status")
    assert (found["exit_code"], found["status"]["state"]) == (7, "RUNNING")
    found, _ = answer("wait", "--last")
    assert (found["exit_code"], found["job_id"], found["status"]["updated"]) == (0, job_id, 5)


def test_jobs_are_kept_apart_from_runs_and_from_each_other(
    zcrm: Any, simulator: Any, view: str, answer: Any, ids: Ids
) -> None:
    first, _ = answer("view", "Leads", view, *SET, "--yes", "--async")
    second, _ = answer("view", "Leads", simulator.add_view("Leads"), *SET, "--yes", "--async")
    assert json.loads(zcrm("runs", "list", "--json").stdout)["runs"] == []
    assert answer("status")[0]["job_id"] == second["job_id"]
    assert answer("status", first["job_id"])[0]["view_id"] == view
    assert answer("status", first["job"])[0]["view_id"] == view


@pytest.mark.parametrize(
    "facts",
    [
        "{",
        "[]",
        {"asked": 5},
        {"asked": None},
        {"job": None},
        {"module": None},
        {"job_id": 5},
        {"state": "new"},
        {"sets": 5},
        {"receipt": []},
        {"place": 5},
        {"status": {"state": "RUNNING"}},
        {"status": {"state": 5, "total": 1, "updated": 1, "not_updated": 0, "failed": 0}},
        {"status": {"state": "RUNNING", "total": "1", "updated": 1, "not_updated": 0, "failed": 0}},
    ],
)
def test_another_job_is_never_taken_for_the_latest_one(zcrm: Any, view: str, answer: Any, facts: Any) -> None:
    first, _ = answer("view", "Leads", view, *SET, "--yes", "--async")
    second, _ = answer("view", "Leads", view, *SET, "--yes", "--async")
    path = zcrm.folder / second["folder"] / "job.json"
    path.write_text(facts if isinstance(facts, str) else json.dumps(json.loads(path.read_text()) | facts))
    for words in (("status",), ("wait", "--last"), ("status", second["job"])):
        found, said = answer(*words)
        assert (found["answer"], found["exit_code"]) == ("failed", 2)
        assert f"{second['job']}/job.json can not be read" in said
    assert answer("status", first["job_id"])[0]["job_id"] == first["job_id"]


def test_a_wait_says_how_far_the_job_is_though_nothing_has_changed(
    simulator: Any, view: str, answer: Any
) -> None:
    simulator.pace_jobs(["SCHEDULED"])
    answer("view", "Leads", view, *SET, "--yes", "--async")
    for _ in range(2):
        found, said = answer("wait", "--wait-timeout", "0")
        assert (found["exit_code"], said.count("SCHEDULED: ")) == (7, 1)


def test_a_job_of_somebody_else_is_found_by_its_module(
    zcrm: Any, simulator: Any, view: str, answer: Any
) -> None:
    simulator.pace_jobs()
    answer("view", "Leads", view, *SET, "--yes", "--async", "--runs-dir", "elsewhere")
    (job_id,) = simulator.jobs()
    found, _ = answer("status", job_id)
    assert (found["exit_code"], "--module" in found["error"]["fix"]) == (2, True)
    found, _ = answer("status")
    assert (found["exit_code"], found["error"]["message"]) == (2, "No job is kept in zcrm-runs")
    found, _ = answer("status", job_id, "--module", "Leads")
    assert (found["exit_code"], found["job"], found["status"]["state"]) == (7, None, "SCHEDULED")
    assert found["next"][0]["command"] == f"zcrm mass-update wait {job_id} --module Leads"
    found, _ = answer("status", "77", "--module", "Leads")
    assert (found["exit_code"], found["error"]["type"]) == (2, "JobNotFound")
    simulator.finish_jobs()
    found, _ = answer("wait", "--last", "--runs-dir", "elsewhere")
    assert found["exit_code"] == 0


def test_a_job_is_asked_about_where_it_was_asked_for(
    zcrm: Any, simulator: Any, view: str, answer: Any
) -> None:
    simulator.pace_jobs()
    answer("view", "Leads", view, *SET, "--yes", "--async")
    zcrm.env["ZCRM_DATA_CENTER"] = "eu"
    found, _ = answer("status")
    assert (found["exit_code"], "not at" in found["error"]["message"]) == (2, True)


def test_a_second_job_for_the_view_is_later(simulator: Any, view: str, answer: Any) -> None:
    simulator.pace_jobs()
    answer("view", "Leads", view, *SET, "--yes", "--async")
    found, _ = answer("view", "Leads", view, *SET, "--yes")
    assert (found["exit_code"], found["state"], found["error"]["code"]) == (5, "refused", "ALREADY_SCHEDULED")
    assert found["error"]["type"] == "JobAlreadyRunning"
    found, _ = answer("status", found["job"])
    assert (found["exit_code"], "was refused" in found["error"]["message"]) == (2, True)


def test_the_latest_job_is_the_one_that_runs_though_another_was_refused_since(
    zcrm: Any, simulator: Any, view: str, answer: Any
) -> None:
    simulator.pace_jobs()
    first, _ = answer("view", "Leads", view, *SET, "--yes", "--async")
    assert answer("view", "Leads", view, *SET, "--yes")[0]["state"] == "refused"
    KeptJob.new(
        zcrm.folder / "zcrm-runs", ViewUpdate.of("Leads", view, {"City": "Cork"}, False, None, False), Place()
    )
    found, _ = answer("status")
    assert (found["job"], found["job_id"]) == (first["job"], first["job_id"])
    simulator.finish_jobs()
    found, _ = answer("wait", "--last")
    assert (found["job_id"], found["exit_code"]) == (first["job_id"], 0)


def test_a_job_whose_answer_was_lost_may_be_running(simulator: Any, view: str, answer: Any) -> None:
    simulator.fault("drop_after", route="mass_update")
    for words in (("view", "Leads", view, *SET, "--yes"), ("status", "--last"), ("wait",)):
        found, said = answer(*words)
        assert (found["exit_code"], found["state"], found["error"]["type"]) == (6, "lost", "AnswerLost")
        assert "the job may be running" in found["error"]["message"]
        assert f"open view {view} of Leads" in found["error"]["fix"]
        assert "Modified_Time" in said
    assert simulator.ledger.calls("mass_update") == 1


def test_a_look_that_gets_no_answer_is_later(simulator: Any, view: str, answer: Any) -> None:
    simulator.pace_jobs()
    answer("view", "Leads", view, *SET, "--yes", "--async")
    simulator.expire_tokens()
    simulator.fault("drop_before", route=STATUS)
    found, _ = answer("wait", "--wait-timeout", "0")
    assert (found["exit_code"], found["job_id"]) == (7, next(iter(simulator.jobs())))


def test_nothing_is_asked_for_that_can_not_be_written_down(
    zcrm: Any, simulator: Any, view: str, answer: Any
) -> None:
    zcrm.write("zcrm-runs", "")
    found, _ = answer("view", "Leads", view, *SET, "--yes")
    assert (found["exit_code"], found["answer"]) == (2, "failed")
    assert not simulator.ledger.calls("mass_update")


# receipts


def receipt_of(zcrm: Any) -> list[dict[str, str]]:
    with (zcrm.folder / "receipt.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_receipt_tells_what_became_of_each_record(
    zcrm: Any, simulator: Any, view: str, answer: Any, ids: Ids
) -> None:
    simulator.edit("Leads", ids(1)[0], {"City": "Cork"})
    simulator.edit("Leads", ids(2)[1], {"City": "=Lille"})
    simulator.lock("Leads", ids(3)[2])
    found, said = answer("view", "Leads", view, *SET, "--receipt", "receipt.csv", "--yes")
    states = {"changed": 3, "unchanged": 1, "failed": 1, "gone": 0}
    assert (found["exit_code"], found["receipt"]["states"]) == (3, states)
    told = {row["id"]: tuple(row.values())[1:] for row in receipt_of(zcrm)}
    assert told == {
        ids(1)[0]: ("unchanged", "Cork", "Cork"),
        ids(2)[1]: ("changed", "'=Lille", "Cork"),
        ids(3)[2]: ("failed", "", ""),
        ids(4)[3]: ("changed", "", "Cork"),
        ids(5)[4]: ("changed", "", "Cork"),
    }
    assert stat.S_IMODE((zcrm.folder / "receipt.csv").stat().st_mode) == 0o600
    assert said.index("1 credit for 200") < said.index("5 records read, 1 credits") < said.index("Job ")
    assert "ZohoCRM.modules.leads.READ" in said


def test_a_receipt_comes_later_where_the_job_was_left_to_itself(
    zcrm: Any, simulator: Any, view: str, answer: Any
) -> None:
    simulator.pace_jobs()
    found, _ = answer("view", "Leads", view, *SET, "--receipt", "receipt.csv", "--yes", "--async")
    assert found["receipt"]["states"] is None
    assert answer("status")[0]["exit_code"] == 7
    simulator.finish_jobs()
    simulator.fault("throttle", route="get_records", retry_after=7_200)
    found, said = answer("wait", "--last")
    assert (found["exit_code"], found["status"]["state"]) == (5, "COMPLETED")
    assert "To write the receipt" in said
    assert not (zcrm.folder / "receipt.csv").exists()
    simulator.clear_faults()
    calls = simulator.ledger.calls(STATUS)
    found, _ = answer("status")
    assert (found["exit_code"], found["receipt"]["states"]["changed"]) == (0, 5)
    assert len(receipt_of(zcrm)) == 5
    assert simulator.ledger.calls(STATUS) == calls


def test_without_what_a_receipt_takes_nothing_is_asked_for(
    zcrm: Any, simulator: Any, view: str, answer: Any
) -> None:
    for words, problem in (
        (("--receipt", "no/where.csv"), "can not be written"),
        (("--receipt", "r.csv", "--territory", "1"), "no receipt for a territory"),
    ):
        found, _ = answer("view", "Leads", view, *SET, "--yes", *words)
        assert (found["exit_code"], problem in found["error"]["message"]) == (2, True)
    simulator.deny("read")
    found, _ = answer("view", "Leads", view, *SET, "--yes", "--receipt", "r.csv")
    assert (found["exit_code"], found["error"]["code"]) == (4, "NO_PERMISSION")
    assert simulator.ledger.calls("mass_update") == 0
    assert not list(zcrm.folder.glob("zcrm-runs/*/"))


def test_what_was_only_prepared_was_never_asked_for(
    zcrm: Any, simulator: Any, view: str, answer: Any
) -> None:
    wanted = ViewUpdate.of("Leads", view, {"City": "Cork"}, False, None, False)
    KeptJob.new(zcrm.folder / "zcrm-runs", wanted, Place())
    found, _ = answer("status", "--last")
    assert (found["exit_code"], "was never asked for" in found["error"]["message"]) == (2, True)


def test_an_interrupt_tells_more_than_a_lost_answer() -> None:
    kept = KeptJob.of_others("Leads", "1")
    found = [failed(kept, AnswerLost("no answer"), Screen(), interrupted=each) for each in (False, True)]
    assert [each["exit_code"] for each in found] == [6, 130]


# a process of its own


def in_call(process: subprocess.Popen[str], simulator: Simulator, route: str, number: int = 1) -> None:
    """Wait for the process to be in this call."""
    while simulator.ledger.calls(route) < number:
        assert process.poll() is None
        sleep(0.01)


def lines_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if text in line:
            return said
    raise AssertionError(said)


def test_ctrl_c_leaves_the_job_running_and_says_how_to_come_back(
    zcrm: Any, simulator: Any, view: str
) -> None:
    simulator.pace_jobs(states=("SCHEDULED", *["RUNNING"] * 1000, "COMPLETED"))
    process = zcrm.start("mass-update", "view", "Leads", view, *SET, "--yes")
    lines_until(process, "SCHEDULED")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    (job_id,) = simulator.jobs()
    assert process.returncode == 130
    assert "Interrupted; the job goes on by itself." in said
    assert f"zcrm mass-update wait {job_id}" in said
    assert "Traceback" not in said
    simulator.finish_jobs()
    assert zcrm("mass-update", "wait", "--last").returncode == 0


def test_ctrl_c_while_the_receipt_is_read_says_how_to_have_it(zcrm: Any, simulator: Any, view: str) -> None:
    simulator.fault("hold", route="get_records", times=[2])
    process = zcrm.start("mass-update", "view", "Leads", view, *SET, "--yes", "--receipt", "receipt.csv")
    in_call(process, simulator, "get_records", 2)
    process.send_signal(signal.SIGINT)
    said = lines_until(process, "zcrm mass-update wait")
    simulator.release()
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted; the receipt is not written." in said
    assert zcrm("mass-update", "wait").returncode == 0
    assert len(receipt_of(zcrm)) == 5


def test_ctrl_c_while_the_job_is_asked_for_waits_for_its_id(zcrm: Any, simulator: Any, view: str) -> None:
    simulator.fault("hold", route="mass_update")
    process = zcrm.start("mass-update", "view", "Leads", view, *SET, "--yes")
    in_call(process, simulator, "mass_update")
    process.send_signal(signal.SIGINT)
    lines_until(process, "Stopping; waiting for the answer")
    simulator.release()
    _, said = process.communicate(timeout=30)
    (job_id,) = simulator.jobs()
    assert process.returncode == 130
    assert f"zcrm mass-update wait {job_id}" in said
    assert zcrm("mass-update", "wait").returncode == 0


def test_a_killed_command_is_found_again(zcrm: Any, simulator: Any, view: str) -> None:
    simulator.pace_jobs(states=("SCHEDULED", *["RUNNING"] * 1000, "COMPLETED"))
    process = zcrm.start("mass-update", "view", "Leads", view, *SET, "--yes")
    lines_until(process, "Job ")
    process.kill()
    process.communicate()
    simulator.finish_jobs()
    done = zcrm("mass-update", "wait", "--last")
    assert (done.returncode, cities(simulator)) == (0, ["Cork"] * 5)


def test_a_command_killed_while_it_asks_says_later_that_the_job_may_be_running(
    zcrm: Any, simulator: Any, view: str
) -> None:
    simulator.fault("hold", route="mass_update")
    process = zcrm.start("mass-update", "view", "Leads", view, *SET, "--yes")
    in_call(process, simulator, "mass_update")
    process.kill()
    process.communicate()
    simulator.release()
    done = zcrm("mass-update", "status", "--last")
    assert done.returncode == 6
    assert "the job may be running" in done.stderr
    assert "Modified_Time" in done.stderr


def test_a_value_that_can_not_be_written_leaves_no_job_behind(zcrm: Any, view: str, answer: Any) -> None:
    found, _ = answer("view", "Leads", view, "--set", "City=\udcff", "--yes")
    assert (found["answer"], found["exit_code"]) == ("failed", 2)
    assert not list(zcrm.folder.glob("zcrm-runs/*/job.json"))


def test_records_that_can_not_be_read_before_a_job_are_later(
    zcrm: Any, simulator: Any, view: str, answer: Any
) -> None:
    simulator.fault("drop_after", route="get_records")
    found, said = answer("view", "Leads", view, *SET, "--yes", "--receipt", "receipt.csv")
    assert (found["answer"], found["exit_code"]) == ("failed", 5)
    assert "no job was asked for" in said
    assert not simulator.ledger.calls("mass_update")
    assert not list(zcrm.folder.glob("zcrm-runs/*/job.json"))


def test_records_that_no_count_tells_of_are_left(zcrm: Any, simulator: Any, view: str, answer: Any) -> None:
    found, _ = answer("view", "Leads", view, *SET, "--yes", "--async")
    path = zcrm.folder / found["folder"] / "job.json"
    counts = {"state": "COMPLETED", "total": 5, "updated": 3, "not_updated": 0, "failed": 0}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"status": counts}))
    found, said = answer("status")
    assert (found["exit_code"], "2 of which Zoho tells nothing" in said) == (3, True)


def test_whoever_asks_twice_is_told_twice(zcrm: Any, simulator: Any, view: str, answer: Any) -> None:
    simulator.pace_jobs(seconds=1_000)
    answer("view", "Leads", view, *SET, "--yes", "--async")
    for _ in range(2):
        found, said = answer("status")
        assert (found["exit_code"], f"{found['status']['state']}: 0 of 5 records updated" in said) == (
            7,
            True,
        )


def test_what_a_view_sets_is_not_known_as_sent_any_more(
    zcrm: Any, simulator: Any, ids: Ids, view: str
) -> None:
    zcrm.write("leads.csv", "id,City,Phone\n" + "".join(f"{each},Lille,1\n" for each in ids(5)))
    update = ("records", "update", "Leads", "leads.csv", "--triggers", "none", "--changed-only")
    assert zcrm(*update).returncode == 0
    assert zcrm("mass-update", "view", "Leads", view, *SET, "--yes").returncode == 0
    assert cities(simulator) == ["Cork"] * 5

    assert zcrm(*update).returncode == 0
    assert cities(simulator) == ["Lille"] * 5
