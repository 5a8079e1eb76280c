"""The generated error table, ready for look-ups."""

from __future__ import annotations

from functools import cache

from zcrm_api.error_table import ENTRIES

from .rules import Rules

APPOINTMENTS = "Appointments__s"


def operation_of(module: str, name: str) -> str:
    """The operation whose errors and scopes apply: those of appointments are the same by either way."""
    return name.replace("record", "appointment") if module == APPOINTMENTS else name


@cache
def rules() -> Rules:
    """The error table of the API."""
    return Rules(ENTRIES)
