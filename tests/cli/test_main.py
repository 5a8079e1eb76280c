"""The console script itself: help, its speed, the extra it needs."""

import re
import subprocess
import sys
from typing import Any

import pytest

HEAVY = (
    "attrs",
    "httpx",
    "orjson",
    "rich",
    "starlette",
    "uvicorn",
    "zcrm_api",
    "zcrm.client",
    "zcrm.simulator",
)


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("words", [["--help"], ["records", "update", "--help"], ["explain", "--help"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    done = python(
        "import sys\n"
        "from zcrm.cli import main\n"
        f"sys.argv[1:] = {words!r}\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        f"    sys.stderr.write(' '.join(name for name in {HEAVY!r} if name in sys.modules))\n"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: zcrm ")


def test_help_names_the_commands(zcrm: Any) -> None:
    commands = zcrm("--help").stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    assert re.findall(r"^  (\w+)", commands, re.MULTILINE) == [
        "demo",
        "each",
        "explain",
        "schema",
        "simulator",
        "records",
        "appointments",
        "mass",
        "runs",
        "fields",
        "auth",
    ]


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_one_line_names_it(missing: str) -> None:
    done = python(f"import sys; sys.modules[{missing!r}] = None; from zcrm.cli import main; main()")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'zcrm: the command line needs an extra: pip install "zcrm[cli]"\n'


@pytest.mark.parametrize("words", [["simulator", "--port", "0"], ["demo"]])
def test_without_the_simulators_extra_one_line_names_it(words: list[str]) -> None:
    done = python(
        f"import sys; sys.modules['uvicorn'] = None; sys.argv[1:] = {words!r}; "
        "from zcrm.cli import main; main()"
    )
    assert done.returncode == 2
    assert done.stderr == 'Error: the simulator needs an extra: pip install "zcrm[cli,simulator]"\n'


def test_an_unknown_command_is_a_usage_error(zcrm: Any) -> None:
    assert zcrm.process("recrods").returncode == 2
    assert zcrm("records", "upsert").returncode == 2


def test_windows_has_no_sighup_and_a_sigbreak(zcrm: Any) -> None:
    windows = (
        "import enum, signal, sys\n"
        "numbers = {number.name: number for number in signal.Signals if number != signal.SIGHUP}\n"
        "signal.Signals = enum.IntEnum('Signals', numbers | {'SIGBREAK': signal.SIGUSR1})\n"
        "del signal.SIGHUP\n"
        "from zcrm.cli import main\n"
        "from zcrm.cli.signals import ENDING\n"
        "sys.stderr.write(f'{[*ENDING] == [signal.SIGTERM, signal.SIGUSR1]}')\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", windows, "explain", "INVALID_DATA"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "True")
