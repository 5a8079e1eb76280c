"""The built site by itself: every link and anchor leads somewhere, and nothing comes from another host."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from zcrm.cli.catalogue import address
from zcrm_api.error_table import ENTRIES

ROOT = Path(__file__).parents[2]
LOADS = {("object", "data"), *((tag, "src") for tag in ("script", "img", "iframe", "source", "video"))}
LOADING_LINKS = {"stylesheet", "preload", "preconnect", "dns-prefetch", "icon", "manifest", "modulepreload"}


class Page(HTMLParser):
    """What a page has of anchors, what it links to, and what a browser loads with it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.anchors, self.links, self.loaded = path, {""}, [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag in ("a", "area") and found.get("href"):
            self.links.append(found["href"])
        if tag == "link" and LOADING_LINKS & set((found.get("rel") or "").split()):
            self.loaded.append(found["href"])
        self.loaded += [found[name] for kind, name in LOADS if kind == tag and found.get(name)]


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html")) if path.name != "404.html"}


def broken(pages: dict[Path, Page], page: Page, link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return parts.scheme not in ("https", "mailto")
    target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
    if target.is_dir():
        target /= "index.html"
    if target.suffix != ".html":
        return not target.is_file()
    return target not in pages or unquote(parts.fragment) not in pages[target].anchors


def test_every_link_and_anchor_leads_somewhere(pages):
    links = [(page, link) for page in pages.values() for link in page.links]
    assert len(links) > 1000
    assert [(str(page.path), link) for page, link in links if broken(pages, page, link)] == []


@pytest.mark.parametrize(
    ("link", "leads_nowhere"),
    [
        *(("b.html#there", False), ("#here", False), ("../docs/b.html", False), ("https://zoho.com", False)),
        *(("b.html#gone", True), ("#gone", True), ("c.html", True), ("a.txt", True), ("file:///a", True)),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path, link, leads_nowhere):
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in (("a", f'<h1 id="here"><a href="{link}">x</a>'), ("b", '<p id="there">')):
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    pages = {path: Page(path) for path in folder.iterdir()}
    page = pages[folder / "a.html"]
    assert [broken(pages, page, found) for found in page.links] == [leads_nowhere]


def test_nothing_is_loaded_from_another_host(pages, site):
    loaded = [link for page in pages.values() for link in page.loaded]
    assert loaded
    assert [
        link for link in loaded if urlsplit(link).scheme not in ("", "data") or urlsplit(link).netloc
    ] == []
    imported = [
        address
        for sheet in site.rglob("*.css")
        for address in re.findall(
            r"(?:url\(|@import )[\"']?(\w+:[^\"')]+|//[^\"')]+)", sheet.read_text("utf-8")
        )
    ]
    assert {urlsplit(address).scheme for address in imported} <= {"data"}


def test_every_error_has_its_page_and_its_anchor(pages, site):
    for entry in ENTRIES:
        path, _, anchor = address(entry).partition("#")
        assert anchor in pages[(site / path).resolve()].anchors, address(entry)


def test_every_page_has_its_markdown_beside_it_and_is_listed(pages, site):
    listed = (site / "llms.txt").read_text(encoding="utf-8")
    whole = (site / "llms-full.txt").read_text(encoding="utf-8")
    for path in pages:
        text = path.with_suffix(".md").read_text(encoding="utf-8")
        assert text.startswith("# ")
        assert text.strip() in whole
        assert f"]({path.relative_to(site.resolve()).with_suffix('.md').as_posix()})" in listed


def test_a_signature_says_what_goes_by_place_and_what_by_name(site):
    python = site / "reference/python"
    assert "    *,\n    to: datetime | str,\n" in (python / "appointments.md").read_text(encoding="utf-8")
    assert "    /,\n    **options: Unpack[UpdateOptions],\n" in (python / "records.md").read_text(
        encoding="utf-8"
    )


def _named(nav: object) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        nav = list(nav.values())
    if isinstance(nav, list):
        for each in nav:
            yield from _named(each)


def test_every_page_but_those_of_the_errors_is_in_the_navigation(pages, site):
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    there = {path.relative_to(site.resolve()).with_suffix(".md").as_posix() for path in pages}
    named = list(_named(settings["nav"]))
    assert {path for path in there if not path.startswith("errors/")} == set(named) - {"errors/index.md"}
    assert len(named) == len(set(named))
