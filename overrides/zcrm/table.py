"""The generated error table, ready for look-ups."""

from __future__ import annotations

from functools import cache

from zcrm_api.error_table import ENTRIES

from .rules import Rules


@cache
def rules() -> Rules:
    """The error table of the API."""
    return Rules(ENTRIES)
