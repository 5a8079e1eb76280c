"""Somebody else's project, tests/stranger, with the wheel installed and nothing else of ours."""

import shutil

import pytest


@pytest.fixture(scope="module")
def environment(new_environment, wheel, wheelhouse, root):
    """An environment with what the stranger's project needs, and a copy of the project in it."""
    environment = new_environment()
    wanted = [f"zcrm[simulator] @ {wheel.as_uri()}", "pytest"]
    environment.install("--no-index", "--find-links", str(wheelhouse), *wanted)
    shutil.copytree(root / "tests/stranger", environment.folder / "stranger")
    return environment


def test_the_fixture_is_there(environment):
    done = environment.run("python", "-W", "error", "-m", "pytest", "stranger")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "plugins: " in done.stdout
    assert "zcrm-" in done.stdout.partition("plugins: ")[2].partition("\n")[0]


def test_it_says_what_it_is_and_what_passes_options(environment):
    fixtures = environment.run("python", "-m", "pytest", "stranger", "--fixtures", "-q").stdout
    markers = environment.run("python", "-m", "pytest", "stranger", "--markers", "-q").stdout
    assert "zcrm_simulator -- " in fixtures
    assert "A running `zcrm.simulator.Simulator` without records, faults or a past" in fixtures
    assert "@pytest.mark.zcrm_simulator(**options): how zcrm.simulator.Simulator is made" in markers


def test_unused_it_imports_nothing_of_the_simulator(environment):
    (environment.folder / "unused").mkdir()
    (environment.folder / "unused/test_unused.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    assert {name for name in sys.modules if name.partition('.')[0] == 'zcrm'}"
        " == {'zcrm', 'zcrm.pytest_plugin'}\n"
        "    assert not {'starlette', 'uvicorn', 'httpx', 'zcrm_api'} & set(sys.modules)\n"
    )
    done = environment.run("python", "-W", "error", "-m", "pytest", "unused")
    assert done.returncode == 0, done.stdout + done.stderr
