"""Update Records: `PUT /{module}` and `PUT /{module}/{record_id}`."""

from datetime import datetime
from typing import Any

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer, Item, Result, at, batch
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.org.clock import parse_time
from zcrm.simulator.org.org import APPOINTMENTS, Record
from zcrm.simulator.rows.bodies import features_of, write_body
from zcrm.simulator.rows.conditions import objection
from zcrm.simulator.rows.values import is_plain, merged
from zcrm.simulator.rows.writes import RowRule, Write
from zcrm.simulator.site.site import Site


def plain_row(write: Write, index: int, record: Record, row: dict[str, Any]) -> Item | dict[str, Any]:
    """The rule for a record of any module."""
    if record.conditions:
        refusal = objection(write, record, row, index)
        if refusal is not None:
            return refusal
    return merged(write, index, record, row)


def update_records(site: Site, request: Request, rule: RowRule = plain_row) -> Answer:
    """Update each row of the body by its own id. One item for each row, in their order."""
    rows = write_body(site, request, limit=100)
    write = _write(site, request, rule)
    if site.choices.stale == "call" and write.unmodified_since is not None:
        for row in rows:
            record = write.module.records.get(_id_of(row) or "")
            if record is not None and _is_stale(write, record):
                raise errors.ALREADY_MODIFIED.flat(**record.receipt())
    return batch(_update_all(write, rows), site.mixed_status(site.choices.mixed_status))


def update_record(site: Site, request: Request, rule: RowRule = plain_row) -> Answer:
    """Update the record the path names; the body carries one row, whose id, if any, must be the same."""
    (row,) = write_body(site, request, limit=1)
    write = _write(site, request, rule)
    record = write.module.records.get(request.record_id)
    if record is None:
        raise errors.INVALID_ID.flat(resource_path_index=1)
    if "no_access" in record.conditions:
        raise errors.NOT_ACCESSIBLE.flat(resource_path_index=1)
    if not isinstance(row, dict):
        result: Result = _not_an_object(0)
    elif "id" in row and _id_of(row) != request.record_id:
        result = errors.INVALID_ID.item(**at(0, "id"))
    else:
        (result,) = _update_all(write, [{**row, "id": request.record_id}])
        if isinstance(result, Item) and result.envelope["code"] == errors.NOT_APPROVED.code:
            raise errors.NOT_APPROVED.flat(resource_path_index=1)
    return batch([result], site.mixed_status(site.choices.mixed_status))


def _write(site: Site, request: Request, rule: RowRule) -> Write:
    return Write(
        site=site,
        module=site.org.module(request.module),
        user=request.user,
        moment=site.clock.moment(),
        unmodified_since=_unmodified_since(request),
        features=features_of(site, request),
        rule=rule,
    )


def _unmodified_since(request: Request) -> datetime | None:
    name = b"if-unmodified-since"
    if name not in request.headers:
        return None
    when = parse_time(request.header(name))
    if when is None:
        raise errors.INVALID_DATA.flat(api_name="If-Unmodified-Since")
    return when


def _update_all(write: Write, rows: list[Any]) -> list[Result]:
    try:
        return [_update(write, index, row) for index, row in enumerate(rows)]
    finally:
        write.site.take_down(write.module, write.written, write.features.automations)


def _update(write: Write, index: int, row: Any) -> Result:
    if type(row) is not dict:
        return _not_an_object(index)
    id_ = row.get("id")
    record = write.module.records.get(id_ if type(id_) is str else _id_of(row) or "")
    if record is None:
        return _without_record(write, index, row)
    del row["id"]
    if write.unmodified_since is not None and _is_stale(write, record):
        return errors.ALREADY_MODIFIED.item(**record.receipt())
    if record.conditions or not is_plain(write, row):
        verdict = write.rule(write, index, record, row)
        if isinstance(verdict, Item):
            return verdict
        row = verdict
    record.write(row, write.moment, write.user)
    write.written.append(record.id)
    return write.success.of(record)


def _without_record(write: Write, index: int, row: dict[str, Any]) -> Item:
    """The refusal of a row whose id is missing or names no record."""
    if row.get("id") not in (None, ""):
        return errors.INVALID_ID.item(**at(index, "id"))
    is_appointment = write.module.name == APPOINTMENTS
    missing = errors.APPOINTMENT_ID_MISSING if is_appointment else errors.MANDATORY_NOT_FOUND
    return missing.item(**at(index, "id"))


def _not_an_object(index: int) -> Item:
    return errors.INVALID_DATA.item(
        expected_data_type="jsonobject", api_name="data", json_path=f"$.data[{index}]"
    )


def _id_of(row: Any) -> str | None:
    """The id of a row, which may come as text or as a number; None when it is neither."""
    id_ = row.get("id") if type(row) is dict else None
    if type(id_) is str:
        return id_
    return str(id_) if type(id_) is int else None


def _is_stale(write: Write, record: Record) -> bool:
    assert write.unmodified_since is not None
    since = write.unmodified_since.timestamp()
    modified = record.modified.seconds
    return modified > since or (write.site.choices.equal_is_stale and modified == since)
