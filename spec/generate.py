"""Write generated/zcrm_api from spec/, or with --check tell whether it is what spec/ gives."""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from tables import error_table_module, limits_module, servers_module
from views import Node, client_view, rows_view, schemas_with_secrets

SPEC = Path(__file__).parent
GENERATED = SPEC.parent / "generated"
PACKAGE = "zcrm_api"

_HEADER = "# Written by `nox -s generate` from spec/; do not edit.\n"

_HIDDEN = {
    r"^@define\nclass (\w*Client|Response)\b": r"@define(repr=False)\nclass \1",
    r"^@_attrs_define\nclass ({secret}):": r"@_attrs_define(repr=False)\nclass \1:",
    r"_attrs_field\(init=False, factory=dict\)": "_attrs_field(init=False, factory=dict, repr=False)",
}
"""What the generator would let show: parts of a call, secrets, and keys that the document does not name."""

_README = """# Generated code

`nox -s generate` writes everything in this folder from `spec/`. Do not edit it: change `spec/` and
generate again. `nox -s generate -- --check` tells whether the two agree.

| Path in `zcrm_api` | What it holds |
| --- | --- |
| `api/`, `models/`, `client.py`, `errors.py`, `types.py` | the operations, by openapi-python-client |
| `rows.py` | types of rows and bodies, by datamodel-code-generator |
| `validators.py` | the same as pydantic models (extra `validate`) |
| `limits.py`, `servers.py`, `error_table.py` | tables of the two documents |
| `openapi.yaml`, `errors.yaml` | the documents themselves |
"""


def main() -> int:
    """Generate or check; 0 when all is well, 1 when generated/ is not what spec/ gives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when generated/ differs")
    check = parser.parse_args().check
    with TemporaryDirectory() as folder:
        fresh = Path(folder) / "generated"
        _generate(fresh)
        if not check:
            shutil.rmtree(GENERATED, ignore_errors=True)
            shutil.copytree(fresh, GENERATED)
            return 0
        differences = _compare(fresh, GENERATED)
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if differences else 0


def _generate(target: Path) -> None:
    document = _load("openapi.yaml")
    errors = _load("errors.yaml")
    package = target / PACKAGE
    target.mkdir()
    with TemporaryDirectory() as folder:
        work = Path(folder)
        _run_client_generator(client_view(document), package, work)
        _run_rows_generator(rows_view(document), package, work)
    (package / "limits.py").write_text(limits_module(document), encoding="utf-8")
    (package / "servers.py").write_text(servers_module(document), encoding="utf-8")
    (package / "error_table.py").write_text(error_table_module(errors), encoding="utf-8")
    (package / "py.typed").touch()
    (target / "README.md").write_text(_README, encoding="utf-8")
    for name in ("openapi.yaml", "errors.yaml"):
        shutil.copyfile(SPEC / name, package / name)
    _run("ruff", "check", "--isolated", "--quiet", "--select", "I,F401,UP", "--fix-only", str(package))
    _run("ruff", "format", "--isolated", "--quiet", str(package))
    secret = "|".join(schemas_with_secrets(document))
    for module in package.rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        for pattern, hidden in _HIDDEN.items():
            text = re.sub(pattern.format(secret=secret), hidden, text, flags=re.MULTILINE)
        module.write_text(_HEADER + text, encoding="utf-8")


def _load(name: str) -> Node:
    document: Node = yaml.safe_load((SPEC / name).read_text(encoding="utf-8"))
    return document


def _run_client_generator(view: Node, package: Path, work: Path) -> None:
    path = work / "client.yaml"
    path.write_text(yaml.safe_dump(view, sort_keys=False), encoding="utf-8")
    settings = str(SPEC / "openapi-python-client.yaml")
    options = ("--path", str(path), "--config", settings, "--output-path", str(package))
    _run("openapi-python-client", "generate", "--meta", "none", "--fail-on-warning", *options)


def _run_rows_generator(view: Node, package: Path, work: Path) -> None:
    (work / "rows.yaml").write_text(yaml.safe_dump(view, sort_keys=False), encoding="utf-8")
    shutil.copyfile(SPEC / "datamodel-code-generator.toml", work / "pyproject.toml")
    for profile in ("rows", "validators"):
        output = str(package / f"{profile}.py")
        _run("datamodel-codegen", "--profile", profile, "--input", "rows.yaml", "--output", output, cwd=work)


def _run(tool: str, *arguments: str, cwd: Path | None = None) -> None:
    """Run a tool that is installed beside this Python; its words are shown only when it fails."""
    command = [str(Path(sys.executable).with_name(tool)), *arguments]
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{tool} failed:\n{done.stdout}")


def _compare(fresh: Path, found: Path) -> list[str]:
    new, old = _files(fresh), _files(found)
    return [
        *(f"missing: generated/{path}" for path in sorted(new.keys() - old.keys())),
        *(f"stray: generated/{path}" for path in sorted(old.keys() - new.keys())),
        *(f"differs: generated/{path}" for path in sorted(new.keys() & old.keys()) if new[path] != old[path]),
    ]


def _files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


if __name__ == "__main__":
    sys.exit(main())
