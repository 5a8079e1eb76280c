"""Every block of README.md does what it says: run as it stands, against a simulator in place of an org."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zcrm.cli.profiles import Profile, Profiles
from zcrm.simulator import Simulator

from .docs.reading import Block, Reader, blocks_in

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
STORY_TITLE = "## A first file"
SET_UP = "python3 -m venv .venv && "

DEALS = ["5545974000000500001", "5545974000000500002"]


def section(title: str) -> str:
    return README.partition(f"{title}\n")[2].partition("\n## ")[0]


BLOCKS = blocks_in(README)
STORY = blocks_in(section(STORY_TITLE))


def stages(sim: Simulator) -> list[object]:
    return [sim.record("Deals", deal)["Stage"] for deal in DEALS]


def updated_quietly(sim: Simulator, out: str) -> None:
    assert out == "0 updated SUCCESS \n1 updated SUCCESS \n"
    assert stages(sim) == ["Closed Won", "Closed Lost"]
    assert [sim.record("Deals", deal).get("Amount") for deal in DEALS] == [12500, 800]
    assert (sim.ledger.calls("update_records"), sim.ledger.automations) == (1, {})


def updated_by_a_typed_row(sim: Simulator, out: str) -> None:
    assert re.search(r"Closing Date +Closing_Date +date", out)
    assert out.endswith("\nupdated\n")
    assert sim.record("Deals", DEALS[0])["Closing_Date"] == "2026-12-31"


CHECKS: dict[str, Callable[[Simulator, str], None]] = {
    'crm.records.update("Deals", rows, triggers=())': updated_quietly,
    "zcrm fields types": updated_by_a_typed_row,
}


def set_up_command(ending: str) -> str:
    (command,) = [
        block.text.strip()
        for block in BLOCKS
        if block.text.startswith(SET_UP) and block.text.strip().endswith(ending)
    ]
    return command


@pytest.fixture
def org() -> Iterator[Simulator]:
    """A simulator that holds the records the README speaks of."""
    with Simulator(now=datetime(2027, 5, 1, 8, tzinfo=UTC)) as sim:
        sim.load("Deals", [{"id": deal, "Stage": "Qualification", "Amount": 800} for deal in DEALS])
        yield sim


@pytest.fixture
def run_block(
    org: Simulator, tmp_path: Path, search_path: str
) -> Callable[[Block], subprocess.CompletedProcess[str]]:
    """Runs a block in an empty folder, signed in as `zcrm auth login` does it."""
    config = tmp_path / "config"
    Profiles(config).save(
        Profile(
            name="default",
            client_id=org.client_id,
            client_secret=org.client_secret,
            refresh_token=org.refresh_token,
            accounts_url=org.accounts_url,
            api_domain=org.url,
        )
    )
    variables = {"PATH": search_path, "HOME": str(tmp_path), "ZCRM_CONFIG_DIR": str(config)}

    def run(block: Block) -> subprocess.CompletedProcess[str]:
        shell = ["sh", "-eu", "-c", block.text]
        command = shell if block.kind == "sh" else [sys.executable, "-W", "error", "-c", block.text]
        return subprocess.run(
            command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.mark.parametrize("marker", CHECKS)
def test_a_block_does_what_it_says(marker, org, run_block):
    if marker == "zcrm fields types":
        pytest.importorskip("datamodel_code_generator", reason="runs in `nox -s types`")
        org.load_fields("Deals", ROOT / "tests/data/fields-deals.json")
    (block,) = [block for block in BLOCKS if marker in block.text]
    done = run_block(block)
    assert done.returncode == 0, done.stdout + done.stderr
    CHECKS[marker](org, done.stdout)


def test_a_visitor_who_is_signed_in_nowhere_gets_to_a_file_that_is_applied(
    tmp_path: Path, search_path: str, run_here: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    env = {
        "PATH": search_path,
        "HOME": str(tmp_path),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "ZCRM_CONFIG_DIR": str(tmp_path / "config"),
    }
    Reader(tmp_path, env, run_here).follows(STORY)
    files = [tmp_path / "zcrm-runs" / run / "updated.csv" for run in ("week", "week-2")]
    applied = [line[:19] for file in files for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    assert applied == DEALS
    assert "(docs/tutorial.md)" in section(STORY_TITLE)


def test_no_block_is_left_out():
    for block in BLOCKS:
        known = sum(marker in block.text for marker in CHECKS)
        assert known == (0 if block in STORY or block.text.startswith(SET_UP) else 1), block.text


def test_ci_runs_the_command_that_runs_the_tests():
    assert set_up_command("nox") in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_the_demo_runs_from_a_fresh_clone(tmp_path, search_path, wheelhouse):
    clone = tmp_path / "clone"
    unwanted = shutil.ignore_patterns(
        ".git", ".nox", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "dist"
    )
    shutil.copytree(ROOT, clone, ignore=unwanted)
    done = subprocess.run(
        ["sh", "-eu", "-c", set_up_command("zcrm demo")],
        cwd=clone,
        env={
            "PATH": search_path,
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheelhouse),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "simulat" in done.stderr
