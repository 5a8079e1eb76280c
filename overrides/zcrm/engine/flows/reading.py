"""What an answer says: about the whole call, or about each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import ZohoError, error_class
from ...outcomes import SUCCESS
from ...rules import Rules
from ...wire.calls import Answer, Lost

THROTTLED = "TOO_MANY_REQUESTS"


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
    body = answer.body
    if answer.status == 429:
        envelope = body if isinstance(body, dict) else {}
        return _said({"code": THROTTLED, **envelope}, answer.status)
    if answer.status >= 500:
        raise Lost(f"HTTP {answer.status}")
    if isinstance(body, dict):
        if isinstance(body.get("data"), list):
            return None
        if isinstance(body.get("code"), str):
            return _said(body, answer.status)
    raise Lost(f"HTTP {answer.status} with a body that is no answer of Zoho's")


def went_well(answer: Answer, ids: Sequence[str | None]) -> bool:
    """Whether the answer says of each of the rows with these ids, in their order, that it was updated."""
    if answer.status != 200:
        return False
    try:
        for row_id, item in zip(ids, answer.body["data"], strict=True):
            if (
                item["details"]["id"] != row_id
                or item["code"] != SUCCESS
                or item["status"] != "success"
                or not isinstance(item["message"], str)
            ):
                return False
        return True
    except (KeyError, TypeError, ValueError):
        return False


def read_rows(answer: Answer, ids: Sequence[str | None], rules: Rules, operation: str) -> Said | list[Said]:
    """What the answer says of each of the rows with these ids, or of the whole call.

    Rows and items are matched by position and checked by id. One item in answer to several rows, with a code
    that the error table knows for whole calls, is about the whole call.
    Raises Lost when items and rows do not match.
    """
    flat = read_flat(answer)
    if flat is not None:
        if flat.ok:
            raise Lost("a success without the rows it is about")
        return flat
    items = [_said(item, answer.status) for item in answer.body["data"]]
    if len(items) == 1 and not items[0].ok and rules.is_about_the_call(operation, items[0].code, len(ids)):
        return items[0]
    if len(items) != len(ids):
        raise Lost(f"{len(items)} results for {len(ids)} rows")
    known = set(ids)
    for said, row_id in zip(items, ids, strict=True):
        answered = said.details.get("id")
        if answered is not None and answered != row_id and (said.ok or answered in known):
            raise Lost(f"a result for record {answered} in the place of record {row_id}")
    return items


def read_item(answer: Answer) -> Said:
    """The one item of an answer that wraps a single one. Raises Lost when there is another number of them."""
    items = answer.body["data"]
    if len(items) != 1:
        raise Lost(f"{len(items)} results where there should be one")
    return _said(items[0], answer.status)


def retry_after(answer: Answer) -> float | None:
    """Seconds that the server asks to wait, by its header or by its details; None when it does not."""
    asked = answer.headers.get("retry-after")
    if asked is None and isinstance(answer.body, dict) and isinstance(answer.body.get("details"), dict):
        asked = answer.body["details"].get("retry_after")
    if asked is None:
        return None
    try:
        return float(asked)
    except (TypeError, ValueError):
        return None


def _said(envelope: Any, status: int) -> Said:
    code = envelope.get("code") if isinstance(envelope, dict) else None
    if not isinstance(code, str):
        raise Lost("a result without a code")
    details = envelope.get("details")
    outcome = envelope.get("status")
    return Said(
        code,
        str(envelope.get("message") or ""),
        details if isinstance(details, dict) else {},
        code == SUCCESS if outcome is None else outcome == "success",
        status,
    )
