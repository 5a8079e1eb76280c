"""Outcomes as one table of a fixed schema, for `Updates` and for the export of a run.

The columns are described in docs/export.md. They are added to, never renamed or moved.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ..outcomes import Outcome
from .arrow import pyarrow_or_refuse

BATCH_ROWS = 4096


class OutcomeRow(NamedTuple):
    """A row of the table. details: JSON. file_row: as result files have it; None for rows of no file."""

    row: int
    id: str | None
    state: str
    code: str | None
    field: str | None
    message: str
    details: str
    fix: str
    attempts: int
    http_status: int | None
    retryable: bool
    file_row: int | None = None


TYPES = {
    "row": "int64",
    "attempts": "int32",
    "http_status": "int32",
    "retryable": "bool",
    "file_row": "int64",
}
"""The columns that are not text, by the names of Arrow's types."""
NULLABLE = {"id", "code", "field", "http_status", "file_row"}


def outcome_row(outcome: Outcome) -> OutcomeRow:
    """The row of the table for an outcome."""
    details = dict(outcome.details)
    field = details.get("api_name")
    return OutcomeRow(
        outcome.row,
        None if outcome.id is None else _utf8(outcome.id),
        outcome.state,
        outcome.code,
        None if field is None else _utf8(str(field)),
        _utf8(outcome.message),
        _utf8(json.dumps(details, ensure_ascii=False, default=str)),
        outcome.fix,
        outcome.attempts,
        outcome.http_status,
        outcome.retryable,
    )


def schema() -> Any:
    """The table's `pyarrow.Schema`. Raises UsageError without the extra `arrow`."""
    pyarrow = pyarrow_or_refuse()
    return pyarrow.schema(
        [
            pyarrow.field(name, pyarrow.type_for_alias(TYPES.get(name, "string")), nullable=name in NULLABLE)
            for name in OutcomeRow._fields
        ]
    )


def record_batch(rows: Sequence[OutcomeRow], columns: Any) -> Any:
    """The rows as a `pyarrow.RecordBatch` of this schema."""
    pyarrow = pyarrow_or_refuse()
    arrays = [
        pyarrow.array(values, column.type)
        for values, column in zip(zip(*rows, strict=True), columns, strict=True)
    ]
    return pyarrow.RecordBatch.from_arrays(arrays, schema=columns)


def outcomes_reader(outcomes: Iterable[Outcome]) -> Any:
    """A `pyarrow.RecordBatchReader` of outcomes, which are taken as it is read."""
    columns = schema()
    rows = map(outcome_row, outcomes)
    batches = (record_batch(batch, columns) for batch in _batches(rows))
    return pyarrow_or_refuse().RecordBatchReader.from_batches(columns, batches)


def _batches(rows: Iterator[OutcomeRow]) -> Iterator[Sequence[OutcomeRow]]:
    """The rows in batches; those before an error come before it."""
    while True:
        batch: list[OutcomeRow] = []
        try:
            batch.extend(islice(rows, BATCH_ROWS))
        except Exception:
            if batch:
                yield batch
            raise
        if not batch:
            return
        yield batch


def _utf8(text: str) -> str:
    """The text, with what UTF-8 can't hold (half a surrogate pair) escaped."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
