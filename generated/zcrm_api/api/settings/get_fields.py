# Written by `nox -s generate` from spec/; do not edit.
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.envelope import Envelope
from ...models.get_fields_type import GetFieldsType
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    module: str,
    type_: GetFieldsType | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["module"] = module

    json_type_: str | Unset = UNSET
    if not isinstance(type_, Unset):
        json_type_ = type_

    params["type"] = json_type_

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/settings/fields",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Envelope | None:
    if response.status_code == 200:
        response_200 = Envelope.from_dict(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = Envelope.from_dict(response.json())

        return response_202

    if response.status_code == 207:
        response_207 = Envelope.from_dict(response.json())

        return response_207

    if response.status_code == 400:
        response_400 = Envelope.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Envelope.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Envelope.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Envelope.from_dict(response.json())

        return response_404

    if response.status_code == 412:
        response_412 = Envelope.from_dict(response.json())

        return response_412

    if response.status_code == 429:
        response_429 = Envelope.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = Envelope.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Envelope]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    module: str,
    type_: GetFieldsType | Unset = UNSET,
) -> Response[Envelope]:
    """Read the fields of a module

     All fields of a module in one answer, without pages, as the token's user sees them: names, labels,
    types, lengths, options of picklists, and what may be written. Options are those of all layouts
    together.

    Args:
        module (str):
        type_ (GetFieldsType | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Envelope]
    """

    kwargs = _get_kwargs(
        module=module,
        type_=type_,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    module: str,
    type_: GetFieldsType | Unset = UNSET,
) -> Envelope | None:
    """Read the fields of a module

     All fields of a module in one answer, without pages, as the token's user sees them: names, labels,
    types, lengths, options of picklists, and what may be written. Options are those of all layouts
    together.

    Args:
        module (str):
        type_ (GetFieldsType | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Envelope
    """

    return sync_detailed(
        client=client,
        module=module,
        type_=type_,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    module: str,
    type_: GetFieldsType | Unset = UNSET,
) -> Response[Envelope]:
    """Read the fields of a module

     All fields of a module in one answer, without pages, as the token's user sees them: names, labels,
    types, lengths, options of picklists, and what may be written. Options are those of all layouts
    together.

    Args:
        module (str):
        type_ (GetFieldsType | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Envelope]
    """

    kwargs = _get_kwargs(
        module=module,
        type_=type_,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    module: str,
    type_: GetFieldsType | Unset = UNSET,
) -> Envelope | None:
    """Read the fields of a module

     All fields of a module in one answer, without pages, as the token's user sees them: names, labels,
    types, lengths, options of picklists, and what may be written. Options are those of all layouts
    together.

    Args:
        module (str):
        type_ (GetFieldsType | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Envelope
    """

    return (
        await asyncio_detailed(
            client=client,
            module=module,
            type_=type_,
        )
    ).parsed
