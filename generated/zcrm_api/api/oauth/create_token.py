# Written by `nox -s generate` from spec/; do not edit.
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.authorization_code_grant import AuthorizationCodeGrant
from ...models.client_credentials_grant import ClientCredentialsGrant
from ...models.envelope import Envelope
from ...models.refresh_token_grant import RefreshTokenGrant
from ...types import Response


def _get_kwargs(
    *,
    body: AuthorizationCodeGrant | ClientCredentialsGrant | RefreshTokenGrant,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/oauth/v2/token",
    }

    _kwargs["data"] = body.to_dict()
    headers["Content-Type"] = "application/x-www-form-urlencoded"

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
    *,
    client: AuthenticatedClient | Client,
    body: AuthorizationCodeGrant | ClientCredentialsGrant | RefreshTokenGrant,
) -> Response[Envelope]:
    """Get an access token

     Three grants: a code that a person's consent gave (`authorization_code`), a refresh token, or the
    client's own credentials for one organisation. The server also reads these parameters from the query
    string; the body keeps secrets out of logs.

    Refusals usually come with HTTP 200 and an `error` in place of the token, at times with 400: look
    for `access_token`, not at the status. When `expires_in_sec` is there, `expires_in` counts
    milliseconds. Use the `api_domain` of the answer as the base of all further calls.

    Args:
        body (AuthorizationCodeGrant | ClientCredentialsGrant | RefreshTokenGrant): One of three
            grants.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Envelope]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: AuthorizationCodeGrant | ClientCredentialsGrant | RefreshTokenGrant,
) -> Envelope | None:
    """Get an access token

     Three grants: a code that a person's consent gave (`authorization_code`), a refresh token, or the
    client's own credentials for one organisation. The server also reads these parameters from the query
    string; the body keeps secrets out of logs.

    Refusals usually come with HTTP 200 and an `error` in place of the token, at times with 400: look
    for `access_token`, not at the status. When `expires_in_sec` is there, `expires_in` counts
    milliseconds. Use the `api_domain` of the answer as the base of all further calls.

    Args:
        body (AuthorizationCodeGrant | ClientCredentialsGrant | RefreshTokenGrant): One of three
            grants.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Envelope
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: AuthorizationCodeGrant | ClientCredentialsGrant | RefreshTokenGrant,
) -> Response[Envelope]:
    """Get an access token

     Three grants: a code that a person's consent gave (`authorization_code`), a refresh token, or the
    client's own credentials for one organisation. The server also reads these parameters from the query
    string; the body keeps secrets out of logs.

    Refusals usually come with HTTP 200 and an `error` in place of the token, at times with 400: look
    for `access_token`, not at the status. When `expires_in_sec` is there, `expires_in` counts
    milliseconds. Use the `api_domain` of the answer as the base of all further calls.

    Args:
        body (AuthorizationCodeGrant | ClientCredentialsGrant | RefreshTokenGrant): One of three
            grants.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Envelope]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: AuthorizationCodeGrant | ClientCredentialsGrant | RefreshTokenGrant,
) -> Envelope | None:
    """Get an access token

     Three grants: a code that a person's consent gave (`authorization_code`), a refresh token, or the
    client's own credentials for one organisation. The server also reads these parameters from the query
    string; the body keeps secrets out of logs.

    Refusals usually come with HTTP 200 and an `error` in place of the token, at times with 400: look
    for `access_token`, not at the status. When `expires_in_sec` is there, `expires_in` counts
    milliseconds. Use the `api_domain` of the answer as the base of all further calls.

    Args:
        body (AuthorizationCodeGrant | ClientCredentialsGrant | RefreshTokenGrant): One of three
            grants.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Envelope
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
