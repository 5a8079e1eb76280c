"""Leaving a stream early: nothing applied is told as unsent, and nothing is left behind."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import count

import pytest

FIRST_ID = 5545974000000500001


def rows(ids):
    return ({"id": record_id, "Stage": "Won"} for record_id in ids)


def check(sim, outcomes):
    """What was applied is told as updated or unknown, what was not is not told as updated."""
    for outcome in outcomes:
        applied = sim.ledger.applied.get(("Deals", outcome.id), 0)
        if outcome.state == "updated":
            assert applied
        if outcome.state in ("unsent", "rejected"):
            assert not applied


def threads():
    return {thread for thread in threading.enumerate() if thread.name.startswith("zcrm-update")}


def test_stop_sends_nothing_new_and_the_rest_comes_out(crm, sim, deals):
    source = rows(deals(10_000))
    updates = crm.records.update("Deals", source)
    outcomes = [next(updates)]
    updates.stop()
    outcomes += updates
    assert [outcome.row for outcome in outcomes] == list(range(len(outcomes)))
    assert len(outcomes) + len(list(source)) == 10_000
    assert updates.summary.rows == len(outcomes) == sum(updates.summary.states.values())
    assert updates.summary.states["updated"] == len(sim.ledger.applied)
    check(sim, outcomes)


def test_close_drains_and_completes_the_summary(crm, sim, deals):
    with crm.records.update("Deals", rows(deals(10_000))) as updates:
        next(updates)
    summary = updates.summary
    assert summary.rows == sum(summary.states.values())
    assert summary.states["updated"] == len(sim.ledger.applied)
    assert list(updates) == []
    assert not threads()


def test_a_stream_that_was_never_started_closes_without_a_call(crm, sim, deals):
    with crm.records.update("Deals", rows(deals(10))) as updates:
        pass
    assert updates.summary.rows == 0
    assert not sim.ledger.requests


def test_breaking_out_of_the_loop_leaves_no_thread(crm, deals):
    for _ in crm.records.update("Deals", rows(deals(10_000))):
        break
    gc.collect()
    deadline = time.monotonic() + 10
    while threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not threads()


def test_ctrl_c_while_waiting_keeps_the_truth(crm, sim, deals):
    sim.fault("slow", seconds=0.3)
    updates = crm.records.update("Deals", rows(deals(5_000)))
    timer = threading.Timer(0.15, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    outcomes = []
    with pytest.raises(KeyboardInterrupt):
        outcomes.extend(updates)
    timer.join()
    outcomes += updates
    assert [outcome.row for outcome in outcomes] == list(range(len(outcomes)))
    assert updates.summary.rows == len(outcomes) == sum(updates.summary.states.values())
    assert updates.summary.states["updated"] == len(sim.ledger.applied)
    check(sim, outcomes)
    assert not threads()


def test_ctrl_c_inside_the_callers_own_iterable(crm, sim, deals):
    ids = deals(1_000)

    def source():
        yield from rows(ids[:250])
        raise KeyboardInterrupt

    updates = crm.records.update("Deals", source())
    outcomes = []
    with pytest.raises(KeyboardInterrupt):
        outcomes.extend(updates)
    outcomes += updates
    assert len(outcomes) == 250
    check(sim, outcomes)


def test_a_cancelled_task_keeps_the_truth_and_leaves_no_task(acrm, sim, deals):
    sim.fault("slow", seconds=0.3)
    ids = deals(5_000)
    outcomes = []

    async def main():
        async with acrm() as crm:
            updates = crm.records.update("Deals", rows(ids))

            async def consume():
                async for outcome in updates:
                    outcomes.append(outcome)

            task = asyncio.create_task(consume())
            await asyncio.sleep(0.15)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            outcomes.extend([outcome async for outcome in updates])
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return updates.summary

    summary = asyncio.run(main())
    assert [outcome.row for outcome in outcomes] == list(range(len(outcomes)))
    assert summary.states["updated"] == len(sim.ledger.applied) > 0
    check(sim, outcomes)


def test_a_second_cancel_ends_the_calls_too_and_leaves_their_rows_unknown(acrm, sim, deals):
    sim.fault("slow", seconds=5)
    ids = deals(300)

    async def main():
        async with acrm() as crm:
            updates = crm.records.update("Deals", rows(ids))
            task = asyncio.create_task(anext(updates))
            await asyncio.sleep(0.2)
            task.cancel()
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return [outcome async for outcome in updates]

    outcomes = asyncio.run(main())
    assert {outcome.state for outcome in outcomes} == {"unknown"}
    assert len(outcomes) == 300


def test_a_timeout_around_the_loop(acrm, sim, deals):
    ids = deals(3_000)
    sim.fault("slow", seconds=0.2)

    async def main():
        async with acrm() as crm, crm.records.update("Deals", rows(ids)) as updates:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    async for _ in updates:
                        pass
            return updates

    updates = asyncio.run(main())
    assert updates.summary.states["updated"] == len(sim.ledger.applied)


def test_an_endless_source_is_pulled_only_as_far_as_the_look_ahead(crm, deals):
    deals(100)
    pulled = []

    def source():
        for n in count():
            pulled.append(n)
            yield {"id": str(FIRST_ID + n % 100), "Stage": "Won"}

    with crm.records.update("Deals", source()) as updates:
        for _ in range(10):
            next(updates)
    assert len(pulled) <= 4_100


SCRIPT = """
import sys
from zcrm import AccessToken, ZohoCRM
crm = ZohoCRM(auth=AccessToken(sys.argv[2]), api_domain=sys.argv[1])
rows = [{"id": str(5545974000000500001 + n), "Stage": "Won"} for n in range(3000)]
for outcome in crm.records.update("Deals", rows):
    print("first", flush=True)
    input()
"""


def test_a_process_interrupted_in_its_own_loop_ends_by_itself(sim, deals):
    deals(3_000)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, sim.url, sim.access_token],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "first\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert errors.rstrip().endswith("KeyboardInterrupt")
