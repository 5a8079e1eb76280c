"""`zcrm appointments`: lists as data, selections that are looked at first, and the runs made of them."""

import csv
import io
import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import typer

from zcrm.cli.appointing import confirming
from zcrm.fields import Fields
from zcrm.simulator import Simulator

DAY = ("--from", "2027-05-04", "--to", "2027-05-05", "--tz", "Europe/Berlin")
TEAM = ("--reason", "By Team")
LIST = ("appointments", "list")
CANCEL = ("appointments", "cancel")
SEND = ("--triggers", "none", "--yes")


@pytest.fixture
def org(zcrm: Any, simulator: Simulator) -> dict[str, str]:
    """Three members and the ids of their appointments, by a name of each."""
    simulator.now = datetime(2027, 5, 1, 8, tzinfo=UTC)
    members = {name: simulator.add_user(name, f"{name.split()[-1].lower()}@x.example") for name in MEMBERS}
    rows = [
        {
            "Appointment_Name": name,
            "Owner": {"id": members[member], "name": member},
            "Status": status,
            "Appointment_Start_Time": start,
            "Duration": 30,
        }
        for name, member, status, start in APPOINTMENTS
    ]
    ids = simulator.load("Appointments__s", rows)
    zcrm.members = members
    return dict(zip((name for name, *_ in APPOINTMENTS), ids, strict=True))


MEMBERS = ("Crew North", "Crew South", "Depot East")
APPOINTMENTS = (
    ("night before", "Crew North", "Scheduled", "2027-05-03T23:59:59+02:00"),
    ("midnight", "Crew North", "Scheduled", "2027-05-03T22:00:00+00:00"),
    ("noon", "Crew North", "Overdue", "2027-05-04T12:00:00+02:00"),
    ("gone", "Crew North", "Cancelled", "2027-05-04T13:00:00+02:00"),
    ("=1+1", "Crew North", "Scheduled", "2027-05-04T23:59:59+02:00"),
    ("next day", "Crew North", "Scheduled", "2027-05-05T00:00:00+02:00"),
    ("of South", "Crew South", "Scheduled", "2027-05-04T12:00:00+02:00"),
    ("of Ode", "Depot East", "Scheduled", "2027-05-04T12:00:00+02:00"),
)
OF_THE_DAY = ["midnight", "noon", "=1+1"]


def names(rows: list[Any]) -> list[str]:
    return [row["Appointment_Name"] for row in rows]


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def saved(zcrm: Any, *words: str, verb: str = "cancel", name: str = "selection.csv") -> list[dict[str, str]]:
    """The rows of a selection, as it was saved."""
    done = zcrm("appointments", verb, *words, "--dry-run", "--save", name)
    assert done.returncode == 0, done.stderr
    return table((zcrm.folder / name).read_text(encoding="utf-8"))


class TestList:
    def test_it_is_data(self, zcrm: Any, org: Any) -> None:
        done = zcrm(*LIST, "--sort-order", "asc")
        assert done.returncode == 0, done.stderr
        assert done.stderr == "8 appointments in 1 calls, 1 credits (assumed)\n"
        rows = table(done.stdout)
        assert [row["id"] for row in rows] == list(org.values())
        assert rows[0]["Owner.id"] == zcrm.members["Crew North"]
        assert rows[0]["Owner.name"] == "Crew North"
        assert rows[4]["Appointment_Name"] == "'=1+1"

    def test_by_member_time_and_status(self, zcrm: Any, org: Any) -> None:
        words = ("--fields", "Appointment_Name", "--sort-order", "asc", "--format", "jsonl")
        for member in ("crew  NORTH", "north@x.example", zcrm.members["Crew North"]):
            done = zcrm(*LIST, *words, *DAY, "--member", member, "--status", "Scheduled,Overdue")
            assert done.returncode == 0, done.stderr
            rows = [json.loads(line) for line in done.stdout.splitlines()]
            assert names(rows) == OF_THE_DAY
            assert all(row.keys() == {"id", "Appointment_Name"} for row in rows)

    def test_as_parquet(self, zcrm: Any, org: Any) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        fields = ("--fields", "Appointment_Name,Duration,Owner", "--sort-order", "asc")
        done = zcrm(*LIST, *fields, "-o", "all.parquet")
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        found = parquet.read_table(zcrm.folder / "all.parquet").to_pylist()
        assert names(found) == [name for name, *_ in APPOINTMENTS]
        assert list(found[0]) == ["id", "Appointment_Name", "Duration", "Owner.id", "Owner.name"]
        assert list(found[0].values())[1:3] == ["night before", 30]

    def test_nothing_at_all_is_a_header(self, zcrm: Any, simulator: Any) -> None:
        done = zcrm(*LIST, "--fields", "Status,Duration")
        assert (done.returncode, done.stdout) == (0, "id,Status,Duration:int\n")

    def test_a_view(self, zcrm: Any, org: Any, simulator: Any) -> None:
        view = simulator.add_view("Appointments__s", [org["noon"]])
        assert names(table(zcrm(*LIST, "--view", view).stdout)) == ["noon"]
        done = zcrm(*LIST, "--view", "Today")
        assert (done.returncode, "Names can't be looked up" in done.stderr) == (2, True)

    def test_more_than_zoho_gives_says_how_many_were_written(self, zcrm: Any, simulator: Any) -> None:
        simulator.load("Appointments__s", 2_001)
        with patch("zcrm.simulator.operations.listing.BY_PAGE_TOKEN", 2_000):
            done = zcrm(*LIST, "--fields", "Status")
            assert (done.returncode, done.stdout.count("\n")) == (2, 2_001)
            assert "2,000 appointments were written before this:" in done.stderr
            assert "PAGINATION_LIMIT_EXCEEDED" in done.stderr
            assert zcrm(*LIST, "--fields", "Status", "-o", "all.csv").returncode == 2
        assert not list(zcrm.folder.glob("all.csv*"))

    def test_whoever_stops_reading_ends_it(self, zcrm: Any, simulator: Any) -> None:
        simulator.load("Appointments__s", 3_000)
        process = zcrm.start(*LIST, "--fields", "Status")
        assert process.stdout.readline() == "id,Status\n"
        process.stdout.close()
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == ""
        process.stderr.close()

    def test_single_ones_with_all_their_fields(self, zcrm: Any, org: Any) -> None:
        done = zcrm("appointments", "get", org["noon"], org["gone"])
        assert names([json.loads(line) for line in done.stdout.splitlines()]) == ["noon", "gone"]
        done = zcrm("appointments", "get", org["noon"], "--format", "csv")
        assert table(done.stdout)[0]["Duration:int"] == "30"
        done = zcrm("appointments", "get", org["noon"], "42")
        assert (done.returncode, done.stdout) == (2, "")
        assert "There is no appointment 42" in done.stderr


class TestSelection:
    def test_it_holds_who_would_be_hit_and_sends_no_write(self, zcrm: Any, org: Any, simulator: Any) -> None:
        rows = saved(zcrm, *DAY, *TEAM, "--member", "Crew North")
        assert [row["id"] for row in rows] == [org[name] for name in OF_THE_DAY]
        assert {row["Cancellation_Reason"] for row in rows} == {"By Team"}
        assert [row["_name"] for row in rows] == ["midnight", "noon", "'=1+1"]
        assert {entry.method for entry in simulator.ledger.requests if "/crm/" in entry.path} == {"GET"}
        assert not simulator.ledger.applied

    def test_it_is_sent_exactly(self, zcrm: Any, org: Any, simulator: Any) -> None:
        saved(zcrm, *DAY, *TEAM, "--member", "Crew North")
        simulator.load("Appointments__s", [dict(zip(("Status", "Owner"), ("Scheduled", None), strict=True))])
        simulator.ledger.clear()
        done = zcrm(*CANCEL, "selection.csv", *SEND)
        assert done.returncode == 0, done.stderr
        assert set(simulator.ledger.applied) == {("Appointments__s", org[name]) for name in OF_THE_DAY}
        assert not simulator.ledger.applied_twice
        assert zcrm.counts == {"updated": 3}
        for name in OF_THE_DAY:
            record = simulator.record("Appointments__s", org[name])
            assert (record["Status"], record["Cancellation_Reason"]) == ("Cancelled", "By Team")
        assert simulator.record("Appointments__s", org["of South"])["Status"] == "Scheduled"
        assert "appointments cancel Status=Cancelled" in done.stderr
        assert [row["_name"] for row in zcrm.results["updated"]] == ["midnight", "noon", "'=1+1"]

    def test_as_json(self, zcrm: Any, org: Any) -> None:
        done = zcrm(*CANCEL, *DAY, *TEAM, "--member", "North", "--dry-run", "--json")
        found = json.loads(done.stdout)
        assert (found["answer"], found["rows"], found["not_taken"]) == ("selection", 3, {"Cancelled": 1})
        assert [each["name"] for each in found["appointments"]] == OF_THE_DAY
        assert found["sets"] == ["Cancellation_Reason=By Team", "Status=Cancelled"]
        assert "Not taken: 1 Cancelled" in done.stderr

    @pytest.mark.parametrize("option", ["--member", "--from", "--to", "--tz", "--view"])
    def test_what_is_empty_widens_nothing(self, zcrm: Any, org: Any, option: str) -> None:
        for command, more in ((CANCEL, (*TEAM, "--dry-run")), (LIST, ())):
            done = zcrm(*command, *more, "--view", "77", option, " ")
            assert (done.returncode, done.stdout) == (2, "")
            assert f"Invalid value for {option}: is empty" in done.stderr

    @pytest.mark.parametrize("option", ["--status", "--fields"])
    def test_a_list_of_nothing_is_none(self, zcrm: Any, org: Any, option: str) -> None:
        done = zcrm(*LIST, option, " ,")
        assert (done.returncode, done.stdout) == (2, "")
        assert f"Invalid value for {option}: is empty" in done.stderr

    @pytest.mark.parametrize(
        ("member", "words"),
        [
            ("Crew", ["may be Crew North north@x.example (", "Crew South south@x.example ("]),
            ("West", ["No appointment there is of a member 'West'", "Crew North, Crew South, Depot East"]),
        ],
    )
    def test_a_member_that_several_or_none_may_be(self, zcrm: Any, org: Any, member: str, words: Any) -> None:
        done = zcrm(*CANCEL, *DAY, *TEAM, "--member", member, "--dry-run", "--save", "s.csv")
        assert done.returncode == 2
        assert all(each in done.stderr for each in words)
        assert not (zcrm.folder / "s.csv").exists()

    def test_a_whole_name_is_that_of_one_though_it_is_a_part_of_others(
        self, zcrm: Any, org: Any, simulator: Any
    ) -> None:
        other = simulator.add_user("Crew Northern", "northern@x.example")
        row = {"Owner": {"id": other, "name": "Crew Northern"}, "Status": "Scheduled"}
        simulator.load("Appointments__s", [row | {"Appointment_Start_Time": "2027-05-04T12:00:00+02:00"}])
        assert len(saved(zcrm, *DAY, *TEAM, "--member", "crew north")) == 3
        row["Owner"]["name"] = "Crew North"
        simulator.load("Appointments__s", [row | {"Appointment_Start_Time": "2027-05-04T12:00:00+02:00"}])
        done = zcrm(*CANCEL, *DAY, *TEAM, "--member", "Crew North", "--dry-run")
        assert (done.returncode, other in done.stderr) == (2, True)

    def test_no_more_than_that(self, zcrm: Any, org: Any, simulator: Any) -> None:
        done = zcrm(*CANCEL, *DAY, *TEAM, "--max", "4", "--dry-run", "--save", "s.csv")
        assert (done.returncode, "5 appointments are meant, more than the 4" in done.stderr) == (8, True)
        assert len(saved(zcrm, *DAY, *TEAM, "--max", "5")) == 5
        done = zcrm(*CANCEL, "selection.csv", *SEND, "--max", "4")
        assert (done.returncode, "5 rows, more than the 4" in done.stderr) == (8, True)
        assert not simulator.ledger.applied

    def test_a_file_that_is_there_is_not_written_over(self, zcrm: Any, org: Any) -> None:
        zcrm.write("selection.csv", "mine")
        done = zcrm(*CANCEL, *DAY, *TEAM, "--dry-run", "--save", "selection.csv")
        assert (done.returncode, "is there already" in done.stderr) == (2, True)
        assert (zcrm.folder / "selection.csv").read_text() == "mine"

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ([*DAY, "--dry-run"], "--reason"),
            ([*DAY, *TEAM], "look first"),
            ([*TEAM, "--dry-run"], "say who is meant"),
            (["x.csv", *DAY, *TEAM], "leave the other options out"),
            (["x.csv", *TEAM, "--save", "s.csv"], "leave the other options out"),
            (["x.csv", *TEAM], "--triggers"),
            ([*DAY, "--reason", "by team", "--dry-run"], "By Customer or By Team"),
            (["--from", "2027-05-04", *TEAM, "--dry-run"], "--tz Europe/Berlin"),
            (["--from", "yesterday", *TEAM, "--dry-run"], "is no time"),
            (
                ["--from", "2027-05-04", "--to", "2027-05-04", "--tz", "UTC", *TEAM, "--dry-run"],
                "name the next",
            ),
            (["--from", "2027-03-28T02:30", "--tz", "Europe/Berlin", *TEAM, "--dry-run"], "clocks"),
            (["--from", "2027-05-04", "--tz", "Mars/Olympus", *TEAM, "--dry-run"], "no time zone"),
        ],
    )
    def test_what_is_asked_for(self, zcrm: Any, simulator: Any, words: list[str], said: str) -> None:
        done = zcrm(*CANCEL, *words)
        assert (done.returncode, said in done.stderr.replace("\n", " ")) == (2, True), done.stderr
        assert not simulator.ledger.calls("get_appointments") + simulator.ledger.calls("update_appointments")


class TestRun:
    def test_a_list_needs_a_reason_for_each_row(self, zcrm: Any, org: Any, simulator: Any) -> None:
        zcrm.write("list.csv", zcrm(*LIST, "--fields", "Status,Cancellation_Reason").stdout)
        done = zcrm(*CANCEL, "list.csv", *SEND)
        assert (done.returncode, "column Cancellation_Reason: is missing" in done.stderr) == (2, True)
        assert "say --reason" in done.stderr
        assert not simulator.ledger.calls("update_appointments")
        done = zcrm(*CANCEL, "list.csv", *SEND, *TEAM)
        assert done.returncode == 0, done.stderr
        assert zcrm.counts == {"updated": 8}

    def test_nobody_to_ask_is_no_yes(self, zcrm: Any, org: Any, simulator: Any) -> None:
        saved(zcrm, *DAY, *TEAM)
        done = zcrm(*CANCEL, "selection.csv", "--triggers", "none", stdin="y\n")
        assert done.returncode == 2
        assert "can't be undone, and Zoho may notify the customers" in done.stderr
        assert "--yes" in done.stderr
        assert not simulator.ledger.applied
        assert not (zcrm.folder / "zcrm-runs").exists()

    def test_a_long_note_is_told_once(self, zcrm: Any, org: Any) -> None:
        saved(zcrm, *DAY, *TEAM)
        zcrm.env["PYTHONWARNINGS"] = "error"
        done = zcrm(*CANCEL, "selection.csv", *SEND, "--note", "x" * 2_001)
        assert done.returncode == 3, done.stderr
        assert done.stderr.count("Note: A Cancellation_Note has more than 2,000 characters") == 1

    def test_a_dry_run_of_a_file(self, zcrm: Any, org: Any, simulator: Any) -> None:
        saved(zcrm, *DAY, *TEAM)
        done = zcrm(*CANCEL, "selection.csv", "--triggers", "none", "--dry-run", "--json")
        found = json.loads(done.stdout)
        assert (done.returncode, found["rows"], found["calls"], found["credits"]) == (0, 5, 1, 1)
        assert found["verb"] == "appointments cancel"
        assert [each["field"] for each in found["fields"]] == ["id", "Cancellation_Reason", "Status"]
        assert not simulator.ledger.applied

    def test_moving_twice_moves_once(self, zcrm: Any, org: Any, simulator: Any) -> None:
        rows = saved(zcrm, *DAY, "--member", "North", "--by", "30m", verb="reschedule")
        assert [row["Appointment_Start_Time"] for row in rows] == [
            "2027-05-03T22:30:00+00:00",
            "2027-05-04T12:30:00+02:00",
            "2027-05-05T00:29:59+02:00",
        ]
        words = ("appointments", "reschedule", "selection.csv", *SEND, *TEAM, "--run-name")
        done = zcrm(*words, "one")
        assert done.returncode == 0, done.stderr
        times = [simulator.record("Appointments__s", row["id"])["Appointment_Start_Time"] for row in rows]
        assert zcrm(*words, "two").returncode == 0
        assert times == [
            simulator.record("Appointments__s", row["id"])["Appointment_Start_Time"] for row in rows
        ]
        assert [simulator.record("Appointments__s", row["id"])["Reschedule_Count"] for row in rows] == [
            1,
            1,
            1,
        ]

    def test_a_day_later_keeps_the_time_of_day(self, zcrm: Any, simulator: Any) -> None:
        simulator.now = datetime(2027, 3, 1, tzinfo=UTC)
        row = {"Status": "Scheduled", "Appointment_Start_Time": "2027-03-27T10:00:00+01:00"}
        simulator.load("Appointments__s", [row])
        span = ("--from", "2027-03-27", "--tz", "Europe/Berlin", "--by")
        by_days = saved(zcrm, *span, "1d", verb="reschedule", name="days.csv")
        by_hours = saved(zcrm, *span, "24h", verb="reschedule", name="hours.csv")
        assert [rows[0]["Appointment_Start_Time"] for rows in (by_days, by_hours)] == [
            "2027-03-28T10:00:00+02:00",
            "2027-03-28T10:00:00+01:00",
        ]

    @pytest.mark.parametrize("by", ["30", "0m", "x", "1w", "30 m x"])
    def test_a_span_that_is_none(self, zcrm: Any, simulator: Any, by: str) -> None:
        done = zcrm("appointments", "reschedule", *DAY, "--dry-run", "--by", by)
        assert (done.returncode, "no such span as 30m" in done.stderr) == (2, True), done.stderr

    def test_a_file_without_times_moves_nothing(self, zcrm: Any, org: Any, simulator: Any) -> None:
        zcrm.write("ids.csv", f"id\n{org['noon']}\n")
        done = zcrm("appointments", "reschedule", "ids.csv", *SEND)
        assert (done.returncode, "Appointment_Start_Time: is missing" in done.stderr) == (2, True)

    def test_completing_what_has_ended(self, zcrm: Any, org: Any, simulator: Any) -> None:
        simulator.now = datetime(2027, 5, 6, tzinfo=UTC)
        saved(zcrm, *DAY, "--member", "South", "--job-sheet-name", "Done", verb="complete")
        done = zcrm("appointments", "complete", "selection.csv", *SEND)
        assert done.returncode == 0, done.stderr
        record = simulator.record("Appointments__s", org["of South"])
        assert (record["Status"], record["Job_Sheet_Name__s"]) == ("Completed", "Done")

    def test_a_list_fed_back_sends_what_is_named(self, zcrm: Any, org: Any, simulator: Any) -> None:
        zcrm.write("list.csv", zcrm(*LIST, "--fields", "Appointment_Name,Address,Status,Duration").stdout)
        update = ("appointments", "update", "list.csv", "--triggers", "none")
        done = zcrm(*update)
        assert (done.returncode, "say what is to be sent" in done.stderr) == (2, True)
        before = {record: dict(fields) for record, fields in simulator.records("Appointments__s").items()}
        done = zcrm(*update, "--set", "Location=Business Address", "--fields", "Duration")
        assert done.returncode == 0, done.stderr
        for record, fields in simulator.records("Appointments__s").items():
            changed = {name for name, value in fields.items() if value != before[record].get(name)}
            assert changed - {"Modified_Time", "Modified_By"} == {"Location"}

    def test_the_fields_of_the_module_are_known(self, zcrm: Any, org: Any, simulator: Any) -> None:
        address = {"api_name": "Address", "field_label": "Where", "data_type": "text", "length": 9}
        Fields.from_api("Appointments__s", [address]).save(zcrm.folder / "kept")
        rows = f"{org['noon']},Pier 3\n{org['midnight']},a street of a long name\n"
        zcrm.write("list.csv", f"id,Address\n{rows}")
        update = ("appointments", "update", "list.csv", "--triggers", "none", "--fields", "Address")
        done = zcrm(*update, "--metadata", "kept", "--run-name", "one")
        assert done.returncode == 3, done.stderr
        assert "--metadata kept" in done.stderr
        assert [row["_code"] for row in zcrm.results["rejected"]] == ["INVALID_DATA"]
        assert zcrm.results["rejected"][0]["_attempts"] == "0"
        assert simulator.record("Appointments__s", org["noon"])["Address"] == "Pier 3"
        assert zcrm(*update, "--run-name", "two").returncode == 0

    def test_only_what_is_set(self, zcrm: Any, org: Any, simulator: Any) -> None:
        zcrm.write("list.csv", f"Record Id,Address\n{org['noon']},Pier 3\n")
        done = zcrm("appointments", "update", "list.csv", "--triggers", "none", "--set", "Duration:int=45")
        assert done.returncode == 0, done.stderr
        record = simulator.record("Appointments__s", org["noon"])
        assert (record["Duration"], record.get("Address")) == (45, None)

    @pytest.mark.parametrize(
        "words", [["--set", "Service_Name=x"], ["--fields", "Service_Name"], ["--set", "x"]]
    )
    def test_what_an_update_does_not_take(self, zcrm: Any, simulator: Any, words: list[str]) -> None:
        zcrm.write("list.csv", "id,Service_Name\n5545974000000700001,x\n")
        assert zcrm("appointments", "update", "list.csv", "--triggers", "none", *words).returncode == 2
        assert not simulator.ledger.requests

    def test_a_status_that_is_updated_is_asked_about(self, zcrm: Any, org: Any, simulator: Any) -> None:
        zcrm.write("list.csv", f"id\n{org['noon']}\n")
        update = ("appointments", "update", "list.csv", "--triggers", "none", "--set", "Status=Cancelled")
        assert zcrm(*update).returncode == 2
        assert zcrm(*update, "--yes").returncode == 0

    def test_rejected_rows_go_on_as_the_printed_command_says(
        self, zcrm: Any, org: Any, simulator: Any
    ) -> None:
        zcrm.write("list.csv", f"id\n{org['noon']}\n6{org['noon'][1:]}\n")
        done = zcrm(*CANCEL, "list.csv", *SEND, *TEAM, "--run-name", "one", "--json")
        assert done.returncode == 3, done.stderr
        found = json.loads(done.stdout)
        [step] = found["next"]
        path = Path(found["files"]["rejected"])
        assert step["command"] == f"zcrm appointments cancel {path} --reason 'By Team' --triggers none"
        assert found["reasons"][0]["fix"]
        assert zcrm("runs", "retry", "one").returncode == 3
        assert "Appointments__s: appointments cancel" in zcrm("runs", "list").stderr

    def test_a_killed_cancellation_goes_on_and_sends_nothing_twice(self, zcrm: Any, simulator: Any) -> None:
        ids = simulator.load("Appointments__s", [{"Status": "Scheduled"}] * 350)
        zcrm.write("ids.csv", "id\n" + "".join(f"{record}\n" for record in ids))
        words = (*CANCEL, "ids.csv", *SEND, *TEAM, "--run-name", "one", "--concurrency", "1")
        zcrm.kill_in_call(2, simulator, *words, route="update_appointments")
        done = zcrm("runs", "resume", "one")
        assert done.returncode == 6, done.stderr
        assert zcrm.counts == {"updated": 250, "unknown": 100}
        before = simulator.ledger.calls()
        assert zcrm(*words, "--resume-if-exists").returncode == 6
        assert simulator.ledger.calls() == before
        assert simulator.ledger.applied_twice == {}
        unnamed = zcrm(*CANCEL, "ids.csv", *SEND, *TEAM, "--resume-if-exists")
        assert (unnamed.returncode, "goes with --run-name" in unnamed.stderr) == (2, True)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("answer", ["y\n", "n\n"])
def test_a_person_is_asked(answer: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    class OfTwo:
        rows = 2

    monkeypatch.setattr(sys, "stdin", _Terminal(answer))
    ask = confirming("appointments cancel", yes=False)
    if answer == "y\n":
        ask(OfTwo())  # type: ignore[arg-type]
    else:
        with pytest.raises(typer.Abort):
            ask(OfTwo())  # type: ignore[arg-type]
    assert "Cancel 2 appointments? That can't be undone" in capsys.readouterr().err


class TestBeforeAnythingIsSent:
    def test_a_reason_that_there_is_not_is_told_by_the_dry_run_too(
        self, zcrm: Any, org: Any, simulator: Any
    ) -> None:
        zcrm.write("mine.csv", f"id,Cancellation_Reason\n{org['noon']},By Team\n{org['midnight']},by team\n")
        for words in (["--triggers", "none", "--dry-run"], SEND):
            done = zcrm(*CANCEL, "mine.csv", *words)
            assert done.returncode == 2
            assert "row 3, column Cancellation_Reason" in done.stderr
            assert "By Customer or By Team, not 'by team'" in done.stderr
        zcrm.write("mine.csv", f"id,Status,Cancellation_Reason\n{org['noon']},Cancelled,by team\n")
        plan = zcrm("records", "update", "Appointments__s", "mine.csv", "--triggers", "none", "--plan")
        assert (plan.returncode, "row 2, column Cancellation_Reason" in plan.stderr) == (2, True)
        assert not simulator.ledger.calls("update_appointments")

    def test_a_selection_is_for_the_verb_it_was_looked_at_for(
        self, zcrm: Any, org: Any, simulator: Any
    ) -> None:
        saved(zcrm, *DAY, *TEAM)
        saved(zcrm, *DAY, "--by", "1h", verb="reschedule", name="later.csv")
        for verb, file, words in (
            ("complete", "selection.csv", ()),
            ("complete", "later.csv", ()),
            ("cancel", "later.csv", TEAM),
            ("update", "selection.csv", ("--set", "Status=Completed")),
        ):
            done = zcrm("appointments", verb, file, *words, *SEND)
            assert (done.returncode, f"not for appointments {verb}" in done.stderr) == (2, True), done.stderr
        assert not simulator.ledger.calls("update_appointments")

    def test_an_hour_that_the_clocks_skip_is_told_with_its_appointment(
        self, zcrm: Any, org: Any, simulator: Any
    ) -> None:
        row = {"Status": "Scheduled", "Appointment_Start_Time": "2027-03-27T02:30:00+01:00"}
        [early] = simulator.load("Appointments__s", [row])
        march = ("--from", "2027-03-27", "--to", "2027-03-28", "--tz", "Europe/Berlin")
        done = zcrm("appointments", "reschedule", *march, "--by", "1d", "--dry-run")
        assert (done.returncode, f"Appointment {early} of 2027-03-27T02:30" in done.stderr) == (2, True)

    @pytest.mark.skipif(sys.platform == "win32", reason="there is no such terminal on Windows")
    @pytest.mark.parametrize("form", ["csv", "jsonl"])
    def test_what_steers_a_terminal_is_escaped_on_a_screen_alone(
        self, zcrm: Any, simulator: Any, form: str
    ) -> None:
        simulator.load("Appointments__s", [{"Appointment_Name": "a\x1b]0;x\x07\u202eb"}])
        words = (*LIST, "--fields", "Appointment_Name,Status", "--format", form)
        screen, end = os.openpty()
        process = zcrm.start(*words, stdout=end)
        os.close(end)
        shown = b""
        with suppress(OSError):
            while more := os.read(screen, 10_000):
                shown += more
        os.close(screen)
        process.communicate()
        told = shown.decode()
        assert "\\u001b]0;x" in told or "\\x1b]0;x" in told
        assert not {"\x1b", "\x07", "\u202e"} & set(told)
        assert "None" not in told
        assert ("\u202e" in zcrm(*words).stdout) is True
