"""What the generated operations send by: JSON, access tokens, errors by status; and calls for the drivers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Generic, ParamSpec, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from zcrm_api import Client
from zcrm_api.models.envelope import Envelope
from zcrm_api.types import Response as Parsed

from ..connection import Connection
from ..errors import AuthError
from ..outcomes import Receipts
from ..rows.encoding import encode
from .bodies import decode, receipts
from .calls import NOTHING, Answer, Call, Lost, UnsentCall
from .credentials import Credentials, MissingScope, Token
from .messages import Request, Response
from .transports import AsyncTransport, Transport

P = ParamSpec("P")
T = TypeVar("T", Transport, AsyncTransport)

_SCOPE_REFUSED = "OAUTH_SCOPE_MISMATCH"
_TOKEN_REFUSED = ("INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE")
_PARSED = frozenset(HTTPStatus)


class _Refused(Exception):
    """An error status, or one that the generated parser does not know; it never leaves this module."""

    def __init__(self, answer: Answer, missing_scope: MissingScope | None) -> None:
        self.answer = answer
        self.missing_scope = missing_scope


@dataclass(frozen=True, slots=True)
class Signing:
    """How requests are signed. keep_domain: even where the token's answer named another API domain."""

    credentials: Credentials
    connection: Connection
    missing_scope: MissingScope
    keep_domain: bool

    def fresh(self, rejected: Token | None) -> Token:
        return self.credentials.fresh(rejected, self.connection)

    async def afresh(self, rejected: Token | None) -> Token:
        return await self.credentials.afresh(rejected, self.connection)

    def signed(self, request: Request, token: Token) -> Request:
        """The request with its token; raises AuthError when that leads to a server that nobody knows."""
        if token.api_domain and not self.keep_domain:
            if not token.is_known:
                raise AuthError(
                    f"The access token leads to {token.api_domain}, which is no API server that zcrm knows",
                    fix="Nothing was sent there. If it is right, name it: api_domain, or ZCRM_API_DOMAIN.",
                )
            request.server = token.api_domain
        request.headers["Authorization"] = f"Zoho-oauthtoken {token.value}"
        return request


class _Base(Generic[T]):
    """Stands where generated code looks for an httpx client: operations ask for `request` only.

    base_url: up to and including the version.
    """

    def __init__(self, base_url: str, transport: T) -> None:
        address = urlsplit(base_url)
        self._server = f"{address.scheme}://{address.netloc}"
        self._path = quote(address.path, safe="/%")
        self._transport: T = transport

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
        query = f"?{urlencode(params)}" if params else ""
        content = encode(json) if json is not None else urlencode(data).encode() if data else b""
        target = f"{self._path}{url}{query}"
        return Request(method.upper(), self._server, target, dict(headers or ()), content)


class _Client(_Base[Transport]):
    """signing: for requests that need it; a token that Zoho does not accept is replaced once."""

    def __init__(self, base_url: str, transport: Transport, signing: Signing | None = None) -> None:
        super().__init__(base_url, transport)
        self._signing = signing

    def request(self, **given: Any) -> Response:
        send, request, signing = self._transport.send, self._request(**given), self._signing
        if signing is None:
            return _checked(send(request), None)
        token = signing.fresh(None)
        response = send(signing.signed(request, token))
        if _token_refused(response) and (renewed := signing.fresh(token)) != token:
            response = send(signing.signed(request, renewed))
        return _checked(response, signing)

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self.close()


class _AsyncClient(_Base[AsyncTransport]):
    """A token that Zoho does not accept is replaced once."""

    def __init__(self, base_url: str, transport: AsyncTransport, signing: Signing) -> None:
        super().__init__(base_url, transport)
        self._signing = signing

    async def request(self, **given: Any) -> Response:
        send, request, signing = self._transport.send, self._request(**given), self._signing
        token = await signing.afresh(None)
        response = await send(signing.signed(request, token))
        if _token_refused(response) and (renewed := await signing.afresh(token)) != token:
            response = await send(signing.signed(request, renewed))
        return _checked(response, signing)

    async def aclose(self) -> None:
        await self._transport.close()


def _token_refused(response: Response) -> bool:
    if response.status_code != 401:
        return False
    body = decode(response.content)
    return isinstance(body, dict) and body.get("code") in _TOKEN_REFUSED


def _checked(response: Response, signing: Signing | None) -> Response:
    """Let only what the generated parser can read pass: an object of JSON, or nothing."""
    if response.status_code in NOTHING:
        return response
    if response.status_code == 200 and (found := receipts(response.content)):
        response.body = {"data": found}
        return response
    response.body = decode(response.content)
    if response.status_code >= 400 or response.status_code not in _PARSED:
        answer = Answer(response.status_code, response.body, response.headers)
        raise _Refused(answer, signing.missing_scope if signing else None)
    if not isinstance(response.body, dict):
        raise Lost(f"HTTP {response.status_code} with a body that is no JSON object")
    return response


def accounts_client(base_url: str, connection: Connection) -> Client:
    """A blocking client for the accounts server's operations, which need no signing."""
    client: Any = _Client(base_url, Transport(connection, base_url))
    return Client(base_url=base_url).set_httpx_client(client)


def api_client(base_url: str, signing: Signing) -> Client:
    """A client for the generated operations; blocking. base_url: up to and including the version."""
    client: Any = _Client(base_url, Transport(signing.connection, base_url), signing)
    return Client(base_url=base_url).set_httpx_client(client)


def async_api_client(base_url: str, signing: Signing) -> Client:
    """`api_client` for tasks."""
    client: Any = _AsyncClient(base_url, AsyncTransport(signing.connection, base_url), signing)
    return Client(base_url=base_url).set_async_httpx_client(client)


def ask(client: Client, url: str) -> Answer:
    """The answer to a GET that the document lacks; raises NotSent, Lost, or what signing in raises."""
    try:
        response: Any = client.get_httpx_client().request(method="get", url=url)
    except _Refused as refused:
        return refused.answer
    return Answer(response.status_code, response.body)


async def aask(client: Client, url: str) -> Answer:
    """`ask` for tasks."""
    try:
        response: Any = await client.get_async_httpx_client().request(method="get", url=url)
    except _Refused as refused:
        return refused.answer
    return Answer(response.status_code, response.body)


def get(client: Client, url: str) -> UnsentCall:
    """A GET that the document lacks, given to either driver."""
    return partial(Call, partial(ask, client, url), partial(aask, client, url))


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
    status = int(response.status_code)
    if response.parsed is None:
        return Answer(status, None, response.headers)
    if isinstance(response.parsed.data, Receipts):
        return Answer(status, None, response.headers, response.parsed.data)
    return Answer(status, response.parsed.to_dict(), response.headers)
