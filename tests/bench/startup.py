"""How long whole processes take to start, side by side: zcrm, httpx and the vendor's SDK.

Prints the medians and the ratios that have a limit; exits 1 when one is missed.
"""

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

ROUNDS = 15

_SDK = "from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer"
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import httpx": [sys.executable, "-c", "import httpx"],
    "import zcrm": [sys.executable, "-c", "import zcrm"],
    "zcrm --help": [str(Path(sys.executable).with_name("zcrm")), "--help"],
    "vendor SDK: import Initializer": [sys.executable, "-c", _SDK],
}
LIMITS = [
    ("import zcrm", "import httpx", 2.0),
    ("zcrm --help", "vendor SDK: import Initializer", 0.4),
]


def main() -> int:
    medians = _measure()
    for name, seconds in medians.items():
        print(f"{seconds * 1000:8.1f} ms  {name}")
    missed = False
    for name, other, limit in LIMITS:
        ratio = medians[name] / medians[other]
        missed |= ratio >= limit
        print(f"{ratio:8.2f}     {name} / {other}; must be below {limit}")
    return int(missed)


def _measure() -> dict[str, float]:
    """Median seconds by command; a round runs each once, so that a busy moment strikes all alike."""
    for command in COMMANDS.values():
        _seconds(command)
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            taken[name].append(_seconds(command))
    return {name: median(times) for name, times in taken.items()}


def _seconds(command: list[str]) -> float:
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
