"""The account that callers get: errors with their advice, sums that are never lost, checked words."""

import asyncio
import dataclasses
import signal

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.engine.drivers import Driver
from zcrm.engine.gate import LocalGate
from zcrm.errors import AnswerLost, JobNotFound, LimitReached, NotFound, UsageError, WaitTimeout, ZohoError
from zcrm.simulator import Choices, Simulator

FIRST_ID = 5545974000000500001
NOT_PLAIN = [{"Quantity": 1}]


def rows_for(ids, **fields):
    return [{"id": record_id, **fields} for record_id in ids]


def booked(sim):
    start = "2099-01-01T10:00:00+00:00"
    return sim.load("Appointments__s", [{"id": str(FIRST_ID), "Appointment_Start_Time": start}])[0]


def test_a_permission_that_is_missing_by_id_has_its_own_fix(run, sim, deals):
    (deal,) = deals(1)
    appointment = booked(sim)
    sim.mark("Deals", deal, "no_access")
    sim.mark("Appointments__s", appointment, "no_access")
    for call in (
        ("records", "update_one", "Deals", deal, {"Stage": "Won"}),
        ("appointments", "cancel", appointment),
    ):
        with pytest.raises(ZohoError) as caught:
            run(*call)
        error = caught.value
        assert (error.code, error.http_status) == ("NO_PERMISSION", 403)
        assert error.details == {"resource_path_index": 1}
        assert error.fix.startswith("Have its owner or an administrator share it")
    sim.deny("edit")
    with pytest.raises(ZohoError) as refused:
        run("appointments", "cancel", appointment)
    assert "permissions" in refused.value.details
    assert refused.value.fix.startswith("Ask an administrator for the right that permissions")


def test_what_is_not_there_says_what_to_do(run, crm, sim):
    booked(sim)
    with pytest.raises(NotFound) as appointment:
        run("appointments", "get", "42")
    with pytest.raises(JobNotFound) as job:
        crm.mass_update.job("Deals", "42").status()
    for error in (appointment.value, job.value):
        assert (error.code, error.http_status) == ("INVALID_DATA", 400)
        assert error.details
        assert error.fix
        assert " / " not in error.fix


@pytest.mark.parametrize("unknown", ["400", "404"])
def test_a_job_that_is_not_there_by_any_status(unknown):
    with (
        Simulator(choices=Choices(unknown_job=unknown)) as sim,
        ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url) as crm,
        pytest.raises(JobNotFound) as caught,
    ):
        crm.mass_update.job("Deals", "42").status()
    assert caught.value.http_status == int(unknown)
    assert caught.value.fix.startswith("Check the id and the module")


def test_a_server_error_keeps_its_code_status_and_words(run, sim, deals):
    ids = deals(2)
    sim.fault("server_error", after=True)
    outcomes, summary = run("records", "update", "Deals", rows_for(ids, Items=NOT_PLAIN))
    for outcome in outcomes:
        assert (outcome.state, outcome.code, outcome.http_status) == ("unknown", "INTERNAL_ERROR", 500)
        assert "Internal Server Error" in outcome.message
        assert outcome.fix
    assert summary.codes["unknown", "INTERNAL_ERROR"] == 2
    with pytest.raises(AnswerLost) as caught:
        run("records", "update_one", "Deals", ids[0], {"Items": NOT_PLAIN})
    assert (caught.value.code, caught.value.http_status) == ("INTERNAL_ERROR", 500)


def test_paths_count_in_the_callers_rows(run, sim, deals):
    ids = deals(250)
    sim.add_field("Deals", "Number", type="integer")
    rows = rows_for(ids, Number=1)
    rows[230]["Number"] = "many"
    outcomes, _ = run("records", "update", "Deals", rows)
    assert outcomes[230].details["json_path"] == "$.data[230].Number"


@pytest.mark.parametrize("fault", ["wrong_count", "success_as_error", "error_as_success", "cut_json"])
def test_an_answer_about_a_job_that_proves_nothing_is_a_lost_one(run, sim, deals, fault):
    view = sim.add_view("Deals", deals(2))
    sim.fault(fault)
    with pytest.raises(AnswerLost):
        run("mass_update", "by_view", "Deals", view, {"Stage": "Won"})
    assert len(sim.jobs()) == 1


STUMBLES = {
    "throttle": {"retry_after": 30},
    "server_error": {},
    "bad_gateway": {},
    "drop_before": {},
    "drop_after": {},
    "cut_body": {},
    "wrong_count": {},
}


@pytest.mark.parametrize("fault", STUMBLES)
def test_a_wait_goes_on_through_looks_that_fail(crm, sim, deals, fault):
    view = sim.add_view("Deals", deals(20))
    job = crm.mass_update.by_view("Deals", view, {"Stage": "Won"})
    sim.fault(fault, route="get_mass_update_status", times=range(1, 8), **STUMBLES[fault])
    seen = []
    assert job.wait(on_progress=seen.append).ok
    assert seen[-1].state == "COMPLETED"
    assert [entry.fault for entry in sim.ledger.requests][1:8] == [fault] * 7


def test_so_it_does_in_tasks(acrm, sim, deals):
    view = sim.add_view("Deals", deals(20))

    async def main():
        async with acrm() as crm:
            job = await crm.mass_update.by_view("Deals", view, {"Stage": "Won"})
            sim.fault("throttle", route="get_mass_update_status", times=range(1, 8))
            return await job.wait()

    assert asyncio.run(main()).ok


def test_until_its_timeout(sim, deals):
    time = [0.0]

    def sleep(seconds, stop):
        time[0] += seconds

    driver = Driver(LocalGate(1), sleep=sleep)
    auth = AccessToken(sim.access_token)
    with ZohoCRM(auth=auth, api_domain=sim.url, driver=driver, clock=lambda: time[0]) as crm:
        job = crm.mass_update.by_view("Deals", sim.add_view("Deals", deals(1)), {"Stage": "Won"})
        sim.fault("throttle", route="get_mass_update_status")
        with pytest.raises(WaitTimeout, match="Too many requests") as caught:
            job.wait(timeout=60)
        assert isinstance(caught.value.__cause__, LimitReached)
        assert time == [60.0]
        for timeout in (float("nan"), -1, "60"):
            with pytest.raises(UsageError, match="timeout"):
                job.wait(timeout=timeout)


def test_a_job_says_what_it_is(crm, sim, deals):
    job = crm.mass_update.by_view("Deals", sim.add_view("Deals", deals(1)), {"Stage": "Won"})
    assert repr(job).startswith(f"<Job {job.id} in Deals")
    job.wait()
    assert "COMPLETED" in repr(job)


def test_one_call_that_meets_429_again_and_again_does_not_end_a_run_that_gets_on(run, sim, deals):
    rows = rows_for(deals(1_000), Stage="Won")
    sim.fault("throttle", attempts=range(1, 9), rate=0.8)
    _, summary = run("records", "update", "Deals", rows)
    assert summary.states["updated"] == 1_000
    assert summary.retries > 10


def test_a_wait_beyond_the_cap_ends_the_run_at_once(run, sim, deals):
    sim.fault("throttle", retry_after=3600)
    with pytest.raises(LimitReached, match="60 min") as caught:
        run("records", "update_one", "Deals", deals(1)[0], {"Stage": "Won"})
    assert caught.value.retry_after == 3600
    assert "Too many calls at once" in caught.value.message
    assert "credits" not in str(caught.value)
    assert len(sim.ledger.requests) == 1


def test_by_ids_all(run, sim, deals):
    ids = deals(3)
    summary = run("mass_update", "by_ids_all", "Deals", [*ids, "1"], {"Stage": "Won"})
    assert (summary.states["updated"], [outcome.id for outcome in summary.rejected]) == (3, ["1"])

    def source():
        yield from ids
        raise OSError("the cursor broke")

    with pytest.raises(OSError, match="the cursor broke") as caught:
        run("mass_update", "by_ids_all", "Deals", source(), {"Stage": "Won"})
    assert caught.value.summary.states["updated"] == 3


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    why: str


class Stubborn(Exception):
    def __setattr__(self, name, value):
        raise RuntimeError("no attributes")

    def add_note(self, note):
        raise RuntimeError("no notes")


class Interrupting(Exception):
    def add_note(self, note):
        raise KeyboardInterrupt


class Signalled(Exception):
    def add_note(self, note):
        signal.raise_signal(signal.SIGALRM)


class TimeLimit(Exception):
    pass


def raising(ids, error):
    yield from rows_for(ids, Stage="Won")
    raise error


@pytest.mark.parametrize("error", [Frozen("x"), Stubborn("x")])
def test_an_error_that_takes_no_attribute_comes_out_all_the_same(run, deals, error):
    with pytest.raises(type(error)) as caught:
        run("records", "update_all", "Deals", raising(deals(3), error))
    assert caught.value is error


def test_a_second_interrupt_has_the_sums_too(run, deals):
    with pytest.raises(KeyboardInterrupt) as caught:
        run("records", "update_all", "Deals", raising(deals(3), Interrupting()))
    assert caught.value.summary.states["updated"] == 3


def test_and_so_has_what_a_signal_handler_raises_meanwhile(crm, deals):
    def handler(number, frame):
        raise TimeLimit

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(TimeLimit) as caught:
            crm.records.update_all("Deals", raising(deals(3), Signalled()))
    finally:
        signal.signal(signal.SIGALRM, before)
    assert caught.value.summary.states["updated"] == 3


def test_the_note_holds_no_values(crm, deals):
    ids = deals(3)
    rows = [*rows_for(ids, Stage="planted"), {"id": "424242", "Stage": "planted"}, {"Stage": "planted"}]

    def source():
        yield from rows
        raise OSError("the cursor broke")

    with pytest.raises(OSError, match="the cursor broke") as caught:
        crm.records.update_all("Deals", source())
    (note,) = caught.value.__notes__
    assert note.splitlines()[0] == "5 rows: 3 updated, 2 rejected"
    assert "1 rejected with INVALID_DATA: Look the id up" in note
    assert "planted" not in note
    assert "424242" not in note


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"triggers": b"workflow"}, "triggers: a list"),
        ({"triggers": {"workflow": True}}, "triggers: a list"),
        ({"triggers": 7}, "triggers: a list"),
        ({"triggers": ["workflow", None]}, "triggers takes names"),
        ({"skip_features": "cadences"}, "skip_features: a list"),
        ({"skip_features": ""}, "skip_features: a list"),
        ({"apply_features": [7]}, "apply_features takes names"),
        ({"resend_lost": "no"}, "resend_lost is True or False"),
        ({"flush_after": -1}, "flush_after takes seconds"),
        ({"flush_after": float("nan")}, "flush_after takes seconds"),
        ({"flush_after": "1"}, "flush_after takes seconds"),
        ({"bytes_per_call": 0}, "bytes_per_call"),
        ({"bytes_per_call": 1e6}, "bytes_per_call"),
    ],
    ids=str,
)
def test_bad_values_of_options_are_refused_before_any_call(run, sim, options, words):
    row = {"id": "1", "Stage": "Won"}
    for verb, args in (("update", [[row]]), ("update_all", [[row]]), ("update_one", ["1", row])):
        with pytest.raises(UsageError, match=words):
            run("records", verb, "Deals", *args, **options)
    assert not sim.ledger.requests


def test_names_may_come_from_any_iterable(run, sim, deals):
    run("records", "update", "Deals", rows_for(deals(1), Stage="Won"), triggers=iter(["workflow"]))
    assert sim.ledger.automations["workflow"] == 1


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (("mass_update", "by_ids", "Deals", ["1"], ["Stage"]), UsageError, "values are a mapping"),
        (("mass_update", "by_view", "Deals", "1", None), UsageError, "values are a mapping"),
        (("mass_update", "by_view", "Deals", None, {"Stage": "Won"}), UsageError, "view_id"),
        (("mass_update", "by_view", "Deals", b"1", {"Stage": "Won"}), UsageError, "view_id"),
        (("mass_update", "by_view", "Deals", 5.5e18, {"Stage": "Won"}), UsageError, "view_id"),
        (("mass_update", "job", "Deals", ""), UsageError, "job_id"),
        (("appointments", "get", ""), UsageError, "appointment_id"),
        (("appointments", "get", None), UsageError, "appointment_id"),
        (("appointments", "cancel", ""), UsageError, "id"),
        (("records", "update_one", "Deals", "1", None), UsageError, "fields are a mapping"),
        (("records", "update_one", "Deals", None, {"Stage": "Won"}), UsageError, "no id"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused_before_any_call(run, sim, call, error, words):
    with pytest.raises(error, match=words):
        run(*call)
    assert not sim.ledger.requests


@pytest.mark.parametrize("verb", ["by_ids", "by_ids_all"])
def test_options_of_a_mass_update_are_checked(run, sim, verb):
    for options, error, words in (
        ({"overwrit": True}, TypeError, "did you mean 'overwrite'"),
        ({"overwrite": "yes"}, UsageError, "overwrite is True or False"),
        ({"resend_lost": 1}, UsageError, "resend_lost is True or False"),
        ({"triggers": []}, UsageError, "always runs automations"),
    ):
        with pytest.raises(error, match=words):
            run("mass_update", verb, "Deals", ["1"], {"Stage": "Won"}, **options)
    assert not sim.ledger.requests


@pytest.mark.parametrize("to", [None, "", "tomorrow", "2026-03-03T10:00:00", 1767225600])
def test_a_start_that_is_none_is_refused_before_any_call(run, sim, to):
    with pytest.raises(UsageError, match="to:"):
        run("appointments", "reschedule", "1", to=to)
    assert not sim.ledger.requests


def test_the_words_of_a_list_are_checked(crm, sim):
    for options, words in (
        ({"sort_by": "Status"}, "sort_by knows no 'Status'; there are id"),
        ({"sort_order": "up"}, "sort_order knows no 'up'; there are asc, desc"),
        ({"view_id": ""}, "view_id"),
        ({"fields": b"Status"}, "fields: a list"),
        ({"fields": [7]}, "fields takes names"),
    ):
        with pytest.raises(UsageError, match=words):
            crm.appointments.list(**{"fields": ["Status"]} | options)
    assert not sim.ledger.requests


def test_a_place_that_is_not_there_is_refused():
    with pytest.raises(UsageError, match="no data centre 'mars'"):
        AccessToken("1000.token", data_center="mars")
    with pytest.raises(UsageError, match="no environment 'test'"):
        AccessToken("1000.token", environment="test")


def test_an_async_iterable_is_for_the_async_face(crm, sim):
    async def source():
        yield {"id": "1", "Stage": "Won"}

    with pytest.raises(UsageError, match="not async_generator"):
        crm.records.update("Deals", source())
    assert not sim.ledger.requests


def test_a_row_that_changes_nothing_takes_no_call_of_its_own(run, sim, deals):
    outcomes, summary = run("records", "update", "Deals", rows_for(deals(300)))
    assert {(outcome.state, outcome.attempts, outcome.retryable) for outcome in outcomes} == {
        ("skipped", 0, False)
    }
    assert (summary.calls, summary.states["skipped"]) == (0, 300)
    assert not sim.ledger.requests


def test_one_update_that_may_have_been_applied_is_never_a_mere_limit(run, sim, deals):
    sim.fault("drop_after", times=[1])
    sim.fault("throttle", retry_after=3600, times=[2])
    with pytest.raises(AnswerLost) as caught:
        run("records", "update_one", "Deals", deals(1)[0], {"Stage": "Won"})
    assert isinstance(caught.value.__cause__, LimitReached)
