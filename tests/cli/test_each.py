"""`zcrm each`: one command for many orgs, each a process and a run of its own."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from zcrm.cli.profiles import Profile, Profiles
from zcrm.simulator import SimulatedOrg, Simulator

Ids = Callable[[int], list[str]]
UPDATE = ("records", "update", "Deals", "deals.csv", "--triggers", "none")
EACH = ("each", "--profiles", "client-[ab]", "--run-name", "night")


@pytest.fixture
def orgs(zcrm: Any, ids: Ids) -> Iterator[tuple[SimulatedOrg, ...]]:
    """Three orgs with 300 deals each, the profiles to them, and a file of those deals."""
    with Simulator(orgs=3) as sim:
        profiles = Profiles(Path(zcrm.env["ZCRM_CONFIG_DIR"]))
        for letter, org in zip("abc", sim.orgs, strict=True):
            org.load("Deals", [{"id": record} for record in ids(300)])
            sign_in(profiles, f"client-{letter}", org)
        zcrm.write("deals.csv", "id,Stage\n" + "".join(f"{record},Won\n" for record in ids(300)))
        yield sim.orgs


def sign_in(profiles: Profiles, name: str, org: SimulatedOrg) -> None:
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


def told(done: Any) -> dict[str, Any]:
    """The answer of the command, as the schema has it."""
    found: dict[str, Any] = json.loads(done.stdout)
    schema = Path(__file__).parents[2] / "overrides/zcrm/cli/answer.schema.json"
    Draft202012Validator(json.loads(schema.read_bytes())).validate(found)
    assert (found["answer"], found["exit_code"]) == ("each", done.returncode), done.stderr
    return found


def exits(found: dict[str, Any]) -> list[int | None]:
    return [org["exit_code"] for org in found["orgs"]]


def calls(orgs: tuple[SimulatedOrg, ...]) -> list[int]:
    return [org.ledger.calls("update_records") for org in orgs]


def applied_once(orgs: tuple[SimulatedOrg, ...]) -> bool:
    return all(len(org.ledger.applied) == 300 and not org.ledger.applied_twice for org in orgs)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_that_fails_keeps_none_from_its_end_and_is_gone_on_with(
    zcrm: Any, orgs: tuple[SimulatedOrg, ...], ids: Ids
) -> None:
    zcrm.write("orgs.csv", "profile,file,note\nclient-a,deals.csv,x\nclient-b,b.csv,\nCLIENT-C,deals.csv,\n")
    tokens = orgs[2]._site.accounts.grants.copy()
    orgs[2]._site.accounts.grants.clear()
    command = ("each", "--orgs", "orgs.csv", "--run-name", "night", "--resume-if-exists", "--json")
    update = ("records", "update", "Deals", "{file}", "--triggers", "none")

    done = zcrm(*command, "--jobs", "2", "--", *update)

    found = told(done)
    assert (found["exit_code"], exits(found)) == (4, [0, 2, 4])
    assert [org["finished"] for org in found["orgs"]] == [True, False, False]
    assert [org["rows"] for org in found["orgs"]] == [300, None, 300]
    assert "b.csv" in found["orgs"][1]["why"]
    assert found["orgs"][2]["states"]["unsent"] == 300
    assert found["next"] == [{"what": "To go on", "command": "zcrm each --resume night"}]
    assert "profile   exit  rows  updated  unsent  run\n" in done.stderr
    assert "client-a     0   300      300       0  zcrm-runs/night.client-a\n" in done.stderr
    assert "module Deals | 300 rows" in (zcrm.folder / "zcrm-runs/night/client-a.log").read_text()
    assert "module Deals" not in done.stderr

    orgs[2]._site.accounts.grants.update(tokens)
    zcrm.write("b.csv", "id,Stage\n" + "".join(f"{record},Lost\n" for record in ids(300)))
    before = calls(orgs)
    again = told(zcrm(*command, "--", *update))
    assert (exits(again), again["next"]) == ([0, 0, 0], [])
    assert [now - then for now, then in zip(calls(orgs), before, strict=True)] == [0, 3, 3]
    assert applied_once(orgs)
    assert [org.record("Deals", ids(1)[0])["Stage"] for org in orgs] == ["Won", "Lost", "Won"]

    for words in (("each", "--resume", "night", "--json"), (*command, "--", *update)):
        assert exits(told(zcrm(*words))) == [0, 0, 0]
    assert applied_once(orgs)
    other = zcrm(*command, "--", *update, "--changed-only")
    assert (other.returncode, "night was begun as" in other.stderr) == (2, True)
    listed = json.loads(zcrm("runs", "list", "--json").stdout)["runs"]
    assert sorted(run["run"] for run in listed) == ["night.client-a", "night.client-b", "night.client-c"]
    for secret in (secret for org in orgs for secret in (org.client_secret, org.refresh_token)):
        assert not any(secret in path.read_text("latin-1") for path in zcrm.folder.glob("zcrm-runs/*/*"))


def test_an_interrupt_lets_those_at_work_end_and_starts_no_more(
    zcrm: Any, orgs: tuple[SimulatedOrg, ...]
) -> None:
    for org in orgs:
        org.fault("hold", route="update_records")
    process = zcrm.start(*EACH, "--jobs", "1", "--json", "--", *UPDATE, "--concurrency", "1")
    wait_for(lambda: calls(orgs) == [1, 0, 0])
    process.send_signal(signal.SIGINT)
    assert "Run night" in process.stderr.readline()
    assert "Stopping" in process.stderr.readline()
    log = zcrm.folder / "zcrm-runs/night/client-a.log"
    wait_for(lambda: "Stopping" in log.read_text())
    second = zcrm("each", "--resume", "night")
    assert (second.returncode, "by another process" in second.stderr) == (2, True)
    for org in orgs:
        org.release()
    out, err = process.communicate(timeout=60)

    found = told(subprocess.CompletedProcess((), process.returncode, out, err))
    assert (found["exit_code"], exits(found)) == (130, [130, None])
    assert [org["states"] and org["states"]["updated"] for org in found["orgs"]] == [100, None]
    assert found["orgs"][1]["why"] == "not begun"
    assert calls(orgs) == [1, 0, 0]
    assert "zcrm each --resume night" in err

    assert exits(told(zcrm("each", "--resume", "night", "--json"))) == [0, 0]
    assert applied_once(orgs[:2])


def test_a_second_interrupt_ends_all_at_once(zcrm: Any, orgs: tuple[SimulatedOrg, ...]) -> None:
    for org in orgs:
        org.fault("hold", route="update_records")
    process = zcrm.start(*EACH, "--", *UPDATE)
    wait_for(lambda: all(calls(orgs[:2])))
    children = children_of(process.pid)
    assert len(children) == 2
    process.send_signal(signal.SIGTERM)
    process.stderr.readline()
    process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == -signal.SIGTERM
    process.communicate()
    wait_for(lambda: not any(is_alive(child) for child in children))
    for org in orgs:
        org.release()

    found = told(zcrm("each", "--resume", "night", "--json"))
    assert exits(found) == [0, 0]
    assert [org["states"]["updated"] for org in found["orgs"]] == [300] * 2


def test_runs_that_outlive_a_kill_are_not_sent_beside(zcrm: Any, orgs: tuple[SimulatedOrg, ...]) -> None:
    for org in orgs:
        org.fault("hold", route="update_records", times=[2])
    process = zcrm.start(*EACH, "--", *UPDATE, "--concurrency", "1")
    wait_for(lambda: calls(orgs) == [2, 2, 0])
    children = children_of(process.pid)
    process.kill()
    process.communicate()

    beside = told(zcrm("each", "--resume", "night", "--json"))
    assert (beside["exit_code"], exits(beside), calls(orgs)) == (2, [2, 2], [2, 2, 0])
    assert all("by another process" in org["why"] for org in beside["orgs"])
    assert not any(org["finished"] for org in beside["orgs"])
    refused = [path.read_bytes() for path in zcrm.folder.glob("zcrm-runs/night/*.answer.json")]
    for org in orgs:
        org.release()
    wait_for(lambda: not any(is_alive(child) for child in children))
    assert [path.read_bytes() for path in zcrm.folder.glob("zcrm-runs/night/*.answer.json")] == refused

    found = told(zcrm("each", "--resume", "night", "--json"))
    assert exits(found) == [0, 0]
    assert [org["states"]["updated"] for org in found["orgs"]] == [300] * 2
    assert applied_once(orgs[:2])


def test_a_run_that_dies_is_told_of_and_gone_on_with(zcrm: Any, orgs: tuple[SimulatedOrg, ...]) -> None:
    orgs[1].fault("hold", route="update_records", times=[2])
    process = zcrm.start(*EACH, *UPDATE, "--concurrency", "1", "--no-resend-lost")
    wait_for(lambda: calls(orgs) == [3, 2, 0] and len(children_of(process.pid)) == 1)
    os.kill(children_of(process.pid)[0], signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    orgs[1].release()

    assert process.returncode == 1, err
    assert "client-b     1   300      100      100     100  zcrm-runs/night.client-b\n" in err
    assert "client-b: died by signal 9\n" in err
    found = told(zcrm("each", "--resume", "night", "--json"))
    assert exits(found) == [0, 6]
    assert found["orgs"][1]["states"] | {"updated": 200, "unknown": 100} == found["orgs"][1]["states"]
    assert all(org["finished"] for org in found["orgs"])
    assert applied_once(orgs[:2])


def children_of(pid: int) -> list[int]:
    done = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(line) for line in done.stdout.split()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
