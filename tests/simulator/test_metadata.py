"""What the vendor's SDK asks before it works."""

import pytest


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
    assert organisation["time_zone"] == sim.time_zone == "UTC"
    sim.time_zone = "Asia/Kolkata"
    assert crm.get("/org").json()["org"][0]["time_zone"] == "Asia/Kolkata"


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


@pytest.mark.parametrize("path", ["/users", "/org", "/settings/modules"])
def test_who_may_ask(sim, client, error, path):
    """Any live token, but for the org itself whatever its scopes."""
    scope = "ZohoCRM.org.READ" if path == "/org" else "ZohoCRM.mass_update.READ"
    assert client(sim.issue_token([scope])).get(path).status_code == 200
    assert client("nonsense").get(path).json() == error("INVALID_TOKEN", "invalid oauth token")
    assert client().put(path, json={}).json()["code"] == "INVALID_REQUEST_METHOD"
    assert (sim.ledger.credits, sim.ledger.calls("update_records")) == (1, 0)
    other = client(sim.issue_token(["ZohoCRM.modules.ALL"])).get(path)
    assert (other.status_code, "OAUTH_SCOPE_MISMATCH" in other.text) == (
        (401, True) if path == "/org" else (200, False)
    )
