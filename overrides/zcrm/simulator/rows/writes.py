"""What the rows of one write have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
from orjson import Fragment

from zcrm.simulator.answers.envelopes import Item
from zcrm.simulator.org.clock import Moment
from zcrm.simulator.org.org import Module, Record, User
from zcrm.simulator.rows.bodies import Features
from zcrm.simulator.site.site import Site

RowRule = Callable[["Write", int, Record, dict[str, Any]], Item | dict[str, Any]]
"""Judges row i, its id taken off, for a record: a refusal, or the fields to write."""

_END: Final = b',"message":"record updated","status":"success"}'


class Success:
    """Makes the envelopes of the rows written at one moment by one user, as ready JSON."""

    def __init__(self, moment: Moment, user: User) -> None:
        modified = orjson.dumps({"Modified_Time": moment.text, "Modified_By": user.reference})
        self._start = b'{"code":"SUCCESS","details":' + modified[:-1] + b","

    def of(self, record: Record) -> Fragment:
        """The envelope of a record just written."""
        return Fragment(self._start + (record.made or record.keep_made()) + _END)


@dataclass(slots=True)
class Write:
    """What all rows of one call share. `ordinary` remembers which sets of names need no second look,
    `written` the ids of the records that were written.
    """

    site: Site
    module: Module
    user: User
    moment: Moment
    unmodified_since: datetime | None
    features: Features
    rule: RowRule
    ordinary: dict[tuple[str, ...], bool] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    plain: bool = field(init=False)
    success: Success = field(init=False)

    def __post_init__(self) -> None:
        self.plain = self.module.plain
        self.success = Success(self.moment, self.user)
