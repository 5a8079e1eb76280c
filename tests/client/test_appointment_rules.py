"""The rules of appointments that are checked before a credit is spent, and those left to Zoho, over HTTP."""

import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zcrm.errors import NoteTooLong, UsageError, ZohoError
from zcrm.simulator import Simulator

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = (NOW + timedelta(days=1)).isoformat()
RECORD = "5545974000000700001"


@pytest.fixture
def booked(sim: Simulator) -> str:
    """An appointment of one hour, in an hour from now."""
    sim.now = NOW
    fields = {
        "Status": "Scheduled",
        "Service_Name": {"id": "5545974000000800001", "name": "Repair"},
        "Appointment_Start_Time": (NOW + timedelta(hours=1)).isoformat(),
        "Appointment_End_Time": (NOW + timedelta(hours=2)).isoformat(),
    }
    return str(sim.load("Appointments__s", [{"id": RECORD, **fields}])[0])


REFUSED = {
    "a cancellation without Status": (
        {"Cancellation_Reason": "By Team"},
        "DEPENDENT_FIELD_MISSING",
        "Status",
    ),
    "a note on it alone": ({"Cancellation_Note": "Ill"}, "DEPENDENT_FIELD_MISSING", "Status"),
    "a cancellation with another status": (
        {"Status": "Completed", "Cancellation_Reason": "By Team"},
        "DEPENDENT_MISMATCH",
        "Status",
    ),
    "a reason that is none": (
        {"Status": "Cancelled", "Cancellation_Reason": "by team"},
        "INVALID_DATA",
        "Cancellation_Reason",
    ),
    "a reason to reschedule that is none": (
        {"Appointment_Start_Time": LATER, "Reschedule_Reason": "Weather"},
        "INVALID_DATA",
        "Reschedule_Reason",
    ),
    "a former start that is the new one": (
        {"Appointment_Start_Time": "2026-03-03T10:00:00+01:00", "Rescheduled_From": "2026-03-03T09:00:00Z"},
        "DEPENDENT_FIELD_UNCHANGED",
        "Rescheduled_From",
    ),
    "a former start after the new one": (
        {"Appointment_Start_Time": LATER, "Rescheduled_From": NOW + timedelta(days=2)},
        "DEPENDENT_MISMATCH",
        "Rescheduled_From",
    ),
    "another service": ({"Service_Name": "Cleaning"}, "INVALID_DATA", "Service_Name"),
    "two job sheets": (
        {"Status": "Completed", "Job_Sheet_Name": "a", "Job_Sheet_Name__s": "b"},
        "INVALID_DATA",
        "Job_Sheet_Name",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_row_that_breaks_a_rule_costs_nothing(run: Any, booked: str, sim: Simulator, name: str) -> None:
    fields, code, about = REFUSED[name]
    outcomes, summary = run("appointments", "update", [{"id": booked, **fields}])
    assert [(outcome.state, outcome.code, outcome.attempts) for outcome in outcomes] == [
        ("rejected", code, 0)
    ]
    assert outcomes[0].details["api_name"] == about
    assert outcomes[0].fix
    assert (summary.calls, summary.credits, sim.ledger.calls()) == (0, 0, 0)
    with pytest.raises(UsageError) as caught:
        run("records", "update_one", "Appointments__s", booked, fields)
    assert caught.value.code == code
    assert sim.ledger.calls() == 0


@pytest.mark.parametrize("verb", ["cancel", "reschedule"])
def test_a_wrong_reason_of_a_verb_is_a_usage_error(run: Any, booked: str, sim: Any, verb: str) -> None:
    options = {"to": LATER} if verb == "reschedule" else {}
    with pytest.raises(UsageError, match="By Customer, By Team"):
        run("appointments", verb, booked, reason="By team", **options)
    assert not sim.ledger.requests


def test_the_former_start_of_a_verb(run: Any, booked: str, sim: Any) -> None:
    with pytest.raises(UsageError, match="not before"):
        run("appointments", "reschedule", booked, to=LATER, rescheduled_from=NOW + timedelta(days=3))
    assert not sim.ledger.requests
    run("appointments", "reschedule", booked, to=LATER, rescheduled_from=NOW + timedelta(hours=1))
    assert sim.record("Appointments__s", booked)["Rescheduled_From"].startswith("2026-03-02T10:00:00")


def test_a_reason_that_nobody_gave_is_not_sent(run: Any, booked: str, sim: Any) -> None:
    run("appointments", "reschedule", booked, to=LATER)
    run("appointments", "cancel", booked)
    after = sim.record("Appointments__s", booked)
    assert (after["Cancellation_Reason"], after["Reschedule_Reason"]) == ("By Customer", "By Customer")
    assert "Cancellation_Note" not in after


LEFT_TO_ZOHO = {
    "an earlier start": (
        {"Appointment_Start_Time": "2026-03-02T09:30:00+00:00"},
        "DEPENDENT_FIELD_UNCHANGED",
        NOW,
    ),
    "a status that is none": ({"Status": "Asleep"}, "INVALID_DATA", NOW),
    "too early to complete": ({"Status": "Completed"}, "DEPENDENT_MISMATCH", NOW),
    "a job sheet that is mandated": ({"Status": "Completed"}, "NOT_ALLOWED", NOW + timedelta(days=1)),
    "a reschedule reason alone": ({"Reschedule_Reason": "By Team"}, "DEPENDENT_FIELD_MISSING", NOW),
    "a job sheet alone": ({"Job_Sheet_Name": "Done"}, "DEPENDENT_MISMATCH", NOW),
}


@pytest.mark.parametrize("name", LEFT_TO_ZOHO)
def test_what_only_zoho_knows_is_asked_of_it(run: Any, booked: str, sim: Any, name: str) -> None:
    fields, code, now = LEFT_TO_ZOHO[name]
    sim.now = now
    sim.preferences.job_sheet_mandated = name.endswith("mandated")
    outcomes, _ = run("appointments", "update", [{"id": booked, **fields}])
    assert [(outcome.state, outcome.code, outcome.attempts) for outcome in outcomes] == [
        ("rejected", code, 1)
    ]
    assert outcomes[0].fix


def test_so_are_terminal_states(run: Any, booked: str) -> None:
    run("appointments", "cancel", booked)
    with pytest.raises(ZohoError) as caught:
        run("appointments", "reschedule", booked, to=LATER)
    assert (caught.value.code, caught.value.http_status) == ("NOT_ALLOWED", 403)


def test_what_get_gave_can_be_changed_and_handed_to_update(run: Any, booked: str, sim: Any) -> None:
    for change in (
        {"Address": "Pier 3"},
        {"Appointment_Start_Time": LATER},
        {"Status": "Cancelled", "Cancellation_Reason": "By Team"},
        {"Cancellation_Note": "Ill"},
    ):
        appointment = run("appointments", "get", booked)
        appointment.update(change)
        outcomes, _ = run("appointments", "update", [appointment])
        assert [(outcome.state, outcome.message) for outcome in outcomes] == [("updated", "record updated")]
        for name, value in change.items():
            assert sim.record("Appointments__s", booked)[name] == value


def test_but_not_its_service(run: Any, booked: str, sim: Any) -> None:
    appointment = run("appointments", "get", booked)
    listed = run("appointments", "list", fields=["Service_Name"])[0][0]
    sim.ledger.clear()
    for row in (appointment, listed):
        for service in ({"id": "5545974000000800002"}, "Cleaning", None):
            row["Service_Name"] = service
            outcomes, _ = run("appointments", "update", [row])
            assert [(outcome.state, outcome.attempts) for outcome in outcomes] == [("rejected", 0)]
            assert "Service_Name" in outcomes[0].message
    assert not sim.ledger.requests


@pytest.mark.parametrize("name", ["Cancellation_Note", "Reschedule_Note"])
def test_a_long_note_is_warned_of_and_sent(run: Any, booked: str, sim: Any, name: str) -> None:
    row = {"id": booked, name: "x" * 2_001}
    row |= {"Status": "Cancelled"} if name.startswith("C") else {"Appointment_Start_Time": LATER}
    with pytest.warns(NoteTooLong, match=f"{name} has more than 2,000"):
        run("appointments", "update", [row])
    assert sim.ledger.calls() == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run("appointments", "update", [row | {name: "x" * 2_000}])


def test_a_warning_made_an_error_ends_the_stream_and_sends_nothing(crm: Any, booked: str, sim: Any) -> None:
    row = {"id": booked, "Status": "Cancelled", "Cancellation_Note": "x" * 2_001}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        updates = crm.appointments.update([row])
        with pytest.raises(NoteTooLong):
            list(updates)
    assert not sim.ledger.requests
