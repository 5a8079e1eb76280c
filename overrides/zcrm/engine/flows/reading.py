"""What an answer says: about the whole call, or about each row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from ...errors import ZohoError, error_class
from ...outcomes import SUCCESS, Outcome, Receipts
from ...rules import Rules
from ...wire.calls import Answer, Lost

_IN_CALL = re.compile(r"^(\$\.(?:data|ids)\[)(\d+)(?=\])")
THROTTLED = "TOO_MANY_REQUESTS"
PER_ROW = (200, 202, 207, 400, 403, 412)
"""Statuses under which rows are answered one by one."""


class Unproved(Lost):
    """An answer that proves nothing, though it says something."""

    def __init__(self, why: str, said: Said | None) -> None:
        super().__init__(why)
        self.said = said


@dataclass(slots=True)
class Said:
    """One envelope: the answer to a whole call, or to one row of it."""

    code: str
    message: str
    details: Mapping[str, Any]
    ok: bool
    status: int

    def error(self, rules: Rules, operation: str) -> ZohoError:
        """This as an exception."""
        rule = rules.find(operation, self.status, self.code, "request")
        return error_class(self.code, self.status)(
            self.message or f"HTTP {self.status}",
            code=self.code,
            details=self.details,
            http_status=self.status,
            fix=rule.fix(self.message, self.details),
        )


def read_flat(answer: Answer) -> Said | None:
    """The envelope of an answer about the whole call; None when the answer is not of that kind.

    Raises Lost for a server error, and for a body that is no envelope at all.
    """
    if answer.status == 429:
        return read_refusal(answer)
    body = answer.body if isinstance(answer.body, dict) else {}
    if answer.status >= 500:
        raise Unproved(f"HTTP {answer.status}", _said(body, answer.status) if _is_envelope(body) else None)
    if isinstance(body.get("data"), list):
        return None
    if _is_envelope(body):
        return _said(body, answer.status)
    raise Lost(f"HTTP {answer.status} with a body that is no answer of Zoho's")


def read_refusal(answer: Answer) -> Said:
    """What a 429 says, whatever its body is."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return _said(body if _is_envelope(body) else {**body, "code": THROTTLED}, answer.status)


def receipts_of(answer: Answer, ids: Sequence[str | None]) -> Receipts | None:
    """What the answer says, if that is of each row with these ids, in their order, that it was updated."""
    if answer.status != 200 or answer.receipts is None or len(answer.receipts.each) != len(ids):
        return None
    for row_id, item in zip(ids, answer.receipts.each, strict=True):
        if item.details.id != row_id or item.code != SUCCESS or item.status != "success":
            return None
    return answer.receipts


def read_rows(
    answer: Answer, ids: Sequence[str | None], rules: Rules, operation: str
) -> Said | list[Said | Unproved]:
    """What the answer says of each of the rows with these ids, or that the whole call was refused.

    Rows and items are matched by position and checked by id. That the whole call was refused takes an error
    status, and either a flat envelope or one item with a code that the error table has for whole calls, under
    this status. An item that contradicts itself is a lost answer for its row.
    Raises Lost when the answer proves nothing about any row.
    """
    flat = read_flat(answer)
    if flat is not None:
        if flat.ok or answer.status < 400:
            raise Unproved(f"HTTP {answer.status} about no row", None if flat.ok else flat)
        return flat
    if answer.status not in PER_ROW:
        raise Lost(f"results under HTTP {answer.status}")
    items = [_said(item, answer.status) for item in answer.body["data"]]
    if len(items) == 1 and rules.is_about_the_call(operation, items[0].status, items[0].code, len(ids)):
        return items[0]
    if len(items) != len(ids):
        raise Lost(f"{len(items)} results for {len(ids)} rows")
    known = set(ids)
    for place, (said, row_id) in enumerate(zip(items, ids, strict=True)):
        answered = said.details.get("id")
        if answered is not None and answered != row_id and (said.ok or answered in known):
            raise Lost(f"a result for record {answered} in the place of record {row_id}")
        if named_row(said) not in (None, place):
            raise Lost(f"a result for row {named_row(said)} of the call in the place of row {place}")
    return [_proved(said) for said in items]


def _proved(said: Said) -> Said | Unproved:
    """The item, unless it contradicts itself: a success is one by code, status and id."""
    success = said.code == SUCCESS
    if said.ok and success and "id" in said.details:
        return said
    if not said.ok and not success:
        return said
    return Unproved("a success and an error in one, or a success of no record", said)


def named_row(said: Said) -> int | None:
    """The place in the call of the row that the details name."""
    path = said.details.get("json_path")
    match = _IN_CALL.match(path) if isinstance(path, str) else None
    return int(match[2]) if match else None


def in_callers_rows(said: Said, rows: Sequence[Outcome]) -> Said:
    """The same, its paths counting the rows as the caller does."""

    def renumbered(match: re.Match[str]) -> str:
        place = int(match[2])
        return f"{match[1]}{rows[place].row if place < len(rows) else place}"

    def moved(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {key: moved(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [moved(item) for item in value]
        return _IN_CALL.sub(renumbered, value) if key == "json_path" and isinstance(value, str) else value

    return replace(said, details=moved(said.details))


def read_item(answer: Answer) -> Said:
    """The one item of an answer that wraps a single one. Raises Lost when there is another number of them."""
    items = answer.body["data"]
    if len(items) != 1:
        raise Lost(f"{len(items)} results where there should be one")
    return _said(items[0], answer.status)


def retry_after(answer: Answer, wall: Callable[[], float]) -> float | None:
    """Seconds that the server asks to wait, by its header or by its details; None when it does not.

    wall: seconds since the epoch, for a header that gives a time.
    """
    body = answer.body if isinstance(answer.body, dict) else {}
    details = body.get("details")
    asked = answer.headers.get("retry-after")
    if asked is None and isinstance(details, dict):
        asked = details.get("retry_after")
    seconds = _seconds(asked, wall)
    return max(seconds, 0.0) if seconds is not None and isfinite(seconds) else None


def _seconds(asked: object, wall: Callable[[], float]) -> float | None:
    if isinstance(asked, int | float):
        return float(asked)
    if not isinstance(asked, str):
        return None
    with suppress(ValueError):
        return float(asked)
    with suppress(ValueError):
        return parsedate_to_datetime(asked).timestamp() - wall()
    return None


def out_of_credits(answer: Answer) -> bool:
    """Whether the server says that the day's API credits are used up."""
    return str(answer.headers.get("x-api-credits-remaining", "")).strip() == "0"


def _is_envelope(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("code"), str)


def _said(envelope: Any, status: int) -> Said:
    if not _is_envelope(envelope):
        raise Lost("a result without a code")
    details = envelope.get("details")
    return Said(
        envelope["code"],
        str(envelope.get("message") or ""),
        details if isinstance(details, dict) else {},
        envelope.get("status") == "success",
        status,
    )
