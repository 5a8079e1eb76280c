"""What a mass update would take in place of a file of which all rows set the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..engine.flows.credits import PER_VIEW_JOB
from ..errors import UsageError
from ..files.choices import Duplicates
from ..files.reading import Reading
from ..files.selection import split
from ..mass_update.values import wire_values
from ..table import APPOINTMENTS
from .feed import Due
from .request import Request

__all__ = ["Cheaper", "SameValues", "cheaper"]


class SameValues:
    """Rows on their way; `values` are what all of them set by now, None where they differ."""

    def __init__(self, rows: Iterable[Due]) -> None:
        self._rows = rows
        self._begun = False
        self.values: dict[str, Any] | None = None

    def __iter__(self) -> Iterator[Due]:
        for due in self._rows:
            self._add(due.row)
            yield due

    def _add(self, row: Mapping[str, Any]) -> None:
        if self._begun and self.values is None:
            return
        values = {name: value for name, value in row.items() if name != "id"}
        if not self._begun:
            self._begun, self.values = True, values
        elif values != self.values:
            self.values = None


@dataclass(frozen=True, slots=True)
class Cheaper:
    """A mass update by ids that does what the file does: the request for it; calls and credits (assumed)."""

    request: Request
    calls: int
    credits: int

    @property
    def command(self) -> str:
        """As it is typed."""
        return self.request.command(Path(self.request.file))

    def lines(self, calls: int) -> Iterator[str]:
        """Yield what a person reads. calls: of the update row by row."""
        yield (
            f"All rows set {' '.join(self.request.sets)}: a mass update by ids takes {self.calls:,} calls in "
            f"place of {calls:,}, {self.credits:,} credits (assumed). It always runs automations, whatever "
            "--triggers says:"
        )
        yield f"  {self.command}"
        yield (
            "Where a custom view holds just these records, zcrm mass-update view takes 1 call, "
            f"{PER_VIEW_JOB} credit (assumed); automations run if it holds fewer than 1,000."
        )

    def facts(self) -> dict[str, Any]:
        """As JSON can carry it."""
        return {
            "verb": self.request.verb,
            "sets": self.request.sets,
            "calls": self.calls,
            "credits": self.credits,
            "automations": "all",
            "command": self.command,
        }


def cheaper(request: Request, values: Mapping[str, Any] | None, records: int) -> Cheaper | None:
    """The mass update in place of this update of so many records; None where none does the same.

    values: what all rows set.
    """
    conditional = request.since is not None or request.changed_only or request.stamp is not None
    if request.verb != "records update" or request.module == APPOINTMENTS or conditional or not values:
        return None
    try:
        wire_values(request.module, values)
        if request.metadata is not None:
            request.metadata.check_mass_update(request.module, values)
    except UsageError:
        return None
    names = {label: name for label, name in request.reading.names.items() if split(name)[0] == "id"}
    other = replace(
        request,
        verb="mass-update ids",
        values=dict(values),
        triggers=None,
        reading=Reading(delimiter=request.reading.delimiter, names=names, ids_only=True),
        duplicates=Duplicates.REFUSE,
        resend_lost=True,
        unknown_fields="refuse",
    )
    return Cheaper(other, other.kind.calls(records), other.kind.credits(records))
