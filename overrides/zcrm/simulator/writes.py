"""What the rows of one write have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zcrm.simulator.bodies import Features
from zcrm.simulator.clock import Moment
from zcrm.simulator.envelopes import Item
from zcrm.simulator.org import Module, Record, User
from zcrm.simulator.site import Site

RowRule = Callable[["Write", int, Record, dict[str, Any]], Item | dict[str, Any]]
"""Judges row i, its id taken off, for a record: a refusal, or the fields to write."""


@dataclass(slots=True)
class Write:
    """What all rows of one call share. `ordinary` remembers which sets of names need no second look."""

    site: Site
    module: Module
    user: User
    moment: Moment
    unmodified_since: datetime | None
    features: Features
    rule: RowRule
    ordinary: dict[tuple[str, ...], bool] = field(default_factory=dict)


def updated(record: Record) -> Item:
    """The answer to a row that was written."""
    return Item(
        200,
        {"code": "SUCCESS", "details": record.receipt(), "message": "record updated", "status": "success"},
    )
