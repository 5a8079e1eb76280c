"""What the generated operations send by: JSON, access tokens, errors by status; and calls for the drivers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, ParamSpec, Self, TypeVar, cast
from urllib.parse import urlencode, urlsplit, urlunsplit

from zcrm_api import Client
from zcrm_api.models.envelope import Envelope
from zcrm_api.types import Response as Parsed

from ..connection import Connection
from ..errors import UsageError
from ..rows.encoding import encode
from .bodies import decode
from .calls import NOTHING, Answer, Call, Lost, UnsentCall
from .credentials import Credentials, MissingScope, Token
from .forks import renew_in_child
from .messages import AsyncTransport, Request, Response, Transport
from .transports import async_own, own

P = ParamSpec("P")
T = TypeVar("T", Transport, AsyncTransport)

_SCOPE_REFUSED = "OAUTH_SCOPE_MISMATCH"
_TOKEN_REFUSED = ("INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE")

_inherited: list[Any] = []
"""In a forked child, its parent's transports: not used, nor closed, for that may wait on a lock for ever."""


class _Refused(Exception):
    """An error status; it never leaves this module."""

    def __init__(self, answer: Answer, missing_scope: MissingScope | None) -> None:
        super().__init__(answer.status)
        self.answer = answer
        self.missing_scope = missing_scope


@dataclass(frozen=True, slots=True)
class _Auth:
    """Signs requests; keep_domain: even where the token's answer named another API domain."""

    credentials: Credentials
    connection: Connection
    missing_scope: MissingScope
    keep_domain: bool

    def fresh(self, rejected: Token | None) -> Token:
        return self.credentials.fresh(rejected, self.connection)

    async def afresh(self, rejected: Token | None) -> Token:
        return await self.credentials.afresh(rejected, self.connection)

    def signed(self, request: Request, token: Token) -> Request:
        request.headers["Authorization"] = f"Zoho-oauthtoken {token.value}"
        if token.api_domain and not self.keep_domain:
            domain, address = urlsplit(token.api_domain), urlsplit(request.url)
            request.url = urlunsplit(address._replace(scheme=domain.scheme, netloc=domain.netloc))
        return request


class _Base(Generic[T]):
    """Stands where generated code looks for an httpx client: operations ask for `request` only.

    base_url: up to and including the version. make: makes the transport, and another in a forked child.
    auth: signs the requests, where they need it; a token that Zoho does not accept is replaced once.
    """

    def __init__(self, base_url: str, make: Callable[[], T], auth: _Auth | None = None) -> None:
        self._base_url = base_url
        self._make: Callable[[], T] = make
        self._transport: T | None = make()
        self._auth = auth
        renew_in_child(self, _Base._renew)

    def _renew(self) -> None:
        if self._transport is not None:
            _inherited.append(self._transport)
            self._transport = self._make()

    def _open(self) -> T:
        if self._transport is None:
            raise UsageError("The client was closed")
        return self._transport

    def _request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
    ) -> Request:
        address = f"{self._base_url}{url}"
        if params:
            address = f"{address}?{urlencode(params)}"
        content = encode(json) if json is not None else urlencode(data).encode() if data else b""
        return Request(method.upper(), address, dict(headers or ()), content)


class _Client(_Base[Transport]):
    def request(self, **given: Any) -> Response:
        transport, request = self._open(), self._request(**given)
        if self._auth is None:
            return _checked(transport.send(request), None)
        token = self._auth.fresh(None)
        response = transport.send(self._auth.signed(request, token))
        if _token_refused(response):
            renewed = self._auth.fresh(token)
            if renewed != token:
                response = transport.send(self._auth.signed(request, renewed))
        return _checked(response, self._auth)

    def close(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _AsyncClient(_Base[AsyncTransport]):
    async def request(self, **given: Any) -> Response:
        transport, request = self._open(), self._request(**given)
        if self._auth is None:
            return _checked(await transport.send(request), None)
        token = await self._auth.afresh(None)
        response = await transport.send(self._auth.signed(request, token))
        if _token_refused(response):
            renewed = await self._auth.afresh(token)
            if renewed != token:
                response = await transport.send(self._auth.signed(request, renewed))
        return _checked(response, self._auth)

    async def aclose(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.close()


def _token_refused(response: Response) -> bool:
    if response.status_code != 401:
        return False
    body = decode(response.content)
    return isinstance(body, dict) and body.get("code") in _TOKEN_REFUSED


def _checked(response: Response, auth: _Auth | None) -> Response:
    """Let only what the generated parser can read pass: an object of JSON, or nothing."""
    if response.status_code in NOTHING:
        return response
    response.body = decode(response.content)
    if response.status_code >= 400:
        answer = Answer(response.status_code, response.body, response.headers)
        raise _Refused(answer, auth.missing_scope if auth else None)
    if not isinstance(response.body, dict):
        raise Lost(f"HTTP {response.status_code} with a body that is no JSON object")
    return response


def accounts_client(base_url: str, connection: Connection) -> Client:
    """A blocking client for the accounts server's operations, which need no signing."""
    return _in_place_of_httpx(base_url, _Client(base_url, own(connection, concurrency=1)))


def api_client(
    base_url: str,
    credentials: Credentials,
    connection: Connection,
    missing_scope: MissingScope,
    *,
    concurrency: int,
    keep_domain: bool,
) -> Client:
    """A client for the generated operations, signing as `credentials` say; blocking.

    base_url: up to and including the version. missing_scope: makes the error for a token that lacks a scope.
    keep_domain: stay at base_url even where the token's answer names another API domain.
    """
    auth = _Auth(credentials, connection, missing_scope, keep_domain)
    return _in_place_of_httpx(base_url, _Client(base_url, own(connection, concurrency), auth))


def async_api_client(
    base_url: str,
    credentials: Credentials,
    connection: Connection,
    missing_scope: MissingScope,
    *,
    concurrency: int,
    keep_domain: bool,
) -> Client:
    """`api_client` for tasks."""
    auth = _Auth(credentials, connection, missing_scope, keep_domain)
    return _in_place_of_httpx(base_url, _AsyncClient(base_url, async_own(connection, concurrency), auth))


def _in_place_of_httpx(base_url: str, client: _Client | _AsyncClient) -> Client:
    api = Client(base_url=base_url)
    if isinstance(client, _Client):
        return api.set_httpx_client(cast("Any", client))
    return api.set_async_httpx_client(cast("Any", client))


def call(
    sync: Callable[P, Parsed[Envelope]],
    aio: Callable[P, Coroutine[Any, Any, Parsed[Envelope]]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> UnsentCall:
    """A generated operation, given to either driver; still to be told what to run right before it leaves."""
    return partial(Call, partial(_answer, sync, *args, **kwargs), partial(_aanswer, aio, *args, **kwargs))


def _answer(operation: Callable[P, Parsed[Envelope]], *args: P.args, **kwargs: P.kwargs) -> Answer:
    try:
        return _from_parsed(operation(*args, **kwargs))
    except _Refused as refused:
        return _unless_scope_is_missing(refused, operation, args)


async def _aanswer(
    operation: Callable[P, Coroutine[Any, Any, Parsed[Envelope]]], *args: P.args, **kwargs: P.kwargs
) -> Answer:
    try:
        return _from_parsed(await operation(*args, **kwargs))
    except _Refused as refused:
        return _unless_scope_is_missing(refused, operation, args)


def _unless_scope_is_missing(
    refused: _Refused, operation: Callable[..., Any], args: tuple[Any, ...]
) -> Answer:
    """The answer; raises what a scope that is missing means: no new token and no other call is the cure."""
    answer = refused.answer
    scope = isinstance(answer.body, dict) and answer.body.get("code") == _SCOPE_REFUSED
    if scope and refused.missing_scope is not None:
        name = operation.__module__.rpartition(".")[2]
        raise refused.missing_scope(name, str(args[0]) if args else "", answer.status)
    return answer


def _from_parsed(response: Parsed[Envelope]) -> Answer:
    parsed = response.parsed
    return Answer(int(response.status_code), None if parsed is None else parsed.to_dict(), response.headers)
