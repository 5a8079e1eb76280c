"""Build the documentation as a site: gather its pages, write those that the code tells, call Zensical.

`python docs/generate/build_site.py` writes build/site; nothing of it is committed.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import api_pages
import command_pages
import error_pages
import plain_pages
import table_pages

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "build/pages"
SITE = ROOT / "build/site"
DOCUMENTS = {"../spec/openapi.yaml": "openapi.yaml", "../spec/errors.yaml": "errors.yaml"}
OTHERS = {"../tests/strangers": "openapi.md", "../CHANGELOG.md": "changelog.md"}


def main() -> None:
    """Build the site; fails where a page, an anchor or a link is wrong."""
    for folder in (PAGES, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    for path, text in (*written(), *generated()):
        target = PAGES / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for picture in (ROOT / "docs").glob("*.png"):
        shutil.copyfile(picture, PAGES / picture.name)
    for source, name in DOCUMENTS.items():
        shutil.copyfile(ROOT / "docs" / source, PAGES / name)
    subprocess.run(["zensical", "build", "--strict", "--clean"], cwd=ROOT, check=True)
    plain_pages.write(PAGES, SITE)


def written() -> Iterator[tuple[str, str]]:
    """The pages that somebody wrote, by their path."""
    docs = ROOT / "docs"
    for page in sorted(docs.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        for outside, inside in (*DOCUMENTS.items(), *OTHERS.items()):
            text = text.replace(f"]({outside})", f"]({inside})")
        yield page.relative_to(docs).as_posix(), re.sub(r"`[^`\n]*`", _without_escapes, text)
    yield "changelog.md", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def _without_escapes(code: re.Match[str]) -> str:
    """In a table GitHub wants `|` escaped within code; Zensical shows the escape."""
    return code[0].replace("\\|", "|")


def generated() -> Iterator[tuple[str, str]]:
    """The pages that follow from the code, by their path."""
    yield from error_pages.pages()
    yield from command_pages.pages()
    yield from table_pages.pages()
    yield from api_pages.pages()


if __name__ == "__main__":
    main()
