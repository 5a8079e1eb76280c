"""Which small changes of the modules that decide and account no test notices.

`python mutants.py [MODULE ...]`, a module as modules.py names it or the folder of some. Prints the survivors
as they are found, then a table in Markdown; exits 1 where less than 95 % of a module's mutants are noticed,
those aside that equivalent.toml judges to be equivalent. It takes Python 3.12 or later, and forks.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
import tempfile
import time
import tomllib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from changes import Change, changes_of, sample
from modules import TESTS
from running import ROOT, Child, Chosen, Traced, Tracer, Tree, fork, traced

ENOUGH = 95
FIRST_RUN = 900
IMPORTED_ONCE = (
    *("anyio", "attrs", "hypothesis.strategies", "httpcore", "httpx", "msgspec", "orjson", "filelock"),
    *(
        "numpy",
        "openpyxl",
        "pandas",
        "pyarrow",
        "redis",
        "starlette.applications",
        "trio",
        "trustme",
        "typer",
        "uvicorn",
    ),
)


@dataclass
class Module:
    """What became of one module's mutants."""

    name: str
    changes: list[Change]
    equivalent: int
    noticed: int = 0
    survived: list[Change] = field(default_factory=list)
    killers: Counter[str] = field(default_factory=Counter)

    @property
    def percent(self) -> float:
        counted = self.noticed + len(self.survived)
        return 100 * self.noticed / counted if counted else 100.0

    def line(self) -> str:
        mutants = self.noticed + self.equivalent + len(self.survived)
        return (
            f"| `{self.name}` | {mutants} | {self.noticed} | {self.equivalent} | {len(self.survived)} | "
            f"{self.percent:.0f} % |"
        )


def _judged() -> set[tuple[str, str, str]]:
    told = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text(encoding="utf-8"))
    return {(one["module"], one["was"], one["now"]) for one in told.get("judged", [])}


def _module(name: str, judged: set[tuple[str, str, str]], most: int, seed: str) -> Module:
    every = changes_of((ROOT / "overrides/zcrm" / name).read_text(encoding="utf-8"))
    known = {(name, change.was, change.now) for change in every}
    for _, was, now in sorted(one for one in judged if one[0] == name and one not in known):
        print(f"judged, but no change of {name} any more:\n- {was}\n+ {now}", flush=True)
    drawn = sample(every, most, f"{seed}:{name}")
    left = [change for change in drawn if (name, change.was, change.now) not in judged]
    return Module(name, left, len(drawn) - len(left))


def _first_run(tree: Tree, tests: tuple[str, ...]) -> Traced:
    child = fork(tree, tests, Tracer(tree), FIRST_RUN, first=True)
    while not child.ended():
        time.sleep(0.05)
    told = traced(child)
    for test in told.failed:
        print(f"left out, for it fails without a change: {test}", flush=True)
    return told


def _mutate(module: Module, told: Traced, trees: list[Tree]) -> None:
    waiting, free = list(reversed(module.changes)), list(trees)
    running: dict[Child, Change] = {}
    while waiting or running:
        while waiting and free:
            change, tree = waiting.pop(), free.pop()
            tests = told.tests(module.name, change)
            seconds = 3 * sum(told.seconds[test] for test in tests) + 20
            tests.sort(key=lambda test: -module.killers[test])
            tree.change(module.name, change.text)
            files = sorted({test.partition("::")[0] for test in tests})
            running[fork(tree, files, Chosen(tree, tests, told.every), seconds)] = change
        time.sleep(0.01)
        for child in [child for child in running if child.ended()]:
            change = running.pop(child)
            child.tree.restore(module.name)
            free.append(child.tree)
            if child.status:
                module.noticed += 1
                module.killers[child.killer()] += 1
            else:
                module.survived.append(change)
                print(f"{module.name}:{change.line}\n- {change.was}\n+ {change.now}", flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*", help="all of them when there are none")
    parser.add_argument("--seed", default="1", help="draws another sample")
    parser.add_argument("--most", type=int, default=40, help="mutants of each module (40)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (2)")
    asked = parser.parse_args()
    asked.chosen = [
        name for name in TESTS if not asked.modules or any(name.startswith(said) for said in asked.modules)
    ]
    if not asked.chosen:
        parser.error(f"no such modules: {' '.join(asked.modules)}")
    return asked


def main() -> int:
    asked = _asked()
    for name in IMPORTED_ONCE:
        with suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()
    judged = _judged()
    done: list[Module] = []
    with tempfile.TemporaryDirectory(prefix="zcrm-mutants-") as folder:
        trees = [Tree(Path(folder) / str(n)) for n in range(asked.jobs)]
        for tests, names in groupby(sorted(asked.chosen, key=TESTS.__getitem__), key=TESTS.__getitem__):
            told = _first_run(trees[0], tests)
            for name in names:
                module = _module(name, judged, asked.most, asked.seed)
                _mutate(module, told, trees)
                done.append(module)
                print(module.line(), flush=True)
    print("\n| module | mutants | noticed | equivalent | survived | |\n| --- | --- | --- | --- | --- | --- |")
    for module in sorted(done, key=lambda module: module.percent):
        print(module.line())
    return int(any(module.percent < ENOUGH for module in done))


if __name__ == "__main__":
    sys.exit(main())
