"""Which appointments a filter lets through."""

from datetime import UTC, datetime

import pytest

from zcrm.errors import UsageError, ZohoError
from zcrm.rows.wanted import Wanted

MAY = "2027-05-01T00:00:00+02:00"
JUNE = "2027-06-01T00:00:00+02:00"


def usage(**given):
    with pytest.raises(UsageError) as caught:
        Wanted.of(**given)
    return caught.value.message, caught.value.fix


def test_nothing_asked_lets_everything_through():
    assert Wanted.of() == Wanted(None, None, None, None)
    assert Wanted.of().has({})
    assert Wanted.of().fields == []


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"member": "1"}, ["Owner"]),
        ({"start": MAY}, ["Appointment_Start_Time"]),
        ({"until": MAY}, ["Appointment_Start_Time"]),
        ({"status": "Overdue"}, ["Status"]),
        ({"member": 1, "start": MAY, "status": ()}, ["Owner", "Appointment_Start_Time", "Status"]),
    ],
)
def test_the_fields_that_it_looks_at(given, fields):
    assert Wanted.of(**given).fields == fields


def test_what_it_is_made_of():
    made = Wanted.of(" A@B.example ", datetime(2027, 5, 1, tzinfo=UTC), JUNE, ["Overdue", "Completed"])
    assert made == Wanted(
        "a@b.example",
        datetime(2027, 5, 1, tzinfo=UTC),
        datetime(2027, 5, 31, 22, tzinfo=UTC),
        ("Overdue", "Completed"),
    )
    assert Wanted.of(17, status="Overdue") == Wanted("17", statuses=("Overdue",))


def test_what_can_not_be():
    behind = "until lies after start; it is not a part of the time that is meant"
    assert usage(start=MAY, until=MAY) == (behind, "")
    assert usage(start=JUNE, until=MAY) == (behind, "")
    Wanted.of(start=MAY, until=JUNE)
    two = "Give one of them: a name may be that of two people."
    for member in ("Ann", "", "1a", "-1"):
        assert usage(member=member) == (f"member: {member!r} is no id and no e-mail address", two)
    assert "status knows no 'Lost'" in usage(status="Lost")[0]
    assert "status: a list" in usage(status=7)[0]
    for option in ("start", "until"):
        assert usage(**{option: "noon"})[0].startswith(f"{option}: 'noon' is no time")


def at(time):
    return {"id": "7", "Appointment_Start_Time": time}


@pytest.mark.parametrize(
    ("given", "appointment", "meant"),
    [
        ({"status": "Overdue"}, {"Status": "Overdue"}, True),
        ({"status": "Overdue"}, {"Status": "Completed"}, False),
        ({"status": ["Overdue", "Completed"]}, {"Status": "Completed"}, True),
        ({"status": "Overdue"}, {}, False),
        ({"status": []}, {"Status": "Overdue"}, False),
        ({"start": MAY}, at(MAY), True),
        ({"start": MAY}, at("2027-04-30T21:59:59+00:00"), False),
        ({"start": MAY}, at(None), False),
        ({"start": MAY}, {}, False),
        ({"until": MAY}, {}, False),
        ({"until": JUNE}, at(JUNE), False),
        ({"until": JUNE}, at("2027-05-31T23:59:59+02:00"), True),
        ({"start": MAY, "until": JUNE}, at(MAY), True),
        ({"start": MAY, "until": JUNE}, at(JUNE), False),
        ({"member": "17"}, {"Owner": {"id": "17"}}, True),
        ({"member": 17}, {"Owner": {"id": 17}}, True),
        ({"member": "17"}, {"Owner": {"id": "18", "email": "17"}}, False),
        ({"member": "17"}, {"Owner": {}}, False),
        ({"member": "17"}, {"Owner": "17"}, False),
        ({"member": "17"}, {"Owner": None}, False),
        ({"member": "a@b.example"}, {"Owner": {"email": " A@b.Example "}}, True),
        ({"member": "a@b.example"}, {"Owner": {"email": "c@b.example"}}, False),
        ({"member": "a@b.example"}, {"Owner": None}, False),
        ({"member": "17", "start": MAY}, at(MAY) | {"Owner": {"id": "18"}}, False),
        ({"member": "17", "start": MAY}, at(MAY) | {"Owner": {"id": "17"}}, True),
        ({"member": "17", "status": "Overdue"}, {"Owner": {"id": "17"}, "Status": "Lost"}, False),
    ],
    ids=str,
)
def test_which_are_meant(given, appointment, meant):
    assert Wanted.of(**given).has(appointment) is meant


def test_a_start_that_can_not_be_compared_is_no_reason_to_leave_one_out():
    for time in ("noon", 5, "2027-05-04T12:00:00"):
        for span in ({"start": MAY}, {"until": MAY}):
            with pytest.raises(ZohoError) as caught:
                Wanted.of(**span).has(at(time))
            assert caught.value.message == (
                f"Zoho lists appointment 7 with a start that can't be compared: {time!r} "
                "is no time with an offset"
            )
    assert Wanted.of(member="17").has(at("noon") | {"Owner": {"id": "17"}})


def test_owners_without_addresses_are_not_taken_for_others():
    for owner in ({}, {"email": None}, {"id": "17"}):
        with pytest.raises(UsageError, match="owners without e-mail addresses: give the member's id"):
            Wanted.of(member="a@b.example").has({"Owner": owner})
