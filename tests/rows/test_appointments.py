"""What of an appointment's row is known to be wrong before it is sent."""

import warnings
from datetime import UTC, datetime

import pytest

from zcrm.errors import NoteTooLong
from zcrm.outcomes import Outcome
from zcrm.rows.appointments import (
    PARTIES,
    STATUSES,
    Appointment,
    check_appointment,
    instant,
    refuse_appointment,
)
from zcrm.rows.values import BadValue

NINE, TEN = "2027-05-04T09:00:00+02:00", "2027-05-04T10:00:00+02:00"


def refused(row, given=None):
    with pytest.raises(BadValue) as caught:
        refuse_appointment(row, given)
    return caught.value.message, caught.value.path, caught.value.code


def test_the_words_are_zohos():
    assert PARTIES == ("By Customer", "By Team")
    assert STATUSES == ("Scheduled", "Overdue", "Completed", "Cancelled")


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"Cancellation_Reason": "By Team", "Status": "Cancelled"},
        {"Cancellation_Note": "ill", "Status": "Cancelled"},
        {"Cancellation_Reason": None, "Cancellation_Note": None},
        {"Reschedule_Reason": "By Customer", "Reschedule_Note": "late"},
        {"Reschedule_Reason": None},
        {"Rescheduled_From": NINE, "Appointment_Start_Time": TEN},
        {"Rescheduled_From": TEN},
        {"Rescheduled_From": "later", "Appointment_Start_Time": NINE},
        {"Job_Sheet_Name": "A", "Job_Sheet_Name__s": "A"},
        {"Job_Sheet_Name": "A"},
        {"Job_Sheet_Name__s": "A"},
        {"Service_Name": {"id": "1"}},
        {"Service_Name": None},
    ],
    ids=str,
)
def test_what_may_be_right_is_not_refused(row):
    refuse_appointment(row)
    refuse_appointment(row, {"Service_Name": {"id": "2"}})


@pytest.mark.parametrize("name", ["Cancellation_Reason", "Reschedule_Reason"])
def test_reasons_are_one_of_two(name):
    words = f"{name} is By Customer or By Team, not 'By Nobody'"
    assert refused({name: "By Nobody", "Status": "Cancelled"}) == (words, name, "INVALID_DATA")


@pytest.mark.parametrize(
    ("row", "words", "code"),
    [
        (
            {"Cancellation_Reason": "By Team"},
            "Cancellation_Reason without Status: give it, as Cancelled",
            "DEPENDENT_FIELD_MISSING",
        ),
        (
            {"Cancellation_Note": "x", "Status": None},
            "Cancellation_Note without Status: give it, as Cancelled",
            "DEPENDENT_FIELD_MISSING",
        ),
        (
            {"Cancellation_Note": "x", "Status": "Completed"},
            "Cancellation_Note with Status 'Completed': a cancellation has Status Cancelled",
            "DEPENDENT_MISMATCH",
        ),
    ],
)
def test_a_cancellation_has_its_status(row, words, code):
    assert refused(row) == (words, "Status", code)


def test_a_start_lies_behind_the_one_it_is_moved_from():
    words = "Rescheduled_From is not before Appointment_Start_Time"
    for start, code in ((NINE, "DEPENDENT_MISMATCH"), (TEN, "DEPENDENT_FIELD_UNCHANGED")):
        row = {"Rescheduled_From": TEN, "Appointment_Start_Time": start}
        assert refused(row) == (words, "Rescheduled_From", code)


def test_one_field_under_two_names_has_one_value():
    words = "Job_Sheet_Name and Job_Sheet_Name__s are two spellings of one field, with different values"
    for more in ({}, {"id": "1"}):
        row = {"Job_Sheet_Name": "A", "Job_Sheet_Name__s": "B", **more}
        assert refused(row) == (words, "Job_Sheet_Name", "INVALID_DATA")


def test_a_service_can_not_be_changed():
    words = "The service of an appointment can't be changed: leave Service_Name out"
    read = Appointment({"id": "1", "Service_Name": {"id": 7, "name": "Repair"}})
    assert (read, read.service) == ({"id": "1", "Service_Name": {"id": 7, "name": "Repair"}}, "7")
    refuse_appointment({"Service_Name": {"id": "7"}}, read)
    refuse_appointment({"Status": "Completed"}, read)
    for row, given in (
        ({"Service_Name": "Repair"}, None),
        ({"Service_Name": {"id": "8"}}, read),
        ({"Service_Name": {"name": "Repair"}}, read),
        ({"Service_Name": None}, read),
    ):
        assert refused(row, given) == (words, "Service_Name", "INVALID_DATA")
    for fields in ({}, {"Service_Name": None}, {"Service_Name": "Repair"}, {"Service_Name": {}}):
        unknown = Appointment(fields)
        assert unknown.service is None
        refuse_appointment({"Service_Name": {"id": "8"}}, unknown)


def test_instants():
    assert instant(NINE) == datetime(2027, 5, 4, 7, tzinfo=UTC)
    for value in ("2027-05-04T09:00:00", "nine", "", None, 9, datetime(2027, 5, 4, tzinfo=UTC)):
        assert instant(value) is None


@pytest.mark.parametrize(
    ("row", "plain"), [({"Appointment_Start_Time": TEN}, False), ({"Status": "Completed"}, True)]
)
def test_a_reschedule_is_never_sent_twice(row, plain):
    outcome = Outcome(0, row)
    check_appointment(outcome, row, longest_note=3)
    assert outcome._plain is plain


def test_the_callers_own_row_tells_which_service_it_was_read_with():
    read = Appointment({"Service_Name": {"id": "7"}})
    with pytest.raises(BadValue):
        check_appointment(Outcome(0, read), {"Service_Name": {"id": "8"}}, longest_note=3)


def test_long_notes_are_warned_of():
    row = {"Cancellation_Note": "1234", "Status": "Cancelled", "Reschedule_Note": "12345"}
    with pytest.warns(NoteTooLong) as caught:
        check_appointment(Outcome(0, row), row, longest_note=3)
    assert [str(one.message) for one in caught] == [
        "A Cancellation_Note has more than 3 characters, and may be refused for it",
        "A Reschedule_Note has more than 3 characters, and may be refused for it",
    ]
    assert {one.filename for one in caught} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for note in ("123", 1234, None):
            row = {"Reschedule_Note": note}
            check_appointment(Outcome(0, row), row, longest_note=3)
