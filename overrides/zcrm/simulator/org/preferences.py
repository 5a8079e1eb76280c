"""How an org wants its appointments handled."""

from dataclasses import dataclass, field
from datetime import time


@dataclass(slots=True)
class Service:
    """What can be booked: the hours of the day in which it is offered, and the ids of those who give it."""

    hours: tuple[time, time] | None = None
    members: frozenset[str] | None = None


@dataclass(slots=True)
class Preferences:
    """`ask_to_complete`: users mark appointments as completed themselves; without it, time does.
    `job_sheet_mandated`: completing takes a job sheet. `services` are known by their record's id.
    """

    ask_to_complete: bool = True
    job_sheet_mandated: bool = False
    business_hours: tuple[time, time] | None = None
    services: dict[str, Service] = field(default_factory=dict)
