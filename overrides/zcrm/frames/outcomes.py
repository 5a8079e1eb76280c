"""Outcomes as a table, by pyarrow (extra `arrow`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

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
    """The outcomes in batches; those before an error come before it."""
    while True:
        batch: list[Outcome] = []
        try:
            batch.extend(islice(outcomes, _BATCH_ROWS))
        except Exception:
            if batch:
                yield batch
            raise
        if not batch:
            return
        yield batch


def _row(outcome: Outcome) -> dict[str, Any]:
    details = dict(outcome.details)
    told = {
        "row": outcome.row,
        "id": outcome.id,
        "state": outcome.state,
        "code": outcome.code,
        "field": details.get("api_name"),
        "message": outcome.message,
        "details": json.dumps(details, default=str, ensure_ascii=False),
        "fix": outcome.fix,
        "attempts": outcome.attempts,
        "http_status": outcome.http_status,
    }
    return {name: _utf8(value) if isinstance(value, str) else value for name, value in told.items()}


def _utf8(text: str) -> str:
    """The text, with what UTF-8 can't hold (half a surrogate pair) escaped."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
