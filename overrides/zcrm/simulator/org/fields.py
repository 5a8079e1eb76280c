"""The properties of a module's fields, and what they make of a value."""

from dataclasses import dataclass
from typing import Any, Final, Literal, TypedDict

from zcrm.simulator.org.clock import parse_time

FieldType = Literal[
    "text", "textarea", "email", "phone", "website", "picklist", "multiselectpicklist", "integer", "bigint",
    "double", "currency", "percent", "boolean", "date", "datetime", "lookup", "ownerlookup", "userlookup",
    "multi_module_lookup", "layout", "subform", "multiselectlookup", "multiuserlookup", "imageupload",
    "fileupload", "reminders", "tags", "any",
]  # fmt: skip

IMAGE: Final = "imageupload"

LOOKUPS: Final = frozenset({"lookup", "ownerlookup", "userlookup", "multi_module_lookup", "layout"})
_LISTS: Final = frozenset(
    {
        "multiselectpicklist", "subform", "multiselectlookup", "multiuserlookup", "imageupload", "fileupload",
        "reminders", "tags",
    }
)  # fmt: skip
_SCALARS: Final[dict[str, tuple[str, tuple[type, ...]]]] = {
    "integer": ("integer", (int,)),
    "double": ("double", (int, float)),
    "currency": ("double", (int, float)),
    "percent": ("double", (int, float)),
    "boolean": ("boolean", (bool,)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field.

    `length` is the most characters its text may have, or digits its whole number; `values` are a picklist's;
    `between` bounds a number. `hidden` fields are out of the user's sight, `read_only` ones can not be
    written, `editable=False` takes the right to edit from the user. `restricted` ones read as null. A field
    that `depends_on` another takes a value only while that has one. `blueprint`: one governs it in records
    that are in a blueprint. The rules and `mass_update` matter to mass updates. A field without a `label` is
    called by its name.
    """

    type: FieldType = "text"
    length: int | None = None
    values: tuple[str, ...] = ()
    between: tuple[int, int] | None = None
    unique: bool = False
    mandatory: bool = False
    read_only: bool = False
    hidden: bool = False
    editable: bool = True
    restricted: bool = False
    depends_on: str | None = None
    blueprint: bool = False
    layout_rule: bool = False
    validation_rule: bool = False
    mass_update: bool = True
    label: str | None = None

    def objection(self, value: Any) -> dict[str, Any] | None:
        """Why the field does not take the value, as error details; None when it does."""
        if value is None:
            return None
        expected = self._expected(value)
        if expected is not None:
            return {"expected_data_type": expected}
        if self.length is not None and _size(value) > self.length:
            return {"maximum_length": self.length}
        if self.between is not None and not self.between[0] <= value <= self.between[1]:
            return {"range": {"from": self.between[0], "to": self.between[1]}}
        chosen = value if isinstance(value, list) else [value]
        if self.values and not all(choice in self.values for choice in chosen):
            return {"supported_values": list(self.values)}
        return None

    def _expected(self, value: Any) -> str | None:
        """The name of the type the field wants, when the value has another one."""
        if self.type == "any":
            return None
        if self.type == "bigint":
            return None if is_id(value) and str(value).lstrip("-").isdecimal() else "bigint"
        if self.type in LOOKUPS:
            return None if is_reference(value) else "jsonobject"
        if self.type in _LISTS:
            return None if isinstance(value, list) else "jsonarray"
        expected, types = _SCALARS.get(self.type, ("text", (str,)))
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            return expected
        if self.type == "date" and parse_time(f"{value}T00:00:00+00:00") is None:
            return "date"
        if self.type == "datetime" and parse_time(value) is None:
            return "datetime"
        return None


def _size(value: Any) -> int:
    """Characters, or the digits of a whole number."""
    return len(str(abs(value))) if type(value) is int else len(str(value))


def is_id(value: object) -> bool:
    """Whether a value can stand for an id: text or a whole number."""
    return isinstance(value, str | int) and not isinstance(value, bool)


def is_reference(value: object) -> bool:
    """Whether a value names another record, and perhaps its module."""
    if not isinstance(value, dict) or not isinstance(value.get("name", ""), str):
        return False
    return _names_record(value) and _is_module(value.get("module", {}))


def _names_record(value: dict[str, Any]) -> bool:
    id_ = str(value.get("id"))
    return is_id(value.get("id")) and id_.isascii() and id_.isdigit()


def _is_module(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("api_name", ""), str):
        return False
    return "id" not in value or _names_record(value)


def reference(value: Any) -> str:
    """The id a lookup field holds; "" where it holds none."""
    return str(value.get("id", "")) if isinstance(value, dict) else ""


def with_text_ids(value: dict[str, Any]) -> dict[str, Any]:
    """A reference as it is kept and answered: its ids as text, however they came."""
    kept = {**value, "id": str(value["id"])}
    module = value.get("module")
    if module is not None and "id" in module:
        kept["module"] = {**module, "id": str(module["id"])}
    return kept


def is_field_value(value: Any) -> bool:
    """Whether any field at all could hold the value: a scalar, an object, or a list of either."""
    if isinstance(value, dict):
        return _is_entry(value)
    if isinstance(value, list):
        return not any(isinstance(v, list) or (isinstance(v, dict) and not _is_entry(v)) for v in value)
    return True


def _is_entry(value: dict[str, Any]) -> bool:
    """`_delete` is null and stands beside an id, which is text or a number."""
    id_ = value.get("id")
    if "_delete" in value and (value["_delete"] is not None or "id" not in value):
        return False
    return id_ is None or is_id(id_)


class FieldOptions(TypedDict, total=False):
    """The properties of a `Field` as keyword arguments."""

    type: FieldType
    length: int | None
    values: tuple[str, ...]
    between: tuple[int, int] | None
    unique: bool
    mandatory: bool
    read_only: bool
    hidden: bool
    editable: bool
    restricted: bool
    depends_on: str | None
    blueprint: bool
    layout_rule: bool
    validation_rule: bool
    mass_update: bool
    label: str | None
