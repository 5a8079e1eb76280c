"""Mass Update against the simulator over real HTTP, on both faces."""

import asyncio

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.engine.drivers import Driver
from zcrm.engine.gate import LocalGate
from zcrm.errors import AlreadyScheduled, AnswerLost, JobNotFound, UsageError, WaitTimeout, ZohoError


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
    assert time == [60.0]


def test_a_second_job_for_the_same_view(run, sim, deals):
    view = sim.add_view("Deals", deals(2))
    run("mass_update", "by_view", "Deals", view, {"Stage": "Won"})
    with pytest.raises(AlreadyScheduled) as caught:
        run("mass_update", "by_view", "Deals", view, {"Stage": "Won"})
    assert (caught.value.code, caught.value.http_status) == ("ALREADY_SCHEDULED", 202)


def test_a_job_is_never_asked_for_twice_after_a_lost_answer(run, sim, deals):
    view = sim.add_view("Deals", deals(2))
    sim.fault("drop_after")
    with pytest.raises(AnswerLost):
        run("mass_update", "by_view", "Deals", view, {"Stage": "Won"})
    assert len(sim.jobs()) == 1


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
