"""What several folders of tests share: a simulator with deals, and what `nox -s tests` prepares."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, chdir
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

if TYPE_CHECKING:
    from zcrm.simulator import Simulator

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts background jobs so, and the processes that tests interrupt would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    # So does nohup with this one.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

if find_spec("hypothesis"):
    from hypothesis import HealthCheck, settings

    untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("untimed", untimed)
    settings.load_profile("untimed")

collect_ignore = ["stranger"]

FIRST_ID = 5545974000000500001
TOKEN = json.dumps({"access_token": "1000.a", "expires_in": 3600, "token_type": "Bearer"}).encode()


def _prepared(variable: str) -> Path:
    if variable not in os.environ:
        pytest.skip(f"{variable} is not set; run `nox -s tests`")
    return Path(os.environ[variable])


@pytest.fixture(scope="session")
def wheelhouse() -> Path:
    """A folder with the wheels of everything that zcrm needs, and of what builds it."""
    return _prepared("ZCRM_WHEELHOUSE")


@pytest.fixture(scope="session")
def dist() -> Path:
    """The folder with the wheel and the sdist that were built."""
    return _prepared("ZCRM_DIST")


@pytest.fixture(scope="session")
def search_path() -> str:
    """A PATH in which the programs beside this Python come first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def _run_here(
    words: Sequence[str], folder: Path, env: Mapping[str, str], stdin: str = "", encoding: str = "utf-8"
) -> subprocess.CompletedProcess[str]:
    from zcrm.cli import main

    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding, "strict", newline="\n") for _ in range(2))
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM))
        stack.callback(setattr, sys, "excepthook", sys.excepthook)
        stack.enter_context(chdir(folder))
        stack.enter_context(patch.dict(os.environ, env, clear=True))
        stack.enter_context(patch.multiple(sys, argv=["zcrm", *words], stdin=given, stdout=out, stderr=err))
        with pytest.raises(SystemExit) as ended:
            main()
    said = (stream.buffer.getvalue().decode(encoding) for stream in (out, err))
    return subprocess.CompletedProcess(words, ended.value.code or 0, *said)


@pytest.fixture(scope="session")
def run_here() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `zcrm` in this process: (words, folder, env, stdin, encoding).

    It is quicker than a process of its own. Its streams refuse what the encoding has not.
    """
    return _run_here


def _whole(told: Any) -> dict[str, Any]:
    names = ("state", "code", "message", "details", "attempts", "http_status", "fix", "retryable")
    return {name: getattr(told, name) for name in names}


@pytest.fixture(scope="session")
def whole() -> Callable[[Any], dict[str, Any]]:
    """Gives everything that is told of an outcome."""
    return _whole


@pytest.fixture
def sim() -> Iterator[Simulator]:
    from zcrm.simulator import Simulator  # the session `spec` collects this file without zcrm

    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def ids() -> Callable[[int], list[str]]:
    return lambda count: [str(FIRST_ID + n) for n in range(count)]


@pytest.fixture
def deals(sim: Simulator, ids: Callable[[int], list[str]]) -> Callable[[int], list[str]]:
    """Puts so many deals into the simulator; gives their ids."""

    def load(count: int) -> list[str]:
        sim.load("Deals", [{"id": record_id, "Stage": "Open"} for record_id in ids(count)])
        return ids(count)

    return load


@pytest.fixture
def answering() -> Iterator[Callable[[str, str], dict[str, str]]]:
    """Starts a server that rejects all rows with this code and message; gives the variables to it."""
    said: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            self._answer(json.loads(TOKEN))

        def do_PUT(self) -> None:
            rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
            code, message = said
            item = {"code": code, "status": "error", "message": message, "details": {"api_name": code}}
            self._answer({"data": [item for _ in rows]})

        def _answer(self, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"

        def start(code: str, message: str) -> dict[str, str]:
            said[:] = [code, message]
            secrets = dict.fromkeys(("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN"), "1000.x")
            return secrets | dict.fromkeys(("ZCRM_API_DOMAIN", "ZCRM_ACCOUNTS_URL"), address)

        yield start
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """Answers every request with its `status` and `body`, but for those that ask for a token."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.startswith("/oauth"):
                return self.say(200, TOKEN)
            status = self.server.status  # type: ignore[attr-defined]
            return self.say(status, b"" if status in (204, 304) else self.server.body)  # type: ignore[attr-defined]

        def say(self, status: int, body: bytes) -> None:
            self.send_response(status, "whatever")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = answer

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
