"""What of an appointment's row is known to be wrong before it is sent, and which appointments are meant."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, get_args

from ..errors import NoteTooLong
from ..outcomes import Outcome
from .values import BadValue

__all__ = [
    "PARTIES", "START", "STATUSES", "Appointment", "Party", "Status", "check_appointment", "instant",
    "refuse_appointment",
]  # fmt: skip

Party = Literal["By Customer", "By Team"]
Status = Literal["Scheduled", "Overdue", "Completed", "Cancelled"]

PARTIES: tuple[Party, ...] = get_args(Party)
STATUSES: tuple[Status, ...] = get_args(Status)

START = "Appointment_Start_Time"
_REASONS = ("Cancellation_Reason", "Reschedule_Reason")
_NOTES = ("Cancellation_Note", "Reschedule_Note")
_CANCELLING = ("Cancellation_Reason", "Cancellation_Note")
_JOB_SHEET = ("Job_Sheet_Name", "Job_Sheet_Name__s")


class Appointment(dict[str, Any]):
    """An appointment as it was read: a dict that knows which service that was for.

    It may be changed and handed to `Appointments.update`.
    """

    __slots__ = ("service",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self.service = _id_of(fields.get("Service_Name"))


def check_appointment(outcome: Outcome, row: Mapping[str, Any], *, longest_note: int) -> None:
    """See that the row breaks no rule that holds whatever the appointment; raises BadValue.

    A reschedule is never sent twice. Warns (`NoteTooLong`) of a longer note than this.
    """
    if START in row:
        outcome._plain = False
    refuse_appointment(row, outcome.input)
    for name in _NOTES:
        if isinstance(note := row.get(name), str) and len(note) > longest_note:
            message = f"A {name} has more than {longest_note:,} characters, and may be refused for it"
            warnings.warn(message, NoteTooLong, stacklevel=2)


def refuse_appointment(row: Mapping[str, Any], given: object = None) -> None:
    """Raise BadValue for a row that breaks such a rule; given: the caller's own row."""
    _check_reasons(row)
    _check_cancellation(row)
    _check_start(row)
    _check_service(row, given)
    if row.keys() >= set(_JOB_SHEET) and row[_JOB_SHEET[0]] != row[_JOB_SHEET[1]]:
        message = f"{' and '.join(_JOB_SHEET)} are two spellings of one field, with different values"
        raise BadValue(message, _JOB_SHEET[0])


def instant(value: object) -> datetime | None:
    """The time that ISO 8601 text with an offset stands for; None for anything else."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return time if time is not None and time.tzinfo is not None else None


def _check_reasons(row: Mapping[str, Any]) -> None:
    for name in _REASONS:
        if row.get(name) is not None and row[name] not in PARTIES:
            raise BadValue(f"{name} is {' or '.join(PARTIES)}, not {row[name]!r}", name)


def _check_cancellation(row: Mapping[str, Any]) -> None:
    said = next((name for name in _CANCELLING if row.get(name) is not None), None)
    if said is None or row.get("Status") == "Cancelled":
        return
    if row.get("Status") is None:
        raise BadValue(f"{said} without Status: give it, as Cancelled", "Status", "DEPENDENT_FIELD_MISSING")
    raise BadValue(
        f"{said} with Status {row['Status']!r}: a cancellation has Status Cancelled",
        "Status",
        "DEPENDENT_MISMATCH",
    )


def _check_start(row: Mapping[str, Any]) -> None:
    came_from, start = instant(row.get("Rescheduled_From")), instant(row.get(START))
    if came_from is not None and start is not None and came_from >= start:
        code = "DEPENDENT_FIELD_UNCHANGED" if came_from == start else "DEPENDENT_MISMATCH"
        raise BadValue(f"Rescheduled_From is not before {START}", "Rescheduled_From", code)


def _check_service(row: Mapping[str, Any], given: object) -> None:
    service = row.get("Service_Name")
    read = given.service if isinstance(given, Appointment) else None
    if isinstance(service, str) or (read is not None and "Service_Name" in row and _id_of(service) != read):
        raise BadValue(
            "The service of an appointment can't be changed: leave Service_Name out", "Service_Name"
        )


def _id_of(value: object) -> str | None:
    known = value.get("id") if isinstance(value, Mapping) else None
    return None if known is None else str(known)
