"""A dry run: what a file would send."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from zcrm.files.tables import Table
from zcrm.runs.checks import Checked
from zcrm.runs.inspection import Inspection
from zcrm.runs.request import Request

__all__ = ["lines", "preview"]


def preview(
    table: Table, checked: Checked, request: Request, inspection: Inspection | None = None
) -> dict[str, Any]:
    """Read the table once more and return what a run would send: rows, calls, credits, fields.

    inspection: what the module's metadata say of the rows.
    """
    filled: Counter[str] = Counter()
    cleared: Counter[str] = Counter()
    for row in table:
        for field, value in request.written(row.record).items():
            (cleared if value is None else filled)[field] += 1
    fields = dict.fromkeys((*filled, *cleared))
    to_send = checked.to_send(once=request.kind.once) - (inspection.rejected if inspection else 0)
    return {
        "dry_run": True,
        "verb": request.verb,
        "sets": request.sets,
        "module": request.module,
        "automations": request.automations,
        "rows": checked.rows,
        "rows_without_id": checked.without_id,
        "rows_that_repeat_an_id": checked.repeats,
        "blank_rows": checked.blank_rows,
        "nulls_not_sent": checked.unsent_nulls,
        "values_cleared": checked.cleared,
        "null_words": checked.null_words,
        "notes": [*table.notes, *checked.notes(), *(inspection.notes() if inspection else ())],
        "calls": request.kind.calls(to_send),
        "credits": request.kind.credits(to_send),
        "credits_are_assumed": True,
        "fields": [{"field": name, "filled": filled[name], "cleared": cleared[name]} for name in fields],
    } | (inspection.facts() if inspection else {})


def lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield a preview as people read it."""
    what = " ".join([facts["verb"], *facts["sets"]])
    yield (f"Dry run, nothing is sent: {what}, module {facts['module']}, automations {facts['automations']}.")
    yield f"{facts['rows']:,} rows in {facts['calls']:,} calls, {facts['credits']:,} credits (assumed)"
    if facts["rows_without_id"]:
        yield f"{facts['rows_without_id']:,} rows have no id and will be rejected"
    if facts["rows_that_repeat_an_id"]:
        yield f"{facts['rows_that_repeat_an_id']:,} rows repeat the id of an earlier row"
    yield from facts["notes"]
    width = max((len(field["field"]) for field in facts["fields"]), default=0)
    for field in facts["fields"]:
        yield f"  {field['field']:<{width}}  {field['filled']:>9,} filled  {field['cleared']:>9,} cleared"
