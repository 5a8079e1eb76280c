"""Clients that other generators make of the document: they compile, change a record, understand a refusal."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zcrm.simulator import Simulator

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "spec" / "openapi.yaml"

OPEN, LOCKED = "5545974000000500001", "5545974000000500002"
VISIT, CANCELLED = "5545974000000700001", "5545974000000700002"

UNDERSTOOD = [
    f"updated {OPEN}",
    "locked: unlock it, then send the row again",
    "400 locked: unlock it, then send the row again",
]

Program = Callable[..., list[str]]


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    environment = os.environ | variables
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder in which `nox -s strangers` has installed the packages of package.json."""
    if "ZCRM_STRANGERS" not in os.environ:
        pytest.skip("ZCRM_STRANGERS is not set; run `nox -s strangers`")
    return Path(os.environ["ZCRM_STRANGERS"])


@pytest.fixture
def compiled(tools: Path, tmp_path: Path) -> Callable[[str], Program]:
    """Compiles a program of this folder beside the generated client; gives a function that runs it."""

    def compiled(name: str) -> Program:
        shutil.copyfile(HERE / f"{name}.ts", tmp_path / "program.ts")
        shutil.copyfile(HERE / "tsconfig.json", tmp_path / "tsconfig.json")
        (tmp_path / "node_modules").symlink_to(tools / "node_modules", target_is_directory=True)
        run(tools / "node_modules/.bin/tsc", cwd=tmp_path)
        return lambda *arguments: run("node", "built/program.js", *arguments, cwd=tmp_path).splitlines()

    return compiled


@pytest.fixture
def openapi_generator(tools: Path, tmp_path: Path) -> Callable[..., None]:
    """Makes a client with openapi-generator; takes the generator's name and its further arguments."""

    def generate(generator: str, *arguments: str) -> None:
        program = Path(sys.executable).with_name("openapi-generator-cli")
        command = [program, "generate", "-i", DOCUMENT, "-g", generator, "-o", tmp_path / "generated"]
        run(*command, *arguments, cwd=tmp_path)

    return generate


@pytest.fixture
def org() -> Iterator[Simulator]:
    """A deal that is open and one that is locked; an appointment, and one that is cancelled already."""
    with Simulator(check=True) as sim:
        untouched = {"Stage": "Open", "Languages": ["English"]}
        sim.load("Deals", [{"id": deal, **untouched} for deal in (OPEN, LOCKED)])
        sim.lock("Deals", LOCKED)
        sim.load("Appointments__s", [{"id": VISIT}, {"id": CANCELLED, "Status": "Cancelled"}])
        yield sim


def test_the_linter_has_nothing_to_say(tools):
    lint = (tools / "node_modules/.bin/redocly", "lint", "--extends=recommended-strict", "--format=json")
    totals = json.loads(run(*lint, DOCUMENT, cwd=HERE.parents[1]))["totals"]
    assert (totals["errors"], totals["warnings"]) == (0, 0)


def test_openapi_generator(openapi_generator, compiled, org):
    openapi_generator("typescript-fetch")
    program = compiled("openapi_generator")
    assert program(org.url, org.access_token, OPEN, LOCKED) == UNDERSTOOD
    _assert_only_the_open_deal_changed(org)


def test_openapi_generator_with_original_names(openapi_generator, compiled, org):
    openapi_generator("typescript-fetch", "--additional-properties=modelPropertyNaming=original")
    program = compiled("openapi_generator_original")
    said = program(org.url, org.access_token, OPEN, VISIT, CANCELLED)
    assert said == ["success", "its status is final"]
    assert org.record("Deals", OPEN)["Languages"] == ["English", "Korean"]
    _assert_the_visit_is_cancelled(org)
    assert not org.ledger.automations


def test_openapi_generator_for_python(openapi_generator, org, tmp_path):
    openapi_generator("python")
    program = (sys.executable, HERE / "openapi_generator.py", org.url, org.access_token, OPEN, LOCKED, VISIT)
    assert run(*program, cwd=tmp_path, PYTHONPATH="generated").splitlines() == UNDERSTOOD
    _assert_only_the_open_deal_changed(org)
    _assert_the_visit_is_cancelled(org)


def test_openapi_typescript(tools, compiled, org, tmp_path):
    generate = tools / "node_modules/.bin/openapi-typescript"
    run(generate, DOCUMENT, "--enum-values", "--output", tmp_path / "generated.ts", cwd=tmp_path)
    program = compiled("openapi_typescript")
    assert program(org.url, org.access_token, OPEN, LOCKED, VISIT) == UNDERSTOOD
    _assert_only_the_open_deal_changed(org)
    _assert_the_visit_is_cancelled(org)


def _assert_only_the_open_deal_changed(org: Simulator) -> None:
    deal = org.record("Deals", OPEN)
    assert (deal["Stage"], deal["Amount"], deal["Tags"]) == ("Closed Won", 12500.5, ["a", "b"])
    assert deal["Owner"]["id"] == "5545974000000393001"
    assert org.record("Deals", LOCKED)["Stage"] == "Open"
    assert not org.ledger.automations


def _assert_the_visit_is_cancelled(org: Simulator) -> None:
    visit = org.record("Appointments__s", VISIT)
    assert (visit["Status"], visit["Own_Field__c"]) == ("Cancelled", 7)
