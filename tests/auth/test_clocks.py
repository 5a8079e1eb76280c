"""Clocks that jump cost a token at the most, and never a dead one."""

import pytest

from zcrm import Connection
from zcrm.auth.stores import FileStore
from zcrm.errors import LimitReached

CONNECTION = Connection()
HOUR = 3600.0
DAY = 24 * HOUR


@pytest.fixture
def process(oauth, accounts, clock, tmp_path):
    """Each call stands for a process of its own, with the same store and clock."""
    accounts.say(*({"access_token": f"1000.{n}"} for n in range(40)))
    return lambda: oauth(accounts_url=accounts.url, store=FileStore(tmp_path), **clock.options)


def value(auth, rejected=None):
    return auth.fresh(rejected, CONNECTION).value


def test_a_token_is_shared_until_five_minutes_before_its_end(process, clock):
    assert value(process()) == "1000.0"
    clock.pass_by(3_299)
    assert value(process()) == "1000.0"
    clock.pass_by(1)
    assert value(process()) == "1000.1"


def test_a_process_that_goes_on_does_not_mind_a_jump(process, clock):
    auth = process()
    assert value(auth) == "1000.0"
    for jump in (-DAY, 2 * DAY, -HOUR):
        clock.wall += jump
        assert value(auth) == "1000.0"
    clock.monotonic += 3_300
    assert value(auth) == "1000.1"


def test_a_life_that_ends_too_far_ahead_is_not_believed(process, clock):
    assert value(process()) == "1000.0"
    clock.wall -= DAY
    assert value(process()) == "1000.1"
    assert value(process()) == "1000.1"


def test_clocks_of_two_hosts_may_differ_a_little(process, clock):
    assert value(process()) == "1000.0"
    clock.wall -= 60
    assert value(process()) == "1000.0"


def test_a_jump_ahead_costs_one_token(process, clock):
    assert value(process()) == "1000.0"
    clock.wall += DAY
    assert value(process()) == "1000.1"
    assert value(process()) == "1000.1"


def test_what_memory_knows_to_be_old_the_store_can_not_make_young(process, clock):
    auth = process()
    assert value(auth) == "1000.0"
    clock.monotonic += 2 * HOUR
    clock.wall += 10
    assert value(auth) == "1000.1"


def test_calls_and_pauses_of_a_time_to_come_are_not_believed(process, accounts, clock):
    auth = process()
    token = None
    for _ in range(10):
        token = auth.fresh(token, CONNECTION)
    with pytest.raises(LimitReached):
        auth.fresh(token, CONNECTION)
    clock.wall -= DAY
    assert auth.status().recent_tokens == 0
    assert value(auth, token) == "1000.10"

    accounts.say({"status": "failure"}, {"access_token": "1000.x"})
    with pytest.raises(LimitReached):
        auth.fresh(auth.fresh(None, CONNECTION), CONNECTION)
    clock.wall -= DAY
    assert auth.status().wait == 0
    assert value(process()) == "1000.x"
