"""Which versions a session runs with, and that the bounds are what `nox -s lowest` installs."""

import os
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
PROJECT = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
EXTRAS = dict(PROJECT["optional-dependencies"])
PINNED = EXTRAS.pop("types")
"""What makes code, and the same code everywhere: by one version alone."""
WANTED = [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
BOUNDS = [
    re.fullmatch(r"([\w.-]+)(?:\[\w+\])?(?:>=([\d.]+)(?:,<[\d.]+)?(?:; .+)?)?", line) for line in WANTED
]
LOWEST = [bound.groups() for bound in BOUNDS if bound and bound[2]]
BY_ITSELF = ("dask", "distributed")
"""What `nox -s dask` alone installs."""


def test_every_dependency_has_a_lower_bound():
    assert all(BOUNDS), WANTED
    named = {bound[1] for bound in BOUNDS if bound}
    assert {name for name, _ in LOWEST} == named


def test_what_writes_rows_is_what_wrote_those_of_the_api():
    groups = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["dependency-groups"]
    assert set(PINNED) <= set(groups["generate"])


@pytest.mark.skipif(os.environ.get("ZCRM_LOWEST") != "1", reason="run `nox -s lowest`")
@pytest.mark.parametrize(("name", "bound"), [each for each in LOWEST if each[0] not in BY_ITSELF])
def test_the_lowest_version_is_what_runs(name, bound):
    assert version(name).split(".")[: bound.count(".") + 1] == bound.split(".")
