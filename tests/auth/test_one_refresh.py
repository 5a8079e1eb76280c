"""An expired token costs one call to the accounts server, whoever needs it at the same time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from zcrm import AccessToken, AsyncZohoCRM, Connection, ZohoCRM
from zcrm.auth.stores import FileStore, MemoryStore
from zcrm.auth.turns import Turns
from zcrm.errors import AuthError, ConnectionFailed
from zcrm.retry import NO_RETRY
from zcrm.wire.credentials import Token

CONNECTION = Connection()


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    return MemoryStore() if request.param == "memory" else FileStore(tmp_path / "tokens")


@pytest.fixture(params=["known here", "known to the server alone"])
def expire(request, sim, clock):
    """Lets the access token expire: as the clock shows, or so that only a 401 tells."""
    return (lambda: clock.pass_by(3_400)) if request.param == "known here" else sim.expire_tokens


def in_threads(count, work):
    barrier = Barrier(count)

    def run(number):
        barrier.wait(10)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_32_threads(sim, oauth, clock, deals, store, expire, token_calls):
    ids = deals(32)
    auth = oauth(store=store, **clock.options)
    with ZohoCRM(auth=auth, api_domain=sim.url, concurrency=20) as crm:

        def update(number):
            return crm.records.update_one("Deals", ids[number], {"Stage": "Won"}).ok

        assert in_threads(32, update) == [True] * 32
        assert token_calls() == 1
        expire()
        assert in_threads(32, update) == [True] * 32
    assert token_calls() == 2


def test_200_tasks(sim, oauth, clock, deals, store, expire, token_calls):
    ids = deals(200)

    async def main():
        auth = oauth(store=store, **clock.options)
        async with AsyncZohoCRM(auth=auth, api_domain=sim.url, concurrency=20) as crm:
            for calls in (1, 2):
                done = await asyncio.gather(
                    *(crm.records.update_one("Deals", record_id, {"Stage": "Won"}) for record_id in ids)
                )
                assert [outcome.ok for outcome in done] == [True] * 200
                assert token_calls() == calls
                expire()

    asyncio.run(main())


def test_threads_and_tasks_of_several_event_loops(sim, oauth, clock, deals, store, expire, token_calls):
    ids = deals(16)
    auth = oauth(store=store, **clock.options)

    async def in_tasks():
        async with AsyncZohoCRM(auth=auth, api_domain=sim.url, concurrency=5) as crm:
            await asyncio.gather(
                *(crm.records.update_one("Deals", record_id, {"Stage": "Won"}) for record_id in ids)
            )

    def work(number):
        if number % 2:
            asyncio.run(in_tasks())
        else:
            crm.records.update_one("Deals", ids[number], {"Stage": "Won"})

    with ZohoCRM(auth=auth, api_domain=sim.url, concurrency=5) as crm:
        in_threads(8, work)
        assert token_calls() == 1
        expire()
        in_threads(8, work)
    assert token_calls() == 2
    assert sim.ledger.calls("update_record") >= 2 * (4 * 16 + 4)


PROCESS = """
from zcrm import OAuth, ZohoCRM
from zcrm.auth.stores import FileStore

auth = OAuth(**given["settings"], store=FileStore(given["folder"]))
with ZohoCRM(auth=auth, api_domain=given["url"]) as crm:
    for _ in range(2):
        print("ready", flush=True)
        sys.stdin.readline()
        for record_id in given["ids"]:
            assert crm.records.update_one("Deals", record_id, {"Stage": "Won"}).ok
    print("done", flush=True)
"""


def test_4_processes_that_share_a_store(sim, settings, deals, tmp_path, start_python, token_calls):
    given = {"settings": settings, "folder": str(tmp_path / "tokens"), "url": sim.url, "ids": deals(5)}
    processes = [start_python(PROCESS, **given) for _ in range(4)]

    def everybody():
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()

    everybody()
    everybody()
    assert token_calls() == 1
    sim.expire_tokens()
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert (out, err, process.returncode) == ("done\n", "", 0)
    assert token_calls() == 2


def test_those_who_wait_share_a_refusal(sim, oauth, token_calls):
    auth = oauth(client_secret="other")
    sim.fault("slow", route="create_token", seconds=0.5)

    def fresh(number):
        with pytest.raises(AuthError) as caught:
            auth.fresh(None, CONNECTION)
        return caught.value.code

    assert in_threads(16, fresh) == ["invalid_client_secret"] * 16
    assert token_calls() == 1


def test_those_who_wait_share_a_failure(sim, oauth, deals, token_calls):
    ids = deals(1)
    sim.fault("slow", route="create_token", seconds=0.5)
    sim.fault("bad_gateway", route="create_token")

    async def update(crm):
        with pytest.raises(ConnectionFailed, match="HTTP 502"):
            await crm.records.update_one("Deals", ids[0], {"Stage": "Won"})

    async def main():
        async with AsyncZohoCRM(auth=oauth(), api_domain=sim.url, retry=NO_RETRY, concurrency=20) as crm:
            await asyncio.gather(*(update(crm) for _ in range(20)))

    asyncio.run(main())
    assert token_calls() == 1


def test_a_task_cancelled_in_its_refresh_takes_nobody_along(sim, oauth, token_calls):
    auth = oauth()
    sim.fault("slow", route="create_token", seconds=0.5)

    async def main():
        leader = asyncio.create_task(auth.afresh(None, CONNECTION))
        await asyncio.sleep(0)
        others = [asyncio.create_task(auth.afresh(None, CONNECTION)) for _ in range(3)]
        await asyncio.sleep(0)
        leader.cancel()
        others[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await leader
        with pytest.raises(asyncio.CancelledError):
            await others[0]
        return await asyncio.gather(*others[1:])

    first, second = asyncio.run(main())
    assert first == second
    assert token_calls() == 1


class Source:
    """Gives access tokens of the simulator, and counts how often it was asked."""

    def __init__(self, sim):
        self.sim = sim
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return self.sim.issue_token()

    async def later(self):
        self.asked += 1
        await asyncio.sleep(0.05)
        return self.sim.issue_token()


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_callable_is_asked_once_and_again_when_its_token_is_rejected(sim, deals, kind):
    ids = deals(32)
    source = Source(sim)
    auth = AccessToken(source if kind == "plain" else source.later)

    async def in_tasks():
        async with AsyncZohoCRM(auth=auth, api_domain=sim.url, concurrency=20) as crm:
            await asyncio.gather(
                *(crm.records.update_one("Deals", record_id, {"Stage": "Won"}) for record_id in ids)
            )

    with ZohoCRM(auth=auth, api_domain=sim.url, concurrency=20) as crm:
        in_threads(16, lambda number: crm.records.update_one("Deals", ids[number], {"Stage": "Won"}))
        assert source.asked == 1
        sim.revoke_tokens()
        in_threads(16, lambda number: crm.records.update_one("Deals", ids[number], {"Stage": "Won"}))
        assert source.asked == 2
        sim.revoke_tokens()
        asyncio.run(in_tasks())
    assert source.asked == 3


def test_a_callable_that_has_no_other_token(sim, deals):
    (record_id,) = deals(1)
    asked = []
    auth = AccessToken(lambda: asked.append(1) or "dead")
    with ZohoCRM(auth=auth, api_domain=sim.url) as crm, pytest.raises(AuthError) as caught:
        crm.records.update_one("Deals", record_id, {})
    assert caught.value.code == "INVALID_TOKEN"
    assert len(asked) == 2


@pytest.mark.parametrize("given", ["", "two words", "line\nbreak", "schlüssel", None, 17, b"bytes"])
def test_what_is_no_token_is_refused_unshown(sim, given):
    crm = ZohoCRM(auth=AccessToken(lambda: given), api_domain=sim.url)
    with crm, pytest.raises(ValueError, match="text without blanks") as caught:
        crm.records.update_one("Deals", "1", {})
    assert given is None or given == "" or str(given) not in str(caught.value)
    assert not sim.ledger.requests


def test_a_callable_that_fails(sim):
    def source():
        raise RuntimeError("vault is sealed")

    async def later():
        return source()

    for failing in (source, later):
        with (
            ZohoCRM(auth=AccessToken(failing), api_domain=sim.url) as crm,
            pytest.raises(AuthError, match="raised RuntimeError") as caught,
        ):
            crm.records.update_one("Deals", "1", {})
        assert "vault" not in str(caught.value)


def test_a_turn_interrupted_as_it_begins_keeps_nobody_waiting(monkeypatch):
    turns = Turns()
    begin = turns._join

    def interrupted(*args):
        begin(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(turns, "_join", interrupted)
        with pytest.raises(KeyboardInterrupt):
            turns.take(None, lambda: Token("1000.a"))
    assert turns._turn is None
    assert turns.take(None, lambda: Token("1000.b")) == Token("1000.b")
