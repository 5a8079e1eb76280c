"""The switches for what the vendor's pages leave open: the other reading of each."""

from datetime import timedelta

import pytest

from zcrm.simulator import Choices, Simulator

A, B = "5545974000000500001", "5545974000000500002"
SOON, NOON = "2026-03-02T14:00:00+05:30", "2026-03-02T12:00:00+05:30"


@pytest.fixture
def chosen(start):
    """A simulator with these choices, its client, and two records in Leads."""

    def chosen(credits_per_day=None, **choices):
        sim, crm = start(choices=Choices(**choices), credits_per_day=credits_per_day)
        sim.load("Leads", [{"id": A}, {"id": B, "Modified_Time": "2026-01-01T00:00:00+05:30"}])
        return sim, crm

    return chosen


@pytest.mark.parametrize("status", [200, 207])
def test_mixed_status(chosen, success, status):
    _, crm = chosen(mixed_status=status)

    response = crm.put("/Leads", json={"data": [{"id": A}, {"id": "77"}]})

    assert response.status_code == status
    assert [item["code"] for item in response.json()["data"]] == ["SUCCESS", "INVALID_DATA"]


@pytest.mark.parametrize(
    ("environment", "status"), [("production", 207), ("sandbox", 200), ("developer", 207)]
)
def test_the_environment_decides_on_the_mixed_status(start, environment, status):
    sim, crm = start(environment=environment)
    sim.load("Leads", [{"id": A}])
    sim.load("Appointments__s", [{"id": A}])
    rows = {"data": [{"id": A}, {"id": "77"}]}

    answers = [
        crm.put("/Leads", json=rows),
        crm.put("/Appointments__s", json=rows),
        crm.post("/Leads/actions/mass_update", json={"data": [{"F": "x"}], "ids": [A, "77"]}),
    ]

    assert [answer.status_code for answer in answers] == [status] * 3
    for answer in answers:
        assert [item["code"] for item in answer.json()["data"]] == ["SUCCESS", "INVALID_DATA"]


@pytest.mark.parametrize("environment", ["production", "sandbox"])
def test_the_mixed_status_in_any_environment(start, environment):
    choices = Choices(mixed_status=207, mass_update_mixed_status=400)
    sim, crm = start(environment=environment, choices=choices)
    sim.load("Leads", [{"id": A}])

    rows = crm.put("/Leads", json={"data": [{"id": A}, {"id": "77"}]})
    ids = crm.post("/Leads/actions/mass_update", json={"data": [{"F": "x"}], "ids": [A, "77"]})

    assert (rows.status_code, ids.status_code) == (207, 400)


def test_an_unknown_environment():
    with pytest.raises(
        ValueError, match="unknown environment 'moon'; there are production, sandbox, developer"
    ):
        Simulator(environment="moon")


@pytest.mark.parametrize("status", [200, 207, 400])
def test_mass_update_mixed_status(chosen, status):
    _, crm = chosen(mass_update_mixed_status=status)

    response = crm.post("/Leads/actions/mass_update", json={"data": [{"F": "x"}], "ids": [A, "77"]})

    assert response.status_code == status
    assert [item["code"] for item in response.json()["data"]] == ["SUCCESS", "INVALID_DATA"]


def test_stale_call(chosen):
    sim, crm = chosen(stale="call")
    since = {"If-Unmodified-Since": "2026-02-01T00:00:00+05:30"}

    mixed = crm.put("/Leads", json={"data": [{"id": B}, {"id": A}]}, headers=since)
    fresh = crm.put("/Leads", json={"data": [{"id": B}]}, headers=since)

    assert mixed.status_code == 412
    assert mixed.json()["code"] == "ALREADY_MODIFIED"
    assert mixed.json()["details"]["id"] == A
    assert fresh.status_code == 200
    assert sim.ledger.applied == {("Leads", B): 1}


def test_equal_is_stale(chosen):
    _, crm = chosen(equal_is_stale=True)
    since = {"If-Unmodified-Since": "2026-03-02T10:00:00+05:30"}

    assert crm.put("/Leads", json={"data": [{"id": A}]}, headers=since).status_code == 412


def test_blueprint_update(chosen):
    sim, crm = chosen(blueprint_update="accept")
    sim.add_field("Leads", "Lead_Status", blueprint=True)
    sim.mark("Leads", A, "in_blueprint")

    assert crm.put("/Leads", json={"data": [{"id": A, "Lead_Status": "x"}]}).status_code == 200


def test_link_names_lookup(chosen, error):
    _, crm = chosen(link_names_lookup=True)
    body = {"data": [{"id": A, "Listings": [{"Interested_Listings": {"id": B}}]}]}
    crm.put("/Leads", json=body)

    (item,) = crm.put("/Leads", json=body).json()["data"]

    details = {"linking_fields": ["Interested_Listings"], "id": B, "api_name": "Listings"}
    assert item == error("DUPLICATE_LINKING_DATA", "Duplicate association", **details)


def test_subforms_in_lists(chosen):
    sim, crm = chosen(subforms_in_lists=True)
    sim.load("Appointments__s", [{"id": A, "Parts": [{"id": "1"}]}])

    (row,) = crm.get("/Appointments__s", params={"fields": "Parts"}).json()["data"]

    assert row == {"id": A, "Parts": [{"id": "1"}]}


def test_already_scheduled_status(chosen):
    sim, crm = chosen(already_scheduled_status=400)
    body = {"data": [{"F": "x"}], "cvid": sim.add_view("Leads")}
    crm.post("/Leads/actions/mass_update", json=body)

    response = crm.post("/Leads/actions/mass_update", json=body)

    assert (response.status_code, response.json()["code"]) == (400, "ALREADY_SCHEDULED")


def test_too_many(chosen, error):
    _, crm = chosen(too_many="LIMIT_EXCEEDED")
    message = "count of records in your request exceeds the limit"

    rows = crm.put("/Leads", json={"data": [{"id": A}] * 101})
    ids = crm.post("/Leads/actions/mass_update", json={"data": [{"F": "x"}], "ids": [A] * 501})

    assert (rows.status_code, ids.status_code) == (400, 400)
    assert rows.json() == error(
        "LIMIT_EXCEEDED", message, maximum_length=100, api_name="data", json_path="$.data"
    )
    assert ids.json() == error(
        "LIMIT_EXCEEDED", message, maximum_length=500, api_name="ids", json_path="$.ids"
    )


@pytest.mark.parametrize(
    ("reading", "understood"),
    [
        ("both", {"Job_Sheet_Name", "Job_Sheet_Name__s"}),
        ("Job_Sheet_Name", {"Job_Sheet_Name"}),
        ("Job_Sheet_Name__s", {"Job_Sheet_Name__s"}),
    ],
)
def test_job_sheet_key(chosen, reading, understood):
    for key in ("Job_Sheet_Name", "Job_Sheet_Name__s"):
        sim, crm = chosen(job_sheet_key=reading)
        sim.preferences.job_sheet_mandated = True
        sim.load("Appointments__s", [{"id": A, "Appointment_Start_Time": "2026-03-02T08:00:00+05:30"}])
        row = {"id": A, "Status": "Completed", key: "x", "Job_Sheet_Description__s": "y"}
        response = crm.put("/Appointments__s", json={"data": [row]})
        assert response.status_code == (200 if key in understood else 400)
        if key in understood:
            assert sim.records("Appointments__s")[A]["Job_Sheet_Name__s"] == "x"


def test_page_tokens(chosen):
    sim, crm = chosen(page_tokens="last_page")
    sim.load("Appointments__s", 2_001)

    infos = [
        crm.get("/Appointments__s", params={"fields": "Status", "page": page}).json()["info"]
        for page in (1, 9, 10)
    ]

    assert [info["next_page_token"] is None for info in infos] == [True, True, False]
    assert [info["more_records"] for info in infos] == [True] * 3


def test_thousand_fires(chosen):
    sim, crm = chosen(thousand_fires=True)
    for count, fires in ((1_000, True), (1_001, False)):
        ids = sim.load("Vendors", count)
        crm.post(
            "/Vendors/actions/mass_update", json={"data": [{"F": "x"}], "cvid": sim.add_view("Vendors", ids)}
        )
        sim.finish_jobs()
        assert sim.ledger.automations["workflow"] == (count if fires else 0)
        sim.ledger.clear()


def test_earlier_reschedule(chosen):
    sim, crm = chosen(earlier_reschedule="accept")
    sim.load("Appointments__s", [{"id": A, "Appointment_Start_Time": SOON}])

    response = crm.put("/Appointments__s", json={"data": [{"id": A, "Appointment_Start_Time": NOON}]})

    assert response.status_code == 200
    assert sim.records("Appointments__s")[A]["Appointment_Start_Time"] == NOON


def test_cancel_again(chosen):
    sim, crm = chosen(cancel_again="refuse")
    sim.load("Appointments__s", [{"id": A, "Appointment_Start_Time": SOON, "Status": "Cancelled"}])

    response = crm.put("/Appointments__s", json={"data": [{"id": A, "Status": "Cancelled"}]})

    assert (response.status_code, response.json()["data"][0]["code"]) == (403, "NOT_ALLOWED")


@pytest.mark.parametrize(
    ("reading", "statuses"), [("by_version", [404, 400]), ("400", [400, 400]), ("404", [404, 404])]
)
def test_unknown_job(chosen, reading, statuses):
    sim, crm = chosen(unknown_job=reading)
    got = [
        crm.get(f"{sim.url}/crm/{version}/Leads/actions/mass_update", params={"job_id": "77"}).status_code
        for version in ("v7", "v8")
    ]
    assert got == statuses


@pytest.mark.parametrize(
    ("first", "answer"), [("token", (401, "INVALID_TOKEN")), ("module", (400, "INVALID_MODULE"))]
)
def test_first_check(chosen, first, answer):
    sim, crm = chosen(first_check=first)
    sim.expire_tokens()

    response = crm.put("/Lead", json={"data": [{"id": A}]})

    assert (response.status_code, response.json()["code"]) == answer
    assert crm.put("/Leads", json={"data": [{"id": A}]}).status_code == 401


@pytest.mark.parametrize(("price", "credits_"), [("per_ten_ids", 3), ("per_call", 1)])
def test_mass_update_price(chosen, price, credits_):
    sim, crm = chosen(mass_update_price=price, credits_per_day=credits_)

    ids = {"data": [{"F": "x"}], "ids": [A] * 21}
    answers = [crm.post("/Leads/actions/mass_update", json=ids) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert sim.ledger.credits == sim.meters.used == credits_


@pytest.mark.parametrize("code", ["INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE"])
def test_expired_code(chosen, code):
    sim, crm = chosen(expired_code=code)
    sim.expire_tokens()

    response = crm.put("/Leads", json={"data": [{"id": A}]})

    assert (response.status_code, response.json()["code"]) == (401, code)


def test_the_token_endpoint(chosen):
    sim, crm = chosen(token_throttle_status=200, milliseconds=True)

    def refresh():
        form = {
            "client_id": sim.client_id,
            "client_secret": sim.client_secret,
            "grant_type": "refresh_token",
            "refresh_token": sim.refresh_token,
        }
        return crm.post(f"{sim.accounts_url}/oauth/v2/token", data=form)

    first = refresh().json()
    assert (first["expires_in"], first["expires_in_sec"]) == (3_600_000, 3_600)
    for _ in range(9):
        refresh()
    assert (refresh().status_code, refresh().json()["status"]) == (200, "failure")
    sim.advance(timedelta(minutes=10))
    assert "access_token" in refresh().json()
