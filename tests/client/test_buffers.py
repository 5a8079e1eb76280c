"""Many small updates, sent in full calls; each caller gets its own outcome."""

import asyncio
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from zcrm.engine.buffers import Buffer
from zcrm.errors import UsageError

HOUR = 3600.0


def test_updates_of_many_tasks_share_calls(sim: Any, acrm: Any, ids: Any) -> None:
    sim.load("Deals", [{"id": record_id} for record_id in ids(300)])

    async def main() -> None:
        async with acrm() as crm, crm.records.buffer("Deals", flush_after=HOUR) as buffer:
            outcomes = await asyncio.gather(
                *(buffer.update(record_id, {"City": f"City {n}"}) for n, record_id in enumerate(ids(300)))
            )
            assert [outcome.id for outcome in outcomes] == ids(300)
            assert {outcome.state for outcome in outcomes} == {"updated"}

    asyncio.run(main())
    assert sim.ledger.calls("update_records") == 3
    assert [row["City"] for row in sim.records("Deals").values()] == [f"City {n}" for n in range(300)]


def test_updates_of_many_threads_share_calls(sim: Any, crm: Any, ids: Any) -> None:
    sim.load("Deals", [{"id": record_id} for record_id in ids(200)])
    with crm.records.buffer("Deals", flush_after=HOUR) as buffer, ThreadPoolExecutor(100) as pool:
        outcomes = list(pool.map(lambda record_id: buffer.update(record_id, {"City": "Cork"}), ids(200)))
    assert [outcome.id for outcome in outcomes] == ids(200)
    assert sim.ledger.calls("update_records") == 2


def test_each_caller_gets_its_own_outcome(sim: Any, crm: Any, ids: Any) -> None:
    sim.load("Deals", [{"id": record_id} for record_id in ids(2)])
    with crm.records.buffer("Deals", flush_after=HOUR) as buffer:
        good, unknown, empty, bad = (
            buffer.submit(ids(2)[0], {"City": "Cork"}),
            buffer.submit(ids(3)[2], {"City": "Cork"}),
            buffer.submit(ids(2)[1], {}),
            buffer.submit("", {"City": "Cork"}),
        )
    assert [future.result().state for future in (good, unknown, empty, bad)] == [
        "updated",
        "rejected",
        "skipped",
        "rejected",
    ]
    assert sim.ledger.calls("update_records") == 1


def test_a_row_does_not_wait_longer_than_it_may(sim: Any, crm: Any, ids: Any) -> None:
    sim.load("Deals", [{"id": ids(1)[0]}])
    with crm.records.buffer("Deals") as buffer:
        assert buffer.update(ids(1)[0], {"City": "Cork"}).ok
        assert buffer.update(ids(1)[0], {"City": "Lille"}).ok
    assert sim.ledger.calls("update_records") == 2


def test_a_task_does_not_wait_longer_than_it_may(sim: Any, acrm: Any, ids: Any) -> None:
    sim.load("Deals", [{"id": ids(1)[0]}])

    async def main() -> None:
        async with acrm() as crm, crm.records.buffer("Deals") as buffer:
            assert (await buffer.update(ids(1)[0], {"City": "Cork"})).ok

    asyncio.run(main())


def test_a_cancelled_task_keeps_nobody_waiting(sim: Any, acrm: Any, ids: Any) -> None:
    sim.load("Deals", [{"id": record_id} for record_id in ids(2)])

    async def main() -> None:
        async with acrm() as crm, crm.records.buffer("Deals", flush_after=HOUR) as buffer:
            first, second = (
                asyncio.ensure_future(buffer.update(record_id, {"City": "Cork"})) for record_id in ids(2)
            )
            await asyncio.sleep(0)
            first.cancel()
            await buffer.flush()
            assert (await second).ok

    asyncio.run(main())
    assert len(sim.ledger.applied) == 2


def test_a_closed_buffer_takes_no_more(crm: Any, acrm: Any, ids: Any) -> None:
    buffer = crm.records.buffer("Deals")
    buffer.close()
    buffer.close()
    with pytest.raises(UsageError, match="closed"):
        buffer.update(ids(1)[0], {"City": "Cork"})

    async def main() -> None:
        async with acrm() as client:
            later = client.records.buffer("Deals")
            await later.close()
            with pytest.raises(UsageError, match="closed"):
                await later.update(ids(1)[0], {"City": "Cork"})

    asyncio.run(main())


def test_what_stops_a_call_reaches_every_caller(sim: Any, crm: Any, ids: Any) -> None:
    with crm.records.buffer("No_Such", flush_after=HOUR) as buffer:
        futures = [buffer.submit(record_id, {"City": "Cork"}) for record_id in ids(3)]
    assert {(f.result().state, f.result().code) for f in futures} == {("unsent", "INVALID_MODULE")}


def test_options_are_those_of_an_update(sim: Any, crm: Any, ids: Any) -> None:
    sim.load("Deals", [{"id": ids(1)[0]}])
    with crm.records.buffer("Deals", triggers=()) as buffer:
        assert buffer.update(ids(1)[0], {"City": "Cork"}).ok
    assert not sim.ledger.automations


@pytest.mark.parametrize("options", [{"missing": "drop"}, {"flush_after": -1}, {"flush_after": "soon"}])
def test_options_are_checked_before_the_first_row(crm: Any, acrm: Any, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        crm.records.buffer("Deals", **options)

    async def main() -> None:
        async with acrm() as client:
            with pytest.raises(UsageError):
                client.records.buffer("Deals", **options)

    asyncio.run(main())


def test_updates_of_one_record_take_effect_in_their_order(sim: Any, crm: Any, acrm: Any, ids: Any) -> None:
    [record_id] = ids(1)
    sim.load("Deals", [{"id": record_id}])
    with crm.records.buffer("Deals", flush_after=HOUR) as buffer:
        futures = [buffer.submit(record_id, {"City": f"City {n}"}) for n in range(250)]
    assert all(future.result().ok for future in futures)
    assert sim.records("Deals")[record_id]["City"] == "City 249"

    async def main() -> None:
        async with acrm() as client, client.records.buffer("Deals", flush_after=HOUR) as later:
            tasks = [asyncio.create_task(later.update(int(record_id), {"City": str(n)})) for n in range(250)]
            await asyncio.sleep(0)
            await later.flush()
            assert all(task.result().ok for task in tasks)

    asyncio.run(main())
    assert sim.records("Deals")[record_id]["City"] == "249"


def test_a_cancelled_future_takes_its_own_row_back_and_no_other(sim: Any, crm: Any, ids: Any) -> None:
    sim.load("Deals", [{"id": record_id} for record_id in ids(3)])
    with crm.records.buffer("Deals", flush_after=HOUR) as buffer:
        futures = [buffer.submit(record_id, {"City": "Cork"}) for record_id in ids(3)]
        assert futures[1].cancel()
    assert [future.cancelled() or future.result().ok for future in futures] == [True] * 3
    assert [row.get("City") for row in sim.records("Deals").values()] == ["Cork", None, "Cork"]


def test_fields_that_name_another_record_are_refused(crm: Any, acrm: Any, ids: Any) -> None:
    first, second = ids(2)
    with crm.records.buffer("Deals") as buffer, pytest.raises(UsageError, match="name record"):
        buffer.update(first, {"id": second, "City": "Cork"})

    async def main() -> None:
        async with acrm() as client, client.records.buffer("Deals") as later:
            with pytest.raises(UsageError, match="name record"):
                await later.update(first, {"id": second, "City": "Cork"})

    asyncio.run(main())


def test_an_interrupt_of_a_call_leaves_no_caller_waiting(ids: Any) -> None:
    def interrupted(rows: Any) -> Any:
        raise KeyboardInterrupt

    buffer = Buffer(interrupted, 100, HOUR)
    future = buffer.submit(ids(1)[0], {"City": "Cork"})
    with pytest.raises(KeyboardInterrupt):
        buffer.flush()
    assert isinstance(future.exception(timeout=0), KeyboardInterrupt)
    buffer.close()


def test_a_cancelled_flush_cancels_no_call(sim: Any, acrm: Any, ids: Any) -> None:
    sim.load("Deals", [{"id": ids(1)[0]}])

    async def main() -> None:
        async with acrm() as client, client.records.buffer("Deals", flush_after=HOUR) as buffer:
            update = asyncio.create_task(buffer.update(ids(1)[0], {"City": "Cork"}))
            await asyncio.sleep(0)
            flush = asyncio.create_task(buffer.flush())
            await asyncio.sleep(0)
            flush.cancel()
            assert (await update).ok

    asyncio.run(main())


def test_what_is_left_is_sent_when_the_program_ends(sim: Any, ids: Any) -> None:
    sim.load("Deals", [{"id": record_id} for record_id in ids(3)])
    program = textwrap.dedent(
        f"""
        from zcrm import AccessToken, ZohoCRM
        crm = ZohoCRM(auth=AccessToken({sim.access_token!r}), api_domain={sim.url!r})
        buffer = crm.records.buffer("Deals", flush_after=3600)
        for record_id in {ids(3)!r}:
            buffer.submit(record_id, {{"City": "Cork"}})
        """
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=60)
    assert {row["City"] for row in sim.records("Deals").values()} == {"Cork"}
    assert sim.ledger.calls("update_records") == 1
