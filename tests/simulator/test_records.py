"""PUT /{module} and PUT /{module}/{id}: what each row gets, and what becomes of the record."""

from collections import Counter

import orjson
import pytest

A, B = "5545974000000500001", "5545974000000500002"
UNKNOWN_ID = "the id given seems to be invalid"


@pytest.fixture
def sim(sim):
    sim.load("Accounts", [{"id": A, "Account_Name": "Thigpen"}, {"id": B, "Account_Name": "Livingston"}])
    return sim


def test_every_row_updated(sim, crm, success):
    response = crm.put("/Accounts", json={"data": [{"id": A, "Phone": "1"}, {"id": B, "Phone": "2"}]})

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    assert response.json() == {"data": [success(A), success(B)]}
    assert sim.records("Accounts") == {
        A: {"id": A, "Account_Name": "Thigpen", "Phone": "1"},
        B: {"id": B, "Account_Name": "Livingston", "Phone": "2"},
    }


def test_mixed_rows_are_207_in_the_order_sent(sim, crm, success, error):
    rows = [{"id": A, "Phone": "1"}, {"id": "77", "Phone": "2"}, {"Phone": "3"}, "no object"]

    response = crm.put("/Accounts", json={"data": rows})

    assert response.status_code == 207
    assert response.json() == {
        "data": [
            success(A),
            error("INVALID_DATA", UNKNOWN_ID, api_name="id", json_path="$.data[1].id"),
            error("MANDATORY_NOT_FOUND", "Required field not found", api_name="id", json_path="$.data[2].id"),
            error(
                "INVALID_DATA",
                "invalid data",
                expected_data_type="jsonobject",
                api_name="data",
                json_path="$.data[3]",
            ),
        ]
    }


def test_no_row_updated_has_the_rows_common_status(crm, error):
    response = crm.put("/Accounts", json={"data": [{"id": "77"}]})

    assert response.status_code == 400
    assert response.json() == {
        "data": [error("INVALID_DATA", UNKNOWN_ID, api_name="id", json_path="$.data[0].id")]
    }


def test_ids_are_taken_as_numbers_and_given_as_strings(sim, crm, success):
    response = crm.put("/Accounts", json={"data": [{"id": int(A), "Phone": "1"}]})

    assert response.json() == {"data": [success(A)]}
    assert sim.records("Accounts")[A]["Phone"] == "1"


@pytest.mark.parametrize("bad", [True, 1.5, ["1"], {"id": "1"}])
def test_an_id_that_is_none(crm, error, bad):
    response = crm.put("/Accounts", json={"data": [{"id": bad}]})

    assert response.status_code == 400
    assert response.json() == {
        "data": [error("INVALID_DATA", UNKNOWN_ID, api_name="id", json_path="$.data[0].id")]
    }


def test_the_body_is_json_whatever_its_type_says(sim, crm):
    body = orjson.dumps({"data": [{"id": A, "Phone": "1"}]})

    response = crm.put(
        "/Accounts", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert response.status_code == 200
    assert sim.records("Accounts")[A]["Phone"] == "1"


def test_one_hundred_rows_pass_and_one_more_is_refused_whole(sim, crm, error):
    rows = [{"id": A, "Phone": str(n)} for n in range(101)]

    assert crm.put("/Accounts", json={"data": rows[:100]}).status_code == 200
    response = crm.put("/Accounts", json={"data": rows})

    assert response.status_code == 400
    assert response.json() == error(
        "INVALID_DATA", "invalid data", maximum_length=100, api_name="data", json_path="$.data"
    )
    assert sim.ledger.applied == {("Accounts", A): 100}
    assert sim.records("Accounts")[A]["Phone"] == "99"


def test_bodies_that_carry_no_rows(crm, error):
    place = {"api_name": "data", "json_path": "$.data"}
    for body, expected in [
        (b"", error("UNABLE_TO_PARSE_DATA_TYPE", "either the request body or parameters is in wrong format")),
        (
            b"{'data'",
            error("UNABLE_TO_PARSE_DATA_TYPE", "either the request body or parameters is in wrong format"),
        ),
        (b"[]", error("INVALID_DATA", "invalid data", expected_data_type="jsonobject")),
        (b"{}", error("MANDATORY_NOT_FOUND", "Required field not found", **place)),
        (b'{"data": {}}', error("INVALID_DATA", "invalid data", expected_data_type="jsonarray", **place)),
        (b'{"data": []}', error("INVALID_DATA", "invalid data", expected_data_type="jsonarray", **place)),
    ]:
        response = crm.put("/Accounts", content=body)
        assert (response.status_code, response.json()) == (400, expected)


def test_by_id(sim, crm, success):
    response = crm.put(f"/Accounts/{A}", json={"data": [{"Phone": "1"}]})

    assert response.status_code == 200
    assert response.json() == {"data": [success(A)]}
    assert sim.records("Accounts")[A]["Phone"] == "1"


def test_by_id_unknown_is_flat(crm, error):
    response = crm.put("/Accounts/77", json={"data": [{"Phone": "1"}]})

    assert response.status_code == 400
    assert response.json() == error("INVALID_DATA", UNKNOWN_ID, resource_path_index=1)


def test_by_id_takes_one_row(crm, error):
    response = crm.put(f"/Accounts/{A}", json={"data": [{}, {}]})

    assert response.status_code == 400
    assert response.json() == error(
        "INVALID_DATA", "invalid data", maximum_length=1, api_name="data", json_path="$.data"
    )


def test_by_id_with_another_id_in_the_row(sim, crm, error):
    response = crm.put(f"/Accounts/{A}", json={"data": [{"id": B, "Phone": "1"}]})

    assert response.status_code == 400
    assert response.json() == {
        "data": [error("INVALID_DATA", UNKNOWN_ID, api_name="id", json_path="$.data[0].id")]
    }
    assert sim.ledger.applied == Counter()


def test_stale_records_are_412_each(start, sim, crm, success, error, user):
    sim.load("Accounts", [{"id": B, "Created_Time": "2026-01-01T00:00:00+05:30"}])
    sim.load("Accounts", [{"id": A, "Modified_Time": "2026-01-05T00:00:00+05:30"}])
    since = {"If-Unmodified-Since": "2026-02-01T00:00:00+05:30"}
    stale = error(
        "ALREADY_MODIFIED",
        "Record updated time has already passed if-unmodified-since time",
        Modified_Time="2026-03-02T10:00:00+05:30",
        Modified_By=user,
        Created_Time="2026-01-01T00:00:00+05:30",
        id=B,
        Created_By=user,
    )

    mixed = crm.put("/Accounts", json={"data": [{"id": A}, {"id": B}]}, headers=since)
    alone = crm.put("/Accounts", json={"data": [{"id": B}]}, headers=since)
    by_id = crm.put(f"/Accounts/{B}", json={"data": [{}]}, headers=since)

    assert mixed.status_code == 207
    assert mixed.json() == {"data": [success(A), stale]}
    assert (alone.status_code, alone.json()) == (412, {"data": [stale]})
    assert (by_id.status_code, by_id.json()) == (412, {"data": [stale]})
    assert sim.ledger.applied == {("Accounts", A): 1}


def test_a_record_modified_at_that_very_second_is_not_stale(crm):
    for since in ("2026-03-02T10:00:00+05:30", "2026-03-02T04:30:00Z"):
        response = crm.put("/Accounts", json={"data": [{"id": A}]}, headers={"If-Unmodified-Since": since})
        assert response.status_code == 200


def test_if_unmodified_since_must_be_a_time(crm, error):
    for bad in ("", "yesterday", "Mon, 02 Mar 2026 10:00:00 GMT", "2026-03-02T10:00:00"):
        response = crm.put("/Accounts", json={"data": [{"id": A}]}, headers={"If-Unmodified-Since": bad})
        assert response.status_code == 400
        assert response.json() == error("INVALID_DATA", "invalid data", api_name="If-Unmodified-Since")


def test_triggers_decide_what_fires(sim, crm):
    body = {"data": [{"id": A}, {"id": "77"}]}

    crm.put("/Accounts", json={**body, "trigger": []})
    assert sim.ledger.automations == {}
    crm.put("/Accounts", json={**body, "trigger": ["workflow", "approval"]})
    assert sim.ledger.automations == {"workflow": 1, "approval": 1}
    sim.ledger.clear()
    crm.put("/Accounts", json=body)
    assert sim.ledger.automations == dict.fromkeys(
        ["workflow", "approval", "blueprint", "pathfinder", "orchestration"], 1
    )


def test_an_unknown_trigger(sim, crm, error):
    response = crm.put("/Accounts", json={"data": [{"id": A}], "trigger": ["workflows"]})

    assert response.status_code == 400
    assert response.json() == error(
        "INVALID_DATA",
        "invalid data",
        supported_values=["workflow", "approval", "blueprint", "pathfinder", "orchestration"],
        api_name="trigger",
        json_path="$.trigger",
    )
    assert sim.ledger.applied == {}


def test_a_cadence_runs_unless_it_is_skipped(sim, crm):
    sim.add_cadence("Accounts")
    body = {"data": [{"id": A}], "trigger": []}

    crm.put("/Accounts", json={**body, "skip_feature_execution": [{"name": "cadences"}]})
    assert sim.ledger.automations == {}
    crm.put("/Accounts", json=body)
    assert sim.ledger.automations == {"cadences": 1}


def test_a_feature_to_skip_must_be_well_formed(sim, crm, error):
    for feature in ({"name": "cadences", "action": {}}, {"name": "layout_rules"}, "cadences"):
        response = crm.put("/Accounts", json={"data": [{"id": A}], "skip_feature_execution": [feature]})
        assert response.status_code == 400
        assert response.json() == error(
            "INVALID_DATA",
            "invalid data",
            supported_values=["cadences", "assignment_rules", "connected_workflows"],
            api_name="skip_feature_execution",
            json_path="$.skip_feature_execution",
        )
    assert sim.ledger.applied == {}


def test_the_times_and_users_the_system_keeps(sim, crm, user):
    sim.now = sim.now.replace(minute=30)

    crm.put("/Accounts", json={"data": [{"id": A, "Phone": "1", "Modified_Time": "1999-01-01T00:00:00Z"}]})

    assert sim.record("Accounts", A) == {
        "id": A,
        "Account_Name": "Thigpen",
        "Phone": "1",
        "Created_Time": "2026-03-02T10:00:00+05:30",
        "Created_By": user,
        "Modified_Time": "2026-03-02T10:30:00+05:30",
        "Modified_By": user,
    }
