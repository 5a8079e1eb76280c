# Written by `nox -s generate` from spec/; do not edit.
"""Rows, bodies and options as the API spells them."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias

from typing_extensions import TypedDict

Id: TypeAlias = str
"""
Id as the API writes it, a string of digits.
"""


IdInput: TypeAlias = str | int
"""
Id on input. A string of digits is the safe form; the server also accepts an integer, which many languages round.
"""


Time: TypeAlias = str
"""
ISO 8601 with seconds and a numeric offset.
"""


TimeInput: TypeAlias = str
"""
Time on input: ISO 8601 with seconds and a numeric offset, such as `2024-01-15T15:26:49+05:30`. A plain string, because the texts that languages make of their own types of time differ from this form.
"""


class Reference(TypedDict):
    """
    Another record, or a user, by id and name.
    """

    id: Id
    name: NotRequired[str | None]
    email: NotRequired[str | None]


class ReferenceInput(TypedDict):
    """
    Another record, or a user; the id decides.
    """

    id: IdInput
    name: NotRequired[str]


Trigger: TypeAlias = Literal[
    "workflow", "approval", "blueprint", "pathfinder", "orchestration"
]
"""
Kind of automation.
"""


class SkippedFeature(TypedDict):
    """
    Feature not to run. The Update Records page names `cadences` alone.
    """

    name: Literal["cadences", "assignment_rules", "connected_workflows"]
    action: NotRequired[str]


class AppliedFeature(TypedDict):
    """
    Feature to run that updates over the API skip by default.
    """

    name: Literal[
        "layout_rules",
        "range_validation",
        "assignment_rules",
        "function_validation_rule",
        "criteria_validation_rule",
        "global_map_dependency",
        "territory_subordinates",
    ]


AppendValue: TypeAlias = bool | Literal["true", "false"]
"""
Truth, or the word for it.
"""


AppointmentStatus: TypeAlias = Literal["Scheduled", "Completed", "Cancelled", "Overdue"]


AppointmentParty: TypeAlias = Literal["By Customer", "By Team"]
"""
Who asked for the change.
"""


AppointmentNote: TypeAlias = str | None


class ModuleInput(TypedDict):
    """
    A module by its API name.
    """

    api_name: NotRequired[str]
    id: NotRequired[IdInput]


class ReminderInput(TypedDict):
    """
    When to remind, counted back from the start.
    """

    unit: int
    period: Literal["minutes", "hours", "days"]


class TagInput(TypedDict):
    """
    A tag by its name.
    """

    name: str
    id: NotRequired[IdInput]


class Record(TypedDict):
    """
    A record as it is read: its id and fields, by their API names. The fields are those of the module in your organisation, and any may be null. Keys that begin with `$` are the server's own.
    """

    id: Id


class Reminder(TypedDict):
    """
    When to remind, counted back from the start.
    """

    unit: NotRequired[int | None]
    period: NotRequired[str | None]
    """
    minutes, hours or days.
    """


class Module(TypedDict):
    """
    A module by its API name.
    """

    api_name: NotRequired[str]
    id: NotRequired[Id]


class AppointmentTag(TypedDict):
    """
    A tag.
    """

    name: NotRequired[str]
    id: NotRequired[Id]


MassUpdateFields: TypeAlias = dict[str, Any]
"""
Fields by their API names and the value to set. One field; up to three in Deals.
"""


class Territory(TypedDict):
    """
    Only the records of this territory.
    """

    id: IdInput
    include_child: NotRequired[bool]
    """
    Whether to include the territories below it.
    """


AppendValues: TypeAlias = dict[str, AppendValue]
"""
For each multi-select picklist named: true adds the values to those the record has, false puts them in their place, as it is without this key.
"""


class AppointmentForInput(TypedDict):
    """
    Record the appointment is for, with its module.
    """

    id: IdInput
    name: NotRequired[str]
    module: NotRequired[ModuleInput]


class AppointmentFor(TypedDict):
    """
    Record the appointment is for, with its module.
    """

    id: Id
    name: NotRequired[str | None]
    module: NotRequired[Module]


class MassUpdateByIdsBody(TypedDict):
    """
    The values to set, and the records to set them in.
    """

    data: list[MassUpdateFields]
    ids: list[IdInput]
    over_write: NotRequired[bool]
    """
    For a multi-select picklist: true puts the values in place of those the record has, false adds them.
    """


class MassUpdateByViewBody(TypedDict):
    """
    The values to set, and the custom view whose records to set them in. Only in the editions Enterprise, Ultimate, CRM Plus and Zoho One.
    """

    data: list[MassUpdateFields]
    cvid: IdInput
    """
    Id of the custom view.
    """
    territory: NotRequired[Territory]
    over_write: NotRequired[bool]
    """
    For a multi-select picklist: true puts the values in place of those the record has, false adds them.
    """


RecordUpdate = TypedDict(
    "RecordUpdate",
    {
        "id": IdInput,
        "Layout": NotRequired[ReferenceInput],
        "$append_values": NotRequired[AppendValues],
    },
)


RecordChanges = TypedDict(
    "RecordChanges",
    {
        "id": NotRequired[IdInput],
        "Layout": NotRequired[ReferenceInput],
        "$append_values": NotRequired[AppendValues],
    },
)


class AppointmentUpdate(TypedDict):
    """
    One row: the appointment's id and the fields to set, your organisation's own among them. An appointment can be sent back as it was read, with its nulls; a start that is the present one is no reschedule then. `Service_Name` cannot be changed.
    """

    id: IdInput
    Status: NotRequired[AppointmentStatus]
    """
    `Cancelled` cancels. `Completed` completes, once the appointment has ended and only in an organisation that asks its users to mark appointments as completed. `Overdue` too needs an ended appointment.
    """
    Cancellation_Reason: NotRequired[AppointmentParty | None]
    """
    Needs the status `Cancelled`. By customer when left out.
    """
    Cancellation_Note: NotRequired[AppointmentNote]
    """
    Needs the status `Cancelled`.
    """
    Appointment_Start_Time: NotRequired[TimeInput]
    """
    A new start reschedules the appointment.
    """
    Rescheduled_From: NotRequired[TimeInput | None]
    """
    The start until now; must lie before the new one.
    """
    Reschedule_Reason: NotRequired[AppointmentParty | None]
    """
    Needs a reschedule, now or before. By customer when left out.
    """
    Reschedule_Note: NotRequired[AppointmentNote]
    """
    Needs a reschedule, now or before.
    """
    Job_Sheet_Name: NotRequired[str | None]
    """
    Name of the job sheet; required on completion where the organisation mandates job sheets. The page spells it thus, other documents of Zoho's `Job_Sheet_Name__s`; the server takes either.
    """
    Job_Sheet_Name__s: NotRequired[str | None]
    """
    Another spelling of `Job_Sheet_Name`.
    """
    Job_Sheet_Description__s: NotRequired[str | None]
    """
    What was done; required like the job sheet's name.
    """
    Appointment_Name: NotRequired[str]
    Appointment_End_Time: NotRequired[TimeInput]
    Duration: NotRequired[int]
    """
    Minutes.
    """
    Owner: NotRequired[ReferenceInput]
    """
    User who gives the service; must be one of its members.
    """
    Appointment_For: NotRequired[AppointmentForInput]
    Location: NotRequired[str | None]
    """
    `Client Address` or `Business Address`.
    """
    Address: NotRequired[str | None]
    Additional_Information: NotRequired[str | None]
    Remind_At: NotRequired[list[ReminderInput] | None]
    Tag: NotRequired[list[TagInput] | None]


class AppointmentChanges(TypedDict):
    """
    The fields to set in the appointment that the path names, as in a row of several. An id, when given, must be the same one.
    """

    id: NotRequired[IdInput]
    Status: NotRequired[AppointmentStatus]
    """
    `Cancelled` cancels. `Completed` completes, once the appointment has ended and only in an organisation that asks its users to mark appointments as completed. `Overdue` too needs an ended appointment.
    """
    Cancellation_Reason: NotRequired[AppointmentParty | None]
    """
    Needs the status `Cancelled`. By customer when left out.
    """
    Cancellation_Note: NotRequired[AppointmentNote]
    """
    Needs the status `Cancelled`.
    """
    Appointment_Start_Time: NotRequired[TimeInput]
    """
    A new start reschedules the appointment.
    """
    Rescheduled_From: NotRequired[TimeInput | None]
    """
    The start until now; must lie before the new one.
    """
    Reschedule_Reason: NotRequired[AppointmentParty | None]
    """
    Needs a reschedule, now or before. By customer when left out.
    """
    Reschedule_Note: NotRequired[AppointmentNote]
    """
    Needs a reschedule, now or before.
    """
    Job_Sheet_Name: NotRequired[str | None]
    """
    Name of the job sheet; required on completion where the organisation mandates job sheets. The page spells it thus, other documents of Zoho's `Job_Sheet_Name__s`; the server takes either.
    """
    Job_Sheet_Name__s: NotRequired[str | None]
    """
    Another spelling of `Job_Sheet_Name`.
    """
    Job_Sheet_Description__s: NotRequired[str | None]
    """
    What was done; required like the job sheet's name.
    """
    Appointment_Name: NotRequired[str]
    Appointment_End_Time: NotRequired[TimeInput]
    Duration: NotRequired[int]
    """
    Minutes.
    """
    Owner: NotRequired[ReferenceInput]
    """
    User who gives the service; must be one of its members.
    """
    Appointment_For: NotRequired[AppointmentForInput]
    Location: NotRequired[str | None]
    """
    `Client Address` or `Business Address`.
    """
    Address: NotRequired[str | None]
    Additional_Information: NotRequired[str | None]
    Remind_At: NotRequired[list[ReminderInput] | None]
    Tag: NotRequired[list[TagInput] | None]


class Appointment(TypedDict):
    """
    An appointment as it is read. In a list it has its id and the fields asked for. Any value may be null.
    """

    id: Id
    Appointment_Name: NotRequired[str | None]
    Status: NotRequired[str | None]
    """
    Scheduled, Completed, Cancelled or Overdue.
    """
    Service_Name: NotRequired[Reference | None]
    Appointment_For: NotRequired[AppointmentFor | None]
    Owner: NotRequired[Reference | None]
    Appointment_Start_Time: NotRequired[Time | None]
    Appointment_End_Time: NotRequired[Time | None]
    Duration: NotRequired[int | None]
    """
    Minutes.
    """
    Location: NotRequired[str | None]
    Address: NotRequired[str | None]
    Additional_Information: NotRequired[str | None]
    Remind_At: NotRequired[list[Reminder] | None]
    Tag: NotRequired[list[AppointmentTag] | None]
    Cancellation_Reason: NotRequired[str | None]
    Cancellation_Note: NotRequired[str | None]
    Cancelled_Time: NotRequired[Time | None]
    Cancelled_By: NotRequired[Reference | None]
    Rescheduled_From: NotRequired[Time | None]
    Rescheduled_To: NotRequired[Time | None]
    Rescheduled_Time: NotRequired[Time | None]
    Rescheduled_By: NotRequired[Reference | None]
    Reschedule_Reason: NotRequired[str | None]
    Reschedule_Note: NotRequired[str | None]
    Reschedule_Count: NotRequired[int | None]
    Job_Sheet_Name__s: NotRequired[str | None]
    Job_Sheet_Description__s: NotRequired[str | None]
    Job_Sheet_Created__s: NotRequired[bool | None]
    Created_Time: NotRequired[Time | None]
    Created_By: NotRequired[Reference | None]
    Modified_Time: NotRequired[Time | None]
    Modified_By: NotRequired[Reference | None]
    Last_Activity_Time: NotRequired[Time | None]
    Record_Status__s: NotRequired[str | None]
