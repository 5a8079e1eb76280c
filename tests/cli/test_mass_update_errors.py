"""Every documented error of mass updates, as the command line tells it: its code and its fix."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from zcrm import Retry, ZohoCRM
from zcrm_api.error_table import ENTRIES, ErrorEntry

RECORD = "5545974000000500001"
SET = ("--set", "City=Cork", "--yes")
SIGN_IN = ("INVALID_TOKEN", "OAUTH_SCOPE_MISMATCH", "NO_PERMISSION", "AUTHORIZATION_FAILED")


def of(page: str, but: Callable[[ErrorEntry], bool] = lambda _: False) -> Any:
    """The entries of a page, but for some."""
    found = [entry for entry in ENTRIES if entry.page == page and not but(entry)]
    return pytest.mark.parametrize("entry", found, ids=lambda entry: f"{entry.code}-{entry.meaning}")


@pytest.fixture
def answering_with(zcrm: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has the server answer with an entry."""
    retry = Retry(attempts=1, base=0, patience=0)
    monkeypatch.setattr("zcrm.cli.signin.ZohoCRM", partial(ZohoCRM, retry=retry))
    zcrm.env |= dict.fromkeys(("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN"), "1000.x")
    zcrm.env |= dict.fromkeys(("ZCRM_API_DOMAIN", "ZCRM_ACCOUNTS_URL"), server.url)

    def answer(entry: ErrorEntry) -> None:
        details = dict.fromkeys(entry.detail_keys, "x") | ({"id": ""} if "id" in entry.detail_keys else {})
        said = {"code": entry.code, "message": entry.message, "details": details, "status": "error"}
        server.status = entry.status
        server.body = json.dumps({"data": [said]} if entry.level == "record" else said).encode()

    return answer


def fix_of(entry: ErrorEntry) -> str:
    """What is said of it: of a missing scope, which one it is."""
    return "ZohoCRM.mass_update." if entry.code == "OAUTH_SCOPE_MISMATCH" else entry.fix


def stopping_exit(entry: ErrorEntry) -> int:
    if entry.code == "ALREADY_SCHEDULED":
        return 5
    return 4 if entry.code in SIGN_IN else 6 if entry.status == 500 else 2


@of("mass-update", but=lambda entry: entry.code == "ALREADY_SCHEDULED")
def test_a_run_of_ids_tells_it(zcrm: Any, answering_with: Any, entry: ErrorEntry) -> None:
    answering_with(entry)
    zcrm.write("ids.csv", f"id\n{RECORD}\n")
    done = zcrm("mass-update", "ids", "Leads", "ids.csv", *SET, "--json")
    found = json.loads(done.stdout)
    [reason] = found["reasons"]
    assert reason["code"] == entry.code
    assert fix_of(entry) in reason["fix"]
    assert fix_of(entry) in done.stderr
    if entry.fatal:
        assert (reason["state"], found["error"]["code"]) == ("unsent", entry.code)
        assert done.returncode == stopping_exit(entry)
    else:
        state, code = ("unknown", 6) if entry.status == 500 else ("rejected", 3)
        assert (reason["state"], done.returncode) == (state, code)


@of("mass-update", but=lambda entry: entry.level == "record")
def test_a_view_tells_it(zcrm: Any, answering_with: Any, entry: ErrorEntry) -> None:
    answering_with(entry)
    done = zcrm("mass-update", "view", "Leads", "1", *SET, "--json")
    found = json.loads(done.stdout)
    assert (found["answer"], found["error"]["code"]) == ("job", entry.code)
    assert fix_of(entry) in found["error"]["fix"]
    assert fix_of(entry) in done.stderr
    assert done.returncode == found["exit_code"] == stopping_exit(entry)
    assert found["state"] == ("lost" if entry.status == 500 else "refused")


@of("mass-update-status")
def test_the_status_of_a_job_tells_it(zcrm: Any, answering_with: Any, entry: ErrorEntry) -> None:
    answering_with(entry)
    done = zcrm("mass-update", "status", "1", "--module", "Leads", "--json")
    found = json.loads(done.stdout)
    assert (found["answer"], found["error"]["code"]) == ("job", entry.code)
    assert fix_of(entry) in found["error"]["fix"]
    assert fix_of(entry) in done.stderr
    assert done.returncode == (5 if entry.status == 500 else stopping_exit(entry))
