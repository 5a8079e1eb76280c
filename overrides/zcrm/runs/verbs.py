"""What a run may do to each of its records, and what has to be known of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from zcrm_api.limits import MASS_UPDATE_IDS_PER_CALL, RECORDS_PER_CALL

from ..engine.flows.credits import for_rows

__all__ = ["FOR_PEOPLE", "KINDS", "VERBS", "Kind", "Verb"]

Verb = Literal[
    "records update",
    "appointments update",
    "appointments cancel",
    "appointments reschedule",
    "appointments complete",
    "mass-update ids",
]
VERBS: tuple[Verb, ...] = get_args(Verb)

FOR_PEOPLE = ("_name", "_member", "_status", "_start")
"""The columns of a selection of appointments that are not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a verb is carried out, and how it is typed.

    rows: records to a call. repeats: whether rows may be sent again after a lost answer, where they are
    plain. merges: whether the values of the request are put into each row; else they go beside the ids.
    fields: of the input that are sent besides the id; None sends all. sets: what the verb itself sets.
    needs: fields that every row has to have. options: for the values of the request, by field; others are
    typed as `--set`. metadata: the option for the module's fields. names_module, takes_triggers: whether the
    command line does. once: whether a record that comes again is not sent again, because all would be the
    same: its rows have one outcome.
    """

    rows: int = RECORDS_PER_CALL
    repeats: bool = False
    merges: bool = True
    fields: tuple[str, ...] | None = None
    sets: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    metadata: str = "--fields"
    names_module: bool = False
    takes_triggers: bool = True
    once: bool = False

    def calls(self, rows: int) -> int:
        """Calls that so many rows take, where nothing else parts them."""
        return -(-rows // self.rows)

    def credits(self, rows: int) -> int:
        """API credits of these calls (assumed)."""
        full, rest = divmod(rows, self.rows)
        return full * for_rows(self.rows) + for_rows(rest)


_CANCELLING = {"Cancellation_Reason": "--reason", "Cancellation_Note": "--note"}
_RESCHEDULING = {"Reschedule_Reason": "--reason", "Reschedule_Note": "--note"}
_COMPLETING = {
    "Job_Sheet_Name": "--job-sheet-name",
    "Job_Sheet_Description__s": "--job-sheet-description",
}

KINDS: Mapping[Verb, Kind] = {
    "records update": Kind(repeats=True, names_module=True),
    "appointments update": Kind(metadata="--metadata"),
    "appointments cancel": Kind(
        fields=tuple(_CANCELLING),
        sets={"Status": "Cancelled"},
        needs=("Cancellation_Reason",),
        options=_CANCELLING,
    ),
    "appointments reschedule": Kind(
        fields=("Appointment_Start_Time", *_RESCHEDULING),
        needs=("Appointment_Start_Time",),
        options=_RESCHEDULING,
    ),
    "appointments complete": Kind(
        fields=tuple(_COMPLETING), sets={"Status": "Completed"}, options=_COMPLETING
    ),
    "mass-update ids": Kind(
        rows=MASS_UPDATE_IDS_PER_CALL,
        merges=False,
        fields=(),
        names_module=True,
        takes_triggers=False,
        once=True,
    ),
}
