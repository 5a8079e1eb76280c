"""Small private files: their owner's alone from the first byte on, replaced in one step, never torn."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from ..errors import StoreError

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_ANYTHING = stat.S_IRWXG | stat.S_IRWXO
_HAS_MODES = os.name == "posix"


def expanded(path: str | PathLike[str]) -> Path:
    """The path, with the home folder in the place of a `~` at its beginning."""
    return Path(os.path.expanduser(path))  # noqa: PTH111


def make_folder(folder: Path) -> None:
    """Make the folder and those above it, for their owner alone; what is there stays. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)


def read(path: Path) -> str | None:
    """The file's text; None when there is no such file.

    Raises StoreError when it can't be read, or when others than its owner could have read or changed it.
    """
    try:
        if path.exists() and not path.is_file():
            raise StoreError(f"{path} is no file")
        with path.open("rb") as file:
            _check(path.parent, os.stat(path.parent), _OTHERS_WRITE, "700")  # noqa: PTH116
            _check(path, os.fstat(file.fileno()), _OTHERS_ANYTHING, "600")
            return file.read().decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(f"{path} can't be read: {error.strerror}", fix=_OWN) from error


@contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Keep other processes that lock this path away; makes its folder.

    Raises StoreError when another has held it for so long, and OSError where nothing can be locked.
    """
    from filelock import FileLock, Timeout

    make_folder(path.parent)
    lock = FileLock(path, timeout=seconds, mode=_PRIVATE_FILE, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreError(
            f"Another process has held {path} for {seconds:g} s",
            fix="See which process it is (lsof, or Task Manager) and end it if it hangs.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def replace(path: Path, text: str) -> None:
    """Put the text in the file's place: whoever reads sees the old text or the new one. Raises OSError.

    One writer at a time. What this or an earlier one leaves unfinished is cleared away.
    """
    make_folder(path.parent)
    unfinished = _unfinished(path)
    unfinished.unlink(missing_ok=True)
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.write(text.encode())
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove the file, if there is one, and what a writer left unfinished. Raises OSError."""
    path.unlink(missing_ok=True)
    _unfinished(path).unlink(missing_ok=True)


def _unfinished(path: Path) -> Path:
    return path.with_suffix(".new")


_OWN = "See who owns the file and its folder, and what their permissions are; both should be yours alone."


def _check(path: Path, found: os.stat_result, forbidden: int, right: str) -> None:
    if not _HAS_MODES:
        return
    if found.st_uid != os.geteuid():
        raise StoreError(f"{path} belongs to another user, and holds secrets", fix=_OWN)
    if found.st_mode & forbidden:
        raise StoreError(
            f"{path} is open to other users (mode {stat.S_IMODE(found.st_mode):o}), and holds secrets",
            fix=f"Run chmod {right} {path}, and sign in anew if somebody may have read it.",
        )


def _sync_folder(folder: Path) -> None:
    if _HAS_MODES:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
