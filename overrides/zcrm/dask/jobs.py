"""What is asked for: rows of files, for one module of one org."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from glob import glob, has_magic
from os import PathLike
from pathlib import Path
from typing import Any, cast

from ..auth.files import expanded
from ..errors import UsageError
from ..files.shown import shown
from ..rows.options import Trigger, UpdateOptions, settings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TRAVEL = {
    *("apply_features", "bytes_per_call", "if_unmodified_since", "missing", "nulls", "resend_lost"),
    *("skip_features", "timezone"),
}
"""The options that are the same for all rows, and plain enough to be kept."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """Rows for one module of one org.

    org: a name for the org; by default workers sign in by the profile of that name. module: API name, such as
    "Deals". rows: Parquet files with a column `id`, by path, by pattern, or several of these; relative to the
    folder of this process, and at the same place on every worker. triggers: automations to run: None leaves
    the choice to Zoho, which runs all, `()` runs none. options: of `UpdateOptions`, those that are plain
    values: apply_features, bytes_per_call, if_unmodified_since (as text), missing, nulls, resend_lost,
    skip_features, timezone (by name).

    Raises UsageError, TypeError for an option that there is not.
    """

    org: str
    module: str
    rows: str | PathLike[str] | Sequence[str | PathLike[str]]
    triggers: Sequence[Trigger] | None
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, name in (("an org", self.org), ("a module", self.module)):
            if not is_name(name):
                raise UsageError(f"{name!r} is no name for {what}: letters, digits, dots, - and _")
        settings(self.update_options, resend_by_default=True)
        if others := self.options.keys() - _TRAVEL:
            raise UsageError(
                f"{self}: {', '.join(sorted(others))} can't be given in options",
                fix=f"These can: {', '.join(sorted(_TRAVEL))}.",
            )
        for name, value in self.options.items():
            if not _is_plain(value):
                raise UsageError(f"{self}: {name} is no plain value", fix="Give it as text, or leave it out.")

    def __str__(self) -> str:
        return f"{self.org} {self.module}"

    @property
    def update_options(self) -> UpdateOptions:
        """What `records.update` is given."""
        return cast("UpdateOptions", {"triggers": self.triggers, **self.options})

    def files(self) -> list[Path]:
        """The files, in the order of their names; raises UsageError where there are none."""
        given = [self.rows] if isinstance(self.rows, str | PathLike) else self.rows
        found = sorted({path.absolute() for each in given for path in _matching(expanded(each))})
        if not found:
            raise UsageError(f"{self}: no file is there by {', '.join(shown(str(each)) for each in given)}")
        return found


def is_name(name: object) -> bool:
    """Whether files and keys can be called so."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _matching(path: Path) -> Iterator[Path]:
    if path.exists() or not has_magic(str(path)):
        yield path
        return
    for name in glob(str(path), recursive=True):  # noqa: PTH207
        if Path(name).is_file():
            yield Path(name)


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)
