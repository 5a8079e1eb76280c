"""The fields of the Appointments module that have properties of their own."""

from typing import Final

from zcrm.simulator.org.fields import Field

STATUSES: Final = ("Scheduled", "Cancelled", "Overdue", "Completed")
PARTIES: Final = ("By Customer", "By Team")

_MAX_MINUTES: Final = 366 * 24 * 60

_TIME: Final = Field(type="datetime", mandatory=True)
_NOTE: Final = Field(type="textarea", length=2_000)

_KEPT_TIME: Final = Field(type="datetime", read_only=True)
_KEPT_USER: Final = Field(type="ownerlookup", read_only=True)

KEPT_FIELDS: Final = {
    "Reschedule_Count": Field(type="integer", read_only=True),
    "Rescheduled_To": _KEPT_TIME,
    "Rescheduled_Time": _KEPT_TIME,
    "Rescheduled_By": _KEPT_USER,
    "Cancelled_Time": _KEPT_TIME,
    "Cancelled_By": _KEPT_USER,
    "Job_Sheet_Created__s": Field(type="boolean", read_only=True),
}
"""Fields the system fills in itself, whatever a row says."""

APPOINTMENT_FIELDS: Final = {
    **KEPT_FIELDS,
    "Status": Field(type="picklist", values=STATUSES, mandatory=True),
    "Cancellation_Reason": Field(type="picklist", values=PARTIES, mandatory=True),
    "Cancellation_Note": _NOTE,
    "Appointment_Start_Time": _TIME,
    "Appointment_End_Time": _TIME,
    "Rescheduled_From": _TIME,
    "Reschedule_Reason": Field(type="picklist", values=PARTIES, mandatory=True),
    "Reschedule_Note": _NOTE,
    "Job_Sheet_Name__s": Field(length=120),
    "Job_Sheet_Description__s": Field(type="textarea", length=32_000),
    "Appointment_Name": Field(length=255, mandatory=True),
    "Duration": Field(type="integer", between=(0, _MAX_MINUTES), mandatory=True),
    "Owner": Field(type="ownerlookup", mandatory=True),
    "Appointment_For": Field(type="lookup", mandatory=True),
    "Service_Name": Field(type="lookup", read_only=True),
    "Location": Field(),
    "Address": Field(length=255),
    "Additional_Information": Field(type="textarea", length=32_000),
    "Remind_At": Field(type="reminders"),
    "Tag": Field(type="tags"),
}
