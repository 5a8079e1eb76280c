# Written by `nox -s generate` from spec/; do not edit.
"""Rows, bodies and options as the API spells them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictInt,
    StrictStr,
)


class Id(RootModel[StrictStr]):
    root: Annotated[StrictStr, Field(pattern="^[0-9]+$")]
    """
    Id as the API writes it, a string of digits.
    """


class IdInput(RootModel[StrictStr | StrictInt]):
    root: StrictStr | StrictInt
    """
    Id on input. A string of digits is the safe form; the server also accepts an integer, which many languages round.
    """


class Time(RootModel[AwareDatetime]):
    root: AwareDatetime
    """
    ISO 8601 with seconds and a numeric offset.
    """


class TimeInput(RootModel[AwareDatetime]):
    root: AwareDatetime
    """
    Time on input: ISO 8601 with seconds and a numeric offset, such as `2024-01-15T15:26:49+05:30`. A plain string, because the texts that languages make of their own types of time differ from this form.
    """


class Reference(BaseModel):
    """
    Another record, or a user, by id and name.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    id: Id
    name: StrictStr | None = None
    email: StrictStr | None = None


class ReferenceInput(BaseModel):
    """
    Another record, or a user; the id decides.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    id: IdInput
    name: StrictStr | None = None


class Trigger(
    RootModel[
        Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
    ]
):
    root: Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
    """
    Kind of automation.
    """


class SkippedFeature(BaseModel):
    """
    Feature not to run. The Update Records page names `cadences` alone.
    """

    name: Literal["cadences", "assignment_rules", "connected_workflows"]
    action: StrictStr | None = None


class AppliedFeature(BaseModel):
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


class AppendValue(RootModel[StrictBool | Literal["true", "false"]]):
    root: StrictBool | Literal["true", "false"]
    """
    Truth, or the word for it.
    """


class AppointmentStatus(
    RootModel[Literal["Scheduled", "Completed", "Cancelled", "Overdue"]]
):
    root: Literal["Scheduled", "Completed", "Cancelled", "Overdue"]


class AppointmentParty(RootModel[Literal["By Customer", "By Team"]]):
    root: Literal["By Customer", "By Team"]
    """
    Who asked for the change.
    """


class AppointmentNote(RootModel[StrictStr | None]):
    root: Annotated[StrictStr | None, Field(max_length=2000)]


class ModuleInput(BaseModel):
    """
    A module by its API name.
    """

    api_name: StrictStr | None = None
    id: IdInput | None = None


class ReminderInput(BaseModel):
    """
    When to remind, counted back from the start.
    """

    unit: Annotated[StrictInt, Field(ge=0, le=100)]
    period: Literal["minutes", "hours", "days"]


class TagInput(BaseModel):
    """
    A tag by its name.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    name: StrictStr
    id: IdInput | None = None


class Record(BaseModel):
    """
    A record as it is read: its id and fields, by their API names. The fields are those of the module in your organisation, and any may be null. Keys that begin with `$` are the server's own.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    id: Id


class Reminder(BaseModel):
    """
    When to remind, counted back from the start.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    unit: StrictInt | None = None
    period: StrictStr | None = None
    """
    minutes, hours or days.
    """


class Module(BaseModel):
    """
    A module by its API name.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    api_name: StrictStr | None = None
    id: Id | None = None


class AppointmentTag(BaseModel):
    """
    A tag.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    name: StrictStr | None = None
    id: Id | None = None


class MassUpdateFields(RootModel[dict[str, Any]]):
    """
    Fields by their API names and the value to set. One field; up to three in Deals.
    """

    root: Annotated[dict[str, Any], Field(max_length=3, min_length=1)]


class Territory(BaseModel):
    """
    Only the records of this territory.
    """

    id: IdInput
    include_child: StrictBool | None = None
    """
    Whether to include the territories below it.
    """


class AppendValues(RootModel[dict[str, AppendValue]]):
    """
    For each multi-select picklist named: true adds the values to those the record has, false puts them in their place, as it is without this key.
    """

    root: dict[str, AppendValue]


class AppointmentForInput(BaseModel):
    """
    Record the appointment is for, with its module.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    id: IdInput
    name: StrictStr | None = None
    module: ModuleInput | None = None


class AppointmentFor(BaseModel):
    """
    Record the appointment is for, with its module.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    id: Id
    name: StrictStr | None = None
    module: Module | None = None


class MassUpdateByIdsBody(BaseModel):
    """
    The values to set, and the records to set them in.
    """

    data: Annotated[list[MassUpdateFields], Field(max_length=1, min_length=1)]
    ids: Annotated[list[IdInput], Field(max_length=500, min_length=1)]
    over_write: StrictBool | None = None
    """
    For a multi-select picklist: true puts the values in place of those the record has, false adds them.
    """


class MassUpdateByViewBody(BaseModel):
    """
    The values to set, and the custom view whose records to set them in. Only in the editions Enterprise, Ultimate, CRM Plus and Zoho One.
    """

    data: Annotated[list[MassUpdateFields], Field(max_length=1, min_length=1)]
    cvid: IdInput
    """
    Id of the custom view.
    """
    territory: Territory | None = None
    over_write: StrictBool | None = None
    """
    For a multi-select picklist: true puts the values in place of those the record has, false adds them.
    """


class RecordUpdate(BaseModel):
    """
    One row: the record's id and the fields to set, by their API names. The fields are those of the module in your organisation.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    id: IdInput
    Layout: ReferenceInput | None = None
    """
    Layout whose mandatory fields are enforced, and whose fields alone are written.
    """
    field_append_values: Annotated[
        AppendValues | None, Field(alias="$append_values")
    ] = None


class RecordChanges(BaseModel):
    """
    The fields to set in the record that the path names, as in a row of several. An id, when given, must be the same one.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    id: IdInput | None = None
    Layout: ReferenceInput | None = None
    """
    Layout whose mandatory fields are enforced, and whose fields alone are written.
    """
    field_append_values: Annotated[
        AppendValues | None, Field(alias="$append_values")
    ] = None


class AppointmentUpdate(BaseModel):
    """
    One row: the appointment's id and the fields to set, your organisation's own among them. An appointment can be sent back as it was read, with its nulls; a start that is the present one is no reschedule then. `Service_Name` cannot be changed.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    id: IdInput
    Status: AppointmentStatus | None = None
    """
    `Cancelled` cancels. `Completed` completes, once the appointment has ended and only in an organisation that asks its users to mark appointments as completed. `Overdue` too needs an ended appointment.
    """
    Cancellation_Reason: AppointmentParty | None = None
    """
    Needs the status `Cancelled`. By customer when left out.
    """
    Cancellation_Note: AppointmentNote | None = None
    """
    Needs the status `Cancelled`.
    """
    Appointment_Start_Time: TimeInput | None = None
    """
    A new start reschedules the appointment.
    """
    Rescheduled_From: TimeInput | None = None
    """
    The start until now; must lie before the new one.
    """
    Reschedule_Reason: AppointmentParty | None = None
    """
    Needs a reschedule, now or before. By customer when left out.
    """
    Reschedule_Note: AppointmentNote | None = None
    """
    Needs a reschedule, now or before.
    """
    Job_Sheet_Name: StrictStr | None = None
    """
    Name of the job sheet; required on completion where the organisation mandates job sheets. The page spells it thus, other documents of Zoho's `Job_Sheet_Name__s`; the server takes either.
    """
    Job_Sheet_Name__s: Annotated[StrictStr | None, Field(max_length=120)] = None
    """
    Another spelling of `Job_Sheet_Name`.
    """
    Job_Sheet_Description__s: Annotated[StrictStr | None, Field(max_length=32000)] = (
        None
    )
    """
    What was done; required like the job sheet's name.
    """
    Appointment_Name: Annotated[StrictStr | None, Field(max_length=255)] = None
    Appointment_End_Time: TimeInput | None = None
    Duration: Annotated[StrictInt | None, Field(ge=0)] = None
    """
    Minutes.
    """
    Owner: ReferenceInput | None = None
    """
    User who gives the service; must be one of its members.
    """
    Appointment_For: AppointmentForInput | None = None
    Location: StrictStr | None = None
    """
    `Client Address` or `Business Address`.
    """
    Address: Annotated[StrictStr | None, Field(max_length=255)] = None
    Additional_Information: Annotated[StrictStr | None, Field(max_length=32000)] = None
    Remind_At: list[ReminderInput] | None = None
    Tag: list[TagInput] | None = None


class AppointmentChanges(BaseModel):
    """
    The fields to set in the appointment that the path names, as in a row of several. An id, when given, must be the same one.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    id: IdInput | None = None
    Status: AppointmentStatus | None = None
    """
    `Cancelled` cancels. `Completed` completes, once the appointment has ended and only in an organisation that asks its users to mark appointments as completed. `Overdue` too needs an ended appointment.
    """
    Cancellation_Reason: AppointmentParty | None = None
    """
    Needs the status `Cancelled`. By customer when left out.
    """
    Cancellation_Note: AppointmentNote | None = None
    """
    Needs the status `Cancelled`.
    """
    Appointment_Start_Time: TimeInput | None = None
    """
    A new start reschedules the appointment.
    """
    Rescheduled_From: TimeInput | None = None
    """
    The start until now; must lie before the new one.
    """
    Reschedule_Reason: AppointmentParty | None = None
    """
    Needs a reschedule, now or before. By customer when left out.
    """
    Reschedule_Note: AppointmentNote | None = None
    """
    Needs a reschedule, now or before.
    """
    Job_Sheet_Name: StrictStr | None = None
    """
    Name of the job sheet; required on completion where the organisation mandates job sheets. The page spells it thus, other documents of Zoho's `Job_Sheet_Name__s`; the server takes either.
    """
    Job_Sheet_Name__s: Annotated[StrictStr | None, Field(max_length=120)] = None
    """
    Another spelling of `Job_Sheet_Name`.
    """
    Job_Sheet_Description__s: Annotated[StrictStr | None, Field(max_length=32000)] = (
        None
    )
    """
    What was done; required like the job sheet's name.
    """
    Appointment_Name: Annotated[StrictStr | None, Field(max_length=255)] = None
    Appointment_End_Time: TimeInput | None = None
    Duration: Annotated[StrictInt | None, Field(ge=0)] = None
    """
    Minutes.
    """
    Owner: ReferenceInput | None = None
    """
    User who gives the service; must be one of its members.
    """
    Appointment_For: AppointmentForInput | None = None
    Location: StrictStr | None = None
    """
    `Client Address` or `Business Address`.
    """
    Address: Annotated[StrictStr | None, Field(max_length=255)] = None
    Additional_Information: Annotated[StrictStr | None, Field(max_length=32000)] = None
    Remind_At: list[ReminderInput] | None = None
    Tag: list[TagInput] | None = None


class Appointment(BaseModel):
    """
    An appointment as it is read. In a list it has its id and the fields asked for. Any value may be null.
    """

    model_config = ConfigDict(
        extra="allow",
    )
    id: Id
    Appointment_Name: StrictStr | None = None
    Status: StrictStr | None = None
    """
    Scheduled, Completed, Cancelled or Overdue.
    """
    Service_Name: Reference | None = None
    Appointment_For: AppointmentFor | None = None
    Owner: Reference | None = None
    Appointment_Start_Time: Time | None = None
    Appointment_End_Time: Time | None = None
    Duration: StrictInt | None = None
    """
    Minutes.
    """
    Location: StrictStr | None = None
    Address: StrictStr | None = None
    Additional_Information: StrictStr | None = None
    Remind_At: list[Reminder] | None = None
    Tag: list[AppointmentTag] | None = None
    Cancellation_Reason: StrictStr | None = None
    Cancellation_Note: StrictStr | None = None
    Cancelled_Time: Time | None = None
    Cancelled_By: Reference | None = None
    Rescheduled_From: Time | None = None
    Rescheduled_To: Time | None = None
    Rescheduled_Time: Time | None = None
    Rescheduled_By: Reference | None = None
    Reschedule_Reason: StrictStr | None = None
    Reschedule_Note: StrictStr | None = None
    Reschedule_Count: StrictInt | None = None
    Job_Sheet_Name__s: StrictStr | None = None
    Job_Sheet_Description__s: StrictStr | None = None
    Job_Sheet_Created__s: StrictBool | None = None
    Created_Time: Time | None = None
    Created_By: Reference | None = None
    Modified_Time: Time | None = None
    Modified_By: Reference | None = None
    Last_Activity_Time: Time | None = None
    Record_Status__s: StrictStr | None = None
