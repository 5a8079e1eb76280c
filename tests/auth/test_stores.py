"""Where sign-ins are kept: private, whole, and never in the way."""

import json
import logging
import os
import random
import signal
import sqlite3
import stat
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from zcrm import Connection, ZohoCRM
from zcrm.auth.stores import FileStore, MemoryStore
from zcrm.errors import AuthError, StoreError

CONNECTION = Connection()
KEY = "0123456789abcdef" * 2
KILLS = 100

posix = pytest.mark.skipif(os.name != "posix", reason="there are no such permissions here")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "config" / "tokens"


@pytest.fixture
def bound_folder(oauth, tmp_path):
    """An empty folder of a user whom permissions bind, also where root runs the tests."""
    oauth(store=FileStore(tmp_path / "loads-all-modules")).fresh(None, CONNECTION)
    with tempfile.TemporaryDirectory() as name:
        root = os.geteuid() == 0
        if root:
            os.chown(name, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)
            Path(name).chmod(0o700)


@pytest.fixture
def saved(oauth, folder):
    """The file of one sign-in."""
    oauth(store=FileStore(folder)).fresh(None, CONNECTION)
    (path,) = folder.glob("*.json")
    return path


@pytest.mark.parametrize("make", [MemoryStore, lambda: None], ids=["memory", "file"])
def test_texts_are_kept_by_key(make, folder):
    store = make() or FileStore(folder)
    with store.lock(KEY):
        assert store.load(KEY) is None
        store.save(KEY, "first ä")
        store.save(KEY, "second")
        assert store.load(KEY) == "second"
        assert store.load("f" * 32) is None
        store.delete(KEY)
        store.delete(KEY)
        assert store.load(KEY) is None


@posix
def test_folder_and_files_are_their_owners_alone(oauth, folder):
    umask = os.umask(0)
    try:
        oauth(store=FileStore(folder)).fresh(None, CONNECTION)
    finally:
        os.umask(umask)
    assert mode(folder) == 0o700
    assert {path.suffix: mode(path) for path in folder.iterdir()} == {".json": 0o600, ".lock": 0o600}


@posix
def test_from_the_first_byte_and_never_torn(folder):
    store = FileStore(folder)
    texts = [letter * size for letter, size in (("a", 10), ("b", 1_000_000), ("c", 100_000))]
    store.save(KEY, texts[0])
    writing = threading.Event()
    writing.set()
    seen, modes = set(), set()

    def watch():
        while writing.is_set():
            seen.add(store.load(KEY))
            for path in folder.iterdir():
                with suppress(FileNotFoundError):
                    modes.add(mode(path))

    watcher = threading.Thread(target=watch)
    watcher.start()
    umask = os.umask(0)
    try:
        for number in range(60):
            store.save(KEY, texts[number % 3])
    finally:
        os.umask(umask)
        writing.clear()
        watcher.join()
    assert modes == {0o600}
    assert seen <= set(texts)
    assert len(seen) > 1


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text[: len(text) // 2], "is torn"),
        (lambda text: "", "is torn"),
        (lambda text: "\0" * len(text), "is torn"),
        (
            lambda text: "client_id=1000.X\nrefresh_token=1000.Y\n",
            "is torn, or was written by something else",
        ),
        (lambda text: '{"access_token": "1000.a", "expires_in": 3600}', "was written by something else"),
        (lambda text: "[]", "was written by something else"),
        (lambda text: json.dumps(json.loads(text) | {"version": 2}), "was written by a newer zcrm"),
        (lambda text: json.dumps(json.loads(text) | {"version": "x"}), "was written by a newer zcrm"),
        (lambda text: json.dumps(json.loads(text) | {"made_at": "noon"}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"access_token": 1}), "is damaged"),
        (lambda text: json.dumps({"format": "zcrm sign-in", "version": 1}), "is damaged"),
    ],
    ids=["half", "empty", "zeros", "alien", "json", "list", "newer", "odd", "type", "token", "fields"],
)
def test_a_file_that_makes_no_sense_is_an_error_and_is_left_alone(
    sim, oauth, saved, folder, token_calls, spoil, words
):
    spoilt = spoil(saved.read_text())
    saved.write_text(spoilt)
    auth = oauth(store=FileStore(folder))
    with ZohoCRM(auth=auth, api_domain=sim.url) as crm, pytest.raises(StoreError, match=words) as caught:
        crm.records.update_one("Deals", "1", {})
    assert isinstance(caught.value, AuthError)
    assert str(folder) in caught.value.message
    assert saved.name in caught.value.fix
    for ask in (auth.status, auth.revoke, lambda: auth.refresh_token):
        with pytest.raises(StoreError, match=words):
            ask()
    assert saved.read_text() == spoilt
    assert token_calls() == 1
    saved.unlink()
    assert auth.fresh(None, CONNECTION).value


@posix
@pytest.mark.parametrize("wide", [0o640, 0o604, 0o666, 0o610])
def test_a_file_that_others_could_read_is_refused(oauth, saved, folder, wide):
    saved.chmod(wide)
    with pytest.raises(StoreError, match=f"mode {wide:o}") as caught:
        oauth(store=FileStore(folder)).fresh(None, CONNECTION)
    assert caught.value.fix == f"Run chmod 600 {saved}, and sign in anew if somebody may have read it."
    saved.chmod(0o600)
    assert oauth(store=FileStore(folder)).fresh(None, CONNECTION).value


@posix
@pytest.mark.parametrize("wide", [0o770, 0o702, 0o1777])
def test_a_folder_that_others_could_write_to_is_refused(oauth, saved, folder, wide):
    folder.chmod(wide)
    with pytest.raises(StoreError, match=f"mode {wide:o}") as caught:
        oauth(store=FileStore(folder)).fresh(None, CONNECTION)
    assert caught.value.fix.startswith(f"Run chmod 700 {folder}")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(oauth, saved, folder):
    os.chown(saved, 65534, 65534)
    with pytest.raises(StoreError, match="belongs to another user"):
        oauth(store=FileStore(folder)).fresh(None, CONNECTION)


@posix
def test_a_file_that_can_not_be_read(oauth, bound_folder):
    oauth(store=FileStore(bound_folder)).fresh(None, CONNECTION)
    (path,) = bound_folder.glob("*.json")
    path.chmod(0)
    with pytest.raises(StoreError, match="can't be read: Permission denied"):
        oauth(store=FileStore(bound_folder)).fresh(None, CONNECTION)


@posix
def test_a_read_only_folder_is_gone_on_without(oauth, clock, bound_folder, caplog, token_calls):
    bound_folder.chmod(0o500)
    with caplog.at_level(logging.WARNING):
        auth = oauth(store=FileStore(bound_folder), **clock.options)
        before = token_calls()
        token = auth.fresh(None, CONNECTION)
        assert auth.fresh(None, CONNECTION) == token
        assert auth.fresh(token, CONNECTION) != token
        assert auth.status().recent_tokens == 2
    assert token_calls() == before + 2
    assert list(bound_folder.iterdir()) == []
    assert [record.getMessage() for record in caplog.records] == [
        f"{bound_folder} can't be written (Permission denied): tokens are kept in memory, "
        "and not shared with other processes"
    ]


@posix
def test_a_token_in_a_read_only_folder_is_used(oauth, bound_folder, token_calls):
    token = oauth(store=FileStore(bound_folder)).fresh(None, CONNECTION)
    before = token_calls()
    bound_folder.chmod(0o500)
    assert oauth(store=FileStore(bound_folder)).fresh(None, CONNECTION) == token
    assert token_calls() == before


@pytest.mark.parametrize("place", ["/proc/nothing/here", "file/tokens"])
def test_a_folder_that_can_not_be_made_is_gone_on_without(oauth, tmp_path, caplog, place):
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        assert oauth(store=FileStore(tmp_path / place)).fresh(None, CONNECTION).value
    assert "tokens are kept in memory" in caplog.text


HOLD = """
from zcrm.auth.stores import FileStore

with FileStore(given["folder"]).lock(given["key"]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_lock_of_a_dead_process_holds_nobody_up(folder, start_python):
    holder = start_python(HOLD, folder=str(folder), key=KEY)
    assert holder.stdout.readline() == "held\n"
    with (
        pytest.raises(StoreError, match=r"Another process has held .* for 0\.2 s"),
        FileStore(folder, lock_timeout=0.2).lock(KEY),
    ):
        raise AssertionError
    with FileStore(folder, lock_timeout=0.2).lock("f" * 32):
        pass
    holder.kill()
    holder.wait(10)
    with FileStore(folder, lock_timeout=5).lock(KEY):
        pass


WRITE = """
import itertools
from zcrm.auth.stores import FileStore

store = FileStore(given["folder"])
for number in itertools.count():
    with store.lock(given["key"]):
        store.save(given["key"], json.dumps({"number": number, "padding": "x" * (number * 997 % 50_000)}))
    if number == 0:
        print("ready", flush=True)
"""


def test_a_store_loads_whenever_its_writer_was_killed(folder, start_python):
    draw = random.Random(4)
    last = in_mid_write = 0
    for _ in range(KILLS):
        writer = start_python(WRITE, folder=str(folder), key=KEY)
        assert writer.stdout.readline() == "ready\n"
        time.sleep(draw.uniform(0.005, 0.05))
        writer.send_signal(signal.SIGKILL)
        writer.wait(10)
        in_mid_write += (folder / f"{KEY}.new").exists()
        store = FileStore(folder, lock_timeout=5)
        with store.lock(KEY):
            text = store.load(KEY)
            assert text is not None
            number = json.loads(text)["number"]
            assert json.loads(text) == {"number": number, "padding": "x" * (number * 997 % 50_000)}
            last = max(last, number)
            store.save(KEY, text)
        assert {path.name for path in folder.iterdir()} == {f"{KEY}.json", f"{KEY}.lock"}
    assert last > 0
    assert in_mid_write > 0


class SqliteStore:
    """A store as anybody may write one."""

    def __init__(self, path):
        self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.database.execute("CREATE TABLE texts (key TEXT PRIMARY KEY, text TEXT)")

    @contextmanager
    def lock(self, key):
        self.database.execute("BEGIN EXCLUSIVE")
        yield
        self.database.execute("COMMIT")

    def load(self, key):
        row = self.database.execute("SELECT text FROM texts WHERE key = ?", [key]).fetchone()
        return row and row[0]

    def save(self, key, text):
        self.database.execute("REPLACE INTO texts VALUES (?, ?)", [key, text])

    def delete(self, key):
        self.database.execute("DELETE FROM texts WHERE key = ?", [key])


def test_a_store_of_ones_own(oauth, tmp_path, token_calls):
    store = SqliteStore(tmp_path / "tokens.db")
    token = oauth(store=store).fresh(None, CONNECTION)
    assert oauth(store=store).fresh(None, CONNECTION) == token
    assert token_calls() == 1
    oauth(store=store).revoke()
    assert store.database.execute("SELECT count(*) FROM texts").fetchone() == (0,)
    store.database.close()
