"""Out of credits, and too many calls at once: what the command says, and how it waits."""

import json
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zcrm.simulator import Simulator
from zcrm.simulator.site.choices import Choices

Ids = Callable[[int], list[str]]
UPDATE = ("records", "update", "Accounts", "rows.csv", "--triggers", "none", "--concurrency", "1")
SAYS = "Out of API credits: Zoho says that 0 are left (X-API-CREDITS-REMAINING)"


@pytest.fixture
def arranged(zcrm: Any, ids: Ids) -> Callable[[Simulator], None]:
    """400 rows that cost 40 credits, for a simulator that the command finds in its environment."""

    def arrange(simulator: Simulator) -> None:
        zcrm.find(simulator)
        simulator.load("Accounts", [{"id": record} for record in ids(400)])
        zcrm.write("rows.csv", "id,City\n" + "".join(f"{record},Cork\n" for record in ids(400)))

    return arrange


def test_it_waits_for_credits_and_goes_on(zcrm: Any, arranged: Any) -> None:
    choices = Choices(credits_retry_after=True)
    with Simulator(credits_per_day=20, credits_window=3, choices=choices) as simulator:
        arranged(simulator)
        done = zcrm(*UPDATE, "--wait-for-credits", "--events", "events.ndjson", "--log-file", "run.log", "-v")
        assert done.returncode == 0, done.stderr
        assert zcrm.counts == {"updated": 400}
        assert set(simulator.ledger.applied.values()) == {1}
    events = [json.loads(line) for line in (zcrm.folder / "events.ndjson").read_text().splitlines()]
    waits = [event for event in events if event["name"] == "waiting"]
    assert waits
    assert all(event["cause"].startswith(SAYS) and event["seconds"] <= 3 for event in waits)
    log = (zcrm.folder / "run.log").read_text()
    assert "WARNING" in log
    assert "name='waiting', operation='update_records', rows=200" in log
    assert SAYS in log
    assert f"waiting · update_records · 200 rows · attempt 1 · TOO_MANY_REQUESTS · {SAYS}" in done.stderr


def test_without_the_option_it_ends_and_says_when_they_come_back(zcrm: Any, arranged: Any) -> None:
    with Simulator(credits_per_day=20) as simulator:
        arranged(simulator)
        before = datetime.now(UTC)
        done = zcrm(*UPDATE)
        assert done.returncode == 5, done.stderr
        assert zcrm.counts == {"updated": 200, "unsent": 200}
        assert f"Stopped: TOO_MANY_REQUESTS: {SAYS}" in done.stderr
        [said] = [line for line in done.stderr.splitlines() if "come back from " in line]
        back = datetime.strptime(said.split("come back from ")[1][:22], "%Y-%m-%d %H:%M %z")
        minute = timedelta(minutes=1)
        assert before - minute < back - timedelta(days=1) < datetime.now(UTC) + minute


def waiting(zcrm: Any) -> subprocess.Popen[str]:
    """A run that waits for credits by now."""
    process = zcrm.start(*UPDATE, "--wait-for-credits", "--run-name", "one")
    assert process.stderr is not None
    assert any(line.startswith(f"Waiting 15 min: {SAYS}") for line in process.stderr)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_wait_can_be_ended_and_the_run_resumed(zcrm: Any, arranged: Any, number: int) -> None:
    with Simulator(credits_per_day=20) as simulator:
        arranged(simulator)
        process = waiting(zcrm)
        assert zcrm.counts == {"updated": 200, "unsent": 200}
        assert zcrm("runs", "resume", "one").returncode == 2
        process.send_signal(number)
        process.communicate(timeout=20)
        assert process.returncode == (-number if number == signal.SIGKILL else 130)
        simulator.advance(timedelta(days=1))
        done = zcrm("runs", "resume", "one", "--wait-for-credits")
        assert done.returncode == 0, done.stderr
        assert zcrm.counts == {"updated": 400}
        assert set(simulator.ledger.applied.values()) == {1}


def test_too_many_calls_at_once_are_told_apart(zcrm: Any, arranged: Any) -> None:
    with Simulator() as simulator:
        arranged(simulator)
        simulator.fault("throttle", times=[1], retry_after=2)
        done = zcrm(*UPDATE, "--log-file", "run.log")
    assert done.returncode == 0, done.stderr
    assert "Waiting 2 s: Too many calls at once (Too many requests fired in concurrent" in done.stderr
    assert "Too many calls at once" in (zcrm.folder / "run.log").read_text()
    assert "credits" not in done.stderr.split("Waiting")[1].splitlines()[0]


def test_calls_that_wait_beside_each_other_are_told_once(zcrm: Any, arranged: Any) -> None:
    with Simulator() as simulator:
        arranged(simulator)
        simulator.fault("throttle", times=[1, 2, 3, 4], retry_after=3)
        done = zcrm(*UPDATE, "--concurrency", "4")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Waiting ") == 1
