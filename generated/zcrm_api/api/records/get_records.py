# Written by `nox -s generate` from spec/; do not edit.
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.envelope import Envelope
from ...models.get_records_sort_by import GetRecordsSortBy
from ...models.get_records_sort_order import (
    GetRecordsSortOrder,
)
from ...types import UNSET, Response, Unset


def _get_kwargs(
    module_api_name: str,
    *,
    fields: str,
    ids: str | Unset = UNSET,
    cvid: str | Unset = UNSET,
    page_token: str | Unset = UNSET,
    page: int | Unset = UNSET,
    per_page: int | Unset = UNSET,
    sort_order: GetRecordsSortOrder | Unset = UNSET,
    sort_by: GetRecordsSortBy | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["fields"] = fields

    params["ids"] = ids

    params["cvid"] = cvid

    params["page_token"] = page_token

    params["page"] = page

    params["per_page"] = per_page

    json_sort_order: str | Unset = UNSET
    if not isinstance(sort_order, Unset):
        json_sort_order = sort_order

    params["sort_order"] = json_sort_order

    json_sort_by: str | Unset = UNSET
    if not isinstance(sort_by, Unset):
        json_sort_by = sort_by

    params["sort_by"] = json_sort_by

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/{module_api_name}".format(
            module_api_name=quote(str(module_api_name), safe=""),
        ),
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
    module_api_name: str,
    *,
    client: AuthenticatedClient | Client,
    fields: str,
    ids: str | Unset = UNSET,
    cvid: str | Unset = UNSET,
    page_token: str | Unset = UNSET,
    page: int | Unset = UNSET,
    per_page: int | Unset = UNSET,
    sort_order: GetRecordsSortOrder | Unset = UNSET,
    sort_by: GetRecordsSortBy | Unset = UNSET,
) -> Response[Envelope]:
    """Read records by their ids, of a view or of a module

     One page of records, or up to 100 that `ids` names. What `ids` names and does not exist, or the user
    may not see, is left out; when nothing is left the answer is 204. They come in the order of the
    list, not in that of `ids`. Pages are numbered while they end within the first 2,000 records; from
    there on, send `page_token` with the `next_page_token` of the last answer, without `page` and with
    every other parameter unchanged. Subforms and lookups of several records are left out of lists; read
    the record by its id to see them.

    Args:
        module_api_name (str):
        fields (str):
        ids (str | Unset):
        cvid (str | Unset): Id as the API writes it, a string of digits.
        page_token (str | Unset):
        page (int | Unset):
        per_page (int | Unset):
        sort_order (GetRecordsSortOrder | Unset):
        sort_by (GetRecordsSortBy | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Envelope]
    """

    kwargs = _get_kwargs(
        module_api_name=module_api_name,
        fields=fields,
        ids=ids,
        cvid=cvid,
        page_token=page_token,
        page=page,
        per_page=per_page,
        sort_order=sort_order,
        sort_by=sort_by,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    module_api_name: str,
    *,
    client: AuthenticatedClient | Client,
    fields: str,
    ids: str | Unset = UNSET,
    cvid: str | Unset = UNSET,
    page_token: str | Unset = UNSET,
    page: int | Unset = UNSET,
    per_page: int | Unset = UNSET,
    sort_order: GetRecordsSortOrder | Unset = UNSET,
    sort_by: GetRecordsSortBy | Unset = UNSET,
) -> Envelope | None:
    """Read records by their ids, of a view or of a module

     One page of records, or up to 100 that `ids` names. What `ids` names and does not exist, or the user
    may not see, is left out; when nothing is left the answer is 204. They come in the order of the
    list, not in that of `ids`. Pages are numbered while they end within the first 2,000 records; from
    there on, send `page_token` with the `next_page_token` of the last answer, without `page` and with
    every other parameter unchanged. Subforms and lookups of several records are left out of lists; read
    the record by its id to see them.

    Args:
        module_api_name (str):
        fields (str):
        ids (str | Unset):
        cvid (str | Unset): Id as the API writes it, a string of digits.
        page_token (str | Unset):
        page (int | Unset):
        per_page (int | Unset):
        sort_order (GetRecordsSortOrder | Unset):
        sort_by (GetRecordsSortBy | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Envelope
    """

    return sync_detailed(
        module_api_name=module_api_name,
        client=client,
        fields=fields,
        ids=ids,
        cvid=cvid,
        page_token=page_token,
        page=page,
        per_page=per_page,
        sort_order=sort_order,
        sort_by=sort_by,
    ).parsed


async def asyncio_detailed(
    module_api_name: str,
    *,
    client: AuthenticatedClient | Client,
    fields: str,
    ids: str | Unset = UNSET,
    cvid: str | Unset = UNSET,
    page_token: str | Unset = UNSET,
    page: int | Unset = UNSET,
    per_page: int | Unset = UNSET,
    sort_order: GetRecordsSortOrder | Unset = UNSET,
    sort_by: GetRecordsSortBy | Unset = UNSET,
) -> Response[Envelope]:
    """Read records by their ids, of a view or of a module

     One page of records, or up to 100 that `ids` names. What `ids` names and does not exist, or the user
    may not see, is left out; when nothing is left the answer is 204. They come in the order of the
    list, not in that of `ids`. Pages are numbered while they end within the first 2,000 records; from
    there on, send `page_token` with the `next_page_token` of the last answer, without `page` and with
    every other parameter unchanged. Subforms and lookups of several records are left out of lists; read
    the record by its id to see them.

    Args:
        module_api_name (str):
        fields (str):
        ids (str | Unset):
        cvid (str | Unset): Id as the API writes it, a string of digits.
        page_token (str | Unset):
        page (int | Unset):
        per_page (int | Unset):
        sort_order (GetRecordsSortOrder | Unset):
        sort_by (GetRecordsSortBy | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Envelope]
    """

    kwargs = _get_kwargs(
        module_api_name=module_api_name,
        fields=fields,
        ids=ids,
        cvid=cvid,
        page_token=page_token,
        page=page,
        per_page=per_page,
        sort_order=sort_order,
        sort_by=sort_by,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    module_api_name: str,
    *,
    client: AuthenticatedClient | Client,
    fields: str,
    ids: str | Unset = UNSET,
    cvid: str | Unset = UNSET,
    page_token: str | Unset = UNSET,
    page: int | Unset = UNSET,
    per_page: int | Unset = UNSET,
    sort_order: GetRecordsSortOrder | Unset = UNSET,
    sort_by: GetRecordsSortBy | Unset = UNSET,
) -> Envelope | None:
    """Read records by their ids, of a view or of a module

     One page of records, or up to 100 that `ids` names. What `ids` names and does not exist, or the user
    may not see, is left out; when nothing is left the answer is 204. They come in the order of the
    list, not in that of `ids`. Pages are numbered while they end within the first 2,000 records; from
    there on, send `page_token` with the `next_page_token` of the last answer, without `page` and with
    every other parameter unchanged. Subforms and lookups of several records are left out of lists; read
    the record by its id to see them.

    Args:
        module_api_name (str):
        fields (str):
        ids (str | Unset):
        cvid (str | Unset): Id as the API writes it, a string of digits.
        page_token (str | Unset):
        page (int | Unset):
        per_page (int | Unset):
        sort_order (GetRecordsSortOrder | Unset):
        sort_by (GetRecordsSortBy | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Envelope
    """

    return (
        await asyncio_detailed(
            module_api_name=module_api_name,
            client=client,
            fields=fields,
            ids=ids,
            cvid=cvid,
            page_token=page_token,
            page=page,
            per_page=per_page,
            sort_order=sort_order,
            sort_by=sort_by,
        )
    ).parsed
