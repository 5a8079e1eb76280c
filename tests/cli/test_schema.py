"""Whatever a command answers with --json, and whatever it writes with --events, is as its schema says."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from zcrm import Event
from zcrm.outcomes import STATES
from zcrm.runs.exits import Exit

Ids = Callable[[int], list[str]]
UPDATE = ("records", "update", "Accounts", "rows.csv", "--triggers", "none", "--concurrency", "1")


def schema_of(zcrm: Any, name: str) -> dict[str, Any]:
    """The schema as it is published, but with nothing allowed that it does not name."""
    done = zcrm("schema", name)
    assert done.returncode == 0, done.stderr
    schema = json.loads(done.stdout)
    Draft202012Validator.check_schema(schema)
    strict = deepcopy(schema)
    for part in _objects(strict):
        part.setdefault("additionalProperties", False)
    strict.pop("additionalProperties", None)
    return strict | {"unevaluatedProperties": False}


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    """The parts that describe an object of their own, in contrast to a branch of `oneOf`."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield schema
        for part in schema.values():
            yield from _objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _objects(part)


@pytest.fixture
def answer(zcrm: Any) -> Callable[..., dict[str, Any]]:
    """Runs a command with --json; gives its answer, which is one and as the schema says."""
    validator = Draft202012Validator(schema_of(zcrm, "answer"), format_checker=FormatChecker())

    def check(done: Any) -> dict[str, Any]:
        found = json.loads(done.stdout)
        validator.validate(found)
        assert found["exit_code"] == done.returncode, done.stderr
        return found

    def run(*words: str, done: Any = None) -> dict[str, Any]:
        return check(done or zcrm(*words, "--json"))

    return run


@pytest.fixture
def rows(zcrm: Any, simulator: Any, ids: Ids) -> list[str]:
    """Three records and a file of them."""
    simulator.load("Accounts", [{"id": record} for record in ids(3)])
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},Cork\n" for record in ids(3)))
    return ids(3)


def told(found: dict[str, Any]) -> tuple[str, str | None, int]:
    return found["answer"], found["run"], found["exit_code"]


def test_a_run_that_succeeds(answer: Any, rows: Any) -> None:
    found = answer(*UPDATE, "--run-name", "one")
    assert told(found) == ("run", "one", 0)
    assert found["states"] == dict.fromkeys(STATES, 0) | {"updated": 3}


def test_a_run_that_succeeds_in_part(zcrm: Any, answer: Any, rows: Any) -> None:
    zcrm.write("rows.csv", f"id,City\n{rows[0]},Cork\n6{rows[0][1:]},Cork\n{rows[1]},\n")
    found = answer(*UPDATE, "--run-name", "one")
    assert told(found) == ("run", "one", 3)
    assert (found["states"]["updated"], found["states"]["rejected"], found["states"]["skipped"]) == (1, 1, 1)
    assert [(reason["state"], reason["field"]) for reason in found["reasons"]] == [
        *(("rejected", "id"), ("skipped", None)),
    ]


def test_a_run_of_which_all_is_rejected(zcrm: Any, answer: Any, rows: Any) -> None:
    zcrm.write("rows.csv", "id,City\n" + "".join(f"6{record[1:]},Cork\n" for record in rows))
    found = answer(*UPDATE, "--run-name", "one")
    assert told(found) == ("run", "one", 3)
    assert found["states"]["rejected"] == 3
    assert told(answer("runs", "retry", "one"))[2] == 3


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["records", "update", "Accounts", "none.csv", "--triggers", "none"], "BadFile"),
        (["records", "update", "Accounts", "faulty.csv", "--triggers", "none"], "BadFile"),
        (["records", "update", "Accounts", "rows.csv"], "BadParameter"),
        (["records", "update", "Accounts"], "MissingParameter"),
        (["records", "update", "Accounts", "rows.csv", "--nonsense"], "NoSuchOption"),
        (["runs", "nonsense"], "UsageError"),
        (["runs", "show", "nobody"], "UsageError"),
        (["runs", "export", "nobody"], "UsageError"),
        (["runs", "delete", "nobody", "--yes"], "UsageError"),
        (["explain", "NONSENSE"], None),
        ([*UPDATE, "--plan", "--edition", "none"], "UsageError"),
        ([*UPDATE, "--dry-run", "--null", "x", "--format", "jsonl"], "UsageError"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_refused_before_it_starts(
    zcrm: Any, answer: Any, rows: Any, words: list[str], kind: str | None
) -> None:
    zcrm.write("faulty.csv", f"id,Amount:int\n{rows[0]},many\n1E+17,2\n")
    found = answer(*words)
    assert told(found) == ("failed", None, 2)
    assert found["error"]["type"] == kind
    assert found["error"]["message"]
    assert not (zcrm.folder / "zcrm-runs").exists()


def test_a_rule_that_refuses(answer: Any, rows: Any) -> None:
    found = answer(*UPDATE, "--min-rows", "4")
    assert (told(found), found["error"]["type"]) == (("failed", None, 8), "Refused")


def test_a_rule_that_stops(zcrm: Any, answer: Any, rows: Any) -> None:
    zcrm.write("rows.csv", "id,City\n" + "".join(f"6{record[1:]},Cork\n" for record in rows))
    found = answer(*UPDATE, "--run-name", "one", "--max-errors", "0")
    assert (told(found), "--max-errors" in found["stop_rule"]) == (("run", "one", 8), True)


def test_nobody_signed_in(zcrm: Any, answer: Any, rows: Any) -> None:
    for name in ("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN"):
        del zcrm.env[name]
    for words in (UPDATE, ("auth", "status")):
        found = answer(*words)
        assert (told(found), found["error"]["type"]) == (("failed", None, 4), "AuthError")


def test_a_sign_in_that_is_refused(zcrm: Any, answer: Any, rows: Any) -> None:
    zcrm.env["ZCRM_REFRESH_TOKEN"] = "1000.nonsense"
    found = answer(*UPDATE, "--run-name", "one")
    assert told(found) == ("run", "one", 4)
    assert found["error"]["type"] == "AuthError"
    assert "1000.nonsense" not in json.dumps(found)


def test_a_run_that_is_interrupted(zcrm: Any, simulator: Any, answer: Any, ids: Ids) -> None:
    simulator.load("Accounts", [{"id": record} for record in ids(300)])
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},Cork\n" for record in ids(300)))
    simulator.fault("slow", route="update_records", seconds=0.5)
    process = zcrm.start(*UPDATE, "--run-name", "one", "--json")
    while simulator.ledger.calls("update_records") < 1:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    found = answer(done=subprocess.CompletedProcess((), process.returncode, out, err))
    assert told(found) == ("run", "one", 130)
    assert found["states"]["unsent"]
    assert told(answer("runs", "resume", "one")) == ("run", "one", 0)


def test_an_interrupt_before_the_start(zcrm: Any, answer: Any, rows: Any) -> None:
    """Standard input that never ends is still being read."""
    words = ("records", "update", "Accounts", "-", "--triggers", "none", "--runs-dir", "runs", "--json")
    process = zcrm.start(*words, stdin=subprocess.PIPE)
    while not list(zcrm.folder.glob("runs/*/input")):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    found = answer(done=subprocess.CompletedProcess((), process.returncode, out, err))
    assert told(found) == ("failed", None, 130)
    assert not (zcrm.folder / "runs").exists()


def test_a_limit_that_stops_it(simulator: Any, answer: Any, rows: Any) -> None:
    simulator.fault("throttle", route="update_records", times=range(1, 99), retry_after=7200)
    found = answer(*UPDATE, "--run-name", "one")
    assert (told(found), found["error"]["code"]) == (("run", "one", 5), "TOO_MANY_REQUESTS")
    shown = answer("runs", "show", "one")
    assert (told(shown), shown["error"]) == (("run", "one", 0), found["error"])


def test_a_selection_of_appointments_and_its_run(zcrm: Any, answer: Any, simulator: Any) -> None:
    simulator.load("Appointments__s", [{"Status": "Scheduled"}] * 2)
    simulator.load("Appointments__s", [{"Status": "Cancelled", "Appointment_Name": "Visit"}])
    view = simulator.add_view("Appointments__s", list(simulator.records("Appointments__s")))
    cancel = ("appointments", "cancel", "--reason", "By Team")
    found = answer(*cancel, "--view", view, "--dry-run", "--save", "s.csv")
    assert told(found) == ("selection", None, 0)
    assert (found["rows"], found["not_taken"], found["file"]) == (2, {"Cancelled": 1}, "s.csv")
    assert told(answer(*cancel, "s.csv", "--triggers", "none", "--dry-run")) == ("dry_run", None, 0)
    assert told(answer(*cancel, "s.csv", "--triggers", "none", "--yes", "--run-name", "one")) == (
        "run",
        "one",
        0,
    )
    assert told(answer(*cancel, "--view", view, "--save", "s.csv"))[::2] == ("failed", 2)


def test_a_dry_run_and_a_plan(answer: Any, rows: Any) -> None:
    assert told(answer(*UPDATE, "--dry-run")) == ("dry_run", None, 0)
    assert told(answer(*UPDATE, "--plan")) == ("plan", None, 0)


def test_what_there_is_of_runs(zcrm: Any, answer: Any, rows: Any) -> None:
    assert answer("runs", "list")["runs"] == []
    answer(*UPDATE, "--run-name", "one")
    [listed] = answer("runs", "list")["runs"]
    assert (listed["run"], listed["exit_code"]) == ("one", 0)
    assert told(answer("runs", "show", "one", "--files")) == ("run", "one", 0)
    assert answer("runs", "show", "one", "--html", "page.html")["html"] == "page.html"
    assert told(answer("runs", "export", "one")) == ("exported", "one", 0)
    assert told(answer("runs", "retry", "one")) == ("nothing", "one", 0)
    assert told(answer("runs", "delete", "one", "--yes")) == ("deleted", "one", 0)
    (zcrm.folder / "zcrm-runs/two").mkdir()
    (zcrm.folder / "zcrm-runs/two/run.json").write_text("{")
    assert told(answer("runs", "list")) == ("failed", None, 2)


def test_a_run_that_never_ended(zcrm: Any, simulator: Any, answer: Any, rows: Any) -> None:
    zcrm.kill_in_call(1, simulator, *UPDATE, "--run-name", "one")
    [listed] = answer("runs", "list")["runs"]
    assert (listed["finished"], listed["states"]) == (None, None)
    assert answer("runs", "show", "one")["states"]["unknown"] == 3


def test_sign_ins_and_codes(answer: Any, rows: Any) -> None:
    [profile] = answer("auth", "status", "--check")["profiles"]
    assert profile["profile"] == "environment"
    assert {code["code"] for code in answer("explain", "INVALID_DATA")["codes"]} == {"INVALID_DATA"}


def test_a_profile_that_is_broken(zcrm: Any, simulator: Any, answer: Any) -> None:
    zcrm.env["ZCRM_REFRESH_TOKEN"] = "1000.nonsense"
    found = answer("auth", "status", "--check")
    assert told(found) == ("profiles", None, 4)
    assert found["profiles"][0]["error"]


def test_what_nobody_expected(zcrm: Any, answer: Any, rows: Any) -> None:
    zcrm.write("broken/sitecustomize.py", "import zcrm.runs.checks as c\nc.check = None\n")
    before = zcrm.env.get("PYTHONPATH")
    zcrm.env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(zcrm.folder / "broken"), before]))
    found = answer(done=zcrm.process(*UPDATE, "--json"))
    assert (told(found), found["error"]["type"]) == (("failed", None, 1), "TypeError")


def test_a_missing_extra(zcrm: Any, answer: Any, rows: Any) -> None:
    code = (
        "import sys, importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'typer' else find(name, *rest)\n"
        "from zcrm.cli import main; sys.argv[1:] = ['runs', 'list', '--json']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=zcrm.folder,
        env=zcrm.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "zcrm[cli]" in answer(done=done)["error"]["message"]
    assert done.returncode == 2


def test_exit_codes_and_states_are_all_in_the_schema(zcrm: Any) -> None:
    schema = json.loads(zcrm("schema").stdout)
    assert schema["properties"]["exit_code"]["enum"] == [int(code) for code in Exit]
    assert schema["$defs"]["states"]["required"] == list(STATES)
    branches = [branch["properties"]["answer"]["const"] for branch in schema["oneOf"]]
    assert branches == schema["properties"]["answer"]["enum"]


def test_every_event_is_as_its_schema_says(zcrm: Any, simulator: Any, ids: Ids) -> None:
    schema = schema_of(zcrm, "event")
    names = get_args(get_type_hints(Event)["name"])
    assert schema["properties"]["name"]["enum"] == list(names)
    assert list(schema["properties"]) == ["time", *(field.name for field in fields(Event))]
    simulator.load("Accounts", [{"id": record} for record in ids(350)])
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},Cork\n" for record in ids(350)))
    simulator.fault("throttle", route="update_records", times=[1], retry_after=0)
    simulator.fault("drop_after", route="update_records", times=[2])
    simulator.fault("throttle", route="update_records", times=range(4, 99), retry_after=7200)
    assert zcrm(*UPDATE, "--events", "events.ndjson").returncode == 5
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    lines = (zcrm.folder / "events.ndjson").read_text(encoding="utf-8").splitlines()
    for line in lines:
        validator.validate(json.loads(line))
    assert {"answered", "retrying", "stopping"} <= {json.loads(line)["name"] for line in lines}


def test_what_is_told_of_fields(zcrm: Any, answer: Any, simulator: Any) -> None:
    found = answer("fields", "pull", "Deals", "Leads")
    assert (told(found), len(found["modules"])) == (("fields_pulled", None, 0), 2)
    simulator.add_field("Deals", "Nickname", type="picklist", values=("a", "b"), length=9, mandatory=True)
    assert told(answer("fields", "diff", "Deals")) == ("fields_diff", None, 3)
    answer("fields", "pull", "Deals")
    assert answer("fields", "show", "Deals")["fields"]
    assert told(answer("fields", "show", "Contacts")) == ("failed", None, 2)
    assert told(answer("fields", "types", "Contacts", "-o", "rows.py")) == ("failed", None, 2)
