"""The command line as a process of its own, and a simulator for it to talk to."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest

from zcrm.cli import main
from zcrm.simulator import Simulator

STATES = ("updated", "rejected", "conflict", "unknown", "skipped", "unsent")


class Zcrm:
    """Runs `zcrm` in a folder of its own, with no variables of zcrm's but those in `env`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("ZCRM_")}
        self.env["ZCRM_CONFIG_DIR"] = str(folder / "config")
        self.command = [sys.executable, "-m", "zcrm.cli"]

    def __call__(
        self, *words: str, stdin: str = "", prepare: Callable[[], None] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """prepare: what the new process does first."""
        return subprocess.run(
            [*self.command, *words],
            cwd=self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            preexec_fn=prepare,
        )

    def start(
        self,
        *words: str,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.command, *words],
            cwd=self.folder,
            env=self.env | {"TERM": "xterm"},
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
        )

    def write(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    @property
    def run_folder(self) -> Path:
        [folder] = (path for path in (self.folder / "zcrm-runs").iterdir() if not path.name.startswith("."))
        return folder

    @property
    def facts(self) -> dict[str, Any]:
        return json.loads((self.run_folder / "run.json").read_bytes())

    @property
    def results(self) -> dict[str, list[dict[str, str]]]:
        """The rows of the six result files of the only run."""
        found = {}
        for state in STATES:
            with (self.run_folder / f"{state}.csv").open(encoding="utf-8-sig", newline="") as file:
                found[state] = list(csv.DictReader(file))
        return found

    @property
    def counts(self) -> dict[str, int]:
        return {state: len(rows) for state, rows in self.results.items() if rows}

    def here(self, *words: str, stdin: str = "", encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
        """The same in this process, quicker, on streams that encode so and refuse what they can't encode."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding, "strict", newline="\n") for _ in range(2))
        with ExitStack() as stack:
            stack.callback(signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM))
            stack.callback(setattr, sys, "excepthook", sys.excepthook)
            stack.enter_context(chdir(self.folder))
            stack.enter_context(patch.dict(os.environ, self.env, clear=True))
            stack.enter_context(patch.multiple(sys, argv=["zcrm", *words], stdout=out, stderr=err))
            stack.enter_context(patch.object(sys, "stdin", io.StringIO(stdin)))
            with pytest.raises(SystemExit) as ended:
                main()
        said = (stream.buffer.getvalue().decode(encoding) for stream in (out, err))
        return subprocess.CompletedProcess(words, ended.value.code or 0, *said)


@pytest.fixture
def zcrm(tmp_path: Path) -> Zcrm:
    return Zcrm(tmp_path)


@pytest.fixture
def simulator(zcrm: Zcrm) -> Iterator[Simulator]:
    """A simulator whose credentials `zcrm` finds in its environment."""
    with Simulator() as simulator:
        zcrm.env |= {
            "ZCRM_API_DOMAIN": simulator.url,
            "ZCRM_ACCOUNTS_URL": simulator.accounts_url,
            "ZCRM_CLIENT_ID": simulator.client_id,
            "ZCRM_CLIENT_SECRET": simulator.client_secret,
            "ZCRM_REFRESH_TOKEN": simulator.refresh_token,
        }
        yield simulator


@pytest.fixture
def answering() -> Iterator[Callable[[str, str], dict[str, str]]]:
    """Starts a server that rejects all rows with this code and message; gives the variables to it."""
    said: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            self._answer({"access_token": "1000.a", "expires_in": 3600, "token_type": "Bearer"})

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
