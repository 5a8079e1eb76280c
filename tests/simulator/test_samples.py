"""The vendor's sample requests, answered by the simulator, each in the module it is legal for."""

import json
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from zcrm.simulator import Simulator

SAMPLES = Path(__file__).parents[1] / "samples"


def sample(name):
    return json.loads((SAMPLES / f"{name}.request.json").read_text())


@pytest.fixture
def sim():
    with Simulator(check=True) as simulator:
        yield simulator


def call(sim, method, path, name):
    headers = {"Authorization": f"Zoho-oauthtoken {sim.access_token}"}
    answer = httpx.request(method, f"{sim.url}/crm/{path}", json=sample(name), headers=headers)
    return answer.status_code, answer.json()


def poll(sim, job):
    headers = {"Authorization": f"Zoho-oauthtoken {sim.access_token}"}
    path = "crm/v7/Accounts/actions/mass_update"
    answer = httpx.get(f"{sim.url}/{path}", params={"job_id": job}, headers=headers).json()
    ((status, failed, updated, left, total),) = (tuple(report.values()) for report in answer["data"])
    assert failed == 0
    return status, updated, left, total


def test_update_records(sim):
    (row,) = sample("update_records")["data"]
    listing = {"id": "431581000000697244", "Interested_Listings": {"id": "3652397000001988002"}}
    user = {"id": "431581000000701821", "User": {"id": "3652397000000281002"}}
    image = {"id": "738964000002363016", "File_Id__s": "old"}
    sim.load(
        "Deals",
        [{"id": row["id"], "Listings": [listing], "AssociatedUser": [user], "Image_Upload": [image]}],
    )
    sim.add_cadence("Deals")

    status, body = call(sim, "PUT", "v8/Deals", "update_records")

    assert status == 200
    assert [(item["code"], item["details"]["id"], item["message"]) for item in body["data"]] == [
        ("SUCCESS", row["id"], "record updated")
    ]
    stored = sim.records("Deals")[row["id"]]
    assert (stored["Deal_Name"], stored["Stage"]) == ("v8 Update", "Closed Won")
    assert stored["Foreign_Languages"] == ["Korean", "Spanish"]
    assert [entry["File_Id__s"] for entry in stored["Image_Upload"]] == ["2cxx2fa"]
    assert [entry["Interested_Listings"]["id"] for entry in stored["Listings"]] == ["3652397000001988001"]
    assert [entry["User"]["id"] for entry in stored["AssociatedUser"]] == ["3652397000000281001"]
    assert "cadences" not in sim.ledger.automations


def test_update_records_as_the_deluge_script_sends_it(sim):
    (row,) = sample("update_records.deluge")["data"]
    sim.load("Deals", [{"id": row["id"]}])
    status, body = call(sim, "PUT", "v8/Deals", "update_records.deluge")
    assert (status, body["data"][0]["status"]) == (200, "success")
    assert sim.records("Deals")[row["id"]] == row


def test_update_appointments(sim):
    rows = sample("update_appointments")["data"]
    sim.now = datetime.fromisoformat("2023-04-04T16:10:09+05:30")
    times = {
        rows[0]["id"]: ("2023-04-05T09:00:00+05:30", "2023-04-05T09:30:00+05:30"),
        rows[1]["id"]: ("2023-04-05T11:00:00+05:30", "2023-04-05T12:00:00+05:30"),
        rows[2]["id"]: ("2023-04-04T10:00:00+05:30", "2023-04-04T11:00:00+05:30"),
    }
    sim.load(
        "Appointments__s",
        [
            {"id": id_, "Status": "Scheduled", "Appointment_Start_Time": start, "Appointment_End_Time": end}
            for id_, (start, end) in times.items()
        ],
    )

    status, body = call(sim, "PUT", "v7/Appointments__s", "update_appointments")

    assert status == 200
    assert [(item["code"], item["details"]["id"]) for item in body["data"]] == [
        ("SUCCESS", row["id"]) for row in rows
    ]
    moved, cancelled, completed = (sim.record("Appointments__s", row["id"]) for row in rows)
    assert (moved["Appointment_Start_Time"], moved["Reschedule_Reason"]) == (
        "2023-04-05T10:00:00+05:30",
        "By Team",
    )
    assert (cancelled["Status"], cancelled["Cancellation_Note"]) == ("Cancelled", "Customer Unavailable")
    assert (completed["Status"], completed["Job_Sheet_Name__s"]) == ("Completed", "Delivered")


def test_mass_update_by_ids(sim):
    ids = sample("mass_update.ids")["ids"]
    sim.load("Deals", [{"id": id_, "Languages_Known": ["Korean"]} for id_ in ids])
    status, body = call(sim, "POST", "v7/Deals/actions/mass_update", "mass_update.ids")
    assert status == 200
    assert [(item["code"], item["details"]["id"]) for item in body["data"]] == [
        ("SUCCESS", id_) for id_ in ids
    ]
    assert [record["Languages_Known"] for record in sim.records("Deals").values()] == [
        ["English", "Spanish"]
    ] * 2


def test_mass_update_as_the_deluge_script_sends_it(sim):
    ids = sample("mass_update.deluge")["ids"]
    sim.load("Deals", [{"id": id_} for id_ in ids])
    status, _ = call(sim, "POST", "v7/Deals/actions/mass_update", "mass_update.deluge")
    assert status == 200
    assert {record["Lead_Source"] for record in sim.records("Deals").values()} == {"Advertisement"}


def test_mass_update_by_view_and_territory(sim):
    body = sample("mass_update.view")
    inside, below, elsewhere, unseen = sim.load("Accounts", [{"Industry": "Retail"} for _ in range(4)])
    territory = body["territory"]["id"]
    sim.add_territory([inside, unseen], territory_id=territory)
    sim.add_territory([below], parent=territory)
    sim.add_territory([elsewhere])
    sim.add_view("Accounts", [inside, below, elsewhere], view_id=body["cvid"])

    status, answer = call(sim, "POST", "v7/Accounts/actions/mass_update", "mass_update.view")

    (item,) = answer["data"]
    job = item["details"]["job_id"]
    assert (status, item) == (
        200,
        {
            "code": "SUCCESS",
            "details": {"job_id": job},
            "message": "mass update scheduled successfully",
            "status": "success",
        },
    )
    assert [poll(sim, job) for _ in range(3)] == [
        ("SCHEDULED", 0, 2, 2),
        ("RUNNING", 1, 1, 2),
        ("COMPLETED", 2, 0, 2),
    ]
    assert {id_: record["Industry"] for id_, record in sim.records("Accounts").items()} == {
        inside: "Education",
        below: "Education",
        elsewhere: "Retail",
        unseen: "Retail",
    }
