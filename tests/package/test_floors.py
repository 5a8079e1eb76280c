"""The floors of the package, read from its imports: each room imports its own floor or those below.

9  cli pytest_plugin                            what a person types; a fixture; may start the simulator
8  runs dask                                    a file in, six files out, through any crash; many orgs on Dask
7  zcrm itself                                  the public names
6  client files otel shared                     puts the rooms together; rows as people have them; telemetry;
                                                one budget for many processes
5  records appointments mass_update jobs reading metadata
                                                one room for each API
4  engine                                       what to call next, how to cut, what became of each row
3  auth                                         sign-in
2  wire                                         how a call leaves and an answer comes back
1  rows frames fields                           what a row is, how a write is asked for; rows, fields
0  outcomes errors rules retry connection table the words everybody uses; files whole or not at all: atomic
–  simulator                                    stands apart: nothing of zcrm but itself
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import zcrm

PACKAGE = Path(zcrm.__file__).parent
FLOORS = {
    0: ["atomic", "connection", "errors", "outcomes", "retry", "rules", "table"],
    1: ["fields", "frames", "rows"],
    2: ["wire"],
    3: ["auth"],
    4: ["engine"],
    5: ["appointments", "jobs", "mass_update", "metadata", "reading", "records"],
    6: ["client", "files", "otel", "shared"],
    7: [""],
    8: ["dask", "runs"],
    9: ["cli", "pytest_plugin"],
}
APART = "simulator"
FLOOR_OF = {room: floor for floor, rooms in FLOORS.items() for room in rooms}


@dataclass(frozen=True)
class Import:
    """One import: of what, by its full name, and whether importing the importer carries it out."""

    target: str
    at_import: bool


def _modules() -> dict[str, Path]:
    """The files of the package by module name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = [PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


def _imports(module: str) -> Iterator[Import]:
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    deferred = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _for_checkers(node)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = list(_from(node, package))
        else:
            continue
        for target in targets:
            yield Import(target, id(node) not in deferred)


def _for_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _from(node: ast.ImportFrom, package: str) -> Iterator[str]:
    """The modules that a `from … import …` needs: a submodule where it names one, else the module."""
    base = package.split(".")
    above = ".".join(base[: len(base) - node.level + 1]) if node.level else ""
    source = ".".join(filter(None, [above, node.module]))
    for alias in node.names:
        submodule = f"{source}.{alias.name}"
        yield submodule if submodule in MODULES else source


def _room(module: str) -> str:
    """The part of the package a module belongs to; "" for the package itself."""
    return [*module.split("."), ""][1]


def _own(module: str) -> Iterator[Import]:
    return (found for found in _imports(module) if found.target.split(".")[0] == PACKAGE.name)


def _foreign(module: str) -> set[str]:
    names = {found.target.split(".")[0] for found in _imports(module)}
    return names - {PACKAGE.name} - set(sys.stdlib_module_names)


def test_every_module_has_its_place():
    assert {_room(module) for module in MODULES} - {*FLOOR_OF, APART} == set()


@pytest.mark.parametrize("module", [name for name in MODULES if _room(name) != APART])
def test_a_module_imports_its_own_floor_and_those_below(module):
    floor = FLOOR_OF[_room(module)]
    above = {
        found.target
        for found in _own(module)
        if _room(found.target) != APART and FLOOR_OF[_room(found.target)] > floor
    }
    assert above == set()


WORDS = [f"zcrm.{room}" for room in FLOORS[0] if room != "table"]
FLOWS = [name for name in MODULES if name.startswith("zcrm.engine.flows")]


@pytest.mark.parametrize("module", [*WORDS, *FLOWS])
def test_words_and_flows_are_standard_library_only(module):
    assert _foreign(module) == set()


def test_one_room_knows_httpx():
    assert {_room(name) for name in MODULES if _foreign(name) & {"httpx", "httpcore"}} == {"wire"}


def test_the_wire_knows_no_sign_in():
    for module in MODULES:
        if _room(module) == "wire":
            assert "auth" not in {_room(found.target) for found in _own(module)}, module


def test_the_simulator_stands_apart():
    for module in MODULES:
        others = {_room(found.target) for found in _own(module)}
        if _room(module) == APART:
            assert others <= {APART}, module
        elif _room(module) not in ("cli", "pytest_plugin"):
            assert APART not in others, module


def test_extras_are_imported_where_they_belong():
    for name in MODULES:
        beyond = _foreign(name) & {
            *("typer", "click", "rich", "starlette", "uvicorn", "pydantic", "chardet", "pyarrow"),
            *("python_calamine", "xlsxwriter", "polars", "pandas", "numpy", "duckdb", "opentelemetry"),
            *("redis", "dask", "distributed"),
        }
        allowed = {
            "cli": {"typer", "click", "rich"},
            "dask": {"pyarrow"},
            "files": {"chardet", "pyarrow", "python_calamine", "xlsxwriter"},
            "frames": {"pyarrow"},
            "otel": {"opentelemetry"},
            "shared": {"redis"},
            APART: {"starlette", "uvicorn"},
        }
        assert beyond <= allowed.get(_room(name), set()), name


def _has_no_circle(graph):
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_no_module_imports_itself_by_a_detour():
    _has_no_circle(
        {
            module: {found.target for found in _own(module) if found.at_import and found.target != module}
            for module in MODULES
        }
    )


def _folder(module):
    """The folder that holds the module's file; "" for the top."""
    return str(MODULES[module].parent.relative_to(PACKAGE)).replace(".", "", 1)


def test_no_folder_imports_itself_by_a_detour():
    graph: dict[str, set[str]] = {}
    for module in MODULES:
        for found in _own(module):
            if _folder(module) and _folder(found.target) not in ("", _folder(module)):
                graph.setdefault(_folder(module), set()).add(_folder(found.target))
    _has_no_circle(graph)
