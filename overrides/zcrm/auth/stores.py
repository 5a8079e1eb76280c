"""Where sign-ins are kept: in memory, in files, or wherever else somebody writes a `TokenStore` for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Protocol

from ..wire.forks import renew_in_child
from . import files

_log = logging.getLogger("zcrm.auth")


class TokenStore(Protocol):
    """Keeps one short text for each key, for all who share it: threads, processes, hosts.

    Keys are 32 hexadecimal digits, one for each sign-in. The text holds secrets. `load`, `save` and `delete`
    are called with the key's lock held, and may block; they raise StoreError for what a person must mend.
    """

    def lock(self, key: str) -> AbstractContextManager[object]:
        """Keep all others who share the store away from the key; a holder that died holds nothing."""
        ...

    def load(self, key: str) -> str | None:
        """The text saved last; None when there is none."""
        ...

    def save(self, key: str, text: str) -> None:
        """Keep the text in the place of the one before: whole, or not at all."""
        ...

    def delete(self, key: str) -> None:
        """Forget the key, if it is known."""
        ...


class MemoryStore:
    """Keeps sign-ins for as long as the process lives."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._renew()
        renew_in_child(self, MemoryStore._renew)

    def _renew(self) -> None:
        self._locks: dict[str, Lock] = {}

    def lock(self, key: str) -> AbstractContextManager[object]:
        return self._locks.setdefault(key, Lock())

    def load(self, key: str) -> str | None:
        return self._texts.get(key)

    def save(self, key: str, text: str) -> None:
        self._texts[key] = text

    def delete(self, key: str) -> None:
        self._texts.pop(key, None)


PROCESS = MemoryStore()
"""The store of all who name none: clients of one process share their tokens."""


class FileStore:
    """Keeps sign-ins in files of a folder, for all processes of one user.

    folder: is made when missing, for its owner alone (0700); so are its files, one for each key (0600).
    lock_timeout: seconds to wait for another process that holds a lock; longer than a token call can take.

    A folder that can't be written does not stop anybody: a warning is logged, and tokens are kept in memory;
    so they are where files can't be locked.
    Raises StoreError when a file or the folder is open to other users, or a lock stays held.
    """

    def __init__(self, folder: str | PathLike[str], *, lock_timeout: float = 330.0) -> None:
        self._folder = files.expanded(folder)
        self._lock_timeout = lock_timeout
        self._unwritten = MemoryStore()
        self._has_locks = True
        self._warned = False

    def __repr__(self) -> str:
        return f"FileStore({str(self._folder)!r})"

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(files.locked(self._folder / f"{key}.lock", self._lock_timeout))
            except OSError as error:
                self._warn(error)
                self._has_locks = False
                stack.enter_context(self._unwritten.lock(key))
            yield

    def load(self, key: str) -> str | None:
        unwritten = self._unwritten.load(key)
        return files.read(self._path(key)) if unwritten is None else unwritten

    def save(self, key: str, text: str) -> None:
        self._unwritten.save(key, text)
        if self._has_locks:
            try:
                files.replace(self._path(key), text)
                self._unwritten.delete(key)
            except OSError as error:
                self._warn(error)

    def delete(self, key: str) -> None:
        self._unwritten.delete(key)
        try:
            files.remove(self._path(key))
        except OSError as error:
            self._warn(error)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            _log.warning(
                "%s can't be written (%s): tokens are kept in memory, and not shared with other processes",
                self._folder,
                getattr(error, "strerror", None) or type(error).__name__,
            )
