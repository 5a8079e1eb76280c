"""What a mass update of a view did to each record, on both faces."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm import AccessToken, ZohoCRM
from zcrm.errors import ScopeMissing, UsageError
from zcrm.mass_update.comparing import has_value


@pytest.fixture(params=["sync", "async"])
def receive(request, crm, acrm):
    """Schedules a job with a receipt, waits, lets something happen, and gives the receipt."""

    def sync(module, view, values, *, then=lambda: None, **options):
        job = crm.mass_update.by_view(module, view, values, receipt=True, **options)
        job.wait()
        then()
        return job.receipt()

    async def in_task(module, view, values, *, then=lambda: None, **options):
        async with acrm() as client:
            job = await client.mass_update.by_view(module, view, values, receipt=True, **options)
            await job.wait()
            then()
            return await job.receipt()

    def aio(*arguments, **options):
        return asyncio.run(in_task(*arguments, **options))

    return sync if request.param == "sync" else aio


def test_each_record_is_told_of(receive, sim, ids):
    names = ids(450)
    sim.load("Leads", [{"id": each, "City": "Cork" if n < 50 else "Lille"} for n, each in enumerate(names)])
    for each in names[100:103]:
        sim.lock("Leads", each)
    receipt = receive("Leads", sim.add_view("Leads", names), {"City": "Cork"})
    assert receipt.states == {"changed": 397, "unchanged": 50, "failed": 3, "gone": 0}
    found = {record.id: record for record in receipt}
    assert found.keys() == set(names)
    assert [found[each].state for each in names[99:104]] == ["changed", *["failed"] * 3, "changed"]
    assert (found[names[60]].before, found[names[60]].after) == ({"City": "Lille"}, {"City": "Cork"})
    assert sim.ledger.calls("get_records") == 6


def test_records_that_left_the_view_are_read_by_their_ids(receive, sim, ids):
    names = ids(150)
    sim.load("Leads", [{"id": each, "City": "Lille"} for each in names])
    view = sim.add_view("Leads", names)

    def empty_the_view():
        sim._site.org.views[view].ids = []
        del sim._site.org.modules["Leads"].records[names[7]]

    receipt = receive("Leads", view, {"City": "Cork"}, then=empty_the_view)
    assert receipt.states == {"changed": 149, "unchanged": 0, "failed": 0, "gone": 1}
    assert {record.id for record in receipt if record.state == "gone"} == {names[7]}


@pytest.mark.parametrize("overwrite", [False, True])
def test_values_that_are_added_are_looked_for_among_the_others(receive, sim, ids, overwrite):
    (name,) = ids(1)
    sim.load("Leads", [{"id": name, "Tongues": ["English"]}])
    receipt = receive("Leads", sim.add_view("Leads"), {"Tongues": ["Korean"]}, overwrite=overwrite)
    (record,) = receipt
    assert record.state == "changed"
    assert record.after == {"Tongues": ["Korean"] if overwrite else ["English", "Korean"]}


def test_a_view_of_more_than_a_job_takes_is_refused_before_it_is_scheduled(crm, sim):
    view = sim.add_view("Leads", sim.load("Leads", 50_001))
    with pytest.raises(UsageError, match="more than 50,000 records"):
        crm.mass_update.by_view("Leads", view, {"City": "Cork"}, receipt=True)
    assert sim.ledger.calls("mass_update") == 0


def test_a_receipt_takes_a_scope_to_read_and_nothing_is_scheduled_without(sim, ids):
    sim.load("Leads", [{"id": ids(1)[0]}])
    token = sim.issue_token(["ZohoCRM.mass_update.UPDATE", "ZohoCRM.mass_update.READ"])
    with ZohoCRM(auth=AccessToken(token), api_domain=sim.url) as crm:
        with pytest.raises(ScopeMissing, match=r"ZohoCRM\.modules\.leads\.READ"):
            crm.mass_update.by_view("Leads", sim.add_view("Leads"), {"City": "Cork"}, receipt=True)
        assert sim.ledger.calls("mass_update") == 0


def test_there_is_no_receipt_but_for_a_whole_job_that_was_meant_to_have_one(crm, sim, ids):
    sim.load("Leads", [{"id": ids(1)[0]}])
    view = sim.add_view("Leads")
    with pytest.raises(UsageError, match="no receipt for a territory"):
        crm.mass_update.by_view("Leads", view, {"City": "Cork"}, territory_id="1", receipt=True)
    job = crm.mass_update.by_view("Leads", view, {"City": "Cork"}, receipt=True)
    with pytest.raises(UsageError, match="while it runs"):
        job.receipt()
    job.wait()
    with pytest.raises(UsageError, match="not read before it"):
        crm.mass_update.job("Leads", job.id).receipt()
    assert job.receipt().states["changed"] == 1


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ("Cork", "Cork", True),
        ("cork", "Cork", False),
        (12.5, 12.50, True),
        (12.5, "12.50", True),
        (12, 12.0, True),
        ("007", 7, True),
        (True, True, True),
        (1, True, False),
        (True, 1, False),
        (None, None, True),
        (None, "x", False),
        ("x", None, False),
        ("2026-03-02T10:00:00+00:00", "2026-03-02T11:00:00+01:00", True),
        ("2026-03-02T10:00:00", "2026-03-02T10:00:00+01:00", False),
        ("2026-03-02", "2026-03-02", True),
        ({"id": "1", "name": "A"}, {"id": "1"}, True),
        ({"id": "2", "name": "A"}, {"id": "1"}, False),
        (["B", "A"], ["A", "B"], True),
        (["A", "B", "C"], ["A", "B"], False),
        ("A", ["A"], False),
        (None, [], True),
        ("Infinity", 1, False),
    ],
)
def test_values_are_compared_as_json_carries_them(found, wanted, same):
    assert has_value(found, wanted) is same


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.floats(), st.lists(st.text(max_size=3), max_size=3)
)


@given(values, values)
def test_any_two_values_can_be_compared(found, wanted):
    assert has_value(found, wanted) in (True, False)
    assert has_value(wanted, wanted) is (wanted == wanted or wanted is None)
