"""What holds for all files of the project."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {".git", ".nox", ".venv", ".hypothesis", "__pycache__", "dist", "build", "zcrm-runs"}


def _files(folder=ROOT):
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def test_no_file_names_a_place_on_some_machine():
    place = re.compile(rb"(?<![\w.:/-])/(?:home|root|work|Users)/\w")
    found = {str(path.relative_to(ROOT)) for path in _files() if place.search(path.read_bytes())}
    assert found == set()


def test_every_generated_module_says_so():
    modules = sorted((ROOT / "generated").rglob("*.py"))
    assert modules
    for module in modules:
        first = module.read_text(encoding="utf-8").partition("\n")[0]
        assert first == "# Written by `nox -s generate` from spec/; do not edit.", module


def written_by_the_build(path):
    return {ROOT / f"docs/{name}" for name in ("errors", "reference", "llms.txt")} & {path, *path.parents}


def test_links_between_the_documents_lead_somewhere():
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")]
    for document in documents:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
            path = (document.parent / target).resolve()
            assert path.exists() or written_by_the_build(path), f"{document.name}: {target}"


def test_the_table_of_credits_has_the_prices_that_are_counted():
    from zcrm.engine.flows import credits as prices

    table = (ROOT / "docs/credits.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| .* \| `(.+?)` \|$", table, re.MULTILINE)
    assert [(price, constant) for price, constant in rows] == [
        (f"1 for each {prices.ROWS_PER_CREDIT} rows that are started", "ROWS_PER_CREDIT"),
        (str(prices.PER_VIEW_JOB), "PER_VIEW_JOB"),
        (str(prices.PER_READ), "PER_READ"),
        (str(prices.PER_TOKEN), "PER_TOKEN"),
    ]


def test_the_version_is_in_the_changelog():
    import zcrm

    assert f"## {zcrm.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["ci.yml", "publish.yml"])
def test_actions_are_pinned_by_commit(name):
    workflow = (ROOT / ".github/workflows" / name).read_text(encoding="utf-8")
    uses = re.findall(r"uses: (\S+)(.*)", workflow)
    assert uses
    for action, comment in uses:
        assert action.startswith("$/") or (
            re.search(r"@[0-9a-f]{40}$", action) and comment.startswith(" # v")
        )


def test_what_makes_a_release_is_pinned_with_hashes():
    wanted = (ROOT / ".ci/release.in").read_text(encoding="utf-8")
    pinned = (ROOT / ".ci/release.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in pinned.splitlines() if line and not line.lstrip().startswith("#")]
    for line in lines:
        assert re.match(r"[\w.-]+==\S+( ; .+?)?(\s+--hash=sha256:[0-9a-f]{64})+$", line), line
    names = {line.partition("==")[0] for line in lines}
    assert {line for line in wanted.splitlines() if not line.startswith("#")} <= names
    assert {"build", "hatchling", "nox", "twine"} <= names


def test_releases_are_made_with_what_is_pinned():
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    build = workflow.partition("\n  build:\n")[2].partition("\n  checks:\n")[0]
    assert "pip install -q --require-hashes -r .ci/release.txt" in build
    assert not re.search(r"pip install (?!-q --require-hashes)", build)
    sessions = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    for session in ("build", "publish"):
        body = sessions.partition(f"\ndef {session}(")[2].partition("\n@nox")[0]
        assert re.findall(r"install\w*\((.*)\)", body) == ['"--require-hashes", "--requirement", RELEASE']


def test_actions_and_tools_are_looked_after():
    updates = (ROOT / ".github/dependabot.yml").read_text(encoding="utf-8")
    assert re.findall(r"package-ecosystem: (\S+)", updates) == ["github-actions", "pip"]
    assert "directories: [/, /.ci]" in updates


def test_the_project_says_where_it_is_and_how_to_report():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    urls = project["project"]["urls"]
    assert urls
    for address in urls.values():
        assert re.match(r"https://[a-z.]+/", address)
        assert "example" not in address
    assert "/SECURITY.md" in project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert "(SECURITY.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
