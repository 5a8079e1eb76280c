"""Whatever goes wrong: one outcome for each row, in order, and each of them true."""

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zcrm import AccessToken, AsyncZohoCRM, ZohoCRM, ZohoError
from zcrm.drivers import AsyncDriver, Driver
from zcrm.gate import Gate
from zcrm.simulator import Simulator

FIRST_ID = 5545974000000500001
FAULTS = (
    "throttle",
    "server_error",
    "bad_gateway",
    "drop_before",
    "drop_after",
    "cut_body",
    "wrong_count",
    "foreign_id",
)


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as sim:
        yield sim


def update_on_threads(sim, rows, concurrency, resend):
    driver = Driver(Gate(concurrency), sleep=lambda seconds, stop: None)
    with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, driver=driver) as crm:
        updates = crm.records.update("Deals", rows, resend_lost=resend)
        outcomes, error = [], None
        try:
            outcomes.extend(updates)
        except ZohoError as raised:
            error = raised
        return outcomes, updates.summary, error


def update_in_tasks(sim, rows, concurrency, resend):
    async def no_sleep(seconds, stop):
        await asyncio.sleep(0)

    async def main():
        driver = AsyncDriver(Gate(concurrency), sleep=no_sleep)
        async with AsyncZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, driver=driver) as crm:
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
    faults=st.dictionaries(st.sampled_from(FAULTS), st.sampled_from([0.05, 0.3, 1.0]), max_size=3),
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
        sim.fault(name, rate=rate)
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


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("update", [update_on_threads, update_in_tasks])
def test_all_faults_together_on_5000_rows(update, seed):
    count = 5_000
    with Simulator(seed=seed) as sim:
        sim.load("Deals", [{"id": str(FIRST_ID + n), "Stage": "Open"} for n in range(count)])
        for name in FAULTS:
            sim.fault(name, rate=0.02)
        draw = random.Random(seed)
        rows = [
            {"id": str(FIRST_ID + n), "Items": "plain" if draw.random() < 0.9 else [{"Quantity": 1}]}
            for n in range(count)
        ]
        outcomes, summary, error = update(sim, rows, 10, True)
        assert error is None
        assert len(outcomes) == count == sum(summary.states.values())
        for outcome in outcomes:
            times = sim.ledger.applied.get(("Deals", outcome.id), 0)
            assert outcome.state in ("updated", "unknown")
            if outcome.state == "updated":
                assert times >= 1
            if not outcome._plain:
                assert times <= 1
                assert not outcome._resent
