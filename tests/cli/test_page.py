"""`zcrm runs show --html`: where the page goes, and what it may hold."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

Ids = Callable[[int], list[str]]
UPDATE = ("records", "update", "Accounts", "rows.csv", "--triggers", "none", "--concurrency", "1")


@pytest.fixture
def run(zcrm: Any, simulator: Any, ids: Ids) -> Any:
    """A run named one, of three rows, one of which is refused."""
    simulator.load("Accounts", [{"id": record} for record in ids(2)])
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},Corkonia\n" for record in ids(3)))
    assert zcrm(*UPDATE, "--run-name", "one").returncode == 3
    return zcrm


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (["one", "--html"], "zcrm-runs/one/run.html"),
        (["--html", "one"], "zcrm-runs/one/run.html"),
        (["--html"], "zcrm-runs/one/run.html"),
        (["--last", "--html"], "zcrm-runs/one/run.html"),
        (["one", "--html", "page.html"], "page.html"),
        (["--last", "--html", "page.html"], "page.html"),
    ],
    ids=" ".join,
)
def test_the_page_goes_where_it_is_told(run: Any, words: list[str], file: str) -> None:
    done = run("runs", "show", *words)
    assert done.returncode == 0, done.stderr
    page = run.folder / file
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert page.stat().st_mode & 0o777 == 0o600
    assert f"As a page: {file}" in done.stderr


@pytest.mark.parametrize("words", [["one", "page.html"], ["one", "--values"], ["one", "--html", "a", "b"]])
def test_what_goes_with_a_page_only_is_refused_without(run: Any, words: list[str]) -> None:
    assert run("runs", "show", *words).returncode == 2


def test_a_page_that_can_not_be_written_is_an_error(run: Any) -> None:
    done = run("runs", "show", "one", "--html", "none/page.html")
    assert (done.returncode, "none/page.html can not be written" in done.stderr) == (2, True)


def test_values_are_there_only_where_asked_for(run: Any, ids: Ids) -> None:
    values = ("Corkonia", *ids(3))
    for words, there in (((), False), (("--values",), True)):
        assert run("runs", "show", "one", "--html", "page.html", *words).returncode == 0
        page = (run.folder / "page.html").read_text(encoding="utf-8")
        assert [value in page for value in (values[0], values[-1])] == [there, there]


class Links(HTMLParser):
    """Takes down what a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe", "object", "a"):
            self.found.append((tag, "", None))
        self.found += [
            (tag, name, text) for name, text in attrs if name in ("src", "href", "style") or name[:2] == "on"
        ]


def test_it_needs_nobody_else(run: Any) -> None:
    assert run("runs", "show", "one", "--html", "page.html", "--values").returncode == 0
    text = (run.folder / "page.html").read_text(encoding="utf-8")
    links = Links()
    links.feed(text)
    assert links.found == []
    assert not re.search(r"https?:|url\(|@import", text)
    assert "default-src &#x27;none&#x27;" in text


def test_a_run_that_was_killed_has_a_page(zcrm: Any, simulator: Any, ids: Ids) -> None:
    simulator.load("Accounts", [{"id": record} for record in ids(300)])
    zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},Cork\n" for record in ids(300)))
    zcrm.kill_in_call(2, simulator, *UPDATE, "--run-name", "one")
    assert zcrm("runs", "show", "one", "--html", "page.html").returncode == 0
    page = (zcrm.folder / "page.html").read_text(encoding="utf-8")
    assert "killed, or not ended yet" in page
    assert page.count(">100<") >= 3


def test_a_run_without_rows_has_a_page(zcrm: Any, simulator: Any) -> None:
    zcrm.write("rows.csv", "id,City\n")
    assert zcrm(*UPDATE, "--run-name", "one").returncode == 0
    assert zcrm("runs", "show", "one", "--html").returncode == 0
