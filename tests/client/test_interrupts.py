"""Interrupts and cancels at any moment, once or several times: nothing hangs, nothing is lost, nothing is
told wrong, and every leave of the gate comes back.

The whole campaign is `nox -s interrupts`; here runs a sample of it.
"""

import asyncio
import faulthandler
import os
import random
import signal
import sys
import threading
import time
from contextlib import suppress
from itertools import count

import anyio
import pytest

from zcrm import AccessToken, AsyncZohoCRM, Connection, ZohoCRM, ZohoError
from zcrm.engine.drivers import AsyncDriver, Driver
from zcrm.engine.gate import LocalGate
from zcrm.simulator import Simulator

FIRST_ID = 5545974000000500001
RUNS = int(os.environ.get("ZCRM_INTERRUPTS", "100"))
BOUND = 60
FAULTS = ("throttle", "server_error", "drop_before", "drop_after", "cut_body", "wrong_count", "foreign_id")


class TimeLimit(Exception):
    """What a job queue's signal handler raises."""


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as sim:
        yield sim


@pytest.fixture(autouse=True)
def no_hang():
    faulthandler.dump_traceback_later(BOUND, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


class Case:
    """One seeded run: rows of its own, faults, and when the interrupts fall."""

    numbers = count()

    def __init__(self, sim, seed):
        self.sim = sim
        self.draw = draw = random.Random(seed)
        self.count = draw.choice([1, 30, 150, 700, 1_500])
        self.first_id = FIRST_ID + 10_000 * next(self.numbers)
        self.rows = [
            {
                "id": str(self.first_id + n) if draw.random() > 0.02 else f"{n}",
                "Items": [{"Quantity": 1}] if draw.random() < 0.1 else "plain",
            }
            for n in range(self.count)
        ]
        sim.clear_faults()
        sim.load("Deals", [{"id": str(self.first_id + n)} for n in range(self.count)])
        sim.ledger.clear()
        for name in draw.sample(FAULTS, draw.choice([0, 1, 3])):
            sim.fault(name, rate=draw.choice([0.02, 0.2]))
        if draw.random() < 0.3:
            sim.fault("slow", rate=0.5, seconds=0.05)
        self.concurrency = draw.choice([1, 3, 10])
        self.source = iter(self.rows)
        self.outcomes = []

    @property
    def pulled(self):
        return self.count - self.source.__length_hint__()

    def moments(self, most):
        """Seconds until each interrupt, from the one before."""
        return [self.draw.random() ** 3 * most for _ in range(self.draw.choice([1, 1, 2, 3]))]

    def check(self, summary, *, closed):
        told = [outcome.row for outcome in self.outcomes]
        if not closed:
            assert told == list(range(self.pulled))
        assert told == list(range(len(told)))
        assert summary.rows == sum(summary.states.values()) == self.pulled
        for outcome in self.outcomes:
            times = self.sim.ledger.applied.get(("Deals", outcome.id), 0)
            assert outcome.state != "updated" or times >= 1, outcome
            assert outcome.state not in ("unsent", "rejected") or not times, outcome
            assert outcome._plain or times <= 1, outcome
        assert not any(outcome.message.startswith("Reading the row raised") for outcome in self.outcomes)


@pytest.fixture
def interrupts(monkeypatch):
    """Raises an exception of this kind on this thread, at these moments, one after the other.

    What is raised while Python runs a finaliser is lost, by Python's own rules.
    """
    armed = []

    def handler(number, frame):
        if armed:
            kind, _ = armed.pop(0)
            if armed:
                signal.setitimer(signal.ITIMER_REAL, max(armed[0][1], 1e-6))
            raise kind

    def arm(kind, moments):
        armed.extend((kind, seconds) for seconds in moments)
        signal.setitimer(signal.ITIMER_REAL, max(moments[0], 1e-6))

    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    before = signal.signal(signal.SIGALRM, handler)
    yield arm, armed.clear
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def calls_ended():
    """Wait for the calls that were left in flight."""
    deadline = time.monotonic() + 30
    while any(thread.name in ("zcrm-update", "zcrm-call") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def drained(case, updates, kind):
    """Iterate until the end, however often that is interrupted."""
    while True:
        try:
            case.outcomes.extend(updates)
            return
        except (kind, ZohoError):
            continue


def use_all(case, crm, updates, kind):
    with suppress(kind, ZohoError):
        case.outcomes.extend(updates)
    drained(case, updates, kind)
    return False


def use_some(case, crm, updates, kind):
    with suppress(kind, ZohoError), updates:
        case.outcomes.extend(updates)
    return True


def use_a_few(case, crm, updates, kind):
    with suppress(kind, ZohoError, StopIteration), updates:
        for _ in range(case.draw.randrange(200)):
            case.outcomes.append(next(updates))
    return True


@pytest.mark.parametrize("seed", range(RUNS // 2))
def test_signals(simulator, seed, interrupts):
    case = Case(simulator, f"signals {seed}")
    kind = case.draw.choice([KeyboardInterrupt, TimeLimit])
    use = case.draw.choice([use_all, use_all, use_some, use_a_few])
    gate = LocalGate(case.concurrency)
    driver = Driver(gate, sleep=lambda seconds, stop: None)
    arm, disarm = interrupts
    with ZohoCRM(
        auth=AccessToken(simulator.access_token),
        api_domain=simulator.url,
        driver=driver,
        connection=Connection(read_timeout=2),
    ) as crm:
        updates = crm.records.update("Deals", case.source, resend_lost=case.draw.random() < 0.5)
        closed = True
        try:
            arm(kind, case.moments(0.2))
            closed = use(case, crm, updates, kind)
        except kind:
            pass
        disarm()
        if closed:
            updates.close()
        else:
            drained(case, updates, kind)
        calls_ended()
        assert gate._in_flight == 0
    case.check(updates.summary, closed=closed)


@pytest.mark.parametrize("seed", range(RUNS // 10))
def test_signals_during_single_calls(simulator, seed, interrupts):
    case = Case(simulator, f"single {seed}")
    gate = LocalGate(2)
    arm, disarm = interrupts
    with ZohoCRM(
        auth=AccessToken(simulator.access_token),
        api_domain=simulator.url,
        driver=Driver(gate, sleep=lambda seconds, stop: None),
        connection=Connection(read_timeout=2),
    ) as crm:
        try:
            arm(KeyboardInterrupt, case.moments(0.05))
            for row in case.rows:
                with suppress(ZohoError):
                    crm.records.update_one("Deals", row["id"], {"Stage": "Won"})
        except KeyboardInterrupt:
            pass
        disarm()
        calls_ended()
        assert gate._in_flight == 0
        simulator.clear_faults()
        assert crm.records.update_one("Deals", str(case.first_id), {"Stage": "Lost"}).ok


async def by_cancels(case, work):
    task = asyncio.create_task(work())
    for seconds in case.moments(0.1):
        await asyncio.sleep(seconds)
        task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()


async def by_timeout(case, work):
    with suppress(TimeoutError):
        async with asyncio.timeout(case.moments(0.2)[0]):
            await work()


async def by_scope(case, work):
    with anyio.move_on_after(case.moments(0.2)[0]):
        await work()


async def by_group(case, work):
    async def fails():
        await asyncio.sleep(case.moments(0.1)[0])
        raise TimeLimit

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(work())
            group.create_task(fails())
    except* TimeLimit:
        pass


async def by_anyio_group(case, work):
    async def fails():
        await anyio.sleep(case.moments(0.1)[0])
        raise TimeLimit

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(work)
            group.start_soon(fails)
    except* TimeLimit:
        pass


@pytest.mark.parametrize("by", [by_cancels, by_timeout, by_scope, by_group, by_anyio_group])
@pytest.mark.parametrize("seed", range(RUNS * 2 // 25))
def test_cancels(simulator, seed, by):
    case = Case(simulator, f"cancels {seed} {by.__name__}")
    gate = LocalGate(case.concurrency)

    async def no_sleep(seconds, stop):
        await asyncio.sleep(0)

    async def rows():
        while case.source.__length_hint__():
            if case.draw.random() < 0.01:
                await asyncio.sleep(0.001)
            yield next(case.source)

    async def main():
        async with AsyncZohoCRM(
            auth=AccessToken(simulator.access_token),
            api_domain=simulator.url,
            driver=AsyncDriver(gate, sleep=no_sleep),
            connection=Connection(read_timeout=2),
        ) as crm:
            source = case.draw.choice([rows(), case.source])
            flush = case.draw.choice([None, 0.01])
            updates = crm.records.update(
                "Deals", source, resend_lost=case.draw.random() < 0.5, flush_after=flush
            )
            closed = case.draw.random() < 0.5

            async def work():
                with suppress(ZohoError):
                    if closed:
                        async with updates:
                            async for outcome in updates:
                                case.outcomes.append(outcome)
                    else:
                        async for outcome in updates:
                            case.outcomes.append(outcome)

            await by(case, work)
            with suppress(ZohoError):
                async for outcome in updates:
                    case.outcomes.append(outcome)
            await updates.close()
            if leaving := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(leaving, timeout=BOUND / 2)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert gate._in_flight == 0
            return updates.summary, closed

    summary, closed = asyncio.run(main())
    case.check(summary, closed=closed)
