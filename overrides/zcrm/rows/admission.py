"""From a caller's row to an outcome ready to be sent, or rejected by our own checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..outcomes import Outcome, settle
from .encoding import encode_flat, encode_row
from .outside import raised_by_signal
from .scalars import AS_THEY_ARE, Values
from .values import BadValue, flat_nulls, foreign, is_plain, record_id, wire_row

_FIXES = {"MANDATORY_NOT_FOUND": "Give the row the id of the record it is for, and send it again."}

NOTHING_TO_CHANGE = "The row has nothing but an id: there is nothing to change"

Refuse = Callable[[Mapping[str, Any]], None]
Check = Callable[[Outcome, Mapping[str, Any]], None]


class Admission:
    """What a row goes through before it is sent.

    check: a further look at the row as it will be sent; raises BadValue to refuse it.
    since: the `if_unmodified_since` of a row, for a stream that has one.
    values: how its values are taken.
    refuse: raises BadValue for a row of which its module's metadata say that Zoho refuses it.
    """

    def __init__(
        self,
        check: Check | None = None,
        since: Callable[[Any], str] | None = None,
        values: Values = AS_THEY_ARE,
        refuse: Refuse | None = None,
    ) -> None:
        self._values = values
        self._keeps_nulls = not values.skip_nulls
        self._refuse = refuse
        self._check = check
        self._since = since
        self._seen: set[str] = set()

    def admit(self, number: int, row: Any, *, alone: bool = False) -> Outcome:
        """The outcome of row `number`; settled when the row cannot be sent, or even read, or changes nothing.

        alone: it is sent by itself, even where it changes nothing.
        """
        outcome = Outcome(number, row)
        try:
            exact = type(row) is dict
            given = row.get("id") if exact else foreign(partial(_get_id, row))
            outcome.id = known = record_id(given)
            nulls = flat_nulls(row) if exact and self._keeps_nulls else None
            if nulls is not None:
                wire, encoded = row if given is known else {**row, "id": known}, encode_flat
            else:
                wire, encoded = foreign(partial(wire_row, row, self._values)) | {"id": known}, encode_row
                nulls = sum(value is None for value in wire.values())
                outcome._plain = is_plain(wire)
            if self._check is not None:
                self._check(outcome, wire)
            if self._refuse is not None:
                self._refuse(wire)
            try:
                outcome._wire = encoded(wire)
            except UnicodeError as error:
                if raised_by_signal(error):
                    raise
                outcome._wire = encode_row(wire)
            outcome._cleared = nulls
            if self._since is not None:
                outcome._group = self._since(row)
                self._refuse_second(known)
            if len(wire) == 1 and not alone:
                settle(outcome, "skipped", message=NOTHING_TO_CHANGE)
        except BadValue as error:
            reject(outcome, error, _place(error.path, number))
        return outcome

    def _refuse_second(self, record: str) -> None:
        if record in self._seen:
            raise BadValue("A second row for a record: the first one's change would make it a conflict", "id")
        self._seen.add(record)


def _get_id(row: Any) -> Any:
    if not isinstance(row, Mapping):
        raise BadValue(f"A row must be a mapping, not {type(row).__name__}")
    return row.get("id")


def _place(path: str, number: int) -> dict[str, str]:
    """Where the bad value is, as Zoho would say it."""
    if not path:
        return {}
    return {"api_name": re.split(r"[.[]", path)[0], "json_path": f"$.data[{number}].{path}"}


def reject(outcome: Outcome, error: BadValue, details: Mapping[str, Any]) -> None:
    """Settle a row that our own check refuses; nothing of it is sent."""
    settle(
        outcome,
        "rejected",
        code=error.code,
        message=error.message,
        details=details,
        fix=error.fix or _FIXES.get(error.code, "Correct the row and send it again."),
    )
