"""The exit codes of runs and which comes first, each from a real process.

Exit 7 is the end of a wait for a job, where nothing else can happen beside it but an interrupt.
"""

import signal
import subprocess
from collections.abc import Callable
from itertools import combinations
from time import sleep
from typing import Any

import httpx
import pytest

Ids = Callable[[int], list[str]]
UPDATE = ("records", "update", "Accounts", "rows.csv", "--triggers", "none", "--concurrency", "1")
ORDER = (130, 4, 8, 5, 6, 3)
"""As design and README have it; 7 is no end of a run."""
LISTED, WITHOUT_ID = 7, 101


def write(zcrm: Any, ids: list[str], happens: set[int]) -> None:
    """300 rows in three calls. One of the first may not be sent twice; one of the second has no id."""
    lists = ['"[{""Name"": ""x""}]"' if 6 in happens and n == LISTED else "" for n in range(len(ids))]
    named = ["" if {3, 8} & happens and n == WITHOUT_ID else record for n, record in enumerate(ids)]
    rows = "".join(f"{record},Cork,{visits}\n" for record, visits in zip(named, lists, strict=True))
    zcrm.write("rows.csv", f"id,City,Visits:json\n{rows}")


def arrange(simulator: Any, ids: list[str], happens: set[int]) -> None:
    """The second call is held until all that is to happen has been done."""
    simulator.load("Accounts", [{"id": record} for record in ids])
    simulator.fault("hold", route="update_records", times=[2 + (6 in happens)])
    if 6 in happens:
        simulator.fault("drop_after", route="update_records", times=[1])
    if 5 in happens and 4 not in happens:
        simulator.fault("throttle", route="update_records", times=[2 + (6 in happens)], retry_after=7200)


def interrupt(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert any(line.startswith("Stopping;") for line in process.stderr)


def withdraw_sign_in(simulator: Any) -> None:
    url = f"{simulator.accounts_url}/oauth/v2/token/revoke"
    assert httpx.post(url, params={"token": simulator.refresh_token}).status_code == 200


def run(zcrm: Any, simulator: Any, happens: set[int]) -> tuple[int, str]:
    words = ("--max-errors", "0") if 8 in happens else ()
    process = zcrm.start(*UPDATE, "--run-name", "one", *words)
    while simulator.ledger.calls("update_records") < 2 + (6 in happens):
        assert process.poll() is None, process.communicate()
    if 130 in happens:
        interrupt(process)
    if 4 in happens:
        withdraw_sign_in(simulator)
    if {4, 5} <= happens:
        (zcrm.folder / "zcrm-runs/one/updated.csv").mkdir()
    simulator.release()
    _, err = process.communicate(timeout=30)
    return process.returncode, err


@pytest.mark.parametrize(
    "happens",
    [*({code} for code in ORDER), *map(set, combinations(ORDER, 2)), set(ORDER)],
    ids=lambda codes: "+".join(str(code) for code in ORDER if code in codes),
)
def test_a_run_ends_with_the_code_that_tells_most(
    zcrm: Any, simulator: Any, ids: Ids, happens: set[int]
) -> None:
    write(zcrm, ids(300), happens)
    arrange(simulator, ids(300), happens)
    code, err = run(zcrm, simulator, happens)
    assert code == next(code for code in ORDER if code in happens), err
    facts = zcrm.facts
    assert (facts["states"]["rejected"] > 0) == bool({3, 8} & happens)
    assert (facts["states"]["unknown"] > 0) == (6 in happens)
    assert (facts["stop_rule"] is not None) == (8 in happens)
    if {4, 5} <= happens:
        assert "The result files could not be written" in err
    elif 5 in happens:
        assert facts["error"]["code"] == "TOO_MANY_REQUESTS"
    if 4 in happens:
        assert "gave no token" in facts["error"]["message"]
    if not {4, 5} & happens:
        assert facts["error"] is None


def test_every_row_updated_is_0(zcrm: Any, simulator: Any, ids: Ids) -> None:
    simulator.load("Accounts", [{"id": record} for record in ids(3)])
    write(zcrm, ids(3), set())
    assert zcrm.process(*UPDATE).returncode == 0


def test_a_usage_error_is_2(zcrm: Any, simulator: Any) -> None:
    zcrm.write("rows.csv", "City\nCork\n")
    assert zcrm.process(*UPDATE).returncode == 2


def test_what_nobody_expected_is_1(zcrm: Any, simulator: Any, ids: Ids) -> None:
    """A dependency that is broken on this machine: the process finds this one first."""
    zcrm.write("filelock.py", "raise LookupError('the installation is broken')\n")
    write(zcrm, ids(3), set())
    done = zcrm.process(*UPDATE)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: unexpected: LookupError: the installation is broken")
    assert len(done.stderr.splitlines()) == 2
    assert not simulator.ledger.requests


@pytest.mark.parametrize("happens", [{7}, {130, 7}], ids=["7", "130+7"])
def test_a_wait_that_runs_out_is_7_and_an_interrupt_of_it_130(
    zcrm: Any, simulator: Any, ids: Ids, happens: set[int]
) -> None:
    simulator.load("Leads", [{"id": record} for record in ids(3)])
    simulator.pace_jobs(states=("SCHEDULED", *["RUNNING"] * 1000, "COMPLETED"))
    view = simulator.add_view("Leads")
    simulator.fault("hold", route="get_mass_update_status", times=[2])
    words = ("--set", "City=Cork", "--yes", "--wait-timeout", "1")
    process = zcrm.start("mass-update", "view", "Leads", view, *words)
    while simulator.ledger.calls("get_mass_update_status") < 2:
        assert process.poll() is None, process.communicate()
        sleep(0.01)
    if 130 in happens:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert any(line.startswith("Interrupted;") for line in process.stderr)
    simulator.release()
    _, err = process.communicate(timeout=30)
    assert process.returncode == max(happens)
    (job_id,) = simulator.jobs()
    assert 130 in happens or "The wait ran out; the job goes on." in err
    assert 130 in happens or f"zcrm mass-update wait {job_id}" in err
