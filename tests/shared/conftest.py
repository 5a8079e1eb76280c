"""A Redis server of the tests' own, gates in both forms, and a client that goes by them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zcrm.shared import RedisGate, SqliteGate
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


def opened(gate: SharedGate) -> SharedGate:
    """The gate, once a store that was found empty is believed to be new."""
    from zcrm.shared import servers

    servers._Text.forgets = False
    try:
        with gate.enter():
            pass
    finally:
        servers._Text.forgets = True
    return gate


Gates = Callable[..., SharedGate]


@pytest.fixture(params=["sqlite", "redis"])
def gates(request: pytest.FixtureRequest, tmp_path: Path) -> Gates:
    """Makes gates that share one budget, as other processes would."""
    if request.param == "sqlite":
        return lambda concurrency=10, **options: SqliteGate(tmp_path / "gate", concurrency, **options)
    server = request.getfixturevalue("server")
    url = server.url
    return lambda concurrency=10, **options: opened(
        RedisGate(url, org="org", concurrency=concurrency, **options)
    )


def start_python(script: str, *words: str, **options: Any) -> subprocess.Popen[str]:
    """Run a script in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )
