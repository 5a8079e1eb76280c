"""What stands on the wire's own values: words for trouble, addresses, and nothing secret in a log."""

import os
import socket
import ssl
import warnings

import httpcore
import pytest

from zcrm.errors import UsageError
from zcrm.outcomes import Receipts
from zcrm.wire import forks
from zcrm.wire.addresses import at, parsed, server
from zcrm.wire.calls import Answer, Call, check_loop
from zcrm.wire.credentials import Token
from zcrm.wire.messages import Request, Response
from zcrm.wire.network import Network
from zcrm.wire.trouble import describe

WEB = ("http", "https")


@pytest.mark.parametrize(
    "address",
    [
        "ftp://a",
        "a.example",
        "http://",
        "http://.",
        "http://..",
        "http://a:0",
        "http://a:65536",
        "http://a%20b",
        "http://[::1",
        "http://a:b",
    ],
)
def test_where_no_server_can_be_is_refused(address):
    assert parsed(address, WEB) is None
    with pytest.raises(UsageError) as caught:
        server(address)
    assert caught.value.message == f"{address!r} is no http or https address"


@pytest.mark.parametrize(
    ("address", "port"), [("http://a", None), ("https://a:1", 1), ("http://a:65535", 65535)]
)
def test_where_one_can_be_is_taken_as_it_is(address, port):
    url = parsed(address, WEB)
    assert url is not None
    assert (url.host, url.port) == ("a", port)
    assert server(address) == url
    assert bytes(at(url)) == address.encode() + b"/"
    assert at(url, "/b?c=1").target == b"/b?c=1"


def raised(error, cause=None, context=None):
    error.__cause__, error.__context__ = cause, context
    return error


GAI = socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "the call took too long (TimeoutError)"),
        (
            raised(TimeoutError(), httpcore.ReadTimeout("x"), httpcore.ReadTimeout("x")),
            "the call took too long (TimeoutError)",
        ),
        (httpcore.ReadTimeout(""), "no answer in time (ReadTimeout)"),
        (httpcore.ReadTimeout("timed out"), "no answer in time: timed out (ReadTimeout)"),
        (raised(httpcore.ConnectError("x"), GAI), f"no such host is known: {GAI} (ConnectError)"),
        (raised(httpcore.ConnectError("x"), None, GAI), f"no such host is known: {GAI} (ConnectError)"),
        (
            raised(httpcore.ConnectError("x"), ExceptionGroup("several", [GAI, OSError("y")])),
            f"no such host is known: {GAI} (ConnectError)",
        ),
        (
            raised(httpcore.ConnectError("x"), ssl.SSLCertVerificationError("bad")),
            "its certificate is not trusted: ('bad',) (ConnectError)",
        ),
        (httpcore.RemoteProtocolError("odd"), "odd (RemoteProtocolError)"),
    ],
    ids=str,
)
def test_what_kept_a_call_from_its_answer_is_said(error, words):
    assert describe(error, "a.example") == f"a.example: {words}"


def test_nothing_that_is_carried_is_shown():
    assert repr(Token("secret")) == "Token(api_domain=None, is_known=True, made=0.0)"
    request = Request("PUT", "http://a", "/b", {"Authorization": "secret"}, b"secret")
    assert repr(request) == "Request(method='PUT', server='http://a', target='/b')"
    assert repr(Response(200, {"a": "secret"}, b"secret", "secret")) == "Response(status_code=200)"
    assert "secret" not in repr(Answer(200, "secret"))
    assert (Request("GET", "s", "/").headers, Request("GET", "s", "/").content) == ({}, b"")
    assert Response(200, {}, b"x", {"a": 1}).json() == {"a": 1}


def test_an_answer_of_receipts_has_a_body_when_it_is_asked_for():
    items = [{"code": "SUCCESS"}]
    answer = Answer(200, None, {"a": "b"}, Receipts([], lambda: items))
    assert answer.plain() == Answer(200, {"data": items}, {"a": "b"})
    bare = Answer(204)
    assert bare.plain() is bare
    assert (bare.body, bare.headers, bare.receipts) == (None, {}, None)


def test_a_call_knows_when_it_was_made_and_how_long_it_took():
    call = Call(Answer, Answer)
    assert (call.price, call.started, call.seconds, call.starting()) == (0, None, 0.0, None)
    with pytest.raises(ValueError, match="x"), call.timed():
        raise ValueError("x")
    assert call.started is not None
    assert 1.7e9 < call.started < 1e10
    assert 0 < call.seconds < 60


def test_no_loop_of_asyncio_is_an_error_that_says_what_to_do():
    with pytest.raises(UsageError) as caught:
        check_loop()
    assert caught.value.message == "AsyncZohoCRM runs in event loops of asyncio, and there is none here"
    assert caught.value.fix == "Under trio use ZohoCRM in threads: trio.to_thread.run_sync."


class Thing:
    renewed = 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_child_renews_before_anything_else():
    thing, other = Thing(), Thing()
    for each in (thing, other):
        forks.renew_in_child(each, lambda each: setattr(each, "renewed", each.renewed + 1))
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        child = os.fork()
    if child == 0:
        os._exit(10 * thing.renewed + other.renewed)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 11
    assert (thing.renewed, other.renewed) == (0, 0)


@pytest.mark.parametrize(
    ("took", "kind"), [(9.9, httpcore.ReadTimeout), (10.0, TimeoutError), (10.1, TimeoutError)]
)
def test_a_step_that_times_out_ends_the_call_only_where_that_is_over(took, kind):
    now = [100.0]

    def late(timeout):
        assert timeout == 10.0
        now[0] += took
        raise httpcore.ReadTimeout("late")

    network = Network(lambda: now[0])
    network.begin(10.0)
    with pytest.raises(kind):
        network.step(None, late)
    network.abandon()


@pytest.mark.parametrize(("asked", "told"), [(None, 4.0), (3.0, 3.0), (9.0, 4.0)])
def test_a_step_is_told_the_time_that_is_left_to_it(asked, told):
    now = [100.0]
    network = Network(lambda: now[0])
    network.begin(10.0)
    now[0] += 6
    assert network.step(asked, lambda timeout: timeout) == told
    for over in (4.0, 1.0):
        now[0] += over
        with pytest.raises(TimeoutError):
            network.step(asked, lambda timeout: timeout)
    now[0] -= 1.5
    assert network.step(asked, lambda timeout: timeout) == 0.5
