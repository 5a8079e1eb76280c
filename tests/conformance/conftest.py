"""What the conformance tests need from outside: `nox -s conformance` prepares it and demands it."""

import os
from collections.abc import Callable
from typing import NoReturn

import pytest


@pytest.fixture(scope="session")
def missing() -> Callable[[str], NoReturn]:
    """Skip the test for want of a tool; fail it where everything must be there (ZCRM_CONFORMANCE=1)."""

    def missing(what: str) -> NoReturn:
        if os.environ.get("ZCRM_CONFORMANCE") == "1":
            pytest.fail(f"{what} is missing")
        pytest.skip(f"{what} is missing; run `nox -s conformance`")

    return missing
