"""What a row of a module is by its fields, as JSON Schema."""

from __future__ import annotations

from typing import Any

from .document import ModuleFields
from .field import Field
from .values import LISTS, NUMBERS, REFERENCES, TEXTS, is_writable, kind_of

Schema = dict[str, Any]

_NONE = "-None-"
_PLAIN: dict[str, Schema] = {
    "integer": {"type": "integer"},
    "bigint": {"type": ["string", "integer"]},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}
_REFERENCE = "Reference"
_DEFINITIONS: dict[str, Schema] = {
    _REFERENCE: {
        "type": "object",
        "description": "Another record, or a user, by its id.",
        "properties": {"id": {"type": "string"}},
        "required": ["id"],
    }
}


def class_name(module: str) -> str:
    """What the rows of a module are called in code."""
    return f"{module.removesuffix('__s').replace('_', '')}Row"


def document_of(modules: list[ModuleFields]) -> Schema:
    """An OpenAPI document whose schemas are the rows of these modules."""
    schemas = _DEFINITIONS | {class_name(each.module): _row(each) for each in modules}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Rows", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }


def _row(module: ModuleFields) -> Schema:
    written = {name: _described(field) for name, field in module.items() if is_writable(field)}
    return {
        "type": "object",
        "description": f"A row for an update of {module.module}: the record's id and fields to set.",
        "properties": {"id": {"type": "string", "description": "Record Id"}, **written},
        "required": ["id"],
        "additionalProperties": False,
    }


def _described(field: Field) -> Schema:
    schema = _value(field)
    if not field.system_mandatory and schema:
        schema = _nullable(schema)
    return schema | {"description": field.field_label}


def _nullable(schema: Schema) -> Schema:
    kind = schema.get("type")
    if kind is None or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema | {"type": [*([kind] if isinstance(kind, str) else kind), "null"]}


def _value(field: Field) -> Schema:
    kind = kind_of(field)
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if kind in TEXTS:
        return {"type": "string"} | ({"maxLength": field.length} if field.length else {})
    if kind in NUMBERS:
        return {"type": "number"}
    if kind in REFERENCES:
        return {"$ref": f"#/components/schemas/{_REFERENCE}"}
    if kind == "picklist":
        return _option(field)
    if kind == "multiselectpicklist":
        return {"type": "array", "items": _option(field)}
    if kind in LISTS:
        return {"type": "array", "items": {"type": "object", "additionalProperties": True}}
    return {}


def _option(field: Field) -> Schema:
    """The options in use; whatever text where there are none."""
    shown = [option.display_value for option in field.pick_list_values if option.used]
    options = [text for text in dict.fromkeys(shown) if text != _NONE]
    return {"type": "string"} | ({"enum": options} if options else {})
