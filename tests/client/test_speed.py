"""The fast transport of the extra `speed`: the same answers, and honest about what never left."""

import asyncio
import os
import ssl
import subprocess
import sys

import pytest

from zcrm import AccessToken, AsyncZohoCRM, Connection, ZohoCRM
from zcrm.errors import AnswerLost, ConnectionFailed, UsageError
from zcrm.retry import NO_RETRY, Retry

pytest.importorskip("pyreqwest")

FAST = Connection(fast=True, connect_timeout=2, read_timeout=0.5)


def update_one(url, token, record_id, fields, retry=NO_RETRY):
    with ZohoCRM(auth=AccessToken(token), api_domain=url, connection=FAST, retry=retry) as crm:
        return crm.records.update_one("Deals", record_id, fields)


async def update_one_in_task(url, token, record_id, fields, retry=NO_RETRY):
    async with AsyncZohoCRM(auth=AccessToken(token), api_domain=url, connection=FAST, retry=retry) as crm:
        return await crm.records.update_one("Deals", record_id, fields)


@pytest.fixture(params=["sync", "async"])
def update(request):
    if request.param == "sync":
        return update_one
    return lambda *args, **options: asyncio.run(update_one_in_task(*args, **options))


def test_a_record_is_updated(update, sim, deals):
    (record_id,) = deals(1)
    assert update(sim.url, sim.access_token, record_id, {"Stage": "Won"}).ok
    assert sim.records("Deals")[record_id]["Stage"] == "Won"


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "cut_body", "bad_gateway"])
def test_a_connection_that_breaks_in_use_is_a_lost_answer(update, sim, deals, fault):
    (record_id,) = deals(1)
    sim.fault(fault)
    with pytest.raises(AnswerLost):
        update(sim.url, sim.access_token, record_id, {"Stage": "Won"})


def test_a_read_that_times_out_is_a_lost_answer(update, sim, deals):
    (record_id,) = deals(1)
    sim.fault("slow", seconds=5)
    with pytest.raises(AnswerLost):
        update(sim.url, sim.access_token, record_id, {"Stage": "Won"})


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://nowhere.invalid"])
def test_a_server_that_is_not_there_was_sent_nothing(update, url):
    with pytest.raises(ConnectionFailed):
        update(url, "token", "1", {}, retry=Retry(attempts=2, base=0))


def test_a_proxy_is_used(sim, deals):
    (record_id,) = deals(1)
    connection = Connection(fast=True, proxy="http://127.0.0.1:9")
    auth = AccessToken(sim.access_token)
    with (
        ZohoCRM(auth=auth, api_domain=sim.url, connection=connection, retry=NO_RETRY) as crm,
        pytest.raises(ConnectionFailed),
    ):
        crm.records.update_one("Deals", record_id, {"Stage": "Won"})


def test_a_context_of_ones_own_is_refused():
    connection = Connection(fast=True, verify=ssl.create_default_context())
    with pytest.raises(UsageError, match="takes no SSL context"):
        ZohoCRM(auth=AccessToken("token"), connection=connection)


FORKED = """
import os, sys
from zcrm import AccessToken, Connection, ZohoCRM
crm = ZohoCRM(auth=AccessToken(sys.argv[2]), api_domain=sys.argv[1], connection=Connection(fast=True))
assert crm.records.update_one("Deals", sys.argv[3], {"Stage": "parent"}).ok
child = os.fork()
if not child:
    os._exit(0 if crm.records.update_one("Deals", sys.argv[3], {"Stage": "child"}).ok else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_goes_on_without_it(sim, deals):
    (record_id,) = deals(1)
    command = [sys.executable, "-c", FORKED, sim.url, sim.access_token, record_id]
    assert subprocess.run(command, timeout=60).returncode == 0
    assert sim.records("Deals")[record_id]["Stage"] == "child"
