# Written by `nox -s generate` from spec/; do not edit.
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.envelope import Envelope
from ...models.update_appointment_body import UpdateAppointmentBody
from ...types import UNSET, Response, Unset


def _get_kwargs(
    appointment_id: str,
    *,
    body: UpdateAppointmentBody,
    if_unmodified_since: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_unmodified_since, Unset):
        headers["If-Unmodified-Since"] = if_unmodified_since

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/Appointments__s/{appointment_id}".format(
            appointment_id=quote(str(appointment_id), safe=""),
        ),
    }

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
    appointment_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: UpdateAppointmentBody,
    if_unmodified_since: str | Unset = UNSET,
) -> Response[Envelope]:
    """Update one appointment

     As the update of several, for the one appointment that the path names.

    Args:
        appointment_id (str): Id as the API writes it, a string of digits.
        if_unmodified_since (str | Unset): Time on input: ISO 8601 with seconds and a numeric
            offset, such as `2024-01-15T15:26:49+05:30`. A plain string, because the texts that
            languages make of their own types of time differ from this form.
        body (UpdateAppointmentBody): The one appointment to update and what shall happen besides.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Envelope]
    """

    kwargs = _get_kwargs(
        appointment_id=appointment_id,
        body=body,
        if_unmodified_since=if_unmodified_since,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    appointment_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: UpdateAppointmentBody,
    if_unmodified_since: str | Unset = UNSET,
) -> Envelope | None:
    """Update one appointment

     As the update of several, for the one appointment that the path names.

    Args:
        appointment_id (str): Id as the API writes it, a string of digits.
        if_unmodified_since (str | Unset): Time on input: ISO 8601 with seconds and a numeric
            offset, such as `2024-01-15T15:26:49+05:30`. A plain string, because the texts that
            languages make of their own types of time differ from this form.
        body (UpdateAppointmentBody): The one appointment to update and what shall happen besides.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Envelope
    """

    return sync_detailed(
        appointment_id=appointment_id,
        client=client,
        body=body,
        if_unmodified_since=if_unmodified_since,
    ).parsed


async def asyncio_detailed(
    appointment_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: UpdateAppointmentBody,
    if_unmodified_since: str | Unset = UNSET,
) -> Response[Envelope]:
    """Update one appointment

     As the update of several, for the one appointment that the path names.

    Args:
        appointment_id (str): Id as the API writes it, a string of digits.
        if_unmodified_since (str | Unset): Time on input: ISO 8601 with seconds and a numeric
            offset, such as `2024-01-15T15:26:49+05:30`. A plain string, because the texts that
            languages make of their own types of time differ from this form.
        body (UpdateAppointmentBody): The one appointment to update and what shall happen besides.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Envelope]
    """

    kwargs = _get_kwargs(
        appointment_id=appointment_id,
        body=body,
        if_unmodified_since=if_unmodified_since,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    appointment_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: UpdateAppointmentBody,
    if_unmodified_since: str | Unset = UNSET,
) -> Envelope | None:
    """Update one appointment

     As the update of several, for the one appointment that the path names.

    Args:
        appointment_id (str): Id as the API writes it, a string of digits.
        if_unmodified_since (str | Unset): Time on input: ISO 8601 with seconds and a numeric
            offset, such as `2024-01-15T15:26:49+05:30`. A plain string, because the texts that
            languages make of their own types of time differ from this form.
        body (UpdateAppointmentBody): The one appointment to update and what shall happen besides.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Envelope
    """

    return (
        await asyncio_detailed(
            appointment_id=appointment_id,
            client=client,
            body=body,
            if_unmodified_since=if_unmodified_since,
        )
    ).parsed
