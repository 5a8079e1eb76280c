"""The tutorial, followed word for word: a file is corrected and applied in the end."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .reading import DOCS, Block, Reader, blocks_of

BLOCKS = blocks_of(DOCS / "tutorial.md")


def titled(title: str) -> Block:
    (block,) = [block for block in BLOCKS if block.title == title]
    return block


@pytest.fixture
def terminal(tmp_path: Path, search_path: str) -> dict[str, str]:
    """The variables of a terminal in an empty folder, where nobody is signed in."""
    kept = {"PATH": search_path, "HOME": str(tmp_path), "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    return {**kept, "ZCRM_CONFIG_DIR": str(tmp_path / "config")}


@pytest.fixture
def exported(terminal: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the CRM in the other terminal prints to be pasted."""
    (tmp_path / "org.csv").write_text(titled("org.csv").text, encoding="utf-8")
    words = titled("simulator.sh").text.split()
    command = [sys.executable, "-m", "zcrm.cli", *words[1:]]
    with subprocess.Popen(
        command, cwd=tmp_path, env=terminal, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as other:
        try:
            assert other.stdout is not None
            lines = [other.stdout.readline().split() for _ in range(5)]
            yield dict(assignment.split("=", 1) for _, assignment in lines)
        finally:
            other.terminate()


def test_a_visitor_gets_to_a_file_that_is_applied(
    terminal: dict[str, str],
    exported: dict[str, str],
    tmp_path: Path,
    run_here: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    reader = Reader(tmp_path, terminal | exported, run_here)
    reader.follows(BLOCKS)
    rows = [
        line.split(",")[:2]
        for run in ("first", "second")
        for line in (tmp_path / "zcrm-runs" / run / "updated.csv")
        .read_text(encoding="utf-8")
        .splitlines()[1:]
    ]
    assert sorted(row[0] for row in rows) == [f"554597400000050000{number}" for number in (1, 2, 3)]
    rejected = (tmp_path / "zcrm-runs/second/rejected.csv").read_text(encoding="utf-8")
    assert len(rejected.splitlines()) == 1


def test_its_commands_to_install_are_those_of_the_package() -> None:
    lines = titled("install.sh").text.splitlines()
    assert lines[1:] == ['pip install "zcrm[cli,simulator]"', "zcrm demo"]
