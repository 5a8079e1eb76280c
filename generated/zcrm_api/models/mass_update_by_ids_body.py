# Written by `nox -s generate` from spec/; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="MassUpdateByIdsBody")


@_attrs_define
class MassUpdateByIdsBody:
    """The values to set, and the records to set them in.

    Attributes:
        data (list[Any]):
        ids (list[str]):
        over_write (bool | Unset): For a multi-select picklist: true puts the values in place of those the record has,
            false adds them.
    """

    data: list[Any]
    ids: list[str]
    over_write: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        data = self.data

        ids = self.ids

        over_write = self.over_write

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "data": data,
                "ids": ids,
            }
        )
        if over_write is not UNSET:
            field_dict["over_write"] = over_write

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        data = cast(list[Any], d.pop("data"))

        ids = cast(list[str], d.pop("ids"))

        over_write = d.pop("over_write", UNSET)

        mass_update_by_ids_body = cls(
            data=data,
            ids=ids,
            over_write=over_write,
        )

        mass_update_by_ids_body.additional_properties = d
        return mass_update_by_ids_body

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
