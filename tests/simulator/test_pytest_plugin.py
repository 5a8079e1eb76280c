"""The pytest plugin, in test runs of its own."""

import os
import subprocess
import sys

import pytest

ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "NO_COLOR": "1"}


@pytest.fixture
def run(tmp_path):
    """Run pytest over a module with this text, the plugin being the only one active."""

    def run(text, **variables):
        (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
        (tmp_path / "test_it.py").write_text(text)
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "pytest", "-p", "zcrm.pytest_plugin", "-W", "error"],
            cwd=tmp_path,
            env=os.environ | ALONE | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_an_unused_plugin_imports_nothing_else(run):
    done = run(
        "import sys\n"
        "def test_it():\n"
        "    ours = {name for name in sys.modules if name.partition('.')[0] in ('zcrm', 'zcrm_api')}\n"
        "    assert ours == {'zcrm', 'zcrm.pytest_plugin'}\n"
        "    assert not {'starlette', 'uvicorn', 'httpx', 'orjson', 'attr'} & set(sys.modules)\n"
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_every_test_has_a_simulator_of_its_own(run):
    done = run(
        "import socket\n"
        "seen = []\n"
        "def test_one(zcrm_simulator):\n"
        "    seen.append(zcrm_simulator)\n"
        "    assert zcrm_simulator.load('Leads', [{'id': '1'}]) == ['1']\n"
        "def test_another(zcrm_simulator):\n"
        "    (before,) = seen\n"
        "    assert zcrm_simulator.records('Leads') == {}\n"
        "    assert zcrm_simulator is not before and zcrm_simulator.url\n"
        "    try:\n"
        "        before.url\n"
        "    except RuntimeError as error:\n"
        "        assert str(error) == 'the simulator is not running'\n"
        "    else:\n"
        "        assert False\n"
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_a_marker_passes_options(run):
    done = run(
        "import pytest\n"
        "pytestmark = pytest.mark.zcrm_simulator(edition='free')\n"
        "def test_of_the_module(zcrm_simulator):\n"
        "    assert zcrm_simulator.meters.credits_per_day == 5_000\n"
        "@pytest.mark.zcrm_simulator(credits_per_day=7)\n"
        "def test_nearest(zcrm_simulator):\n"
        "    assert zcrm_simulator.meters.credits_per_day == 7\n"
        "@pytest.mark.zcrm_simulator(edition='tiny')\n"
        "def test_unknown(zcrm_simulator):\n"
        "    pass\n"
    )
    assert (done.returncode, "2 passed, 1 error" in done.stdout) == (1, True), done.stdout
    assert "unknown edition 'tiny'; there are free, standard," in done.stdout


def test_a_missing_extra_is_named(run, tmp_path):
    (tmp_path / "without_extra.py").write_text(
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'uvicorn' else find(name, *rest)\n"
    )
    done = run(
        "def test_it(zcrm_simulator): pass\n",
        PYTEST_ADDOPTS="-p without_extra",
        PYTHONPATH=str(tmp_path),
    )
    assert done.returncode == 1
    assert 'zcrm_simulator needs an extra: pip install "zcrm[simulator]"' in done.stdout
    assert "Traceback" not in done.stdout
