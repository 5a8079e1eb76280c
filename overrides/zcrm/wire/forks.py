"""What a forked child makes anew: locks that a thread of the parent may have held, connections, counts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_renewals: WeakKeyDictionary[Any, Callable[[Any], None]] = WeakKeyDictionary()


def renew_in_child(thing: T, renew: Callable[[T], None]) -> None:
    """Have `renew(thing)` run in every child that is forked off, before anything else does there.

    `thing` is held weakly, so `renew` must not refer to it.
    """
    _renewals[thing] = renew


def _renew_all() -> None:
    for thing, renew in list(_renewals.items()):
        renew(thing)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
