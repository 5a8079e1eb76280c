"""A simulator whose clock stands still, and a plain HTTP client signed in to it.

The simulator holds all it answers, and every request it accepts in full, against the specification.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from zcrm.simulator import Simulator

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))


def _client(sim: Simulator, token: str | None = None) -> httpx.Client:
    return httpx.Client(
        base_url=f"{sim.url}/crm/v8",
        headers={"Authorization": f"Zoho-oauthtoken {token or sim.access_token}"},
        timeout=10,
        verify=False,
    )


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[Simulator, httpx.Client]]]:
    """Start a simulator with options and give it with a client that is signed in."""
    with ExitStack() as stack:

        def start(**options: Any) -> tuple[Simulator, httpx.Client]:
            sim = stack.enter_context(Simulator(**{"now": NOW, "check": True, **options}))
            return sim, stack.enter_context(_client(sim))

        yield start


@pytest.fixture
def sim(start: Callable[..., tuple[Simulator, httpx.Client]]) -> Simulator:
    return start()[0]


@pytest.fixture
def client(sim: Simulator) -> Iterator[Callable[..., httpx.Client]]:
    """Clients of `sim` with a token of one's choice."""
    with ExitStack() as stack:
        yield lambda token=None: stack.enter_context(_client(sim, token))


@pytest.fixture
def crm(client: Callable[..., httpx.Client]) -> httpx.Client:
    return client()


@pytest.fixture
def user() -> dict[str, str]:
    """The user the simulator's own tokens belong to, as answers name it."""
    return {"name": "Administrator", "id": "4150868000000000001"}


@pytest.fixture
def success(user: dict[str, str]) -> Callable[..., dict[str, Any]]:
    """The item of a row that was updated."""

    def success(record_id: str, **times: str) -> dict[str, Any]:
        moment = "2026-03-02T10:00:00+05:30"
        return {
            "code": "SUCCESS",
            "details": {
                "Modified_Time": moment,
                "Modified_By": user,
                "Created_Time": moment,
                "id": record_id,
                "Created_By": user,
                **times,
            },
            "message": "record updated",
            "status": "success",
        }

    return success


@pytest.fixture
def error() -> Callable[..., dict[str, Any]]:
    """The envelope of an error."""

    def error(code: str, message: str, **details: Any) -> dict[str, Any]:
        return {"code": code, "details": details, "message": message, "status": "error"}

    return error


@pytest.fixture
def together() -> Callable[..., list[int]]:
    """Make calls that are all in flight at once, and give their statuses, sorted."""

    def together(sim: Simulator, count: int, call: Callable[[], httpx.Response]) -> list[int]:
        sim.ledger.clear()
        sim.fault("hold")
        with ThreadPoolExecutor(count) as pool:
            futures = [pool.submit(call) for _ in range(count)]
            deadline = time.monotonic() + 30
            while sim.ledger.in_flight < count and time.monotonic() < deadline:
                time.sleep(0.001)
            sim.release()
            return sorted(future.result().status_code for future in futures)

    return together
