"""The site for who reads Markdown: each page's beside it, all of them in one file, and a list of them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

INTRODUCTION = """# zcrm

> A Python client and command line for Zoho CRM: Update Records, Appointments and Mass Update, with an account
> of what became of every single row, and a local simulator to test against.

Each page below is Markdown; with .html in place of .md it is the page for people. All in one: llms-full.txt.
"""


def write(pages: Path, site: Path) -> None:
    """Write llms.txt, llms-full.txt and a .md beside each page of the site."""
    texts = {path.relative_to(pages).as_posix(): path.read_text(encoding="utf-8") for path in _ordered(pages)}
    for path in texts:
        shutil.copyfile(pages / path, site / path)
    listed = "\n".join(f"- [{_title(text)}]({path}): {_summary(text)}" for path, text in texts.items())
    (site / "llms.txt").write_text(f"{INTRODUCTION}\n## Pages\n\n{listed}\n", encoding="utf-8")
    whole = "\n\n".join(f"<!-- {path} -->\n\n{text.strip()}" for path, text in texts.items())
    (site / "llms-full.txt").write_text(f"{INTRODUCTION}\n{whole}\n", encoding="utf-8")


def _ordered(pages: Path) -> Iterator[Path]:
    """What is nearest to the first page comes first; errors and the reference last."""
    late = ("errors", "reference")
    yield from sorted(pages.rglob("*.md"), key=lambda path: _rank(path.relative_to(pages), late))


def _rank(path: Path, late: tuple[str, ...]) -> tuple[bool, bool, str]:
    return path.parts[0] in late, path.name != "index.md", path.as_posix()


def _title(text: str) -> str:
    return text.splitlines()[0].removeprefix("# ")


def _summary(text: str) -> str:
    """The first paragraph that is none of a table, a list or a block."""
    written = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    paragraphs = (" ".join(part.split()) for part in written.split("\n\n")[1:])
    return next((part for part in paragraphs if part and part[0] not in "|#-<>!1"), "")
