"""Every check and every tool of the project; `nox` alone runs what CI runs."""

from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
ROOT = Path(__file__).parent
DIST = ROOT / "dist"

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.sessions = ["drift", "spec", "lint", "types", "build", "tests"]


def _install_groups(session: nox.Session, *groups: str) -> None:
    session.install(*nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), *groups))


def _wheel() -> Path:
    return max(DIST.glob("zcrm-*.whl"), key=lambda path: path.stat().st_mtime)


def _install_wheel(session: nox.Session, *extras: str) -> None:
    session.install(f"zcrm[{','.join(extras)}] @ {_wheel().as_uri()}")


def _generate(session: nox.Session, *arguments: str) -> None:
    _install_groups(session, "generate")
    session.run("python", "spec/generate.py", *arguments)


@nox.session(python="3.11")
def generate(session: nox.Session) -> None:
    """Write generated/zcrm_api from spec/; with `-- --check`, fail when it is not what spec/ gives."""
    _generate(session, *session.posargs)


@nox.session(python="3.11")
def drift(session: nox.Session) -> None:
    """Fail when generated/ is not what spec/ gives."""
    _generate(session, "--check")


@nox.session(python="3.11")
def spec(session: nox.Session) -> None:
    """Validate the OpenAPI document, the errors and the vendor's samples."""
    _install_groups(session, "spec")
    session.run("openapi-spec-validator", "spec/openapi.yaml")
    session.run("pytest", "tests/spec", *session.posargs)


@nox.session(python="3.11")
def lint(session: nox.Session) -> None:
    """Style and formatting."""
    _install_groups(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session(python="3.11")
def types(session: nox.Session) -> None:
    """Check the hand-written code and its use with mypy --strict and pyright."""
    session.install("-e", ".[cli,simulator,validate]")
    _install_groups(session, "types", "generate")
    session.run("mypy")
    session.run("pyright")


@nox.session(python="3.11")
def build(session: nox.Session) -> None:
    """Build the sdist and the wheel into dist/ and check both."""
    _install_groups(session, "build")
    for old in DIST.glob("zcrm-*"):
        old.unlink()
    session.run("python", "-m", "build", "--no-isolation", silent=True)
    files = sorted(str(path) for path in DIST.glob("zcrm-*"))
    session.run("check-wheel-contents", str(_wheel()))
    session.run("twine", "check", "--strict", *files)


@nox.session(python=PYTHONS, requires=["build"])
def tests(session: nox.Session) -> None:
    """Run the tests against the installed wheel."""
    _install_wheel(session, "cli", "simulator", "validate")
    _install_groups(session, "test")
    session.run("pytest", *session.posargs)
