"""Update Records against the simulator over real HTTP, on both faces."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.errors import AuthError, Conflict, LimitReached, RowsNotUpdated, ScopeMissing, UsageError, ZohoError


def rows_for(ids, **fields):
    return [{"id": record_id, **fields} for record_id in ids]


def test_each_row_has_its_outcome_in_order_with_the_callers_own_row(run, sim, deals):
    rows = rows_for(deals(250), Stage="Won")
    rows[7]["id"] = "1"
    del rows[8]["id"]

    outcomes, summary = run("records", "update", "Deals", rows, triggers=())

    assert [outcome.row for outcome in outcomes] == list(range(250))
    assert all(outcome.input is row for outcome, row in zip(outcomes, rows, strict=True))
    assert [outcome.row for outcome in outcomes if not outcome.ok] == [7, 8]
    assert (outcomes[7].state, outcomes[7].code, outcomes[7].attempts) == ("rejected", "INVALID_DATA", 1)
    assert (outcomes[8].state, outcomes[8].code, outcomes[8].attempts) == (
        "rejected",
        "MANDATORY_NOT_FOUND",
        0,
    )
    assert outcomes[7].fix
    assert summary.rows == 250
    assert summary.states == {
        "updated": 248,
        "rejected": 2,
        "conflict": 0,
        "unknown": 0,
        "skipped": 0,
        "unsent": 0,
    }
    assert (summary.calls, summary.credits, summary.retries, summary.resent) == (3, 25, 0, 0)
    assert sum(record["Stage"] == "Won" for record in sim.records("Deals").values()) == 248


def test_triggers_left_out_empty_or_named_are_three_different_requests(run, sim, deals):
    rows = rows_for(deals(1), Stage="Won")
    fired = []
    for triggers in (None, (), ("workflow",)):
        before = dict(sim.ledger.automations)
        run("records", "update", "Deals", rows, triggers=triggers)
        fired.append({kind for kind, n in sim.ledger.automations.items() if n > before.get(kind, 0)})
    assert fired[0] >= {"workflow", "approval", "blueprint"}
    assert fired[1:] == [set(), {"workflow"}]


def test_update_all_keeps_what_was_not_updated(run, deals):
    ids = deals(3)
    summary = run("records", "update_all", "Deals", rows_for([ids[0], "1", ids[2]], Stage="Won"))
    assert summary.states["updated"] == 2
    assert [outcome.row for outcome in summary.rejected] == [1]
    with pytest.raises(RowsNotUpdated, match="1 rejected of 3 rows"):
        summary.raise_for_rejected()


def test_update_one(run, sim, deals):
    (record_id,) = deals(1)
    outcome = run("records", "update_one", "Deals", record_id, {"Stage": "Won"}, triggers=())
    assert (outcome.state, outcome.id) == ("updated", record_id)
    assert sim.records("Deals")[record_id]["Stage"] == "Won"


def test_update_one_raises_what_zoho_says(run, deals):
    deals(1)
    with pytest.raises(ZohoError) as caught:
        run("records", "update_one", "Deals", "42", {"Stage": "Won"})
    assert (caught.value.code, caught.value.http_status) == ("INVALID_DATA", 400)
    with pytest.raises(UsageError, match="fields name record 43"):
        run("records", "update_one", "Deals", "42", {"id": "43"})


def test_a_record_modified_since_is_a_conflict(run, sim, deals):
    ids = deals(2)
    since = sim.now
    sim.now = since + timedelta(minutes=1)
    run("records", "update_one", "Deals", ids[0], {"Stage": "Lost"})

    outcomes, _ = run("records", "update", "Deals", rows_for(ids, Stage="Won"), if_unmodified_since=since)
    assert [outcome.state for outcome in outcomes] == ["conflict", "updated"]
    with pytest.raises(Conflict):
        run("records", "update_one", "Deals", ids[0], {"Stage": "Won"}, if_unmodified_since=since)


def test_values_arrive_as_they_were_meant(run, sim, deals):
    (record_id,) = deals(1)
    fields = {
        "Amount": Decimal("12345678901234567.89"),
        "Closing_Date": datetime(2026, 1, 2, tzinfo=UTC).date(),
        "Met_At": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        "Owner": {"id": "42"},
        "Colours": ("red", "blue"),
        "Note": None,
    }
    run("records", "update_one", "Deals", int(record_id), fields)
    stored = sim.records("Deals")[record_id]
    assert {key: stored[key] for key in ("Closing_Date", "Met_At", "Colours", "Note")} == {
        "Closing_Date": "2026-01-02",
        "Met_At": "2026-01-02T03:04:05+00:00",
        "Colours": ["red", "blue"],
        "Note": None,
    }
    assert stored["Owner"]["id"] == "42"


def test_a_fatal_refusal_comes_after_the_outcomes_and_leaves_the_input_where_it_stands(crm, ids):
    left = iter(rows_for(ids(10_000), Stage="Won"))
    updates = crm.records.update("No_Such_Module", left)
    outcomes = []
    with pytest.raises(ZohoError) as caught:
        for outcome in updates:
            outcomes.append(outcome)
    assert caught.value.code == "INVALID_MODULE"
    assert {(outcome.state, outcome.code) for outcome in outcomes} == {("unsent", "INVALID_MODULE")}
    assert len(outcomes) + len(list(left)) == 10_000
    assert updates.summary.rows == len(outcomes)


def test_input_that_raises_half_way(run, deals):
    ids = deals(150)

    def rows():
        yield from rows_for(ids, Stage="Won")
        raise OSError("the cursor broke")

    with pytest.raises(OSError, match="the cursor broke"):
        run("records", "update", "Deals", rows())


def test_outcomes_of_the_rows_before_a_broken_input_come_out_first(crm, deals):
    ids = deals(150)

    def rows():
        yield from rows_for(ids, Stage="Won")
        raise OSError("the cursor broke")

    updates = crm.records.update("Deals", rows())
    states = []
    with pytest.raises(OSError, match="the cursor broke"):
        for outcome in updates:
            states.append(outcome.state)
    assert states == ["updated"] * 150


def test_same_record_twice_is_written_in_order_in_two_calls(run, sim, deals):
    ids = deals(3)
    rows = [{"id": ids[0], "Stage": "first"}, {"id": ids[1], "Stage": "x"}, {"id": ids[0], "Stage": "second"}]
    outcomes, summary = run("records", "update", "Deals", rows)
    assert [outcome.state for outcome in outcomes] == ["updated"] * 3
    assert summary.calls == 2
    assert sim.records("Deals")[ids[0]]["Stage"] == "second"


def test_an_input_that_yields_one_mapping_over_and_over(run, sim, deals):
    ids = deals(250)

    def source():
        row = {}
        for n, record_id in enumerate(ids):
            row.update(id=record_id, Stage=f"Stage {n}")
            yield row

    _, summary = run("records", "update", "Deals", source())
    assert summary.states["updated"] == 250
    assert [sim.record("Deals", record_id)["Stage"] for record_id in ids] == [
        f"Stage {n}" for n in range(250)
    ]


def test_an_expired_token_that_cannot_be_renewed(sim, deals):
    rows = rows_for(deals(250), Stage="Won")
    with ZohoCRM(auth=AccessToken("dead"), api_domain=sim.url) as crm:
        updates = crm.records.update("Deals", rows)
        with pytest.raises(AuthError) as caught:
            list(updates)
    assert caught.value.code == "INVALID_TOKEN"
    assert updates.summary.states["unsent"] == updates.summary.rows >= 100


def test_a_missing_scope_is_named_as_such(sim, deals):
    rows = rows_for(deals(1), Stage="Won")
    token = sim.issue_token(scopes=["ZohoCRM.modules.contacts.UPDATE"])
    with ZohoCRM(auth=AccessToken(token), api_domain=sim.url) as crm, pytest.raises(ScopeMissing):
        list(crm.records.update("Deals", rows))


def test_throttling_that_persists_leaves_the_rest_unsent(run, sim, deals):
    rows = rows_for(deals(100), Stage="Won")
    sim.fault("throttle")
    with pytest.raises(LimitReached):
        run("records", "update", "Deals", rows)
    assert sim.ledger.applied == {}


def test_a_lost_answer_has_cost_its_credits(run, sim, deals):
    rows = rows_for(deals(100), Stage="Won")
    sim.fault("drop_after", times=[1])
    _, summary = run("records", "update", "Deals", rows)
    assert (summary.calls, summary.credits) == (2, 20)
    assert sim.ledger.credits == 20


def test_bad_options_are_refused_before_anything_is_sent(run, sim):
    for options, words in (
        ({"triggers": "workflow"}, "triggers: a list"),
        ({"triggers": ["workflows"]}, "knows no 'workflows'"),
        ({"if_unmodified_since": datetime(2026, 1, 1)}, "without a time zone"),
    ):
        with pytest.raises(UsageError, match=words):
            run("records", "update", "Deals", [], **options)
    assert not sim.ledger.requests


def test_rows_from_an_async_source(acrm, deals, sim):
    ids = deals(120)

    async def source():
        for record_id in ids:
            await asyncio.sleep(0)
            yield {"id": record_id, "Stage": "Won"}

    async def main():
        async with acrm() as crm:
            return await crm.records.update_all("Deals", source())

    assert asyncio.run(main()).states["updated"] == 120
