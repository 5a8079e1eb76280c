"""Headless Chromium, driven without anything being downloaded, and what a person finds on the status page."""

import json
import shutil
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from zcrm.simulator import Simulator

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

NOW = datetime(2027, 5, 3, 9, 30, tzinfo=timezone(timedelta(hours=2)))
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--window-size=1200,1000",
    "--hide-scrollbars",
)  # fmt: skip


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    pytest.skip(f"none of {', '.join(names)} is installed")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Chrome]":
    """A browser with a profile of its own that keeps a record of its console and its requests."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = _program("chromium", "chromium-browser", "google-chrome")
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(_program("chromedriver"))
    with webdriver.Chrome(options=options, service=service) as driver:
        yield driver


class Page:
    """The status page of one simulator, as a person meets it."""

    def __init__(self, driver: "Chrome") -> None:
        self.driver = driver

    def __getitem__(self, element_id: str) -> Any:
        return self.driver.find_element("id", element_id)

    def text(self, element_id: str) -> str:
        return self[element_id].text

    def rows(self, table: str) -> list[list[str]]:
        """The texts of a table's body, cell by cell."""
        return self.driver.execute_script(
            "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]"
            ".map((row) => [...row.cells].map((cell) => cell.innerText))",
            table,
        )

    def wait(self, condition: Callable[[], object]) -> None:
        """Wait until the page shows something."""
        from selenium.webdriver.support.wait import WebDriverWait

        WebDriverWait(self.driver, 10, poll_frequency=0.05).until(lambda _: condition())

    def picture(self, last_section: str) -> bytes:
        """A PNG of the page down to the end of a section."""
        script = "return arguments[0].closest('section').getBoundingClientRect().bottom + scrollY + 16"
        height = self.driver.execute_script(script, self[last_section])
        clip = {"x": 0, "y": 0, "width": 1200, "height": height, "scale": 1}
        options = {"clip": clip, "captureBeyondViewport": True}
        return b64decode(self.driver.execute_cdp_cmd("Page.captureScreenshot", options)["data"])

    def log(self, kind: str) -> list[dict[str, Any]]:
        return self.driver.get_log(kind)

    def hosts(self) -> set[str]:
        """The hosts that the browser has asked for something since the last time."""
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        urls = [
            urlsplit(event["params"]["request"]["url"])
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]
        return {url.netloc for url in urls if url.scheme not in ("chrome", "data")}


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(now=NOW) as simulator:
        yield simulator


@pytest.fixture
def page(chromium: "Chrome", sim: Simulator) -> Iterator[Page]:
    """The page, loaded. Whatever a test does with it, it asks nobody but the simulator and stays silent."""
    page, host = Page(chromium), urlsplit(sim.url).netloc
    chromium.get("about:blank")
    page.log("browser")
    page.hosts()
    chromium.get(sim.status_url)
    page.wait(lambda: page.text("live") == "Live")
    yield page
    chromium.get("about:blank")
    assert page.log("browser") == []
    assert page.hosts() == {host}


@pytest.fixture
def accounts() -> Path:
    return Path(__file__).parents[1] / "data/accounts.csv"


@pytest.fixture
def brightness() -> Callable[[str], float]:
    return _brightness


@pytest.fixture
def contrast() -> Callable[[str, str], float]:
    """Of two colours, as WCAG 2 has it."""
    return _contrast


def _brightness(color: str) -> float:
    """The relative luminance of #rgb or #rrggbb."""
    digits = color.strip().removeprefix("#")
    size = len(digits) // 3
    parts = [int(digits[i : i + size] * (3 - size), 16) / 255 for i in range(0, len(digits), size)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted([_brightness(one), _brightness(other)])
    return (lighter + 0.05) / (darker + 0.05)
