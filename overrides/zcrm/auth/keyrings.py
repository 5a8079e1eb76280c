"""The keyring of the operating system, which opens with the session of the person who uses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from ..errors import StoreError
from .stores import FileStore

_SERVICE = "zcrm"


@contextmanager
def _opened() -> Iterator[Any]:
    try:
        import keyring
        import keyring.errors
    except ImportError as error:
        raise StoreError(
            "The keyring takes an extra that is not installed", fix='pip install "zcrm[keyring]"'
        ) from error
    try:
        yield keyring
    except keyring.errors.KeyringError as error:
        raise StoreError(
            f"The keyring can't be used: {str(error) or type(error).__name__}",
            fix="Unlock it; or keep the sign-in in files: zcrm auth login without --keyring.",
        ) from error


class KeyringStore:
    """Keeps texts in the keyring; their locks are files, for a keyring has none. Raises StoreError.

    locks: whose locks they are.
    """

    def __init__(self, locks: FileStore) -> None:
        self._locks = locks

    def __repr__(self) -> str:
        return "KeyringStore()"

    def lock(self, key: str) -> AbstractContextManager[object]:
        return self._locks.lock(key)

    def load(self, key: str) -> str | None:
        with _opened() as keyring:
            found: str | None = keyring.get_password(_SERVICE, key)
            return found

    def save(self, key: str, text: str) -> None:
        with _opened() as keyring:
            keyring.set_password(_SERVICE, key, text)

    def delete(self, key: str) -> None:
        with _opened() as keyring, suppress(keyring.errors.PasswordDeleteError):
            keyring.delete_password(_SERVICE, key)
