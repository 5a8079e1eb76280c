"""Every documented error of the pages on appointments, as the command line tells it: its code and its fix."""

import json
from functools import partial
from typing import Any

import pytest

from zcrm import Retry, ZohoCRM
from zcrm_api.error_table import ENTRIES, ErrorEntry

RECORD = "5545974000000700001"
SIGN_IN = ("INVALID_TOKEN", "OAUTH_SCOPE_MISMATCH", "NO_PERMISSION")


def of(page: str) -> Any:
    found = [entry for entry in ENTRIES if entry.page == page]
    return pytest.mark.parametrize("entry", found, ids=lambda entry: f"{entry.code}-{entry.meaning}")


@pytest.fixture
def answering_with(zcrm: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has the server answer with an entry."""
    retry = Retry(attempts=1, base=0, patience=0)
    monkeypatch.setattr("zcrm.cli.signin.ZohoCRM", partial(ZohoCRM, retry=retry))
    zcrm.env |= dict.fromkeys(("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN"), "1000.x")
    zcrm.env |= dict.fromkeys(("ZCRM_API_DOMAIN", "ZCRM_ACCOUNTS_URL"), server.url)

    def answer(entry: ErrorEntry) -> None:
        details = dict.fromkeys(entry.detail_keys, "x")
        said = {"code": entry.code, "message": entry.message, "details": details, "status": "error"}
        server.status = entry.status
        server.body = json.dumps(said if entry.level == "request" else {"data": [said]}).encode()

    return answer


def fix_of(entry: ErrorEntry) -> str:
    """What is said of it: of a missing scope, which one it is."""
    return "ZohoCRM.modules.appointments." if entry.code == "OAUTH_SCOPE_MISMATCH" else entry.fix


@of("update-appointments")
def test_a_run_tells_it(zcrm: Any, answering_with: Any, entry: ErrorEntry) -> None:
    answering_with(entry)
    zcrm.write("ids.csv", f"id\n{RECORD}\n")
    words = ("appointments", "cancel", "ids.csv", "--reason", "By Team", "--triggers", "none", "--yes")
    done = zcrm(*words, "--json")
    found = json.loads(done.stdout)
    [reason] = found["reasons"]
    assert reason["code"] == entry.code
    assert fix_of(entry) in reason["fix"]
    assert fix_of(entry) in done.stderr
    if entry.fatal:
        assert (reason["state"], found["error"]["code"]) == ("unsent", entry.code)
        assert done.returncode == (4 if entry.code in SIGN_IN else 2)
    else:
        state, code = ("unknown", 6) if entry.status == 500 else ("rejected", 3)
        assert (reason["state"], done.returncode) == (state, code)


@of("get-appointments")
def test_a_list_tells_it(zcrm: Any, answering_with: Any, entry: ErrorEntry) -> None:
    answering_with(entry)
    done = zcrm("appointments", "list", "-o", "all.csv")
    assert f"Error: {entry.code}: " in done.stderr
    assert fix_of(entry) in done.stderr
    assert done.returncode == (4 if entry.code in SIGN_IN else 5 if entry.status == 500 else 2)
    assert not (zcrm.folder / "all.csv").exists()
