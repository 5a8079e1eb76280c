"""Rows of the table of outcomes, by what a journal or a ledger knows of them."""

from __future__ import annotations

from ..frames.outcomes import OutcomeRow
from .spans import Span


def row_of(number: int, record: str | None, span: Span, file_row: int) -> OutcomeRow:
    """The outcome of row `number` by what is known of it."""
    return OutcomeRow(
        number,
        record,
        span.state,
        span.code,
        span.field,
        span.message,
        span.details or "{}",
        span.fix,
        span.attempts,
        span.http_status,
        bool(span.retryable),
        file_row,
    )
