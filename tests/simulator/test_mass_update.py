"""POST /{module}/actions/mass_update, by ids and by custom view."""

import pytest

A, B, C = "554023000000497007", "554023000000497021", "554023000000497035"


@pytest.fixture
def sim(sim):
    for module in ("Leads", "Deals"):
        sim.load(module, [{"id": id_, "Languages": ["English"]} for id_ in (A, B, C)])
    return sim


@pytest.fixture
def post(crm):
    """Mass update a module and give the response."""
    return lambda module, body: crm.post(f"/{module}/actions/mass_update", json=body)


def test_by_ids(sim, post, success, error):
    response = post("Leads", {"data": [{"Industry": "Education"}], "ids": [A, int(B), "77"]})

    assert response.status_code == 207
    assert response.json() == {
        "data": [
            success(A),
            success(B),
            error("INVALID_DATA", "the id given seems to be invalid", id="77"),
        ]
    }
    assert {id_: row.get("Industry") for id_, row in sim.records("Leads").items()} == {
        A: "Education",
        B: "Education",
        C: None,
    }
    assert sim.ledger.automations == dict.fromkeys(
        ["workflow", "approval", "blueprint", "pathfinder", "orchestration"], 2
    )


def test_all_and_none(post, success, error):
    good = post("Leads", {"data": [{"Industry": "x"}], "ids": [A]})
    bad = post("Leads", {"data": [{"Industry": "x"}], "ids": ["77"]})

    assert (good.status_code, good.json()) == (200, {"data": [success(A)]})
    assert bad.status_code == 400
    assert bad.json() == {"data": [error("INVALID_DATA", "the id given seems to be invalid", id="77")]}


@pytest.mark.parametrize(
    ("over_write", "expected"),
    [
        ({}, ["English", "Spanish"]),
        ({"over_write": False}, ["English", "Spanish"]),
        ({"over_write": True}, ["Spanish"]),
    ],
)
def test_over_write(sim, post, over_write, expected):
    post("Leads", {"data": [{"Languages": ["Spanish"]}], "ids": [A], **over_write})

    assert sim.records("Leads")[A]["Languages"] == expected


def test_three_fields_in_deals_and_one_elsewhere(post, error, success):
    fields = {"A": "1", "B": "2", "C": "3", "D": "4"}

    def send(module, count):
        response = post(module, {"data": [dict(list(fields.items())[:count])], "ids": [A]})
        return response.status_code, response.json()["data"]

    assert send("Deals", 3) == (200, [success(A)])
    assert send("Deals", 4) == (400, [error("INVALID_DATA", "Max field limit exceeded", limit=3)])
    assert send("Leads", 1) == (200, [success(A)])
    assert send("Leads", 2) == (400, [error("INVALID_DATA", "Max field limit exceeded", limit=1)])


def test_five_hundred_ids(sim, post, error):
    ids = sim.load("Vendors", 501)

    assert post("Vendors", {"data": [{"F": "x"}], "ids": ids[:500]}).status_code == 200
    response = post("Vendors", {"data": [{"F": "x"}], "ids": ids})

    assert response.status_code == 400
    assert response.json() == error(
        "INVALID_DATA", "invalid data", maximum_length=500, api_name="ids", json_path="$.ids"
    )
    assert sim.ledger.applied.total() == 500


@pytest.mark.parametrize(
    ("body", "code", "message", "details"),
    [
        ({"data": [{"F": 1}]}, "MANDATORY_NOT_FOUND", "required field not found", {}),
        ({"data": [{"F": 1}], "ids": []}, "MANDATORY_NOT_FOUND", "required field not found", {}),
        (
            {"data": [{"F": 1}], "territory": {"id": "1"}},
            "MANDATORY_NOT_FOUND",
            "required field not found",
            {},
        ),
        ({"data": [{}], "ids": [A]}, "INVALID_DATA", "No field found", {}),
        ({"data": [], "ids": [A]}, "INVALID_DATA", "No field found", {}),
        (
            {"data": [{"Email": "a@example.com"}], "ids": [A]},
            "INVALID_DATA",
            "This field cannot be updated in the Mass Update",
            {"api_name": "Email", "json_path": "$.data[0].Email"},
        ),
        (
            {"data": [{"Parent": {"id": "1"}}], "ids": [A]},
            "INVALID_DATA",
            "This field cannot be updated in the Mass Update",
            {"api_name": "Parent", "json_path": "$.data[0].Parent"},
        ),
    ],
)
def test_requests_refused_in_one_item(post, error, body, code, message, details):
    response = post("Leads", body)

    assert response.status_code == 400
    assert response.json() == {"data": [error(code, message, **details)]}


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ([], {"expected_data_type": "jsonobject"}),
        (
            {"data": {"F": 1}, "ids": [A]},
            {"expected_data_type": "jsonarray", "api_name": "data", "json_path": "$.data"},
        ),
        (
            {"data": [{"F": 1}, {"G": 1}], "ids": [A]},
            {"expected_data_type": "jsonarray", "api_name": "data", "json_path": "$.data"},
        ),
        (
            {"data": [{"F": 1}], "ids": A},
            {"expected_data_type": "jsonarray", "api_name": "ids", "json_path": "$.ids"},
        ),
        (
            {"data": [{"F": 1}], "ids": [A], "over_write": "true"},
            {"expected_data_type": "boolean", "api_name": "over_write", "json_path": "$.over_write"},
        ),
        ({"data": [{"F": 1}], "ids": [A], "cvid": "1"}, {"api_name": "cvid", "json_path": "$.cvid"}),
    ],
)
def test_requests_refused_flat(post, error, body, details):
    response = post("Leads", body)

    assert (response.status_code, response.json()) == (400, error("INVALID_DATA", "invalid data", **details))


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"layout_rule": True}, "Field cannot be updated as it is associated with a layout rule"),
        ({"validation_rule": True}, "Field cannot be updated as it is associated with a validation rule"),
        ({"hidden": True}, "Field is not visible"),
        ({"type": "textarea"}, "This field cannot be updated in the Mass Update"),
        ({"type": "lookup"}, "This field cannot be updated in the Mass Update"),
        ({"read_only": True}, "This field cannot be updated in the Mass Update"),
    ],
)
def test_fields_refused(sim, post, error, properties, message):
    sim.add_field("Leads", "F", **properties)

    response = post("Leads", {"data": [{"F": "x"}], "ids": [A]})

    assert response.status_code == 400
    assert response.json() == {
        "data": [error("INVALID_DATA", message, api_name="F", json_path="$.data[0].F")]
    }


def test_a_value_the_field_does_not_take(sim, post, error):
    sim.add_field("Leads", "F", length=2)

    assert post("Leads", {"data": [{"F": "xyz"}], "ids": [A]}).json() == {
        "data": [
            error("INVALID_DATA", "invalid data", maximum_length=2, api_name="F", json_path="$.data[0].F")
        ]
    }


def test_a_field_the_user_may_not_edit(sim, post, error):
    sim.add_field("Leads", "F", editable=False)

    response = post("Leads", {"data": [{"F": "x"}], "ids": [A]})

    assert response.status_code == 403
    assert response.json() == error(
        "NO_PERMISSION", "Field Edit Permission not given", api_name="F", json_path="$.data[0].F"
    )


def test_a_stage_the_pipeline_lacks(sim, post, error, success):
    sim.add_pipeline("Deals", "Standard", ["Won", "Lost"])
    sim.load("Deals", [{"id": A, "Pipeline": "Standard", "Stage": "Won"}])

    response = post("Deals", {"data": [{"Stage": "Open"}], "ids": [A, B]})

    assert response.json() == {
        "data": [
            error(
                "MAPPING_MISMATCH",
                "Pipeline doesn't contain the Stage",
                mapped_field="Pipeline",
                api_name="Stage",
                json_path="$.data[0].Stage",
                id=A,
            ),
            success(B),
        ]
    }


@pytest.mark.parametrize("module", ["Services__s", "Appointments__s", "Notes"])
def test_modules_without_mass_update(post, error, module):
    response = post(module, {"data": [{"F": 1}], "ids": [A]})

    assert response.status_code == 400
    assert response.json() == error(
        "NOT_SUPPORTED", "the given module is not supported for this api", resource_path_index=0
    )


def test_by_view_schedules_a_job(sim, post):
    view = sim.add_view("Leads", [A, B])

    response = post("Leads", {"data": [{"Industry": "Education"}], "cvid": view})

    (job_id,) = sim.jobs()
    assert response.status_code == 200
    assert response.json() == {
        "data": [
            {
                "code": "SUCCESS",
                "details": {"job_id": job_id},
                "message": "mass update scheduled successfully",
                "status": "success",
            }
        ]
    }
    assert sim.ledger.applied == {}
    sim.finish_jobs()
    assert sim.ledger.applied == {("Leads", A): 1, ("Leads", B): 1}


@pytest.mark.parametrize(("count", "fires"), [(999, True), (1000, False), (1001, False)])
def test_a_view_of_a_thousand_fires_nothing(sim, post, count, fires):
    sim.load("Vendors", count)
    post("Vendors", {"data": [{"F": "x"}], "cvid": sim.add_view("Vendors")})
    sim.finish_jobs()

    assert sim.ledger.applied.total() == count
    assert sim.ledger.automations["workflow"] == (count if fires else 0)


def test_territories(sim, post, error):
    parent = sim.add_territory([A])
    sim.add_territory([B], parent=sim.add_territory([], parent=parent))
    view = sim.add_view("Leads")

    def total(**territory):
        response = post("Leads", {"data": [{"F": "x"}], "cvid": view, "territory": territory})
        report = sim.jobs()[response.json()["data"][0]["details"]["job_id"]]
        sim.finish_jobs()
        return report["Total_Count"]

    assert total(id=parent) == total(id=parent, include_child=False) == 1
    assert total(id=parent, include_child=True) == 2
    unknown = post("Leads", {"data": [{"F": "x"}], "cvid": view, "territory": {"id": "77"}})
    assert unknown.status_code == 400
    assert unknown.json() == {
        "data": [
            error(
                "INVALID_DATA",
                "The id given seems to be invalid",
                api_name="id",
                json_path="$.territory.id",
            )
        ]
    }


def test_views_refused(sim, post, error):
    def send(cvid):
        response = post("Leads", {"data": [{"F": "x"}], "cvid": cvid})
        return response.status_code, response.json()

    invalid = error("INVALID_DATA", "the cvid given seems to be invalid", api_name="cvid", json_path="$.cvid")
    assert send("77") == (400, invalid)
    assert send(sim.add_view("Deals")) == (400, invalid)
    assert send(sim.add_view("Leads", accessible=False)) == (
        403,
        error("NO_PERMISSION", "Customview not accessible", permissions=["Crm_Implied_View_Custom_View"]),
    )
    assert send(sim.add_view("Leads", [])) == (400, error("NO_RECORDS_FOUND", "no record found to update"))
    sim.load("Leads", 49_998)
    assert send(sim.add_view("Leads")) == (
        400,
        error("LIMIT_EXCEEDED", "Record count exceeded", limit=50_000),
    )
    assert sim.jobs() == {}


def test_one_job_at_a_time_for_a_view(sim, post, error):
    view = sim.add_view("Leads")
    body = {"data": [{"F": "x"}], "cvid": view}

    assert post("Leads", body).status_code == 200
    again = post("Leads", body)
    other = post("Leads", {**body, "cvid": sim.add_view("Leads")})
    sim.finish_jobs()
    later = post("Leads", body)

    assert again.status_code == 202
    assert again.json() == error(
        "ALREADY_SCHEDULED",
        "Already a Mass Action scheduler is running for the given cvid",
        api_name="cvid",
    )
    assert (other.status_code, later.status_code) == (200, 200)


@pytest.mark.parametrize("edition", ["free", "standard", "professional"])
def test_editions_without_jobs(start, error, edition):
    sim, crm = start(edition=edition)
    sim.load("Leads", [{"id": A}])
    body = {"data": [{"F": "x"}], "cvid": sim.add_view("Leads")}

    response = crm.post("/Leads/actions/mass_update", json=body)

    assert response.status_code == 400
    assert response.json() == error(
        "NOT_SUPPORTED", "Scheduled Mass Operation feature is not available in your edition"
    )


@pytest.fixture
def activities(sim):
    """A task, an event and a call."""
    for module, id_ in (("Tasks", "71"), ("Events", "72"), ("Calls", "73")):
        sim.load(module, [{"id": id_}])
    return ["71", "72", "73"]


def test_activities_are_tasks_events_and_calls(sim, crm, activities, success, error):
    url = f"{sim.url}/crm/v7/Activities/actions/mass_update"

    by_ids = crm.post(url, json={"data": [{"Priority": "High"}], "ids": [*activities, A]})
    view = sim.add_view("Activities")
    by_view = crm.post(url, json={"data": [{"Priority": "Low"}], "cvid": view})
    (scheduled,) = by_view.json()["data"]
    sim.finish_jobs()
    poll = crm.get(url, params={"job_id": scheduled["details"]["job_id"]}).json()["data"][0]

    assert by_ids.json() == {
        "data": [
            *map(success, activities),
            error("INVALID_DATA", "the id given seems to be invalid", id=A),
        ]
    }
    assert (poll["Status"], poll["Updated_Count"], poll["Total_Count"]) == ("COMPLETED", 3, 3)
    assert sim.ledger.applied == {("Tasks", "71"): 2, ("Events", "72"): 2, ("Calls", "73"): 2}
    assert sim.records("Calls")["73"]["Priority"] == "Low"


def test_activities_mind_the_fields_of_each(sim, crm, activities, error):
    sim.add_field("Calls", "Purpose", hidden=True)
    place = {"api_name": "Purpose", "json_path": "$.data[0].Purpose"}

    response = crm.post(
        f"{sim.url}/crm/v7/Activities/actions/mass_update", json={"data": [{"Purpose": "x"}], "ids": ["73"]}
    )

    assert response.status_code == 400
    assert response.json() == {"data": [error("INVALID_DATA", "Field is not visible", **place)]}


def test_activities_are_for_mass_updates_before_version_8(sim, crm, activities, error):
    sim.load("Activities", [{"id": "74"}])
    body = {"data": [{"Priority": "High"}], "ids": ["71", "74"]}
    unknown = error("INVALID_MODULE", "the module name given seems to be invalid", resource_path_index=0)

    older = crm.post(f"{sim.url}/crm/v7/Activities/actions/mass_update", json=body)
    newer = crm.post("/Activities/actions/mass_update", json=body)
    update = crm.put(f"{sim.url}/crm/v7/Activities", json={"data": [{"id": "71"}]})
    tasks = crm.post("/Tasks/actions/mass_update", json={**body, "ids": ["71"]})

    assert (older.status_code, newer.status_code, update.status_code, tasks.status_code) == (
        200,
        400,
        400,
        200,
    )
    assert newer.json() == unknown
    assert update.json()["code"] == "INVALID_MODULE"
    names = [module["api_name"] for module in crm.get("/settings/modules").json()["modules"]]
    assert "Activities" not in names


@pytest.mark.parametrize(
    ("version", "module", "scope", "enough"),
    [
        ("v7", "Activities", "activities", True),
        ("v7", "Activities", "tasks", False),
        ("v7", "Activities", "custom", False),
        ("v8", "Tasks", "tasks", True),
        ("v8", "Calls", "calls", True),
        ("v8", "Events", "meetings", True),
        ("v8", "Events", "events", True),
        ("v8", "Tasks", "activities", False),
    ],
)
def test_scopes_of_activities(sim, client, activities, version, module, scope, enough):
    token = sim.issue_token([f"ZohoCRM.mass_update.{scope}.UPDATE"])
    id_ = {"Events": "72", "Calls": "73"}.get(module, "71")

    response = client(token).post(
        f"{sim.url}/crm/{version}/{module}/actions/mass_update",
        json={"data": [{"Priority": "High"}], "ids": [id_]},
    )

    assert response.status_code == (200 if enough else 401)


def test_somebody_else_edits_an_activity_meanwhile(sim, crm, activities):
    sim.fault("edit", fields={"Subject": "theirs"})

    crm.post(
        f"{sim.url}/crm/v7/Activities/actions/mass_update", json={"data": [{"Priority": "x"}], "ids": ["72"]}
    )

    assert sim.records("Events")["72"] == {"id": "72", "Subject": "theirs", "Priority": "x"}
