"""The exit codes of runs and which comes first, each from a real process."""

import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Ids = Callable[[int], list[str]]
UPDATE = ("records", "update", "Accounts", "rows.csv", "--triggers", "none", "--concurrency", "1")
MISSING, LISTED = 3, 7


def arrange(zcrm: Any, simulator: Any, ids: list[str], *, rejected: bool, unknown: bool) -> None:
    """300 rows in three calls; the first may be refused one row, and lose the answer for another."""
    simulator.load(
        "Accounts", [{"id": record} for n, record in enumerate(ids) if n != MISSING or not rejected]
    )
    lists = ['"[{""Name"": ""x""}]"' if unknown and n == LISTED else "" for n in range(len(ids))]
    zcrm.write(
        "rows.csv",
        "id,City,Visits:json\n" + "".join(f"{i},Cork,{x}\n" for i, x in zip(ids, lists, strict=True)),
    )
    if unknown:
        simulator.fault("drop_after", route="update_records", times=[1])


def finished(zcrm: Any, simulator: Any, *words: str) -> int:
    return zcrm(*UPDATE, *words).returncode


def limited(zcrm: Any, simulator: Any, *words: str) -> int:
    simulator.fault("throttle", route="update_records", times=range(3, 1000), retry_after=7200)
    return zcrm(*UPDATE, *words).returncode


def interrupted(zcrm: Any, simulator: Any, *words: str) -> int:
    simulator.fault("slow", route="update_records", seconds=0.5)
    process = zcrm.start(*UPDATE, *words)
    while simulator.ledger.calls("update_records") < 2:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    return int(process.returncode)


@pytest.mark.parametrize(
    ("how", "rejected", "unknown", "words", "code"),
    [
        (finished, False, False, (), 0),
        (finished, True, False, (), 3),
        (finished, False, True, (), 6),
        (finished, True, True, (), 6),
        (finished, True, False, ("--max-errors", "0"), 8),
        (finished, True, True, ("--max-errors", "0"), 8),
        (limited, False, False, (), 5),
        (limited, True, False, (), 5),
        (limited, False, True, (), 5),
        (limited, True, True, (), 5),
        (interrupted, False, False, (), 130),
        (interrupted, True, False, (), 130),
        (interrupted, True, True, (), 130),
        (interrupted, True, True, ("--max-errors", "0"), 130),
    ],
)
def test_a_run_ends_with_the_code_that_tells_most(
    zcrm: Any,
    simulator: Any,
    ids: Ids,
    how: Callable[..., int],
    rejected: bool,
    unknown: bool,
    words: tuple[str, ...],
    code: int,
) -> None:
    arrange(zcrm, simulator, ids(300), rejected=rejected, unknown=unknown)
    assert how(zcrm, simulator, *words) == code


def test_a_usage_error_is_2(zcrm: Any, simulator: Any) -> None:
    zcrm.write("rows.csv", "City\nCork\n")
    assert zcrm(*UPDATE).returncode == 2


@pytest.mark.parametrize(("rejected", "unknown"), [(False, False), (True, False), (True, True)])
def test_sign_in_comes_before_what_became_of_rows(
    zcrm: Any, simulator: Any, ids: Ids, rejected: bool, unknown: bool
) -> None:
    arrange(zcrm, simulator, ids(300), rejected=rejected, unknown=unknown)
    simulator.fault("slow", route="update_records", seconds=0.4)
    process = zcrm.start(*UPDATE)
    while simulator.ledger.calls("update_records") < 2:
        assert process.poll() is None
    url = f"{simulator.accounts_url}/oauth/v2/token/revoke"
    assert httpx.post(url, params={"token": simulator.refresh_token}).status_code == 200
    process.communicate(timeout=30)
    assert process.returncode == 4
