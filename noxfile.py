"""Every check and every tool of the project; `nox` alone runs what CI runs."""

import os
import shutil
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
LOWEST = [
    "tests/package/test_lowest.py",
    "tests/client",
    "tests/wire",
    "tests/auth",
    "tests/cli",
    "tests/shared",
]
CAMPAIGNS = [
    "tests/cli/test_hostile.py",
    "tests/cli/test_kills.py",
    "tests/client/test_faults.py",
    "tests/client/test_interrupts.py",
    "tests/shared/test_campaign.py",
    "tests/dask/test_campaign.py",
]
CLUSTERS = ["tests/dask/test_cluster.py", "tests/dask/test_campaign.py"]
WORKERS = str(2 * (os.cpu_count() or 1))
TYPED_ROWS = ["tests/fields/test_code.py", "tests/cli/test_fields_types.py", "tests/cli/test_fields_docs.py"]
EXTRAS = ["arrow", "cli", "excel", "otel", "redis", "simulator", "socks", "validate"]
ROOT = Path(__file__).parent
DIST = ROOT / "dist"
DEPENDABOT = ".github/dependabot.yml"
RELEASE = ".ci/release.txt"
SITE = "build/site"
BROWSED = "tests/browser/test_docs.py"
BUILT_FIRST = [] if "ZCRM_BUILT" in os.environ else ["build"]
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.sessions = [
    "drift",
    "spec",
    "lint",
    "workflows",
    "build",
    "types",
    "startup",
    "conformance",
    "strangers",
    "browser",
    "docs",
    "lowest",
    "tests",
]


def _install_groups(session: nox.Session, *groups: str) -> None:
    session.install(*nox.project.dependency_groups(PROJECT, *groups))


def _wheel() -> Path:
    return max(DIST.glob("zcrm-*.whl"), key=lambda path: path.stat().st_mtime)


def _install_wheel(session: nox.Session, *extras: str) -> None:
    session.install(f"zcrm[{','.join(extras)}] @ {_wheel().as_uri()}")


def _wheelhouse(session: nox.Session) -> Path:
    """What the wheel with all extras and a build of it need, downloaded for this Python."""
    needed = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"], "pytest"]
    for extra in EXTRAS:
        needed += PROJECT["project"]["optional-dependencies"][extra]
    house = session.cache_dir.resolve() / f"wheelhouse-{session.python}"
    session.run("python", "-m", "pip", "download", "--quiet", "--dest", str(house), *needed)
    return house


def _pytest(session: nox.Session, *args: str) -> None:
    """Half of what the tests do is to wait for a process, so there are two workers to a core."""
    session.run("pytest", "--numprocesses", WORKERS, "--dist", "loadfile", *args)


def _without(*paths: str) -> list[str]:
    return [f"--ignore={path}" for path in paths]


@nox.session
def generate(session: nox.Session) -> None:
    """Write generated/zcrm_api from spec/; with `-- --check`, fail when it is not what spec/ gives."""
    _install_groups(session, "generate")
    session.run("python", "spec/generate.py", *session.posargs)


@nox.session
def drift(session: nox.Session) -> None:
    """Fail when generated/ is not what spec/ gives."""
    _install_groups(session, "generate")
    session.run("python", "spec/generate.py", "--check")


@nox.session
def spec(session: nox.Session) -> None:
    """Validate the OpenAPI document, the errors and the vendor's samples, and test the generation."""
    _install_groups(session, "spec")
    session.run("openapi-spec-validator", "spec/openapi.yaml")
    session.run("pytest", "tests/spec", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and formatting."""
    _install_groups(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def workflows(session: nox.Session) -> None:
    """Check what runs on GitHub only, workflows and updates: their schema and their safety."""
    _install_groups(session, "workflows")
    files = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(".github/workflows/*.yml"))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    session.run("check-jsonschema", "--builtin-schema", "vendor.dependabot", DEPENDABOT)
    session.run("zizmor", "--offline", "--persona", "pedantic", *files, DEPENDABOT)


@nox.session
def build(session: nox.Session) -> None:
    """Build the sdist and the wheel into dist/ and check both."""
    session.install("--require-hashes", "--requirement", RELEASE)
    for old in DIST.glob("zcrm-*"):
        old.unlink()
    session.run("python", "-m", "build", "--no-isolation", silent=True)
    files = sorted(str(path) for path in DIST.glob("zcrm-*"))
    session.run("check-wheel-contents", str(_wheel()))
    session.run("twine", "check", "--strict", *files)


@nox.session
def publish(session: nox.Session) -> None:
    """Upload what is in dist/ to the index that twine's own settings name, such as TWINE_REPOSITORY_URL."""
    session.install("--require-hashes", "--requirement", RELEASE)
    files = sorted(str(path) for path in DIST.glob("zcrm-*"))
    session.run("twine", "upload", "--non-interactive", "--disable-progress-bar", *files)


@nox.session
def pin(session: nox.Session) -> None:
    """Pin what makes a release, with hashes, to what is newest today."""
    _install_groups(session, "uv")
    session.run(
        *("uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes"),
        *("--python-version", PYTHONS[0], "--custom-compile-command", "nox -s pin"),
        *("--output-file", RELEASE, ".ci/release.in"),
    )


@nox.session(requires=BUILT_FIRST)
def types(session: nox.Session) -> None:
    """Check the hand-written code, the use of the wheel, and rows that it writes, with mypy and pyright."""
    _install_wheel(session, *EXTRAS, "keyring")
    _install_groups(session, "types", "generate")
    session.run("mypy")
    session.run("pyright")
    with session.chdir("tests/typing"):
        session.run("mypy", "--config-file", "mypy.ini")
        session.run("pyright")
    session.run("pytest", *TYPED_ROWS)
    session.run("pytest", "tests/test_readme.py", "-k", "fields")


@nox.session(requires=BUILT_FIRST)
def startup(session: nox.Session) -> None:
    """Measure start-up against httpx and the vendor's SDK; fail where a limit is missed."""
    _install_wheel(session, "cli")
    _install_groups(session, "startup")
    session.run("python", "tests/bench/startup.py")


@nox.session(requires=BUILT_FIRST)
def bench(session: nox.Session) -> None:
    """Measure start-up, simulator, engine and runs beside others, in 40 minutes; `-- ROUNDS` of the last."""
    _install_wheel(session, "cli", "simulator")
    _install_groups(session, "bench")
    session.run("python", "tests/bench/startup.py")
    session.run("python", "tests/bench/simulator.py")
    session.run("python", "tests/bench/frames.py")
    session.run("python", "tests/bench/engine.py", *session.posargs)
    session.run("python", "tests/bench/runs.py", *session.posargs)


@nox.session(requires=BUILT_FIRST)
def faults(session: nox.Session) -> None:
    """The whole campaign of faults: a hundred seeds for each mix, on both faces."""
    _install_wheel(session, *EXTRAS)
    _install_groups(session, "test")
    session.env["ZCRM_FAULT_SEEDS"] = "100"
    session.run("pytest", "tests/client/test_faults.py", "--numprocesses", "auto", *session.posargs)


@nox.session(requires=BUILT_FIRST)
def interrupts(session: nox.Session) -> None:
    """The whole campaign of interrupts: two thousand, on both faces."""
    _install_wheel(session, *EXTRAS)
    _install_groups(session, "test")
    session.env["ZCRM_INTERRUPTS"] = "2000"
    session.run("pytest", "tests/client/test_interrupts.py", "--numprocesses", "auto", *session.posargs)


@nox.session(requires=BUILT_FIRST)
def kills(session: nox.Session) -> None:
    """End runs from outside at 200 moments of each kind, and resume them until they end."""
    _install_wheel(session, *EXTRAS)
    _install_groups(session, "test")
    session.env["ZCRM_KILLS"] = "200"
    session.run("pytest", "tests/cli/test_kills.py", "--numprocesses", "auto", *session.posargs)


@nox.session(requires=BUILT_FIRST)
def hostile(session: nox.Session) -> None:
    """The whole campaign of hostile files, answers and profiles: 500 examples of each."""
    _install_wheel(session, *EXTRAS)
    _install_groups(session, "test")
    session.env["ZCRM_HOSTILE_EXAMPLES"] = "500"
    session.run("pytest", "tests/cli/test_hostile.py", "--numprocesses", "auto", *session.posargs)


@nox.session(requires=BUILT_FIRST)
def fields(session: nox.Session) -> None:
    """The whole campaign of checks by a module's fields: a thousand generated files, both ways."""
    _install_wheel(session, *EXTRAS)
    _install_groups(session, "test")
    session.env["ZCRM_FIELDS_FILES"] = "1000"
    session.run("pytest", "tests/fields/test_campaign.py", "--numprocesses", "auto", *session.posargs)


@nox.session(requires=BUILT_FIRST)
def shared(session: nox.Session) -> None:
    """Four processes at one org, 2,000 calls in ten rounds of each form, and what entering a gate costs."""
    if shutil.which("redis-server") is None:
        missing = "redis-server is missing; on Debian: apt-get install redis-server"
        session.error(missing) if "CI" in os.environ else session.skip(missing)
    _install_wheel(session, *EXTRAS)
    _install_groups(session, "test")
    session.env.update(ZCRM_SHARED_CALLS="2000", ZCRM_SHARED_ROUNDS="10")
    session.run("pytest", "tests/shared", *session.posargs)
    session.run("python", "tests/bench/shared.py")


@nox.session(python=PYTHONS[-1])
def mutants(session: nox.Session) -> None:
    """Change the modules that account, line by line, and list what no test notices; `-- MODULE --seed 2`."""
    session.install("-e", f".[{','.join(EXTRAS)}]")
    _install_groups(session, "test")
    session.run("python", "tests/mutants/mutants.py", *session.posargs)


@nox.session(python=PYTHONS[-1], requires=BUILT_FIRST)
def dask(session: nox.Session) -> None:
    """Two workers at twenty orgs, killed in twenty rounds of 100,000 rows, and what a second one brings."""
    if shutil.which("redis-server") is None:
        missing = "redis-server is missing; on Debian: apt-get install redis-server"
        session.error(missing) if "CI" in os.environ else session.skip(missing)
    _install_wheel(session, *EXTRAS, "dask")
    _install_groups(session, "test")
    session.env.update(ZCRM_DASK_ROUNDS="20", ZCRM_DASK_ORGS="20", ZCRM_DASK_ROWS="5000")
    session.run("pytest", "tests/dask", *session.posargs)
    session.run("python", "tests/bench/cluster.py")


@nox.session
def sdk(session: nox.Session) -> None:
    """Prepare an environment of its own for the vendor's SDK, which `conformance` runs."""
    _install_groups(session, "startup")


@nox.session(requires=[*BUILT_FIRST, "sdk"])
def conformance(session: nox.Session) -> None:
    """Hold the simulator against the vendor's SDK, Schemathesis and every documented error."""
    _install_wheel(session, "simulator")
    _install_groups(session, "conformance")
    session.env["ZCRM_CONFORMANCE"] = "1"
    session.env["ZCRM_SDK_PYTHON"] = str(
        Path(session.virtualenv.location).with_name("sdk") / "bin" / "python"
    )
    session.run("pytest", "tests/conformance", "tests/simulator/test_documented_errors.py", *session.posargs)


@nox.session(requires=BUILT_FIRST)
def strangers(session: nox.Session) -> None:
    """Have other generators make clients of the document, and run those against the simulator."""
    if shutil.which("npm") is None:
        missing = "npm is missing; on Debian: apt-get install nodejs npm"
        session.error(missing) if "CI" in os.environ else session.skip(missing)
    _install_wheel(session, "simulator")
    _install_groups(session, "strangers")
    tools = Path(session.create_tmp()).resolve()
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / "tests/strangers" / name, tools / name)
    with session.chdir(tools):
        session.run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", external=True)
    session.env.update(ZCRM_STRANGERS=str(tools), REDOCLY_TELEMETRY="off")
    session.env["JAVA_OPTS"] = "-XX:TieredStopAtLevel=1"
    session.run("pytest", "tests/strangers", *session.posargs)


def _need_chromium(session: nox.Session) -> None:
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        missing = "chromium or chromedriver is missing; on Debian: apt-get install chromium chromium-driver"
        session.error(missing) if "CI" in os.environ else session.skip(missing)


@nox.session(requires=BUILT_FIRST)
def browser(session: nox.Session) -> None:
    """Look at the pages in headless Chromium; with `-- picture`, take docs/status-page.png anew."""
    _need_chromium(session)
    _install_wheel(session, "cli", "simulator")
    _install_groups(session, "browser")
    if "picture" in session.posargs:
        session.env["ZCRM_PICTURE"] = str(ROOT / "docs/status-page.png")
    args = [arg for arg in session.posargs if arg != "picture"]
    session.run("pytest", "tests/browser", *_without(BROWSED), *args)


@nox.session(requires=BUILT_FIRST)
def docs(session: nox.Session) -> None:
    """Build the documentation strictly into build/site; test its links, blocks, search and looks."""
    _need_chromium(session)
    _install_wheel(session, *EXTRAS)
    _install_groups(session, "docs")
    session.run("python", "docs/generate/build_site.py")
    session.env["ZCRM_SITE"] = str(ROOT / SITE)
    session.run(
        "pytest", "--numprocesses", "2", "--dist", "loadfile", *(session.posargs or ["tests/docs", BROWSED])
    )


@nox.session(python=PYTHONS[0], requires=BUILT_FIRST)
def lowest(session: nox.Session) -> None:
    """Run the tests of client, sign-in and command line with the lowest versions that the wheel admits."""
    _install_groups(session, "uv")
    bound_to_each_other = [line for line in PROJECT["dependency-groups"]["test"] if "opentelemetry" in line]
    session.run(
        *("uv", "pip", "install", "--quiet", "--resolution", "lowest-direct", *bound_to_each_other),
        *("--requirement", "pyproject.toml", *(f"--extra={extra}" for extra in EXTRAS)),
        f"zcrm @ {_wheel().as_uri()}",
    )
    _install_groups(session, "test")
    session.env["ZCRM_LOWEST"] = "1"
    _pytest(session, *(session.posargs or [*LOWEST, *_without(*CAMPAIGNS)]))


@nox.session(python=PYTHONS, requires=BUILT_FIRST)
def tests(session: nox.Session) -> None:
    """Run the tests against the installed wheel; the campaigns' samples on the newest Python alone.

    In CI the oldest Python leaves to `lowest` what that runs anyway, the one between the command line's
    processes to its neighbours, and the newest Dask's clusters to `dask`.
    """
    newest = session.python == PYTHONS[-1]
    _install_wheel(session, *EXTRAS, *(["dask"] if newest else []))
    _install_groups(session, "test", "index")
    session.env["ZCRM_DIST"] = str(DIST)
    session.env["ZCRM_WHEELHOUSE"] = str(_wheelhouse(session))
    left_out = [] if newest else CAMPAIGNS
    if "CI" in os.environ:
        here = {PYTHONS[0]: LOWEST, PYTHONS[1]: ["tests/cli"], PYTHONS[-1]: CLUSTERS}
        left_out = here[str(session.python)] + left_out
    _pytest(session, *(session.posargs or _without("tests/docs", *left_out)))
