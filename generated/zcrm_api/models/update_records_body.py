# Written by `nox -s generate` from spec/; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="UpdateRecordsBody")


@_attrs_define
class UpdateRecordsBody:
    """Rows to update and what shall happen besides.

    Attributes:
        data (list[Any]):
        trigger (list[Any] | Unset): Automations to run. Without this key all of them run; with an empty list none does.
        skip_feature_execution (list[Any] | Unset):
        apply_feature_execution (list[Any] | Unset):
    """

    data: list[Any]
    trigger: list[Any] | Unset = UNSET
    skip_feature_execution: list[Any] | Unset = UNSET
    apply_feature_execution: list[Any] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        data = self.data

        trigger: list[Any] | Unset = UNSET
        if not isinstance(self.trigger, Unset):
            trigger = self.trigger

        skip_feature_execution: list[Any] | Unset = UNSET
        if not isinstance(self.skip_feature_execution, Unset):
            skip_feature_execution = self.skip_feature_execution

        apply_feature_execution: list[Any] | Unset = UNSET
        if not isinstance(self.apply_feature_execution, Unset):
            apply_feature_execution = self.apply_feature_execution

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "data": data,
            }
        )
        if trigger is not UNSET:
            field_dict["trigger"] = trigger
        if skip_feature_execution is not UNSET:
            field_dict["skip_feature_execution"] = skip_feature_execution
        if apply_feature_execution is not UNSET:
            field_dict["apply_feature_execution"] = apply_feature_execution

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        data = cast(list[Any], d.pop("data"))

        trigger = cast(list[Any], d.pop("trigger", UNSET))

        skip_feature_execution = cast(list[Any], d.pop("skip_feature_execution", UNSET))

        apply_feature_execution = cast(
            list[Any], d.pop("apply_feature_execution", UNSET)
        )

        update_records_body = cls(
            data=data,
            trigger=trigger,
            skip_feature_execution=skip_feature_execution,
            apply_feature_execution=apply_feature_execution,
        )

        update_records_body.additional_properties = d
        return update_records_body

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
