"""Private files and the stores in them: whole, synced, their owner's alone, and gone once forgotten."""

import errno
import inspect
import logging
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from zcrm import Connection
from zcrm.auth import files
from zcrm.auth.stores import PROCESS, FileStore, MemoryStore
from zcrm.errors import StoreError
from zcrm.wire.forks import _renew_all

KEY = "0123456789abcdef" * 2
OWN = "See who owns the file and its folder, and what their permissions are; both should be yours alone."

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no such permissions here")


@pytest.fixture
def open_umask() -> Any:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(path: Path) -> tuple[str, str]:
    with pytest.raises(StoreError) as caught:
        files.read(path)
    return caught.value.message, caught.value.fix


@pytest.mark.usefixtures("open_umask")
def test_folders_are_made_for_their_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.make_folder(tmp_path / "a" / "b")
    files.make_folder(tmp_path / "a" / "b")
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == [0o700, 0o700]
    is_dir, told = Path.is_dir, iter([False])
    monkeypatch.setattr(Path, "is_dir", lambda self: next(told, True) and is_dir(self))
    files.make_folder(tmp_path / "a" / "b")


def test_what_is_not_there_is_nothing_and_what_is_odd_is_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    file = tmp_path / "a.json"
    assert files.read(file) is None
    files.replace(file, "ä")
    assert files.read(file) == "ä"
    assert files.read(file / "b.json") is None
    file.write_bytes(b"\xff")
    assert files.read(file) == "\ufffd"
    assert refusal(tmp_path) == (f"{tmp_path} is no file", "")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert refusal(loop) == (f"{loop} can't be read: {os.strerror(errno.ELOOP)}", OWN)


@pytest.mark.parametrize("wide", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, wide: int) -> None:
    tmp_path.chmod(0o700)
    file = tmp_path / "a.json"
    files.replace(file, "text")
    file.chmod(wide)
    assert refusal(file) == (
        f"{file} is open to other users (mode {wide:o}), and holds secrets",
        f"Run chmod 600 {file}, and sign in anew if somebody may have read it.",
    )


@pytest.mark.parametrize("wide", [0o720, 0o702])
def test_a_folder_that_others_may_write_is_refused(tmp_path: Path, wide: int) -> None:
    file = tmp_path / "a.json"
    files.replace(file, "text")
    tmp_path.chmod(wide)
    assert refusal(file) == (
        f"{tmp_path} is open to other users (mode {wide:o}), and holds secrets",
        f"Run chmod 700 {tmp_path}, and sign in anew if somebody may have read it.",
    )
    tmp_path.chmod(0o755)
    assert files.read(file) == "text"


def test_what_another_user_owns_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    file = tmp_path / "a.json"
    files.replace(file, "text")
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert refusal(file) == (f"{tmp_path} belongs to another user, and holds secrets", OWN)


@pytest.mark.usefixtures("open_umask")
def test_a_text_is_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "made" / "a.json"
    files.replace(file, "before")
    file.with_suffix(".new").write_text("left by another")
    synced = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        found = os.fstat(descriptor)
        synced.append("folder" if stat.S_ISDIR(found.st_mode) else (found.st_size, file.read_text()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    opened = len(list(Path("/dev/fd").iterdir()))
    files.replace(file, "after ä")
    assert len(list(Path("/dev/fd").iterdir())) == opened
    assert synced == [(8, "before"), "folder"]
    assert (file.read_text(encoding="utf-8"), mode(file)) == ("after ä", 0o600)
    assert [path.name for path in file.parent.iterdir()] == ["a.json"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("step", ["fsync", "open"])
def test_a_text_that_can_not_be_written_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, step: str
) -> None:
    file = tmp_path / "a.json"
    files.replace(file, "before")

    real, errors = getattr(os, step), [error]

    def fail(*given: Any) -> Any:
        if errors:
            raise errors.pop()
        return real(*given)

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(error)) as caught:
        files.replace(file, "after")
    monkeypatch.undo()
    assert caught.value is error
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_removed_is_gone_with_what_was_left_unfinished(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    files.remove(file)
    files.replace(file, "text")
    file.with_suffix(".new").write_text("secret")
    files.remove(file)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("open_umask")
def test_a_lock_keeps_others_away_for_as_long_as_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "made" / "a.lock"
    with files.locked(path, 1):
        assert (mode(path), mode(path.parent)) == (0o600, 0o700)
        with pytest.raises(StoreError) as caught, files.locked(path, 0.05):
            pass
        assert caught.value.message == f"Another process has held {path} for 0.05 s"
        assert caught.value.fix == "See which process it is (lsof, or Task Manager) and end it if it hangs."
    with files.locked(path, 0.05):
        pass


def test_where_nothing_can_be_locked_that_is_said_once_and_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def flock(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("fcntl.flock", flock)
    store = FileStore(tmp_path)
    with caplog.at_level(logging.WARNING):
        for text in ("first", "second"):
            with store.lock(KEY):
                store.save(KEY, text)
                assert store.load(KEY) == text
                assert store._unwritten.lock(KEY).locked()  # type: ignore[attr-defined]
        assert list(tmp_path.glob("*.json")) == []
        with store.lock(KEY):
            store.delete(KEY)
            assert store.load(KEY) is None
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        (
            "zcrm.auth",
            f"{tmp_path} can't be written ({os.strerror(errno.ENOSYS)}): tokens are kept in memory, "
            "and not shared with other processes",
        )
    ]


def test_a_folder_that_can_not_be_written_for_a_while_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    tmp_path.chmod(0o700)
    store, other = FileStore(tmp_path), FileStore(tmp_path)
    store.save(KEY, "before")
    monkeypatch.setattr(os, "fsync", full)
    store.save(KEY, "after")
    store.save(KEY, "after all")
    assert (store.load(KEY), other.load(KEY)) == ("after all", "before")
    assert len(caplog.records) == 1
    monkeypatch.undo()
    store.save(KEY, "at last")
    other.save(KEY, "by another")
    assert store.load(KEY) == "by another"


def test_what_can_not_be_removed_is_told_and_not_kept_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = FileStore(tmp_path)
    (tmp_path / f"{KEY}.json").mkdir()
    store.delete(KEY)
    (record,) = caplog.records
    assert record.getMessage().startswith(f"{tmp_path} can't be written (")


def test_a_sign_in_that_is_forgotten_is_on_no_disk_and_in_no_memory(oauth: Any, tmp_path: Path) -> None:
    auth = oauth(store=FileStore(tmp_path))
    token = auth.fresh(None, Connection())
    (file,) = tmp_path.glob("*.json")
    file.with_suffix(".new").write_text(file.read_text())
    auth.forget()
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]
    assert (auth.status().made_at, auth.status().recent_tokens) == (None, 0)
    assert auth.fresh(None, Connection()) != token


def test_a_store_of_files_says_where_it_is_and_waits_longer_than_a_call_may_take(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert repr(FileStore("~/tokens")) == f"FileStore({str(tmp_path / 'tokens')!r})"
    assert inspect.signature(FileStore).parameters["lock_timeout"].default == 330.0
    assert isinstance(PROCESS, MemoryStore)
    store = FileStore(tmp_path, lock_timeout=0.05)
    with store.lock(KEY), pytest.raises(StoreError, match="Another process has held"), store.lock(KEY):
        pass


def test_a_memory_has_one_lock_for_each_key_and_a_forked_child_its_own() -> None:
    store = MemoryStore()
    with store.lock(KEY):
        assert store.lock(KEY).locked()  # type: ignore[attr-defined]
        with store.lock("f" * 32):
            pass
        taken = threading.Event()
        thread = threading.Thread(target=lambda: store.lock(KEY).__enter__() and taken.set())
        _renew_all()
        thread.start()
        assert taken.wait(10)
        thread.join()
