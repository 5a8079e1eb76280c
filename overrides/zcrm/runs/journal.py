"""What became of every row of a run, on disk before anything else can happen to it.

Rows are kept as spans: neighbours of which the same is known share one record, and no row is in two. A row in
no span was never sent.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from ..engine.flows.credits import for_rows
from ..errors import UsageError
from ..outcomes import Outcome
from .spans import FLYING, Span, flying, settled

__all__ = ["FLYING", "Journal", "JournalFailed", "Span"]

_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS spans (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, state TEXT NOT NULL, code TEXT, message TEXT NOT NULL,
    details TEXT, field TEXT, fix TEXT NOT NULL, attempts INTEGER NOT NULL, http_status INTEGER,
    again INTEGER NOT NULL, resent INTEGER NOT NULL, left_at REAL, settled_at REAL,
    retryable INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS ids (id PRIMARY KEY, row INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    number INTEGER PRIMARY KEY, started REAL NOT NULL, ended REAL, calls INTEGER NOT NULL DEFAULT 0,
    credits INTEGER NOT NULL DEFAULT 0, retries INTEGER NOT NULL DEFAULT 0, ending TEXT
);
CREATE TABLE IF NOT EXISTS identity (only INTEGER PRIMARY KEY CHECK (only = 1), text TEXT NOT NULL);
INSERT OR IGNORE INTO identity VALUES (1, lower(hex(randomblob(8))));
"""
_LEAVING = """
CREATE TEMP VIEW leaving AS SELECT 0 AS first, 0 AS last, 0 AS attempts, 0 AS again, 0 AS left_at,
    0 AS credits, 0 AS retries, 0 AS session;
CREATE TEMP TRIGGER leave INSTEAD OF INSERT ON leaving BEGIN
    INSERT INTO spans (first, last, state, message, fix, attempts, again, resent, left_at) VALUES
        (NEW.first, NEW.last, 'flying', '', '', NEW.attempts, NEW.again, 0, NEW.left_at);
    UPDATE sessions SET calls = calls + 1, credits = credits + NEW.credits, retries = retries + NEW.retries
        WHERE number = NEW.session;
END;
"""
"""A call that leaves, in one statement: each one that is run costs more than what it does."""
_TICK = 0.001
_LOG_PAGES = 128
"""Of the log until it is written anew from its beginning: one that grows takes longer to reach the disk."""
_SETTLE = """
UPDATE spans SET state = ?, code = ?, message = ?, details = ?, field = ?, fix = ?, attempts = ?,
    http_status = ?, again = ?, resent = ?, settled_at = ?, retryable = ? WHERE first = ?
"""
_OVERLAPPING = """
SELECT * FROM spans WHERE first BETWEEN :first AND :last UNION ALL
SELECT * FROM (SELECT * FROM spans WHERE first < :first ORDER BY first DESC LIMIT 1) WHERE last >= :first
"""


class JournalFailed(Exception):
    """The journal can not be written: nothing more may be sent."""

    ROOM = "Make room for it, or make its folder writable"

    def __init__(self, reason: str) -> None:
        self.message = f"The run's record can not be written: {reason}"
        self.fix = f"{self.ROOM}, then resume the run."
        super().__init__(self.message)

    @property
    def is_damage(self) -> bool:
        """Whether the file is no database any more, which room does not mend."""
        code = getattr(self.__cause__, "sqlite_errorcode", None)
        return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Journal:
    """The journal of one run; used from several threads. Writing raises JournalFailed.

    clock: seconds since 1970; what is written down is later than any call that left before, whatever it says.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._path = path
        self._lock = RLock()
        with _told():
            self._db = self._connect("NORMAL")
            self._durable = self._connect("FULL")
            self._durable.executescript(_LEAVING)
            self._durable.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        self._session = 0
        self._whole: dict[int, int] = {}
        self._last = self._last_row()
        latest = self.read("SELECT max(left_at) FROM spans")[0][0]
        if latest is not None:
            self.clock = lambda: max(clock(), latest + _TICK)

    def _connect(self, synchronous: str) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=60, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(db)
            db.execute(f"PRAGMA synchronous = {synchronous}")
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        self._path.chmod(0o600)
        if db.execute("PRAGMA user_version").fetchone()[0] > _VERSION:
            raise UsageError(f"{self._path} was written by a newer zcrm", fix="Install that one.")
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(_TABLES)
        db.execute(f"PRAGMA user_version = {_VERSION}")
        if "retryable" not in (name for _, name, *_ in db.execute("PRAGMA table_info(spans)")):
            db.execute("ALTER TABLE spans ADD COLUMN retryable INTEGER NOT NULL DEFAULT 0")

    def close(self) -> None:
        """Leave the file as one, as far as there is room for it."""
        self._durable.close()
        self._db.close()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of any row."""
        return not self._last

    @property
    def mark(self) -> dict[str, Any]:
        """What tells it from all others, and how often its run was sent or resumed by now."""
        identity, session = self.read("SELECT text, (SELECT max(number) FROM sessions) FROM identity")[0]
        return {"identity": identity, "session": session or 0}

    @property
    def calls(self) -> int:
        """All that left so far."""
        return int(self.read("SELECT coalesce(sum(calls), 0) FROM sessions")[0][0])

    def damage(self) -> str:
        """What the database says is wrong with it; empty where nothing is."""
        said = str(self.read("PRAGMA quick_check(1)")[0][0])
        return "" if said == "ok" else said

    def leaving(self, outcomes: Sequence[Outcome]) -> None:
        """These rows leave next: on the disk, not only on its way there, when this returns."""
        spans = list(flying(outcomes, self.clock()))
        credits_, retries = for_rows(len(outcomes)), int(outcomes[0].attempts > outcomes[0].input.attempts)
        with self._lock:
            span = spans[0]
            if len(spans) == 1 and span.first > self._last:
                known = (span.first, span.last, span.attempts, span.again, span.left_at)
                with self._usable():
                    self._durable.execute(
                        "INSERT INTO leaving VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        (*known, credits_, retries, self._session),
                    )
                self._whole[span.first] = self._last = span.last
                return
            with self._writing(durable=True) as db:
                self._put(db, spans)
                db.execute(
                    "UPDATE sessions SET calls = calls + 1, credits = credits + ?, retries = retries + ? "
                    "WHERE number = ?",
                    (credits_, retries, self._session),
                )

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        """What became of these rows; nothing to keep of those that were stopped before any call."""
        spans = list(settled(outcomes, self.clock()))
        with self._lock:
            if len(spans) == 1 and self._whole.get(spans[0].first) == spans[0].last:
                span = spans[0]
                with self._usable():
                    self._db.execute(_SETTLE, (*span[2:12], span.settled_at, span.retryable, span.first))
                del self._whole[span.first]
            elif spans:
                with self._writing() as db:
                    self._put(db, spans)

    def skip(self, first: int, last: int, message: str, attempts: int = 0) -> None:
        """These rows are not sent, on purpose, or not sent again after so many attempts."""
        with self._writing() as db:
            self._put(db, [Span(first, last, "skipped", message=message, attempts=attempts)])

    def know_as(self, rows: Iterable[tuple[int, int]]) -> None:
        """Of each row is known, from here on, what is known of the other one beside it."""
        with self._writing() as db:
            for row, other in rows:
                found = db.execute(_OVERLAPPING, {"first": other, "last": other}).fetchone()
                if found is not None:
                    self._put(db, [Span(*found)._replace(first=row, last=row, resent=0)])

    def spans(self, *states: str) -> Iterator[Span]:
        """All spans, or those in these states, in the order of their rows."""
        chosen = f"AND state IN ({', '.join('?' * len(states))})" if states else ""
        query = f"SELECT * FROM spans WHERE first > ? {chosen} ORDER BY first LIMIT 1000"  # noqa: S608
        behind = -1
        while records := self.read(query, behind, *states):
            yield from map(Span._make, records)
            behind = records[-1][0]

    def counts(self) -> list[tuple[Any, str | None, str | None, str, int]]:
        """(state, code, field, fix, rows), the most rows first."""
        what = "state, code, field, fix"
        query = f"SELECT {what}, sum(last - first + 1) FROM spans GROUP BY {what} ORDER BY 5 DESC"  # noqa: S608
        return self.read(query)

    def first_sent(self, since: float) -> float | None:
        """When the first of the calls that left later than this did, and was not refused as a whole.

        Seconds since 1970; None when there was none.
        """
        query = "SELECT min(left_at) FROM spans WHERE left_at > ? AND state != 'unsent'"
        found: float | None = self.read(query, since)[0][0]
        return found

    def resent(self) -> int:
        """Rows sent again after a lost answer."""
        query = "SELECT coalesce(sum(last - first + 1), 0) FROM spans WHERE resent"
        return int(self.read(query)[0][0])

    def begin(self) -> None:
        """A session of the run begins."""
        with self._writing(durable=True) as db:
            cursor = db.execute("INSERT INTO sessions (started) VALUES (?)", (self.clock(),))
            self._session = int(cursor.lastrowid or 0)

    def end(self, ending: dict[str, Any], calls: int, credits: int, retries: int) -> None:  # noqa: A002
        """The session ends so; calls, credits and retries are what the engine counted."""
        with self._writing(durable=True) as db:
            db.execute(
                "UPDATE sessions SET ended = ?, calls = ?, credits = ?, retries = ?, ending = ? "
                "WHERE number = ?",
                (self.clock(), calls, credits, retries, json.dumps(ending), self._session),
            )

    def sessions(self) -> list[dict[str, Any]]:
        """Every time the run was sent or resumed."""
        with self._lock:
            cursor = self._db.execute("SELECT * FROM sessions ORDER BY number")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, record, strict=True)) for record in cursor]

    def add_ids(
        self, ids: Sequence[tuple[int | str, int]], *, latest: bool
    ) -> list[tuple[int | str, int, int]]:
        """Take down which row is for which record; latest: a later row replaces an earlier one.

        Returns (id, row there before, row) of those that were known already, in the order of their rows.
        """
        with self._writing() as db:
            before = db.total_changes
            in_order = [*_sorted(ids, int), *_sorted(ids, str)]
            db.executemany("INSERT OR IGNORE INTO ids VALUES (?, ?)", in_order)
            if db.total_changes - before == len(ids):
                return []
            known = []
            for record, row in ids:
                first = self.row_of(record)
                if first is not None and first != row:
                    known.append((record, first, row))
                    if latest:
                        db.execute("UPDATE ids SET row = ? WHERE id = ?", (row, record))
        return known

    def row_of(self, record: int | str) -> int | None:
        """The row that is for this record."""
        found = self.read("SELECT row FROM ids WHERE id = ?", record)
        return int(found[0][0]) if found else None

    def move_to(self, other: Journal) -> Counter[str]:
        """The input has changed: what is known of a row goes to the row that `other` has for its record.

        Of rows that were not sent nothing is known any more. Returns how many were sent, by their states,
        and have no such row.
        """
        records = self.read("SELECT row, id FROM ids")
        places = {row: other.row_of(record) for row, record in records}
        with self._writing(durable=True) as db:
            sent = [span for span in self.spans() if span.attempts]
            db.execute("DELETE FROM spans")
            db.execute("DELETE FROM ids")
            db.executemany("INSERT INTO ids VALUES (?, ?)", other.read("SELECT id, row FROM ids"))
            self._put(
                db,
                (
                    span._replace(first=place, last=place)
                    for span in sent
                    for row in range(span.first, span.last + 1)
                    if (place := places.get(row)) is not None
                ),
            )
        return Counter(
            "unknown" if span.state == FLYING else span.state
            for span in sent
            for row in range(span.first, span.last + 1)
            if row in places and places[row] is None
        )

    def _put(self, db: sqlite3.Connection, spans: Iterable[Span]) -> None:
        """Write spans over whatever was known of their rows."""
        for span in spans:
            for record in db.execute(_OVERLAPPING, {"first": span.first, "last": span.last}).fetchall():
                old = Span(*record)
                self._whole.pop(old.first, None)
                db.execute("DELETE FROM spans WHERE first = ?", (old.first,))
                if old.first < span.first:
                    _insert(db, old._replace(last=span.first - 1))
                if old.last > span.last:
                    _insert(db, old._replace(first=span.last + 1))
                if old.first <= span.first and span.left_at is None:
                    span = span._replace(left_at=old.left_at)
            _insert(db, span)
            self._last = max(self._last, span.last)

    def _last_row(self) -> int:
        """The last of the rows of which anything is known."""
        return int(self.read("SELECT coalesce(max(last), 0) FROM spans")[0][0])

    def read(self, query: str, *values: object) -> list[Any]:
        """The records of a query."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Raises JournalFailed in place of what the database raises, and where the file is gone."""
        with _told():
            if not os.access(self._path, os.W_OK):
                raise JournalFailed(f"{self._path} is gone, or can not be written")
            yield

    @contextmanager
    def _writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction; durable: it outlives the machine's crash, too, not only the process's."""
        db = self._durable if durable else self._db
        with self._lock, self._usable():
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise JournalFailed(str(error)) from error


def _sorted(ids: Sequence[tuple[int | str, int]], kind: type) -> list[tuple[int | str, int]]:
    """Those that are numbers, or text, in the order in which the index keeps them."""
    return sorted(pair for pair in ids if type(pair[0]) is kind)


def _insert(db: sqlite3.Connection, span: Span) -> None:
    db.execute(f"INSERT INTO spans VALUES ({', '.join('?' * len(span))})", span)  # noqa: S608
