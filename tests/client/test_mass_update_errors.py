"""Every documented error of mass updates reaches the caller as its typed error or outcome, with its fix."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from zcrm import AccessToken, Retry, ZohoCRM, ZohoError
from zcrm.errors import AnswerLost, JobAlreadyRunning, JobNotFound, ScopeMissing, error_class
from zcrm_api.error_table import ENTRIES, ErrorEntry

SCOPE = "ZohoCRM.mass_update."
IDS = ["5545974000000500001", "5545974000000500002"]
CREDITS = (429, "")
"""A header tells this one from the other of its code; tests/cli/test_limits.py has it."""
NO_JOB = ("INVALID_DATA", "NOT_FOUND")


class Case(NamedTuple):
    """An entry as one operation answers it: about the whole call, or about each row."""

    entry: ErrorEntry
    operation: str
    level: str

    def __str__(self) -> str:
        what = self.entry.message or "-".join(self.entry.detail_keys) or self.entry.meaning
        return f"{self.level}-{self.entry.status}-{self.entry.code}-{what}"

    def body(self, rows: int) -> bytes:
        entry = self.entry
        details = dict.fromkeys(entry.detail_keys, "x") | ({"id": ""} if "id" in entry.detail_keys else {})
        said = {"code": entry.code, "message": entry.message, "details": details, "status": "error"}
        return json.dumps(said if self.level == "request" else {"data": [said] * rows}).encode()

    @property
    def kind(self) -> type[ZohoError]:
        """The class that is raised."""
        if self.entry.status == 500:
            return AnswerLost
        if self.operation == "get_mass_update_status" and self.entry.code in NO_JOB:
            return JobNotFound
        return error_class(self.entry.code, self.entry.status)


CASES = [
    Case(entry, operation, level)
    for entry in ENTRIES
    for operation in entry.operations
    if "mass_update" in operation and (entry.status, entry.message) != CREDITS
    for level in (["request", "record"] if entry.level == "both" else [entry.level])
]


def cases(operation: str, but: Callable[[Case], bool] = lambda _: False) -> Any:
    """Those of an operation, but for some."""
    found = [case for case in CASES if case.operation == operation and not but(case)]
    return pytest.mark.parametrize("case", found, ids=str)


@pytest.fixture
def crm(server: Any) -> Any:
    retry = Retry(attempts=1, base=0, patience=0)
    with ZohoCRM(auth=AccessToken("token"), api_domain=server.url, retry=retry) as crm:
        yield crm


def answer(server: Any, case: Case, rows: int = 1) -> None:
    server.status, server.body = case.entry.status, case.body(rows)


def check(found: Any, case: Case) -> None:
    """An error or an outcome that tells what the documentation does."""
    assert (found.code, found.http_status) == (case.entry.code, case.entry.status)
    assert (SCOPE if case.kind is ScopeMissing else case.entry.fix) in found.fix
    assert case.entry.message in found.message or case.kind in (JobNotFound, ScopeMissing)


@cases("mass_update", but=lambda case: case.entry.status == 202)
def test_by_ids(crm: Any, server: Any, case: Case) -> None:
    answer(server, case, 1 if case.level == "request" else 2)
    updates = crm.mass_update.by_ids("Leads", IDS, {"City": "Cork"})
    outcomes = []
    if case.entry.fatal or case.entry.status == 429:
        with pytest.raises(ZohoError) as caught:
            outcomes += updates
        assert type(caught.value) is case.kind
        check(caught.value, case)
        assert {outcome.state for outcome in outcomes} == {"unsent"}
    else:
        outcomes += updates
        state = "unknown" if case.entry.status == 500 else "rejected"
        assert {outcome.state for outcome in outcomes} == {state}
    assert len(outcomes) == 2
    for outcome in outcomes:
        check(outcome, case)


@cases("mass_update", but=lambda case: case.entry.level == "record")
def test_by_view(crm: Any, server: Any, case: Case) -> None:
    answer(server, case)
    with pytest.raises(ZohoError) as caught:
        crm.mass_update.by_view("Leads", "1", {"City": "Cork"})
    assert type(caught.value) is case.kind
    check(caught.value, case)
    assert (case.kind is JobAlreadyRunning) == (case.entry.code == "ALREADY_SCHEDULED")


@cases("get_mass_update_status")
def test_of_a_job(crm: Any, server: Any, case: Case) -> None:
    answer(server, case)
    with pytest.raises(ZohoError) as caught:
        crm.mass_update.job("Leads", "1").status()
    assert type(caught.value) is case.kind
    check(caught.value, case)


def test_a_job_that_nothing_is_said_of_is_not_found(crm: Any, server: Any) -> None:
    server.status, server.body = 204, b""
    with pytest.raises(JobNotFound) as caught:
        crm.mass_update.job("Leads", "1").wait()
    assert "Check the id and the module" in caught.value.fix


def test_no_entry_of_the_two_pages_is_left_out() -> None:
    pages = ("mass-update", "mass-update-status")
    assert {entry for entry in ENTRIES if entry.page in pages} <= {case.entry for case in CASES}
