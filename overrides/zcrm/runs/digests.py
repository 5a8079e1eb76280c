"""What earlier runs sent for each record and Zoho applied: digests of the values, never the values."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

import orjson

from ..errors import UsageError
from ..outcomes import Outcome
from ..rows.encoding import encode_row
from ..rows.values import BadValue, wire_row
from .journal import JournalFailed

__all__ = ["Digests"]

_TABLES = """
CREATE TABLE IF NOT EXISTS sent (id TEXT PRIMARY KEY, fields TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secret (key BLOB NOT NULL);
"""


class Digests:
    """The digests of one module and one place to send to, in the runs folder.

    A field is forgotten before its row leaves and known again once Zoho has applied it: a run that is killed
    in between makes nothing look unchanged. Digests are keyed by a secret of their own file.
    """

    def __init__(self, path: Path, *, ignored: str | None = None, beside: Collection[str] = ()) -> None:
        """ignored: a field that counts for nothing. beside: fields that calls set besides those of the rows:
        they are not known afterwards. Raises UsageError when the file can not be used.
        """
        self._ignored = {"id", ignored}
        self._beside = frozenset(beside)
        self._lock = RLock()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            try:
                self._prepare(path)
            except BaseException:
                self._db.close()
                raise
        except (OSError, sqlite3.Error) as error:
            fix = "Delete it, and every row is sent once more, or bring it back as the last run left it."
            raise UsageError(f"{path} can not be used: {error}", fix=fix) from error

    def _prepare(self, path: Path) -> None:
        path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_TABLES)
        self._db.execute(
            "INSERT INTO secret SELECT ? WHERE NOT EXISTS (SELECT * FROM secret)",
            (secrets.token_bytes(16),),
        )
        self._key: bytes = self._db.execute("SELECT key FROM secret").fetchone()[0]

    @staticmethod
    def path(runs_dir: Path, module: str, place: str) -> Path:
        """The file for a module and a place, such as profile, data centre and environment in words."""
        name = hashlib.sha256(place.encode()).hexdigest()[:16]
        return runs_dir / ".sent" / f"{module}-{name}.sqlite"

    def close(self) -> None:
        self._db.close()

    def knows(self, record: Mapping[str, Any]) -> bool:
        """Whether every field of the record was sent before with this value, and applied."""
        known = self._known(str(record["id"]).strip())
        if not known.keys() >= record.keys() - self._ignored:
            return False
        try:
            return all(known[field] == digest for field, digest in self._of(record).items())
        except BadValue:
            return False

    def leaving(self, outcomes: Sequence[Outcome]) -> None:
        """Forget what these rows are about to change."""
        self._change(
            outcomes,
            lambda known, record: {
                f: d for f, d in known.items() if f not in record and f not in self._beside
            },
        )

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        """Remember what was applied."""
        updated = [outcome for outcome in outcomes if outcome.state == "updated"]
        self._change(updated, lambda known, record: known | self._of(record))

    def forget(self, fields: Collection[str]) -> None:
        """Forget these fields of every record; for what changes records of which nobody knows the ids."""
        with self._using(), self._db:
            for field in fields:
                self._db.execute("UPDATE sent SET fields = json_remove(fields, ?)", (f'$."{field}"',))

    def _change(self, outcomes: Sequence[Outcome], change: Any) -> None:
        with self._using(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for outcome in outcomes:
                known = change(self._known(str(outcome.id)), outcome.input.row)
                self._db.execute(
                    "INSERT OR REPLACE INTO sent VALUES (?, ?)", (str(outcome.id), json.dumps(known))
                )

    def _known(self, record_id: str) -> dict[str, str]:
        with self._using():
            found = self._db.execute("SELECT fields FROM sent WHERE id = ?", (record_id,)).fetchone()
            return orjson.loads(found[0]) if found else {}

    @contextmanager
    def _using(self) -> Iterator[None]:
        """One thread at a time; raises JournalFailed."""
        with self._lock:
            try:
                yield
            except (sqlite3.Error, orjson.JSONDecodeError) as error:
                raise JournalFailed(f"what was sent before: {error}") from error

    def _of(self, record: Mapping[str, Any]) -> dict[str, str]:
        return {
            field: hashlib.blake2b(encode_row({field: value}), digest_size=8, key=self._key).hexdigest()
            for field, value in wire_row(record).items()
            if field not in self._ignored
        }
