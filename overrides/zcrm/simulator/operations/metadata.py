"""What the vendor's SDK asks before it works: the user, the organisation, the modules and their fields.

These four are outside the specification. They take any live token, whatever its scopes, and answer the keys
that the SDK reads.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.org.fields import Field, FieldType
from zcrm.simulator.org.org import ACTIVITIES, STANDARD_MODULES, Module
from zcrm.simulator.site.site import Site

_SAMPLE: Final = 1_000
"""How many records of a module are looked at for the types of its undeclared fields."""

_SYSTEM: Final[dict[str, FieldType]] = {
    "id": "bigint",
    "Created_Time": "datetime",
    "Created_By": "ownerlookup",
    "Modified_Time": "datetime",
    "Modified_By": "ownerlookup",
}
_DATA_TYPES: Final = {"reminders": "multireminder", "tags": "text", "layout": "bigint"}
_JSON_TYPES: Final = {
    "integer": "integer", "bigint": "string", "double": "double", "currency": "double", "boolean": "boolean",
    "multiselectpicklist": "jsonarray", "subform": "jsonarray", "multiselectlookup": "jsonarray",
    "multiuserlookup": "jsonarray", "imageupload": "jsonarray", "reminders": "jsonarray", "tags": "jsonarray",
    "lookup": "jsonobject", "ownerlookup": "jsonobject", "layout": "jsonobject",
}  # fmt: skip


def answer_metadata(site: Site, request: Request) -> Answer:
    """`GET /users`, `/org`, `/settings/modules` or `/settings/fields?module=…`."""
    if request.method != "GET":
        raise errors.INVALID_METHOD.flat()
    return _ANSWERS[request.resource](site, request)


def _users(site: Site, request: Request) -> Answer:
    """All users, or with `type=CurrentUser` the one the token belongs to."""
    current = request.query.get("type") == "CurrentUser"
    users = [request.user] if current else list(site.org.users.values())
    data = [
        {
            "id": user.id,
            "zuid": user.id,
            "full_name": user.name,
            "last_name": user.name,
            "email": user.email,
            "status": "active",
        }
        for user in users
    ]
    info = {"per_page": 200, "count": len(data), "page": 1, "more_records": False}
    return Answer(200, {"users": data, "info": info})


def _organisation(site: Site, _request: Request) -> Answer:
    organisation = {
        "id": site.accounts.organization,
        "zgid": site.accounts.organization,
        "company_name": "zcrm simulator",
        "domain_name": "zcrm-simulator",
        "primary_zuid": site.org.owner.id,
        "primary_email": site.org.owner.email,
        "type": site.environment.capitalize(),
        "time_zone": "UTC",
    }
    return Answer(200, {"org": [organisation]})


def _modules(site: Site, _request: Request) -> Answer:
    data = [
        {
            "id": module.id,
            "api_name": module.name,
            "module_name": module.name,
            "singular_label": module.name,
            "plural_label": module.name,
            "generated_type": "default" if module.name in STANDARD_MODULES else "custom",
            "api_supported": True,
            "editable": True,
            "viewable": True,
            "visible": True,
        }
        for module in site.org.modules.values()
        if module.name != ACTIVITIES
    ]
    return Answer(200, {"modules": data})


def _fields(site: Site, request: Request) -> Answer:
    """The fields of the module that the parameter `module` names."""
    name = request.query.get("module")
    if not name:
        raise errors.PARAMETER_MISSING.flat(param_name="module")
    if name not in site.org.modules:
        raise errors.NOT_A_MODULE.flat(param_name="module")
    module = site.org.modules[name]
    fields = _all_fields(module)
    return Answer(200, {"fields": [_field(module, i, *field) for i, field in enumerate(fields.items())]})


def _all_fields(module: Module) -> dict[str, Field]:
    """The system's fields, the declared ones, and those the records have, typed by their values."""
    fields = {name: Field(type=type_, read_only=True) for name, type_ in _SYSTEM.items()}
    fields |= {name: field for name, field in module.fields.items() if not field.hidden}
    seen: dict[str, FieldType] = {"Layout": "layout", "Owner": "ownerlookup", "Tag": "tags"}
    for record in islice(module.records.values(), _SAMPLE):
        for name in record.fields.keys() - seen.keys():
            if record.fields[name] is not None:
                seen[name] = _type_of(record.fields[name])
    undeclared = sorted((module.known | seen.keys()) - module.fields.keys())
    return fields | {name: Field(type=seen.get(name, "text")) for name in undeclared}


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


def _field(module: Module, index: int, name: str, field: Field) -> dict[str, Any]:
    return {
        "id": f"{module.id}{index:03}",
        "api_name": name,
        "field_label": name.replace("_", " "),
        "data_type": _DATA_TYPES.get(field.type, field.type),
        "json_type": _JSON_TYPES.get(field.type, "string"),
        "length": field.length or 255,
        "custom_field": False,
        "system_mandatory": False,
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "visible": True,
        "unique": {"casesensitive": "false"} if field.unique else {},
        "pick_list_values": [
            {"display_value": value, "actual_value": value, "type": "used"} for value in field.values
        ],
    }


_ANSWERS: Final[dict[str, Callable[[Site, Request], Answer]]] = {
    "users": _users,
    "org": _organisation,
    "modules": _modules,
    "fields": _fields,
}
METADATA: Final = frozenset(_ANSWERS)
