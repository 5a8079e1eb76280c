"""`zcrm records update --share`: whose calls count together, and what becomes of a run without the store."""

import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from zcrm import OAuth
from zcrm.runs.request import Request
from zcrm.shared import RedisGate, Shared, SqliteGate

UPDATE = ("records", "update", "Deals", "deals.csv", "--triggers", "none", "--run-name", "it", "--share")


@pytest.fixture
def zcrm(tmp_path, run_here, sim):
    """Runs `zcrm` in a folder, as one of the hosts at which somebody signs in alike."""
    env = {
        "HOME": str(tmp_path),
        "ZCRM_API_DOMAIN": sim.url,
        "ZCRM_ACCOUNTS_URL": sim.accounts_url,
        "ZCRM_CLIENT_ID": sim.client_id,
        "ZCRM_CLIENT_SECRET": sim.client_secret,
        "ZCRM_REFRESH_TOKEN": sim.refresh_token,
    }
    sim.load("Deals", [{"id": "5545974000000500001"}, {"id": "5545974000000500002"}])

    def run(*words, host="host", **more):
        folder = tmp_path / host
        folder.mkdir(exist_ok=True)
        (folder / "deals.csv").write_text("id,Stage\n5545974000000500001,Won\n5545974000000500002,Won\n")
        return run_here(words, folder, env | {"ZCRM_CONFIG_DIR": str(folder / "config")} | more)

    return run


@pytest.fixture
def key(sim):
    auth = OAuth(
        client_id=sim.client_id,
        client_secret=sim.client_secret,
        refresh_token=sim.refresh_token,
        accounts_url=sim.accounts_url,
    )
    return auth.key


def all_is_back(gate):
    """Wait until what the command took, in this process, is returned."""
    deadline = time.monotonic() + 10
    while gate.look().in_flight:
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_calls_count_with_those_of_all_who_sign_in_alike_on_this_host(zcrm, tmp_path, key, sim):
    done = zcrm(*UPDATE)
    assert done.returncode == 0, done.stderr
    gate = SqliteGate(tmp_path / "host/config/shared" / f"{key}.sqlite")
    all_is_back(gate)
    with gate.enter(1):
        assert gate.look() == Shared(in_flight=1, limit=10, credits_spent=2)
    assert sim.ledger.calls("update_records") == 1


def test_hosts_share_calls_and_tokens_by_a_server(zcrm, tmp_path, key, sim, server, known):
    known(server, org=key)
    for host in ("one", "two"):
        done = zcrm(*UPDATE, host=host, ZCRM_SHARED_URL=server.url)
        assert done.returncode == 0, done.stderr
        assert not (tmp_path / host / "config").exists()
    assert sim.ledger.calls("create_token") == 1
    gate = RedisGate(server.url, org=key)
    all_is_back(gate)
    with gate.enter():
        assert gate.look() == Shared(in_flight=1, limit=10, credits_spent=2)


def test_it_says_what_it_waits_for(zcrm, own_server, known, key):
    known(own_server, org=key)
    own_server.pause()
    going_on = threading.Timer(1.2, own_server.go_on)
    going_on.start()
    done = zcrm(*UPDATE, ZCRM_SHARED_URL=own_server.url)
    going_on.join()
    assert done.returncode == 0, done.stderr
    assert "does not answer, so no call leaves" in done.stderr
    assert "answers again" in done.stderr


def test_a_run_that_loses_the_store_ends_in_5_and_goes_on_later(zcrm, tmp_path, key, sim):
    folder = tmp_path / "host/config/shared"
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / f"{key}.sqlite")) as database:
        database.execute("CREATE TABLE budget (id INTEGER PRIMARY KEY, text TEXT)")
        database.execute("INSERT INTO budget VALUES (1, 'customers')")
        database.commit()
    done = zcrm(*UPDATE)
    assert done.returncode == 5
    assert "makes no sense" in done.stderr
    assert "zcrm runs resume it" in done.stderr
    assert (tmp_path / "host/zcrm-runs/it/unsent.csv").read_text().count("\n") == 3
    assert sim.ledger.requests == []
    (folder / f"{key}.sqlite").unlink()
    assert zcrm("runs", "resume", "it").returncode == 0
    assert SqliteGate(folder / f"{key}.sqlite").look().credits_spent == 1
    assert sim.ledger.calls("update_records") == 1


@pytest.mark.parametrize("more", [{"ZCRM_SHARED_URL": "http://user:s3cret@localhost"}, {}])
def test_what_can_not_be_is_refused_before_anything_is_sent(has_redis, zcrm, tmp_path, sim, more):
    done = zcrm(*UPDATE, *([] if more else ["--simulator"]), **more)
    assert done.returncode == 2
    assert ("redis://" if more else "nobody else uses the simulator") in " ".join(done.stderr.split())
    assert "s3cret" not in done.stderr
    assert not list((tmp_path / "host").glob("zcrm-runs/*/run.json"))
    assert sim.ledger.requests == []


def test_without_the_extra_it_is_named(zcrm, monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    done = zcrm(*UPDATE, ZCRM_SHARED_URL="redis://localhost")
    assert done.returncode == 2
    assert 'pip install "zcrm[redis]"' in done.stderr


def test_the_command_that_sends_another_file_shares_too():
    request = Request(module="Deals", file="deals.csv", triggers=(), share=True)
    assert "--share" in request.command(Path("rejected.csv")).split()
    assert Request.from_json(request.to_json()).share
