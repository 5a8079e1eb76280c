"""Mass Update against the simulator over real HTTP, on both faces."""

import asyncio
import random
from threading import Thread
from time import sleep
from typing import Any

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.engine.drivers import Driver
from zcrm.engine.flows.streaming import Line
from zcrm.engine.gate import LocalGate
from zcrm.errors import (
    AlreadyScheduled,
    AnswerLost,
    JobAlreadyRunning,
    JobNotFound,
    UsageError,
    WaitTimeout,
    ZohoError,
)
from zcrm.jobs import JobStatus
from zcrm.simulator import Choices, Simulator


def test_by_ids_gives_each_id_its_outcome(run, sim, deals):
    ids = [*deals(700), "1"]
    outcomes, summary = run("mass_update", "by_ids", "Deals", ids, {"Stage": "Won"})
    assert [outcome.input for outcome in outcomes] == ids
    assert [outcome.state for outcome in outcomes] == ["updated"] * 700 + ["rejected"]
    assert (summary.calls, summary.credits) == (2, 71)
    assert {record["Stage"] for record in sim.records("Deals").values()} == {"Won"}


def test_by_ids_takes_integers_and_refuses_what_is_no_id(run, deals):
    ids = deals(1)
    outcomes, _ = run("mass_update", "by_ids", "Deals", [int(ids[0]), None, 5.5e18], {"Stage": "Won"})
    assert [(outcome.state, outcome.attempts) for outcome in outcomes] == [
        ("updated", 1),
        ("rejected", 0),
        ("rejected", 0),
    ]


def test_overwrite_replaces_the_values_of_a_picklist_and_without_it_they_are_added(run, sim, deals):
    (record_id,) = deals(1)
    sim.edit("Deals", record_id, {"Languages": ["English"]})
    run("mass_update", "by_ids", "Deals", [record_id], {"Languages": ["Spanish"]})
    assert sim.records("Deals")[record_id]["Languages"] == ["English", "Spanish"]
    run("mass_update", "by_ids", "Deals", [record_id], {"Languages": ["Korean"]}, overwrite=True)
    assert sim.records("Deals")[record_id]["Languages"] == ["Korean"]


def test_triggers_cannot_be_chosen(crm):
    with pytest.raises(UsageError, match="always runs automations"):
        crm.mass_update.by_ids("Deals", [], {"Stage": "Won"}, triggers=())


@pytest.mark.parametrize(
    ("module", "values", "fix"),
    [
        ("Leads", {"Owner": {"id": "5545974000000235011"}}, "actions/change_owner"),
        ("Leads", {"Owner": "5545974000000235011"}, "actions/change_owner"),
        ("Deals", {"Stage": "Won", "Account_Name": {"id": "1"}}, "row by row"),
        ("Leads", {"Layout": "1"}, "row by row"),
        ("Leads", {"Email": "a@example.com"}, "row by row"),
        ("Deals", {"Description": "x"}, "row by row"),
        ("Quotes", {"Quoted_Items": [{"Product_Name": {"id": "1"}}]}, "row by row"),
        ("Leads", {"id": "1"}, "row by row"),
    ],
)
def test_what_the_page_forbids_is_refused_before_sending(run, sim, module, values, fix):
    for verb, target in (("by_ids", ["1"]), ("by_view", "1")):
        with pytest.raises(
            UsageError, match=f"No mass update takes these fields: {list(values)[-1]} "
        ) as caught:
            run("mass_update", verb, module, target, values)
        assert fix in caught.value.fix
    assert not sim.ledger.requests


@pytest.mark.parametrize(
    ("module", "values"),
    [
        ("Trips", {"Email": "a@example.com"}),
        ("Trips", {"Description": "x"}),
        ("Leads", {"City": "Cork\nHarbour"}),
        ("Leads", {"Languages": ["English", "Spanish"]}),
        ("Leads", {"Secondary": "a@example.com"}),
    ],
)
def test_what_the_server_might_take_is_left_to_it(crm, sim, ids, module, values):
    sim.load(module, [{"id": record_id} for record_id in ids(1)])
    crm.mass_update.by_ids_all(module, ids(1), values)
    assert sim.ledger.calls("mass_update") == 1


def test_ids_go_in_full_calls(run, sim, deals):
    ids = deals(12_345)
    outcomes, summary = run("mass_update", "by_ids", "Deals", (each for each in ids), {"Stage": "Won"})
    assert [outcome.input for outcome in outcomes] == ids
    assert {outcome.state for outcome in outcomes} == {"updated"}
    assert (summary.calls, sim.ledger.calls("mass_update")) == (25, 25)
    assert sim.ledger.applied_twice == {}


def test_bad_ids_get_their_own_outcome_and_the_others_are_updated(run, sim, deals):
    """A seeded mix of ids that are unknown, none, in a state that forbids it, and repeats of all of them."""
    chance = random.Random(15)
    good = deals(2_000)
    expected = dict.fromkeys(good, ("updated", "SUCCESS"))
    expected |= {str(6545974000000500001 + n): ("rejected", "INVALID_DATA") for n in range(100)}
    conditions = {
        "locked": "RECORD_LOCKED",
        "no_access": "CANNOT_PERFORM_ACTION",
        "stop_processing": "CANNOT_PROCESS",
        "converted": "CONVERTED_RECORD",
    }
    for condition, code in conditions.items():
        for record_id in chance.sample(good, 30):
            if expected[record_id][0] == "updated":
                sim.mark("Deals", record_id, condition)
                expected[record_id] = ("rejected", code)
    given = [*expected, *chance.choices(list(expected), k=1_500), *[None, "", 5.5e18] * 20]
    chance.shuffle(given)
    outcomes, summary = run("mass_update", "by_ids", "Deals", given, {"Stage": "Won"})
    assert [outcome.input for outcome in outcomes] == given
    refused_here = {None: "MANDATORY_NOT_FOUND", "": "MANDATORY_NOT_FOUND", 5.5e18: "INVALID_DATA"}
    for outcome in outcomes:
        if outcome.input in refused_here:
            assert (outcome.state, outcome.code, outcome.attempts) == (
                "rejected",
                refused_here[outcome.input],
                0,
            )
        else:
            assert (outcome.state, outcome.code, outcome.attempts) == (*expected[outcome.input], 1)
            assert outcome.fix or outcome.ok
    applied = {record_id for (_, record_id), times in sim.ledger.applied.items() if times == 1}
    assert applied == {record_id for record_id, (state, _) in expected.items() if state == "updated"}
    assert (summary.rows, summary.calls) == (len(given), -(-len(expected) // 500))


def test_a_repeat_is_answered_though_its_first_is_long_gone(run, sim, deals):
    ids = deals(22_000)
    sim.mark("Deals", ids[1], "locked")
    outcomes, summary = run("mass_update", "by_ids", "Deals", [*ids, *ids[:3]], {"Stage": "Won"})
    assert [(o.state, o.code, o.attempts, o.input) for o in outcomes[-3:]] == [
        ("updated", "SUCCESS", 1, ids[0]),
        ("rejected", "RECORD_LOCKED", 1, ids[1]),
        ("updated", "SUCCESS", 1, ids[2]),
    ]
    assert (summary.rows, summary.calls) == (22_003, 44)


def test_a_repeat_of_a_lost_id_is_as_unknown_as_that(run, sim, deals):
    (record_id,) = deals(1)
    sim.fault("drop_after", times=[1])
    outcomes, summary = run("mass_update", "by_ids", "Deals", [record_id] * 3, {"Stage": "Won"})
    assert [(o.state, o.attempts) for o in outcomes] == [("unknown", 1)] * 3
    assert summary.calls == 1


def test_values_that_are_cleared_are_counted_once_for_each_record(run, deals):
    ids = deals(3)
    _, summary = run("mass_update", "by_ids", "Deals", [*ids, ids[0]], {"Stage": None, "City": "Cork"})
    assert summary.cleared == 3


def test_a_journal_hears_of_ids_before_they_leave_and_of_repeats_as_well(crm, deals):
    ids = deals(2)
    heard = []

    class Journal:
        def leaving(self, outcomes):
            heard.append(("leaving", [outcome.input.number for outcome in outcomes]))

        def settled(self, outcomes):
            heard.append(("settled", [(outcome.input.number, outcome.state) for outcome in outcomes]))

    rows = [{"id": ids[0]}, {"id": ids[1]}, {"id": ids[0]}, {}]
    lines = [Line(number, row) for number, row in enumerate(rows, 7)]
    list(crm.mass_update.recorded("Deals", lines, {"Stage": "Won"}, Journal(), overwrite=True))
    assert heard == [
        ("settled", [(10, "rejected")]),
        ("leaving", [7, 8]),
        ("settled", [(7, "updated"), (8, "updated")]),
        ("settled", [(9, "updated")]),
    ]


def test_children_of_no_territory_are_none(crm):
    with pytest.raises(UsageError, match="goes with territory_id"):
        crm.mass_update.by_view("Leads", "1", {"City": "Cork"}, include_child=True)


@pytest.fixture(params=["sync", "async"])
def follow(request, crm, acrm):
    """Schedules a job and waits for it, on either face; gives id, last status, and what is said later."""

    def sync(module, view, values, on_progress):
        job = crm.mass_update.by_view(module, view, values)
        return job.id, job.wait(on_progress=on_progress), job.status()

    async def in_task(module, view, values, on_progress):
        async with acrm() as client:
            job = await client.mass_update.by_view(module, view, values)
            return job.id, await job.wait(on_progress=on_progress), await job.status()

    return sync if request.param == "sync" else lambda *arguments: asyncio.run(in_task(*arguments))


def test_a_large_job_is_followed_to_its_end_through_polls_that_fail(follow, sim):
    """50,000 records; one poll answers 500, one is dropped, one names a state that nobody knows."""
    ids = sim.load("Leads", 50_000)
    view = sim.add_view("Leads", ids)
    sim.pace_jobs(states=("SCHEDULED", "RUNNING", "HIBERNATING", "RUNNING", "COMPLETED"))
    sim.fault("server_error", route="get_mass_update_status", times=[2])
    sim.fault("drop_before", route="get_mass_update_status", times=[4])
    seen = []

    job_id, status, again = follow("Leads", view, {"City": "Cork"}, seen.append)
    assert (status.state, status.ok, status.total, status.updated) == ("COMPLETED", True, 50_000, 50_000)
    assert "HIBERNATING" in [each.state for each in seen]
    assert seen[-1] == status
    assert again is status
    assert sim.ledger.calls("get_mass_update_status") == 7
    assert sim.jobs()[job_id]["Updated_Count"] == 50_000


def test_too_many_fields_are_refused_before_sending(crm, sim):
    with pytest.raises(UsageError, match="1 to 1 fields, not 2"):
        crm.mass_update.by_ids("Leads", ["1"], {"A": 1, "B": 2})
    with pytest.raises(UsageError, match="1 to 3 fields, not 0"):
        crm.mass_update.by_view("Deals", "1", {})
    assert not sim.ledger.requests


def test_ids_are_not_sent_again_after_a_lost_answer_unless_asked_for(run, sim, deals):
    ids = deals(3)
    sim.fault("drop_after", times=[1, 2])
    outcomes, _ = run("mass_update", "by_ids", "Deals", ids, {"Stage": "Won"})
    assert [outcome.state for outcome in outcomes] == ["unknown"] * 3
    outcomes, summary = run("mass_update", "by_ids", "Deals", ids, {"Stage": "Won"}, resend_lost=True)
    assert [outcome.state for outcome in outcomes] == ["updated"] * 3
    assert summary.resent == 3


def test_a_job_is_scheduled_and_waited_for(crm, sim, deals):
    view = sim.add_view("Deals", deals(20))
    job = crm.mass_update.by_view("Deals", view, {"Stage": "Won"})
    seen = []
    status = job.wait(on_progress=seen.append)
    assert [s.state for s in seen] == ["SCHEDULED", "RUNNING", "COMPLETED"]
    assert (status.total, status.updated, status.not_updated, status.failed) == (20, 20, 0, 0)
    assert status.done
    assert status.ok
    calls = len(sim.ledger.requests)
    assert job.status() is status
    assert len(sim.ledger.requests) == calls
    assert crm.mass_update.job("Deals", job.id).status() == status


def test_a_job_in_tasks(acrm, sim, deals):
    view = sim.add_view("Deals", deals(20))

    async def main():
        async with acrm() as crm:
            job = await crm.mass_update.by_view("Deals", view, {"Stage": "Won"})
            first = await job.status()
            return first, await job.wait(), await crm.mass_update.job("Deals", job.id).status()

    first, last, again = asyncio.run(main())
    assert first.state == "SCHEDULED"
    assert last == again
    assert last.ok


def test_a_job_that_fails_is_told_as_such(crm, sim, deals):
    sim.pace_jobs(states=("SCHEDULED", "RUNNING", "FAILED"))
    job = crm.mass_update.by_view("Deals", sim.add_view("Deals", deals(20)), {"Stage": "Won"})
    status = job.wait()
    assert (status.state, status.done, status.ok) == ("FAILED", True, False)
    assert status.not_updated == 10


def test_a_state_nobody_has_heard_of_counts_as_still_running(crm, sim, deals):
    sim.pace_jobs(states=("Scheduled", "DREAMING", "completed"))
    seen = []
    crm.mass_update.by_view("Deals", sim.add_view("Deals", deals(1)), {"Stage": "Won"}).wait(
        on_progress=seen.append
    )
    assert [(s.state, s.done) for s in seen] == [
        ("SCHEDULED", False),
        ("DREAMING", False),
        ("COMPLETED", True),
    ]


def test_the_wait_runs_out_with_the_last_status(sim, deals):
    sim.pace_jobs(states=("SCHEDULED", *["RUNNING"] * 1000, "COMPLETED"))
    time = [0.0]

    def sleep(seconds, stop):
        time[0] += seconds

    driver = Driver(LocalGate(1), sleep=sleep)
    with ZohoCRM(
        auth=AccessToken(sim.access_token), api_domain=sim.url, driver=driver, clock=lambda: time[0]
    ) as crm:
        job = crm.mass_update.by_view("Deals", sim.add_view("Deals", deals(1)), {"Stage": "Won"})
        with pytest.raises(WaitTimeout) as caught:
            job.wait(timeout=60)
    assert caught.value.status.state == "RUNNING"
    assert f"crm.mass_update.job('Deals', '{job.id}').wait()" in caught.value.fix
    assert time == [60.0]


def test_a_second_job_for_the_same_view(run, sim, deals):
    view = sim.add_view("Deals", deals(2))
    run("mass_update", "by_view", "Deals", view, {"Stage": "Won"})
    with pytest.raises(JobAlreadyRunning) as caught:
        run("mass_update", "by_view", "Deals", view, {"Stage": "Won"})
    assert (caught.value.code, caught.value.http_status) == ("ALREADY_SCHEDULED", 202)
    assert AlreadyScheduled is JobAlreadyRunning
    assert len(sim.jobs()) == 1


def test_a_second_job_answered_as_an_error_is_told_alike():
    with Simulator(choices=Choices(already_scheduled_status=400)) as sim:
        sim.load("Deals", 2)
        view = sim.add_view("Deals")
        with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url) as crm:
            crm.mass_update.by_view("Deals", view, {"Stage": "Won"})
            with pytest.raises(JobAlreadyRunning) as caught:
                crm.mass_update.by_view("Deals", view, {"Stage": "Won"})
    assert caught.value.http_status == 400


def test_a_job_is_never_asked_for_twice_after_a_lost_answer(run, sim, deals):
    view = sim.add_view("Deals", deals(2))
    sim.fault("drop_after")
    with pytest.raises(AnswerLost, match="the job may be running") as caught:
        run("mass_update", "by_view", "Deals", view, {"Stage": "Won"})
    assert f"open view {view} of Deals" in caught.value.fix
    assert "Modified_Time" in caught.value.fix
    assert (len(sim.jobs()), sim.ledger.calls("mass_update")) == (1, 1)


def test_a_server_error_is_no_proof_that_no_job_was_scheduled(run, sim, deals):
    view = sim.add_view("Deals", deals(2))
    sim.fault("server_error", after=True)
    with pytest.raises(AnswerLost, match="the job may be running") as caught:
        run("mass_update", "by_view", "Deals", view, {"Stage": "Won"})
    assert caught.value.code == "INTERNAL_ERROR"
    assert len(sim.jobs()) == 1


def test_a_call_that_never_left_is_made_again(run, sim, deals):
    view = sim.add_view("Deals", deals(2))
    sim.fault("throttle", times=[1])
    run("mass_update", "by_view", "Deals", view, {"Stage": "Won"})
    assert (len(sim.jobs()), sim.ledger.calls("mass_update")) == (1, 2)


def test_territories(run, sim, deals):
    ids = deals(4)
    view = sim.add_view("Deals", ids)
    parent = sim.add_territory(ids[:1])
    sim.add_territory(ids[1:3], parent=parent)
    job = run(
        "mass_update", "by_view", "Deals", view, {"Stage": "Won"}, territory_id=parent, include_child=True
    )
    sim.finish_jobs()
    assert sim.jobs()[job.id]["Total_Count"] == 3


def test_unknown_jobs_and_views(run, crm, deals):
    deals(1)
    with pytest.raises(JobNotFound, match="no mass-update job 42 in Deals"):
        crm.mass_update.job("Deals", "42").status()
    with pytest.raises(ZohoError) as caught:
        run("mass_update", "by_view", "Deals", "42", {"Stage": "Won"})
    assert caught.value.code == "INVALID_DATA"


def test_a_stop_does_not_part_a_repeat_from_its_first(crm, sim, deals):
    ids = deals(2)
    sim.fault("hold", route="mass_update")
    updates = crm.mass_update.by_ids("Deals", [ids[0], ids[0], ids[1], ids[0]], {"Stage": "Won"})

    def stop_in_flight():
        while not sim.ledger.calls("mass_update"):
            sleep(0.001)
        updates.stop()
        sim.release()

    thread = Thread(target=stop_in_flight)
    thread.start()
    assert [outcome.state for outcome in updates] == ["updated"] * 4
    thread.join()


@pytest.mark.parametrize(
    ("counts", "ok", "untold"),
    [((5, 5, 0, 0), True, 0), ((5, 3, 0, 0), False, 2), ((5, 3, 2, 0), False, 0), ((0, 0, 0, 0), True, 0)],
)
def test_a_job_is_well_done_only_where_all_records_are_told_of(counts: Any, ok: bool, untold: int) -> None:
    status = JobStatus("COMPLETED", *counts)
    assert (status.ok, status.untold) == (ok, untold)


def test_a_value_that_can_not_be_written_is_refused_before_anything_is_sent(run: Any, sim: Simulator) -> None:
    for verb, where in (("by_view", "4150868000000000100"), ("by_ids_all", ["5545974000000500001"])):
        with pytest.raises(UsageError, match="City: This can't be written"):
            run("mass_update", verb, "Leads", where, {"City": "\udcff"})
    assert not sim.ledger.requests
