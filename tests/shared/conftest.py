"""A Redis server of the tests' own, gates in both forms, and a client that goes by them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from zcrm.shared import RedisGate, SqliteGate
from zcrm.shared.budget import Asked, Budget
from zcrm.shared.gate import SharedGate

SERVER = shutil.which("redis-server") or shutil.which("valkey-server")


class Server:
    """A server that keeps nothing on a disk, at a free port of this host."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self.start()

    def start(self) -> None:
        import redis

        assert SERVER is not None
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [SERVER, *words, "--dir", str(self._folder)], stdout=subprocess.DEVNULL
        )
        with redis.Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    assert self._process.poll() is None
                    time.sleep(0.005)
                else:
                    return

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.go_on()
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        """Have it be empty, as after a restart."""
        import redis

        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@pytest.fixture(scope="session")
def has_redis() -> None:
    if SERVER is None:
        missing = "redis-server is missing; on Debian: apt-get install redis-server"
        assert "CI" not in os.environ, missing
        pytest.skip(missing)
    pytest.importorskip("redis")


@pytest.fixture(scope="session")
def _server(has_redis: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def server(_server: Server) -> Server:
    """An empty server, for many tests."""
    _server.forget()
    return _server


@pytest.fixture
def own_server(has_redis: None, tmp_path: Path) -> Iterator[Server]:
    """A server that the test may stop."""
    folder = tmp_path / "redis"
    folder.mkdir()
    server = Server(folder)
    yield server
    server.stop()


Gates = Callable[..., SharedGate]


def _know(server: Server, org: str = "org", concurrency: int = 10) -> None:
    import redis

    budget = Budget.new(0.0, Asked(holder="", seconds=330.0, concurrency=concurrency), forgotten=False)
    with redis.Redis.from_url(server.url) as client:
        client.set(f"zcrm:{{{org}}}:budget", budget.text(), nx=True)


@pytest.fixture
def known() -> Callable[..., None]:
    """Has a server know an org, as one does that was used before."""
    return _know


@pytest.fixture(params=["sqlite", "redis"])
def gates(request: pytest.FixtureRequest, tmp_path: Path) -> Gates:
    """Makes gates that share one budget, as other processes would."""
    if request.param == "sqlite":
        return lambda concurrency=10, **options: SqliteGate(tmp_path / "gate", concurrency, **options)
    server = request.getfixturevalue("server")

    def make(concurrency: int = 10, **options: Any) -> SharedGate:
        _know(server, concurrency=concurrency)
        return RedisGate(server.url, org="org", concurrency=concurrency, **options)

    return make


@pytest.fixture
def start_python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Runs a script in a process of its own, which ends with the test."""
    with ExitStack() as stack:

        def start(script: str, *words: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-W", "error", "-c", script, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start
