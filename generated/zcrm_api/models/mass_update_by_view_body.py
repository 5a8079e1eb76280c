# Written by `nox -s generate` from spec/; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.territory import Territory


T = TypeVar("T", bound="MassUpdateByViewBody")


@_attrs_define
class MassUpdateByViewBody:
    """The values to set, and the custom view whose records to set them in. Only in the editions Enterprise, Ultimate, CRM
    Plus and Zoho One.

        Attributes:
            data (list[Any]):
            cvid (str): Id on input. A string of digits is the safe form; the server also accepts an integer, which many
                languages round.
            territory (Territory | Unset): Only the records of this territory.
            over_write (bool | Unset): For a multi-select picklist: true puts the values in place of those the record has,
                false adds them.
    """

    data: list[Any]
    cvid: str
    territory: Territory | Unset = UNSET
    over_write: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        data = self.data

        cvid = self.cvid

        territory: dict[str, Any] | Unset = UNSET
        if not isinstance(self.territory, Unset):
            territory = self.territory.to_dict()

        over_write = self.over_write

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "data": data,
                "cvid": cvid,
            }
        )
        if territory is not UNSET:
            field_dict["territory"] = territory
        if over_write is not UNSET:
            field_dict["over_write"] = over_write

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.territory import Territory  # noqa: PLC0415

        d = dict(src_dict)
        data = cast(list[Any], d.pop("data"))

        cvid = d.pop("cvid")

        _territory = d.pop("territory", UNSET)
        territory: Territory | Unset
        if isinstance(_territory, Unset):
            territory = UNSET
        else:
            territory = Territory.from_dict(_territory)

        over_write = d.pop("over_write", UNSET)

        mass_update_by_view_body = cls(
            data=data,
            cvid=cvid,
            territory=territory,
            over_write=over_write,
        )

        mass_update_by_view_body.additional_properties = d
        return mass_update_by_view_body

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
