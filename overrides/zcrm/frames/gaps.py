"""Rows from tuples, their nulls left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any


def dicts(
    names: Sequence[str], rows: Iterable[Sequence[Any]], gaps: Iterable[str] = ()
) -> Iterator[dict[str, Any]]:
    """The rows by name; columns in `gaps` are left out of rows where they are null."""
    made = map(dict, map(zip, repeat(names), rows))
    return _without(made, tuple(gaps)) if gaps else made


def _without(rows: Iterable[dict[str, Any]], gaps: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for row in rows:
        for name in gaps:
            if row[name] is None:
                del row[name]
        yield row
