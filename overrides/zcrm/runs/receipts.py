"""The receipt of a job that is kept: its records before it, and a file that tells what became of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from ..atomic import atomic
from ..errors import UsageError
from ..files.added import cell, line
from ..files.settings import parse_settings
from ..mass_update.receipts import Before, Receipt
from ..mass_update.views import ViewUpdate
from .jobs import KeptJob

__all__ = ["check_receipt", "keep_before", "kept_before", "write_receipt"]


def check_receipt(path: Path) -> None:
    """Raise UsageError where no file can be put."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", fix="Name a file.")
    try:
        TemporaryFile(dir=path.absolute().parent).close()
    except OSError as error:
        raise _unwritable(path, error) from error


def keep_before(kept: KeptJob, before: Before) -> None:
    """Put the records as they were before the job into its folder. Raises UsageError."""
    path = _path(kept)
    try:
        with atomic(path) as new, new.open("w", encoding="ascii") as file:
            for record_id, fields in before.records.items():
                file.write(json.dumps({"id": record_id, **fields}, default=str) + "\n")
    except OSError as error:
        raise _unwritable(path, error) from error


def kept_before(kept: KeptJob) -> Before:
    """What `keep_before` put there. Raises UsageError where it can't be read."""
    facts = kept.facts
    wanted = ViewUpdate(facts["module"], facts["view_id"], parse_settings(facts["sets"]), facts["overwrite"])
    before = Before(wanted)
    path = _path(kept)
    try:
        with path.open(encoding="ascii") as file:
            for text in file:
                before.add(json.loads(text))
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} can not be read: {error}; there is no receipt without it") from error
    return before


def write_receipt(path: Path, receipt: Receipt, fields: tuple[str, ...]) -> None:
    """Write the receipt as CSV: id, outcome, and each field before and after. Raises UsageError."""
    try:
        with atomic(path) as new, new.open("w", encoding="utf-8", newline="") as file:
            names = (name for field in fields for name in (f"{field}_before", f"{field}_after"))
            file.write(line(["id", "outcome", *names]))
            for record in receipt:
                values = _values(fields, record.before, record.after or {})
                file.write(line([record.id, record.state, *values]))
    except OSError as error:
        raise _unwritable(path, error) from error


def _values(fields: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in fields:
        yield _text(before.get(name))
        yield _text(after.get(name))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return cell(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _path(kept: KeptJob) -> Path:
    if kept.folder is None:
        raise UsageError(f"Nothing is kept of job {kept.id}: there is no receipt")
    return kept.folder.path / "before.jsonl"


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} can not be written: {error.strerror or error}", fix="Choose another place.")
