"""Fields that hold lists of objects: subforms, multi-select lookups, multi-user lookups and images.

An entry with `id` and `"_delete": null` takes an existing entry away; one with `id` alone changes it; one
without `id` is added and gets an id. An empty list clears the field.
"""

from typing import Any

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Item, at
from zcrm.simulator.org.org import Record
from zcrm.simulator.rows.writes import Write

_REPLACED_WHOLE = frozenset({"Tag", "Remind_At", "Participants"})


def is_list_of_objects(name: str, value: Any) -> bool:
    return (
        type(value) is list
        and bool(value)
        and name not in _REPLACED_WHOLE
        and all(type(entry) is dict for entry in value)
    )


def relinked(write: Write, record: Record, name: str, entries: list[dict[str, Any]], index: int) -> Any:
    """The field's new value, or the Item that refuses row `index`."""
    org = write.site.org
    existing = [entry for entry in record.fields.get(name) or () if isinstance(entry, dict)]
    kept = {str(entry.get("id") or org.new_id()): entry for entry in existing}
    for place, entry in enumerate(entries):
        id_ = entry.get("id")
        if id_ is None:
            refusal = _add(write, kept, name, entry, index)
            if refusal is not None:
                return refusal
        elif str(id_) not in kept:
            return errors.INVALID_ID.item(api_name="id", json_path=f"$.data[{index}].{name}[{place}].id")
        elif "_delete" in entry:
            del kept[str(id_)]
        else:
            kept[str(id_)] = {**kept[str(id_)], **entry, "id": str(id_)}
    return list(kept.values())


def _add(
    write: Write, kept: dict[str, dict[str, Any]], name: str, entry: dict[str, Any], index: int
) -> Item | None:
    org, linked = write.site.org, _linked(entry)
    if linked is not None:
        field, target = linked
        if any(_linked(other) == linked for other in kept.values()):
            lookup = {"api_name": name} if write.site.choices.link_names_lookup else {}
            return errors.DUPLICATE_LINKING_DATA.item(linking_fields=[field], id=target, **lookup)
        found = org.find(target)
        if found is not None and "locked" in found.conditions:
            return errors.SORRY_LOCKED.item(**at(index, name), action="record_locking")
    id_ = org.new_id()
    kept[id_] = {**entry, "id": id_}
    return None


def _linked(entry: dict[str, Any]) -> tuple[str, str] | None:
    """The linking field and the record it points at, for an entry of a lookup; None for a subform's row."""
    pairs = [(name, value) for name, value in entry.items() if name != "id"]
    if len(pairs) == 1 and isinstance(pairs[0][1], dict) and "id" in pairs[0][1]:
        return pairs[0][0], str(pairs[0][1]["id"])
    return None
