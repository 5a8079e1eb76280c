"""Scalars of numpy and pandas, and what only looks like one."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from math import nan

import numpy as np
import pandas as pd
import pytest

from zcrm.rows.scalars import held, is_index, is_missing


class Kind:
    """Says that it is of a dtype, and has so many dimensions."""

    def __init__(self, kind, ndim=0, item=None):
        self.dtype = self
        self.kind = kind
        self.ndim = ndim
        if item is not None:
            self.item = lambda: item

    def __index__(self):
        return 7

    def __repr__(self):
        return f"{self.kind}{self.ndim}"


class Bare:
    def __repr__(self):
        return "bare"

    def __index__(self):
        return 7


class Without:
    """A scalar without dimensions: `item` alone."""

    def item(self):
        return 7

    def __repr__(self):
        return "without"


@pytest.mark.parametrize(
    ("value", "missing"),
    [
        (nan, True),
        (Decimal("nan"), True),
        (Decimal(1), False),
        (1.0, False),
        (None, False),
        ("nan", False),
        (0, False),
        (pd.NA, True),
        (pd.NaT, True),
        (np.ma.masked, True),
        (np.float32("nan"), True),
        (np.float32(1), False),
        (np.datetime64("NaT", "us"), True),
        (np.datetime64("2027-05-04"), False),
        (np.timedelta64("NaT", "us"), True),
        (np.timedelta64(1, "s"), False),
        (np.array(nan), True),
        (np.array([nan]), False),
        (np.int64(0), False),
        (np.str_("nan"), False),
    ],
    ids=repr,
)
def test_what_is_missing(value, missing):
    assert is_missing(value) is missing


@pytest.mark.parametrize(
    ("value", "index"),
    [
        (7, True),
        (True, False),
        (np.int64(7), True),
        (np.bool_(True), False),
        (Bare(), True),
        (Kind("i"), True),
        (Kind("b"), False),
        (Kind("b", ndim=1), False),
        (Kind("i", ndim=1), False),
        (np.array(7), True),
        (np.array([7]), False),
        (7.0, False),
        ("7", False),
    ],
    ids=repr,
)
def test_what_stands_for_an_integer(value, index):
    assert is_index(value) is index


@pytest.mark.parametrize(
    ("value", "stands_for"),
    [
        (np.int64(7), 7),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (np.array(7), 7),
        (np.datetime64("2027-05-04"), date(2027, 5, 4)),
        (np.datetime64("2027-05-04T12:00:00.123456789"), datetime(2027, 5, 4, 12, 0, 0, 123456)),
        (Bare(), 7),
        (Without(), 7),
        (Kind("O", item="x"), "x"),
        (Kind("M", item="x"), "x"),
    ],
    ids=repr,
)
def test_what_a_scalar_stands_for(value, stands_for):
    found = held(value)
    assert (found, type(found)) == (stands_for, type(stands_for))


def test_what_is_no_scalar_stands_for_itself():
    for value in (np.array([7]), object(), "x", [7], Kind("b", ndim=1, item=8)):
        assert held(value) is value
    duration = np.timedelta64(1, "s")
    assert held(duration) is duration
    assert timedelta(seconds=1) == duration.item()
