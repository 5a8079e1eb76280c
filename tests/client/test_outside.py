"""What comes from outside while a row is looked at is never the row's fault."""

import signal
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from decimal import Decimal

import pytest

from zcrm.rows.admission import Admission
from zcrm.rows.encoding import encode_row
from zcrm.rows.options import settings


class TimeLimit(Exception):
    pass


def raise_limit(number, frame):
    raise TimeLimit


@contextmanager
def handled_by(handler):
    before = signal.signal(signal.SIGALRM, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)


def strike():
    signal.raise_signal(signal.SIGALRM)


class Struck(Mapping):
    """A row in whose methods a signal strikes, or that fails by itself."""

    def __init__(self, do, where):
        self._do = do
        self._where = where

    def _at(self, place):
        if place == self._where:
            self._do()

    def __getitem__(self, key):
        self._at("getitem")
        return {"id": "1", "Stage": "Won"}[key]

    def __iter__(self):
        self._at("iter")
        return iter(["id", "Stage"])

    def __len__(self):
        return 2


class Items(Sequence):
    def __init__(self, do):
        self._do = do

    def __getitem__(self, index):
        self._do()

    def __len__(self):
        return 1


class Zone(tzinfo):
    def __init__(self, do):
        self._do = do

    def utcoffset(self, when):
        self._do()


class Amount(Decimal):
    def __new__(cls, do):
        amount = super().__new__(cls, "1.5")
        amount.do = do
        return amount

    def __format__(self, spec):
        self.do()
        return "1.5"


ROWS = {
    "its items": lambda do: Struck(do, "getitem"),
    "its iterator": lambda do: Struck(do, "iter"),
    "a mapping inside": lambda do: {"id": "1", "Owner": Struck(do, "iter")},
    "a list inside": lambda do: {"id": "1", "Items": Items(do)},
    "a time's zone": lambda do: {"id": "1", "At": datetime(2026, 1, 1, tzinfo=Zone(do))},
    "a number as JSON": lambda do: {"id": "1", "Amount": Amount(do)},
}


@pytest.mark.parametrize("make", ROWS.values(), ids=ROWS)
def test_a_signal_inside_a_rows_own_code_is_raised(make):
    with handled_by(raise_limit), pytest.raises(TimeLimit):
        Admission().admit(0, make(strike))


def ctrl_c():
    raise KeyboardInterrupt


@pytest.mark.parametrize("make", ROWS.values(), ids=ROWS)
def test_and_so_is_ctrl_c(make):
    with pytest.raises(KeyboardInterrupt):
        Admission().admit(0, make(ctrl_c))


def fail():
    raise RuntimeError("the row broke")


@pytest.mark.parametrize("make", ROWS.values(), ids=ROWS)
def test_a_rows_own_failure_rejects_it(make):
    with handled_by(raise_limit):
        outcome = Admission().admit(0, make(fail))
    assert (outcome.state, outcome.code, outcome.attempts) == ("rejected", "INVALID_DATA", 0)


@pytest.mark.parametrize(("do", "error"), [(strike, TimeLimit), (ctrl_c, KeyboardInterrupt)])
def test_nor_is_it_the_rows_fault_in_a_function_that_gives_its_time(do, error):
    since = settings({"if_unmodified_since": lambda row: do()}, resend_by_default=True).since
    with handled_by(raise_limit), pytest.raises(error):
        Admission(since=since).admit(0, {"id": "1", "Stage": "Won"})


def test_our_own_code_is_not_guarded():
    """A mistake of ours must not look like a bad row."""

    def check(outcome, row):
        raise AttributeError("a mistake")

    with pytest.raises(AttributeError):
        Admission(check).admit(0, {"id": "1", "Stage": "Won"})


@pytest.mark.parametrize("depth", [101, 5_000])
def test_a_value_nested_too_deep_rejects_its_row(depth):
    value = []
    for _ in range(depth):
        value = [value]
    outcome = Admission().admit(0, {"id": "1", "Items": value})
    assert (outcome.state, outcome.details["api_name"]) == ("rejected", "Items")
    endless = []
    endless.append(endless)
    assert Admission().admit(0, {"id": "1", "Items": endless}).state == "rejected"


def test_decimals_are_written_all_the_same():
    assert encode_row({"Amount": Decimal("1.10")}) == b'{"Amount":1.10}'
