"""Somebody who reads a page and does what it says.

A block with a title is a file; Python in one is compiled. A block of text is what the block before it prints,
where … stands for anything.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    kind: str
    title: str
    text: str


def blocks_in(text: str) -> list[Block]:
    return [Block(*found) for found in BLOCK.findall(text)]


def blocks_of(page: Path) -> list[Block]:
    return blocks_in(page.read_text(encoding="utf-8"))


class Reader:
    """Somebody who follows a page in an empty folder."""

    def __init__(
        self, folder: Path, env: dict[str, str], run_here: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        self.folder, self.env, self.run_here = folder, env, run_here

    def follows(self, blocks: Sequence[Block]) -> None:
        """Write the files, then do what the other blocks say, and see that they print what is promised."""
        for block in blocks:
            if block.title:
                self.writes(block)
        said = ""
        for block in blocks:
            if not block.title and block.kind == "text":
                assert is_said(block.text, said), f"{block.text}\nis not in\n{said}"
            elif not block.title:
                said = {"python": self.runs, "sh": self.types}[block.kind](block.text)

    def writes(self, block: Block) -> None:
        path = self.folder / block.title
        path.parent.mkdir(exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        if block.kind == "python":
            compile(block.text, block.title, "exec")

    def types(self, text: str) -> str:
        """Commands, one to a line; those of zcrm run in this process."""
        return "".join(map(self._types_line, text.replace("\\\n", " ").splitlines()))

    def _types_line(self, line: str) -> str:
        command, _, code = line.partition(" || test $? = ")
        if not command.startswith("zcrm ") or set(command) & set("|>$"):
            return self._process(["sh", "-eu", "-c", line])
        done = self.run_here(shlex.split(command)[1:], self.folder, self.env)
        assert done.returncode == int(code or 0), done.stdout + done.stderr
        return done.stdout + done.stderr

    def runs(self, text: str) -> str:
        """A program; one that imports nothing of the page's own files runs in this process."""
        modules = [path.stem for path in self.folder.glob("*.py")]
        if any(f"from {module} import" in text for module in modules):
            return self._process([sys.executable, "-W", "error", "-c", text])
        out = io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            patch.dict(os.environ, self.env),
        ):
            exec(compile(text, "block", "exec"), {"__name__": "__main__"})
        return out.getvalue()

    def _process(self, command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


def is_said(expected: str, said: str) -> bool:
    wanted = ".*".join(map(re.escape, expected.strip().split("…")))
    return re.search(wanted, said, re.DOTALL) is not None
