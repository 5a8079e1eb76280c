"""The OpenAPI document: valid, complete, and exact about what it accepts."""

import pytest

UPDATE = ["200", "207", "400", "401", "403", "404", "412", "429", "500", "default"]
READ = ["200", "204", "400", "401", "403", "404", "429", "500", "default"]
SUCCESS = {"code": "SUCCESS", "details": {"id": "1"}, "message": "record updated", "status": "success"}
REFUSAL = {"code": "INVALID_DATA", "details": {}, "message": "invalid data", "status": "error"}


def test_document_is_valid_openapi(openapi):
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(openapi)
    assert openapi["openapi"] == "3.1.0"


def test_operations(operations):
    assert {
        name: (operation["tags"], operation["method"], operation["path"], list(operation["responses"]))
        for name, operation in operations.items()
    } == {
        "update_records": (["records"], "put", "/{module_api_name}", UPDATE),
        "update_record": (["records"], "put", "/{module_api_name}/{record_id}", UPDATE),
        "get_appointments": (["appointments"], "get", "/Appointments__s", READ),
        "get_appointment": (["appointments"], "get", "/Appointments__s/{appointment_id}", READ),
        "update_appointments": (["appointments"], "put", "/Appointments__s", UPDATE),
        "update_appointment": (["appointments"], "put", "/Appointments__s/{appointment_id}", UPDATE),
        "mass_update": (
            ["mass_update"],
            "post",
            "/{module_api_name}/actions/mass_update",
            ["200", "202", "207", "400", "401", "403", "404", "429", "500", "default"],
        ),
        "get_mass_update_status": (["mass_update"], "get", "/{module_api_name}/actions/mass_update", READ),
        "get_fields": (["settings"], "get", "/settings/fields", READ),
        "get_records": (["records"], "get", "/{module_api_name}", READ),
        "get_record": (["records"], "get", "/{module_api_name}/{record_id}", READ),
        "create_token": (["oauth"], "post", "/oauth/v2/token", ["200", "400", "500", "default"]),
        "revoke_token": (
            ["oauth"],
            "post",
            "/oauth/v2/token/revoke",
            ["200", "400", "500", "default"],
        ),
    }


def test_scopes_are_named_wherever_a_token_is_needed(openapi, operations):
    assert openapi["security"] == [{"zoho_oauthtoken": []}]
    assert {name for name, operation in operations.items() if operation.get("security") == []} == {
        "create_token",
        "revoke_token",
    }
    assert {
        name: operation["x-zcrm-scopes"][-1]
        for name, operation in operations.items()
        if "x-zcrm-scopes" in operation
    } == {
        "update_records": "ZohoCRM.modules.{module}.UPDATE",
        "update_record": "ZohoCRM.modules.{module}.UPDATE",
        "get_appointments": "ZohoCRM.modules.appointments.READ",
        "get_appointment": "ZohoCRM.modules.appointments.READ",
        "update_appointments": "ZohoCRM.modules.appointments.UPDATE",
        "update_appointment": "ZohoCRM.modules.appointments.UPDATE",
        "mass_update": "ZohoCRM.mass_update.{module}.UPDATE",
        "get_mass_update_status": "ZohoCRM.mass_update.{module}.READ",
        "get_fields": "ZohoCRM.settings.fields.READ",
        "get_records": "ZohoCRM.modules.{module}.READ",
        "get_record": "ZohoCRM.modules.{module}.READ",
    }


def test_servers_of_ten_data_centres_and_three_environments(openapi):
    domains = {
        "us": "com",
        "eu": "eu",
        "in": "in",
        "au": "com.au",
        "cn": "com.cn",
        "jp": "jp",
        "ca": "ca",
        "sa": "sa",
        "uk": "uk",
        "ae": "ae",
    }
    hosts = {"production": "www", "sandbox": "sandbox", "developer": "developer"}
    assert [
        (server["x-zcrm-data-center"], server["x-zcrm-environment"], server["url"])
        for server in openapi["servers"]
    ] == [
        (center, environment, f"https://{host}.zohoapis.{domain}/crm/{{version}}")
        for center, domain in domains.items()
        for environment, host in hosts.items()
    ]
    assert all(
        list(server["variables"]) == ["version"]
        and server["variables"]["version"]["default"] == "v8"
        and "enum" not in server["variables"]["version"]
        for server in openapi["servers"]
    )


@pytest.mark.parametrize("path", ["/oauth/v2/token", "/oauth/v2/token/revoke"])
def test_accounts_servers(openapi, path):
    assert {server["x-zcrm-data-center"]: server["url"] for server in openapi["paths"][path]["servers"]} == {
        "us": "https://accounts.zoho.com",
        "eu": "https://accounts.zoho.eu",
        "in": "https://accounts.zoho.in",
        "au": "https://accounts.zoho.com.au",
        "cn": "https://accounts.zoho.com.cn",
        "jp": "https://accounts.zoho.jp",
        "ca": "https://accounts.zohocloud.ca",
        "sa": "https://accounts.zoho.sa",
        "uk": "https://accounts.zoho.uk",
        "ae": "https://accounts.zoho.ae",
    }


def test_every_object_schema_is_a_named_component(openapi, nodes):
    named = [id(schema) for schema in openapi["components"]["schemas"].values()]
    inline = [
        node
        for node in nodes(openapi)
        if (node.get("type") == "object" or isinstance(node.get("properties"), dict))
        and id(node) not in named
    ]
    assert inline == []


def test_what_callers_hand_in_is_marked(openapi):
    marks = {
        mark: {name for name, schema in openapi["components"]["schemas"].items() if schema.get(mark)}
        for mark in ("x-zcrm-rows", "x-zcrm-typed")
    }
    assert marks == {
        "x-zcrm-rows": {
            "Appointment",
            "AppointmentChanges",
            "AppointmentUpdate",
            "AppliedFeature",
            "MassUpdateFields",
            "Record",
            "RecordChanges",
            "RecordUpdate",
            "SkippedFeature",
            "Trigger",
        },
        "x-zcrm-typed": {"MassUpdateByIdsBody", "MassUpdateByViewBody"},
    }


def test_answers_have_no_closed_set_of_values(openapi, operations, nodes):
    waiting, seen = [operation["responses"] for operation in operations.values()], set()
    while waiting:
        for node in nodes(waiting.pop()):
            assert "enum" not in node
            reference = node.get("$ref")
            if reference and reference not in seen:
                seen.add(reference)
                _, _, kind, name = reference.split("/")
                waiting.append(openapi["components"][kind][name])


def test_no_value_is_missing(openapi, nodes):
    """A comma in an unquoted text of a one-line mapping makes a key without a value."""
    document = openapi | {"components": openapi["components"] | {"examples": {}}}
    assert [key for node in nodes(document) for key, value in node.items() if value is None] == []


def test_extensions_name_their_source(openapi, nodes):
    sources = [node["x-zcrm-extension"] for node in nodes(openapi) if "x-zcrm-extension" in node]
    assert [source for source in sources if not isinstance(source, str) or not source.strip()] == []
    responses = openapi["components"]["responses"]
    assert {name for name, response in responses.items() if "x-zcrm-extension" in response} == {
        "AccountsError",
        "AccountsUnexpected",
        "Nothing",
        "PartlyUpdated",
        "TooManyRequests",
        "Unexpected",
    }


def _grant(grant_type, *keys):
    return {"grant_type": grant_type} | dict.fromkeys(keys, "x")


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("update_records", {"data": [{"id": "1"}] * 100, "trigger": []}),
        ("update_records", {"data": [{"id": 5545974000002254155, "Amount": 1.5, "Note": None}]}),
        ("update_records", {"data": [{"id": "1", "$append_values": {"Languages": "true"}}]}),
        ("update_record", {"data": [{"Stage": "Closed Won"}]}),
        ("update_appointment", {"data": [{"Status": "Cancelled"}]}),
        ("mass_update", {"data": [{"A": ["x"]}], "ids": ["1"] * 500}),
        ("mass_update", {"data": [{"A": None}], "cvid": 1}),
        ("create_token", _grant("refresh_token", "client_id", "client_secret", "refresh_token")),
        ("create_token", _grant("authorization_code", "client_id", "client_secret", "code")),
        ("create_token", _grant("client_credentials", "client_id", "client_secret", "scope", "soid")),
        ("revoke_token", {"token": "x"}),
    ],
)
def test_request_validates(is_valid, operation, body):
    assert is_valid(operation, body)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("update_record", {"data": [{"A": 1}, {"A": 2}]}),
        ("create_token", _grant("password", "client_id", "client_secret", "refresh_token")),
        ("create_token", _grant("refresh_token", "client_id", "client_secret")),
        ("revoke_token", {}),
    ],
)
def test_request_fails(is_valid, operation, body):
    assert not is_valid(operation, body)


@pytest.mark.parametrize(
    ("operation", "status", "body", "valid"),
    [
        ("update_records", 200, {"data": [SUCCESS, REFUSAL]}, True),
        ("update_records", 207, {"data": [SUCCESS, REFUSAL]}, True),
        ("update_records", 400, {"data": [REFUSAL]}, True),
        ("update_records", 400, REFUSAL, True),
        ("update_records", 403, {"data": [REFUSAL]}, True),
        ("update_records", 412, {"data": [REFUSAL]}, True),
        ("update_records", 412, REFUSAL, True),
        ("update_records", 200, REFUSAL, False),
        ("update_records", 404, {"data": [REFUSAL]}, False),
        ("update_records", 429, REFUSAL, True),
        ("update_records", 400, REFUSAL | {"status": "success"}, False),
        ("mass_update", 202, REFUSAL, True),
        ("mass_update", 202, {"data": [REFUSAL]}, True),
        ("mass_update", 202, {}, False),
        ("get_appointments", 200, {"data": [{"id": "1", "Status": None}]}, True),
        ("get_appointments", 200, {"data": [], "info": {"count": 0, "more_records": False}}, True),
        ("get_appointments", 200, {"data": [{"id": 1}]}, False),
        ("get_appointments", 200, {"data": [{"id": "1"}], "info": {"count": 1}}, False),
        ("get_appointments", 400, REFUSAL, True),
        ("get_records", 200, {"data": [{"id": "1", "Amount": None, "$editable": True}]}, True),
        ("get_records", 200, {"data": [{"Amount": 1}]}, False),
        ("get_records", 403, REFUSAL, True),
        ("get_record", 200, {"data": [{"id": "1", "Lines": [{"id": "2"}]}]}, True),
        (
            "get_fields",
            200,
            {"fields": [{"api_name": "A", "data_type": "new", "length": None, "x": 1}]},
            True,
        ),
        ("get_fields", 200, {"fields": [{"api_name": "A"}]}, False),
        ("get_fields", 200, {"data": []}, False),
        ("get_fields", 400, REFUSAL, True),
        ("get_mass_update_status", 200, {"data": [{"Status": "QUEUED", "Total_Count": 18}]}, True),
        ("get_mass_update_status", 200, {"data": [{"Total_Count": 18}]}, False),
        ("create_token", 200, {"access_token": "x", "expires_in": 3600000, "expires_in_sec": 3600}, True),
        ("create_token", 200, {"error": "invalid_code"}, True),
        ("create_token", 200, {"status": "failure"}, False),
        (
            "create_token",
            400,
            {"error": "Access Denied", "error_description": "x", "status": "failure"},
            True,
        ),
        ("revoke_token", 200, {"status": "success"}, True),
        ("revoke_token", 200, {"status": "failure"}, False),
    ],
)
def test_answer(is_valid, operation, status, body, valid):
    assert is_valid(operation, body, status) is valid
