# Written by `nox -s generate` from spec/; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ClientCredentialsGrant")


@_attrs_define(repr=False)
class ClientCredentialsGrant:
    """Get an access token for one organisation without a user's consent. There is no refresh token.

    Attributes:
        grant_type (Literal['client_credentials']):
        client_id (str):
        client_secret (str):
        scope (str): Scopes, joined by commas.
        soid (str): `ZohoCRM.` and the id of the organisation.
    """

    grant_type: Literal["client_credentials"]
    client_id: str
    client_secret: str
    scope: str
    soid: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        grant_type = self.grant_type

        client_id = self.client_id

        client_secret = self.client_secret

        scope = self.scope

        soid = self.soid

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "grant_type": grant_type,
                "client_id": client_id,
                "client_secret": client_secret,
                "scope": scope,
                "soid": soid,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        grant_type = cast(Literal["client_credentials"], d.pop("grant_type"))
        if grant_type != "client_credentials":
            raise ValueError(
                f"grant_type must match const 'client_credentials', got '{grant_type}'"
            )

        client_id = d.pop("client_id")

        client_secret = d.pop("client_secret")

        scope = d.pop("scope")

        soid = d.pop("soid")

        client_credentials_grant = cls(
            grant_type=grant_type,
            client_id=client_id,
            client_secret=client_secret,
            scope=scope,
            soid=soid,
        )

        client_credentials_grant.additional_properties = d
        return client_credentials_grant

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
