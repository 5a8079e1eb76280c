"""The rooms of the simulator, read from its imports, from the lowest up.

org          what a Zoho CRM keeps between requests
answers      requests and answers, the ledger, the specification
site         one simulated Zoho as a whole: choices, tokens, meters
rows         what becomes of one row
mishaps      what goes wrong on purpose
operations   the checks, and what is answered
web          the server, the application of an org, several behind one address
status       the status page for browsers
             the simulator as its users hold it
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import zcrm.simulator

PACKAGE = "zcrm.simulator"
FOLDER = Path(zcrm.simulator.__file__).parent
ROOMS = {"org", "answers", "site", "rows", "mishaps", "operations", "web", "status"}
TOP = {"__init__", "simulated_org", "simulator", "workbench"}
MOST_FILES = 10


def _name(path: Path) -> str:
    parts = [PACKAGE, *path.relative_to(FOLDER).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_name(path): path for path in FOLDER.rglob("*.py")}


def _imports(module: str) -> Iterator[str]:
    """The simulator's modules that this one imports, wherever in its text."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in MODULES else node.module for name in names)


def _room(module: str) -> str:
    """The folder of a module; "" for the top."""
    parent = MODULES[module].parent
    return "" if parent == FOLDER else parent.name


def _has_no_circle(graph: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_every_module_has_its_room():
    assert {_room(module) for module in MODULES} == {"", *ROOMS}
    assert {MODULES[module].stem for module in MODULES if not _room(module)} == TOP
    assert all(path.parent == FOLDER or path.parent.parent == FOLDER for path in MODULES.values())


@pytest.mark.parametrize("room", ["", *sorted(ROOMS)])
def test_no_room_has_more_than_ten_files(room):
    files = [path.name for path in (FOLDER / room).iterdir() if path.is_file()]

    assert 1 <= len(files) <= MOST_FILES


def test_no_circle_between_files():
    graph = {module: set(_imports(module)) - {module} for module in MODULES}

    assert sum(map(len, graph.values())) > len(MODULES)
    _has_no_circle(graph)


def test_no_circle_between_rooms():
    graph: dict[str, set[str]] = {room: set() for room in ("", *ROOMS)}
    for module in MODULES:
        graph[_room(module)] |= {_room(target) for target in _imports(module)} - {_room(module)}

    assert all(graph[room] for room in ("", "web", "operations"))
    _has_no_circle(graph)


@pytest.mark.parametrize("name", ["Choices", "SimulatedOrg", "Simulator"])
def test_the_public_names_stay_where_they_are(name):
    assert getattr(zcrm.simulator, name).__name__ == name
