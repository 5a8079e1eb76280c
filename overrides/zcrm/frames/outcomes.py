"""Outcomes as a table, by pyarrow (extra `arrow`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import orjson

from ..outcomes import Outcome
from .arrow import pyarrow_or_refuse

_BATCH_ROWS = 4096


def outcomes_reader(outcomes: Iterable[Outcome]) -> Any:
    """A `pyarrow.RecordBatchReader` of outcomes, which are taken as it is read.

    Columns: row, id, state, code, field, message, details (JSON), fix, attempts, http_status.
    """
    pyarrow = pyarrow_or_refuse()
    text = pyarrow.string()
    schema = pyarrow.schema(
        [
            ("row", pyarrow.int64()),
            *((name, text) for name in ("id", "state", "code", "field", "message", "details", "fix")),
            ("attempts", pyarrow.int32()),
            ("http_status", pyarrow.int32()),
        ]
    )
    batches = (
        pyarrow.RecordBatch.from_pylist(list(map(_row, batch)), schema) for batch in _batches(iter(outcomes))
    )
    return pyarrow.RecordBatchReader.from_batches(schema, batches)


def _batches(outcomes: Iterator[Outcome]) -> Iterator[Sequence[Outcome]]:
    while batch := list(islice(outcomes, _BATCH_ROWS)):
        yield batch


def _row(outcome: Outcome) -> dict[str, Any]:
    details = dict(outcome.details)
    return {
        "row": outcome.row,
        "id": outcome.id,
        "state": outcome.state,
        "code": outcome.code,
        "field": details.get("api_name"),
        "message": outcome.message,
        "details": orjson.dumps(details, default=str).decode(),
        "fix": outcome.fix,
        "attempts": outcome.attempts,
        "http_status": outcome.http_status,
    }
