"""Field metadata of an org, as `GET /settings/fields` answers it, and what it makes of a module's fields."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import orjson

from zcrm.simulator.org.fields import Field, FieldType

Described = dict[str, Any]
"""One field object."""

_TYPES: Final = frozenset(get_args(FieldType)) - {"any", "reminders", "tags"}
_SIZED: Final = frozenset({"text", "textarea", "email", "phone", "website", "integer", "bigint"})
_COMPUTED: Final = frozenset({"formula", "rollup_summary", "autonumber"})
_LISTED_TEXT: Final = frozenset({"text", "bigint"})
"""Types whose fields may hold lists all the same, such as `Tag` and `Participants`."""


def read_fields(source: Mapping[str, Any] | Iterable[Mapping[str, Any]] | str | Path) -> list[Described]:
    """The field objects of an answer, of a list, or of a JSON file of either.

    Raises ValueError for anything else.
    """
    document: Any = source
    if isinstance(source, str | Path):
        try:
            document = orjson.loads(Path(source).read_bytes())
        except orjson.JSONDecodeError as error:
            raise ValueError(f"{source} is not JSON: {error}") from error
    fields = document.get("fields") if isinstance(document, Mapping) else document
    found = list(fields) if isinstance(fields, Iterable) and not isinstance(fields, str) else []
    if not found or not all(_is_described(field) for field in found):
        raise ValueError(
            "no field metadata: a list `fields` of objects with api_name and data_type is wanted"
        )
    return [dict(field) for field in found]


def _is_described(field: object) -> bool:
    if not isinstance(field, Mapping):
        return False
    return isinstance(field.get("api_name"), str) and isinstance(field.get("data_type"), str)


def field_of(described: Described, *, known_options: bool) -> Field:
    """What metadata say of a field, as its properties.

    `known_options`: a picklist takes its own options only. What depends on layouts, profiles and rules is
    left out.
    """
    data_type = described["data_type"]
    listed = data_type in _LISTED_TEXT and described.get("json_type") == "jsonarray"
    options = [option.get("display_value") for option in described.get("pick_list_values") or ()]
    return Field(
        type=data_type if data_type in _TYPES and not listed else "any",
        length=described.get("length") if data_type in _SIZED and not listed else None,
        values=tuple(filter(None, options)) if known_options else (),
        unique=bool(described.get("unique")),
        mandatory=bool(described.get("system_mandatory")),
        read_only=not _is_writable(described),
        mass_update=bool(described.get("mass_update")),
        label=described.get("field_label"),
    )


def _is_writable(described: Described) -> bool:
    operations = described.get("operation_type") or {}
    if described["data_type"] in _COMPUTED or described["api_name"] == "id":
        return False
    return operations.get("api_update", True) is not False or described["data_type"] == "subform"
