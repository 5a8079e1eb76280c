"""A ledger in a folder and one on a server keep the same promises."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from zcrm import SharedStateLost, UsageError
from zcrm.dask import Ledger, RedisLedger, SqliteLedger
from zcrm.dask.entries import Entry
from zcrm.dask.ledgers import Fenced, Page, Withdrawn
from zcrm.outcomes import Tally
from zcrm.runs.spans import Span

from ..shared.conftest import _server, has_redis, server  # noqa: F401

GONE = Entry(1, [Span(0, 99, "flying", again=1)], calls=1, credits=10)
BACK = Entry(1, [Span(0, 99, "updated", "SUCCESS")])
END = Entry.ended(1, Tally(1, 10, 0))


@pytest.fixture(params=["folder", "server"])
def ledger(request, tmp_path):
    if request.param == "folder":
        return SqliteLedger(tmp_path / "ledger")
    return RedisLedger(request.getfixturevalue("server").url, name="january", patience=0.1)


@pytest.fixture
def pages(ledger: Ledger) -> Iterator[Callable[[], object]]:
    """Opens the page of a part, as another worker would each time."""
    with ExitStack() as stack:
        assert stack.enter_context(ledger.driving("plan")) == "plan"
        yield lambda: stack.enter_context(ledger.open(7))


def test_what_was_begun_goes_on(ledger):
    for plan in ("one", "two"):
        with ledger.driving(plan) as kept:
            assert kept == "one"


def test_a_part_that_was_never_offered_can_not_be_claimed(pages):
    assert pages().look() == Page()
    with pytest.raises((Withdrawn, SharedStateLost)):
        pages().claim("now")


def test_who_claims_last_sends(pages):
    pages().offer("now")
    one, other = pages(), pages()
    first = one.claim("now")
    one.leave(first.epoch, "now", GONE)
    second = other.claim("now")
    assert (second.epoch, second.claims, second.entries) == (2, 2, (GONE,))
    with pytest.raises(Fenced):
        one.leave(first.epoch, "now", GONE)
    one.settle(BACK)
    other.leave(second.epoch, "now", GONE)
    assert other.look().entries == (GONE, BACK, GONE)
    with pytest.raises(Fenced):
        one.end(first.epoch, 3, "{}", END, done=True)
    assert not other.look().done


def test_what_is_withdrawn_or_of_another_session_does_not_leave(pages):
    pages().offer("now")
    page = pages()
    claimed = page.claim("now")
    pages().withdraw()
    for session in ("now", "before"):
        with pytest.raises(Withdrawn):
            page.claim(session)
    with pytest.raises(Withdrawn):
        page.leave(claimed.epoch, "now", GONE)
    pages().offer("next")
    with pytest.raises(Withdrawn):
        page.leave(claimed.epoch, "now", GONE)
    assert page.look().entries == ()
    assert pages().claim("next").claims == 1


def test_an_end_counts_only_where_nothing_came_meanwhile(pages):
    page = pages()
    page.offer("now")
    epoch = page.claim("now").epoch
    page.leave(epoch, "now", GONE)
    pages().settle(BACK)
    assert not page.end(epoch, 1, "sums", END, done=False)
    assert page.end(epoch, 2, "sums", END, done=False)
    assert page.look() == Page(1, 1, False, "sums", (GONE, BACK, END))


def test_what_is_done_stays_as_it_is(pages):
    page = pages()
    page.offer("now")
    epoch = page.claim("now").epoch
    page.leave(epoch, "now", GONE)
    assert page.end(epoch, 1, "sums", END, done=True)
    page.settle(BACK)
    assert page.claim("now") == page.claim("another") == page.look() == Page(1, 1, True, "sums")


def test_a_ledger_that_is_gone_lets_nothing_leave(ledger, pages, request, tmp_path):
    page = pages()
    page.offer("now")
    epoch = page.claim("now").epoch
    if isinstance(ledger, SqliteLedger):
        shutil.rmtree(tmp_path / "ledger/parts")
    else:
        request.getfixturevalue("server").forget()
    with pytest.raises(SharedStateLost):
        page.leave(epoch, "now", GONE)
    with pytest.raises(SharedStateLost):
        page.settle(BACK)
    with pytest.raises(SharedStateLost):
        page.claim("now")


@pytest.fixture
def on_server(server):  # noqa: F811
    """A ledger on a server, and a client of that."""
    import redis

    with redis.Redis.from_url(server.url) as client:
        yield RedisLedger(server.url, name="january", patience=0.1), client
        client.config_set("maxmemory-policy", "noeviction")


def test_a_server_that_dropped_a_part_of_a_page_lets_nothing_leave(on_server):
    ledger, client = on_server
    with ledger.driving("plan"), ledger.open(7) as page:
        page.offer("now")
        epoch = page.claim("now").epoch
        page.leave(epoch, "now", GONE)
        page.settle(BACK)
        (entries,) = client.keys("*entries*")
        client.delete(entries)
        asks = [page.look, lambda: page.claim("now"), lambda: page.leave(epoch, "now", GONE)]
        for ask in [*asks, lambda: page.settle(BACK), lambda: page.end(epoch, 0, "{}", END, done=True)]:
            with pytest.raises(SharedStateLost, match="has lost the ledger"):
                ask()


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random"])
def test_a_server_that_drops_keys_is_refused(on_server, policy):
    ledger, client = on_server
    client.config_set("maxmemory-policy", policy)
    with pytest.raises(UsageError, match="forgets what was sent"), ledger.driving("plan"):
        raise AssertionError
    client.config_set("maxmemory-policy", "volatile-lru")
    with ledger.driving("plan") as kept:
        assert kept == "plan"


def test_a_server_that_keeps_nonsense_is_said(on_server):
    ledger, client = on_server
    with ledger.driving("plan"), ledger.open(7) as page:
        page.offer("now")
        (key,) = client.keys("*part*")
        client.hset(key, "summary", b"\xff")
        with pytest.raises(SharedStateLost, match="makes no sense"):
            page.look()
    (key,) = client.keys("*plan*")
    client.set(key, b"\xff")
    with pytest.raises(SharedStateLost, match="makes no sense"), ledger.driving("plan"):
        raise AssertionError


def test_what_makes_no_sense_is_said(pages, monkeypatch):
    page = pages()
    page.offer("now")
    epoch = page.claim("now").epoch
    monkeypatch.setattr(Entry, "text", lambda _: "customers")
    page.leave(epoch, "now", GONE)
    with pytest.raises(SharedStateLost, match="makes no sense"):
        page.look()


FIRST = """
import threading, time
import msgspec._utils
import zcrm.shared.budget, zcrm.dask
from zcrm.dask.entries import Entry

look = msgspec._utils._get_class_mro_and_typevar_mappings

def look_slowly(*given):
    time.sleep(0.02)
    return look(*given)

msgspec._utils._get_class_mro_and_typevar_mappings = look_slowly
gone = '[1,[[0,99,"flying"]]]'
pace, lease = '{"most":1,"limit":1}', '{"number":1,"holder":"","ends":1,"price":1,"cuts":0,"before":0}'
budget = '{"pace":%s,"fence":0,"leases":[%s]}' % (pace, lease)

def read(number):
    time.sleep(number * 0.004)
    Entry.of(gone)
    zcrm.shared.budget.Budget.of(budget)

threads = [threading.Thread(target=read, args=[n]) for n in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_may_read_for_the_first_time_together():
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_is_for_one_process_and_one_host(tmp_path):
    ledger = SqliteLedger(tmp_path / "ledger")
    with ledger.driving("plan"):
        with pytest.raises(UsageError, match="Another process"), ledger.driving("plan"):
            pass
        (tmp_path / "ledger/host").write_text("elsewhere")
        with pytest.raises(UsageError, match="another host"), ledger.open(0):
            pass


def test_a_folder_that_can_not_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(UsageError, match="No ledger can be made"),
        SqliteLedger(tmp_path / "file").driving("p"),
    ):
        pass


def test_nothing_secret_is_shown():
    pytest.importorskip("redis")
    ledger = RedisLedger("redis://:s3cret@127.0.0.1:1", name="january", patience=0)
    assert "s3cret" not in repr(ledger)
    with pytest.raises(SharedStateLost) as caught, ledger.driving("plan"):
        pass
    assert "s3cret" not in str(caught.value)


def test_a_ledger_has_a_name_that_keys_can_have():
    pytest.importorskip("redis")
    with pytest.raises(UsageError, match="no name for a ledger"):
        RedisLedger("redis://127.0.0.1", name="a b")
