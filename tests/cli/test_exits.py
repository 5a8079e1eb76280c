"""Which exit code a run ends with."""

from typing import Any

import pytest

from zcrm import ZohoError
from zcrm.errors import (
    AnswerLost,
    AuthError,
    ConnectionFailed,
    JobAlreadyRunning,
    JobNotFound,
    LimitReached,
    ScopeMissing,
    UsageError,
    WaitTimeout,
)
from zcrm.files.tables import BadFile
from zcrm.outcomes import STATES
from zcrm.runs.exits import Exit, strongest
from zcrm.runs.journal import JournalFailed
from zcrm.runs.report import exit_for, exit_of_error

NOTHING = dict.fromkeys(STATES, 0)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AuthError("no"), 4),
        (ScopeMissing("no", code="OAUTH_SCOPE_MISMATCH", http_status=401), 4),
        (ZohoError("no", code="NO_PERMISSION", http_status=403), 4),
        (ZohoError("no", code="AUTHORIZATION_FAILED", http_status=400), 4),
        (LimitReached("wait", code="TOO_MANY_REQUESTS", http_status=429), 5),
        (ZohoError("no", code="INVALID_MODULE", http_status=400), 2),
        (UsageError("no"), 2),
        (BadFile("rows.csv", "is empty"), 2),
        (ZohoError("oh", code="INTERNAL_ERROR", http_status=500), 5),
        (ConnectionFailed("no route"), 5),
        (JournalFailed("no space left"), 5),
        (JobAlreadyRunning("busy", code="ALREADY_SCHEDULED", http_status=202), 5),
        (AnswerLost("sent"), 6),
        (WaitTimeout("still running"), 7),
        (JobNotFound("no such job", http_status=204), 2),
        (RuntimeError("bug"), 1),
    ],
)
def test_what_stops_a_run_has_a_code(error: Exception, code: int) -> None:
    assert exit_of_error(error) == code
    assert exit_for(NOTHING, error) == code
    assert exit_for(NOTHING, error, interrupted=True) == 130


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ({}, 0),
        ({"updated": 5}, 0),
        ({"updated": 5, "skipped": 1}, 0),
        ({"updated": 5, "rejected": 1}, 3),
        ({"conflict": 1}, 3),
        ({"unknown": 1}, 6),
        ({"unknown": 1, "rejected": 3}, 6),
    ],
)
def test_rows_decide_the_code_of_a_run_that_ended(states: Any, code: int) -> None:
    assert exit_for(NOTHING | states) == code
    assert exit_for(NOTHING | states, interrupted=True) == 130
    assert exit_for(NOTHING | states, LimitReached("wait")) == 5
    assert exit_for(NOTHING | states, LimitReached("wait"), stop_rule=True) == 8


def test_the_order_of_codes() -> None:
    order = [130, 1, 4, 8, 5, 2, 6, 7, 3, 0]
    for place, code in enumerate(order):
        assert strongest(Exit(weaker) for weaker in reversed(order[place:])) == code
    assert strongest([]) == 0
    assert set(order) == set(Exit)
