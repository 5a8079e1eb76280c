"""What a person sees of a simulator in a browser, while somebody works with it."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest

from zcrm import AccessToken, Retry, ZohoCRM

IDS = [str(5545974000000500001 + number) for number in range(300)]
DASH = "–"


@pytest.fixture
def crm(sim) -> Iterator[ZohoCRM]:
    retry = Retry(base=0.01)
    with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, retry=retry, concurrency=1) as crm:
        yield crm


def meters(page):
    names = ("requests", "writes", "credits", "flight")
    return [page.text(f"{name}-{part}") for name in names for part in ("count", "note")]


def test_numbers_move_while_a_client_updates_rows(page, sim, crm):
    sim.load("Deals", [{"id": id_} for id_ in IDS])
    sim.fault("drop_after", times=[2])
    sim.fault("hold", route="update_records", times=[4])
    assert meters(page) == [
        *["0", "0 of the latest 0 refused or lost"],
        *["0", "0 records, 0 repeatedly"],
        *["0", "60,000 of 60,000 left in 24 hours"],
        *["0", "peak 0, limit 20 (bulk 10)"],
    ]
    assert page.rows("requests") == [["No request yet."]]

    rows = [{"id": id_, "Stage": "Closed Won"} for id_ in IDS]
    with ThreadPoolExecutor(1) as pool:
        update = pool.submit(crm.records.update_all, "Deals", rows, triggers=("workflow",))
        try:
            page.wait(lambda: page.text("requests-count") == "4")
            assert meters(page) == [
                *["4", "1 of the latest 4 refused or lost"],
                *["300", "200 records, 100 repeatedly"],
                *["30", "59,970 of 60,000 left in 24 hours"],
                *["1", "peak 1, limit 20 (bulk 10)"],
            ]
        finally:
            sim.release()
        assert update.result(timeout=10).states["updated"] == 300

    page.wait(lambda: page.text("flight-count") == "0")
    assert meters(page) == [
        *["4", "1 of the latest 4 refused or lost"],
        *["400", "300 records, 100 repeatedly"],
        *["40", "59,960 of 60,000 left in 24 hours"],
        *["0", "peak 1, limit 20 (bulk 10)"],
    ]
    call = ["PUT update_records", "Deals"]
    assert page.rows("requests") == [
        ["4", *call, IDS[200], "100", "100", "200", "", "10", "hold"],
        ["3", *call, IDS[100], "100", "100", "200", "", "10", ""],
        ["2", *call, IDS[100], "100", "100", DASH, "", "10", "drop_after"],
        ["1", *call, IDS[0], "100", "100", "200", "", "10", ""],
    ]
    assert page.rows("automations") == [["workflow", "400"]]
    assert page.rows("modules") == [["Deals", "300", "400"]]
    assert sim.ledger.calls() == 4


def test_jobs_faults_and_tokens(page, sim, crm):
    leads = sim.load("Leads", 40)
    sim.fault("slow", route="update_record", rate=0.5, limit=2, seconds=0.01)
    job = crm.mass_update.by_view("Leads", sim.add_view("Leads"), {"Lead_Source": "Fair"})
    crm.mass_update.by_view("Leads", sim.add_view("Leads", leads[:1]), {"Lead_Source": "Fair"})
    job.status()
    job.status()
    scopes = "ZohoCRM.modules.ALL ZohoCRM.mass_update.UPDATE ZohoCRM.mass_update.READ ZohoCRM…"

    page.wait(lambda: "RUNNING" in page.text("jobs"))
    (newer, older) = page.rows("jobs")
    assert older == [job.id, "Leads", "RUNNING", "20", "0", "40"]
    assert newer[1:] == ["Leads", "SCHEDULED", "0", "0", "1"]
    assert page.rows("faults") == [
        ["slow", "update_record", "50 % of calls, at most 2 times", "seconds: 0.01", "0"]
    ]
    assert page.rows("access") == [["Administrator", "2027-05-03T10:30:00+02:00", scopes]]
    assert page.text("access-caption") == "Access tokens: 1 alive, 0 expired."
    assert page.rows("refresh") == [["Administrator", "0 of 10", scopes]]
    assert sim.access_token not in page.driver.page_source

    job.wait(timeout=10)
    sim.clear_faults()
    page.wait(lambda: "COMPLETED" in page.text("jobs"))
    assert page.rows("jobs")[1] == [job.id, "Leads", "COMPLETED", "40", "0", "40"]
    page.wait(lambda: page.rows("faults") == [["None: all goes well."]])


def test_looking_at_records(page, sim):
    from selenium.webdriver.support.select import Select

    text = "<img src=x onerror=alert(1)>"
    sim.load("Deals", [{"id": IDS[0], "Stage": text}, {"id": IDS[1], "Amount": 5, "Owner": {"id": "1"}}])
    sim.lock("Deals", IDS[1])
    page.wait(lambda: page.rows("modules") == [["Deals", "2", "0"]])
    assert not page["records"].is_displayed()

    Select(page["module"]).select_by_visible_text("Deals")
    page.wait(lambda: len(page.rows("records")) == 2)
    modified = "2027-05-03T09:30:00+02:00 by Administrator"
    assert page.rows("records") == [
        [IDS[0], modified, "0", "", f"Stage: {text}"],
        [IDS[1], modified, "0", "locked", 'Amount: 5 · Owner: {"id": "1"}'],
    ]
    assert page.driver.find_elements("css selector", "img") == []
    page["record"].send_keys(IDS[1])
    page.wait(lambda: [row[0] for row in page.rows("records")] == [IDS[1]])
    page["record"].send_keys("0")
    page.wait(lambda: page.rows("records") == [["No such record."]])


def test_it_can_be_paused_from_the_keyboard(page, sim):
    from selenium.webdriver.common.keys import Keys

    page.driver.find_element("css selector", "body").send_keys(Keys.TAB)
    focused = page.driver.switch_to.active_element
    assert focused == page["pause"]
    focused.send_keys(Keys.SPACE)
    page.wait(lambda: page.text("live") == "Paused")
    assert focused.get_attribute("aria-pressed") == "true"

    sim.load("Deals", 1)
    asked = "return performance.getEntriesByType('resource').length"
    before = page.driver.execute_script(asked)
    page.driver.execute_async_script("setTimeout(arguments[0], 1500)")
    assert page.driver.execute_script(asked) == before
    assert page.rows("modules") == [["No records yet."]]
    focused.send_keys(Keys.SPACE)
    page.wait(lambda: page.rows("modules") == [["Deals", "1", "0"]])
    assert page.text("live") == "Live"


def test_it_says_when_the_simulator_has_gone(chromium, page, sim):
    sim.stop()

    page.wait(lambda: page.text("live") == "The simulator does not answer")
    assert {entry["source"] for entry in page.log("browser")} == {"network"}
    chromium.get("about:blank")
    page.log("browser")


def test_it_can_be_read(page, sim, accounts):
    """Names for all that can be operated, one heading of each kind, columns with heads, room on a phone."""
    sim.add_org()
    sim.load("Accounts", accounts)
    page.wait(lambda: page.rows("modules") == [["Accounts", "3,376", "0"]])
    script = page.driver.execute_script
    devices = {"deviceScaleFactor": 1, "mobile": True, "height": 800}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 360, **devices})
    assert script("return document.documentElement.scrollWidth") == 360
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    roles = ("button", "select", "input", "meter", "section", "[role=region]")
    for element in page.driver.find_elements("css selector", ",".join(roles)):
        assert element.accessible_name, element.get_attribute("outerHTML")
    assert script("return [...document.querySelectorAll('table')].every((t) => t.caption)")
    assert script("return [...document.querySelectorAll('thead th')].every((th) => th.scope === 'col')")
    headings = [heading.text for heading in page.driver.find_elements("css selector", "h1, h2")]
    assert headings == [
        *["Zoho CRM, simulated", "Requests", "Jobs", "Faults", "Records", "Tokens", "Automations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_ground(page, sim, crm, scheme, brightness, contrast):
    """At least 4.5 to 1, as WCAG 2 has it for small text."""
    sim.load("Deals", [{"id": IDS[0]}])
    crm.records.update_all("Deals", [{"id": IDS[0], "Stage": "New"}, {"id": "77", "Stage": "New"}])
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    page.wait(lambda: page.text("requests-count") == "1")
    variables = page.driver.execute_script(
        "const style = getComputedStyle(document.documentElement);"
        "return Object.fromEntries(arguments[0].map((name) => [name, style.getPropertyValue(`--${name}`)]))",
        ["ground", "panel", "ink", "quiet", "good", "bad", "warn"],
    )
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})

    grounds = [variables.pop("ground"), variables.pop("panel")]
    assert [brightness(ground) > 0.5 for ground in grounds] == [scheme == "light"] * 2
    for name, ink in variables.items():
        assert min(contrast(ink, ground) for ground in grounds) >= 4.5, name


def test_the_picture_for_the_readme(page, sim, crm, accounts, tmp_path):
    """Taken anew with `nox -s browser -- picture`; otherwise only that it can be taken."""
    from PIL import Image

    ids = sim.load("Accounts", accounts)
    leads = sim.load("Leads", 600)
    sim.fault("throttle", route="update_records", times=[17], retry_after=0)
    sim.fault("drop_after", route="update_records", times=[12])
    rows = [{"id": id_, "Rating": "Active"} for id_ in ids[:1600]]
    rows[1240] = {"id": "5545974000000999999", "Rating": "Active"}
    crm.mass_update.by_view("Leads", sim.add_view("Leads"), {"Lead_Source": "Fair"}).wait(timeout=10)
    job = crm.mass_update.by_view("Leads", sim.add_view("Leads", leads[:90]), {"Lead_Source": "Fair"})
    summary = crm.records.update_all("Accounts", rows, triggers=("workflow",))
    job.status()
    job.status()
    assert (summary.states["updated"], summary.states["rejected"]) == (1599, 1)
    page.wait(lambda: page.text("requests-count") == str(sim.ledger.calls()))

    picture = Image.open(BytesIO(page.picture("faults"))).convert("RGB")
    assert (picture.width, 600 < picture.height < 1200) == (1200, True)
    assert len(picture.getcolors(maxcolors=1_000_000)) > 50
    path = Path(os.environ.get("ZCRM_PICTURE", tmp_path / "status-page.png"))
    picture.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < 200_000


def test_one_of_several_orgs_is_chosen(page, sim):
    from selenium.webdriver.support.select import Select

    assert not page["org"].is_displayed()
    second = sim.add_org()
    second.load("Deals", [{"id": IDS[0]}])
    page.wait(page["org"].is_displayed)
    assert page.rows("modules") == [["No records yet."]]

    Select(page["org"]).select_by_visible_text("zcrm simulator 2")
    page.wait(lambda: page.rows("modules") == [["Deals", "1", "0"]])
    Select(page["org"]).select_by_visible_text("zcrm simulator")
    page.wait(lambda: page.rows("modules") == [["No records yet."]])
