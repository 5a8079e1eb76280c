"""Answers that lie about what became of the rows."""

from collections.abc import Callable
from typing import Any, Final

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer, Envelope, Kind
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.mishaps.faults import Fault
from zcrm.simulator.org.org import Org

Items = list[dict[str, Any]]
Lie = Callable[[Items, Fault], Items]

_FOREIGN_ID: Final = "4150868999999999999"
_KINDS: Final = {kind.code: kind for kind in reversed(list(vars(errors).values())) if isinstance(kind, Kind)}
"""The first error of each code."""


def _wrong_count(items: Items, _: Fault) -> Items:
    return items[:-1]


def _one_item(_: Items, fault: Fault) -> Items:
    return [_kind(fault).envelope()]


def _foreign_id(items: Items, fault: Fault) -> Items:
    for item in _chosen(items, fault):
        _details(item)["id"] = _FOREIGN_ID
    return items


def _missing_id(items: Items, fault: Fault) -> Items:
    for item in _chosen(items, fault):
        _details(item).pop("id", None)
    return items


def _duplicate_id(items: Items, _: Fault) -> Items:
    """The second item names the record of the first."""
    for item in items[1:2]:
        _details(item)["id"] = _details(items[0]).get("id")
    return items


def _permuted_ids(items: Items, _: Fault) -> Items:
    """Each item names the record of the next, the last that of the first."""
    ids = [_details(item).get("id") for item in items]
    for item, id_ in zip(items, [*ids[1:], *ids[:1]], strict=True):
        _details(item)["id"] = id_
    return items


def _success_as_error(items: Items, fault: Fault) -> Items:
    for item in _chosen(_successes(items), fault):
        item["status"] = "error"
    return items


def _error_as_success(items: Items, fault: Fault) -> Items:
    kind = _kind(fault)
    for item in _chosen(_successes(items), fault):
        item.update(code=kind.code, message=kind.message)
    return items


LIES: Final[dict[str, Lie]] = {
    "wrong_count": _wrong_count,
    "one_item": _one_item,
    "foreign_id": _foreign_id,
    "missing_id": _missing_id,
    "duplicate_id": _duplicate_id,
    "permuted_ids": _permuted_ids,
    "success_as_error": _success_as_error,
    "error_as_success": _error_as_success,
}


def pretended(org: Org, request: Request) -> Answer:
    """What a client would be glad to hear of a write that was not carried out."""
    if isinstance(request.payload, dict) and "cvid" in request.payload:
        return Answer(200, {"data": [_success("mass update scheduled successfully", job_id=org.new_id())]})
    records = [org.find(id_) or id_ for id_ in request.ids()]
    details = [{"id": record} if isinstance(record, str) else record.receipt() for record in records]
    return Answer(200, {"data": [_success("record updated", **receipt) for receipt in details]})


def _success(message: str, **details: Any) -> Envelope:
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def _kind(fault: Fault) -> Kind:
    code = fault.option("code", errors.INVALID_DATA.code)
    return _KINDS.get(code, Kind(400, code, "an error of the simulator's own"))


def _chosen(items: Items, fault: Fault) -> Items:
    """The first item, or every one."""
    return items if fault.option("every") else items[:1]


def _successes(items: Items) -> Items:
    return [item for item in items if item.get("code") == "SUCCESS"]


def _details(item: Envelope) -> dict[str, Any]:
    """Where an item names its record: its details, or itself when it is a record that was read."""
    details: dict[str, Any] = item.setdefault("details", {}) if "code" in item else item
    return details
