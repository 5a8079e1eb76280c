"""What calls cost, in API credits: assumed, Zoho documents no prices for these operations."""

from __future__ import annotations

ROWS_PER_CREDIT = 10
PER_READ = 1
PER_VIEW_JOB = 1
PER_TOKEN = 0


def for_rows(rows: int) -> int:
    """Credits of one call that updates so many rows: one for each ten rows that were started."""
    return -(-rows // ROWS_PER_CREDIT)
