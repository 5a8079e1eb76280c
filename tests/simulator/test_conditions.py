"""The conditions of a record, and what they refuse."""

import pytest

ID = "5545974000000500001"
BUSY = "Cannot update record that is not approved yet"
LOCKED = "You cannot perform this operation as the record is locked."
NEW_IMAGE = {"Image_Upload": [{"File_Id__s": "2cxx2fa"}]}


@pytest.fixture
def sim(sim):
    sim.load("Leads", [{"id": ID}])
    return sim


@pytest.mark.parametrize(
    ("condition", "row", "code", "message", "details"),
    [
        (
            "locked",
            {"City": "x"},
            "RECORD_LOCKED",
            LOCKED,
            {"api_name": "id", "json_path": "$.data[0].id", "action": "record_locking"},
        ),
        ("merging", {"City": "x"}, "RECORD_LOCKED", BUSY, {}),
        ("image_check", {"City": "x"}, "RECORD_LOCKED", BUSY, {}),
        ("image_rejected", {"City": "x"}, "NOT_APPROVED", BUSY, {}),
        ("image_approval", NEW_IMAGE, "NOT_APPROVED", BUSY, {}),
        ("in_review", {"City": "x"}, "NOT_REVIEWED", "record in review", {}),
    ],
)
def test_a_record_that_refuses_an_update(sim, crm, error, success, condition, row, code, message, details):
    sim.mark("Leads", ID, condition)
    refused = crm.put("/Leads", json={"data": [{"id": ID, **row}]})
    sim.unmark("Leads", ID, condition)
    accepted = crm.put("/Leads", json={"data": [{"id": ID, **row}]})

    assert refused.status_code == 400
    assert refused.json() == {"data": [error(code, message, **details)]}
    assert accepted.json() == {"data": [success(ID)]}
    assert sim.ledger.applied == {("Leads", ID): 1}


@pytest.mark.parametrize(
    ("condition", "row"),
    [("image_rejected", NEW_IMAGE), ("image_approval", {"City": "x"}), ("converted", {"City": "x"})],
)
def test_a_condition_that_lets_an_update_pass(sim, crm, success, condition, row):
    sim.mark("Leads", ID, condition)

    assert crm.put("/Leads", json={"data": [{"id": ID, **row}]}).json() == {"data": [success(ID)]}


def test_a_record_out_of_reach(sim, crm, error):
    sim.mark("Leads", ID, "no_access")

    row = crm.put("/Leads", json={"data": [{"id": ID}]})
    by_id = crm.put(f"/Leads/{ID}", json={"data": [{}]})

    assert row.status_code == by_id.status_code == 403
    assert row.json() == {
        "data": [error("NO_PERMISSION", "permission denied", permissions=["Crm_Implied_Edit_Leads"])]
    }
    assert by_id.json() == error("NO_PERMISSION", "record not accessible", resource_path_index=1)


def test_not_approved_is_flat_by_id(sim, crm, error):
    sim.mark("Leads", ID, "image_rejected")

    response = crm.put(f"/Leads/{ID}", json={"data": [{"City": "x"}]})

    assert response.status_code == 400
    assert response.json() == error("NOT_APPROVED", BUSY, resource_path_index=1)


@pytest.mark.parametrize(
    ("condition", "code", "message", "details"),
    [
        ("locked", "RECORD_LOCKED", LOCKED, {"action": "record_locking"}),
        ("merging", "RECORD_LOCKED", BUSY, {}),
        ("image_check", "RECORD_LOCKED", BUSY, {}),
        ("image_rejected", "NOT_APPROVED", BUSY, {}),
        ("image_approval", "NOT_APPROVED", BUSY, {}),
        ("not_approved", "NOT_APPROVED", "record not approved", {}),
        ("stop_processing", "CANNOT_PROCESS", "The record is in stop processing", {}),
        ("no_access", "CANNOT_PERFORM_ACTION", "no permission to perform an action on this record", {}),
        ("converted", "CONVERTED_RECORD", "can't update the converted record", {}),
        ("in_blueprint", "RECORD_IN_BLUEPRINT", "The record is in blue print", {}),
    ],
)
def test_a_record_that_refuses_a_mass_update(sim, crm, error, condition, code, message, details):
    sim.add_field("Leads", "Stage", type="picklist", blueprint=True)
    sim.mark("Leads", ID, condition)

    response = crm.post("/Leads/actions/mass_update", json={"data": [{"Stage": "x"}], "ids": [ID]})

    assert response.status_code == 400
    assert response.json() == {"data": [error(code, message, id=ID, **details)]}


def test_a_blueprint_refuses_an_update_of_its_field(sim, crm, error):
    sim.load("Leads", [{"id": "77"}])
    sim.add_field("Leads", "Lead_Status", type="picklist", blueprint=True)
    sim.mark("Leads", ID, "in_blueprint")
    message = "Lead_Status cannot be updated as it is in the blueprint"
    row = {"City": "x", "Lead_Status": "Contacted"}

    mixed = crm.put("/Leads", json={"data": [{"id": "77", **row}, {"id": ID, **row}]})
    by_id = crm.put(f"/Leads/{ID}", json={"data": [row]})

    place = {"api_name": "Lead_Status", "json_path": "$.data[0].Lead_Status"}
    second = {**place, "json_path": "$.data[1].Lead_Status"}
    assert (mixed.status_code, by_id.status_code) == (207, 400)
    assert mixed.json()["data"][1] == error("RECORD_IN_BLUEPRINT", message, **second)
    assert by_id.json() == {"data": [error("RECORD_IN_BLUEPRINT", message, **place)]}
    assert sim.ledger.applied == {("Leads", "77"): 1}
    sim.unmark("Leads", ID, "in_blueprint")
    assert crm.put(f"/Leads/{ID}", json={"data": [row]}).status_code == 200


def test_a_blueprint_minds_only_its_own_field(sim, crm, success):
    sim.add_field("Leads", "Lead_Status", type="picklist", blueprint=True)
    sim.mark("Leads", ID, "in_blueprint")

    update = crm.put("/Leads", json={"data": [{"id": ID, "City": "x"}]})
    mass_update = crm.post("/Leads/actions/mass_update", json={"data": [{"City": "x"}], "ids": [ID]})

    assert update.json() == mass_update.json() == {"data": [success(ID)]}


def test_an_unknown_condition(sim):
    with pytest.raises(ValueError, match="unknown condition 'sleepy'; there are converted, image_approval"):
        sim.mark("Leads", ID, "sleepy")
