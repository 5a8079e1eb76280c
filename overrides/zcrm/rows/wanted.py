"""Which appointments are meant: whose, when and how far, told from what Zoho lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..errors import UsageError, ZohoError
from . import checks
from .appointments import START, STATUSES, instant

__all__ = ["Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter of appointments. Made by `of`.

    fields: those that an appointment must have been listed with.
    """

    member: str | None = None
    start: datetime | None = None
    until: datetime | None = None
    statuses: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        member: str | int | None = None,
        start: datetime | str | None = None,
        until: datetime | str | None = None,
        status: str | Iterable[str] | None = None,
    ) -> Wanted:
        """The filter for these; what is None lets all pass.

        member: the owner's id, or e-mail address. start, until: of the start, `until` itself excluded; aware,
        or ISO 8601 text with offset. status: one or several. Raises UsageError for what can't be.
        """
        begin, end = _time("start", start), _time("until", until)
        if begin is not None and end is not None and end <= begin:
            raise UsageError("until lies after start; it is not a part of the time that is meant")
        whose = None if member is None else str(member).strip().casefold()
        if whose is not None and not (whose.isdigit() or "@" in whose):
            raise UsageError(
                f"member: {member!r} is no id and no e-mail address",
                fix="Give one of them: a name may be that of two people.",
            )
        statuses = None
        if status is not None:
            statuses = tuple(
                checks.names("status", [status] if isinstance(status, str) else status, STATUSES)
            )
        return cls(whose, begin, end, statuses)

    @property
    def fields(self) -> list[str]:
        windowed = self.start is not None or self.until is not None
        looked_at = (
            ("Owner", self.member is not None),
            (START, windowed),
            ("Status", self.statuses is not None),
        )
        return [name for name, is_looked_at in looked_at if is_looked_at]

    def has(self, appointment: Mapping[str, Any]) -> bool:
        """Whether this appointment is meant; one without a start is in no span of time."""
        if self.statuses is not None and appointment.get("Status") not in self.statuses:
            return False
        if self.start is not None or self.until is not None:
            time = instant(appointment.get(START))
            if time is None and appointment.get(START) is not None:
                raise ZohoError(
                    f"Zoho lists appointment {appointment.get('id')} with a start that can't be compared: "
                    f"{appointment[START]!r} is no time with an offset"
                )
            if time is None or (self.start is not None and time < self.start):
                return False
            if self.until is not None and time >= self.until:
                return False
        return self.member is None or self._is_of(appointment.get("Owner"))

    def _is_of(self, owner: object) -> bool:
        if not isinstance(owner, Mapping):
            return False
        if self.member is not None and self.member.isdigit():
            return str(owner.get("id")) == self.member
        if not isinstance(address := owner.get("email"), str):
            raise UsageError("Zoho lists these owners without e-mail addresses: give the member's id")
        return address.strip().casefold() == self.member


def _time(option: str, given: datetime | str | None) -> datetime | None:
    return None if given is None else instant(checks.time(option, given))
