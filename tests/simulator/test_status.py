"""The status page's document and the JSON behind it, which leave no trace of having been asked for."""

from datetime import timedelta

import httpx
import pytest

from zcrm.simulator.site.oauth import ALL_SCOPES

A, B = "5545974000000500001", "5545974000000500002"
MASS = "/Leads/actions/mass_update"
NOON = "2026-03-02T10:00:00+05:30"
SCOPES = " ".join(ALL_SCOPES)[:79] + "…"


@pytest.fixture
def state(sim):
    """Ask for the state, with query parameters."""

    def state(**query):
        response = httpx.get(f"{sim.status_url}/state", params=query)
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
        assert response.headers["cache-control"] == "no-store"
        return response.json()

    return state


def test_a_simulator_to_which_nothing_has_happened(sim, state):
    assert state() == {
        "now": NOON,
        "clock": "stands still",
        "seed": 0,
        "orgs": ["zcrm simulator"],
        "meters": {
            "requests": 0,
            "writes": 0,
            "records_written": 0,
            "records_written_twice": 0,
            "credits_used": 0,
            "credits_left": 60_000,
            "credits_per_day": 60_000,
            "in_flight": 0,
            "peak_in_flight": 0,
            "calls_allowed": 20,
            "heavy_calls_allowed": 10,
        },
        "automations": {},
        "requests": [],
        "jobs": [],
        "faults": [],
        "modules": [],
        "records": [],
        "tokens": {
            "alive": 1,
            "expired": 0,
            "access": [{"user": "Administrator", "scope": SCOPES, "expires": "2026-03-02T11:00:00+05:30"}],
            "refresh": [{"user": "Administrator", "scope": SCOPES, "made": 0, "limit": 10}],
        },
    }


def test_meters_requests_and_modules(sim, crm, state):
    sim.load("Leads", [{"id": A}, {"id": B}])
    sim.load("Vendors", 3)
    sim.fault("throttle", times=[3])
    for _ in range(3):
        crm.put("/Leads", json={"data": [{"id": A, "City": "x"}, {"id": "77"}], "trigger": ["workflow"]})
    crm.get("/nowhere/to/be/found")
    got = state()

    put = {
        "method": "PUT",
        "path": "/crm/v8/Leads",
        "operation": "update_records",
        "module": "Leads",
        "first_id": A,
        "rows": 2,
        "applied": 1,
        "status": 207,
        "code": None,
        "credits": 1,
        "fault": None,
    }
    assert got["requests"] == [
        {
            "number": 4,
            "method": "GET",
            "path": "/crm/v8/nowhere/to/be/found",
            "operation": None,
            "module": None,
            "first_id": None,
            "rows": 0,
            "applied": 0,
            "status": 404,
            "code": "INVALID_URL_PATTERN",
            "credits": 0,
            "fault": None,
        },
        {
            "number": 3,
            **put,
            "rows": 0,
            "applied": 0,
            "status": 429,
            "code": "TOO_MANY_REQUESTS",
            "credits": 0,
            "fault": "throttle",
        },
        {"number": 2, **put},
        {"number": 1, **put},
    ]
    meters = {"requests": 4, "writes": 2, "records_written": 1, "records_written_twice": 1}
    assert got["meters"].items() >= {**meters, "credits_used": 2, "credits_left": 59_998}.items()
    assert got["automations"] == {"workflow": 2}
    assert got["modules"] == [
        {"name": "Leads", "records": 2, "writes": 2},
        {"name": "Vendors", "records": 3, "writes": 0},
    ]


def test_only_the_latest_requests(sim, crm, state):
    for _ in range(51):
        crm.get("/Appointments__s")

    assert [request["number"] for request in state()["requests"]] == list(range(51, 1, -1))


def test_looking_moves_no_job(sim, crm, state):
    sim.load("Leads", 4)
    sim.pace_jobs(seconds=60)
    view = sim.add_view("Leads")
    job_id = crm.post(MASS, json={"data": [{"F": 1}], "cvid": view}).json()["data"][0]["details"]["job_id"]
    job = {"id": job_id, "module": "Leads", "view": view, "failed": 0, "total": 4}

    sim.advance(timedelta(seconds=60))
    assert state()["jobs"] == [{**job, "state": "SCHEDULED", "updated": 0}]
    assert sim.ledger.applied == {}
    crm.get(MASS, params={"job_id": job_id})
    assert state()["jobs"] == [{**job, "state": "COMPLETED", "updated": 4}]
    assert [entry.applied for entry in sim.ledger.requests] == [0, 4]


def test_faults_in_words(sim, crm, state):
    sim.load("Leads", [{"id": A}])
    sim.fault("slow", route="update_records", rate=0.025, seconds=0.5)
    sim.fault("drop_after", route="mass_update", times=[3, 1])
    sim.fault("edit", attempts=[2], limit=1, fields={"City": "x"})
    sim.fault("foreign_id")
    crm.put("/Leads", json={"data": [{"id": A}]})
    crm.get("/Appointments__s", params={"fields": "Status"})
    everywhere = "all CRM operations"

    faults = [tuple(fault.values()) for fault in state()["faults"]]
    assert faults == [
        ("slow", "update_records", "2.5 % of calls", {"seconds": "0.5"}, 0),
        ("drop_after", "mass_update", "calls 1, 3", {}, 0),
        ("edit", everywhere, "attempt 2, at most 1 times", {"fields": '{"City": "x"}'}, 0),
        ("foreign_id", everywhere, "every call", {}, 2),
    ]


def test_records_of_one_module(sim, state):
    sim.load("Vendors", [{"id": str(number), "Name": "é" * 200, "Gone": None} for number in range(11)])
    sim.advance(timedelta(seconds=5))
    sim.edit("Vendors", "7", {"Open": True, "Tags": ["a", {"b": None}], "Price": 1.5})
    sim.lock("Vendors", "7")
    sim.load("Leads", [{"id": "1", **{f"F{number}": number for number in range(14)}}])

    first, *others = state(module="Vendors")["records"]
    assert first == {
        "id": "7",
        "modified": "2026-03-02T10:00:05+05:30",
        "modified_by": "Somebody Else",
        "writes": 0,
        "conditions": ["locked"],
        "fields": {
            "Name": "é" * 79 + "…",
            "Open": "true",
            "Tags": '["a", {"b": null}]',
            "Price": "1.5",
        },
        "more_fields": 0,
    }
    assert [record["id"] for record in others] == ["0", "1", "2", "3", "4", "5", "6", "8", "9"]
    assert [record["id"] for record in state(module="Vendors", id="10")["records"]] == ["10"]
    assert state(module="Vendors", id="11")["records"] == state(module="Ships")["records"] == []
    (lead,) = state(module="Leads")["records"]
    assert (len(lead["fields"]), lead["more_fields"]) == (12, 2)
    assert "Ships" not in sim.dump()


def test_no_token_is_told(sim, crm):
    code = sim.issue_code()
    form = {"client_id": sim.client_id, "client_secret": sim.client_secret}
    refresh = {"grant_type": "refresh_token", "refresh_token": sim.refresh_token}
    exchange = {"grant_type": "authorization_code", "code": code}
    answers = [
        crm.post(f"{sim.accounts_url}/oauth/v2/token", params={**form, **grant}).json()
        for grant in (refresh, exchange)
    ]
    sim.expire_tokens()
    crm.post(f"{sim.accounts_url}/oauth/v2/token/revoke", params={"token": sim.access_token})
    told = httpx.get(f"{sim.status_url}/state").text + httpx.get(sim.status_url).text

    secrets = {sim.access_token, sim.refresh_token, sim.client_secret, code}
    secrets |= {answer["access_token"] for answer in answers} | {answers[1]["refresh_token"]}
    assert len(secrets) == 7
    assert [secret for secret in secrets if secret in told] == []
    assert '"made":1' in told
    assert '"expired":2' in told


def test_reading_is_not_counted(sim, crm, state):
    sim.fault("server_error")
    for _ in range(3):
        assert httpx.get(sim.status_url).headers["content-type"] == "text/html; charset=utf-8"
        assert state(module="Leads")["meters"]["in_flight"] == 0

    ledger = sim.ledger
    assert (ledger.requests, ledger.peak_in_flight, ledger.credits, sim.meters.used) == ([], 0, 0, 0)
    assert [fault["struck"] for fault in state()["faults"]] == [0]


@pytest.mark.parametrize(
    ("method", "path", "host"),
    [
        ("POST", "/_status", None),
        ("GET", "/_status/", None),
        ("GET", "/_status/other", None),
        ("GET", "/_status", "rebound.example:8765"),
        ("GET", "/_status/state", "127.0.0.1.example"),
    ],
)
def test_whatever_else_is_the_crms_to_answer(sim, method, path, host):
    headers = {} if host is None else {"Host": host}
    response = httpx.request(method, sim.url + path, headers=headers)

    assert (response.status_code, response.json()["code"]) == (404, "INVALID_URL_PATTERN")
    assert len(sim.ledger.requests) == 1


def test_it_may_be_asked_for_as_localhost(sim):
    port = sim.url.rsplit(":", 1)[1]

    assert httpx.get(sim.status_url, headers={"Host": f"localhost:{port}"}).status_code == 200


def test_the_page_needs_nothing_else(sim):
    response = httpx.get(sim.status_url)

    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert (policy["default-src"], policy["connect-src"]) == ("'none'", "'self'")
    assert "http://" not in response.text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in response.text
