"""A simulator, sign-ins to it, an accounts server that says what it is told to, and other processes."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from zcrm import OAuth
from zcrm.auth.stores import MemoryStore
from zcrm.simulator import Simulator


@pytest.fixture
def settings(sim: Simulator) -> dict[str, str]:
    """What `OAuth` needs to sign in to the simulator."""
    return {
        "client_id": sim.client_id,
        "client_secret": sim.client_secret,
        "refresh_token": sim.refresh_token,
        "accounts_url": sim.accounts_url,
    }


@pytest.fixture
def oauth(settings: dict[str, str]) -> Callable[..., OAuth]:
    """Signs in to the simulator, with a memory of its own unless a store is given."""
    return lambda **changes: OAuth(**{**settings, "store": MemoryStore(), **changes})


@pytest.fixture
def token_calls(sim: Simulator) -> Callable[[], int]:
    return lambda: sim.ledger.calls("create_token")


class Clock:
    """Both clocks that a sign-in reads; they stand still until a test moves them."""

    def __init__(self) -> None:
        self.monotonic = 5_000.0
        self.wall = 1_800_000_000.0
        self.slept: list[float] = []

    def pass_by(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)

    @property
    def options(self) -> dict[str, Any]:
        """What makes an `OAuth` live by this clock."""
        return {"clock": lambda: self.monotonic, "now": lambda: self.wall, "sleep": self.sleep}


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Accounts:
    """An accounts server that gives the answers it was told, the last one for ever."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.forms: list[dict[str, str]] = []
        self._answers: list[tuple[int, str, bytes]] = []

    def say(self, *answers: Any, status: int = 200) -> None:
        """Answer with these, one after another: bytes as HTML, anything else as JSON."""
        self._answers = [
            (status, "text/html", answer)
            if isinstance(answer, bytes)
            else (status, "application/json", json.dumps(answer).encode())
            for answer in answers
        ]

    def next(self) -> tuple[int, str, bytes]:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture
def accounts() -> Iterator[Accounts]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told.forms.append({"path": self.path, **dict(parse_qsl(form))})
            status, content_type, body = told.next()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told = Accounts(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture
def start_python(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a script in another process, with settings that it finds in `given`; it ends with the test."""
    prelude = "import json, os, sys\ngiven = json.loads(os.environ['GIVEN'])\n"
    with ExitStack() as stack:

        def start(script: str, *, env: dict[str, str] | None = None, **given: Any) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-W", "error", "-c", prelude + script],
                env={**os.environ, **(env or {}), "GIVEN": json.dumps(given)},
                cwd=tmp_path,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


@pytest.fixture
def run_python(start_python: Any) -> Callable[..., str]:
    """Runs a script in another process; gives what it wrote, and fails when it failed."""

    def run(script: str, **given: Any) -> str:
        process = start_python(script, **given)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert err == ""
        return out

    return run
