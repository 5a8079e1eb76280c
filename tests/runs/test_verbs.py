"""Runs of other verbs than the update of records: what they send, what they never send again."""

import csv
import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm import AccessToken, ZohoCRM
from zcrm.errors import UsageError
from zcrm.files.reading import Reading
from zcrm.files.settings import parse_settings, settings
from zcrm.files.tables import BadFile, CellError
from zcrm.outcomes import Outcome
from zcrm.runs import Request, Run
from zcrm.runs.digests import Digests
from zcrm.runs.folder import find
from zcrm.runs.request import Rules
from zcrm.runs.verbs import KINDS, VERBS
from zcrm.simulator import Simulator

FIRST_ID = 5545974000000700001
START = "2026-03-02T10:00:00+00:00"


def ids(count: int) -> list[str]:
    return [str(FIRST_ID + n) for n in range(count)]


@pytest.fixture
def booked(sim: Simulator) -> list[str]:
    """Three appointments, an hour from now."""
    sim.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    fields = {"Status": "Scheduled", "Appointment_Start_Time": START}
    return sim.load("Appointments__s", [{"id": record, **fields} for record in ids(3)])


@pytest.fixture
def crm(sim: Simulator) -> Iterator[ZohoCRM]:
    with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url) as crm:
        yield crm


@pytest.fixture
def asked(tmp_path: Path) -> Callable[..., Request]:
    """Makes a request for a file of these lines."""

    def make(verb: str, *lines: str, **options: Any) -> Request:
        path = tmp_path / "rows.csv"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        given = {"module": "Appointments__s", "triggers": (), "runs_dir": tmp_path / "runs"} | options
        return Request(file=str(path), verb=verb, **given)  # type: ignore[arg-type]

    return make


def test_a_cancellation_sends_its_own_fields_alone(sim: Any, crm: Any, booked: Any, asked: Any) -> None:
    lines = ["id,Status,Cancellation_Note,Address", f"{booked[0]},Scheduled,Closed,Pier 3", f"{booked[1]},,,"]
    request = asked("appointments cancel", *lines, values={"Cancellation_Reason": "By Team"})
    with Run.new(request) as run:
        said = run.forecast("sandbox")
        report = run.send(crm)
    assert report.states["updated"] == 2
    assert (said.calls, said.credits) == (report.calls, report.credits) == (1, 1)
    with report.files["updated"].open(encoding="utf-8") as file:
        assert next(csv.DictReader(file))["Address"] == "Pier 3"
    first, second = (sim.record("Appointments__s", record) for record in booked[:2])
    assert (first["Cancellation_Note"], "Cancellation_Note" in second) == ("Closed", False)
    for record in (first, second):
        assert (record["Status"], record["Cancellation_Reason"]) == ("Cancelled", "By Team")
        assert not record.get("Address")


@pytest.mark.parametrize(
    ("verb", "values", "words"),
    [
        ("appointments cancel", {"Cancellation_Reason": "By Team"}, ["--reason", "By Team"]),
        ("appointments cancel", {"Cancellation_Note": "it's $5"}, ["--note", "it's $5"]),
        ("appointments reschedule", {"Reschedule_Reason": "By Customer"}, ["--reason", "By Customer"]),
        ("appointments complete", {"Job_Sheet_Name": "Done"}, ["--job-sheet-name", "Done"]),
        ("appointments update", {"Duration": 30}, ["--set", "Duration:json=30"]),
        ("mass-update ids", {"Stage": "Closed Won"}, ["--set", "Stage=Closed Won"]),
    ],
)
def test_the_command_for_another_file_says_it_all(asked: Any, verb: str, values: Any, words: Any) -> None:
    module = "Appointments__s" if verb.startswith("appointments") else "Deals"
    request = asked(verb, "id", values=values, module=module, overwrite=verb == "mass-update ids")
    command = shlex.split(request.command(Path("left.csv")))
    expected = ["zcrm", *verb.split(), *(["Deals"] if module == "Deals" else []), "left.csv", *words]
    assert command[: len(expected)] == expected
    assert ("--triggers" in command, "--overwrite" in command) == (module != "Deals", module == "Deals")
    again = Request.from_json(json.loads(json.dumps(request.to_json())))
    assert replace(again, file=request.file) == request


def test_a_run_from_before_there_were_verbs_opens(sim: Any, crm: Any, asked: Any, tmp_path: Path) -> None:
    sim.load("Deals", [{"id": record} for record in ids(1)])
    request = asked("records update", "id,Stage", f"{ids(1)[0]},Won", module="Deals", run_name="old")
    Run.new(request).close()
    path = tmp_path / "runs/old/run.json"
    facts = json.loads(path.read_text())
    for name in ("verb", "values", "overwrite"):
        del facts["request"][name]
    del facts["verb"]
    path.write_text(json.dumps(facts))
    with Run.open(find(tmp_path / "runs", "old")) as run:
        assert run.request.verb == "records update"
        assert run.send(crm).states["updated"] == 1
        assert "records update" in run.page()


def test_a_row_without_what_its_verb_needs_refuses_the_file(asked: Any, sim: Any) -> None:
    lines = ["id,Cancellation_Reason", f"{ids(1)[0]},By Team", f"{ids(2)[1]},"]
    with pytest.raises(BadFile, match="row 3, column Cancellation_Reason: is missing") as caught:
        Run.new(asked("appointments cancel", *lines))
    assert "--reason" in caught.value.fix
    with pytest.raises(BadFile, match="Appointment_Start_Time: is missing"):
        Run.new(asked("appointments reschedule", "id,Reschedule_Reason", f"{ids(1)[0]},By Team"))


def test_a_verb_goes_with_its_module_and_an_update_takes_no_values(asked: Any) -> None:
    with pytest.raises(UsageError, match="for the module Appointments__s"):
        Run.new(asked("appointments complete", "id", ids(1)[0], module="Deals"))
    with pytest.raises(UsageError, match="from the file"):
        Run.new(asked("records update", "id", ids(1)[0], module="Deals", values={"Stage": "Won"}))


@pytest.mark.parametrize(
    ("verb", "values"),
    [
        ("appointments update", {"Address": "Pier 3"}),
        ("appointments cancel", {"Cancellation_Reason": "By Team"}),
        ("appointments reschedule", {"Reschedule_Reason": "By Team"}),
        ("appointments complete", {}),
    ],
)
def test_what_was_sent_is_not_sent_again(
    sim: Any, crm: Any, booked: Any, asked: Any, tmp_path: Path, verb: str, values: Any
) -> None:
    row = f"{booked[0]},2026-03-02T12:00:00+00:00"
    request = asked(verb, "id,Appointment_Start_Time", row, values=values, run_name="one")
    sim.now = datetime(2026, 3, 2, 9 if verb != "appointments complete" else 15, tzinfo=UTC)
    sim.fault("drop_after", times=[1])
    with Run.new(request) as run:
        assert run.send(crm).states["unknown"] == 1
    with Run.open(find(tmp_path / "runs", "one")) as run:
        assert run.send(crm).states["unknown"] == 1
    assert sim.ledger.applied == {("Appointments__s", booked[0]): 1}
    with Run.open(find(tmp_path / "runs", "one")) as run:
        run._journal.leaving([_in_flight(booked[0])])
        assert run.send(crm).states["unknown"] == 1
    assert sim.ledger.calls("update_appointments") == 1


def _in_flight(record: str) -> Outcome:
    from zcrm.runs.feed import Due

    return Outcome(0, Due(2, {"id": record}), record)


def test_a_mass_update_goes_by_500_ids(asked: Any) -> None:
    lines = ["id,Name", *(f"{record},x" for record in ids(1_203))]
    request = asked("mass-update ids", *lines, module="Leads", values={"Source": "Fair"})
    with Run.new(request) as run:
        said = run.forecast("sandbox")
        report = run.report()
        assert [row.row for row in _feed(run)][:2] == [{"id": ids(1)[0]}, {"id": ids(2)[1]}]
    assert (said.rows, said.calls, said.credits) == (1_203, 3, 121)
    assert (report.forecast_calls, report.forecast_credits) == (3, 121)
    assert not request.repeats


def leads(sim: Any, asked: Any, **options: Any) -> tuple[list[str], Request]:
    """1,200 leads, and a request that names each of them, then each of them again."""
    sim.load("Leads", [{"id": record} for record in ids(1_200)])
    lines = ["id", *ids(1_200), *ids(1_200)]
    values = {"Source": "Fair"}
    return ids(1_200), asked("mass-update ids", *lines, module="Leads", values=values, **options)


def test_a_record_that_comes_again_is_not_sent_again_after_the_first_rows_went_alone(
    sim: Any, crm: Any, asked: Any
) -> None:
    names, request = leads(sim, asked, rules=Rules(canary=10))
    sim.lock("Leads", names[3])
    with Run.new(request) as run:
        report = run.send(crm)
    assert (report.states["updated"], report.states["rejected"]) == (2_398, 2)
    assert (report.calls, report.forecast_calls) == (4, 4)
    assert sim.ledger.applied_twice == {}
    assert len(sim.ledger.applied) == 1_199
    with report.files["rejected"].open(encoding="utf-8") as file:
        assert [(row["_row"], row["_code"]) for row in csv.DictReader(file)] == [
            ("5", "RECORD_LOCKED"),
            ("1205", "RECORD_LOCKED"),
        ]


def test_a_record_that_comes_again_is_not_sent_again_by_a_resumed_run(
    sim: Any, crm: Any, asked: Any, tmp_path: Path
) -> None:
    names, request = leads(sim, asked, run_name="it")
    sim.fault("throttle", times=[2], retry_after=7_200)
    sim.fault("drop_after", times=[1])
    with (
        ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, concurrency=1) as alone,
        Run.new(request) as run,
    ):
        report = run.send(alone)
        assert (report.states["unknown"], report.states["unsent"]) == (1_000, 1_400)
    with Run.open(find(tmp_path / "runs", "it")) as run:
        report = run.send(crm)
        assert (report.states["unknown"], report.states["updated"]) == (1_000, 1_400)
    assert sim.ledger.applied_twice == {}
    assert len(sim.ledger.applied) == len(names)
    with Run.open(find(tmp_path / "runs", "it")) as run:
        report = run.send(crm, include_unknown=True)
        assert report.states["updated"] == 2_400
    assert sorted(sim.ledger.applied_twice) == [("Leads", record) for record in names[:500]]


def test_values_that_no_mass_update_takes_refuse_the_run(asked: Any, sim: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No mass update takes these fields: Owner"):
        Run.new(asked("mass-update ids", "id", ids(1)[0], module="Leads", values={"Owner": {"id": "1"}}))
    assert not (tmp_path / "runs").exists()


def test_of_a_file_for_a_mass_update_the_ids_alone_are_read(asked: Any, sim: Any, crm: Any) -> None:
    sim.load("Leads", [{"id": ids(1)[0]}])
    lines = ["Lead Name,Record Id,Amount:int", f"A,{ids(1)[0]},much"]
    reading = Reading(ids_only=True)
    with Run.new(asked("mass-update ids", *lines, module="Leads", values={"A": "x"}, reading=reading)) as run:
        assert run.send(crm).states["updated"] == 1


def _feed(run: Run) -> Any:
    from zcrm.runs.feed import Feed

    return Feed(run._table, run._journal, run.request, run.name)


def test_what_a_mass_update_sets_is_not_known_as_sent_any_more(tmp_path: Path) -> None:
    row = {"id": ids(1)[0], "Source": "Fair", "City": "Cork"}
    path = tmp_path / "sent.sqlite"
    outcome = _in_flight(row["id"])
    with closing(Digests(path)) as digests:
        outcome.state, outcome.input.row = "updated", row
        digests.settled([outcome])
        assert digests.knows(row)
    with closing(Digests(path, beside={"Source": "Web"})) as digests:
        outcome.input.row = {"id": row["id"]}
        digests.leaving([outcome])
        digests.settled([outcome])
        assert not digests.knows(row)
        assert digests.knows({"id": row["id"], "City": "Cork"})


def test_every_verb_has_its_kind() -> None:
    assert tuple(KINDS) == VERBS


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.from_regex(r"[A-Z][A-Za-z0-9_]{0,20}", fullmatch=True), JSON, max_size=4))
def test_settings_are_read_as_they_are_written(values: dict[str, Any]) -> None:
    assert parse_settings(settings(values)) == values


def test_settings_have_the_types_of_columns() -> None:
    texts = [
        "Amount:decimal=12.50",
        "Owner.id=5545974000000393001",
        "Tags:list=a; b",
        "Note=x=y",
        "Old:json=null",
    ]
    values = parse_settings(texts)
    assert list(values) == ["Amount", "Owner", "Tags", "Note", "Old"]
    assert (str(values["Amount"]), values["Owner"]) == ("12.50", {"id": "5545974000000393001"})
    assert (values["Tags"], values["Note"], values["Old"]) == (["a", "b"], "x=y", None)


@pytest.mark.parametrize(
    "text", ["Stage", "Stage=", "=x", "id=1", "Amount:int=x", "Deal name=x", "Stage:date=x"]
)
def test_a_setting_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        parse_settings([text])


def test_a_field_is_set_once() -> None:
    for texts in (["A=1", "A=2"], ["Owner=x", "Owner.id=1"], ["Owner.id=1", "Owner=x"]):
        with pytest.raises(CellError, match="set twice"):
            parse_settings(texts)
