"""Every page is a story that runs: its files are written, its blocks run and print what it says."""

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zcrm.cli.profiles import Profile, Profiles
from zcrm.simulator import SimulatedOrg, Simulator

from .reading import DOCS, Reader, blocks_of

TESTED_ELSEWHERE = {
    *("appointments.md", "fields.md", "mass-update.md", "openapi.md", "sign-in.md", "simulator.md"),
    *("dask.md", "scale.md", "tutorial.md"),
}

DEALS = [f"554597400000050000{number}" for number in (1, 2, 3)]
ACCOUNT = "5545974000000400001"
MEMBER, OTHER = "5545974000000235011", "5545974000000235012"
VISITS = ["5545974000000910001", "5545974000000910002"]
VIEW = "4150868000000000100"


PAGES = {
    page.relative_to(DOCS).as_posix(): blocks
    for page in sorted(DOCS.rglob("*.md"))
    if (blocks := blocks_of(page)) and page.name not in TESTED_ELSEWHERE
}


def an_outage(sim: Simulator) -> None:
    sim.fault("throttle", route="update_records", times=[1], retry_after=7200)


def a_lost_answer(sim: Simulator) -> None:
    sim.fault("drop_after", route="update_records", times=[1])


def too_many_calls(sim: Simulator) -> None:
    sim.fault("throttle", route="update_records", times=[1], retry_after=0)


SIGNED_IN = {"how-to/many-orgs.md": ("client-a", "client-b")}
NEEDED = {"how-to/celery.md": ["celery"], "how-to/fastapi.md": ["fastapi", "httpx2"]}
ARRANGED: dict[str, Callable[[Simulator], None]] = {
    "how-to/resume-a-run.md": an_outage,
    "how-to/settle-unknown-rows.md": a_lost_answer,
    "how-to/watch.md": too_many_calls,
}


def deal(sim: Simulator, number: int) -> dict[str, object]:
    return sim.record("Deals", DEALS[number - 1])


def cleared(sim: Simulator) -> None:
    assert [deal(sim, n)["Description"] for n in (1, 2, 3)] == [None, None, "Old"]
    assert [deal(sim, n).get("Next_Step") for n in (2, 3)] == ["Call back", None]


def linked(sim: Simulator) -> None:
    for number in (1, 2):
        assert deal(sim, number)["Account_Name"] == {"id": ACCOUNT}
        assert deal(sim, number)["Owner"]["id"] == MEMBER


def added(sim: Simulator) -> None:
    assert [deal(sim, n)["Regions"] for n in (1, 2, 3)] == [
        ["West", "North"],
        ["West", "North", "East"],
        ["South"],
    ]


def visits_changed(sim: Simulator) -> None:
    first, second = deal(sim, 1)["Visits"]
    assert (first["id"], first["Result"], first["Day"]) == (VISITS[0], "Won", "2027-04-01")
    assert (second["Result"], second["Day"]) == ("Planned", "2027-05-02")


def dated(sim: Simulator) -> None:
    assert deal(sim, 1)["Closing_Date"] == "2027-06-30"
    assert [deal(sim, n)["Called_At"] for n in (1, 2, 3)] == ["2027-05-01T09:00:00+02:00"] * 3


def amounts_set(sim: Simulator) -> None:
    assert [deal(sim, n)["Amount"] for n in (1, 2)] == [12500.1, 1234.5]


def amount_from_a_spreadsheet(sim: Simulator) -> None:
    closed("Closed Won")(sim)
    assert [deal(sim, n)["Amount"] for n in (1, 2)] == [1234.5, 800]


def tagged(sim: Simulator) -> None:
    assert [len(deal(sim, n)["Tag"]) for n in (1, 2)] == [2, 1]


def sent_once(sim: Simulator) -> None:
    assert stages(sim) == ["Closed Won", "Negotiation", "Negotiation"]
    assert (sim.ledger.applied["Deals", DEALS[0]], sim.ledger.applied["Deals", DEALS[1]]) == (2, 1)


def stages(sim: Simulator) -> list[object]:
    return [deal(sim, number)["Stage"] for number in (1, 2, 3)]


def closed(*expected: str) -> Callable[[Simulator], None]:
    def check(sim: Simulator) -> None:
        assert stages(sim) == [*expected, *["Qualification"] * (3 - len(expected))]
        assert sim.ledger.automations == {}

    return check


def sent_in_one_call(sim: Simulator) -> None:
    closed("Closed Won", "Closed Lost")(sim)
    assert sim.ledger.calls("update_records") == 1


def closed_by_the_app(sim: Simulator) -> None:
    assert stages(sim)[0] == "Closed Won"
    assert sim.ledger.automations == {"workflow": 1}


def framed(sim: Simulator) -> None:
    assert stages(sim) == ["Qualification", "Closed Lost", "Closed Won"]
    assert [deal(sim, n)["Amount"] for n in (1, 2)] == [100, 800]
    assert deal(sim, 1)["Description"] == "Old"


def sick_leave(sim: Simulator) -> None:
    assert [each["Status"] for each in sim.records("Appointments__s").values()] == [
        *("Cancelled", "Scheduled", "Scheduled", "Completed")
    ]
    moved = list(sim.records("Appointments__s").values())[2]
    assert moved["Appointment_Start_Time"] == "2027-05-10T09:00:00+02:00"


def mass_updated(sim: Simulator) -> None:
    assert [lead["Lead_Source"] for lead in sim.records("Leads").values()] == ["Partner"] * 3
    assert stages(sim)[0] == "Closed Lost"


def updated_from_tasks(sim: Simulator) -> None:
    assert stages(sim) == ["Negotiation", "Negotiation", "Qualification"]
    assert sim.ledger.automations == {"workflow": 2}


def closed_in_both(sim: Simulator) -> None:
    _, one, other = sim.orgs
    assert [one.record("Deals", id_)["Stage"] for id_ in DEALS] == [
        *("Closed Won", "Closed Lost", "Qualification")
    ]
    assert other.ledger.applied == {("Deals", DEALS[2]): 1}
    assert sim.ledger.applied == one.ledger.applied_twice == {}


def nothing_written(sim: Simulator) -> None:
    assert sim.ledger.applied == {}


CHECKS: dict[str, Callable[[Simulator], None]] = {
    "explanation/automations.md": closed("Closed Won"),
    "export.md": closed("Closed Won", "Closed Lost"),
    "files.md": closed("Closed Won"),
    "index.md": closed("Closed Won", "Closed Lost"),
    "values.md": closed(),
    "how-to/airflow.md": nothing_written,
    "how-to/asyncio.md": updated_from_tasks,
    "how-to/appointments-of-a-day.md": sick_leave,
    "how-to/celery.md": closed("Closed Won"),
    "how-to/clear-a-field.md": cleared,
    "how-to/currency.md": amounts_set,
    "how-to/dates-and-zones.md": dated,
    "how-to/fastapi.md": closed_by_the_app,
    "how-to/frames-and-cursors.md": framed,
    "how-to/leave-credits.md": closed("Closed Won", "Closed Lost"),
    "how-to/generated-client.md": nothing_written,
    "how-to/lookups-and-owners.md": linked,
    "how-to/many-orgs.md": closed_in_both,
    "how-to/many-workers.md": closed("Closed Won"),
    "how-to/mass-update-of-a-view.md": mass_updated,
    "how-to/multi-selects.md": added,
    "how-to/nightly-sync.md": sent_in_one_call,
    "how-to/only-changed-rows.md": sent_once,
    "how-to/prefect.md": nothing_written,
    "how-to/proxy-and-certificates.md": closed("Closed Won"),
    "how-to/resume-a-run.md": closed("Closed Won", "Closed Lost", "Closed Won"),
    "how-to/sandbox-first.md": nothing_written,
    "how-to/settle-unknown-rows.md": closed("Closed Won", "Closed Lost"),
    "how-to/sign-in-on-a-server.md": closed("Closed Won"),
    "how-to/spreadsheet.md": amount_from_a_spreadsheet,
    "how-to/subforms.md": visits_changed,
    "how-to/tags.md": tagged,
    "how-to/test-your-code.md": nothing_written,
    "how-to/undo.md": closed(),
    "how-to/watch.md": closed("Closed Won", "Closed Lost"),
}


@pytest.fixture
def org() -> Iterator[Simulator]:
    """A simulator with the records that the pages speak of."""
    with Simulator(now=datetime(2027, 5, 1, 8, tzinfo=UTC)) as sim:
        visits = [{"id": id_, "Day": "2027-04-01", "Result": "Planned"} for id_ in VISITS]
        common = {
            "Stage": "Qualification",
            "Amount": 800,
            "Description": "Old",
            "Next_Step": "Mail",
            "Regions": ["West"],
        }
        sim.load(
            "Deals", [{"id": id_, **common, "Visits": visits if id_ == DEALS[0] else []} for id_ in DEALS]
        )
        sim.load("Accounts", [{"id": ACCOUNT}])
        sim.load(
            "Appointments__s",
            [
                appointment("2027-05-03T09:00:00+02:00", MEMBER, "Scheduled"),
                appointment("2027-05-03T11:00:00+02:00", OTHER, "Scheduled"),
                appointment("2027-05-04T09:00:00+02:00", MEMBER, "Scheduled"),
                appointment("2027-05-03T08:00:00+02:00", MEMBER, "Completed"),
            ],
        )
        leads = sim.load("Leads", [{"Lead_Source": "Fair"}] * 3)
        while int(sim.add_view("Leads", leads)) < int(VIEW):
            pass
        yield sim


def sign_in(profiles: Profiles, name: str, org: SimulatedOrg) -> None:
    """A profile for an org of its own, with the deals that the pages speak of."""
    org.load("Deals", [{"id": id_, "Stage": "Qualification"} for id_ in DEALS])
    profiles.save(
        Profile(
            name=name,
            client_id=org.client_id,
            client_secret=org.client_secret,
            refresh_token=org.refresh_token,
            accounts_url=org.accounts_url,
            api_domain=org.url,
        )
    )


def appointment(start: str, owner: str, status: str) -> dict[str, object]:
    return {"Status": status, "Appointment_Start_Time": start, "Owner": {"id": owner}}


@pytest.fixture
def reader(
    org: Simulator,
    tmp_path: Path,
    search_path: str,
    run_here: Callable[..., subprocess.CompletedProcess[str]],
) -> Reader:
    env = {
        "PATH": search_path,
        "HOME": str(tmp_path),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "ZCRM_CONFIG_DIR": str(tmp_path / "config"),
        "ZCRM_API_DOMAIN": org.url,
        "ZCRM_ACCOUNTS_URL": org.accounts_url,
        "ZCRM_CLIENT_ID": org.client_id,
        "ZCRM_CLIENT_SECRET": org.client_secret,
        "ZCRM_REFRESH_TOKEN": org.refresh_token,
    }
    return Reader(tmp_path, env, run_here)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_says(page, org, reader, tmp_path):
    if "ZCRM_SITE" not in os.environ:
        for module in NEEDED.get(page, ()):
            pytest.importorskip(module, reason=f"{module} is not installed; run `nox -s docs`")
    ARRANGED.get(page, lambda _: None)(org)
    for name in SIGNED_IN.get(page, ()):
        sign_in(Profiles(tmp_path / "config"), name, org.add_org())
    reader.follows(PAGES[page])
    CHECKS[page](org)


def test_every_page_with_blocks_is_checked():
    assert set(CHECKS) == set(PAGES)
