"""What several folders of tests share: what `nox -s tests` prepares, and how other processes find it."""

import os
import signal
import sys
from pathlib import Path

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts background jobs so, and the processes that tests interrupt would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

collect_ignore = ["stranger"]


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
