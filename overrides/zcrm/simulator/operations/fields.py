"""Fields Metadata: `GET /settings/fields?module=…`."""

from itertools import islice
from typing import Any, Final

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.operations.mass_update import EXCLUDED_NAMES, is_excluded
from zcrm.simulator.org.fields import Field, FieldType
from zcrm.simulator.org.org import Module
from zcrm.simulator.site.site import Site

_IN_USE: Final = ("used", "unused", "all")
_SAMPLE: Final = 1_000
"""How many records of a module are looked at for the types of its undeclared fields."""

_SYSTEM: Final[dict[str, FieldType]] = {
    "id": "bigint",
    "Created_Time": "datetime",
    "Created_By": "ownerlookup",
    "Modified_Time": "datetime",
    "Modified_By": "ownerlookup",
}
_DATA_TYPES: Final = {"reminders": "multireminder", "tags": "text", "any": "text"}
_JSON_TYPES: Final = {
    "integer": "integer", "bigint": "string", "double": "double", "currency": "double", "percent": "double",
    "boolean": "boolean", "multiselectpicklist": "jsonarray", "subform": "jsonarray",
    "multiselectlookup": "jsonarray", "multiuserlookup": "jsonarray", "imageupload": "jsonarray",
    "fileupload": "jsonarray", "reminders": "jsonarray", "tags": "jsonarray", "lookup": "jsonobject",
    "ownerlookup": "jsonobject", "userlookup": "jsonobject", "multi_module_lookup": "jsonobject",
    "layout": "jsonobject",
}  # fmt: skip


def get_fields(site: Site, request: Request) -> Answer:
    """The fields of the module that `module` names, 204 when there is none of the kind wanted."""
    if not request.module:
        raise errors.PARAMETER_MISSING.flat(param_name="module")
    if request.module not in site.org.modules:
        raise errors.NOT_A_MODULE.flat()
    wanted = request.query.get("type", "used")
    if wanted not in _IN_USE:
        raise errors.INVALID_DATA.flat(param_name="type", supported_values=list(_IN_USE))
    fields = [
        described
        for described in _described(site.org.modules[request.module])
        if wanted in ("all", described.get("type") or "used")
    ]
    return Answer(200, {"fields": fields}) if fields else Answer(204)


def _described(module: Module) -> list[dict[str, Any]]:
    """The field objects that were loaded and those of the fields declared beside them; else those of all."""
    fields = module.fields if module.described else _all_fields(module)
    others = {name: field for name, field in fields.items() if name not in module.described}
    added = (_object(module, i, *field) for i, field in enumerate(others.items()) if not field[1].hidden)
    return [*module.described.values(), *added]


def _all_fields(module: Module) -> dict[str, Field]:
    """The system's fields, the declared ones, and those the records have, typed by their values."""
    fields = {name: Field(type=type_, read_only=True) for name, type_ in _SYSTEM.items()} | module.fields
    seen: dict[str, FieldType] = {"Layout": "layout", "Owner": "ownerlookup", "Tag": "tags"}
    for record in islice(module.records.values(), _SAMPLE):
        for name in record.fields.keys() - seen.keys():
            if record.fields[name] is not None:
                seen[name] = _type_of(record.fields[name])
    undeclared = sorted((module.known | seen.keys()) - module.fields.keys())
    return fields | {
        name: Field(type=seen.get(name, "text"), mass_update=name not in EXCLUDED_NAMES)
        for name in undeclared
    }


def _type_of(value: Any) -> FieldType:
    match value:
        case bool():
            return "boolean"
        case int():
            return "bigint"
        case float():
            return "double"
        case dict():
            return "lookup"
        case [dict(), *_]:
            return "subform"
        case list():
            return "multiselectpicklist"
    return "text"


def _object(module: Module, index: int, name: str, field: Field) -> dict[str, Any]:
    """The field object of a field that has none."""
    writable = not field.read_only
    label = field.label or name.replace("_", " ")
    return {
        "id": f"{module.id}{index:03}",
        "api_name": name,
        "field_label": label,
        "display_label": label,
        "data_type": _DATA_TYPES.get(field.type, field.type),
        "json_type": _JSON_TYPES.get(field.type, "string"),
        "type": "used",
        "length": field.length or 255,
        "decimal_place": None,
        "operation_type": {
            "api_create": writable, "api_update": writable, "web_create": writable, "web_update": writable,
        },
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "visible": True,
        "system_mandatory": field.mandatory,
        "custom_field": False,
        "created_source": "default",
        "virtual_field": False,
        "mass_update": not is_excluded(field),
        "unique": {"case_sensitive": False} if field.unique else {},
        "pick_list_values": [
            {
                "display_value": value, "actual_value": value, "reference_value": value,
                "id": f"{module.id}{index:03}{number:03}", "sequence_number": number, "type": "used",
            }
            for number, value in enumerate(field.values, start=1)
        ],
        "lookup": {},
        "multiselectlookup": {},
        "subform": None,
        "associated_module": None,
        "currency": {},
        "formula": {},
        "rollup_summary": {},
        "auto_number": {},
    }  # fmt: skip
