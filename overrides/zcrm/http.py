"""The only room that knows httpx: JSON, errors by status, access tokens, and calls for the drivers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from decimal import Decimal
from functools import cache, partial
from typing import Any, ParamSpec

import httpx
import orjson

from zcrm_api import Client
from zcrm_api.models.envelope import Envelope
from zcrm_api.types import Response

from . import speed
from .auth.scopes import ACCEPTED, REFUSED, missing
from .auth.tokens import Credentials, Token
from .connection import Connection
from .flows.asking import NOTHING
from .flows.effects import Answer, Call, Lost, NotSent
from .forks import renew_in_child
from .rows import BadValue

P = ParamSpec("P")
UnsentCall = Callable[[Callable[[], None]], Call]

_TOKEN_REFUSED = ("INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE")
_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


_inherited: list[dict[str, Any]] = []
"""In a forked child, its parent's connections: not used, nor closed, for that may wait on a lock for ever."""


_Options = Callable[[], dict[str, Any]]


def _options(connection: Connection, concurrency: int, **fixed: Any) -> _Options:
    """What gives the options of an httpx client; its child gets the certificates that were loaded for it."""
    certificates = cache(partial(httpx.create_ssl_context, verify=connection.verify))
    return lambda: (
        fixed
        | {
            "timeout": httpx.Timeout(connection.read_timeout, connect=connection.connect_timeout, pool=None),
            "proxy": connection.proxy,
            "verify": certificates(),
            "limits": httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        }
    )


def _fast_options(transport: Callable[[], Any], **fixed: Any) -> dict[str, Any]:
    return fixed | {"transport": transport(), "timeout": None}


class _Refused(Exception):
    """An error status; it never leaves this module."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} can't be sent as JSON")


def encode_row(row: Mapping[str, Any]) -> tuple[Any, int]:
    """The row as JSON, to stand in a body as it is, and its length in bytes; raises BadValue."""
    try:
        encoded = orjson.dumps(row, default=_number)
    except orjson.JSONEncodeError as error:
        raise BadValue(f"The row can't be written as JSON: {error}") from None
    return orjson.Fragment(encoded), len(encoded)


def _encode(json: Any, options: dict[str, Any]) -> dict[str, Any]:
    return options if json is None else options | {"content": orjson.dumps(json, default=_number)}


def _decode(response: httpx.Response) -> Any:
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None


def _check(response: httpx.Response) -> httpx.Response:
    """Let only what the generated parser can read pass: an object of JSON, or nothing."""
    if response.status_code in NOTHING:
        return response
    body = _decode(response)
    if response.status_code >= 400:
        raise _Refused(Answer(response.status_code, body, response.headers))
    if not isinstance(body, dict):
        raise Lost(f"HTTP {response.status_code} with a body that is no JSON object")
    response.json = lambda **_: body  # type: ignore[method-assign]
    return response


class _Client(httpx.Client):
    def __init__(self, options: _Options, in_child: _Options) -> None:
        super().__init__(**options())
        self._in_child = in_child
        renew_in_child(self, _Client._reopen)

    def _reopen(self) -> None:
        if not self.is_closed:
            _inherited.append(vars(self).copy())
            super().__init__(**self._in_child())

    def build_request(self, *args: Any, json: Any = None, **options: Any) -> httpx.Request:
        return super().build_request(*args, **_encode(json, options))

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        return _check(super().send(request, **options))


class _AsyncClient(httpx.AsyncClient):
    def __init__(self, options: _Options, in_child: _Options) -> None:
        super().__init__(**options())
        self._in_child = in_child
        renew_in_child(self, _AsyncClient._reopen)

    def _reopen(self) -> None:
        if not self.is_closed:
            _inherited.append(vars(self).copy())
            super().__init__(**self._in_child())

    def build_request(self, *args: Any, json: Any = None, **options: Any) -> httpx.Request:
        return super().build_request(*args, **_encode(json, options))

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        return _check(await super().send(request, **options))


class _TokenAuth(httpx.Auth):
    """Signs requests; a token that Zoho does not accept is replaced once."""

    def __init__(self, credentials: Credentials, connection: Connection, keep_domain: bool) -> None:
        self._credentials = credentials
        self._connection = connection
        self._keep_domain = keep_domain

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._credentials.fresh(None, self._connection)
        response = yield self._sign(request, token)
        response.read()
        if _token_refused(response):
            renewed = self._credentials.fresh(token, self._connection)
            if renewed != token:
                yield self._sign(request, renewed)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        token = await self._credentials.afresh(None, self._connection)
        response = yield self._sign(request, token)
        await response.aread()
        if _token_refused(response):
            renewed = await self._credentials.afresh(token, self._connection)
            if renewed != token:
                yield self._sign(request, renewed)

    def _sign(self, request: httpx.Request, token: Token) -> httpx.Request:
        request.headers["Authorization"] = f"Zoho-oauthtoken {token.value}"
        if token.api_domain and not self._keep_domain:
            request.url = httpx.URL(token.api_domain).join(request.url.raw_path.decode("ascii"))
            request.headers["Host"] = request.url.netloc.decode("ascii")
        return request


def _token_refused(response: httpx.Response) -> bool:
    if response.status_code != 401:
        return False
    body = _decode(response)
    return isinstance(body, dict) and body.get("code") in _TOKEN_REFUSED


def accounts_client(base_url: str, connection: Connection) -> Client:
    """A blocking client for the accounts server's operations, which need no signing."""
    options = _options(connection, 1, base_url=base_url)
    return Client(base_url=base_url).set_httpx_client(_Client(options, options))


def api_client(
    base_url: str, credentials: Credentials, connection: Connection, *, concurrency: int, keep_domain: bool
) -> Client:
    """A client for the generated operations, signing as `credentials` say; blocking.

    base_url: up to and including the version. keep_domain: stay at base_url even where the token's answer
    names another API domain.
    """
    auth = _TokenAuth(credentials, connection, keep_domain)
    fixed = {"base_url": base_url, "auth": auth}
    own = options = _options(connection, concurrency, **fixed)
    if connection.fast:
        options = partial(_fast_options, partial(speed.transport, connection, concurrency), **fixed)
    return Client(base_url=base_url).set_httpx_client(_Client(options, in_child=own))


def async_api_client(
    base_url: str, credentials: Credentials, connection: Connection, *, concurrency: int, keep_domain: bool
) -> Client:
    """`api_client` for tasks."""
    auth = _TokenAuth(credentials, connection, keep_domain)
    fixed = {"base_url": base_url, "auth": auth}
    own = options = _options(connection, concurrency, **fixed)
    if connection.fast:
        options = partial(_fast_options, partial(speed.async_transport, connection, concurrency), **fixed)
    return Client(base_url=base_url).set_async_httpx_client(_AsyncClient(options, in_child=own))


def call(
    sync: Callable[P, Response[Envelope]],
    aio: Callable[P, Coroutine[Any, Any, Response[Envelope]]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> UnsentCall:
    """A generated operation, given to either driver; still to be told what to run right before it leaves."""
    return partial(Call, partial(_answer, sync, *args, **kwargs), partial(_aanswer, aio, *args, **kwargs))


def _answer(operation: Callable[P, Response[Envelope]], *args: P.args, **kwargs: P.kwargs) -> Answer:
    try:
        return _from_response(operation(*args, **kwargs))
    except _Refused as refused:
        return _unless_scope_is_missing(refused.answer, operation, args)
    except _NEVER_LEFT as error:
        raise NotSent(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise Lost(type(error).__name__) from error


async def _aanswer(
    operation: Callable[P, Coroutine[Any, Any, Response[Envelope]]], *args: P.args, **kwargs: P.kwargs
) -> Answer:
    try:
        return _from_response(await operation(*args, **kwargs))
    except _Refused as refused:
        return _unless_scope_is_missing(refused.answer, operation, args)
    except _NEVER_LEFT as error:
        raise NotSent(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise Lost(type(error).__name__) from error


def _unless_scope_is_missing(answer: Answer, operation: Callable[..., Any], args: tuple[Any, ...]) -> Answer:
    """The answer; raises ScopeMissing, for which neither a new token nor another call is the cure."""
    name = operation.__module__.rpartition(".")[2]
    if isinstance(answer.body, dict) and answer.body.get("code") == REFUSED and name in ACCEPTED:
        raise missing(name, str(args[0]) if args else "", answer.status)
    return answer


def _from_response(response: Response[Envelope]) -> Answer:
    parsed = response.parsed
    return Answer(int(response.status_code), None if parsed is None else parsed.to_dict(), response.headers)
