"""Credits and calls in flight."""

from datetime import UTC, datetime, timedelta

import pytest

from zcrm.simulator.site.choices import Choices

TOO_MANY = "Too many requests fired in concurrent than the allowed limit."


@pytest.mark.parametrize(("rows", "credits_"), [(1, 1), (10, 1), (11, 2), (20, 2), (99, 10), (100, 10)])
def test_a_write_costs_a_credit_for_each_started_ten_rows(sim, crm, rows, credits_):
    ids = sim.load("Leads", rows)

    crm.put("/Leads", json={"data": [{"id": id_} for id_ in ids]})
    crm.post("/Leads/actions/mass_update", json={"data": [{"F": "x"}], "ids": ids})

    assert [entry.credits for entry in sim.ledger.requests] == [credits_, credits_]
    assert sim.ledger.credits == sim.meters.used == 2 * credits_


def test_what_other_calls_cost(sim, crm):
    (record_id,) = sim.load("Appointments__s", 1)
    sim.load("Leads", 30)
    crm.get("/Appointments__s", params={"fields": "Status"})
    crm.get(f"/Appointments__s/{record_id}")
    crm.put(f"/Appointments__s/{record_id}", json={"data": [{}]})
    job = crm.post("/Leads/actions/mass_update", json={"data": [{"F": "x"}], "cvid": sim.add_view("Leads")})
    job_id = job.json()["data"][0]["details"]["job_id"]
    crm.get("/Leads/actions/mass_update", params={"job_id": job_id})
    crm.put("/Leads", json={"data": [{"id": "77"}]})
    refused = [
        crm.put("/Leads", json={"data": [{}] * 101}),
        crm.put("/Nowhere", json={"data": [{}]}),
        crm.post(f"{sim.url}/oauth/v2/token"),
    ]

    assert [entry.credits for entry in sim.ledger.requests] == [1, 1, 1, 1, 1, 1, 0, 0, 0]
    assert [response.status_code for response in refused] == [400, 400, 200]


@pytest.mark.parametrize(
    ("edition", "users", "credits_"),
    [
        ("free", 3, 5_000),
        ("standard", 10, 52_500),
        ("standard", 1_000, 100_000),
        ("professional", 10, 55_000),
        ("enterprise", 10, 60_000),
        ("enterprise", 10_000, 5_000_000),
        ("ultimate", 10_000, 20_050_000),
    ],
)
def test_what_an_edition_gives(start, edition, users, credits_):
    sim, _ = start(edition=edition, users=users)

    assert sim.meters.remaining == credits_


def test_the_header_speaks_from_half_the_credits_on(start, error):
    sim, crm = start(credits_per_day=20)
    ids = sim.load("Leads", 50)

    def call(rows):
        response = crm.put("/Leads", json={"data": [{"id": id_} for id_ in ids[:rows]]})
        return response.status_code, response.headers.get("X-API-CREDITS-REMAINING")

    assert [call(50), call(40), call(10), call(50)] == [(200, None), (200, None), (200, "10"), (200, "5")]
    assert [call(50), call(1), call(1)] == [(200, "0"), (429, "0"), (429, "0")]
    refused = crm.put("/Leads", json={"data": [{"id": ids[0]}]})
    assert refused.json() == error("TOO_MANY_REQUESTS", TOO_MANY)


def test_credits_come_back_after_a_day(start, client):
    sim, crm = start(credits_per_day=2)
    (record_id,) = sim.load("Leads", 1)

    def call():
        crm.headers["Authorization"] = f"Zoho-oauthtoken {sim.issue_token()}"
        return crm.put("/Leads", json={"data": [{"id": record_id}]}).status_code

    assert call() == 200
    sim.advance(timedelta(hours=12))
    assert [call(), call()] == [200, 429]
    sim.advance(timedelta(hours=11, minutes=59))
    assert call() == 429
    sim.advance(timedelta(minutes=1))
    assert [call(), call()] == [200, 429]


def test_a_call_dearer_than_what_is_left(start):
    sim, crm = start(credits_per_day=3)
    ids = sim.load("Leads", 31)

    assert crm.put("/Leads", json={"data": [{"id": id_} for id_ in ids]}).status_code == 429
    assert crm.put("/Leads", json={"data": [{"id": id_} for id_ in ids[:30]]}).status_code == 200


def test_ten_updates_at_a_time(sim, crm, together):
    (record_id,) = sim.load("Leads", 1)

    statuses = together(sim, 12, lambda: crm.put("/Leads", json={"data": [{"id": record_id}]}))

    assert statuses == [200] * 10 + [429] * 2
    assert sim.ledger.peak_in_flight == 12
    assert sim.ledger.applied == {("Leads", record_id): 10}
    assert crm.put("/Leads", json={"data": [{"id": record_id}]}).status_code == 200


def test_as_many_calls_as_the_edition_allows(start, together):
    sim, crm = start(edition="free")
    (record_id,) = sim.load("Appointments__s", 1)

    assert together(sim, 6, lambda: crm.get(f"/Appointments__s/{record_id}")) == [200] * 5 + [429]


@pytest.mark.parametrize("says", [False, True])
def test_credits_come_back_after_their_window(start, says):
    sim, crm = start(
        credits_per_day=20,
        credits_window=60,
        now=datetime(2026, 11, 26, tzinfo=UTC),
        choices=Choices(credits_retry_after=says),
    )
    ids = sim.load("Leads", 100)
    body = {"data": [{"id": id_} for id_ in ids]}
    answers = []
    for seconds in (10, 20, 0):
        answers.append(crm.put("/Leads", json=body))
        sim.advance(timedelta(seconds=seconds))
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers.get("retry-after") == ("30" if says else None)
    sim.advance(timedelta(seconds=30))
    assert sim.meters.remaining == 10
    assert crm.put("/Leads", json=body).status_code == 200
