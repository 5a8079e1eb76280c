"""Whether an exception came from a signal's handler, wherever it was raised."""

import signal
from contextlib import contextmanager
from functools import partial
from typing import ClassVar

import pytest

from zcrm.rows.outside import is_interrupt, raised_by_signal


class TimeLimit(Exception):
    pass


def handler(number, frame):
    raise TimeLimit


def indirect(number, frame):
    _raise()


def _raise():
    raise TimeLimit


class Handlers:
    def method(self, number, frame):
        raise TimeLimit

    @classmethod
    def of_class(cls, number, frame):
        raise TimeLimit

    @staticmethod
    def static(number, frame):
        raise TimeLimit

    def __call__(self, number, frame):
        raise TimeLimit

    in_c = [].append


class Odd:
    __code__: ClassVar[list[str]] = ["none"]

    def __call__(self, number, frame):
        raise TimeLimit


def with_more(more, number, frame):
    raise TimeLimit


@contextmanager
def handling(given):
    before = signal.signal(signal.SIGALRM, given)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)


def caught_from(code):
    try:
        code()
    except BaseException as error:  # noqa: BLE001
        return error


def ring():
    signal.raise_signal(signal.SIGALRM)


@pytest.mark.parametrize(
    "given",
    [
        handler,
        indirect,
        Handlers().method,
        Handlers.of_class,
        Handlers.static,
        Handlers(),
        partial(with_more, 1),
        partial(partial(Handlers().method)),
    ],
    ids=["function", "indirect", "method", "of class", "static", "object", "partial", "partial method"],
)
def test_whatever_the_handler_is(given):
    with handling(given):
        error = caught_from(ring)
        assert raised_by_signal(error)
        assert is_interrupt(error)
    assert not raised_by_signal(error)
    assert not is_interrupt(error)


def test_causes_count_and_a_circle_of_them_ends():
    def wrapped():
        try:
            ring()
        except TimeLimit as error:
            raise ValueError("in between") from error

    with handling(handler):
        error = caught_from(wrapped)
        assert raised_by_signal(error)
        one, other = ValueError(), ValueError()
        one.__cause__, other.__cause__ = other, one
        assert not raised_by_signal(one)
        assert not raised_by_signal(None)


def test_other_errors_are_what_they_are():
    with handling(handler):
        assert not is_interrupt(caught_from(lambda: 1 / 0))
        assert is_interrupt(KeyboardInterrupt())
    for given in (signal.SIG_IGN, signal.SIG_DFL, len, Handlers.in_c, Odd()):
        with handling(given):
            assert not raised_by_signal(caught_from(lambda: 1 / 0))
            assert not raised_by_signal(caught_from(lambda: signal.Handlers(99)))
