"""Tokens on a server: one call for all hosts, a lock that fences, and none where the server is away."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from zcrm import AsyncZohoCRM, Connection, LimitReached, OAuth, SharedStateLost, UsageError, ZohoCRM
from zcrm.shared import RedisStore

CONNECTION = Connection()


@pytest.fixture
def settings(sim):
    return {
        "client_id": sim.client_id,
        "client_secret": sim.client_secret,
        "refresh_token": sim.refresh_token,
        "accounts_url": sim.accounts_url,
    }


@pytest.fixture
def host(server, settings):
    """A sign-in as another host has it."""
    return lambda **options: OAuth(**settings, store=RedisStore(server.url), **options)


@pytest.fixture
def token_calls(sim):
    return lambda: sim.ledger.calls("create_token")


def test_one_token_for_threads_and_tasks_of_several_hosts(sim, host, deals, token_calls):
    ids = deals(8)

    async def in_tasks():
        async with AsyncZohoCRM(auth=host(), api_domain=sim.url) as crm:
            await asyncio.gather(
                *(crm.records.update_one("Deals", record, {"Stage": "Won"}) for record in ids)
            )

    def work(number):
        if number % 2:
            asyncio.run(in_tasks())
        else:
            with ZohoCRM(auth=host(), api_domain=sim.url) as crm:
                crm.records.update_one("Deals", ids[number], {"Stage": "Won"})

    for calls in (1, 2):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        assert token_calls() == calls
        sim.expire_tokens()


def test_ten_tokens_in_ten_minutes_are_counted_together(sim, host, token_calls):
    for _ in range(10):
        host().sign_in(anew=True)
    with pytest.raises(LimitReached, match="ten are made"):
        host().sign_in(anew=True)
    assert token_calls() == 10


def test_a_lock_keeps_others_away_and_ends_with_its_holder(server, start_python):
    script = """
import sys, time
from zcrm.shared import RedisStore
lock = RedisStore(sys.argv[1], call_timeout=0.5, margin=0.5).lock("k")
lock.__enter__()
print("held", flush=True)
time.sleep(60)
"""
    process = start_python(script, server.url)
    assert process.stdout.readline() == "held\n"
    began = time.monotonic()
    process.kill()
    with RedisStore(server.url).lock("k"):
        assert time.monotonic() - began > 0.3


def test_two_threads_of_one_store_lock_each_other_out(server):
    store, inside, most = RedisStore(server.url), [0], [0]

    def work(_):
        with store.lock("k"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            store.save("k", "text")
            time.sleep(0.005)
            inside[0] -= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert (most, store.load("k")) == ([1], "text")


def test_who_held_the_lock_too_long_saves_nothing_any_more(server):
    slow, other = RedisStore(server.url, call_timeout=0.05, margin=0.05), RedisStore(server.url)
    with slow.lock("k"):
        threading.Event().wait(0.15)
        with other.lock("k"):
            other.save("k", "newer")
            with pytest.raises(SharedStateLost, match="lock"):
                slow.save("k", "older")
            with pytest.raises(SharedStateLost, match="lock"):
                slow.delete("k")
    assert other.load("k") == "newer"
    with other.lock("k"):
        other.delete("k")
    assert other.load("k") is None


def test_where_the_server_is_away_no_token_is_asked_for(own_server, settings, sim, deals, token_calls):
    (record,) = deals(1)
    auth = OAuth(**settings, store=RedisStore(own_server.url, patience=0.1))
    own_server.stop()
    with ZohoCRM(auth=auth, api_domain=sim.url) as crm:
        rows = [{"id": record, "Stage": "Won"}]
        with pytest.raises(SharedStateLost, match="tokens") as caught:
            crm.records.update_all("Deals", rows)
        assert (caught.value.summary.states["unsent"], caught.value.summary.credits) == (1, 0)
        own_server.start()
        assert crm.records.update_all("Deals", rows).states["updated"] == 1
    assert token_calls() == 1


def test_nothing_secret_is_shown(has_redis):
    store = RedisStore("redis://:s3cret@127.0.0.1:1", patience=0)
    assert "s3cret" not in repr(store)
    with pytest.raises(SharedStateLost) as caught:
        store.load("k")
    assert "s3cret" not in str(caught.value)
    with pytest.raises(UsageError) as caught:
        RedisStore("http://:s3cret@localhost")
    assert "s3cret" not in str(caught.value)


class Time:
    """Stands for the module: who sleeps moves its clock, and waits for nothing."""

    def __init__(self):
        self.now = 1_000.0
        self.slept = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time_of_store(monkeypatch):
    fake = Time()
    for module in ("tokens", "clients"):
        monkeypatch.setattr(f"zcrm.shared.{module}.time", fake)
    return fake


def test_what_a_server_keeps_and_for_how_long(server):
    import redis

    store = RedisStore(server.url, call_timeout=100.0, margin=30.0)
    with redis.Redis.from_url(server.url) as client:
        with store.lock("k"):
            assert 129_000 < client.pttl("zcrm:{k}:lock") <= 130_000
            assert store.load("k") is None
            store.save("k", "ä")
            assert (store.load("k"), client.get("zcrm:{k}:sign-in").decode()) == ("ä", "ä")
        assert client.keys("*lock") == []
        with store.lock("k"):
            store.delete("k")
        assert client.keys("*") == []
    assert repr(store) == "RedisStore()"


def test_one_who_waits_for_a_lock_asks_often_and_not_for_ever(server, time_of_store):
    holder, other = RedisStore(server.url), RedisStore(server.url, call_timeout=1.0, margin=0.5)
    with holder.lock("k"):
        holder.save("k", "text")
        with pytest.raises(SharedStateLost) as caught, other.lock("k"):
            pass
        assert caught.value.message == "Another process has held the lock of a sign-in for 1.5 s"
        assert 0 < min(time_of_store.slept) <= max(time_of_store.slept) <= 0.05
        assert 1.5 < sum(time_of_store.slept) <= 1.55
        holder.save("k", "more")
    assert other.load("k") == "more"


def test_one_whose_lock_ended_is_told_whole(server):
    import redis

    store = RedisStore(server.url)
    with store.lock("k"):
        with redis.Redis.from_url(server.url) as client:
            client.delete("zcrm:{k}:lock")
        with pytest.raises(SharedStateLost) as caught:
            store.save("k", "text")
    assert caught.value.message == ("The lock of a sign-in ended while it was held: what was got is not kept")
    assert store.load("k") is None


@pytest.mark.parametrize(("patience", "of_lock"), [(30.0, 35.0), (1.0, 2.0)])
def test_a_server_that_is_away_is_borne_for_as_long_as_that_is_said(
    has_redis, time_of_store, patience, of_lock
):
    store = RedisStore("redis://127.0.0.1:9", patience=patience)
    with pytest.raises(SharedStateLost) as caught:
        store.load("k")
    assert caught.value.message.startswith("The server of the shared tokens has been out of reach: Error ")
    assert caught.value.fix == "Start it, then go on."
    assert 0.05 <= min(time_of_store.slept) < max(time_of_store.slept) <= 0.1
    assert patience < sum(time_of_store.slept) <= patience + 0.1
    time_of_store.slept.clear()
    with pytest.raises(SharedStateLost), store.lock("k"):
        pass
    assert of_lock < sum(time_of_store.slept) <= of_lock + 0.2
