"""Appointments against the simulator over real HTTP, on both faces."""

from datetime import UTC, datetime, timedelta

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.errors import AnswerLost, NotFound, UsageError, ZohoError

FIRST_ID = 5545974000000700001
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def booked(sim):
    """Books so many appointments of one hour, the first in an hour from now; gives their ids."""

    def load(count):
        sim.now = NOW
        rows = [
            {
                "id": str(FIRST_ID + n),
                "Appointment_Name": f"Visit {n}",
                "Status": "Scheduled",
                "Appointment_Start_Time": (NOW + timedelta(hours=1 + n)).isoformat(),
                "Appointment_End_Time": (NOW + timedelta(hours=2 + n)).isoformat(),
            }
            for n in range(count)
        ]
        return sim.load("Appointments__s", rows)

    return load


def stored(sim, record_id):
    return sim.record("Appointments__s", record_id)


def test_listing_reads_page_after_page(run, booked, sim):
    ids = booked(7)
    appointments, summary = run(
        "appointments",
        "list",
        fields=["Appointment_Name", "Status"],
        sort_by="id",
        sort_order="asc",
        per_page=3,
    )
    assert appointments == [
        {"id": record_id, "Appointment_Name": f"Visit {n}", "Status": "Scheduled"}
        for n, record_id in enumerate(ids)
    ]
    assert (summary.rows, summary.calls, summary.credits) == (7, 3, 3)


def test_listing_goes_on_by_page_token_after_2000(run, booked, sim):
    ids = booked(2_105)
    appointments, summary = run("appointments", "list", fields=["Status"], sort_order="asc")
    assert [appointment["id"] for appointment in appointments] == ids
    assert summary.calls == 11
    queries = [entry.query for entry in sim.ledger.requests]
    assert "page=10" in queries[9]
    assert "page_token=" in queries[10]
    assert "page=" not in queries[10].replace("per_page=", "")


def test_an_empty_list(run, booked):
    booked(0)
    assert run("appointments", "list", fields=["Status"])[0] == []


def test_listing_a_custom_view(run, booked, sim):
    ids = booked(5)
    view = sim.add_view("Appointments__s", ids[1:3])
    appointments, _ = run("appointments", "list", fields=["Status"], view_id=view, sort_order="asc")
    assert [appointment["id"] for appointment in appointments] == ids[1:3]


def test_a_listing_can_be_stopped(crm, booked):
    booked(10)
    with crm.appointments.list(fields=["Status"], per_page=2) as listing:
        next(listing)
        listing.stop()
        rest = list(listing)
    assert len(rest) == 1
    assert listing.summary.rows == 2


def test_bad_options_of_a_list_are_refused_before_sending(crm, sim):
    for options, words in (
        ({"fields": []}, "1 to 50"),
        ({"fields": "Status"}, "fields: a list"),
        ({"fields": ["x"] * 51}, "1 to 50"),
        ({"fields": ["x"], "view_id": 1, "sort_by": "id"}, "not both"),
        ({"fields": ["x"], "per_page": 201}, "1 to 200"),
    ):
        with pytest.raises(UsageError, match=words):
            crm.appointments.list(**options)
    assert not sim.ledger.requests


def test_get(run, booked):
    ids = booked(1)
    assert run("appointments", "get", ids[0])["Appointment_Name"] == "Visit 0"
    with pytest.raises(NotFound, match="no appointment 42"):
        run("appointments", "get", "42")


def test_reschedule(run, booked, sim):
    (record_id,) = booked(1)
    outcome = run(
        "appointments",
        "reschedule",
        record_id,
        to=NOW + timedelta(days=1),
        reason="By Team",
        note="Ladder broken",
    )
    assert outcome.state == "updated"
    after = stored(sim, record_id)
    assert (after["Reschedule_Reason"], after["Reschedule_Note"]) == ("By Team", "Ladder broken")
    assert after["Appointment_Start_Time"].startswith("2026-03-03T09:00:00")


def test_cancel_is_for_good(run, booked, sim):
    (record_id,) = booked(1)
    run("appointments", "cancel", record_id, reason="By Customer", note="Ill")
    after = stored(sim, record_id)
    assert (after["Status"], after["Cancellation_Reason"]) == ("Cancelled", "By Customer")
    with pytest.raises(ZohoError) as caught:
        run("appointments", "reschedule", record_id, to=NOW + timedelta(days=1))
    assert (caught.value.code, caught.value.http_status) == ("NOT_ALLOWED", 403)


def test_complete_after_its_end_and_not_before(run, booked, sim):
    (record_id,) = booked(1)
    with pytest.raises(ZohoError) as caught:
        run("appointments", "complete", record_id)
    assert caught.value.code == "DEPENDENT_MISMATCH"
    sim.now = NOW + timedelta(days=1)
    run("appointments", "complete", record_id, job_sheet_name="Done", job_sheet_description="All done")
    after = stored(sim, record_id)
    assert (after["Status"], after["Job_Sheet_Name__s"]) == ("Completed", "Done")


def test_a_verb_runs_only_the_automations_asked_for(run, booked, sim):
    ids = booked(2)
    run("appointments", "cancel", ids[0], triggers=())
    assert not +sim.ledger.automations
    run("appointments", "cancel", ids[1])
    assert sim.ledger.automations["workflow"] == 1


def test_update_many(run, booked, sim):
    ids = booked(3)
    rows = [
        {"id": ids[0], "Address": "Pier 3"},
        {"id": ids[1], "Job_Sheet_Name": "one", "Job_Sheet_Name__s": "two"},
        {"id": ids[2], "Status": "Sleeping"},
    ]
    outcomes, summary = run("appointments", "update", rows)
    assert [(outcome.state, outcome.code, outcome.attempts) for outcome in outcomes] == [
        ("updated", "SUCCESS", 1),
        ("rejected", "INVALID_DATA", 0),
        ("rejected", "INVALID_DATA", 1),
    ]
    assert summary.calls == 1


def test_an_appointment_is_never_sent_again_after_a_lost_answer(run, booked, sim):
    ids = booked(2)
    sim.fault("drop_after")
    with pytest.raises(AnswerLost):
        run("appointments", "reschedule", ids[0], to=NOW + timedelta(days=1))
    outcomes, _ = run("appointments", "update", [{"id": ids[1], "Address": "Pier 3"}])
    assert [outcome.state for outcome in outcomes] == ["unknown"]
    assert sim.ledger.applied == {("Appointments__s", ids[0]): 1, ("Appointments__s", ids[1]): 1}


def test_nor_by_way_of_records(run, booked, sim):
    ids = booked(1)
    sim.fault("drop_after")
    outcomes, _ = run("records", "update", "Appointments__s", [{"id": ids[0], "Address": "Pier 3"}])
    assert [outcome.state for outcome in outcomes] == ["unknown"]


def test_a_reschedule_is_not_sent_again_even_when_asked_for(run, booked, sim):
    ids = booked(2)
    for n, room in enumerate((["appointments", "update"], ["records", "update", "Appointments__s"])):
        rows = [
            {"id": ids[0], "Appointment_Start_Time": NOW + timedelta(days=1 + n)},
            {"id": ids[1], "Address": f"Pier {n}"},
        ]
        sim.clear_faults()
        sim.fault("drop_after", times=[1])
        outcomes, _ = run(*room, rows, resend_lost=True)
        assert [(outcome.state, outcome.attempts) for outcome in outcomes] == [("unknown", 1), ("updated", 2)]


def test_reading_is_repeated_after_a_lost_answer(run, booked, sim):
    ids = booked(1)
    sim.fault("cut_body", times=[1])
    assert run("appointments", "get", ids[0])["id"] == ids[0]


def test_more_records_than_zoho_gives_is_an_error_after_the_last_of_them(sim):
    sim.load("Appointments__s", 100_001)
    with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url) as crm:
        listing = crm.appointments.list(fields=["Status"])
        with pytest.raises(ZohoError) as caught:
            for _ in listing:
                pass
    assert caught.value.code == "PAGINATION_LIMIT_EXCEEDED"
    assert listing.summary.rows == 100_000
