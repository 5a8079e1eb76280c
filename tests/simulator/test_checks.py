"""The checks before an operation, and their order."""

import pytest

URL = "Please check if the URL trying to access is a correct one"
NO_ROWS = {"data": [{"id": "1"}]}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/Accounts/abc"),
        ("PUT", "/Accounts/1/2"),
        ("PUT", "/Accounts/"),
        ("PUT", "/Accounts/١٢"),
        ("GET", "/Appointments__s/1%2F2"),
        ("POST", "/Accounts/actions/other"),
        ("GET", ""),
        ("GET", "/../../etc/passwd"),
    ],
)
def test_a_path_that_leads_nowhere(crm, error, method, path):
    response = crm.request(method, path)

    assert response.status_code == 404
    assert response.json() == error("INVALID_URL_PATTERN", URL)


def test_a_version_that_is_none(sim, crm, error):
    response = crm.put(f"{sim.url}/crm/latest/Accounts")
    assert (response.status_code, response.json()) == (404, error("INVALID_URL_PATTERN", URL))

    response = crm.put(f"{sim.url}/crm/v1/Accounts")
    assert response.status_code == 400
    assert response.json() == error(
        "API_NOT_SUPPORTED", "the API version is not supported", supported_version=2
    )


def test_the_version_is_open(sim, crm, error):
    for version in ("v2", "v7", "v8", "v8.1", "v12"):
        response = crm.put(f"{sim.url}/crm/{version}/Accounts", json=NO_ROWS)
        assert response.json()["data"][0]["code"] == "INVALID_DATA"


@pytest.mark.parametrize("header", [None, "", "Bearer {}", "{}", "Basic eHh4"])
def test_no_usable_token(sim, crm, error, header):
    del crm.headers["Authorization"]
    headers = {} if header is None else {"Authorization": header.format(sim.access_token)}

    response = crm.put("/Accounts", json=NO_ROWS, headers=headers)

    assert response.status_code == 401
    assert response.json() == error("AUTHENTICATION_FAILURE", "Authentication failed")


def test_a_token_nobody_gave(client, error):
    response = client("1000.nonsense").put("/Accounts", json=NO_ROWS)

    assert response.status_code == 401
    assert response.json() == error("INVALID_TOKEN", "invalid oauth token")


def test_an_unknown_module(crm, error):
    put = crm.put("/Acounts", json=NO_ROWS)
    by_id = crm.put("/Acounts/1", json=NO_ROWS)
    mass_update = crm.post("/accounts/actions/mass_update", json=NO_ROWS)

    assert (put.status_code, by_id.status_code, mass_update.status_code) == (400, 400, 400)
    message = "The module name given seems to be invalid"
    assert put.json() == by_id.json() == error("INVALID_MODULE", message, resource_path_index=0)
    assert mass_update.json() == error(
        "INVALID_MODULE", "the module name given seems to be invalid", resource_path_index=0
    )


def test_a_module_taken_away(sim, crm, error):
    sim.remove_module("Leads")

    assert crm.put("/Leads", json=NO_ROWS).json() == error(
        "INVALID_MODULE", "The module name given seems to be invalid", resource_path_index=0
    )


def test_a_module_the_api_does_not_support(crm, error):
    response = crm.put("/Documents", json=NO_ROWS)

    assert response.status_code == 400
    assert response.json() == error(
        "INVALID_MODULE", "The given module is not supported in API", resource_path_index=0
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/Accounts"),
        ("PATCH", "/Accounts"),
        ("DELETE", "/Accounts/1"),
        ("PATCH", "/Accounts/1"),
        ("PUT", "/settings/fields"),
        ("POST", "/Appointments__s"),
        ("PUT", "/Accounts/actions/mass_update"),
        ("OPTIONS", "/Accounts"),
    ],
)
def test_a_method_the_path_does_not_have(crm, error, method, path):
    response = crm.request(method, path)

    assert response.status_code == 400
    assert response.json() == error(
        "INVALID_REQUEST_METHOD", "The http request method type is not a valid one"
    )


@pytest.mark.parametrize(
    ("module", "scope", "enough"),
    [
        ("Accounts", "ZohoCRM.modules.ALL", True),
        ("Accounts", "ZohoCRM.modules.accounts.ALL", True),
        ("Accounts", "ZohoCRM.modules.accounts.UPDATE", True),
        ("Accounts", "zohocrm.MODULES.Accounts.Write", True),
        ("Price_Books", "ZohoCRM.modules.pricebooks.UPDATE", True),
        ("Appointments__s", "ZohoCRM.modules.appointments.UPDATE", True),
        ("Appointments_Rescheduled_History__s", "ZohoCRM.modules.appointments_rescheduled_history.ALL", True),
        ("Ships", "ZohoCRM.modules.custom.UPDATE", True),
        ("Accounts", "ZohoCRM.modules.accounts.READ", False),
        ("Accounts", "ZohoCRM.modules.leads.ALL", False),
        ("Accounts", "ZohoCRM.modules.custom.ALL", False),
        ("Accounts", "ZohoCRM.mass_update.UPDATE", False),
        ("Accounts", "", False),
    ],
)
def test_scopes(sim, client, error, success, module, scope, enough):
    (record_id,) = sim.load(module, 1)

    response = client(sim.issue_token([scope])).put(f"/{module}", json={"data": [{"id": record_id}]})

    if enough:
        assert (response.status_code, response.json()) == (200, {"data": [success(record_id)]})
    else:
        assert (response.status_code, response.json()) == (401, error("OAUTH_SCOPE_MISMATCH", "Unauthorized"))


def test_reading_and_mass_updating_have_scopes_of_their_own(sim, client, error):
    crm = client(sim.issue_token(["ZohoCRM.modules.accounts.UPDATE"]))
    for response in (
        crm.get("/Appointments__s", params={"fields": "Status"}),
        crm.get("/Appointments__s/1"),
        crm.post("/Accounts/actions/mass_update"),
        crm.get("/Accounts/actions/mass_update"),
    ):
        assert (response.status_code, response.json()) == (401, error("OAUTH_SCOPE_MISMATCH", "Unauthorized"))


@pytest.mark.parametrize(
    ("right", "method", "path", "code", "message", "permission"),
    [
        ("edit", "PUT", "/Accounts", "NO_PERMISSION", "Permission denied to update", "Edit_Accounts"),
        ("edit", "PUT", "/Appointments__s", "NO_PERMISSION", "permission denied", "Edit_Appointments"),
        ("read", "GET", "/Appointments__s", "NO_PERMISSION", "permission denied", "Read_Appointments"),
        (
            "mass_update",
            "POST",
            "/Accounts/actions/mass_update",
            "NO_PERMISSION",
            "permission denied",
            "Mass_Update_Accounts",
        ),
        (
            "read",
            "GET",
            "/Accounts/actions/mass_update",
            "NO_PERMISSION",
            "permission denied",
            "Read_Accounts",
        ),
    ],
)
def test_a_right_taken_away(sim, crm, error, right, method, path, code, message, permission):
    sim.deny(right)
    response = crm.request(method, path)
    sim.allow(right)
    again = crm.request(method, path)

    assert response.status_code == 403
    assert response.json() == error(code, message, permissions=[f"Crm_Implied_{permission}"])
    assert again.json()["code"] != code


def test_a_right_taken_for_one_module_or_from_another_user(sim, crm):
    sim.deny("edit", "Leads")
    sim.deny("edit", user=sim.add_user("Another", "another@example.com"))

    assert crm.put("/Leads", json=NO_ROWS).status_code == 403
    assert crm.put("/Accounts", json=NO_ROWS).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("PUT", "/Accounts", "User does not have sufficient privilege to update records"),
        (
            "POST",
            "/Accounts/actions/mass_update",
            "User does not have sufficient privilege to schedule mass update.",
        ),
        ("GET", "/Accounts/actions/mass_update", "User does not have sufficient privilege to read records"),
    ],
)
def test_a_profile_without_api_access_is_400(sim, crm, error, method, path, message):
    sim.deny("api")

    response = crm.request(method, path)

    assert (response.status_code, response.json()) == (400, error("AUTHORIZATION_FAILED", message))


def test_the_order_of_the_checks(sim, client):
    """Each request is wrong in every way from its place in the list on: the first wrong way is the answer."""
    sim.deny("edit")
    bad, narrow, good = "nonsense", sim.issue_token(["ZohoCRM.modules.leads.READ"]), sim.issue_token()
    steps = [
        (bad, "PATCH", "/Acounts/x", "INVALID_URL_PATTERN"),
        (bad, "PATCH", "/Acounts", "INVALID_TOKEN"),
        (narrow, "PATCH", "/Acounts", "INVALID_MODULE"),
        (narrow, "PATCH", "/Accounts", "INVALID_REQUEST_METHOD"),
        (narrow, "PUT", "/Accounts", "OAUTH_SCOPE_MISMATCH"),
        (good, "PUT", "/Accounts", "NO_PERMISSION"),
    ]
    for token, method, path, code in steps:
        assert client(token).request(method, path, content=b"{").json()["code"] == code
    sim.allow("edit")
    assert client(good).put("/Accounts", content=b"{").json()["code"] == "UNABLE_TO_PARSE_DATA_TYPE"
