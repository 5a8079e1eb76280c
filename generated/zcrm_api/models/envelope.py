# Written by `nox -s generate` from spec/; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Envelope")


@_attrs_define
class Envelope:
    """An answer at either level: `data` row by row, or `code` for the call as a whole.

    Attributes:
        code (str | Unset):
        details (Any | Unset):
        message (str | Unset):
        status (str | Unset):
        data (list[Any] | Unset):
        info (Any | Unset):
        fields (list[Any] | Unset):
    """

    code: str | Unset = UNSET
    details: Any | Unset = UNSET
    message: str | Unset = UNSET
    status: str | Unset = UNSET
    data: list[Any] | Unset = UNSET
    info: Any | Unset = UNSET
    fields: list[Any] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        details = self.details

        message = self.message

        status = self.status

        data: list[Any] | Unset = UNSET
        if not isinstance(self.data, Unset):
            data = self.data

        info = self.info

        fields: list[Any] | Unset = UNSET
        if not isinstance(self.fields, Unset):
            fields = self.fields

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if code is not UNSET:
            field_dict["code"] = code
        if details is not UNSET:
            field_dict["details"] = details
        if message is not UNSET:
            field_dict["message"] = message
        if status is not UNSET:
            field_dict["status"] = status
        if data is not UNSET:
            field_dict["data"] = data
        if info is not UNSET:
            field_dict["info"] = info
        if fields is not UNSET:
            field_dict["fields"] = fields

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code", UNSET)

        details = d.pop("details", UNSET)

        message = d.pop("message", UNSET)

        status = d.pop("status", UNSET)

        data = cast(list[Any], d.pop("data", UNSET))

        info = d.pop("info", UNSET)

        fields = cast(list[Any], d.pop("fields", UNSET))

        envelope = cls(
            code=code,
            details=details,
            message=message,
            status=status,
            data=data,
            info=info,
            fields=fields,
        )

        envelope.additional_properties = d
        return envelope

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
