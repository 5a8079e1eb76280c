"""Runs tests in forked processes, each with a tree of its own in which one module may be changed."""

from __future__ import annotations

import compileall
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from itertools import accumulate
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from changes import Change

ROOT = Path(__file__).parents[2]
WITHOUT = [word for name in ("cacheprovider", "xdist") for word in ("-p", f"no:{name}")]
IMPORTED = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
FAILED = 1 << 8
"""The status of a process in which tests failed."""
LONGEST = 20
"""Seconds of tests that a mutant is given, slower ones being left out."""
PROCESSES = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"}
ONCE = "mutants"
"""The profile of Hypothesis that stops at the first failure, and tries the same examples each time."""


@dataclass
class Traced:
    """What a run without a change tells.

    seconds: of each test that passed. lines: of a module, by tests. apart: tests that start processes, whose
    lines are not known.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    apart: set[str] = field(default_factory=set)
    lines: dict[str, dict[int, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )

    @property
    def every(self) -> Collection[str]:
        """All tests that were run."""
        return {*self.seconds, *self.failed}

    def tests(self, module: str, change: Change) -> list[str]:
        """Those that reach the change, or any where it runs on import; the quickest, for so long."""
        lines = self.lines.get(module, {})
        reached = set().union(*(lines.get(line, set()) for line in range(change.line, change.last + 1)))
        somewhere = set().union(*lines.values())
        if "" in reached or not reached:
            reached = set(self.seconds)
        known = [test for test in reached | self.apart if test in self.seconds]
        quickest = sorted(known, key=lambda test: (test not in somewhere, self.seconds[test]))
        taken = accumulate(self.seconds[test] for test in quickest)
        return [test for test, seconds in zip(quickest, taken, strict=True) if seconds <= LONGEST]


class Tree:
    """A copy of the hand-written code in which one module at a time is changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.code = folder / "overrides"
        shutil.copytree(ROOT / "overrides", self.code, ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(self.code, quiet=2)

    def change(self, module: str, text: str) -> None:
        """Put the text in the module's place; no compiled form of it stays."""
        path = self.code / "zcrm" / module
        path.write_text(text, encoding="utf-8")
        Path(cache_from_source(str(path))).unlink(missing_ok=True)

    def restore(self, module: str) -> None:
        self.change(module, (ROOT / "overrides/zcrm" / module).read_text(encoding="utf-8"))


@dataclass(eq=False)
class Child:
    """A process that runs tests; `until` is when it has had its time."""

    pid: int
    tree: Tree
    until: float
    status: int | None = None

    def ended(self) -> bool:
        """Look whether it has; where its time is up, end it with all that it started."""
        if time.monotonic() > self.until:
            self._kill()
            os.waitpid(self.pid, 0)
            self.status = signal.SIGKILL
            return True
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self.status = status
            self._kill()
        return bool(pid)

    def killer(self) -> str:
        """The test that noticed; "" where none did."""
        said = self.tree.folder / "failed"
        return said.read_text(encoding="utf-8") if said.exists() else ""

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def fork(tree: Tree, tests: Sequence[str], plugin: Any, seconds: float, *, first: bool = False) -> Child:
    """Run these tests; until the first failure, unless it is the first run of all."""
    (tree.folder / "failed").unlink(missing_ok=True)
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        try:
            os.setsid()
            os._exit(_run(tree, tests, plugin, first=first))
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(70)
    return Child(pid, tree, time.monotonic() + seconds)


def _run(tree: Tree, tests: Sequence[str], plugin: Any, *, first: bool) -> int:
    output = os.open(tree.folder / "output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(ROOT)
    sys.path[:0] = [str(tree.code), str(ROOT / "generated")]
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
    sys.dont_write_bytecode = not first
    hypothesis.settings.register_profile(
        ONCE, database=None, derandomize=True, phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
    )
    hypothesis.settings.load_profile(ONCE)
    options = [
        *WITHOUT,
        *IMPORTED,
        f"--basetemp={tree.folder / 'tmp'}",
        *([] if first else ["-x", "--tb=no"]),
    ]
    return int(pytest.main([*options, *tests], plugins=[plugin]))


class Tracer:
    """A plugin that notes which test runs which lines of the copied code."""

    def __init__(self, tree: Tree) -> None:
        self._prefix = str(tree.code / "zcrm") + os.sep
        self._file = tree.folder / "traced.json"
        self._test = ""
        self._lines: set[tuple[str, int, str]] = set()
        self._seconds: dict[str, float] = defaultdict(float)
        self._failed: set[str] = set()
        self._apart: set[str] = set()

    def pytest_sessionstart(self) -> None:
        sys.addaudithook(self._heard)
        monitoring = sys.monitoring
        monitoring.use_tool_id(monitoring.COVERAGE_ID, ONCE)
        monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.LINE, self._line)
        monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.LINE)

    def _line(self, code: Any, line: int) -> Any:
        if code.co_filename.startswith(self._prefix):
            self._lines.add((code.co_filename[len(self._prefix) :], line, self._test))
        return sys.monitoring.DISABLE

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in PROCESSES:
            self._apart.add(self._test)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._test = nodeid
        sys.monitoring.restart_events()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration
        if report.failed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        sys.monitoring.set_events(sys.monitoring.COVERAGE_ID, 0)
        told = {"seconds": self._seconds, "lines": list(self._lines)}
        told |= {"failed": sorted(self._failed), "apart": sorted(self._apart)}
        self._file.write_text(json.dumps(told), encoding="utf-8")


class Chosen:
    """A plugin that leaves the chosen tests in their order, and says which one fails.

    Those that the first run does not know, since their names change, are run as well.
    """

    def __init__(self, tree: Tree, tests: Iterable[str], known: Collection[str]) -> None:
        self._failed = tree.folder / "failed"
        self._places = {test: place for place, test in enumerate(tests)}
        self._known = known

    def _place(self, item: pytest.Item) -> int:
        return self._places.get(item.nodeid, len(self._places))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._places or item.nodeid not in self._known]
        files: dict[Path, int] = {}
        for item in items:
            files[item.path] = min(self._place(item), files.get(item.path, len(self._places)))
        items.sort(key=lambda item: (files[item.path], self._place(item)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """At the first failure all is known: the process ends there."""
        if report.failed:
            self._failed.write_text(report.nodeid, encoding="utf-8")
            os._exit(1)


def traced(child: Child) -> Traced:
    """What the first run told; ends the program where that could not run its tests."""
    tree = child.tree
    file = tree.folder / "traced.json"
    if not file.exists() or child.status not in (0, FAILED):
        raise SystemExit((tree.folder / "output").read_text(encoding="utf-8", errors="replace"))
    told = json.loads(file.read_text(encoding="utf-8"))
    result = Traced(failed=told["failed"], apart=set(told["apart"]))
    result.seconds = {test: told["seconds"][test] for test in told["seconds"] if test not in told["failed"]}
    for module, line, test in told["lines"]:
        result.lines[module][line].add(test)
    return result
