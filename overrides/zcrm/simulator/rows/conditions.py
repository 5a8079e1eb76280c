"""The conditions a record can be in, and what each of them refuses."""

from collections.abc import Iterable
from typing import Any, Final

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Item, Kind, at
from zcrm.simulator.org.fields import IMAGE
from zcrm.simulator.org.org import APPOINTMENTS, Module, Record
from zcrm.simulator.rows.writes import Write

CONDITIONS: Final = frozenset(
    {
        "locked", "merging", "image_check", "image_rejected", "image_approval", "not_approved", "in_review",
        "stop_processing", "in_blueprint", "no_access", "converted",
    }
)  # fmt: skip

_MASS_UPDATE: dict[str, Kind] = {
    "merging": errors.RECORD_BUSY,
    "image_check": errors.RECORD_BUSY,
    "image_rejected": errors.NOT_APPROVED,
    "image_approval": errors.NOT_APPROVED,
    "not_approved": errors.RECORD_NOT_APPROVED,
    "stop_processing": errors.STOP_PROCESSING,
    "no_access": errors.NO_ACTION,
    "converted": errors.CONVERTED,
}


def objection(write: Write, record: Record, row: dict[str, Any], index: int) -> Item | None:
    """What an update of the record by row `index` meets because of the record's condition."""
    module, conditions = write.module, record.conditions
    if "no_access" in conditions:
        return errors.NO_PERMISSION.item(permissions=[f"Crm_Implied_Edit_{module.name.removesuffix('__s')}"])
    if "locked" in conditions:
        kind = errors.SORRY_LOCKED if module.name == APPOINTMENTS else errors.RECORD_LOCKED
        return kind.item(**at(index, "id"), action="record_locking")
    if conditions & {"merging", "image_check"}:
        return errors.RECORD_BUSY.item()
    images = "image_approval" in conditions or "image_rejected" in conditions
    if images and _touches_images(module, row) is ("image_approval" in conditions):
        return errors.NOT_APPROVED.item()
    if "in_review" in conditions:
        return errors.NOT_REVIEWED.item()
    governed = _in_blueprint(module, record, row)
    if governed and write.site.choices.blueprint_update == "refuse":
        return errors.field_in_blueprint(governed[0]).item(**at(index, governed[0]))
    return None


def mass_update_objection(module: Module, record: Record, names: Iterable[str]) -> Item | None:
    """The same for a mass update of the named fields."""
    if "locked" in record.conditions:
        return errors.RECORD_LOCKED.item(id=record.id, action="record_locking")
    for condition, kind in _MASS_UPDATE.items():
        if condition in record.conditions:
            return kind.item(id=record.id)
    return errors.IN_BLUEPRINT.item(id=record.id) if _in_blueprint(module, record, names) else None


def _in_blueprint(module: Module, record: Record, names: Iterable[str]) -> list[str]:
    """The fields among these that the record's blueprint governs."""
    if "in_blueprint" not in record.conditions:
        return []
    return [name for name in names if name in module.fields and module.fields[name].blueprint]


def _touches_images(module: Module, row: dict[str, Any]) -> bool:
    return any(
        (name in module.fields and module.fields[name].type == IMAGE)
        or (isinstance(value, list) and any(isinstance(v, dict) and "File_Id__s" in v for v in value))
        for name, value in row.items()
    )
