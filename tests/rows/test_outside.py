"""Whether an exception came from a signal's handler, wherever it was raised."""

import enum
import functools
import os
import signal
from contextlib import contextmanager
from typing import ClassVar

import pytest

from zcrm.rows.outside import is_interrupt, raised_by_signal


class TimeLimit(Exception):
    pass


def raise_limit(number, frame):
    raise TimeLimit


def raise_deeper(number, frame):
    raise_limit(number, frame)


class Handler:
    def __call__(self, number, frame):
        raise TimeLimit

    def method(self, number, frame):
        raise TimeLimit

    @classmethod
    def of_class(cls, number, frame):
        raise TimeLimit

    @staticmethod
    def plain(number, frame):
        raise TimeLimit


@functools.wraps(raise_limit)
def wrapped(number, frame):
    raise_limit(number, frame)


HANDLERS = {
    "function": raise_limit,
    "nested": raise_deeper,
    "lambda": lambda number, frame: raise_limit(number, frame),
    "method": Handler().method,
    "class method": Handler.of_class,
    "static method": Handler.plain,
    "object": Handler(),
    "partial": functools.partial(raise_limit),
    "partial of a method": functools.partial(functools.partial(Handler().method)),
    "wrapped": wrapped,
}


@contextmanager
def handled_by(handler):
    before = signal.signal(signal.SIGALRM, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)


def strike():
    signal.raise_signal(signal.SIGALRM)


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS)
def test_what_a_handler_raises_is_known_by_its_frame(handler):
    with handled_by(handler):
        with pytest.raises(TimeLimit) as caught:
            strike()
        assert raised_by_signal(caught.value)
        with pytest.raises(TimeLimit) as killed:
            os.kill(os.getpid(), signal.SIGALRM)
        assert raised_by_signal(killed.value)
        assert is_interrupt(caught.value)


def test_and_so_is_what_was_raised_from_it():
    with handled_by(raise_limit):
        with pytest.raises(KeyError) as caught:
            try:
                strike()
            except TimeLimit as error:
                raise KeyError("x") from error
        assert raised_by_signal(caught.value)


class Colour(enum.Enum):
    RED = 1


def test_other_errors_are_not():
    """Not even those raised while what a handler raised is being handled, or by what handlers are made of."""
    with handled_by(raise_limit):
        for cause in (lambda: {}["x"], lambda: Colour("blue"), lambda: int("x")):
            try:
                strike()
            except TimeLimit:
                with pytest.raises((KeyError, ValueError)) as caught:
                    cause()
            assert not raised_by_signal(caught.value)
            assert not is_interrupt(caught.value)
    assert is_interrupt(KeyboardInterrupt())


def test_nor_is_what_a_handler_raised_that_is_none_any_more():
    with handled_by(raise_limit), pytest.raises(TimeLimit) as caught:
        strike()
    assert not raised_by_signal(caught.value)


def test_a_circle_of_causes_ends():
    one, other = ValueError(), ValueError()
    one.__cause__, other.__cause__ = other, one
    with handled_by(raise_limit):
        assert not raised_by_signal(one)
        assert not raised_by_signal(None)


class Odd:
    __code__: ClassVar[list[str]] = ["none"]

    def __call__(self, number, frame):
        raise TimeLimit


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL, len, [].append, Odd()])
def test_a_handler_without_code_of_its_own_raised_nothing(handler):
    with handled_by(handler):
        for other in (lambda: 1 / 0, lambda: signal.Handlers(99)):
            with pytest.raises((ZeroDivisionError, ValueError)) as caught:
                other()
            assert not raised_by_signal(caught.value)
