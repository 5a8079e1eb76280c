"""One field of a module, as Zoho's field metadata describes it.

https://www.zoho.com/crm/developer/docs/api/v8/field-meta.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

_RESTRICTING = ("private", "hipaa_compliance", "crypt", "mask_details")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value of a picklist: as it is shown, stored and referred to, and whether it is in use."""

    display_value: str
    actual_value: str = ""
    reference_value: str = ""
    used: bool = True

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """From an item of `pick_list_values`."""
        display = str(raw["display_value"])
        return cls(
            display_value=display,
            actual_value=_text(raw.get("actual_value"), display),
            reference_value=_text(raw.get("reference_value"), display),
            used=raw.get("type") != "unused",
        )

    @classmethod
    def from_json(cls, kept: Any) -> Self:
        """From what a document keeps; raises ValueError for what is none."""
        option = _instance(cls, kept)
        display = option["display_value"]
        named: dict[str, Any] = {"actual_value": display, "reference_value": display}
        return cls(**named | option)

    def to_json(self) -> dict[str, Any]:
        """As a document keeps it: what is as usual is left out."""
        kept = _unusual(self)
        return {key: kept[key] for key in kept if key == "display_value" or kept[key] != self.display_value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field.

    api_name: its name in bodies. field_label: what it is called, in the language of the user who asked;
    display_label: what it was called first. data_type, json_type: Zoho's names for what it holds.
    length: characters of text, digits of a number, files at the most. decimal_place: digits after the point.
    pick_list_values: of a picklist, the used and the unused ones, in their order.
    lookup_module: the module a lookup leads to. connected_lookup_field: the key that an item of a
    multi-select lookup has. subform_module: whose fields the rows of a subform have. return_type: of a
    formula. textarea_type: small, large or rich_text.
    api_update: whether the API may write it. mass_update: whether a mass update may. read_only: for the user
    who asked; field_read_only: for everybody, says Zoho, and means the owner too, who can be changed.
    system_mandatory: never empty. unique: no two records with the same value.
    visible: to the user who asked. used: in a layout. custom_field: the org's own. restricted: reads may
    answer it masked or empty (private, encrypted or under HIPAA).
    """

    api_name: str
    field_label: str = ""
    display_label: str = ""
    data_type: str
    json_type: str = ""
    id: str = ""
    length: int | None = None
    decimal_place: int | None = None
    pick_list_values: tuple[Option, ...] = ()
    lookup_module: str | None = None
    connected_lookup_field: str | None = None
    subform_module: str | None = None
    return_type: str | None = None
    textarea_type: str | None = None
    api_update: bool = True
    mass_update: bool = True
    read_only: bool = False
    field_read_only: bool = False
    system_mandatory: bool = False
    unique: bool = False
    case_sensitive: bool = False
    visible: bool = True
    used: bool = True
    custom_field: bool = False
    restricted: bool = False

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """From an item of `fields` as Zoho answers it, in the form of v7 or v8.

        Raises KeyError where it lacks a name or a type, or has none that is text.
        """
        linked = _object(raw, "multiselectlookup") or _object(raw, "multiuserlookup")
        unique = _object(raw, "unique")
        sensitive = unique.get("case_sensitive", unique.get("casesensitive"))
        target = raw.get("lookup")
        api_name, data_type = _name(raw["api_name"]), _name(raw["data_type"])
        if api_name is None or data_type is None:
            raise KeyError("api_name, or data_type")
        label = _text(raw.get("field_label"), api_name)
        return cls(
            api_name=api_name,
            field_label=label,
            display_label=_text(raw.get("display_label"), label),
            data_type=data_type,
            json_type=_text(raw.get("json_type")),
            id=_text(raw.get("id")),
            length=_whole(raw.get("length")) or None,
            decimal_place=_whole(raw.get("decimal_place")),
            pick_list_values=tuple(map(Option.from_api, raw.get("pick_list_values") or ())),
            lookup_module=(target if isinstance(target, str) else _name(_object(raw, "lookup").get("module")))
            or _name(_object(linked, "connected_details").get("module") or linked.get("connected_module")),
            connected_lookup_field=_name(
                _object(linked, "linking_details").get("connected_lookup_field")
                or linked.get("connectedlookup_apiname")
            ),
            subform_module=_name(_object(raw, "subform").get("module"))
            or _name(_object(raw, "associated_module").get("module")),
            return_type=_name(_object(raw, "formula").get("return_type"))
            or _name(_object(raw, "rollup_summary").get("return_type")),
            textarea_type=_name(_object(raw, "textarea").get("type")),
            api_update=_object(raw, "operation_type").get("api_update") is not False,
            mass_update=raw.get("mass_update") is not False,
            read_only=raw.get("read_only") is True,
            field_read_only=raw.get("field_read_only") is True,
            system_mandatory=raw.get("system_mandatory") is True,
            unique=bool(unique),
            case_sensitive=str(sensitive).lower() == "true",
            visible=raw.get("visible") is not False,
            used=raw.get("type") != "unused",
            custom_field=raw.get("custom_field") is True,
            restricted=any(_restricts(raw.get(key)) for key in _RESTRICTING),
        )

    @classmethod
    def from_json(cls, kept: Any) -> Self:
        """From what a document keeps; raises ValueError for what is none."""
        values = _instance(cls, kept)
        options = values.get("pick_list_values", [])
        if not isinstance(options, list):
            raise ValueError(f"pick_list_values of {values['api_name']} are no list")
        values["pick_list_values"] = tuple(map(Option.from_json, options))
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """As a document keeps it: what is as usual is left out."""
        kept = _unusual(self)
        if self.pick_list_values:
            kept["pick_list_values"] = [option.to_json() for option in self.pick_list_values]
        return kept


def _unusual(instance: Any) -> dict[str, Any]:
    """The attributes that are not as by default."""
    values = ((each, getattr(instance, each.name)) for each in fields(instance))
    return {each.name: value for each, value in values if value != each.default}


def _instance(cls: type, kept: Any) -> dict[str, Any]:
    """The attributes in an object of JSON; raises ValueError where one is missing or of another type."""
    if not isinstance(kept, dict):
        raise ValueError(f"{kept!r} is no object")
    for each in fields(cls):
        if each.name not in kept:
            if each.default is MISSING:
                raise ValueError(f"{each.name} is missing")
            continue
        known = {"str": str, "bool": bool, "int | None": int, "str | None": str}.get(str(each.type))
        if known is not None and type(kept[each.name]) is not known:
            raise ValueError(f"{each.name} can't be {kept[each.name]!r}")
    return {each.name: kept[each.name] for each in fields(cls) if each.name in kept}


def _object(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under a key; an empty one where there is none."""
    value = raw.get(key)
    return value if isinstance(value, Mapping) else {}


def _name(value: Any) -> str | None:
    """The API name that a text is, or that an object has."""
    if isinstance(value, Mapping):
        value = value.get("api_name")
    return value if isinstance(value, str) and value else None


def _text(value: Any, otherwise: str = "") -> str:
    return otherwise if value is None else str(value)


def _whole(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _restricts(value: Any) -> bool:
    """Whether one of the keys that protect a field does."""
    if isinstance(value, Mapping):
        return value.get("restricted", bool(value)) is True
    return bool(value)
