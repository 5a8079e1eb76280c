"""What an update may be told besides its rows."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from zcrm import AccessToken, Retry, ZohoCRM
from zcrm.engine.drivers import Driver
from zcrm.engine.gate import LocalGate
from zcrm.errors import UsageError


def rows_for(ids, **fields):
    return [{"id": record_id, **fields} for record_id in ids]


def test_each_row_may_bring_its_own_time_and_rows_that_share_one_travel_together(run, sim, deals):
    ids = deals(6)
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    sim.now = noon
    for record_id in ids:
        sim.edit("Deals", record_id, {"Stage": "Open"})
    seen = {record_id: noon - timedelta(hours=n % 2) for n, record_id in enumerate(ids)}
    sim.now = noon + timedelta(hours=1)

    outcomes, summary = run(
        "records",
        "update",
        "Deals",
        rows_for(ids, Stage="Won"),
        if_unmodified_since=lambda row: seen[row["id"]],
    )

    assert [outcome.state for outcome in outcomes] == ["updated", "conflict"] * 3
    assert summary.calls == 2


@pytest.mark.parametrize("since", ["2026-03-02T12:00:00+00:00", lambda row: "2026-03-02T12:00:00+00:00"])
def test_with_a_time_a_second_row_for_a_record_is_refused(run, sim, deals, since):
    ids = deals(1)
    sim.now = datetime(2026, 3, 2, 11, tzinfo=UTC)
    sim.edit("Deals", ids[0], {})
    outcomes, _ = run(
        "records", "update", "Deals", rows_for([*ids, *ids], Stage="Won"), if_unmodified_since=since
    )
    assert [(outcome.state, outcome.attempts) for outcome in outcomes] == [("updated", 1), ("rejected", 0)]
    assert "second row" in outcomes[1].message


def test_a_naive_time_of_a_row_rejects_that_row(run, deals):
    ids = deals(1)
    outcomes, _ = run(
        "records", "update", "Deals", rows_for(ids), if_unmodified_since=lambda row: datetime(2026, 1, 1)
    )
    assert [(outcome.state, outcome.attempts) for outcome in outcomes] == [("rejected", 0)]


@pytest.mark.parametrize("given", [None, "", "yesterday", "2026-01-01T00:00:00", 1767225600])
def test_what_is_no_time_never_becomes_an_unconditional_write(run, sim, deals, given):
    ids = deals(1)
    outcomes, _ = run("records", "update", "Deals", rows_for(ids), if_unmodified_since=lambda row: given)
    assert [(outcome.state, outcome.attempts) for outcome in outcomes] == [("rejected", 0)]
    if given is not None:
        with pytest.raises(UsageError, match="if_unmodified_since"):
            run("records", "update", "Deals", rows_for(ids), if_unmodified_since=given)
    assert not sim.ledger.requests


def test_a_row_whose_time_cannot_be_found_out_is_rejected_and_the_others_go(run, deals):
    ids = deals(3)
    rows = rows_for([*ids, ids[1]], Seen="2099-03-02T12:00:00+00:00")
    del rows[1]["Seen"]
    outcomes, _ = run("records", "update", "Deals", rows, if_unmodified_since=lambda row: row["Seen"])
    assert [outcome.state for outcome in outcomes] == ["updated", "rejected", "updated", "updated"]
    assert "KeyError" in outcomes[1].message


def test_compare_and_set_is_not_repeated_after_a_lost_answer(run, sim, deals):
    rows = rows_for(deals(1), Stage="Won")
    sim.fault("drop_after")
    outcomes, summary = run(
        "records", "update", "Deals", rows, if_unmodified_since=sim.now + timedelta(hours=1)
    )
    assert [outcome.state for outcome in outcomes] == ["unknown"]
    assert summary.calls == 1


def test_resending_can_be_turned_off(run, sim, deals):
    rows = rows_for(deals(1), Stage="Won")
    sim.fault("drop_after")
    outcomes, summary = run("records", "update", "Deals", rows, resend_lost=False)
    assert ([outcome.state for outcome in outcomes], summary.calls) == (["unknown"], 1)


def test_calls_stay_below_the_byte_limit(run, deals):
    rows = rows_for(deals(10), Note="x" * 1000)
    outcomes, summary = run("records", "update", "Deals", rows, bytes_per_call=3_500)
    assert [outcome.state for outcome in outcomes] == ["updated"] * 10
    assert summary.calls == 4


def test_a_row_above_the_byte_limit_goes_alone(run, deals):
    rows = rows_for(deals(3), Note="x" * 1000)
    assert run("records", "update", "Deals", rows, bytes_per_call=10)[1].calls == 3


def test_the_rows_of_a_slow_input_do_not_wait_for_a_full_call(sim, deals):
    ids = deals(4)
    clock = [0.0]

    def source():
        for record_id in ids:
            clock[0] += 2
            yield {"id": record_id, "Stage": "Won"}

    driver = Driver(LocalGate(1))
    auth = AccessToken(sim.access_token)
    with ZohoCRM(auth=auth, api_domain=sim.url, driver=driver, clock=lambda: clock[0]) as client:
        summary = client.records.update_all("Deals", source(), flush_after=3)
    assert summary.states["updated"] == 4
    assert [entry.rows for entry in sim.ledger.requests] == [2, 2]


def test_nor_do_those_of_a_slow_async_input(acrm, sim, deals):
    ids = deals(2)

    async def main():
        arrived = asyncio.Event()

        async def source():
            yield {"id": ids[0], "Stage": "Won"}
            await arrived.wait()
            yield {"id": ids[1], "Stage": "Won"}

        async with acrm() as crm:
            updates = crm.records.update("Deals", source(), flush_after=0.01)
            first = await anext(updates)
            arrived.set()
            return [first, *[outcome async for outcome in updates]]

    assert [outcome.state for outcome in asyncio.run(main())] == ["updated", "updated"]
    assert [entry.rows for entry in sim.ledger.requests] == [1, 1]


def test_closing_while_a_slow_async_input_is_waited_for_leaves_no_task(acrm, deals):
    ids = deals(1)

    async def main():
        async def source():
            yield {"id": ids[0], "Stage": "Won"}
            await asyncio.sleep(60)

        async with asyncio.timeout(30):
            async with acrm() as crm, crm.records.update("Deals", source(), flush_after=0.01) as updates:
                await anext(updates)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return updates.summary

    assert asyncio.run(main()).states["updated"] == 1


def test_text_that_is_no_unicode_rejects_its_row(run, deals):
    ids = deals(2)
    outcomes, _ = run(
        "records", "update", "Deals", [{"id": ids[0], "Note": "\ud800"}, {"id": ids[1], "Note": "x"}]
    )
    assert [(outcome.state, outcome.attempts) for outcome in outcomes] == [("rejected", 0), ("updated", 1)]


def test_events_tell_what_happens_and_a_listener_that_fails_does_no_harm(sim, deals, caplog):
    rows = rows_for(deals(150), Stage="planted-value")
    events = []

    def listen(event):
        events.append(event)
        raise RuntimeError("listener broke")

    sim.fault("throttle", times=[1], retry_after=0)
    auth = AccessToken(sim.access_token)
    with (
        caplog.at_level(logging.DEBUG, "zcrm"),
        ZohoCRM(auth=auth, api_domain=sim.url, concurrency=1, on_event=listen) as crm,
    ):
        summary = crm.records.update_all("Deals", rows)
    assert summary.states["updated"] == 150
    assert [(event.name, event.rows, event.status) for event in events] == [
        ("answered", 100, 429),
        ("retrying", 100, None),
        ("answered", 100, 200),
        ("settled", 100, None),
        ("answered", 50, 200),
        ("settled", 50, None),
    ]
    assert [event.states for event in events if event.name == "settled"] == [
        {"updated": 100},
        {"updated": 50},
    ]
    assert [event.price for event in events if event.name == "answered"] == [0, 10, 5]
    assert events[0].code == "TOO_MANY_REQUESTS"
    left = [event.started for event in events if event.name == "answered"]
    assert left == sorted(left)
    assert "TOO_MANY_REQUESTS" in caplog.text
    assert "planted-value" not in caplog.text


@pytest.mark.parametrize(
    ("wrong", "right"), [("trigger", "triggers"), ("tirggers", "triggers"), ("resend_lots", "resend_lost")]
)
def test_an_unknown_option_is_a_type_error_that_names_the_nearest(crm, acrm, sim, wrong, right):
    row = {"id": "1", "Stage": "Won"}
    for verb, args in (
        ("update", ["Deals", [row]]),
        ("update_all", ["Deals", [row]]),
        ("update_one", ["Deals", "1", row]),
    ):
        with pytest.raises(TypeError, match=f"'{wrong}'; did you mean '{right}'"):
            getattr(crm.records, verb)(*args, **{wrong: ()})
    with pytest.raises(TypeError, match=right):
        crm.appointments.update([row], **{wrong: ()})

    async def main():
        async with acrm() as client:
            with pytest.raises(TypeError, match=right):
                client.records.update("Deals", [row], **{wrong: ()})
            with pytest.raises(TypeError, match=right):
                await client.records.update_one("Deals", "1", row, **{wrong: ()})

    asyncio.run(main())
    assert not sim.ledger.requests


@pytest.mark.parametrize("given", [{"id": "1"}, "rows.csv", b"rows", None, 7], ids=str)
def test_what_is_no_iterable_of_rows_or_ids_is_refused_before_any_call(run, sim, given):
    for room, verb, args in (
        ("records", "update", ["Deals", given]),
        ("records", "update_all", ["Deals", given]),
        ("appointments", "update", [given]),
        ("mass_update", "by_ids", ["Deals", given, {"Stage": "Won"}]),
        ("mass_update", "by_ids_all", ["Deals", given, {"Stage": "Won"}]),
    ):
        with pytest.raises(UsageError, match="iterable"):
            run(room, verb, *args)
    assert not sim.ledger.requests


def test_words_and_times_of_an_appointment_are_checked_before_any_call(run, sim):
    with pytest.raises(UsageError, match="zone"):
        run("appointments", "reschedule", "1", to=datetime(2026, 3, 3, 10))
    with pytest.raises(UsageError, match="By Team"):
        run("appointments", "reschedule", "1", to=datetime(2026, 3, 3, 10, tzinfo=UTC), reason="By Accident")
    with pytest.raises(UsageError, match="By Team"):
        run("appointments", "cancel", "1", reason="by team")
    assert not sim.ledger.requests


@pytest.mark.parametrize(
    "options",
    [{"attempts": 0}, {"attempts": 1.5}, {"base": -1}, {"cap": float("nan")}, {"patience": None}],
    ids=str,
)
def test_a_retry_that_cannot_be_is_refused(options):
    with pytest.raises(UsageError, match=next(iter(options))):
        Retry(**options)


def test_a_row_with_nothing_but_its_id_is_skipped(run, sim, deals):
    ids = deals(3)
    rows = [{"id": ids[0], "Stage": "Won"}, {"id": ids[1]}, {"id": ids[2], "Stage": "Won"}]
    outcomes, summary = run("records", "update", "Deals", rows)
    assert [outcome.state for outcome in outcomes] == ["updated", "skipped", "updated"]
    assert (outcomes[1].attempts, outcomes[1].ok, bool(outcomes[1].message)) == (0, True, True)
    assert summary.states["skipped"] == 1
    assert ("Deals", ids[1]) not in sim.ledger.applied
