"""The wheel by itself: what it holds, what it pulls in, and what importing it costs."""

from zipfile import ZipFile

import pytest


@pytest.fixture(scope="module")
def bare(new_environment, wheel, wheelhouse):
    """An environment with the wheel and no extra."""
    environment = new_environment()
    environment.install("--no-index", "--find-links", str(wheelhouse), str(wheel))
    return environment


def test_both_packages_are_typed_and_the_documents_are_inside(wheel):
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"zcrm/py.typed", "zcrm_api/py.typed", "zcrm_api/openapi.yaml", "zcrm_api/errors.yaml"} <= names
    own = ("cli/answer.schema.json", "cli/event.schema.json", "runs/page.css")
    assert {f"zcrm/{name}" for name in own} <= names
    info = next(name.partition("/")[0] for name in names if ".dist-info/" in name)
    assert {name.partition("/")[0] for name in names} == {"zcrm", "zcrm_api", info}
    assert f"{info}/licenses/LICENSE" in names


def test_the_documents_inside_are_those_of_the_project(wheel, root):
    with ZipFile(wheel) as archive:
        for name in ("openapi.yaml", "errors.yaml"):
            assert archive.read(f"zcrm_api/{name}") == (root / "spec" / name).read_bytes()


def test_no_extra_comes_along(bare):
    packages = bare.packages()
    assert {"zcrm", "attrs", "httpx", "orjson"} <= packages
    assert not packages & {"typer", "click", "rich", "starlette", "uvicorn", "pydantic"}


def test_every_public_name_works_without_extras(bare):
    code = "import zcrm; print(*[name for name in zcrm.__all__ if getattr(zcrm, name)], zcrm.__version__)"
    done = bare.run("python", "-W", "error", "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [*_public_names(), _version(bare)]


def test_the_command_names_its_extra(bare):
    done = bare.run("zcrm")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'zcrm: the command line needs an extra: pip install "zcrm[cli]"\n'


@pytest.mark.parametrize(
    "statement",
    [
        "import zcrm",
        "from zcrm import Outcome, Retry, Summary, ZohoError",
        "import zcrm.errors, zcrm.engine.flows, zcrm.outcomes, zcrm.retry, zcrm.rows.values, zcrm.rules",
    ],
)
def test_a_corner_imports_neither_httpx_nor_the_generated_client(bare, statement):
    done = bare.run("python", "-c", f"{statement}; import sys; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    imported = {module.partition(".")[0] for module in done.stdout.split()}
    assert "zcrm" in imported
    assert not imported & {"httpx", "zcrm_api", "attr", "orjson"}


def _public_names():
    import zcrm

    return zcrm.__all__


def _version(environment):
    done = environment.run("python", "-c", "import importlib.metadata as m; print(m.version('zcrm'))")
    return done.stdout.strip()
