"""How the values of a row become the fields of a record, or why they don't."""

from typing import Any, Final

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Item, at
from zcrm.simulator.org.fields import LOOKUPS, is_field_value, is_reference, with_text_ids
from zcrm.simulator.org.org import SYSTEM_FIELDS, Record
from zcrm.simulator.rows.links import is_list_of_objects, relinked
from zcrm.simulator.rows.writes import Write

_MAX_PARTICIPANTS: Final = 50
_NESTED: Final = frozenset({list, dict})


def merged(write: Write, index: int, record: Record, row: dict[str, Any]) -> Item | dict[str, Any]:
    """The fields row `index` writes to the record, or its refusal.

    The system's own fields and `$` keys are left out; appended values are joined to the old ones.
    """
    changes = row if _is_ordinary(write, row) else _writable(row)
    nested = [name for name, value in changes.items() if type(value) in _NESTED]
    objections = _misshapen(index, row, nested) or _objections(write, index, record, row, changes)
    if len(objections) > 1:
        return errors.MULTIPLE_ERRORS.item(errors=[item.envelope for item in objections])
    if objections:
        return objections[0]
    return _with_old_values(write, index, record, row, changes, nested)


def is_plain(write: Write, row: dict[str, Any]) -> bool:
    """Whether a row can be written as it is: any value will do, and it has nothing but single ones."""
    ordinary = write.ordinary.get(tuple(row))
    if ordinary is None:
        ordinary = _is_ordinary(write, row)
    return ordinary and write.plain and _NESTED.isdisjoint(map(type, row.values()))


def _is_ordinary(write: Write, row: dict[str, Any]) -> bool:
    """Whether all names in a row are plain fields: looked at once for all rows with the same names."""
    names = tuple(row)
    if names not in write.ordinary:
        write.ordinary[names] = "Layout" not in row and _writable(row) == row
    return write.ordinary[names]


def _writable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in SYSTEM_FIELDS and name[:1] != "$"}


def _with_old_values(
    write: Write,
    index: int,
    record: Record,
    row: dict[str, Any],
    changes: dict[str, Any],
    nested: list[str],
) -> Item | dict[str, Any]:
    """The changes with lists of objects and appended values joined to what the record has."""
    fields = write.module.fields
    for name in nested:
        if name in fields and fields[name].type in LOOKUPS:
            changes[name] = with_text_ids(changes[name])
        elif is_list_of_objects(name, changes[name]):
            relisted = relinked(write, record, name, changes[name], index)
            if isinstance(relisted, Item):
                return relisted
            changes[name] = relisted
    for name, wish in row.get("$append_values", {}).items():
        if name in changes and wish in (True, "true"):
            changes[name] = joined(record.fields.get(name), changes[name])
    return changes


def joined(old: Any, new: Any) -> Any:
    """A multi-select picklist's values with new ones added behind, each once."""
    if not isinstance(new, list) or not isinstance(old, list):
        return new
    return [*old, *(value for value in new if value not in old)]


def _misshapen(index: int, row: dict[str, Any], nested: list[str]) -> list[Item]:
    """What no field of any module could take."""
    found = [errors.INVALID_DATA.item(**at(index, name)) for name in nested if not is_field_value(row[name])]
    if "Layout" in row and not is_reference(row["Layout"]):
        found.append(errors.INVALID_DATA.item(expected_data_type="jsonobject", **at(index, "Layout")))
    if "$append_values" in row:
        wishes = row["$append_values"]
        if not isinstance(wishes, dict) or not all(map(_is_wish, wishes.values())):
            found.append(errors.INVALID_DATA.item(**at(index, "$append_values")))
    return found


def _is_wish(wish: Any) -> bool:
    return isinstance(wish, bool) or wish in ("true", "false")


def _objections(
    write: Write, index: int, record: Record, row: dict[str, Any], changes: dict[str, Any]
) -> list[Item]:
    found: list[Item] = []
    module = write.module
    if module.governed:
        kept = sorted(SYSTEM_FIELDS & row.keys())
        found += [errors.NOT_WRITABLE.item(**at(index, name)) for name in kept]
    if module.strict or module.fields:
        checks = (_field(write, index, record, name, changes) for name in changes)
        found += [item for item in checks if item is not None]
    if module.fields or module.layouts or module.layout_rules:
        found += _missing(write, index, record, changes)
    people = changes.get("Participants")
    if module.name == "Events" and isinstance(people, list) and len(people) > _MAX_PARTICIPANTS:
        found.append(errors.TOO_MANY_PARTICIPANTS.item(limit=_MAX_PARTICIPANTS, **at(index, "Participants")))
    if module.name == "Calls" and _is_zero_call(record, changes):
        dependee = at(index, "Call_Type")
        found.append(errors.ZERO_DURATION.item(**at(index, "Call_Duration"), dependee=dependee))
    return found


def _field(write: Write, index: int, record: Record, name: str, changes: dict[str, Any]) -> Item | None:
    field, value = write.module.fields.get(name), changes[name]
    if field is None or field.hidden:
        known = field is None and write.module.knows(name)
        return None if known else errors.UNKNOWN_FIELD.item(**at(index, name))
    if field.read_only or not field.editable:
        return errors.NOT_WRITABLE.item(**at(index, name))
    objection = field.objection(value)
    if objection is not None:
        return errors.INVALID_DATA.item(**objection, **at(index, name))
    if field.depends_on is not None and value is not None:
        controlling = field.depends_on
        if changes.get(controlling, record.fields.get(controlling)) in (None, ""):
            return errors.CONTROLLING_FIELD_MISSING.item(**at(index, name), dependee=at(index, controlling))
    if field.unique and value is not None:
        return _duplicate(write, index, record, name, value)
    return None


def _duplicate(write: Write, index: int, record: Record, name: str, value: Any) -> Item | None:
    module, owner = write.module, write.site.org.owner
    holders = [
        other for other in module.records.values() if other is not record and other.fields.get(name) == value
    ]
    if not holders:
        return None
    return errors.DUPLICATE_DATA.item(
        **at(index, name),
        duplicate_record={
            "id": holders[0].id,
            "Owner": {**owner.reference, "zuid": owner.id},
            "module": {"api_name": module.name, "id": module.id},
        },
        more_records=len(holders) > 1,
    )


def _missing(write: Write, index: int, record: Record, changes: dict[str, Any]) -> list[Item]:
    """Mandatory fields the row would leave empty.

    A field's own duty matters when the row sets it, a layout's when the row names the layout, a layout rule's
    when the call applies layout rules.
    """
    module, after = write.module, {**record.fields, **changes}
    wanted: dict[str, dict[str, Any]] = {
        name: {} for name, field in module.fields.items() if field.mandatory and name in changes
    }
    layout = changes.get("Layout")
    if isinstance(layout, dict):
        for name in sorted(module.layouts.get(str(layout.get("id")), ())):
            wanted[name] = {}
    if write.features.layout_rules:
        for rule_id, names in module.layout_rules.items():
            for name in sorted(names):
                wanted[name] = {"layout_rule": {"name": f"Layout rule {rule_id}", "id": rule_id}}
    return [
        errors.MANDATORY_NOT_FOUND.item(**at(index, name), **details)
        for name, details in wanted.items()
        if after.get(name) in (None, "")
    ]


def _is_zero_call(record: Record, changes: dict[str, Any]) -> bool:
    kind = changes.get("Call_Type", record.fields.get("Call_Type"))
    return (
        kind in ("Inbound", "Outbound")
        and "Call_Duration" in changes
        and not str(changes["Call_Duration"]).strip("0:")
    )
