"""Appointments that are meant, chosen by a person: found, looked at, and kept as the file of a later run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ..atomic import atomic
from ..client import ZohoCRM
from ..errors import UsageError, ZohoError
from ..files.added import cell, line
from ..outcomes import Tally
from ..rows.appointments import START, Appointment, instant
from ..rows.times import Shift
from .rules import Refused
from .verbs import FOR_PEOPLE

__all__ = ["TAKEN", "Meant", "Selection", "is_name", "of_member", "select"]

TAKEN = ("Scheduled", "Overdue")
"""The states of appointments that can still be cancelled, moved or completed."""

_FIELDS = ("Appointment_Name", "Owner", START, "Status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Whose appointments, and when; more than `most` are refused.

    member: the owner's id, e-mail address or name, or a part of the name. start, until: when they start,
    `until` itself excluded. view_id: those of a custom view.
    """

    member: str | None = None
    start: datetime | None = None
    until: datetime | None = None
    view_id: str | None = None
    most: int | None = None


@dataclass(slots=True)
class Selection:
    """What was found. not_taken: how many others there are, by status. tally: what the reading took."""

    appointments: list[Appointment] = field(default_factory=list)
    not_taken: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)

    def facts(self, shift: Shift | None) -> list[dict[str, Any]]:
        """One appointment after the other; `to` is its new start where it is moved."""
        return [
            {
                "id": each["id"],
                "name": each.get("Appointment_Name"),
                "member": _owner(each).get("name"),
                "status": each.get("Status"),
                "start": each.get(START),
                "to": None if shift is None else _moved(each, shift),
            }
            for each in self.appointments
        ]

    def save(self, path: Path, values: dict[str, Any], shift: Shift | None) -> None:
        """Write it as a file that is sent as it is; columns that begin with `_` are for people alone.

        values: set in every row. shift: how far each is moved, from where it is now: the file has the new
        times. Raises UsageError where the file is there already or can't be written.
        """
        fields = ([START] if shift else []) + list(values)
        if path.exists():
            raise UsageError(f"{path} is there already", fix="Choose another name, or remove it.")
        try:
            with atomic(path) as new, new.open("w", encoding="utf-8", newline="") as file:
                file.write(line(["id", *fields, *FOR_PEOPLE]))
                for fact in self.facts(shift):
                    sent = ([fact["to"]] if shift else []) + list(values.values())
                    told = (fact[name] for name in ("name", "member", "status", "start"))
                    file.write(
                        line([fact["id"], *sent, *(cell("" if each is None else each) for each in told)])
                    )
        except OSError as error:
            raise UsageError(f"{path} can not be written: {error.strerror or error}") from error


def select(crm: ZohoCRM, meant: Meant) -> Selection:
    """Read the appointments and take those that are meant and can still be changed, the earliest first.

    Raises UsageError for a member that nobody or several are, naming them; Refused for too many; ZohoError.
    """
    by_name = is_name(meant.member)
    listing = crm.appointments.list(
        fields=_FIELDS,
        view_id=meant.view_id,
        member=None if by_name else meant.member,
        start=meant.start,
        until=meant.until,
    )
    found = of_member(listing, str(meant.member)) if by_name else list(listing)
    selection = Selection(tally=listing.summary.tally)
    if not all(isinstance(each.get("id"), str) for each in found):
        raise ZohoError("Zoho listed an appointment without its id")
    for each in {each["id"]: each for each in found}.values():
        if each.get("Status") in TAKEN:
            selection.appointments.append(each)
        else:
            selection.not_taken[str(each.get("Status"))] += 1
    chosen = selection.appointments
    if meant.most is not None and len(chosen) > meant.most:
        raise Refused(
            f"{len(chosen):,} appointments are meant, more than the {meant.most:,} of --max",
            fix="Narrow the selection, or raise --max.",
        )
    chosen.sort(key=lambda each: (instant(each.get(START)) is None, instant(each.get(START)), each["id"]))
    return selection


def is_name(member: str | None) -> bool:
    """Whether it is a member's name, and no id or e-mail address."""
    return member is not None and not (member.isdigit() or "@" in member)


def of_member(listing: Iterable[Appointment], name: str) -> list[Appointment]:
    """The appointments of the one member of this name; a part of it will do where there is only one.

    They have been listed with their `Owner`. Raises UsageError where nobody or several may be meant.
    """
    wanted = _folded(name)
    alike: list[Appointment] = []
    members: dict[str, str] = {}
    others: set[str] = set()
    for each in listing:
        owner = _owner(each)
        called, known = str(owner.get("name") or ""), str(owner.get("id") or "")
        if known and wanted in _folded(called):
            members[known] = " ".join(filter(None, [called, owner.get("email"), f"({known})"]))
            alike.append(each)
        elif called:
            others.add(called)
    exact = {str(_owner(each)["id"]) for each in alike if _folded(_owner(each)["name"]) == wanted}
    one = exact if len(exact) == 1 else set(members)
    if len(one) > 1:
        raise UsageError(
            f"--member {name!r} may be {_listed(sorted(members[each] for each in (exact or members)))}",
            fix="Give the id, or the e-mail address.",
        )
    if not one and others:
        raise UsageError(f"No appointment there is of a member {name!r}; there are {_listed(sorted(others))}")
    return [each for each in alike if str(_owner(each)["id"]) in one]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20:,} more" if len(names) > 20 else "")


def _owner(appointment: Appointment) -> dict[str, Any]:
    owner = appointment.get("Owner")
    return owner if isinstance(owner, dict) else {}


def _folded(name: object) -> str:
    return " ".join(str(name).split()).casefold()


def _moved(appointment: Appointment, shift: Shift) -> str:
    start = instant(appointment.get(START))
    if start is None:
        raise UsageError(f"Appointment {appointment['id']} has no start to be moved from")
    try:
        return shift.of(start).isoformat(timespec="seconds")
    except UsageError as error:
        raise UsageError(
            f"Appointment {appointment['id']} of {appointment[START]}: {error.message}",
            fix="Leave it out by --from and --to, and move it apart by hours or minutes.",
        ) from error
