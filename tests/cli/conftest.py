"""The command line as a process of its own, and a simulator for it to talk to."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zcrm.simulator import Simulator

STATES = ("updated", "rejected", "conflict", "unknown", "skipped", "unsent")


class Zcrm:
    """Runs `zcrm` in a folder of its own, with no variables of zcrm's but those in `env`."""

    def __init__(self, folder: Path, run_here: Callable[..., Any]) -> None:
        self.folder = folder
        self._run_here = run_here
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("ZCRM_")}
        self.env["ZCRM_CONFIG_DIR"] = str(folder / "config")
        self.command = [sys.executable, "-m", "zcrm.cli"]

    def process(
        self, *words: str, stdin: str = "", prepare: Callable[[], None] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run it as a process of its own. prepare: what the new process does first."""
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

    def __call__(
        self, *words: str, stdin: str = "", encoding: str = "utf-8"
    ) -> subprocess.CompletedProcess[str]:
        """Run it in this process, which is quicker."""
        return self._run_here(words, self.folder, self.env, stdin, encoding)

    def find(self, simulator: Simulator) -> None:
        """Have the simulator's credentials in the environment."""
        self.env |= {
            "ZCRM_API_DOMAIN": simulator.url,
            "ZCRM_ACCOUNTS_URL": simulator.accounts_url,
            "ZCRM_CLIENT_ID": simulator.client_id,
            "ZCRM_CLIENT_SECRET": simulator.client_secret,
            "ZCRM_REFRESH_TOKEN": simulator.refresh_token,
        }

    def kill_in_call(
        self, number: int, simulator: Simulator, *words: str, route: str = "update_records"
    ) -> None:
        """Start a command, and kill it while it waits for the answer to this call."""
        simulator.fault("hold", route=route, times=[number])
        process = self.start(*words)
        while simulator.ledger.calls(route) < number:
            assert process.poll() is None
        process.kill()
        process.communicate()
        simulator.release()


@pytest.fixture(scope="session")
def zcrm_in(run_here: Callable[..., Any]) -> Callable[[Path], Zcrm]:
    """`zcrm` in a folder of the caller's."""
    return lambda folder: Zcrm(folder, run_here)


@pytest.fixture
def zcrm(tmp_path: Path, zcrm_in: Callable[[Path], Zcrm]) -> Zcrm:
    return zcrm_in(tmp_path)


@pytest.fixture
def simulator(zcrm: Zcrm) -> Iterator[Simulator]:
    """A simulator whose credentials `zcrm` finds in its environment."""
    with Simulator() as simulator:
        zcrm.find(simulator)
        yield simulator
