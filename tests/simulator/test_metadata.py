"""What the vendor's SDK asks before it works."""

import pytest


def described(field):
    return field["data_type"], field["json_type"], field["read_only"]


def test_users(sim, crm, client):
    other = sim.add_user("Second", "second@example.com")

    everybody = crm.get("/users").json()["users"]
    (current,) = crm.get("/users", params={"type": "CurrentUser"}).json()["users"]
    (mine,) = client(sim.issue_token(user=other)).get("/users?type=CurrentUser").json()["users"]

    assert [user["email"] for user in everybody] == [
        "admin@example.com",
        "somebody.else@example.com",
        "second@example.com",
    ]
    assert current == everybody[0]
    assert mine["id"] == other


def test_organisation(sim, crm):
    (organisation,) = crm.get("/org").json()["org"]

    assert (organisation["zgid"], organisation["primary_email"]) == ("900000001", "admin@example.com")


def test_modules(sim, crm):
    sim.load("Houses", 1)

    modules = crm.get("/settings/modules").json()["modules"]

    kinds = {module["api_name"]: module["generated_type"] for module in modules}
    assert (kinds["Price_Books"], kinds["Appointments__s"], kinds["Houses"]) == (
        "default",
        "default",
        "custom",
    )
    assert all(module["api_supported"] for module in modules)
    assert len({module["id"] for module in modules}) == len(modules)


def test_declared_fields(sim, crm):
    sim.add_field("Leads", "Source", type="picklist", values=("Web", "Fair"), unique=True)
    sim.add_field("Leads", "Score", type="integer", length=5, read_only=True)
    sim.add_field("Leads", "Secret", hidden=True)

    fields = {field["api_name"]: field for field in crm.get("/settings/fields?module=Leads").json()["fields"]}

    assert set(fields) == {
        "id", "Created_Time", "Created_By", "Modified_Time", "Modified_By", "Source", "Score", "Layout",
        "Owner", "Tag",
    }  # fmt: skip
    assert described(fields["Source"]) == ("picklist", "string", False)
    assert [value["actual_value"] for value in fields["Source"]["pick_list_values"]] == ["Web", "Fair"]
    assert fields["Source"]["unique"] == {"casesensitive": "false"}
    assert (*described(fields["Score"]), fields["Score"]["length"]) == ("integer", "integer", True, 5)
    assert described(fields["Owner"]) == ("ownerlookup", "jsonobject", False)


def test_fields_that_were_only_seen(sim, crm):
    values = {
        "Text": "x", "Flag": True, "Count": 7, "Share": 0.5, "Parent": {"id": "1"}, "Rows": [{"a": 1}],
        "Languages": ["English"], "Nothing": None,
    }  # fmt: skip
    sim.load("Leads", [{}, values])
    (record_id, _) = sim.records("Leads")
    crm.put("/Leads", json={"data": [{"id": record_id, "Late": 1}]})

    fields = crm.get("/settings/fields?module=Leads").json()["fields"]

    types = {field["api_name"]: field["data_type"] for field in fields}
    assert {name: types[name] for name in (*values, "Late")} == {
        "Text": "text",
        "Flag": "boolean",
        "Count": "bigint",
        "Share": "double",
        "Parent": "lookup",
        "Rows": "subform",
        "Languages": "multiselectpicklist",
        "Nothing": "text",
        "Late": "bigint",
    }


def test_fields_of_no_module(crm, error):
    missing = crm.get("/settings/fields")
    unknown = crm.get("/settings/fields?module=Castles")

    assert (missing.status_code, missing.json()) == (
        400,
        error("REQUIRED_PARAM_MISSING", "required param is missing", param_name="module"),
    )
    assert (unknown.status_code, unknown.json()) == (
        400,
        error("INVALID_MODULE", "the module name given seems to be invalid", param_name="module"),
    )


@pytest.mark.parametrize("path", ["/users", "/org", "/settings/modules", "/settings/fields?module=Leads"])
def test_who_may_ask(sim, client, error, path):
    """Any live token, whatever its scopes."""
    assert client(sim.issue_token(["ZohoCRM.mass_update.READ"])).get(path).status_code == 200
    assert client("nonsense").get(path).json() == error("INVALID_TOKEN", "invalid oauth token")
    assert client().put(path, json={}).json()["code"] == "INVALID_REQUEST_METHOD"
    assert (sim.ledger.credits, sim.ledger.calls("update_records")) == (1, 0)
