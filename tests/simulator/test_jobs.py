"""GET /{module}/actions/mass_update: a job on its way."""

from datetime import timedelta

import pytest

URL = "/Leads/actions/mass_update"


@pytest.fixture
def schedule(sim, crm):
    """Schedule a job for a view of ten records and give its id."""
    ids = sim.load("Leads", 10)

    def schedule():
        body = {"data": [{"F": "x"}], "cvid": sim.add_view("Leads", ids)}
        return crm.post(URL, json=body).json()["data"][0]["details"]["job_id"]

    return schedule


@pytest.fixture
def poll(crm):
    """Ask for a job and give (status, updated, failed, not updated, total)."""

    def poll(job_id):
        response = crm.get(URL, params={"job_id": job_id})
        (report,) = response.json()["data"]
        assert response.status_code == 200
        assert set(report) == {"Status", "Updated_Count", "Failed_Count", "Not_Updated_Count", "Total_Count"}
        return tuple(
            report[key]
            for key in ("Status", "Updated_Count", "Failed_Count", "Not_Updated_Count", "Total_Count")
        )

    return poll


def test_scheduled_running_completed(sim, schedule, poll):
    job_id = schedule()

    assert [poll(job_id) for _ in range(4)] == [
        ("SCHEDULED", 0, 0, 10, 10),
        ("RUNNING", 5, 0, 5, 10),
        ("COMPLETED", 10, 0, 0, 10),
        ("COMPLETED", 10, 0, 0, 10),
    ]
    assert {row["F"] for row in sim.records("Leads").values()} == {"x"}
    assert set(sim.ledger.applied.values()) == {1}


def test_other_states_and_more_polls(sim, schedule, poll):
    sim.pace_jobs(["QUEUED", "SUSPENDED", "RUNNING", "RUNNING", "RUNNING", "RUNNING", "COMPLETED"])
    job_id = schedule()

    assert [poll(job_id)[:2] for _ in range(7)] == [
        ("QUEUED", 0),
        ("SUSPENDED", 0),
        ("RUNNING", 2),
        ("RUNNING", 4),
        ("RUNNING", 6),
        ("RUNNING", 8),
        ("COMPLETED", 10),
    ]


def test_a_job_that_fails(sim, schedule, poll):
    sim.pace_jobs(["SCHEDULED", "FAILED"])
    job_id = schedule()

    assert [poll(job_id) for _ in range(2)] == [("SCHEDULED", 0, 0, 10, 10), ("FAILED", 5, 0, 5, 10)]
    assert sim.ledger.applied.total() == 5


def test_a_fault_decides_how_the_next_job_goes(sim, schedule, poll):
    sim.fault("job", times=[1], states=["SCHEDULED", "FAILED"], stop_after=3)
    first, second = schedule(), schedule()

    assert [poll(first), poll(first)] == [("SCHEDULED", 0, 0, 10, 10), ("FAILED", 3, 0, 7, 10)]
    assert [poll(second) for _ in range(3)][-1] == ("COMPLETED", 10, 0, 0, 10)


def test_records_that_refuse_are_failed_ones(sim, schedule, poll):
    for record_id in list(sim.records("Leads"))[:3]:
        sim.lock("Leads", record_id)
    job_id = schedule()

    assert [poll(job_id) for _ in range(3)][-1] == ("COMPLETED", 7, 3, 0, 10)


def test_a_job_moved_by_the_clock(sim, schedule, poll):
    sim.pace_jobs(seconds=60)
    job_id = schedule()

    seen = []
    for _ in range(4):
        seen.append((poll(job_id), poll(job_id)))
        sim.advance(timedelta(seconds=20))

    assert seen == [
        (("SCHEDULED", 0, 0, 10, 10),) * 2,
        (("SCHEDULED", 0, 0, 10, 10),) * 2,
        (("RUNNING", 5, 0, 5, 10),) * 2,
        (("COMPLETED", 10, 0, 0, 10),) * 2,
    ]


@pytest.mark.parametrize(
    ("parameters", "code", "message", "details"),
    [
        ({}, "MANDATORY_NOT_FOUND", "mandatory param missing", {"param_name": "job_id"}),
        ({"job_id": ""}, "MANDATORY_NOT_FOUND", "mandatory param missing", {"param_name": "job_id"}),
        (
            {"job_id": "mine"},
            "UNABLE_TO_PARSE_DATA_TYPE",
            "either the request body or parameters is in wrong format",
            {},
        ),
        ({"job_id": "77"}, "INVALID_DATA", "The jobid given seems to be invalid", {"param_name": "job_id"}),
    ],
)
def test_jobs_nobody_knows(crm, error, parameters, code, message, details):
    response = crm.get(URL, params=parameters)

    assert (response.status_code, response.json()) == (400, error(code, message, **details))


def test_before_version_8_an_unknown_job_is_404(sim, crm, error):
    response = crm.get(f"{sim.url}/crm/v7{URL}", params={"job_id": "77"})

    assert (response.status_code, response.json()) == (404, error("NOT_FOUND", "Empty response"))


def test_a_job_belongs_to_its_module(crm, schedule, error):
    response = crm.get("/Deals/actions/mass_update", params={"job_id": schedule()})

    assert response.json() == error(
        "INVALID_DATA", "The jobid given seems to be invalid", param_name="job_id"
    )
