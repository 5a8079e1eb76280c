"""PUT /Appointments__s: the life of an appointment."""

from datetime import datetime, time, timedelta, timezone

import pytest

ID = "5545974000002254155"
IST = timezone(timedelta(hours=5, minutes=30))
# The clock stands at 10:00 on 2 March.
SOON = "2026-03-02T14:00:00+05:30"
LATER = "2026-03-02T16:00:00+05:30"
PAST = "2026-03-02T09:00:00+05:30"


def place(name, dependee=None):
    details = {"api_name": name, "json_path": f"$.data[0].{name}"}
    return details if dependee is None else {**details, "dependee": place(dependee)}


@pytest.fixture
def appointment(sim):
    """Make the one appointment what these fields say."""

    def appointment(**fields):
        start = {"Appointment_Start_Time": SOON, "Appointment_End_Time": "2026-03-02T15:00:00+05:30"}
        sim.load("Appointments__s", [{"id": ID, **start, **fields}])

    appointment()
    return appointment


@pytest.fixture
def put(crm, appointment):
    """Update the appointment and give status and item."""

    def put(**row):
        response = crm.put("/Appointments__s", json={"data": [{"id": ID, **row}]})
        return response.status_code, response.json()["data"][0]

    return put


@pytest.fixture
def over(appointment):
    """An appointment that has ended."""
    appointment(Appointment_Start_Time=PAST, Appointment_End_Time="2026-03-02T09:30:00+05:30")


def test_by_id_and_in_a_list(sim, crm, appointment, success):
    first = crm.put("/Appointments__s", json={"data": [{"id": ID, "Address": "x"}]})
    second = crm.put(f"/Appointments__s/{ID}", json={"data": [{"Address": "y"}]})

    assert (first.status_code, first.json()) == (200, {"data": [success(ID)]})
    assert (second.status_code, second.json()) == (200, {"data": [success(ID)]})
    assert sim.records("Appointments__s")[ID]["Address"] == "y"
    assert [entry.operation for entry in sim.ledger.requests] == ["update_appointments", "update_appointment"]


def test_ids(crm, error, appointment):
    response = crm.put("/Appointments__s", json={"data": [{}, {"id": "77"}]})
    by_id = crm.put("/Appointments__s/77", json={"data": [{}]})

    unknown = "the id given seems to be invalid"
    assert response.status_code == by_id.status_code == 400
    assert response.json() == {
        "data": [
            error("MANDATORY_NOT_FOUND", "required field not found", api_name="id", json_path="$.data[0].id"),
            error("INVALID_DATA", unknown, api_name="id", json_path="$.data[1].id"),
        ]
    }
    assert by_id.json() == error("INVALID_DATA", unknown, resource_path_index=1)


def test_reschedule(sim, put, success, user):
    assert put(Appointment_Start_Time=LATER, Reschedule_Reason="By Team", Reschedule_Note="n") == (
        200,
        success(ID),
    )
    assert sim.records("Appointments__s") == {
        ID: {
            "id": ID,
            "Status": "Scheduled",
            "Appointment_Start_Time": LATER,
            "Appointment_End_Time": "2026-03-02T17:00:00+05:30",
            "Reschedule_Count": 1,
            "Reschedule_Reason": "By Team",
            "Reschedule_Note": "n",
            "Rescheduled_From": SOON,
            "Rescheduled_To": LATER,
            "Rescheduled_Time": "2026-03-02T10:00:00+05:30",
            "Rescheduled_By": user,
        }
    }
    assert put(Reschedule_Note="another") == (200, success(ID))
    assert put(Appointment_Start_Time="2026-03-02T17:00:00+05:30")[0] == 200
    fields = sim.records("Appointments__s")[ID]
    assert (fields["Reschedule_Count"], fields["Reschedule_Reason"]) == (2, "By Customer")


def test_cancel(sim, put, success, user):
    assert put(Status="Cancelled", Cancellation_Note="n") == (200, success(ID))
    assert sim.records("Appointments__s")[ID] == {
        "id": ID,
        "Appointment_Start_Time": SOON,
        "Appointment_End_Time": "2026-03-02T15:00:00+05:30",
        "Status": "Cancelled",
        "Cancellation_Note": "n",
        "Cancellation_Reason": "By Customer",
        "Cancelled_Time": "2026-03-02T10:00:00+05:30",
        "Cancelled_By": user,
    }
    assert put(Status="Cancelled") == (200, success(ID))
    assert put(Cancellation_Note="another") == (200, success(ID))


@pytest.mark.parametrize("key", ["Job_Sheet_Name", "Job_Sheet_Name__s"])
def test_complete(sim, put, over, success, key):
    row = {"Status": "Completed", key: "Delivered", "Job_Sheet_Description__s": "On time"}

    assert put(**row) == (200, success(ID))
    assert sim.records("Appointments__s")[ID] == {
        "id": ID,
        "Appointment_Start_Time": PAST,
        "Appointment_End_Time": "2026-03-02T09:30:00+05:30",
        "Status": "Completed",
        "Job_Sheet_Name__s": "Delivered",
        "Job_Sheet_Description__s": "On time",
        "Job_Sheet_Created__s": True,
    }


def test_time_passes(sim, appointment):
    def status(hour, minute=0):
        sim.now = datetime(2026, 3, 2, hour, minute, tzinfo=IST)
        return sim.records("Appointments__s")[ID]["Status"]

    assert [status(13), status(14), status(15), status(23)] == ["Scheduled", "Overdue", "Overdue", "Overdue"]
    appointment()
    sim.preferences.ask_to_complete = False
    assert [status(13), status(14, 30), status(15)] == ["Scheduled", "Overdue", "Completed"]


def test_without_an_end_an_appointment_lasts_its_duration_or_an_hour(sim):
    sim.preferences.ask_to_complete = False
    sim.load(
        "Appointments__s",
        [
            {"id": "1", "Appointment_Start_Time": "2026-03-02T09:00:00+05:30"},
            {"id": "2", "Appointment_Start_Time": "2026-03-02T09:00:00+05:30", "Duration": 90},
        ],
    )
    assert {k: v["Status"] for k, v in sim.records("Appointments__s").items()} == {
        "1": "Completed",
        "2": "Overdue",
    }


def test_rescheduling_what_is_overdue(sim, put, appointment, success):
    appointment(Appointment_Start_Time=PAST)

    assert put(Appointment_Start_Time=LATER) == (200, success(ID))
    assert sim.records("Appointments__s")[ID]["Status"] == "Scheduled"


def test_reschedule_keys_without_a_start(put, error):
    message = "Rescheduled_From cannot be empty"
    for key, value in {"Reschedule_Reason": "By Team", "Reschedule_Note": "n"}.items():
        assert put(**{key: value}) == (
            400,
            error("DEPENDENT_FIELD_MISSING", message, **place("Rescheduled_From", key)),
        )
    assert put(Rescheduled_From=SOON) == (
        400,
        error("DEPENDENT_FIELD_MISSING", message, **place("Rescheduled_From", "Appointment_Start_Time")),
    )


def test_reschedule_to_the_same_time(put, error):
    same = error(
        "DEPENDENT_FIELD_UNCHANGED",
        "Reschedule_From and Appointment_Start_Time cannot be same",
        **place("Rescheduled_From", "Appointment_Start_Time"),
    )
    assert put(Appointment_Start_Time=SOON) == (400, same)
    assert put(Appointment_Start_Time="2026-03-02T08:30:00Z") == (400, same)
    assert put(Appointment_Start_Time=LATER, Rescheduled_From=LATER) == (400, same)
    assert put(Appointment_Start_Time=SOON, Reschedule_Note="n") == (
        400,
        error(
            "DEPENDENT_FIELD_UNCHANGED",
            "Reschedule the appointment atleast once to Update the fields of Reschedule Information Section",
            **place("Rescheduled_From", "Reschedule_Note"),
        ),
    )


def test_reschedule_backwards(put, error):
    noon = "2026-03-02T12:00:00+05:30"

    assert put(Appointment_Start_Time=noon, Rescheduled_From=SOON) == (
        400,
        error(
            "DEPENDENT_MISMATCH",
            "The Rescheduled_From time should be lesser than the new appointment time.",
            **place("Rescheduled_From", "Appointment_Start_Time"),
        ),
    )
    assert put(Appointment_Start_Time=noon) == (
        400,
        error(
            "DEPENDENT_FIELD_UNCHANGED",
            "Reschedule_From and Appointment_Start_Time cannot be same",
            **place("Rescheduled_From", "Appointment_Start_Time"),
        ),
    )
    assert put(Appointment_Start_Time=PAST) == (
        400,
        error(
            "DEPENDENT_MISMATCH",
            "Appointment cannot be scheduled for past dates",
            **place("Status", "Appointment_Start_Time"),
        ),
    )


def test_cancellation_keys_without_cancelling(put, error):
    for key, value in {"Cancellation_Reason": "By Team", "Cancellation_Note": "n"}.items():
        assert put(**{key: value}) == (
            400,
            error(
                "DEPENDENT_FIELD_MISSING",
                "To Update the fields of Cancellation Information Section, "
                "value of Status should be Cancelled",
                **place("Status", key),
            ),
        )
        assert put(**{key: value, "Status": "Overdue"}) == (
            400,
            error(
                "DEPENDENT_MISMATCH",
                "You are trying to cancel an appointment with an invalid status.",
                **place("Status", key),
            ),
        )


@pytest.mark.parametrize("status", ["Completed", "Overdue"])
def test_completing_too_early(sim, put, error, success, status):
    assert put(Status=status) == (
        400,
        error(
            "DEPENDENT_MISMATCH",
            f"Appointment cannot be marked as {status.lower()} before the appointment ends",
            **place("Status", "Appointment_Start_Time"),
        ),
    )
    sim.now = datetime(2026, 3, 2, 10, 30, tzinfo=IST)
    sim.load(
        "Appointments__s",
        [{"id": ID, "Appointment_Start_Time": PAST, "Appointment_End_Time": "2026-03-02T10:30:00+05:30"}],
    )
    assert put(Status=status)[0] == 200


@pytest.mark.parametrize("wanted", ["Scheduled", "Completed", "Overdue", "Cancelled"])
@pytest.mark.parametrize("status", ["Cancelled", "Completed"])
def test_an_ended_appointment_keeps_its_status(put, appointment, error, success, status, wanted):
    appointment(Status=status)
    messages = {
        "Cancelled": "'Scheduled' or 'Completed' or 'Overdue'.",
        "Completed": "'Scheduled' or 'Cancelled' or 'Overdue'.",
    }

    if wanted == status:
        assert put(Status=wanted) == (200, success(ID))
    else:
        message = f"You have tried to mark a {status.lower()} appointment as {messages[status]}"
        assert put(Status=wanted) == (403, error("NOT_ALLOWED", message, **place("Status")))


@pytest.mark.parametrize("status", ["Cancelled", "Completed"])
def test_an_ended_appointment_keeps_its_time(put, appointment, error, status):
    appointment(Status=status)

    assert put(Appointment_Start_Time=LATER) == (
        403,
        error(
            "NOT_ALLOWED",
            "You have tried to reschedule either a completed or cancelled appointment.",
            **place("Appointment_Start_Time"),
        ),
    )


def test_completing_where_it_is_not_configured(sim, put, over, error):
    sim.preferences.ask_to_complete = False

    assert put(Status="Completed") == (
        403,
        error("NOT_ALLOWED", "You have tried to mark an appointment as 'Completed'.", **place("Status")),
    )


def test_a_job_sheet_is_for_completed_ones(put, over, error):
    assert put(Job_Sheet_Name="x") == (
        400,
        error(
            "DEPENDENT_MISMATCH",
            "Job Sheet can be created only for completed appointment",
            **place("Job_Sheet_Name__s", "Status"),
        ),
    )


def test_a_mandated_job_sheet(sim, put, over, error, success):
    sim.preferences.job_sheet_mandated = True
    refused = error(
        "NOT_ALLOWED",
        "Appointment cannot be marked as completed without creating the jobsheet",
        **place("Status"),
    )

    assert put(Status="Completed") == (400, refused)
    assert put(Status="Completed", Job_Sheet_Name="x") == (400, refused)
    assert put(Status="Completed", Job_Sheet_Name="x", Job_Sheet_Description__s="y") == (200, success(ID))


def test_two_spellings_of_the_job_sheet_that_disagree(put, over, error):
    assert put(Status="Completed", Job_Sheet_Name="x", Job_Sheet_Name__s="y") == (
        400,
        error("INVALID_DATA", "invalid data", **place("Job_Sheet_Name__s")),
    )


@pytest.mark.parametrize(
    ("row", "details"),
    [
        (
            {"Status": "Done"},
            {"supported_values": ["Scheduled", "Cancelled", "Overdue", "Completed"], **place("Status")},
        ),
        (
            {"Status": "Cancelled", "Cancellation_Reason": "By Nobody"},
            {"supported_values": ["By Customer", "By Team"], **place("Cancellation_Reason")},
        ),
        (
            {"Appointment_Start_Time": "tomorrow"},
            {"expected_data_type": "datetime", **place("Appointment_Start_Time")},
        ),
        (
            {"Appointment_Start_Time": LATER, "Reschedule_Note": "x" * 2001},
            {"maximum_length": 2000, **place("Reschedule_Note")},
        ),
        ({"Address": "x" * 256}, {"maximum_length": 255, **place("Address")}),
    ],
)
def test_values_an_appointment_does_not_take(put, error, row, details):
    assert put(**row) == (400, error("INVALID_DATA", "invalid data", **details))


def test_a_reminder_without_a_unit(put, error, success):
    reminders = [{"unit": 10, "period": "minutes"}, {"period": "days"}]

    assert put(Remind_At=reminders[:1]) == (200, success(ID))
    assert put(Remind_At=reminders) == (
        400,
        error(
            "MANDATORY_NOT_FOUND",
            "mandatory key missing",
            api_name="unit",
            json_path="$.data[0].Remind_At[1].unit",
        ),
    )


def test_the_service_is_fixed(sim, put, appointment, error, success):
    refused = error("NOT_ALLOWED", "the field cannot be updated", **place("Service_Name"))

    assert put(Service_Name={"id": "1"}) == (400, refused)
    assert put(Service_Name=None) == (200, success(ID))
    appointment(Service_Name={"id": "1", "name": "Repair"})
    assert put(Service_Name={"id": 1}) == (200, success(ID))
    assert put(Service_Name={"id": "2", "name": "Repair"}) == (400, refused)
    assert put(Service_Name=None) == (400, refused)
    assert sim.records("Appointments__s")[ID]["Service_Name"] == {"id": "1", "name": "Repair"}


UNSET = dict.fromkeys(
    [
        "Cancellation_Reason",
        "Cancellation_Note",
        "Rescheduled_From",
        "Reschedule_Reason",
        "Reschedule_Note",
        "Job_Sheet_Name__s",
        "Job_Sheet_Description__s",
    ]
)
WHOLE = {
    "Appointment_Name": "Repair",
    "Duration": 60,
    "Service_Name": {"id": "1", "name": "Repair"},
    "Owner": {"id": "4150868000000000001", "name": "Administrator"},
    "Appointment_For": {"id": "77", "name": "Thigpen", "module": {"api_name": "Leads", "id": "78"}},
    "Remind_At": [{"unit": 10, "period": "minutes"}],
    "Tag": [],
    "Address": None,
    **UNSET,
}
LIVES = {
    "scheduled": {},
    "rescheduled": {
        "Rescheduled_From": PAST,
        "Reschedule_Reason": "By Team",
        "Reschedule_Note": "n",
        "Reschedule_Count": 1,
    },
    "overdue": {"Appointment_Start_Time": PAST},
    "cancelled": {"Status": "Cancelled", "Cancellation_Reason": "By Team", "Cancellation_Note": "n"},
    "completed": {"Status": "Completed", "Appointment_Start_Time": PAST},
    "documented": {
        "Status": "Completed",
        "Job_Sheet_Name__s": "Delivered",
        "Job_Sheet_Description__s": "On time",
        "Job_Sheet_Created__s": True,
    },
}


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("life", LIVES)
def test_an_appointment_read_and_sent_back_is_accepted(sim, crm, appointment, success, life, asked):
    sim.preferences.ask_to_complete = asked
    sim.preferences.job_sheet_mandated = True
    appointment(**{**WHOLE, **LIVES[life]})
    (read,) = crm.get(f"/Appointments__s/{ID}").json()["data"]

    whole = crm.put("/Appointments__s", json={"data": [read]})
    corrected = crm.put(f"/Appointments__s/{ID}", json={"data": [{**read, "Address": "x"}]})

    assert (whole.status_code, whole.json()) == (200, {"data": [success(ID)]})
    assert (corrected.status_code, corrected.json()) == (200, {"data": [success(ID)]})
    (after,) = crm.get(f"/Appointments__s/{ID}").json()["data"]
    assert after == {**read, "Address": "x"}


@pytest.mark.parametrize("name", UNSET)
def test_a_null_where_nothing_is_set_is_no_change(put, success, name):
    assert put(**{name: None}) == (200, success(ID))
    assert put(**{name: None, "Appointment_Start_Time": SOON}) == (200, success(ID))


def test_an_unchanged_start_is_a_wish_where_a_reschedule_is_spoken_of(put, appointment, error, success):
    same = error(
        "DEPENDENT_FIELD_UNCHANGED",
        "Reschedule_From and Appointment_Start_Time cannot be same",
        **place("Rescheduled_From", "Appointment_Start_Time"),
    )

    assert put(Appointment_Start_Time=SOON, Address="x") == (200, success(ID))
    assert put(Appointment_Start_Time=SOON, Address="x", Rescheduled_From=PAST) == (400, same)
    appointment(**LIVES["rescheduled"])
    assert put(Appointment_Start_Time=SOON, Address="x", Reschedule_Reason="By Customer") == (400, same)
    assert put(Appointment_Start_Time=SOON, Address="x", Reschedule_Reason="By Team") == (200, success(ID))


def test_words_about_an_earlier_reschedule_count_for_the_next(sim, put, appointment, success):
    appointment(**LIVES["rescheduled"])

    assert put(Appointment_Start_Time=LATER, Reschedule_Reason="By Team", Cancellation_Note=None) == (
        200,
        success(ID),
    )
    fields = sim.records("Appointments__s")[ID]
    assert (fields["Reschedule_Count"], fields["Reschedule_Reason"]) == (2, "By Team")
    assert fields["Rescheduled_From"] == SOON


def test_an_unchanged_status_is_a_wish_where_a_change_is_spoken_of(put, error):
    assert put(Status="Scheduled", Cancellation_Reason="By Team") == (
        400,
        error(
            "DEPENDENT_MISMATCH",
            "You are trying to cancel an appointment with an invalid status.",
            **place("Status", "Cancellation_Reason"),
        ),
    )


def test_business_hours(sim, put, error, success):
    sim.preferences.business_hours = (time(9), time(16))

    assert put(Appointment_Start_Time=LATER) == (
        400,
        error(
            "NOT_ALLOWED",
            "Appointment time does not falls under business hours",
            **place("Appointment_Start_Time"),
        ),
    )
    assert put(Appointment_Start_Time="2026-03-02T15:59:00+05:30") == (200, success(ID))


def test_a_service_has_hours_and_members(sim, put, appointment, error, success, user):
    service_id = sim.add_service(hours=(time(9), time(15)), members=[user["id"]])
    noon = "2026-03-02T12:00:00+05:30"
    appointment(Service_Name={"id": service_id}, Owner={"id": "77"}, Appointment_Start_Time=noon)

    assert put(Appointment_Start_Time=LATER) == (
        400,
        error("NOT_ALLOWED", "Service is not available on the given time", **place("Appointment_Start_Time")),
    )
    assert put(Appointment_Start_Time=SOON) == (
        400,
        error(
            "DEPENDENT_MISMATCH",
            "Appointment Owner is not a part of Service Members",
            api_name="id",
            json_path="$.data[0].Owner.id",
            dependee=place("Services.Members"),
        ),
    )
    assert put(Appointment_Start_Time=SOON, Owner={"id": user["id"]}) == (
        200,
        success(ID),
    )


@pytest.mark.parametrize(
    ("right", "permission", "row"),
    [
        ("reschedule", "Crm_Implied_Reschedule_Appointments", {"Appointment_Start_Time": LATER}),
        ("cancel", "Crm_Implied_Cancel_Appointments", {"Status": "Cancelled"}),
        ("complete", "Crm_Implied_Mark_As_Complete_Appointments", {"Status": "Completed"}),
    ],
)
def test_rights_of_their_own(sim, put, appointment, error, right, permission, row):
    if right == "complete":
        appointment(Appointment_Start_Time=PAST, Appointment_End_Time="2026-03-02T09:30:00+05:30")
    sim.deny(right)

    assert put(**row) == (403, error("NO_PERMISSION", "permission denied", permissions=[permission]))
    sim.allow(right)
    assert put(**row)[0] == 200


def test_a_locked_appointment(sim, put, error):
    sim.lock("Appointments__s", ID)

    assert put(Address="x") == (
        400,
        error(
            "RECORD_LOCKED",
            "Sorry, you cannot perform this operation as the record is locked.",
            **place("id"),
            action="record_locking",
        ),
    )


def test_ids_that_came_as_numbers_are_answered_as_text(crm, put):
    status, _ = put(
        Owner={"id": 4150868000000000001, "name": "Administrator"},
        Appointment_For={"id": "77", "module": {"api_name": "Leads", "id": 78}},
        Tag=[{"name": "a", "id": 79}, {"name": "b"}],
    )
    (read,) = crm.get(f"/Appointments__s/{ID}").json()["data"]

    assert status == 200
    assert {name: read[name] for name in ("Owner", "Appointment_For", "Tag")} == {
        "Owner": {"id": "4150868000000000001", "name": "Administrator", "email": "admin@example.com"},
        "Appointment_For": {"id": "77", "module": {"api_name": "Leads", "id": "78"}},
        "Tag": [{"name": "a", "id": "79"}, {"name": "b"}],
    }


@pytest.mark.parametrize(
    ("row", "details"),
    [
        ({"Owner": {"id": "me"}}, {"expected_data_type": "jsonobject", **place("Owner")}),
        ({"Owner": "77"}, {"expected_data_type": "jsonobject", **place("Owner")}),
        (
            {"Appointment_For": {"id": "77", "module": "Leads"}},
            {
                "expected_data_type": "jsonobject",
                "api_name": "module",
                "json_path": "$.data[0].Appointment_For.module",
            },
        ),
        (
            {"Appointment_For": {"id": "77", "module": {"id": "Leads"}}},
            {"expected_data_type": "jsonobject", **place("Appointment_For")},
        ),
        ({"Tag": [{"name": "a", "id": "x"}]}, {"api_name": "id", "json_path": "$.data[0].Tag[0].id"}),
    ],
)
def test_references_that_name_no_record(put, error, row, details):
    assert put(**row) == (400, error("INVALID_DATA", "invalid data", **details))
