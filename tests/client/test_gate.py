"""The gate: what it lets in, how it yields to throttling, and that nobody's leave is lost."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from zcrm import AccessToken, AsyncZohoCRM, ZohoCRM
from zcrm.engine.gate import LocalGate
from zcrm.simulator import Simulator


def throttle(gate):
    with gate.enter() as leave:
        leave.throttled = True


def go_well(gate, times):
    for _ in range(times):
        with gate.enter():
            pass


def test_it_lets_in_so_many_at_a_time():
    gate, inside, most = LocalGate(3), [0], [0]
    lock = threading.Lock()
    turn = threading.Barrier(3, timeout=10)

    def work():
        with gate.enter():
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            turn.wait()
            with lock:
                inside[0] -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: work(), range(12)))
    assert most == [3]


def test_threads_and_tasks_share_one_limit():
    gate, inside, most = LocalGate(4), [0], [0]
    lock = threading.Lock()

    def enter():
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])

    def leave():
        with lock:
            inside[0] -= 1

    async def in_task():
        with await gate.aenter():
            enter()
            await asyncio.sleep(0.001)
            leave()

    async def tasks():
        await asyncio.gather(*(in_task() for _ in range(50)))

    def on_thread():
        with gate.enter():
            enter()
            threading.Event().wait(0.001)
            leave()

    with ThreadPoolExecutor(9) as pool:
        running = pool.submit(asyncio.run, tasks())
        list(pool.map(lambda _: on_thread(), range(50)))
        running.result(timeout=30)
    assert most[0] <= 4
    with gate.enter():
        pass


def test_throttling_halves_the_limit_once_for_calls_that_were_in_flight_together():
    gate = LocalGate(8)
    with gate.enter() as one, gate.enter() as two:
        one.throttled = two.throttled = True
    assert gate.limit == 4
    throttle(gate)
    assert gate.limit == 2
    throttle(gate)
    throttle(gate)
    assert gate.limit == 1


def test_the_limit_rises_slowly_and_slower_after_each_cut():
    gate = LocalGate(4)
    throttle(gate)
    go_well(gate, 19)
    assert gate.limit == 2
    go_well(gate, 1)
    assert gate.limit == 3
    throttle(gate)
    go_well(gate, 19)
    assert gate.limit == 1
    go_well(gate, 1)
    assert gate.limit == 2
    go_well(gate, 1000)
    assert gate.limit == 4


def test_a_cancelled_waiter_gives_its_leave_back():
    gate = LocalGate(1)

    async def main():
        with await gate.aenter():
            waiting = [asyncio.create_task(wait()) for _ in range(10)]
            await asyncio.sleep(0)
            for task in waiting[::2]:
                task.cancel()
            await asyncio.sleep(0)
        for task in waiting[1::2]:
            await task
            for other in waiting:
                other.cancel()

    async def wait():
        with await gate.aenter():
            await asyncio.sleep(0)

    async def run():
        with suppress(asyncio.CancelledError):
            await main()
        async with asyncio.timeout(5):
            with await gate.aenter():
                pass

    asyncio.run(run())


def test_it_needs_room_for_one():
    with pytest.raises(ValueError, match="at least 1"):
        LocalGate(0)


def test_two_updates_of_one_client_never_pass_its_concurrency(deals, sim):
    ids = deals(2_000)
    rows = [{"id": record_id, "Stage": "Won"} for record_id in ids]
    sim.fault("slow", seconds=0.01)
    client = ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, concurrency=3)
    with client, ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(client.records.update_all, "Deals", part) for part in (rows[:1000], rows[1000:])]
        assert [run.result().states["updated"] for run in runs] == [1000, 1000]
    assert sim.ledger.peak_in_flight == 3


def test_a_client_for_threads_and_one_for_tasks_can_share_one_gate(deals, sim):
    ids = deals(2_000)
    rows = [{"id": record_id, "Stage": "Won"} for record_id in ids]
    sim.fault("slow", seconds=0.01)
    auth = AccessToken(sim.access_token)

    async def in_tasks(gate):
        async with AsyncZohoCRM(auth=auth, api_domain=sim.url, concurrency=gate) as client:
            return await client.records.update_all("Deals", rows[1000:])

    with ZohoCRM(auth=auth, api_domain=sim.url, concurrency=3) as crm, ThreadPoolExecutor(1) as pool:
        tasks = pool.submit(asyncio.run, in_tasks(crm.gate))
        assert crm.records.update_all("Deals", rows[:1000]).states["updated"] == 1000
        assert tasks.result().states["updated"] == 1000
    assert sim.ledger.peak_in_flight == 3


def test_a_tight_server_cap_costs_few_refused_calls():
    count = 40_000
    with Simulator() as sim:
        sim.meters.edition = sim.meters.edition._replace(calls=3)
        sim.load("Deals", [{"id": str(10**18 + n), "Stage": "Open"} for n in range(count)])
        sim.fault("slow", seconds=0.005)
        rows = ({"id": str(10**18 + n), "Stage": "Won"} for n in range(count))

        async def main():
            async with AsyncZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url) as crm:
                return await crm.records.update_all("Deals", rows)

        summary = asyncio.run(main())
        assert summary.states["updated"] == count
        assert sim.ledger.peak_in_flight >= 3
        refused = sum(entry.status == 429 for entry in sim.ledger.requests)
        assert refused / len(sim.ledger.requests) <= 0.15
