"""A run that is out of API credits: what it says, and how it waits for more."""

import csv
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from zcrm import Event, OAuth, Retry, ZohoCRM
from zcrm.auth.stores import MemoryStore
from zcrm.engine.drivers import Driver
from zcrm.engine.gate import LocalGate
from zcrm.runs import Request, Run
from zcrm.runs.credits import CreditsWait
from zcrm.runs.folder import RunFolder
from zcrm.runs.request import Rules
from zcrm.simulator import Simulator
from zcrm.simulator.site.choices import Choices

Ids = Callable[[int], list[str]]
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = 86_400


class Scene:
    """A simulator whose day has 40 credits, a run of 1,000 rows that cost 100, and time that stands still."""

    def __init__(self, folder: Path, ids: list[str], sim: Simulator) -> None:
        self.sim = sim
        self.folder = folder
        self.waits: list[float] = []
        self.events: list[Event] = []
        sim.load("Accounts", [{"id": record} for record in ids])

    def request(self, ids: list[str], *, more: dict[int, str] | None = None, **options: Any) -> Request:
        path = self.folder / "rows.csv"
        rows = "".join(f"{record},Cork,{(more or {}).get(n, '')}\n" for n, record in enumerate(ids))
        path.write_text("id,City,Visits:json\n" + rows)
        runs_dir = self.folder / "runs"
        return Request(module="Accounts", file=str(path), triggers=(), runs_dir=runs_dir, **options)

    def clock(self) -> float:
        return self.sim.now.timestamp()

    def sleep(self, seconds: float, stop: object) -> None:
        self.waits.append(seconds)
        self.sim.advance(timedelta(seconds=seconds))

    def client(self, concurrency: int = 1) -> ZohoCRM:
        driver = Driver(LocalGate(concurrency), sleep=lambda seconds, stop: None, on_event=self.events.append)
        auth = OAuth(
            client_id=self.sim.client_id,
            client_secret=self.sim.client_secret,
            refresh_token=self.sim.refresh_token,
            accounts_url=self.sim.accounts_url,
            store=MemoryStore(),
            clock=self.clock,
            now=self.clock,
        )
        return ZohoCRM(auth=auth, api_domain=self.sim.url, driver=driver, retry=Retry(patience=0))

    def wait(self, **options: Any) -> CreditsWait:
        return CreditsWait(**{"sleep": self.sleep, "look_again": DAY} | options)

    def waiting(self) -> list[Event]:
        return [event for event in self.events if event.name == "waiting"]


@pytest.fixture(params=[False], ids=["zoho"])
def scene(tmp_path: Path, ids: Ids, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """param: whether the server says how long to wait."""
    choices = Choices(credits_retry_after=request.param)
    with Simulator(credits_per_day=40, now=NOON, choices=choices) as sim:
        yield Scene(tmp_path, ids(1000), sim)


says_when = pytest.mark.parametrize("scene", [False, True], indirect=True, ids=["silent", "retry-after"])


@says_when
def test_it_waits_until_the_days_window_frees_and_goes_on(scene: Scene, ids: Ids) -> None:
    run = Run.new(scene.request(ids(1000)), clock=scene.clock)
    with scene.client() as crm, run:
        report = run.send(crm, credits_wait=scene.wait())
    assert (report.exit, report.states["updated"], report.error) == (0, 1000, None)
    assert set(scene.sim.ledger.applied.values()) == {1}
    assert scene.waits == [DAY, DAY]
    assert (report.calls, report.credits) == (12, 100)


def test_it_says_what_the_header_said_and_when_credits_come_back(
    scene: Scene, ids: Ids, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "zcrm")
    run = Run.new(scene.request(ids(1000)), clock=scene.clock)
    with scene.client() as crm, run:
        run.send(crm, credits_wait=scene.wait())
    first = scene.waiting()[0]
    assert (first.seconds, first.credits, first.rows) == (DAY, 0, 600)
    assert first.cause.startswith("Out of API credits: Zoho says that 0 are left (X-API-CREDITS-REMAINING)")
    back = (NOON + timedelta(days=1)).astimezone()
    assert f"come back from {back:%Y-%m-%d %H:%M} {back:%z} on" in first.cause
    assert "concurrent" not in first.cause
    assert [record for record in caplog.records if "waiting" in record.getMessage()]


def test_it_looks_again_before_its_own_credits_come_back(scene: Scene, ids: Ids) -> None:
    """What somebody else used may be back by then: here all but one refused call of each hour."""
    run = Run.new(scene.request(ids(1000)), clock=scene.clock)
    with scene.client() as crm, run:
        run.send(crm, credits_wait=scene.wait(look_again=3600))
    assert scene.waits == [3600] * 48
    assert set(scene.sim.ledger.applied.values()) == {1}


def test_without_a_wait_it_ends_for_later(scene: Scene, ids: Ids) -> None:
    run = Run.new(scene.request(ids(1000)), clock=scene.clock)
    with scene.client() as crm, run:
        report = run.send(crm)
    assert (report.exit, report.states["updated"], report.states["unsent"]) == (5, 400, 600)
    assert report.error is not None
    assert "come back from 20" in report.error["message"]
    assert "buy credits" in report.error["fix"]


def test_too_many_at_once_is_told_apart_and_not_waited_for(scene: Scene, ids: Ids) -> None:
    scene.sim.fault("throttle", route="update_records")
    run = Run.new(scene.request(ids(1000)), clock=scene.clock)
    with scene.client() as crm, run:
        report = run.send(crm, credits_wait=scene.wait())
    assert report.exit == 5
    assert report.error is not None
    assert report.error["message"].startswith("Too many calls at once: no call got through in ")
    assert "Send fewer at a time" in report.error["fix"]
    assert scene.waits == []


def test_credits_too_few_for_the_call_are_none(tmp_path: Path, ids: Ids) -> None:
    with Simulator(credits_per_day=45, now=NOON) as sim:
        scene = Scene(tmp_path, ids(1000), sim)
        run = Run.new(scene.request(ids(1000)), clock=scene.clock)
        with scene.client() as crm, run:
            report = run.send(crm)
    assert report.error is not None
    assert "Zoho says that 5 are left" in report.error["message"]


def test_while_it_waits_the_files_stand_and_the_run_can_be_resumed(scene: Scene, ids: Ids) -> None:
    def end(seconds: float, stop: object) -> None:
        raise KeyboardInterrupt

    run = Run.new(scene.request(ids(1000), run_name="one"), clock=scene.clock)
    with scene.client() as crm, run, pytest.raises(KeyboardInterrupt):
        run.send(crm, credits_wait=scene.wait(sleep=end))
    folder = RunFolder(scene.folder / "runs/one")
    with (folder.path / "unsent.csv").open(newline="") as file:
        assert {row["_code"] for row in csv.DictReader(file)} == {"TOO_MANY_REQUESTS"}
    assert (folder.facts()["exit_code"], folder.facts()["states"]["updated"]) == (5, 400)
    scene.sim.advance(timedelta(days=1))
    with scene.client() as crm, Run.open(folder, clock=scene.clock) as again:
        report = again.send(crm, credits_wait=scene.wait())
    assert (report.exit, report.states["updated"]) == (0, 1000)
    assert set(scene.sim.ledger.applied.values()) == {1}


def test_stop_ends_the_wait(scene: Scene, ids: Ids) -> None:
    run = Run.new(scene.request(ids(1000)), clock=scene.clock)

    def stopped_meanwhile(seconds: float, stop: Any) -> None:
        run.stop()
        stop.wait(seconds)

    with scene.client() as crm, run:
        report = run.send(crm, credits_wait=scene.wait(sleep=stopped_meanwhile))
    assert (report.exit, report.states["updated"], report.states["unsent"]) == (130, 400, 600)
    assert len(scene.waiting()) == 1
    assert scene.sim.ledger.calls("update_records") == 5


def test_rows_refused_before_the_wait_still_count(scene: Scene, ids: Ids) -> None:
    """One row of the first call, and one of the fifth, behind the wait."""
    unknown = ["6545974000000500001", "6545974000000500002"]
    records = [*ids(399), unknown[0], *ids(999)[399:], unknown[1]]
    run = Run.new(scene.request(records, rules=Rules(max_errors="1")), clock=scene.clock)
    with scene.client() as crm, run:
        report = run.send(crm, credits_wait=scene.wait())
    assert (report.exit, report.states["rejected"]) == (8, 2)
    assert scene.waits


def test_rows_lost_in_this_sending_are_not_sent_again_behind_the_wait(scene: Scene, ids: Ids) -> None:
    """Not even where those lost before are sent again, knowingly: that was said of what was known then."""
    lost = {0: '"[{""Name"": ""x""}]"'}
    run = Run.new(scene.request(ids(1000), more=lost, resend_lost=False), clock=scene.clock)
    scene.sim.fault("drop_after", route="update_records", times=[1])
    with scene.client() as crm, run:
        report = run.send(crm, include_unknown=True, credits_wait=scene.wait())
    assert (report.states["unknown"], report.states["updated"]) == (100, 900)
    assert set(scene.sim.ledger.applied.values()) == {1}
    assert scene.waits
