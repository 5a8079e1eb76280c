"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["atomic"]


@contextmanager
def atomic(target: Path) -> Iterator[Path]:
    """A new private file to fill; it takes the target's place at once when all went well. Raises OSError."""
    new = target.with_name(f"{target.name}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield new
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
