"""The site that `nox -s docs` has built."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site."""
    if "ZCRM_SITE" not in os.environ:
        pytest.skip("ZCRM_SITE is not set; run `nox -s docs`")
    return Path(os.environ["ZCRM_SITE"])
