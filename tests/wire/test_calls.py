"""Calls of generated operations on either face: how they are signed, and what each answer is taken for."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from zcrm import AccessToken, Connection
from zcrm.errors import AuthError, ScopeMissing, UsageError
from zcrm.wire.calls import Answer, Lost
from zcrm.wire.credentials import Token
from zcrm.wire.http import Signing, _Base, accounts_client, api_client, async_api_client, call, get
from zcrm.wire.messages import Request
from zcrm_api.api.appointments import get_appointments
from zcrm_api.api.oauth import create_token
from zcrm_api.api.records import update_records
from zcrm_api.models.refresh_token_grant import RefreshTokenGrant
from zcrm_api.models.update_records_body import UpdateRecordsBody

ITEM = {"code": "SUCCESS", "details": {"id": "1"}, "message": "m", "status": "success"}
REFUSED_TOKENS = ["INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE"]
Say = tuple[int, Any]


class Asked:
    """Credentials that give one token after another, and note which ones were rejected."""

    data_center, environment = "us", "production"

    def __init__(self, *tokens: Token) -> None:
        self._tokens = list(tokens)
        self.rejected: list[Token | None] = []

    def fresh(self, rejected: Token | None, connection: Connection) -> Token:
        self.rejected.append(rejected)
        return self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0]

    async def afresh(self, rejected: Token | None, connection: Connection) -> Token:
        return self.fresh(rejected, connection)


def missing(operation: str, module: str, status: int) -> ScopeMissing:
    return ScopeMissing(f"{operation} {module!r}", http_status=status)


class Api:
    """One face of the API at a server that gives these answers, each a status and a body."""

    def __init__(
        self, serve: Any, runner: asyncio.Runner | None, answers: list[Say], credentials: Any
    ) -> None:
        self._answers = answers
        self._runner = runner
        self.server = serve(self._handle)
        self.credentials = credentials
        signing = Signing(credentials, Connection(), missing, keep_domain=True)
        make = api_client if runner is None else async_api_client
        self._client = make(f"{self.server.url}/crm/v8", signing)

    def _handle(self, connected: Any, number: int) -> None:
        while self._answers:
            self.server.read(connected)
            status, body = self._answers.pop(0)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            length = b"" if status in (204, 304) else b"Content-Length: %d\r\n" % len(content)
            connected.sendall(b"HTTP/1.1 %d Said\r\nX-A: b\r\n%s\r\n" % (status, length) + content)

    def _run(self, unsent: Any) -> Answer:
        made = unsent(lambda: None)
        answer: Answer = made.sync() if self._runner is None else self._runner.run(made.aio())
        return answer

    def update(self) -> Answer:
        body = UpdateRecordsBody(data=[{"id": "1"}])  # type: ignore[list-item]
        return self._run(
            call(
                update_records.sync_detailed,
                update_records.asyncio_detailed,
                "Deals",
                client=self._client,
                body=body,
            )
        )

    def appointments(self) -> Answer:
        return self._run(
            call(
                get_appointments.sync_detailed,
                get_appointments.asyncio_detailed,
                client=self._client,
                fields="id",
            )
        )

    def organization(self) -> Answer:
        return self._run(get(self._client, "/org"))

    def close(self) -> None:
        if self._runner is None:
            self._client.get_httpx_client().close()
        else:
            self._runner.run(self._client.get_async_httpx_client().aclose())

    @property
    def tokens(self) -> list[str]:
        lines = [line for head in self.server.requests for line in head.decode().split("\r\n")]
        return [line.partition(": ")[2] for line in lines if line.startswith("Authorization: ")]


@pytest.fixture(params=["sync", "async"])
def api(request: pytest.FixtureRequest, serve: Any) -> Iterator[Callable[..., Api]]:
    made: list[Api] = []
    with asyncio.Runner() as runner:

        def make(*answers: Say, credentials: Any = None) -> Api:
            own = runner if request.param == "async" else None
            made.append(Api(serve, own, list(answers), credentials or AccessToken("token")))
            return made[-1]

        yield make
        for each in made:
            each.close()


@pytest.mark.parametrize("code", REFUSED_TOKENS)
def test_a_token_that_is_not_accepted_is_replaced_once(api: Any, code: str) -> None:
    tokens = Token("first"), Token("second"), Token("third")
    refusal = {"code": code, "message": "no"}
    asked = api((401, refusal), (200, {"data": [ITEM]}), credentials=Asked(*tokens))
    assert asked.update().status == 200
    assert asked.credentials.rejected == [None, tokens[0]]
    assert asked.tokens == ["Zoho-oauthtoken first", "Zoho-oauthtoken second"]
    again = api((401, refusal), (401, refusal), credentials=Asked(*tokens))
    assert again.update().body == refusal
    assert again.tokens == ["Zoho-oauthtoken first", "Zoho-oauthtoken second"]


def test_a_token_that_nothing_replaces_is_sent_once(api: Any) -> None:
    asked = api((401, {"code": "INVALID_TOKEN"}), credentials=Asked(Token("only")))
    assert asked.update() == Answer(401, {"code": "INVALID_TOKEN"}, {"x-a": "b", "content-length": "25"})
    assert asked.tokens == ["Zoho-oauthtoken only"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b"<html>Unauthorized</html>"),
        (401, [{"code": "INVALID_TOKEN"}]),
        (401, {"code": "OTHER"}),
        (401, {"message": "INVALID_TOKEN"}),
        (402, {"code": "INVALID_TOKEN"}),
        (403, {"code": "INVALID_TOKEN"}),
        (400, {"code": "INVALID_TOKEN"}),
        (400, b"<html>Bad Request</html>"),
    ],
    ids=str,
)
def test_no_other_refusal_asks_for_a_new_token(api: Any, status: int, body: Any) -> None:
    asked = api((status, body), credentials=Asked(Token("a"), Token("b")))
    answer = asked.update()
    assert (answer.status, answer.body) == (status, None if isinstance(body, bytes) else body)
    assert asked.credentials.rejected == [None]
    assert asked.tokens == ["Zoho-oauthtoken a"]


def test_a_scope_that_is_missing_is_told_by_operation_and_module(api: Any) -> None:
    refusal = {"code": "OAUTH_SCOPE_MISMATCH", "message": "no"}
    for verb, words in (("update", "update_records 'Deals'"), ("appointments", "get_appointments ''")):
        with pytest.raises(ScopeMissing) as caught:
            getattr(api((401, refusal)), verb)()
        assert (caught.value.message, caught.value.http_status) == (words, 401)
    assert api((401, refusal)).organization().body == refusal


def test_a_client_that_was_closed_sends_nothing(api: Any) -> None:
    asked = api((200, {"data": [ITEM]}))
    asked.close()
    with pytest.raises(UsageError, match=r"^The client was closed$"):
        asked.update()
    assert asked.server.connections == 0


HEADERS = {"x-a": "b"}


def length(body: Any) -> dict[str, str]:
    return {**HEADERS, "content-length": str(len(json.dumps(body)))}


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body(api: Any, status: int) -> None:
    asked = api((status, b""), (status, b""))
    assert asked.update() == Answer(status, None, HEADERS)
    assert asked.organization() == Answer(status, None)


@pytest.mark.parametrize("status", [200, 207, 400, 403, 500, 299, 520])
def test_an_answer_with_an_object(api: Any, status: int) -> None:
    body = {"data": [ITEM, {**ITEM, "details": None}]}
    asked = api((status, body), (status, body))
    assert asked.update() == Answer(status, body, length(body))
    answer = asked.organization()
    assert (answer.status, answer.body, answer.receipts) == (status, body, None)


def test_an_answer_of_receipts_alone_is_read_as_such_under_200_only(api: Any) -> None:
    body = {"data": [ITEM]}
    asked = api((200, body), (207, body), (202, body))
    answer = asked.update()
    assert (answer.status, answer.body, answer.headers) == (200, None, length(body))
    assert [receipt.details.id for receipt in answer.receipts.each] == ["1"]
    for status in (207, 202):
        assert asked.update() == Answer(status, body, length(body))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null"])
def test_a_good_status_with_anything_else_is_a_lost_answer(api: Any, body: bytes) -> None:
    for verb in ("update", "organization"):
        with pytest.raises(Lost, match=r"^HTTP 200 with a body that is no JSON object$"):
            getattr(api((200, body)), verb)()


def test_what_is_asked_for_and_how(api: Any) -> None:
    asked = api((200, {"data": [ITEM]}), (200, {"data": []}), (200, {"org": []}))
    asked.update()
    asked.appointments()
    assert asked.organization() == Answer(200, {"org": []})
    first = [head.decode().partition(" HTTP")[0] for head in asked.server.requests]
    assert first[0] == "PUT /crm/v8/Deals"
    assert first[1].startswith("GET /crm/v8/Appointments__s?")
    assert "fields=id" in first[1]
    assert first[2] == "GET /crm/v8/org"
    assert b"Content-Type: application/json" in asked.server.requests[0]


def test_a_refusal_of_the_accounts_server_is_an_answer(serve: Any, answer: Any) -> None:
    def handle(connected: Any, number: int) -> None:
        server.read(connected)
        connected.sendall(answer(head="HTTP/1.1 400 Bad", body=b'{"code":"OAUTH_SCOPE_MISMATCH"}'))

    server = serve(handle)
    grant = RefreshTokenGrant("refresh_token", "1000.C", "s", "r")
    with accounts_client(server.url, Connection()) as client:
        unsent = call(create_token.sync_detailed, create_token.asyncio_detailed, client=client, body=grant)
        given = unsent(lambda: None).sync()
    assert (given.status, given.body) == (400, {"code": "OAUTH_SCOPE_MISMATCH"})
    (head,) = server.requests
    assert head.startswith(b"POST /oauth/v2/token HTTP/1.1\r\n")
    assert b"Authorization" not in head
    assert b"Content-Length: 73" in head
    with pytest.raises(UsageError, match="closed"):
        unsent(lambda: None).sync()


@pytest.mark.parametrize(
    ("given", "leaves"),
    [
        ({}, Request("GET", "http://a:1", "/x%20y/%20/v8/b", {}, b"")),
        (
            {"params": {"c": "d e", "f": 1}},
            Request("GET", "http://a:1", "/x%20y/%20/v8/b?c=d+e&f=1", {}, b""),
        ),
        ({"json": {}}, Request("GET", "http://a:1", "/x%20y/%20/v8/b", {}, b"{}")),
        ({"json": [], "data": {"a": "b"}}, Request("GET", "http://a:1", "/x%20y/%20/v8/b", {}, b"[]")),
        ({"data": {"a": "b c"}}, Request("GET", "http://a:1", "/x%20y/%20/v8/b", {}, b"a=b+c")),
        ({"headers": {"A": "b"}}, Request("GET", "http://a:1", "/x%20y/%20/v8/b", {"A": "b"}, b"")),
    ],
)
def test_what_operations_ask_for_is_a_request(given: Any, leaves: Request) -> None:
    base: Any = _Base("http://a:1/x y/%20/v8", None)  # type: ignore[type-var]
    assert base._request(method="get", url="/b", **given) == leaves


@pytest.mark.parametrize(
    ("token", "keep_domain", "server"),
    [
        (Token("t"), False, "http://a"),
        (Token("t", "http://b"), False, "http://b"),
        (Token("t", "http://b"), True, "http://a"),
        (Token("t", "http://b", is_known=False), True, "http://a"),
    ],
)
def test_a_request_goes_where_its_token_leads(token: Token, keep_domain: bool, server: str) -> None:
    signing = Signing(AccessToken("t"), Connection(), missing, keep_domain)
    request = Request("GET", "http://a", "/", {"A": "b"})
    assert signing.signed(request, token) is request
    assert request == Request("GET", server, "/", {"A": "b", "Authorization": "Zoho-oauthtoken t"})


def test_nothing_goes_where_nobody_knows_the_server() -> None:
    signing = Signing(AccessToken("t"), Connection(), missing, keep_domain=False)
    request = Request("GET", "http://a", "/")
    with pytest.raises(AuthError) as caught:
        signing.signed(request, Token("t", "http://b", is_known=False))
    assert (
        caught.value.message == "The access token leads to http://b, which is no API server that zcrm knows"
    )
    assert (
        caught.value.fix == "Nothing was sent there. If it is right, name it: api_domain, or ZCRM_API_DOMAIN."
    )
    assert request == Request("GET", "http://a", "/")
