# Written by `nox -s generate` from spec/; do not edit.
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.envelope import Envelope
from ...models.mass_update_by_ids_body import MassUpdateByIdsBody
from ...models.mass_update_by_view_body import MassUpdateByViewBody
from ...types import Response


def _get_kwargs(
    module_api_name: str,
    *,
    body: MassUpdateByIdsBody | MassUpdateByViewBody,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/{module_api_name}/actions/mass_update".format(
            module_api_name=quote(str(module_api_name), safe=""),
        ),
    }

    if isinstance(body, MassUpdateByIdsBody):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
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
    body: MassUpdateByIdsBody | MassUpdateByViewBody,
) -> Response[Envelope]:
    """Set the same values in many records

     With `ids`, up to 500 records are updated before the answer comes, which has one result for each id;
    automations always run. With `cvid`, a job is scheduled that updates every record of a custom view
    (up to 50,000), optionally only those of a territory; the answer names the job, and automations run
    only when it reaches fewer than 1,000 records.

    One field may be set, in Deals three. Email, lookup, layout and multi-line fields and line items
    cannot be set. Modules: Leads, Accounts, Contacts, Deals, Campaigns, Activities (Tasks, Calls,
    Meetings and Cases in newer versions), Solutions, Products, Vendors, Price_Books, Quotes,
    Sales_Orders, Purchase_Orders, Invoices and custom modules.

    Args:
        module_api_name (str):
        body (MassUpdateByIdsBody | MassUpdateByViewBody): Either by ids or by view.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Envelope]
    """

    kwargs = _get_kwargs(
        module_api_name=module_api_name,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    module_api_name: str,
    *,
    client: AuthenticatedClient | Client,
    body: MassUpdateByIdsBody | MassUpdateByViewBody,
) -> Envelope | None:
    """Set the same values in many records

     With `ids`, up to 500 records are updated before the answer comes, which has one result for each id;
    automations always run. With `cvid`, a job is scheduled that updates every record of a custom view
    (up to 50,000), optionally only those of a territory; the answer names the job, and automations run
    only when it reaches fewer than 1,000 records.

    One field may be set, in Deals three. Email, lookup, layout and multi-line fields and line items
    cannot be set. Modules: Leads, Accounts, Contacts, Deals, Campaigns, Activities (Tasks, Calls,
    Meetings and Cases in newer versions), Solutions, Products, Vendors, Price_Books, Quotes,
    Sales_Orders, Purchase_Orders, Invoices and custom modules.

    Args:
        module_api_name (str):
        body (MassUpdateByIdsBody | MassUpdateByViewBody): Either by ids or by view.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Envelope
    """

    return sync_detailed(
        module_api_name=module_api_name,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    module_api_name: str,
    *,
    client: AuthenticatedClient | Client,
    body: MassUpdateByIdsBody | MassUpdateByViewBody,
) -> Response[Envelope]:
    """Set the same values in many records

     With `ids`, up to 500 records are updated before the answer comes, which has one result for each id;
    automations always run. With `cvid`, a job is scheduled that updates every record of a custom view
    (up to 50,000), optionally only those of a territory; the answer names the job, and automations run
    only when it reaches fewer than 1,000 records.

    One field may be set, in Deals three. Email, lookup, layout and multi-line fields and line items
    cannot be set. Modules: Leads, Accounts, Contacts, Deals, Campaigns, Activities (Tasks, Calls,
    Meetings and Cases in newer versions), Solutions, Products, Vendors, Price_Books, Quotes,
    Sales_Orders, Purchase_Orders, Invoices and custom modules.

    Args:
        module_api_name (str):
        body (MassUpdateByIdsBody | MassUpdateByViewBody): Either by ids or by view.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Envelope]
    """

    kwargs = _get_kwargs(
        module_api_name=module_api_name,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    module_api_name: str,
    *,
    client: AuthenticatedClient | Client,
    body: MassUpdateByIdsBody | MassUpdateByViewBody,
) -> Envelope | None:
    """Set the same values in many records

     With `ids`, up to 500 records are updated before the answer comes, which has one result for each id;
    automations always run. With `cvid`, a job is scheduled that updates every record of a custom view
    (up to 50,000), optionally only those of a territory; the answer names the job, and automations run
    only when it reaches fewer than 1,000 records.

    One field may be set, in Deals three. Email, lookup, layout and multi-line fields and line items
    cannot be set. Modules: Leads, Accounts, Contacts, Deals, Campaigns, Activities (Tasks, Calls,
    Meetings and Cases in newer versions), Solutions, Products, Vendors, Price_Books, Quotes,
    Sales_Orders, Purchase_Orders, Invoices and custom modules.

    Args:
        module_api_name (str):
        body (MassUpdateByIdsBody | MassUpdateByViewBody): Either by ids or by view.

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
            body=body,
        )
    ).parsed
