"""An org's budget in a file, for the processes of one host: no server is needed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from os import PathLike
from pathlib import Path

from ..auth.files import expanded, make_folder
from ..errors import SharedStateLost
from .cells import Away, Found
from .gate import CALL_TIMEOUT, MARGIN, PATIENCE, SharedGate

_BUSY = 1.0
_TABLE = "CREATE TABLE IF NOT EXISTS budget (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL)"


class SqliteGate(SharedGate):
    """A `Gate` for all processes of one host that name the same file, which is made when missing.

    path: of the file, on a disk of this host. The rest is as with `SharedGate`. clock: seconds since 1970.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        concurrency: int = 10,
        *,
        call_timeout: float = CALL_TIMEOUT,
        margin: float = MARGIN,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = expanded(path)
        super().__init__(
            partial(_File, self._path, clock),
            concurrency,
            call_timeout=call_timeout,
            margin=margin,
            patience=patience,
        )

    def __repr__(self) -> str:
        return f"SqliteGate({str(self._path)!r}, concurrency={self.concurrency})"


class _File:
    forgets = False

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        with self._asking():
            make_folder(path.parent)
            self._database = sqlite3.connect(
                path, timeout=_BUSY, isolation_level=None, check_same_thread=False
            )
            try:
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.execute("PRAGMA synchronous = NORMAL")
                self._database.execute(_TABLE)
                self._inode = path.stat().st_ino
            except BaseException:
                self._database.close()
                raise

    def __str__(self) -> str:
        return str(self._path)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise Away(f"{self}: {error}") from error
        except sqlite3.Error as error:
            raise SharedStateLost(
                f"{self} can't be read: {error}",
                fix="Delete it once nothing runs that uses it, and it is made anew.",
            ) from error
        except OSError as error:
            raise Away(f"{self}: {error.strerror}") from error

    def _check(self) -> None:
        """Others who look for the file must find the same."""
        try:
            if self._path.stat().st_ino == self._inode:
                return
        except FileNotFoundError:
            pass
        raise SharedStateLost(
            f"{self} was deleted while it was used, and with it what is known of calls in flight",
            fix="Leave it be while anything runs that uses it; then go on.",
        )

    def read(self) -> Found:
        with self._asking():
            self._check()
            row = self._database.execute("SELECT text FROM budget").fetchone()
        return Found(row and row[0], self._clock())

    def write(self, old: str | None, new: str) -> bool:
        with self._asking():
            self._check()
            if old is None:
                done = self._database.execute("INSERT OR IGNORE INTO budget VALUES (1, ?)", [new])
            else:
                done = self._database.execute("UPDATE budget SET text = ? WHERE text = ?", [new, old])
        return done.rowcount == 1

    def close(self) -> None:
        self._database.close()
