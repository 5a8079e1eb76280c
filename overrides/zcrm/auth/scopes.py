"""Scopes: which ones an operation accepts, and which ones to ask for.

From the pages Update Records (v8), Update Appointments, Get Appointments, Mass Update, Get Records and Fields
Metadata (v7).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import ScopeMissing, UsageError
from ..table import operation_of

REFUSED = "OAUTH_SCOPE_MISMATCH"
ORGANIZATION = "get_organization"
"""Asks which organisation this is; not an operation of the document."""

_MODULES = frozenset(
    {
        "leads", "accounts", "contacts", "deals", "campaigns", "tasks", "cases", "events", "calls",
        "solutions", "products", "vendors", "pricebooks", "quotes", "salesorders", "purchaseorders",
        "invoices", "appointments", "appointments_rescheduled_history", "services", "notes",
    }
)  # fmt: skip

_RECORDS = (
    "ZohoCRM.modules.{module}.UPDATE",
    "ZohoCRM.modules.{module}.WRITE",
    "ZohoCRM.modules.{module}.ALL",
    "ZohoCRM.modules.ALL",
)
_READ_RECORDS = (
    "ZohoCRM.modules.{module}.READ",
    "ZohoCRM.modules.READ",
    "ZohoCRM.modules.{module}.ALL",
    "ZohoCRM.modules.ALL",
)
_APPOINTMENTS = ("ZohoCRM.modules.appointments.ALL", "ZohoCRM.modules.ALL")
_READ_APPOINTMENTS = ("ZohoCRM.modules.appointments.READ", *_APPOINTMENTS)
_UPDATE_APPOINTMENTS = ("ZohoCRM.modules.appointments.UPDATE", *_APPOINTMENTS)
ACCEPTED = {
    "update_records": _RECORDS,
    "update_record": _RECORDS,
    "get_appointments": _READ_APPOINTMENTS,
    "get_appointment": _READ_APPOINTMENTS,
    "update_appointments": _UPDATE_APPOINTMENTS,
    "update_appointment": _UPDATE_APPOINTMENTS,
    "mass_update": ("ZohoCRM.mass_update.{module}.UPDATE", "ZohoCRM.mass_update.UPDATE"),
    "get_mass_update_status": ("ZohoCRM.mass_update.{module}.READ", "ZohoCRM.mass_update.READ"),
    "get_records": _READ_RECORDS,
    "get_record": _READ_RECORDS,
    "get_fields": ("ZohoCRM.settings.fields.READ", "ZohoCRM.settings.fields.ALL", "ZohoCRM.settings.ALL"),
    ORGANIZATION: ("ZohoCRM.org.READ", "ZohoCRM.org.ALL"),
}
"""By operation, any one of which will do; the least first. `{module}` is the module's name inside a scope."""

TASKS = {
    "records": ("update_records",),
    "appointments": ("get_appointments", "update_appointments"),
    "appointments-read": ("get_appointments",),
    "mass-update": ("mass_update", "get_mass_update_status"),
    "records-read": ("get_records",),
    "fields": ("get_fields", ORGANIZATION),
}
"""What people mean to do, and the operations it takes."""


def accepted(operation: str, module: str) -> tuple[str, ...]:
    """The scopes any one of which lets an operation through, the least first; `module` is an API name."""
    return tuple(scope.format(module=scope_module(module)) for scope in ACCEPTED[operation])


def missing(operation: str, module: str, http_status: int) -> ScopeMissing:
    """The error for a token that lacks them all."""
    least, *others = accepted(operation_of(module, operation), module)
    return ScopeMissing(
        f"The access token lacks the scope {least}",
        code=REFUSED,
        http_status=http_status,
        fix=f"Sign in again and grant {least} ({' and '.join(others)} would do as well). "
        f"Refreshing a token does not add scopes. More: zcrm explain {REFUSED}",
    )


def wanted(tasks: Iterable[str]) -> tuple[str, ...]:
    """The least scopes for tasks such as `appointments` or `records:Deals,Leads`.

    Without modules a task is for all of them. Raises UsageError for a task that there is not.
    """
    scopes: dict[str, None] = {}
    for task in tasks:
        name, _, modules = task.partition(":")
        if name not in TASKS:
            raise UsageError(f"There is no task {name!r}; there are {', '.join(TASKS)}")
        for module in filter(None, map(str.strip, modules.split(","))):
            scopes |= {accepted(operation, module)[0]: None for operation in TASKS[name]}
        if not modules:
            scopes |= {_for_any_module(operation): None for operation in TASKS[name]}
    return tuple(scopes)


def scope_module(module: str) -> str:
    """The name of a module inside a scope; `custom` for the org's own modules."""
    name = module.lower().removesuffix("__s")
    spellings = (name, name.replace("_", ""))
    return next((spelling for spelling in spellings if spelling in _MODULES), "custom")


def _for_any_module(operation: str) -> str:
    return next(scope for scope in ACCEPTED[operation] if "{module}" not in scope)
