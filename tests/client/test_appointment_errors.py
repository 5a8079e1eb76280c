"""Every documented error of appointments reaches the caller as its typed error or outcome, with its fix."""

import json
from typing import Any, NamedTuple

import pytest

from zcrm import AccessToken, NotFound, Retry, ZohoCRM, ZohoError
from zcrm.errors import AnswerLost, Conflict, ScopeMissing, error_class
from zcrm_api.error_table import ENTRIES, ErrorEntry

SCOPE = "ZohoCRM.modules.appointments."
IDS = ["5545974000000700001", "5545974000000700002"]
CREDITS = (429, "")
"""A header tells this one from the other of its code; tests/cli/test_limits.py has it."""
NOT_FOUND = ("INVALID_DATA", "INVALID_URL_PATTERN")


class Case(NamedTuple):
    """An entry as one operation answers it: about the whole call, or about each row."""

    entry: ErrorEntry
    operation: str
    level: str

    def __str__(self) -> str:
        what = self.entry.message or "-".join(self.entry.detail_keys) or self.entry.meaning
        return f"{self.operation}-{self.level}-{self.entry.status}-{self.entry.code}-{what}"

    def body(self, rows: int) -> bytes:
        entry = self.entry
        details = dict.fromkeys(entry.detail_keys, "x")
        said = {"code": entry.code, "message": entry.message, "details": details, "status": "error"}
        return json.dumps(said if self.level == "request" else {"data": [said] * rows}).encode()

    @property
    def kind(self) -> type[ZohoError]:
        """The class that is raised."""
        if self.entry.status == 500:
            return AnswerLost
        if self.operation == "get_appointment" and self.entry.code in NOT_FOUND:
            return NotFound
        return error_class(self.entry.code, self.entry.status)


CASES = [
    Case(entry, operation, level)
    for entry in ENTRIES
    for operation in entry.operations
    if "appointment" in operation and (entry.status, entry.message) != CREDITS
    for level in (["request", "record"] if entry.level == "both" else [entry.level])
]


def cases(operation: str) -> Any:
    return pytest.mark.parametrize("case", [each for each in CASES if each.operation == operation], ids=str)


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
    assert case.entry.message in found.message or case.kind in (NotFound, ScopeMissing)


@cases("update_appointments")
def test_in_a_stream(crm: Any, server: Any, case: Case) -> None:
    answer(server, case, 1 if case.level == "request" else 2)
    updates = crm.appointments.update([{"id": each, "Address": "Pier 3"} for each in IDS])
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
        state = "conflict" if case.kind is Conflict else state
        assert {outcome.state for outcome in outcomes} == {state}
    assert len(outcomes) == 2
    for outcome in outcomes:
        check(outcome, case)


@cases("update_appointment")
def test_of_a_verb(crm: Any, server: Any, case: Case) -> None:
    answer(server, case)
    with pytest.raises(ZohoError) as caught:
        crm.appointments.cancel(IDS[0])
    assert type(caught.value) is case.kind
    check(caught.value, case)


@cases("get_appointments")
def test_of_a_list(crm: Any, server: Any, case: Case) -> None:
    answer(server, case)
    with pytest.raises(ZohoError) as caught:
        list(crm.appointments.list(fields=["Status"]))
    assert type(caught.value) is case.kind
    check(caught.value, case)


@cases("get_appointment")
def test_of_a_single_one(crm: Any, server: Any, case: Case) -> None:
    answer(server, case)
    with pytest.raises(ZohoError) as caught:
        crm.appointments.get(IDS[0])
    assert type(caught.value) is case.kind
    check(caught.value, case)


def test_no_entry_of_the_two_pages_is_left_out() -> None:
    pages = ("update-appointments", "get-appointments")
    assert {entry for entry in ENTRIES if entry.page in pages} <= {case.entry for case in CASES}
