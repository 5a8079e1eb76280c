"""From dist/ to an index and from the index to a working installation, all on this machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zcrm.simulator import Simulator

USER, PASSWORD = "somebody", "pypi-loopback-only"
UPDATE = """
import os
from zcrm import ZohoCRM

with ZohoCRM.from_env() as crm:
    outcome = crm.records.update_one("Deals", os.environ["DEAL"], {"Stage": "Closed Won"}, triggers=())
print(outcome.state)
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory, wheelhouse):
    """A package index that holds the wheelhouse, and the folder that takes its uploads."""
    uploads = tmp_path_factory.mktemp("index")
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("index.py")), str(uploads), str(wheelhouse)],
        env=os.environ | {"INDEX_USER": USER, "INDEX_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip(), uploads
        server.terminate()


@pytest.fixture(scope="module")
def published(index, dist, root, search_path):
    """The index, after `nox -s publish` told by twine's own settings where to go."""
    address, uploads = index
    settings = {
        "PATH": search_path,
        "TWINE_REPOSITORY_URL": address,
        "TWINE_USERNAME": USER,
        "TWINE_PASSWORD": PASSWORD,
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "nox", "--no-venv", "--no-install", "-s", "publish"],
        cwd=root,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert sorted(path.name for path in uploads.iterdir()) == sorted(
        path.name for path in dist.glob("zcrm-*")
    )
    return address


@pytest.fixture(scope="module")
def installed(published, new_environment):
    """An environment that got zcrm and all it needs from the index."""
    environment = new_environment()
    environment.install("--index-url", f"{published}/simple/", "zcrm[cli,simulator,validate]")
    return environment


def test_the_index_asks_no_other_index(published):
    from urllib.error import HTTPError
    from urllib.request import urlopen

    with pytest.raises(HTTPError) as caught:
        urlopen(f"{published}/simple/requests/", timeout=10)
    caught.value.close()
    assert caught.value.code == 404


def test_the_command_runs(installed):
    done = installed.run("zcrm", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "records" in done.stdout


def test_an_update_goes_through(installed):
    with Simulator() as sim:
        (deal,) = sim.load("Deals", [{"Stage": "Negotiation"}])
        done = installed.run(
            "python",
            "-W",
            "error",
            "-c",
            UPDATE,
            DEAL=deal,
            ZCRM_API_DOMAIN=sim.url,
            ZCRM_ACCOUNTS_URL=sim.accounts_url,
            ZCRM_CLIENT_ID=sim.client_id,
            ZCRM_CLIENT_SECRET=sim.client_secret,
            ZCRM_REFRESH_TOKEN=sim.refresh_token,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "updated\n", "")
        assert sim.record("Deals", deal)["Stage"] == "Closed Won"


def test_the_extras_came_from_the_index_too(installed):
    assert {"typer", "rich", "starlette", "uvicorn", "pydantic"} <= installed.packages()
