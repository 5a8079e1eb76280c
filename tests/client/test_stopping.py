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
import trio

from zcrm import AccessToken, ZohoCRM
from zcrm.errors import UsageError, ZohoError

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


def test_dropped_by_rows_that_know_it_leaves_no_thread(crm, deals):
    ids = deals(10_000)
    known = []

    def source():
        for row in rows(ids):
            yield row | {"Note": str(known)}

    def use():
        updates = crm.records.update("Deals", source())
        known.append(updates)
        next(updates)

    use()
    known.clear()
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


def test_a_second_ctrl_c_leaves_at_once_and_tells_the_calls_in_flight_as_unknown(crm, sim, deals):
    sim.fault("hold")
    updates = crm.records.update("Deals", rows(deals(250)))
    interrupts = [threading.Timer(at, os.kill, (os.getpid(), signal.SIGINT)) for at in (0.2, 0.4)]
    for interrupt in interrupts:
        interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        next(updates)
    for interrupt in interrupts:
        interrupt.join()
    outcomes = list(updates)
    assert [(outcome.row, outcome.state) for outcome in outcomes] == [(n, "unknown") for n in range(250)]
    assert updates.summary.rows == 250
    assert updates.summary.calls == 3
    sim.clear_faults()


def test_interrupts_that_leave_no_time_to_stop_still_stop(crm, sim, deals, monkeypatch):
    """Two at once: the second falls before the first could stop anything."""
    updates = crm.records.update("Deals", rows(deals(250)))
    with monkeypatch.context() as patch:

        def interrupted(*_):
            raise KeyboardInterrupt

        patch.setattr(updates, "_wait_or_pull", interrupted)
        patch.setattr(updates, "_drain", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(updates)
    assert list(updates) == []
    assert (updates.summary.rows, sim.ledger.calls("update_records")) == (0, 0)


def test_what_a_signal_handler_raises_is_not_the_rows_fault(crm, sim, deals):
    class TimeLimit(Exception):
        pass

    def handler(number, frame):
        raise TimeLimit

    class Row(dict):
        def get(self, key, default=None):
            signal.raise_signal(signal.SIGALRM)
            return super().get(key, default)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        plain = list(rows(deals(250)))
        updates = crm.records.update("Deals", [*plain[:150], Row(plain[150]), *plain[151:]])
        with pytest.raises(TimeLimit):
            next(updates)
    finally:
        signal.signal(signal.SIGALRM, before)
    outcomes = list(updates)
    assert [outcome.row for outcome in outcomes] == list(range(151))
    assert {outcome.state for outcome in outcomes[100:]} == {"unsent"}
    assert updates.summary.rows == 151
    check(sim, outcomes)


@pytest.mark.parametrize("verb", ["stop", "close"])
def test_stopped_from_inside_the_rows(crm, sim, deals, verb):
    ids = deals(1_000)

    def source():
        for n, row in enumerate(rows(ids)):
            if n == 250:
                getattr(updates, verb)()
            yield row

    with crm.records.update("Deals", source()) as updates:
        outcomes = list(updates)
    assert [outcome.row for outcome in outcomes] == list(range(251))
    assert updates.summary.rows == 251
    check(sim, outcomes)


@pytest.mark.parametrize("flush_after", [None, 0.05])
@pytest.mark.parametrize("verb", ["stop", "close"])
def test_stopped_from_inside_the_rows_of_a_task(acrm, sim, deals, verb, flush_after):
    ids = deals(1_000)

    async def main():
        async def source():
            for n, row in enumerate(rows(ids)):
                if n == 250:
                    stopping = getattr(updates, verb)()
                    if verb == "close":
                        await stopping
                yield row

        async with acrm() as crm:
            async with crm.records.update("Deals", source(), flush_after=flush_after) as updates:
                outcomes = [outcome async for outcome in updates]
            return outcomes, updates.summary

    outcomes, summary = asyncio.run(main())
    assert [outcome.row for outcome in outcomes] == list(range(251))
    assert summary.rows == 251
    check(sim, outcomes)


@pytest.mark.parametrize("verb", ["stop", "close"])
def test_stopped_from_on_event(sim, deals, verb):
    def on_event(event):
        getattr(updates, verb)()

    with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, on_event=on_event) as crm:
        updates = crm.records.update("Deals", rows(deals(10_000)))
        outcomes = list(updates)
    assert updates.summary.rows == len(outcomes) < 10_000
    check(sim, outcomes)


@pytest.mark.parametrize("verb", ["stop", "close"])
def test_stopped_from_another_thread(crm, sim, deals, verb):
    sim.fault("slow", seconds=0.05)
    updates = crm.records.update("Deals", rows(deals(10_000)))
    timer = threading.Timer(0.2, getattr(updates, verb))
    timer.start()
    outcomes = list(updates)
    timer.join()
    assert updates.summary.rows == sum(updates.summary.states.values()) < 10_000
    assert updates.summary.states["updated"] == len(sim.ledger.applied)
    check(sim, outcomes)


@pytest.mark.parametrize("where", ["in the rows", "in the admission of a row"])
def test_closed_from_another_thread_while_a_row_is_pulled(crm, sim, deals, where):
    """The row that is being pulled is neither lost nor told twice; `close` waits for no row."""
    ids = deals(300)
    pulling, closed = threading.Event(), threading.Event()

    def wait(row_id, place):
        if place == where and row_id == ids[250]:
            pulling.set()
            assert closed.wait(10)

    def source():
        for row_id in ids:
            wait(row_id, "in the rows")
            yield {"id": row_id, "Stage": "Won"}

    def since(row):
        wait(row["id"], "in the admission of a row")
        return "2030-01-01T00:00:00+00:00"

    def close():
        assert pulling.wait(10)
        updates.close()
        closed.set()

    updates = crm.records.update("Deals", source(), if_unmodified_since=since)
    closer = threading.Thread(target=close)
    closer.start()
    outcomes = list(updates)
    closer.join()
    assert [outcome.row for outcome in outcomes] == sorted({outcome.row for outcome in outcomes})
    assert outcomes[-1].row == 250
    assert outcomes[-1].state == "unsent"
    assert updates.summary.rows == sum(updates.summary.states.values()) == 251


def test_closed_from_another_task(acrm, sim, deals):
    sim.fault("slow", seconds=0.05)
    ids = deals(10_000)

    async def main():
        async with acrm() as crm:
            updates = crm.records.update("Deals", rows(ids))

            async def consume():
                return [outcome async for outcome in updates]

            task = asyncio.create_task(consume())
            await asyncio.sleep(0.2)
            await updates.close()
            return await task, updates.summary

    outcomes, summary = asyncio.run(main())
    assert summary.states["updated"] == len(sim.ledger.applied) < 10_000
    check(sim, outcomes)


def test_iterating_from_inside_the_rows_is_a_usage_error(crm, sim, deals):
    ids = deals(300)

    def source():
        yield from rows(ids[:150])
        next(updates)

    updates = crm.records.update("Deals", source())
    outcomes = []
    with pytest.raises(UsageError, match="iterated already"):
        outcomes.extend(updates)
    assert [(outcome.row, outcome.state) for outcome in outcomes] == [(n, "updated") for n in range(150)]


def test_iterating_from_inside_the_rows_of_a_task_is_a_usage_error(acrm, deals):
    ids = deals(300)

    async def main():
        async def source():
            for row in rows(ids[:150]):
                yield row
            await anext(updates)

        async with acrm() as crm:
            updates = crm.records.update("Deals", source())
            outcomes = []
            with pytest.raises(UsageError, match="iterated already"):
                async for outcome in updates:
                    outcomes.append(outcome.state)
            return outcomes

    assert asyncio.run(main()) == ["updated"] * 150


def test_dropped_without_being_iterated(crm, acrm, deals):
    with pytest.warns(ResourceWarning, match="nothing was sent"):
        crm.records.update("Deals", rows(deals(10)))

    async def main():
        async with acrm() as crm:
            crm.records.update("Deals", [])

    with pytest.warns(ResourceWarning, match="nothing was sent"):
        asyncio.run(main())


AT_EXIT = """
import atexit, sys, threading
from zcrm import AccessToken, ZohoCRM
url, token, how = sys.argv[1:]

def send():
    rows = [{"id": str(5545974000000500001 + n), "Stage": "Won"} for n in range(250)]
    with ZohoCRM(auth=AccessToken(token), api_domain=url) as crm:
        print(crm.records.update_all("Deals", rows).states["updated"], flush=True)
        crm.records.update_one("Deals", rows[0]["id"], {"Stage": "Lost"})

def outlive():
    threading.main_thread().join()
    send()

if how == "atexit":
    atexit.register(send)
else:
    threading.Thread(target=outlive).start()
"""


@pytest.mark.parametrize("how", ["atexit", "a thread that outlives main"])
def test_at_the_interpreters_exit_it_still_sends(sim, deals, how):
    deals(250)
    command = [sys.executable, "-c", AT_EXIT, sim.url, sim.access_token, how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("250\n", "")
    assert sim.record("Deals", str(FIRST_ID))["Stage"] == "Lost"


def test_one_client_in_several_event_loops(acrm, sim, deals):
    ids = deals(150)
    crm = acrm()
    for stage in ("Won", "Lost"):
        summary = asyncio.run(crm.records.update_all("Deals", [{"id": i, "Stage": stage} for i in ids]))
        assert summary.states["updated"] == 150
    assert sim.record("Deals", ids[0])["Stage"] == "Lost"
    asyncio.run(crm.close())


def test_under_trio_it_says_so(acrm, sim, deals):
    async def main():
        crm = acrm()
        with pytest.raises(UsageError, match="trio"):
            await crm.records.update_one("Deals", "1", {"Stage": "Won"})
        with pytest.raises(UsageError, match="trio"):
            await anext(crm.records.update("Deals", [{"id": "1", "Stage": "Won"}]))

    trio.run(main)
    assert not sim.ledger.requests


def test_whatever_update_all_raises_has_the_sums(run, sim, deals):
    ids = deals(150)

    def source(error):
        yield from rows(ids)
        raise error

    for error in (OSError("the cursor broke"), KeyboardInterrupt(), SystemExit(3)):
        with pytest.raises(type(error)) as caught:
            run("records", "update_all", "Deals", source(error))
        assert caught.value.summary.rows == sum(caught.value.summary.states.values()) == 150
        assert "150 rows" in "".join(caught.value.__notes__)
    sim.deny("edit")
    with pytest.raises(ZohoError) as refused:
        run("records", "update_all", "Deals", rows(ids))
    assert refused.value.summary.states["unsent"] == 150
    assert not hasattr(refused.value, "__notes__")


def test_a_cancelled_update_all_has_the_sums(acrm, sim, deals):
    sim.fault("slow", seconds=0.2)
    ids = deals(150)

    async def main():
        async with acrm() as crm:
            task = asyncio.create_task(crm.records.update_all("Deals", rows(ids)))
            await asyncio.sleep(0.1)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                return error.summary

    assert asyncio.run(main()).states["updated"] == 150


def test_an_exception_that_takes_no_attribute_is_raised_as_it_is(crm, deals):
    class Slotted(Exception):
        __slots__ = ()

        def __setattr__(self, name, value):
            raise AttributeError(name)

    def source():
        yield from rows(deals(3))
        raise Slotted

    with pytest.raises(Slotted):
        crm.records.update_all("Deals", source())
