"""The page of a run as a browser shows it: whole in itself, readable everywhere, with nothing but text."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.runs import Request, Run

IDS = [str(5545974000000500001 + number) for number in range(1200)]
MARKUP = "\"'><img src=x onerror=alert(1)><script>alert(2)</script><style>*{display:none}</style>"
SECRET = "The Secret Customer"


def sent(folder: Path, sim: Any) -> Run:
    """A run of 1,200 rows in two sessions, of which three rows are refused and one is locked."""
    path = folder / "rows.csv"
    lines = (f"{'6' + i[1:] if n in (3, 400, 999) else i},{SECRET} {n}\n" for n, i in enumerate(IDS))
    path.write_text("id,Description\n" + "".join(lines), encoding="utf-8")
    sim.load("Accounts", [{"id": record} for record in IDS])
    sim.lock("Accounts", IDS[700])
    sim.fault("throttle", route="update_records", times=range(7, 99), retry_after=7200)
    request = Request(
        module="Accounts", file=str(path), triggers=(), runs_dir=folder / "runs", run_name="week"
    )
    with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, concurrency=1) as crm:
        with Run.new(request) as run:
            run.send(crm)
        sim.clear_faults()
        run = Run.open(run.folder)
        run.send(crm)
    return run


class Shown:
    """A page in the browser."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, path: Path) -> None:
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(path.as_uri())

    def texts(self, selector: str) -> list[str]:
        return [element.text for element in self.driver.find_elements("css selector", selector)]

    def rows(self, section: str) -> list[list[str]]:
        return self.driver.execute_script(
            "return [...document.querySelectorAll(`section[aria-labelledby=${arguments[0]}] tbody tr`)]"
            ".map((row) => [...row.cells].map((cell) => cell.innerText))",
            section,
        )

    def count(self, selector: str) -> int:
        return len(self.driver.find_elements("css selector", selector))

    def emulate(self, name: str, value: str) -> None:
        features = [{"name": name, "value": value}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


@pytest.fixture
def shown(chromium: Any) -> Iterator[Shown]:
    """Whatever a test does with a page, it asks nobody for anything and has nothing to complain about."""
    shown = Shown(chromium)
    yield shown
    log = chromium.get_log("browser")
    requests = [entry["message"] for entry in chromium.get_log("performance")]
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    chromium.get("about:blank")
    assert log == []
    sent = [entry for entry in requests if '"Network.requestWillBeSent"' in entry]
    assert len(sent) == 1
    assert '"url":"file://' in sent[0].replace(" ", "")


@pytest.fixture
def page(shown: Shown, sim: Any, tmp_path: Path) -> Shown:
    with sent(tmp_path, sim) as run:
        (tmp_path / "run.html").write_text(run.page(), encoding="utf-8")
    shown.open(tmp_path / "run.html")
    return shown


def test_it_tells_how_the_run_went(page: Shown) -> None:
    assert page.texts("h1, h2") == [
        *("Run week", "What became of the rows", "Reasons", "Throughput", "Slowest calls", "Forecast"),
        "Sessions",
    ]
    assert page.texts("section[aria-labelledby=states] dt + dd") == ["1,196", "4", "0", "0", "0", "0"]
    assert [row[:4] for row in page.rows("reasons")] == [
        ["3", "rejected", "INVALID_DATA", "id"],
        ["1", "rejected", "RECORD_LOCKED", "id"],
    ]
    assert all(row[4] for row in page.rows("reasons"))
    assert page.rows("forecast") == [["Forecast", "12", "120"], ["Actual", "13", "120"]]
    sessions = page.rows("sessions")
    assert [(row[0], row[3], row[4]) for row in sessions] == [("1", "7", "60"), ("2", "6", "60")]
    assert sessions[0][6].startswith("TOO_MANY_REQUESTS")
    assert sessions[1][6] == "by itself"
    calls = page.rows("calls")
    assert len(calls) == 10
    took = [float(row[0]) for row in calls]
    assert took == sorted(took, reverse=True)
    assert {row[2] for row in calls} == {"100"}
    assert any("updated, rejected" in row[4] or "rejected, updated" in row[4] for row in calls)


def test_its_bars_are_the_rows(page: Shown) -> None:
    """The highest bar fills the picture, and each has its numbers."""
    heights = page.driver.execute_script(
        "return [...document.querySelectorAll('svg g')].map((g) => [g.querySelector('title').textContent,"
        "[...g.querySelectorAll('rect')].map((bar) => bar.getBBox().height)])"
    )
    counted = [title.partition(": ")[2] for title, _ in heights]
    total = sum(
        int(part.split()[0].replace(",", ""))
        for said in counted
        for part in said.split(", ")
        if said[0].isdigit()
    )
    assert total == 1200
    assert max(sum(bars) for _, bars in heights) >= 160
    assert all(bool(bars) == said[0].isdigit() for (_, bars), said in zip(heights, counted, strict=True))


def test_it_holds_no_value_of_a_customer_unless_asked(shown: Shown, sim: Any, tmp_path: Path) -> None:
    with sent(tmp_path, sim) as run:
        plain, asked = run.page(), run.page(values=True)
    assert SECRET not in plain
    assert not [record for record in IDS if record in plain or "6" + record[1:] in plain]
    (tmp_path / "asked.html").write_text(asked, encoding="utf-8")
    shown.open(tmp_path / "asked.html")
    rows = shown.rows("rows")
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        (str(n + 2), f"6{IDS[n][1:]}" if n != 700 else IDS[n], f"{SECRET} {n}") for n in (3, 400, 700, 999)
    ]


def test_what_is_hostile_is_only_text(shown: Shown, answering: Any, tmp_path: Path) -> None:
    """A file's name, a header, a cell, a code, a field and a message; by the command that people use."""
    name = f"{MARKUP.replace('/', '')}.csv"
    quoted = MARKUP.replace('"', '""')
    (tmp_path / name).write_text(f'id,City,"_{quoted}"\n{IDS[0]},"{quoted}",x\n', encoding="utf-8")
    zcrm = Zcrm(tmp_path, answering(MARKUP, MARKUP + "\u202e"))
    zcrm("records", "update", "Accounts", name, "--triggers", "none", "--run-name", "week", exits=3)
    zcrm("runs", "show", "week", "--html", "run.html", "--values")
    shown.open(tmp_path / "run.html")
    assert shown.count("img, script, body style, iframe, object, link, [onerror]") == 0
    [row] = shown.rows("rows")
    assert row[3:5] == [MARKUP, MARKUP + r"\u202e"]
    assert MARKUP in row
    assert shown.rows("reasons")[0][2:4] == [MARKUP, MARKUP]
    assert name in shown.texts("header")[0]
    heads = shown.texts("section[aria-labelledby=rows] th")
    assert f"_{MARKUP} in the file" in heads


class Zcrm:
    """The command line in a folder."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        import os

        self.folder = folder
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("ZCRM_")} | env
        self.env["ZCRM_CONFIG_DIR"] = str(folder / "config")

    def __call__(self, *words: str, exits: int = 0) -> None:
        command = [sys.executable, "-m", "zcrm.cli", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == exits, done.stderr


@pytest.mark.parametrize("width", [320, 360, 1200])
def test_it_fits_a_phone_and_a_screen(page: Shown, width: int) -> None:
    devices = {"deviceScaleFactor": 1, "mobile": width < 500, "height": 800, "width": width}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", devices)
    script = page.driver.execute_script
    assert script("return document.documentElement.scrollWidth") == width
    assert script("return parseFloat(getComputedStyle(document.querySelector('td')).fontSize)") >= 16
    cut = script(
        "return [...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth).length"
    )
    assert cut == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_ground(
    page: Shown, scheme: str, brightness: Callable[[str], float], contrast: Callable[[str, str], float]
) -> None:
    """At least 4.5 to 1, as WCAG 2 has it for small text."""
    page.emulate("prefers-color-scheme", scheme)
    colours = page.driver.execute_script(
        "const style = getComputedStyle(document.documentElement);"
        "return Object.fromEntries(arguments[0].map((name) => [name, style.getPropertyValue(`--${name}`)]))",
        ["ground", "panel", "ink", "quiet", "good", "bad", "warn"],
    )
    grounds = [colours.pop("ground"), colours.pop("panel")]
    assert [brightness(ground) > 0.5 for ground in grounds] == [scheme == "light"] * 2
    for name, ink in colours.items():
        assert min(contrast(ink, ground) for ground in grounds) >= 4.5, name


def test_it_can_be_read_aloud(page: Shown) -> None:
    for element in page.driver.find_elements("css selector", "section, svg, [role=region]"):
        assert element.accessible_name, element.get_attribute("outerHTML")
    script = page.driver.execute_script
    assert script("return [...document.querySelectorAll('table')].every((t) => t.caption)")
    assert script("return [...document.querySelectorAll('thead th')].every((th) => th.scope === 'col')")
