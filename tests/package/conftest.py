"""Fresh environments to install zcrm into."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Environment:
    """An empty virtual environment of this Python, and what happens in it."""

    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin/python")

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of this environment, knowing nothing of ours."""
        program = str(self.folder / "bin" / command[0])
        plain = {"PATH": str(self.folder / "bin"), "HOME": str(self.folder)}
        return subprocess.run(
            [program, *command[1:]],
            env=plain | variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def install(self, *arguments: str) -> None:
        """Install with pip, which sees no configuration but these arguments."""
        pip = [sys.executable, "-m", "pip", "--isolated", "--python", self.python]
        done = subprocess.run(
            [*pip, "install", "--quiet", "--disable-pip-version-check", *arguments],
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "PIP_CONFIG_FILE": os.devnull},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def packages(self) -> set[str]:
        """The names of the distributions installed."""
        code = "import importlib.metadata as m; print(*(d.name.lower() for d in m.distributions()))"
        return set(self.run("python", "-I", "-c", code).stdout.split())


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def new_environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Environment]:
    def make() -> Environment:
        folder = tmp_path_factory.mktemp("environment")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
        return Environment(folder)

    return make


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (wheel,) = dist.glob("zcrm-*.whl")
    return wheel
