"""Which orgs a command is for, and what of it differs between them."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from zcrm.errors import UsageError

__all__ = ["Org", "by_patterns", "from_file"]

_PROFILE = "profile"
_SIGN_IN = "zcrm auth login --profile {}"
_PLACE = re.compile(r'\{([^{}"]+)\}')
_NAME = re.compile(r"[^\W\d][\w .-]*")


@dataclass(frozen=True, slots=True)
class Org:
    """A profile, and by name the texts that stand in the command for it, its own name among them."""

    cells: Mapping[str, str]

    @property
    def profile(self) -> str:
        return self.cells[_PROFILE]

    def words(self, words: Sequence[str]) -> list[str]:
        """The command with this org's texts in place of their names in braces; raises UsageError."""
        return [_PLACE.sub(self._text, word) for word in words]

    def _text(self, found: re.Match[str]) -> str:
        text, name = found[0], found[1]
        if name in self.cells:
            return self.cells[name]
        if _NAME.fullmatch(name):
            known = ", ".join(f"{{{each}}}" for each in self.cells)
            raise UsageError(
                f"{text} stands for nothing; there is {known}",
                fix="Other names are those of the columns of --orgs FILE.",
            )
        return text


def by_patterns(patterns: Sequence[str], names: Sequence[str]) -> list[Org]:
    """The profiles that match any pattern; raises UsageError for one that none does."""
    matching: set[str] = set()
    for pattern in patterns:
        found = {name for name in names if fnmatchcase(name.casefold(), pattern.casefold())}
        if not found:
            there_are = f"there are {', '.join(names)}" if names else "there is none yet"
            raise UsageError(f"No profile matches {pattern!r}; {there_are}", fix=_SIGN_IN.format("NAME"))
        matching |= found
    return [Org({_PROFILE: name}) for name in names if name in matching]


def from_file(path: Path, names: Sequence[str]) -> list[Org]:
    """The orgs of a CSV file, a row each, whose column `profile` names the sign-in.

    Raises UsageError that names the row and the column.
    """
    called = {name.casefold(): name for name in names}
    rows: dict[str, int] = {}
    orgs = []
    for number, cells in _rows(path):
        given = cells[_PROFILE]
        name = called.get(given.casefold())
        if name is None:
            raise UsageError(
                f"{path}, row {number}, column profile: there is no profile {given!r}",
                fix=_SIGN_IN.format(given or "NAME"),
            )
        if name in rows:
            raise UsageError(
                f"{path}, row {number}, column profile: {name} stands in row {rows[name]} already",
                fix="Give each profile one row.",
            )
        rows[name] = number
        orgs.append(Org({**cells, _PROFILE: name}))
    if not orgs:
        raise UsageError(f"{path} has no rows below its header")
    return orgs


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = [name.strip() for name in next(lines, [])]
            if _PROFILE not in header or len(set(header)) < len(header) or not all(header):
                raise UsageError(
                    f"{path}, row 1: its header is {', '.join(header) or 'empty'}",
                    fix="Name each column once, with commas between, and one of them profile.",
                )
            rows = []
            for number, row in enumerate(lines, start=2):
                if row and len(row) != len(header):
                    raise UsageError(
                        f"{path}, row {number} has {len(row)} cells; the header has {len(header)}"
                    )
                if any("\0" in cell for cell in row):
                    raise UsageError(f"{path}, row {number} has a NUL, which no command can be given")
                if row:
                    rows.append(
                        (number, {name: cell.strip() for name, cell in zip(header, row, strict=True)})
                    )
            return rows
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{path} can not be read: {reason}", fix="Save it as CSV, in UTF-8.") from error
