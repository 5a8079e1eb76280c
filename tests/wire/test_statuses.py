"""A status that Python has no name for is an answer like any other."""

import http

import pytest

from zcrm import OAuth
from zcrm.auth.stores import MemoryStore
from zcrm.errors import AnswerLost, AuthError, ConnectionFailed, ZohoError

BODIES = {
    "html": b"<html>?</html>",
    "nothing": b"",
    "list": b"[]",
    "flat": b'{"code":"NO_PERMISSION","details":{},"message":"no","status":"error"}',
    "rows": b'{"data":[{"code":"SUCCESS","details":{"id":"1"},"message":"m","status":"success"}]}',
    "odd": b'{"data":null,"code":7}',
}


def test_python_has_no_name_for_them():
    assert {209, 299, 419, 460, 520, 599, 600, 799, 999}.isdisjoint(http.HTTPStatus)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    "status", [200, 201, 207, 209, 299, 302, 399, 400, 419, 451, 460, 500, 520, 599, 600, 799, 999]
)
def test_nothing_but_our_own_errors_comes_of_it(serve, update, answer, status, body):
    def handle(connected, number):
        while True:
            server.read(connected)
            connected.sendall(answer(head=f"HTTP/1.1 {status} Odd", body=BODIES[body]))

    server = serve(handle)
    if body == "rows" and status in (200, 207, 209, 299):
        assert update(server.url)[0].ok
        return
    with pytest.raises(ZohoError) as caught:
        update(server.url)
    if status in (209, 299, 520, 599) and body != "flat":
        assert isinstance(caught.value, AnswerLost)


@pytest.mark.parametrize("body", [BODIES["html"], b'{"error":"invalid_code"}', b'{"access_token":"1000.a"}'])
@pytest.mark.parametrize("status", [209, 299, 302, 419, 520, 599, 999])
def test_nor_of_the_accounts_servers(serve, answer, status, body):
    def handle(connected, number):
        server.read(connected)
        connected.sendall(answer(head=f"HTTP/1.1 {status} Odd", body=body))

    server = serve(handle)
    auth = OAuth(
        client_id="1000.C",
        client_secret="s",
        refresh_token="r",
        accounts_url=server.url,
        store=MemoryStore(),
    )
    if b"access_token" in body and status in (209, 299, 419):
        auth.sign_in()
        return
    with pytest.raises((AuthError, ConnectionFailed)):
        auth.sign_in()
