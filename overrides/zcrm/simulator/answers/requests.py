"""A request as the operations see it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import orjson

from zcrm.simulator.answers.envelopes import Json
from zcrm.simulator.answers.ledger import Entry
from zcrm.simulator.org.org import APPOINTMENTS, User

_OPERATIONS = {
    ("collection", "PUT"): "update_records",
    ("record", "PUT"): "update_record",
    ("collection", "GET"): "get_records",
    ("record", "GET"): "get_record",
    ("fields", "GET"): "get_fields",
    ("mass_update", "POST"): "mass_update",
    ("mass_update", "GET"): "get_mass_update_status",
    ("token", "POST"): "create_token",
    ("revoke", "POST"): "revoke_token",
}
_APPOINTMENT_OPERATIONS = {
    ("collection", "PUT"): "update_appointments",
    ("collection", "GET"): "get_appointments",
    ("record", "PUT"): "update_appointment",
    ("record", "GET"): "get_appointment",
}

OPERATIONS: Final = frozenset({*_OPERATIONS.values(), *_APPOINTMENT_OPERATIONS.values()})

UNREADABLE: Final = object()
"""Stands for a body that is not JSON, or nested too deeply to handle."""

_DEEPEST: Final = 128
_CONTAINERS: Final = frozenset({dict, list})


@dataclass(slots=True)
class Request:
    """One request, its body parsed.

    `operation` is None when no operation has this path and method. `job_plan` is how the job it may schedule
    goes, where a fault arranged that.
    """

    method: str
    resource: str
    version: str
    module: str
    record_id: str
    query: dict[str, str]
    headers: dict[bytes, bytes]
    entry: Entry
    body: bytes = b""
    payload: Json = None
    operation: str | None = field(init=False)
    user: User = field(init=False)
    within_concurrency: bool = True
    job_plan: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        key = (self.resource, self.method)
        self.operation = _OPERATIONS.get(key)
        if self.module == APPOINTMENTS:
            self.operation = _APPOINTMENT_OPERATIONS.get(key, self.operation)

    @property
    def version_number(self) -> float:
        return float(self.version[1:])

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    def read(self, body: bytes) -> None:
        """Take the body in, as JSON whatever its declared type: the vendor's samples declare none."""
        self.body = body
        if self.method in {"PUT", "POST"} and self.resource in {"collection", "record", "mass_update"}:
            self.payload = _parsed(body)

    def ids(self) -> Iterator[str]:
        """The records the request names."""
        if self.record_id:
            yield self.record_id
        elif isinstance(self.payload, dict):
            rows = self.payload.get("ids", self.payload.get("data"))
            for row in rows if isinstance(rows, list) else ():
                yield str(row.get("id") or "") if isinstance(row, dict) else str(row)

    def first_id(self) -> str:
        """What tells this call from others of its operation: the view or the first id it names, else its page
        or job."""
        if isinstance(self.payload, dict) and self.payload.get("cvid") is not None:
            return str(self.payload["cvid"])
        first = next(self.ids(), None)
        if first is not None:
            return first
        named = (self.query.get(name) for name in ("job_id", "page_token", "page", "ids"))
        return next(filter(None, named), "").partition(",")[0]


def _parsed(body: bytes) -> Json:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        return UNREADABLE
    may_be_deep = body.count(b"[") + body.count(b"{") > _DEEPEST
    return UNREADABLE if may_be_deep and _is_deep(payload) else payload


def _is_deep(payload: Json) -> bool:
    """Whether a payload is nested more deeply than anything that makes sense, and than is safe to walk."""
    level = [payload]
    for _ in range(_DEEPEST):
        values = chain.from_iterable(outer.values() if type(outer) is dict else outer for outer in level)
        level = [value for value in values if type(value) in _CONTAINERS]
        if not level:
            return False
    return True
