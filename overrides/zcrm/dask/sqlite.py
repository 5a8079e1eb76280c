"""A ledger in a folder, for the workers of one host: no server is needed. Each part has a file of its own."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from os import PathLike
from pathlib import Path
from threading import RLock

from filelock import FileLock, Timeout

from ..atomic import atomic
from ..auth.files import expanded, make_folder
from ..errors import SharedStateLost, UsageError
from ..shared import SqliteGate
from .entries import Entry
from .ledgers import Fenced, Page, Withdrawn, making_sense

_TABLES = """
BEGIN;
CREATE TABLE IF NOT EXISTS page (
    id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, session TEXT NOT NULL,
    claims INTEGER NOT NULL, done INTEGER NOT NULL, summary TEXT
);
CREATE TABLE IF NOT EXISTS entries (number INTEGER PRIMARY KEY, text TEXT NOT NULL);
INSERT OR IGNORE INTO page VALUES (1, 0, '', 0, 0, NULL);
COMMIT;
"""
_LEAVE = """
INSERT INTO entries (text) SELECT ? WHERE EXISTS (SELECT * FROM page WHERE epoch = ? AND session = ?)
"""
_SETTLE = "INSERT INTO entries (text) SELECT ? WHERE NOT (SELECT done FROM page)"
_BUSY = 60.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class SqliteLedger:
    """A `Ledger` for workers of one host that name the same folder, which is made when missing.

    folder: on a disk of this host; it holds ids and answers of customers' records only by their place.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self._folder = expanded(folder).absolute()

    def __repr__(self) -> str:
        return f"SqliteLedger({str(self._folder)!r})"

    @contextmanager
    def driving(self, plan: str) -> Iterator[str]:
        try:
            make_folder(self._folder / "parts")
            lock = FileLock(self._folder / "lock", timeout=0, mode=0o600)
            lock.acquire()
        except Timeout:
            raise UsageError(
                f"Another process sends by the ledger {self._folder}",
                fix="Wait until it ends, or give each its own.",
            ) from None
        except OSError as error:
            raise UsageError(f"No ledger can be made in {self._folder}: {error.strerror}") from error
        try:
            self._write("host", _this_host())
            kept = self._folder / "plan.json"
            if not kept.exists():
                self._write("plan.json", plan)
            with making_sense(kept):
                text = kept.read_text(encoding="utf-8")
            yield text
        finally:
            lock.release()

    def _write(self, name: str, text: str) -> None:
        with atomic(self._folder / name) as path:
            path.write_text(text, encoding="utf-8")

    @contextmanager
    def open(self, part: int) -> Iterator[_File]:
        path = self._folder / "parts" / f"{part:06}.sqlite"
        try:
            host = (self._folder / "host").read_text(encoding="utf-8")
        except OSError as error:
            raise SharedStateLost(f"The ledger {self._folder} can't be read: {error.strerror}") from error
        if host != _this_host():
            raise UsageError(
                f"The ledger {self._folder} is of another host than this worker",
                fix="Use RedisLedger for workers on several hosts.",
            )
        with closing(_File(path)) as file:
            yield file

    def gate(self, org: str) -> SqliteGate:
        return SqliteGate(self._folder / "gates" / f"{org}.sqlite")


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        self._inode = 0
        self._connections: list[sqlite3.Connection] = []
        if path.exists():
            self._connect("rw")

    def _connect(self, mode: str) -> None:
        """Two connections: what leaves must be on the disk, what came back may be on its way there."""
        with self._usable():
            for synchronous in ("FULL", "NORMAL"):
                database = sqlite3.connect(
                    f"{self._path.as_uri()}?mode={mode}",
                    uri=True,
                    timeout=_BUSY,
                    isolation_level=None,
                    check_same_thread=False,
                )
                self._connections.append(database)
                database.execute("PRAGMA journal_mode = WAL")
                database.execute(f"PRAGMA synchronous = {synchronous}")
            self._path.chmod(0o600)
            self._inode = self._path.stat().st_ino

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def offer(self, session: str) -> None:
        if not self._connections:
            self._connect("rwc")
        with self._asked() as database:
            database.executescript(_TABLES)
            database.execute("UPDATE page SET session = ?, claims = 0", [session])

    def withdraw(self) -> None:
        with self._asked() as database:
            database.execute("UPDATE page SET session = ''")

    def claim(self, session: str) -> Page:
        with self._asked() as database, _at_once(database):
            database.execute(
                "UPDATE page SET epoch = epoch + 1, claims = claims + 1 WHERE session = ? AND NOT done",
                [session],
            )
            offered = database.execute("SELECT session = ? OR done FROM page", [session]).fetchone()[0]
            page = self._page(database)
        if not offered:
            raise Withdrawn
        return page

    def leave(self, epoch: int, session: str, entry: Entry) -> None:
        with self._asked(durable=True) as database:
            if database.execute(_LEAVE, [entry.text(), epoch, session]).rowcount == 1:
                return
            held = database.execute("SELECT epoch = ? FROM page", [epoch]).fetchone()[0]
        raise Withdrawn if held else Fenced

    def settle(self, entry: Entry) -> None:
        with self._asked() as database:
            database.execute(_SETTLE, [entry.text()])

    def end(self, epoch: int, entries: int, summary: str, entry: Entry, *, done: bool) -> bool:
        with self._asked(durable=True) as database, _at_once(database):
            held = database.execute("SELECT epoch = ? FROM page", [epoch]).fetchone()[0]
            same = database.execute("SELECT count(*) = ? FROM entries", [entries]).fetchone()[0]
            if held and same:
                database.execute("UPDATE page SET summary = ?, done = ?", [summary, done])
                database.execute("INSERT INTO entries (text) VALUES (?)", [entry.text()])
                if done:
                    database.execute("DELETE FROM entries")
        if not held:
            raise Fenced
        return bool(same)

    def look(self) -> Page:
        if not self._connections:
            return Page()
        with self._asked() as database, _at_once(database):
            begun = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'page'").fetchone()[0]
            return self._page(database) if begun else Page()

    def _page(self, database: sqlite3.Connection) -> Page:
        epoch, claims, done, summary = database.execute(
            "SELECT epoch, claims, done, summary FROM page"
        ).fetchone()
        texts = database.execute("SELECT text FROM entries ORDER BY number")
        with making_sense(self._path):
            return Page(epoch, claims, bool(done), summary, tuple(Entry.of(text) for (text,) in texts))

    @contextmanager
    def _asked(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        with self._lock, self._usable():
            if not self._connections or self._path.stat().st_ino != self._inode:
                raise SharedStateLost(f"{self._path} is gone, and with it what is known of its rows")
            yield self._connections[0 if durable else 1]

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise SharedStateLost(
                f"The ledger {self._path} can't be used: {error}", fix="See to its disk, then go on."
            ) from error


@contextmanager
def _at_once(database: sqlite3.Connection) -> Iterator[None]:
    """One transaction."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _this_host() -> str:
    """What is the same for all containers of a host, and another after it was started anew."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return f"{os.name} {platform.node()}"
