"""What docs/sign-in.md says is so."""

import os
import re
import subprocess
import sys
from pathlib import Path

from zcrm import Connection
from zcrm.auth.scopes import TASKS, wanted
from zcrm.simulator import Simulator

PAGE = (Path(__file__).parents[2] / "docs" / "sign-in.md").read_text(encoding="utf-8")


def test_its_python_runs(sim: Simulator, tmp_path: Path) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    sim.load("Deals", [{"id": "5545974000000500001", "Stage": "Open"}])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block],
        cwd=tmp_path,
        env=os.environ
        | {
            "ZCRM_CLIENT_ID": sim.client_id,
            "ZCRM_CLIENT_SECRET": sim.client_secret,
            "ZCRM_REFRESH_TOKEN": sim.refresh_token,
            "ZCRM_ACCOUNTS_URL": sim.accounts_url,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SignInStatus(scopes=('ZohoCRM.modules.ALL',")
    assert sim.record("Deals", "5545974000000500001")["Stage"] == "Closed Won"
    assert (tmp_path / "tokens").is_dir()


def test_its_numbers_are_the_defaults() -> None:
    connection = Connection()
    assert f"within {connection.connect_timeout:g} s" in PAGE
    assert f"pause for {connection.read_timeout:g} s" in PAGE


def test_its_scopes_are_those_of_the_tasks() -> None:
    named = set(re.findall(r"ZohoCRM\.(?:modules|mass_update)\.[\w.]+", PAGE))
    known = set(wanted([*TASKS, *(f"{task}:Deals,Leads" for task in ("records", "mass-update"))]))
    assert named <= known
