"""The built documentation in a browser: readable everywhere, from one host, found by its own search."""

import json
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

DOCS = Path(__file__).parents[2] / "docs"
LOOKED_AT = ["index.html", "how-to/clear-a-field.html", "errors/record_locked.html"]
SHADOW = "const shadow = [...document.querySelectorAll('div')].find((each) => each.shadowRoot)?.shadowRoot;"
FIELD = f"{SHADOW} return shadow?.activeElement?.tagName === 'INPUT'"
RESULTS = f"{SHADOW} return [...shadow.querySelectorAll('a')].map((link) => link.href)"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the built site is served."""
    if "ZCRM_SITE" not in os.environ:
        pytest.skip("ZCRM_SITE is not set; run `nox -s docs`")
    serves = partial(Quiet, directory=os.environ["ZCRM_SITE"])
    with ThreadingHTTPServer(("127.0.0.1", 0), serves) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def driver(chromium: Any, address: str) -> Iterator[Any]:
    """Whatever is done with the site, nobody else is asked for anything, and nothing is complained about."""
    chromium.get("about:blank")
    chromium.get_log("browser")
    chromium.get_log("performance")
    yield chromium
    log = chromium.get_log("browser")
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    chromium.get("about:blank")
    asked = {
        urlsplit(event["params"]["request"]["url"])[:2]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert log == []
    assert {netloc for scheme, netloc in asked if scheme not in ("data", "blob")} == {
        urlsplit(address).netloc
    }


def wait(driver: Any, condition: Callable[[], Any]) -> Any:
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(driver, 10, poll_frequency=0.05).until(lambda _: condition())


def found(driver: Any, words: str) -> list[str]:
    """The pages of the first three results of the site's search, best first."""
    from selenium.webdriver.common.keys import Keys

    driver.switch_to.active_element.send_keys(Keys.CONTROL, "a", Keys.BACKSPACE)
    wait(driver, lambda: not driver.execute_script(RESULTS))
    driver.execute_cdp_cmd("Input.insertText", {"text": words})
    links = wait(driver, lambda: driver.execute_script(RESULTS))
    return [urlsplit(link).path.lstrip("/") for link in links][:3]


QUESTIONS = {
    "Which scopes do I need to update Deals, and nothing else?": ("scopes deals", "reference/scopes"),
    "How do I clear a field? Why did an empty cell not clear it?": ("empty cell", "how-to/clear-a-field"),
    "How do I set a lookup or an owner?": ("set owner", "how-to/lookups-and-owners"),
    "How do I add one value to a multi-select picklist without losing the others?": (
        *("add multi-select picklist", "how-to/multi-selects"),
    ),
    "How do I change one row of a subform, and how do I delete one?": ("subform", "how-to/subforms"),
    "In which time zone are my dates, and why was a naive time refused?": (
        *("naive time", "how-to/dates-and-zones"),
    ),
    "What does RECORD_LOCKED mean and what can I do about it?": ("RECORD_LOCKED", "errors/record_locked"),
    "My run was killed. What was written, and how do I go on?": ("run killed", "how-to/resume-a-run"),
    "What does `unknown` mean and how do I settle such rows?": ("unknown rows", "how-to/settle-unknown-rows"),
    "How many API credits will this file cost, and how do I leave some for others?": (
        *("leave credits", "how-to/leave-credits"),
    ),
    "How do I make sure that no workflow mails my customers?": ("workflow mails", "explanation/automations"),
    "How do I send only the rows that changed since last night?": (
        "changed rows",
        "how-to/only-changed-rows",
    ),
    "How do I use a pandas or polars frame, or a database cursor?": ("pandas", "how-to/frames-and-cursors"),
    "How do I test my code without an org?": ("test without an org", "how-to/test-your-code"),
    "How do I sign in on a server without a browser, and for many orgs?": (
        *("server without browser", "how-to/sign-in-on-a-server"),
    ),
    "How do I run it every night from Airflow or cron, and which exit codes should page somebody?": (
        *("exit codes page", "how-to/nightly-sync"),
    ),
    "How do I cancel all appointments of one member on one day?": (
        *("cancel appointments day", "how-to/appointments-of-a-day"),
    ),
    "How do I change one field of 30,000 records with one call, and learn which did not change?": (
        *("mass update view", "how-to/mass-update-of-a-view"),
    ),
    "We are behind a proxy with our own certificates. What do I set?": (
        *("proxy certificates", "how-to/proxy-and-certificates"),
    ),
    "Several workers and hosts share one org. How do they keep within its limits?": (
        *("several workers", "how-to/many-workers"),
    ),
}


def test_the_search_answers_every_question(driver: Any, address: str) -> None:
    """Whole, it finds the short answer; by its words, the page that has the rest."""
    answers = re.findall(
        r"^## (.*?)\n\n(.*?)(?=\n## |\Z)", (DOCS / "questions.md").read_text("utf-8"), re.M | re.S
    )
    assert [question for question, _ in answers] == list(QUESTIONS)
    driver.get(f"{address}/index.html")
    driver.find_element("css selector", ".md-search__button").click()
    wait(driver, lambda: driver.execute_script(FIELD))
    for question, answer in answers:
        words, page = QUESTIONS[question]
        assert f"]({page}.md)" in answer
        assert found(driver, question.replace("`", ""))[0] == "questions.html"
        assert f"{page}.html" in found(driver, words), words
    assert "errors/record_locked.html" in found(driver, "RECORD_LOCKED#update-records-2")


@pytest.mark.parametrize("path", LOOKED_AT)
@pytest.mark.parametrize("width", [360, 1200])
def test_a_page_fits_a_phone_and_a_screen(driver: Any, address: str, path: str, width: int) -> None:
    devices = {"deviceScaleFactor": 1, "mobile": width < 500, "height": 800, "width": width}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", devices)
    driver.get(f"{address}/{path}")
    script = driver.execute_script
    assert script("return document.documentElement.scrollWidth") <= width
    assert script("return document.querySelector('h1').getBoundingClientRect().width") > width / 4
    assert script("return parseFloat(getComputedStyle(document.querySelector('article p')).fontSize)") >= 14


@pytest.mark.parametrize("path", LOOKED_AT)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_ground(
    driver: Any, address: str, path: str, scheme: str, contrast: Callable[[str, str], float]
) -> None:
    """At least 4.5 to 1, as WCAG 2 has it for small text: of text, links and code."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    driver.get(f"{address}/{path}")
    wait(driver, lambda: driver.execute_script(SCHEME) == ("default" if scheme == "light" else "slate"))
    painted = driver.execute_script(PAINTED)
    assert {kind for kind, _, _ in painted} >= {"P"}
    for kind, ink, ground in painted:
        assert contrast(ink, ground) >= 4.5, f"{kind}: {ink} on {ground}"
    assert (contrast(painted[0][2], "#ffffff") < 2) == (scheme == "light")


SCHEME = "return document.body.dataset.mdColorScheme"
PAINTED = """
const layer = document.createElement("canvas").getContext("2d", {willReadFrequently: true})
function mixed(colours) {
  layer.fillStyle = "#fff"
  layer.fillRect(0, 0, 1, 1)
  for (const colour of colours) { layer.fillStyle = colour; layer.fillRect(0, 0, 1, 1) }
  const [r, g, b] = layer.getImageData(0, 0, 1, 1).data
  return "#" + [r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("")
}
function grounds(element) {
  const found = []
  for (let each = element; each; each = each.parentElement)
    found.unshift(getComputedStyle(each).backgroundColor)
  return found
}
return [...document.querySelectorAll("article p, article p a, article p code, article td")]
  .filter((element) => element.innerText.trim() && element.offsetParent)
  .slice(0, 40)
  .map((element) => [
    element.tagName, mixed([...grounds(element), getComputedStyle(element).color]), mixed(grounds(element))
  ])
"""
