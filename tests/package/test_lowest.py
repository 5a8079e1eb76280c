"""Which versions a session runs with, and that the bounds are what `nox -s lowest` installs."""

import os
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WANTED = [
    *PROJECT["dependencies"],
    *(line for extra in PROJECT["optional-dependencies"].values() for line in extra),
]
BOUNDS = [
    re.fullmatch(r"([\w.-]+)(?:\[\w+\])?(?:>=([\d.]+)(?:,<[\d.]+)?(?:; .+)?)?", line) for line in WANTED
]
LOWEST = [bound.groups() for bound in BOUNDS if bound and bound[2]]


def test_every_dependency_has_a_lower_bound():
    assert all(BOUNDS), WANTED
    named = {bound[1] for bound in BOUNDS if bound}
    assert {name for name, _ in LOWEST} == named


@pytest.mark.skipif(os.environ.get("ZCRM_LOWEST") != "1", reason="run `nox -s lowest`")
@pytest.mark.parametrize(("name", "bound"), LOWEST)
def test_the_lowest_version_is_what_runs(name, bound):
    assert version(name).split(".")[: bound.count(".") + 1] == bound.split(".")
