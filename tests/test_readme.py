"""Every block of README.md does what it says: run as it stands, against a simulator in place of an org."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zcrm.simulator import Simulator

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)

DEALS = ["5545974000000500001", "5545974000000500002"]
APPOINTMENTS = ["5545974000000700001", "5545974000000700002", "5545974000000700003"]
OWNERS = [
    {"id": f"554597400000039300{n}", "name": name}
    for n, name in enumerate(["Van South", "Crew North", "Crew North"])
]
VIEW = "4150868000000000100"


def stages(sim: Simulator) -> list[object]:
    return [sim.record("Deals", deal)["Stage"] for deal in DEALS]


def updated_quietly(sim: Simulator, out: str) -> None:
    assert out == "0 updated SUCCESS \n1 updated SUCCESS \n"
    assert stages(sim) == ["Closed Won", "Closed Lost"]
    assert [sim.record("Deals", deal).get("Amount") for deal in DEALS] == [12500, 800]
    assert (sim.ledger.calls("update_records"), sim.ledger.automations) == (1, {})


def updated_from_a_file(sim: Simulator, out: str) -> None:
    assert stages(sim) == ["Closed Won", "Closed Lost"]
    assert [sim.record("Deals", deal).get("Amount") for deal in DEALS] == [12500, 800]
    assert (sim.ledger.calls("update_records"), sim.ledger.automations) == (1, {})


def corrected_and_sent_again(sim: Simulator, out: str) -> None:
    assert stages(sim) == ["Closed Won", "Closed Lost"]
    assert "6545974000000500002,Closed Lost,3,6545974000000500002,INVALID_DATA,id," in out
    assert sim.ledger.applied_twice == {}


def updated_by_a_typed_row(sim: Simulator, out: str) -> None:
    assert re.search(r"Closing Date +Closing_Date +date", out)
    assert out.endswith("\nupdated\n")
    assert sim.record("Deals", DEALS[0])["Closing_Date"] == "2026-12-31"


def updated_with_workflows(sim: Simulator, out: str) -> None:
    assert stages(sim) == ["Negotiation", "Negotiation"]
    assert sim.ledger.automations == {"workflow": 2}


def cancelled_and_moved(sim: Simulator, out: str) -> None:
    first, moved, later = (sim.record("Appointments__s", id_) for id_ in APPOINTMENTS)
    assert (first["Status"], first["Cancellation_Reason"]) == ("Cancelled", "By Team")
    assert (moved["Status"], moved["Appointment_Start_Time"]) == ("Scheduled", "2027-05-10T09:00:00+02:00")
    assert (moved["Reschedule_Reason"], later["Status"]) == ("By Customer", "Scheduled")


def cancelled_as_selected(sim: Simulator, out: str) -> None:
    assert [line.partition(",")[0] for line in out.splitlines()] == ["id", *reversed(APPOINTMENTS[:2])]
    states = [sim.record("Appointments__s", id_)["Status"] for id_ in APPOINTMENTS]
    assert states == ["Scheduled", "Cancelled", "Scheduled"]
    assert sim.ledger.automations == {}


def whole_view_updated(sim: Simulator, out: str) -> None:
    assert [lead["Lead_Source"] for lead in sim.records("Leads").values()] == ["Partner"] * 3
    assert out.splitlines()[-1].endswith("COMPLETED 3 of 3")


def view_updated_with_a_receipt(sim: Simulator, out: str) -> None:
    assert [lead["Lead_Source"] for lead in sim.records("Leads").values()] == ["Partner"] * 3
    assert (sim.ledger.calls("mass_update"), sim.ledger.calls("get_records")) == (1, 2)


def passed_as_a_test(sim: Simulator, out: str) -> None:
    assert re.search(r"^=+ 1 passed in ", out, re.MULTILINE)


def explained(sim: Simulator, out: str) -> None:
    assert out.startswith("RECORD_LOCKED · HTTP 400")


def updated_while_watched(sim: Simulator, out: str) -> None:
    assert stages(sim) == ["Closed Won", "Qualification"]


def answered(sim: Simulator, out: str) -> None:
    assert out.startswith("200 Envelope(")
    assert "'code': 'SUCCESS'" in out


Check = Callable[[Simulator, str], None]
CHECKS: dict[str, Check] = {
    'crm.records.update("Deals", rows, triggers=())': updated_quietly,
    "zcrm records update Deals deals.csv": updated_from_a_file,
    "zcrm records update Deals week.csv": corrected_and_sent_again,
    "zcrm fields types": updated_by_a_typed_row,
    "asyncio.run": updated_with_workflows,
    "crm.appointments.cancel": cancelled_and_moved,
    "zcrm appointments cancel": cancelled_as_selected,
    "mass_update.by_view": whole_view_updated,
    "zcrm mass-update view": view_updated_with_a_receipt,
    "def test_": passed_as_a_test,
    "zcrm explain": explained,
    "zcrm.otel": updated_while_watched,
    "update_records.sync_detailed": answered,
}
SET_UP = "python3 -m venv .venv && "


def set_up_command(ending: str) -> str:
    (command,) = [
        text.strip() for kind, text in BLOCKS if text.startswith(SET_UP) and text.strip().endswith(ending)
    ]
    return command


@pytest.fixture
def org() -> Iterator[Simulator]:
    """A simulator that holds the records the README speaks of."""
    with Simulator(now=datetime(2027, 5, 1, 8, tzinfo=UTC)) as sim:
        sim.load("Deals", [{"id": deal, "Stage": "Qualification", "Amount": 800} for deal in DEALS])
        starts = ("2027-05-03T09:00:00+02:00", "2027-05-04T09:00:00+02:00", "2027-06-01T09:00:00+02:00")
        sim.load(
            "Appointments__s",
            [
                {"id": id_, "Status": "Scheduled", "Appointment_Start_Time": start, "Owner": owner}
                for id_, start, owner in zip(APPOINTMENTS, starts, OWNERS, strict=True)
            ],
        )
        leads = sim.load("Leads", [{"Lead_Source": "Fair"}] * 3)
        while int(sim.add_view("Leads", leads)) < int(VIEW):
            pass
        yield sim


@pytest.fixture
def run_block(
    org: Simulator, tmp_path: Path, search_path: str
) -> Callable[[str, str], subprocess.CompletedProcess[str]]:
    """Runs a block in an empty folder that holds no more than the README's own CSV file."""
    (table,) = [text for kind, text in BLOCKS if kind == "csv"]
    (tmp_path / "deals.csv").write_text(table, encoding="utf-8")
    variables = {
        "PATH": search_path,
        "HOME": str(tmp_path),
        "ZCRM_API_DOMAIN": org.url,
        "ZCRM_ACCOUNTS_URL": org.accounts_url,
        "ZCRM_CLIENT_ID": org.client_id,
        "ZCRM_CLIENT_SECRET": org.client_secret,
        "ZCRM_REFRESH_TOKEN": org.refresh_token,
    }

    def run(kind: str, text: str) -> subprocess.CompletedProcess[str]:
        if kind == "sh":
            command = ["sh", "-eu", "-c", text]
        else:
            (tmp_path / "test_block.py").write_text(text, encoding="utf-8")
            command = [sys.executable, "-W", "error"]
            command += ["-m", "pytest", "test_block.py"] if "def test_" in text else ["test_block.py"]
        return subprocess.run(
            command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.mark.parametrize("marker", CHECKS)
def test_a_block_does_what_it_says(marker, org, run_block):
    if marker == "zcrm fields types":
        pytest.importorskip("datamodel_code_generator", reason="runs in `nox -s types`")
        org.load_fields("Deals", ROOT / "tests/data/fields-deals.json")
    (block,) = [(kind, text) for kind, text in BLOCKS if marker in text]
    done = run_block(*block)
    assert done.returncode == 0, done.stdout + done.stderr
    CHECKS[marker](org, done.stdout)


def test_no_block_is_left_out():
    for kind, text in BLOCKS:
        assert kind in ("python", "sh", "csv")
        known = sum(marker in text for marker in CHECKS)
        assert known == (0 if kind == "csv" or text.startswith(SET_UP) else 1), text


def test_ci_runs_the_command_that_runs_the_tests():
    assert set_up_command("nox") in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_the_demo_runs_from_a_fresh_clone(tmp_path, search_path, wheelhouse):
    clone = tmp_path / "clone"
    unwanted = shutil.ignore_patterns(
        ".git", ".nox", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "dist"
    )
    shutil.copytree(ROOT, clone, ignore=unwanted)
    done = subprocess.run(
        ["sh", "-eu", "-c", set_up_command("zcrm demo")],
        cwd=clone,
        env={
            "PATH": search_path,
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheelhouse),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "simulat" in done.stderr


def test_the_numbers_of_states_and_exit_codes_are_the_real_ones():
    from zcrm.outcomes import STATES
    from zcrm.runs.exits import Exit

    rows = re.findall(r"^\| `?(\w+)`? \|", README, re.MULTILINE)
    assert [row for row in rows if row in STATES] == list(STATES)
    assert [int(row) for row in rows if row.isdigit()] == [int(code) for code in Exit]
