"""Update Appointments: the records' rule with the life cycle of an appointment on top."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer, Item, at
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.operations.records import update_record, update_records
from zcrm.simulator.operations.repeats import changed
from zcrm.simulator.org.appointment_fields import KEPT_FIELDS, PARTIES
from zcrm.simulator.org.clock import parse_time
from zcrm.simulator.org.fields import Field, is_reference, reference, with_text_ids
from zcrm.simulator.org.org import Record
from zcrm.simulator.rows.conditions import objection
from zcrm.simulator.rows.values import merged
from zcrm.simulator.rows.writes import Write
from zcrm.simulator.site.site import Site

_DEFAULT_MINUTES: Final = 60
_REMINDER: Final = {
    "unit": Field(type="integer", between=(0, 100)),
    "period": Field(type="picklist", values=("minutes", "hours", "days")),
}
_SPELLINGS: Final = ("Job_Sheet_Name", "Job_Sheet_Name__s")
_JOB_SHEET: Final = ("Job_Sheet_Name__s", "Job_Sheet_Description__s")


def update_appointments(site: Site, request: Request) -> Answer:
    """`PUT /Appointments__s`."""
    return update_records(site, request, appointment_row)


def update_appointment(site: Site, request: Request) -> Answer:
    """`PUT /Appointments__s/{record_id}`."""
    return update_record(site, request, appointment_row)


def settle(site: Site, record: Record) -> None:
    """Let time pass: what is scheduled is overdue after its start, and completed after its end when users are
    not asked to complete appointments themselves.
    """
    now, fields = site.clock.now(), record.fields
    if fields.setdefault("Status", "Scheduled") not in ("Scheduled", "Overdue"):
        return
    start, end = span(fields)
    if end is not None and end <= now and not site.preferences.ask_to_complete:
        fields["Status"] = "Completed"
    elif start is not None and start <= now:
        fields["Status"] = "Overdue"


def span(fields: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Start and end of an appointment; an hour when neither its end nor its duration is known."""
    start = parse_time(fields.get("Appointment_Start_Time"))
    end = parse_time(fields.get("Appointment_End_Time"))
    if start is not None and (end is None or end <= start):
        minutes = fields.get("Duration")
        end = start + timedelta(minutes=minutes if isinstance(minutes, int) else _DEFAULT_MINUTES)
    return start, end


@dataclass(slots=True)
class _Change:
    """One row on its way into one appointment."""

    write: Write
    index: int
    record: Record
    row: dict[str, Any]
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return str(self.record.fields["Status"])

    def at(self, name: str, dependee: str | None = None) -> dict[str, Any]:
        place: dict[str, Any] = dict(at(self.index, name))
        return place if dependee is None else {**place, "dependee": at(self.index, dependee)}

    def permissions(self, verb: str) -> dict[str, Any]:
        return {"permissions": [f"Crm_Implied_{verb}_Appointments"]}


def appointment_row(write: Write, index: int, record: Record, row: dict[str, Any]) -> Item | dict[str, Any]:
    """The rule for an appointment: a refusal, or the fields to write."""
    settle(write.site, record)
    refusal = objection(write, record, row, index)
    if refusal is not None:
        return refusal
    known = _job_sheet_name(write, {name: value for name, value in row.items() if name not in KEPT_FIELDS})
    if known is None:
        return errors.INVALID_DATA.item(**at(index, "Job_Sheet_Name__s"))
    target = known.get("Appointment_For")
    if isinstance(target, dict) and not isinstance(target.get("module", {}), dict):
        path = f"$.data[{index}].Appointment_For.module"
        return errors.INVALID_DATA.item(expected_data_type="jsonobject", api_name="module", json_path=path)
    row = changed(record, known)
    changes = merged(write, index, record, row)
    if isinstance(changes, Item):
        return changes
    change = _Change(write, index, record, row, changes)
    for judge in (_reminders, _tags, _cancellation, _ended, _reschedule, _completion, _job_sheet):
        refusal = judge(change)
        if refusal is not None:
            return refusal
    return change.changes


def _job_sheet_name(write: Write, row: dict[str, Any]) -> dict[str, Any] | None:
    """The row with the job sheet's name under the key it is kept; None when two spellings disagree."""
    reading = write.site.choices.job_sheet_key
    understood = _SPELLINGS if reading == "both" else (reading,)
    names = [row[key] for key in understood if key in row]
    if any(name != names[0] for name in names):
        return None
    rest = {key: value for key, value in row.items() if key not in _SPELLINGS}
    return {**rest, "Job_Sheet_Name__s": names[0]} if names else rest


def _reminders(change: _Change) -> Item | None:
    for place, reminder in enumerate(change.row.get("Remind_At") or ()):
        path = f"$.data[{change.index}].Remind_At[{place}]"
        for key, properties in _REMINDER.items():
            if not isinstance(reminder, dict) or key not in reminder:
                return errors.KEY_MISSING.item(api_name=key, json_path=f"{path}.{key}")
            refused = properties.objection(reminder[key])
            if refused is not None or reminder[key] is None:
                return errors.INVALID_DATA.item(**(refused or {}), api_name=key, json_path=f"{path}.{key}")
    return None


def _tags(change: _Change) -> Item | None:
    for place, tag in enumerate(change.row.get("Tag") or ()):
        if not isinstance(tag, dict) or not isinstance(tag.get("name"), str):
            path = f"$.data[{change.index}].Tag[{place}].name"
            return errors.KEY_MISSING.item(api_name="name", json_path=path)
        if "id" in tag and not is_reference(tag):
            path = f"$.data[{change.index}].Tag[{place}].id"
            return errors.INVALID_DATA.item(api_name="id", json_path=path)
    if change.row.get("Tag"):
        change.changes["Tag"] = [with_text_ids(tag) if "id" in tag else tag for tag in change.row["Tag"]]
    return None


def _cancellation(change: _Change) -> Item | None:
    row = change.row
    reason = next((name for name in ("Cancellation_Reason", "Cancellation_Note") if name in row), None)
    wanted = row.get("Status")
    if reason is not None and wanted is None and change.status != "Cancelled":
        return errors.CANCELLED_MISSING.item(**change.at("Status", reason))
    if reason is not None and wanted not in (None, "Cancelled"):
        return errors.CANCELLING_WITH_OTHER_STATUS.item(**change.at("Status", reason))
    if wanted != "Cancelled" or change.status in ("Cancelled", "Completed"):
        return None
    if not change.write.user.may("cancel"):
        return errors.NO_PERMISSION.item(**change.permissions("Cancel"))
    change.changes.setdefault("Cancellation_Reason", PARTIES[0])
    change.changes["Cancelled_Time"] = change.write.moment.text
    change.changes["Cancelled_By"] = change.write.user.reference
    return None


def _ended(change: _Change) -> Item | None:
    """Nothing moves a cancelled or completed appointment any more."""
    now, row = change.status, change.row
    if now not in ("Cancelled", "Completed"):
        return None
    if "Appointment_Start_Time" in row:
        return errors.RESCHEDULE_ENDED.item(**change.at("Appointment_Start_Time"))
    wanted = row.get("Status", now)
    if now == "Cancelled" and (wanted != now or _again_refused(change)):
        return errors.CANCELLED_STATUS_IS_FINAL.item(**change.at("Status"))
    if now == "Completed" and wanted != now:
        return errors.COMPLETED_STATUS_IS_FINAL.item(**change.at("Status"))
    return None


def _again_refused(change: _Change) -> bool:
    return "Status" in change.row and change.write.site.choices.cancel_again == "refuse"


def _reschedule(change: _Change) -> Item | None:
    row, fields, site = change.row, change.record.fields, change.write.site
    reason = next((name for name in ("Reschedule_Reason", "Reschedule_Note") if name in row), None)
    if "Appointment_Start_Time" not in row:
        if "Rescheduled_From" in row or (reason is not None and not fields.get("Reschedule_Count")):
            dependee = reason or "Appointment_Start_Time"
            return errors.START_MISSING.item(**change.at("Rescheduled_From", dependee))
        return None
    old, new = parse_time(fields.get("Appointment_Start_Time")), parse_time(row["Appointment_Start_Time"])
    assert new is not None
    if old == new:
        if reason is not None and not fields.get("Reschedule_Count"):
            return errors.NEVER_RESCHEDULED.item(**change.at("Rescheduled_From", reason))
        return errors.SAME_START.item(**change.at("Rescheduled_From", "Appointment_Start_Time"))
    came_from = parse_time(row.get("Rescheduled_From"))
    if came_from is not None and came_from >= new:
        kind = errors.SAME_START if came_from == new else errors.FROM_AFTER_START
        return kind.item(**change.at("Rescheduled_From", "Appointment_Start_Time"))
    if new <= site.clock.now():
        return errors.START_IN_THE_PAST.item(**change.at("Status", "Appointment_Start_Time"))
    if old is not None and new < old and site.choices.earlier_reschedule == "refuse":
        return errors.SAME_START.item(**change.at("Rescheduled_From", "Appointment_Start_Time"))
    if not change.write.user.may("reschedule"):
        return errors.NO_PERMISSION.item(**change.permissions("Reschedule"))
    refusal = _place(change, new)
    if refusal is None:
        _move(change, old, new)
    return refusal


def _place(change: _Change, start: datetime) -> Item | None:
    """What the org's business hours and the service's own times and members say."""
    preferences, fields = change.write.site.preferences, {**change.record.fields, **change.changes}
    local = start.astimezone(change.write.site.clock.zone).time()
    if not _within(preferences.business_hours, local):
        return errors.OUTSIDE_BUSINESS_HOURS.item(**change.at("Appointment_Start_Time"))
    service = preferences.services.get(reference(fields.get("Service_Name")))
    if service is None:
        return None
    if not _within(service.hours, local):
        return errors.SERVICE_NOT_AVAILABLE.item(**change.at("Appointment_Start_Time"))
    if service.members is not None and reference(fields.get("Owner")) not in service.members:
        path = f"$.data[{change.index}].Owner.id"
        dependee = at(change.index, "Services.Members")
        return errors.NOT_A_SERVICE_MEMBER.item(api_name="id", json_path=path, dependee=dependee)
    return None


def _within(hours: tuple[time, time] | None, when: time) -> bool:
    return hours is None or hours[0] <= when < hours[1]


def _move(change: _Change, old: datetime | None, new: datetime) -> None:
    changes, fields, clock = change.changes, change.record.fields, change.write.site.clock
    if "Appointment_End_Time" not in change.row and fields.get("Appointment_End_Time") is not None:
        _, end = span(fields)
        assert end is not None
        changes["Appointment_End_Time"] = clock.at(new + (end - (old or end))).text
    changes["Status"] = change.row.get("Status", "Scheduled")
    changes["Reschedule_Count"] = int(fields.get("Reschedule_Count") or 0) + 1
    changes.setdefault("Reschedule_Reason", PARTIES[0])
    changes.setdefault("Rescheduled_From", fields.get("Appointment_Start_Time"))
    changes["Rescheduled_To"] = change.row["Appointment_Start_Time"]
    changes["Rescheduled_Time"] = change.write.moment.text
    changes["Rescheduled_By"] = change.write.user.reference


def _completion(change: _Change) -> Item | None:
    wanted, site = change.row.get("Status"), change.write.site
    if wanted not in ("Completed", "Overdue"):
        return None
    if wanted == "Completed" and not site.preferences.ask_to_complete:
        return errors.COMPLETING_NOT_CONFIGURED.item(**change.at("Status"))
    if change.status == "Completed":
        return None
    _, end = span({**change.record.fields, **change.changes})
    if end is not None and site.clock.now() < end:
        return errors.TOO_EARLY[wanted].item(**change.at("Status", "Appointment_Start_Time"))
    if wanted == "Completed" and not change.write.user.may("complete"):
        return errors.NO_PERMISSION.item(**change.permissions("Mark_As_Complete"))
    return None


def _job_sheet(change: _Change) -> Item | None:
    row = change.row
    given = next((name for name in _JOB_SHEET if name in row), None)
    status = row.get("Status", change.status)
    if given is not None and status != "Completed":
        return errors.JOB_SHEET_TOO_EARLY.item(**change.at("Job_Sheet_Name__s", "Status"))
    if row.get("Status") == "Completed" and change.write.site.preferences.job_sheet_mandated:
        after = {**change.record.fields, **change.changes}
        if not all(after.get(name) for name in _JOB_SHEET):
            return errors.JOB_SHEET_MANDATED.item(**change.at("Status"))
    if given is not None:
        change.changes["Job_Sheet_Created__s"] = True
    return None
