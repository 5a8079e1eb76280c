"""What an answer says of the whole call or of each row, and whether that is proved."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import ZohoError, error_class
from ...outcomes import SUCCESS, Outcome, Receipts
from ...rules import Level, Rules
from ...wire.calls import NOTHING, Answer, Lost

_BY_ROW = (400, 403, 412)
_DEEPEST = 9


class Unproved(Lost):
    """An answer that proves nothing; `said` is what it says all the same, if that is anything."""

    def __init__(self, why: str, said: Said | None = None) -> None:
        super().__init__(why)
        self.said = said


@dataclass(slots=True)
class Said:
    """One envelope: the answer to a whole call, or to one row of it.

    doubt: why it proves nothing; "" where it does. places: of the rows of the call that its details name.
    """

    code: str
    message: str
    details: Mapping[str, Any]
    ok: bool
    status: int
    doubt: str = ""
    places: frozenset[int] = frozenset()

    def error(self, rules: Rules, operation: str, level: Level = "request") -> ZohoError:
        """This as an exception."""
        rule = rules.find(operation, self.status, self.code, level)
        return error_class(self.code, self.status)(
            self.message or f"HTTP {self.status}",
            code=self.code,
            details=self.details,
            http_status=self.status,
            fix=rule.fix(self.message, self.details),
        )


def envelope(body: Any, status: int) -> Said:
    """What a body says, flat. Code and status prove a success, under a 2xx, and a refusal alike."""
    fields = body if isinstance(body, dict) else {}
    code, details, outcome = fields.get("code"), fields.get("details"), fields.get("status")
    said = Said(
        code if isinstance(code, str) else "",
        str(fields.get("message") or ""),
        details if isinstance(details, dict) else {},
        code == SUCCESS and outcome == "success" and status < 300,
        status,
    )
    refused = outcome == "error" or (outcome is None and status >= 400)
    if not (said.ok or (refused and said.code not in ("", SUCCESS))):
        said.doubt = f"HTTP {status} with {str(code)[:60]} and status {str(outcome)[:20]}"
    return said


def read_flat(answer: Answer) -> Said | None:
    """What is said of the whole call, be it wrapped in `data`; None when the answer carries data.

    Raises Unproved for a server error, for a contradiction, and for a body that is no envelope at all.
    """
    body = answer.body
    data = body.get("data") if isinstance(body, dict) else None
    items = data if isinstance(data, list) else None
    if answer.status in NOTHING or (answer.status < 300 and items is not None and not _is_refusal(items)):
        if data is not None and not (items is not None and all(isinstance(item, dict) for item in items)):
            raise Unproved(f"HTTP {answer.status} with records that are none")
        return None
    if items is not None:
        body = items[0] if len(items) == 1 else None
    said = envelope(body, answer.status)
    if said.doubt:
        raise Unproved(said.doubt)
    if answer.status >= 500:
        raise Unproved(f"HTTP {answer.status}: {said.message or said.code}", said)
    return said


def _is_refusal(data: Sequence[Any]) -> bool:
    """Whether the one item is no record but says why there is none, as it may under any status."""
    item = data[0] if len(data) == 1 and isinstance(data[0], dict) else {}
    return "id" not in item and isinstance(item.get("code"), str) and item.get("status") == "error"


def read_listed(key: str) -> Callable[[Answer], Said | None]:
    """`read_flat` for an answer whose data are a list of objects under another key than `data`."""

    def read(answer: Answer) -> Said | None:
        listed = answer.body.get(key) if isinstance(answer.body, dict) and answer.status < 300 else None
        if isinstance(listed, list) and all(isinstance(item, dict) for item in listed):
            return None
        said = read_flat(answer)
        if said is None and answer.status not in NOTHING:
            raise Unproved(f"HTTP {answer.status} without {key}")
        return said

    return read


def read_record(record_id: str) -> Callable[[Answer], Said | None]:
    """`read_flat` for an answer whose data are the record of this id, or nothing."""

    def read(answer: Answer) -> Said | None:
        said = read_flat(answer)
        found = answer.body["data"] if said is None and answer.body else []
        if any(str(record.get("id")) != record_id for record in found):
            raise Unproved(f"HTTP {answer.status} with another record than {record_id:.60}")
        return said

    return read


def read_one(answer: Answer) -> Said:
    """What is said flat, or in the one item of `data`. Raises Unproved for any other number."""
    said = read_flat(answer)
    if said is None:
        items = answer.body["data"] if answer.body else []
        if len(items) != 1:
            raise Unproved(f"{len(items)} results where there should be one")
        said = envelope(items[0], answer.status)
    if said.doubt:
        raise Unproved(said.doubt)
    return said


def receipts_of(answer: Answer, ids: list[str | None]) -> Receipts | None:
    """What the answer says, if that is of each row with these ids, in their order, that it was updated."""
    if answer.status != 200 or answer.receipts is None:
        return None
    return answer.receipts if [item.details.id for item in answer.receipts.each] == ids else None


def read_rows(
    answer: Answer, rows: Sequence[Outcome], rules: Rules, operation: str, key: str
) -> Said | list[Said]:
    """What the answer says of each of these rows, or of the whole call.

    Rows and items are matched by position and checked by id. The whole call is refused only under an error
    status: flat, or by one item with a code that the error table has for whole calls under that status.
    key: of the request that holds the rows; `json_path` in details is made to count in the caller's rows.
    Raises Unproved when items and rows do not match, or the answer can't be of either kind.
    """
    body, status = answer.body, answer.status
    items = body.get("data") if isinstance(body, dict) else None
    if not isinstance(items, list) or status >= 500:
        said = read_flat(answer)
        if said is None or said.ok or status < 400:
            raise Unproved(f"HTTP {status} without a result for each of {len(rows)} rows")
        return _in_input(said, rows, key)
    found = [_in_input(envelope(item, status), rows, key) for item in items]
    if len(found) == 1 and status >= 400:
        alone = found[0]
        if not alone.doubt and rules.is_about_the_call(operation, status, alone.code, len(rows)):
            return alone
    if not 200 <= status < 300 and status not in _BY_ROW:
        raise Unproved(f"HTTP {status} with results for rows")
    if len(found) != len(rows):
        raise Unproved(f"{len(found)} results for {len(rows)} rows")
    known = {outcome.id for outcome in rows}
    for place, (said, outcome) in enumerate(zip(found, rows, strict=True)):
        _check(said, place, outcome.id, known)
    return found


def _check(said: Said, place: int, row_id: str | None, known: set[str | None]) -> None:
    """See that this is about the row in its place. Raises Unproved when the answer is about other rows."""
    answered = str(said.details.get("id") or "")
    foreign = answered not in ("", row_id) and (said.ok or said.doubt != "" or answered in known)
    if said.places - {place}:
        raise Unproved(f"a result in the place of row {place} of the call that names another row")
    if foreign and place not in said.places:
        raise Unproved(f"a result for record {answered:.60} in the place of record {row_id}")
    if said.ok and not answered:
        said.doubt = "a success that names no record"


def _in_input(said: Said, rows: Sequence[Outcome], key: str) -> Said:
    """Note which rows of the call the details of a refusal name, and have them count in the caller's rows."""
    if said.ok:
        return said
    places: set[int] = set()

    def number(path: re.Match[str]) -> str:
        place = int(path[1])
        places.add(place)
        return f"$.{key}[{rows[place].row if place < len(rows) else place}]"

    path = re.compile(rf"^\$\.{key}\[(\d{{1,9}})\]")
    said.details = _renumbered(said.details, lambda text: path.sub(number, text), _DEEPEST)
    said.places = frozenset(places)
    return said


def _renumbered(value: Any, renumber: Callable[[str], str], depth: int) -> Any:
    if isinstance(value, dict) and depth:
        return {
            name: renumber(item)
            if name == "json_path" and isinstance(item, str)
            else _renumbered(item, renumber, depth - 1)
            for name, item in value.items()
        }
    if isinstance(value, list) and depth:
        return [_renumbered(item, renumber, depth - 1) for item in value]
    return value
