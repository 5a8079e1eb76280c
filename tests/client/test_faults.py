"""Whatever goes wrong: one outcome for each row, in order, and each of them true."""

import asyncio
import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zcrm import AccessToken, AsyncZohoCRM, Connection, ZohoCRM, ZohoError
from zcrm.engine.drivers import AsyncDriver, Driver
from zcrm.engine.gate import LocalGate
from zcrm.simulator import Simulator

FIRST_ID = 5545974000000500001
LOSSES = ("throttle", "server_error", "bad_gateway", "drop_before", "drop_after", "cut_body", "cut_json")
LIES: dict[str, dict[str, object]] = {
    "wrong_count": {},
    "one_item": {},
    "foreign_id": {},
    "missing_id": {"every": True},
    "duplicate_id": {},
    "permuted_ids": {},
    "success_as_error": {"every": True},
    "error_as_success": {"every": True},
    "stale_answer": {},
    "double_answer": {},
}
TRICKLES: dict[str, dict[str, object]] = {
    "slow": {"seconds": 2},
    "trickle_head": {"pause": 0.0005},
    "trickle_body": {"pause": 0.00001},
    "interim": {"pause": 0.001, "count": 3},
    "close_after": {},
}
TOLD = sorted({*LOSSES, *LIES} - {"one_item", "stale_answer"})
"""What differs from any true answer to the same rows, be they few."""
FAULTS: dict[str, dict[str, object]] = {name: {} for name in LOSSES} | LIES | TRICKLES


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as sim:
        yield sim


def update_on_threads(sim, rows, concurrency, resend):
    driver = Driver(LocalGate(concurrency), sleep=lambda seconds, stop: None)
    connection = Connection(read_timeout=1)
    with ZohoCRM(
        auth=AccessToken(sim.access_token), api_domain=sim.url, driver=driver, connection=connection
    ) as crm:
        updates = crm.records.update("Deals", rows, resend_lost=resend)
        outcomes, error = [], None
        try:
            outcomes.extend(updates)
        except ZohoError as raised:
            error = raised
        return outcomes, updates.summary, error


def update_in_tasks(sim, rows, concurrency, resend):
    connection = Connection(read_timeout=1)

    async def no_sleep(seconds, stop):
        await asyncio.sleep(0)

    async def main():
        driver = AsyncDriver(LocalGate(concurrency), sleep=no_sleep)
        async with AsyncZohoCRM(
            auth=AccessToken(sim.access_token), api_domain=sim.url, driver=driver, connection=connection
        ) as crm:
            updates = crm.records.update("Deals", rows, resend_lost=resend)
            outcomes, error = [], None
            try:
                async for outcome in updates:
                    outcomes.append(outcome)
            except ZohoError as raised:
                error = raised
            return outcomes, updates.summary, error

    return asyncio.run(main())


@pytest.mark.parametrize("update", [update_on_threads, update_in_tasks])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=st.lists(st.one_of(st.none(), st.integers(0, 400)), max_size=450),
    faults=st.dictionaries(st.sampled_from(TOLD), st.sampled_from([0.05, 0.3, 1.0]), max_size=3),
    concurrency=st.integers(1, 10),
    resend=st.booleans(),
    plain=st.booleans(),
)
def test_one_true_outcome_for_each_row(simulator, update, ids, faults, concurrency, resend, plain):
    sim = simulator
    sim.clear_faults()
    sim.load("Deals", [{"id": str(FIRST_ID + n), "Stage": "Open"} for n in range(0, 400, 2)])
    sim.ledger.clear()
    for name, rate in faults.items():
        sim.fault(name, rate=rate, **FAULTS[name])
    value = "Won" if plain else [{"Quantity": 1}]
    rows = [{"id": n if n is None else str(FIRST_ID + n), "Items": value} for n in ids]

    outcomes, summary, error = update(sim, iter(rows), concurrency, resend)

    assert [outcome.row for outcome in outcomes] == list(range(len(outcomes)))
    assert all(outcome.input is row for outcome, row in zip(outcomes, rows, strict=False))
    assert error is not None or len(outcomes) == len(rows)
    assert summary.rows == len(outcomes) == sum(summary.states.values())
    applied = {record_id: times for (_, record_id), times in sim.ledger.applied.items()}
    updated, possible = {}, {}
    for outcome in outcomes:
        if outcome.state == "updated":
            updated[outcome.id] = updated.get(outcome.id, 0) + 1
        if outcome.state in ("updated", "unknown"):
            possible[outcome.id] = possible.get(outcome.id, 0) + outcome.attempts
            if not (plain and resend):
                assert outcome.attempts == 1 or not outcome._resent
        if outcome.state in ("rejected", "unsent") and not outcome._lost:
            possible.setdefault(outcome.id, 0)
    for record_id, times in updated.items():
        assert applied[record_id] >= times
    for record_id, times in applied.items():
        assert times <= possible[record_id]
    assert summary.resent == sum(outcome._resent for outcome in outcomes)
    assert not (summary.resent and not (plain and resend))


SEEDS = range(int(os.environ.get("ZCRM_FAULT_SEEDS", "2")))
MIXES = {name: {name: 0.05} for name in FAULTS} | {"all": dict.fromkeys(FAULTS, 0.01)}
ROWS = 5_000


@pytest.mark.parametrize("update", [update_on_threads, update_in_tasks])
@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("seed", SEEDS)
def test_5000_rows_through_faults(update, mix, seed):
    draw = random.Random(f"{seed} {mix}")
    known = [str(FIRST_ID + n) for n in range(ROWS)]
    rows = [
        {
            "id": record_id if draw.random() > 0.01 else str(n),
            "Items": [{"Quantity": 1}] if draw.random() < 0.1 else "plain",
        }
        for n, record_id in enumerate(known)
    ]
    with Simulator(seed=seed) as sim:
        sim.load("Deals", [{"id": record_id} for record_id in known])
        for name, rate in MIXES[mix].items():
            sim.fault(name, rate=rate, **FAULTS[name])

        outcomes, summary, error = update(sim, rows, 10, True)

        assert error is None
        assert [outcome.row for outcome in outcomes] == list(range(ROWS))
        assert summary.rows == ROWS == sum(summary.states.values())
        for outcome in outcomes:
            times = sim.ledger.applied.get(("Deals", outcome.id), 0)
            assert outcome.state in ("updated", "rejected", "unknown")
            assert outcome.state != "updated" or times >= 1
            assert outcome.state != "rejected" or times == 0
            assert outcome._plain or times <= 1
            assert outcome._plain or not outcome._resent
