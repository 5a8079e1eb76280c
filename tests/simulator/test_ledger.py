"""What the ledger takes down."""

import httpx

from zcrm.simulator.answers import ledger

A, B = "5545974000000500001", "5545974000000500002"


def test_every_request_is_taken_down(sim, crm):
    sim.load("Leads", [{"id": A}, {"id": B}])
    sim.fault("throttle", times=[2])
    crm.put("/Leads", json={"data": [{"id": A}, {"id": "77"}, {"id": B}]})
    crm.put("/Leads", json={"data": [{"id": B}]})
    crm.get("/Appointments__s", params={"fields": "Status"})
    crm.post("/Leads/actions/mass_update", json={"data": [{"F": 1}], "ids": [B, A]})
    httpx.get(f"{sim.url}/nowhere?x=1", verify=False)

    names = (
        "number", "method", "path", "query", "operation", "module", "first_id", "status", "code", "rows",
        "applied", "credits", "fault",
    )  # fmt: skip
    mass_update = "/crm/v8/Leads/actions/mass_update"
    put, throttled = "update_records", "TOO_MANY_REQUESTS"
    assert [tuple(getattr(entry, name) for name in names) for entry in sim.ledger.requests] == [
        (1, "PUT", "/crm/v8/Leads", "", put, "Leads", A, 207, None, 3, 2, 1, None),
        (2, "PUT", "/crm/v8/Leads", "", put, "Leads", B, 429, throttled, 0, 0, 0, "throttle"),
        (
            3, "GET", "/crm/v8/Appointments__s", "fields=Status", "get_appointments", "Appointments__s", None,
            204, None, 0, 0, 1, None,
        ),
        (4, "POST", mass_update, "", "mass_update", "Leads", B, 200, None, 2, 2, 1, None),
        (5, "GET", "/nowhere", "x=1", None, None, None, 404, "INVALID_URL_PATTERN", 0, 0, 0, None),
    ]  # fmt: skip
    assert sim.ledger.applied == {("Leads", A): 2, ("Leads", B): 2}
    assert sim.ledger.applied_twice == {("Leads", A): 2, ("Leads", B): 2}
    assert (sim.ledger.calls(), sim.ledger.calls("update_records"), sim.ledger.calls("create_token")) == (
        5,
        2,
        0,
    )
    assert (sim.ledger.credits, sim.ledger.peak_in_flight, sim.ledger.in_flight) == (3, 1, 0)
    assert repr(sim.ledger) == ("<Ledger: 5 requests, 4 writes to 2 records, 3 credits, at most 1 in flight>")


def test_a_job_counts_for_the_poll_that_moves_it(sim, crm):
    sim.load("Leads", 4)
    url = "/Leads/actions/mass_update"
    job = crm.post(url, json={"data": [{"F": 1}], "cvid": sim.add_view("Leads")})
    job_id = job.json()["data"][0]["details"]["job_id"]
    for _ in range(2):
        crm.get(url, params={"job_id": job_id})
    sim.finish_jobs()

    assert [(entry.rows, entry.applied) for entry in sim.ledger.requests] == [(4, 0), (0, 0), (0, 2)]
    assert sim.ledger.applied.total() == 4


def test_clearing(sim, crm):
    sim.load("Leads", [{"id": A}])
    crm.put("/Leads", json={"data": [{"id": A}]})
    sim.ledger.clear()

    assert sim.ledger.requests == []
    assert sim.ledger.applied == sim.ledger.automations == {}
    assert (sim.ledger.credits, sim.ledger.peak_in_flight) == (0, 0)
    assert sim.meters.used == 1


def test_only_the_latest_requests_are_kept_and_all_are_counted(sim, crm, monkeypatch):
    monkeypatch.setattr(ledger, "KEPT", 3)
    crm.get("/Appointments__s", params={"fields": "Status"})
    for _ in range(4):
        httpx.get(f"{sim.url}/nowhere")
    crm.get("/Appointments__s", params={"fields": "Status"})

    assert [entry.number for entry in sim.ledger.requests] == [4, 5, 6]
    assert [sim.ledger.calls(operation) for operation in (None, "get_appointments", "update_records")] == [
        6,
        2,
        0,
    ]
    assert repr(sim.ledger).startswith("<Ledger: 6 requests, ")
    state = httpx.get(f"{sim.status_url}/state").json()
    assert (state["meters"]["requests"], len(state["requests"])) == (6, 3)
    sim.ledger.clear()
    httpx.get(f"{sim.url}/nowhere")
    assert (sim.ledger.calls(), sim.ledger.requests[0].number) == (1, 1)


def test_ten_thousand_requests_are_kept():
    book = ledger.Ledger()
    for _ in range(10_001):
        book.open("GET", "/", "")
    assert (len(book.requests), book.calls()) == (10_000, 10_001)
