"""The table of errors: every row of the pages, and equal flags where the client cannot tell rows apart."""

import re

import pytest

PAGES = {
    "update-appointments": [
        (400, "DEPENDENT_FIELD_MISSING"),
        (400, "DEPENDENT_FIELD_MISSING"),
        (400, "DEPENDENT_FIELD_UNCHANGED"),
        (400, "DEPENDENT_MISMATCH"),
        (400, "DEPENDENT_MISMATCH"),
        (400, "INVALID_DATA"),
        (400, "INVALID_DATA"),
        (400, "INVALID_MODULE"),
        (400, "INVALID_REQUEST_METHOD"),
        (400, "MANDATORY_NOT_FOUND"),
        (401, "INVALID_TOKEN"),
        (401, "OAUTH_SCOPE_MISMATCH"),
        (403, "NO_PERMISSION"),
        (403, "NOT_ALLOWED"),
        (403, "NOT_ALLOWED"),
        (403, "NOT_ALLOWED"),
        (403, "NOT_ALLOWED"),
        (404, "INVALID_URL_PATTERN"),
        (500, "INTERNAL_ERROR"),
    ],
    "update-records": [
        (400, "INVALID_MODULE"),
        (400, "INVALID_MODULE"),
        (400, "INVALID_DATA"),
        (400, "DUPLICATE_LINKING_DATA"),
        (400, "MANDATORY_NOT_FOUND"),
        (404, "INVALID_URL_PATTERN"),
        (401, "OAUTH_SCOPE_MISMATCH"),
        (403, "NO_PERMISSION"),
        (412, "ALREADY_MODIFIED"),
        (500, "INTERNAL_ERROR"),
        (400, "INVALID_REQUEST_METHOD"),
        (400, "AUTHORIZATION_FAILED"),
        (400, "DUPLICATE_DATA"),
        (400, "LIMIT_EXCEEDED"),
        (400, "RECORD_LOCKED"),
        (400, "RECORD_LOCKED"),
        (400, "NOT_APPROVED"),
        (400, "RECORD_LOCKED"),
        (400, "DEPENDENT_MISMATCH"),
    ],
    "get-appointments": [
        (400, "AMBIGUITY_DURING_PROCESSING"),
        (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED"),
        (400, "EXPIRED_VALUE"),
        (400, "INVALID_DATA"),
        (400, "INVALID_MODULE"),
        (400, "INVALID_REQUEST_METHOD"),
        (400, "LIMIT_EXCEEDED"),
        (400, "TOKEN_BOUND_DATA_MISMATCH"),
        (400, "PAGINATION_LIMIT_EXCEEDED"),
        (400, "REQUIRED_PARAM_MISSING"),
        (401, "INVALID_TOKEN"),
        (401, "OAUTH_SCOPE_MISMATCH"),
        (403, "NO_PERMISSION"),
        (404, "INVALID_URL_PATTERN"),
        (500, "INTERNAL_ERROR"),
    ],
    "mass-update": [
        *[(400, "INVALID_DATA")] * 7,
        (400, "CANNOT_PROCESS"),
        (400, "RECORD_IN_BLUEPRINT"),
        (400, "MANDATORY_NOT_FOUND"),
        (400, "CANNOT_PERFORM_ACTION"),
        (202, "ALREADY_SCHEDULED"),
        (400, "LIMIT_EXCEEDED"),
        (400, "NOT_APPROVED"),
        (400, "INVALID_DATA"),
        (400, "NO_RECORDS_FOUND"),
        (403, "NO_PERMISSION"),
        (403, "NO_PERMISSION"),
        (403, "NO_PERMISSION"),
        (400, "INVALID_MODULE"),
        (404, "INVALID_URL_PATTERN"),
        (401, "OAUTH_SCOPE_MISMATCH"),
        (500, "INTERNAL_ERROR"),
        (400, "INVALID_REQUEST_METHOD"),
        (400, "AUTHORIZATION_FAILED"),
        (400, "RECORD_LOCKED"),
        (400, "RECORD_LOCKED"),
        (400, "NOT_APPROVED"),
    ],
}

KEYS = {"status", "code", "anchor", "level", "message", "detail_keys", "flags", "meaning", "fix"}


@pytest.fixture(scope="module")
def entries(errors):
    """Every entry, with what its section says for it."""
    return [
        {"operations": section["operations"], "source": section["source"], "page": page} | entry
        for part in ("pages", "additions")
        for page, section in errors[part].items()
        for entry in section["entries"]
    ]


def test_pages_row_for_row(errors):
    assert {
        page: [(entry["status"], entry["code"]) for entry in section["entries"]]
        for page, section in errors["pages"].items()
    } == PAGES
    assert {page: len(rows) for page, rows in PAGES.items()} == {
        "update-appointments": 19,
        "update-records": 19,
        "get-appointments": 15,
        "mass-update": 28,
    }


def test_additions_stand_apart(errors):
    assert list(errors) == ["pages", "additions"]
    assert list(errors["additions"]) == [
        "mass-update-status",
        "get-fields",
        "get-records",
        "token",
        "common",
    ]


def test_entries_are_whole(errors, entries):
    raw = [entry for part in errors.values() for section in part.values() for entry in section["entries"]]
    assert [entry for entry in raw if not entry.keys() >= KEYS] == []
    assert [entry for entry in raw if entry.keys() - KEYS - {"operations", "source"}] == []
    for entry in entries:
        assert all(entry[key].strip() for key in ("meaning", "fix", "source")), entry
        assert entry["level"] in {"request", "record", "both"}, entry
        assert set(entry["flags"]) <= {"retry", "isolate", "fatal", "state_dependent"}, entry


def test_each_case_of_a_code_has_an_anchor_of_its_own(entries):
    places = [(entry["code"].upper().replace(" ", "_"), entry["anchor"]) for entry in entries]
    assert len(set(places)) == len(places)
    for entry in entries:
        assert re.fullmatch(rf"{entry['page']}-[1-9][0-9]*", entry["anchor"]), entry


def test_fatal_excludes_trying_again(entries):
    assert [entry for entry in entries if "fatal" in entry["flags"] and len(entry["flags"]) > 1] == []
    assert [entry for entry in entries if "retry" in entry["flags"] and len(entry["flags"]) > 1] == []


def test_operations_document_every_status(entries, operations):
    undocumented = [
        (operation, entry["status"], entry["code"])
        for entry in entries
        for operation in entry["operations"]
        if str(entry["status"]) not in operations[operation]["responses"]
    ]
    assert undocumented == []


def test_every_documented_status_has_an_error(entries, operations):
    documented = {
        (name, int(status))
        for name, operation in operations.items()
        for status in operation["responses"]
        if status.isdigit() and int(status) >= 400 and "oauth" not in operation["tags"]
    }
    known = {(operation, entry["status"]) for entry in entries for operation in entry["operations"]}
    assert documented - known == set()


def test_the_document_and_the_table_name_the_same_codes(openapi, entries, operations):
    """Each operation of the table leads to an enum of its codes, and each enum back to the table."""
    codes = {}
    for entry in entries:
        for operation in entry["operations"]:
            codes.setdefault(operation, set()).add(entry["code"])
    schemas = openapi["components"]["schemas"]
    enums = {
        name: schemas[operation["x-zcrm-errors"]["$ref"].removeprefix("#/components/schemas/")]
        for name, operation in operations.items()
        if "x-zcrm-errors" in operation
    }
    assert {name: enum["enum"] for name, enum in enums.items()} == {
        name: sorted(found) for name, found in codes.items()
    }
    assert {enum["type"] for enum in enums.values()} == {"string"}
    assert {enum["externalDocs"]["url"] for enum in enums.values()} == {"errors.yaml"}
    assert openapi["externalDocs"]["url"] == "errors.yaml"


def test_the_two_documents_lie_side_by_side_and_name_each_other(root, openapi):
    table = root / "spec" / openapi["externalDocs"]["url"]
    lines = table.read_text(encoding="utf-8").splitlines()
    head = "".join(line for line in lines if line.startswith("#"))
    assert "openapi.yaml" in head
    assert "x-zcrm-errors" in head


def test_flags_are_equal_where_levels_overlap(entries):
    flags = {}
    for entry in entries:
        levels = ["request", "record"] if entry["level"] == "both" else [entry["level"]]
        for operation in entry["operations"]:
            for level in levels:
                key = (operation, entry["status"], entry["code"], level)
                assert flags.setdefault(key, set(entry["flags"])) == set(entry["flags"]), key


def test_flags_by_code(entries):
    codes = {flag: set() for flag in ("retry", "isolate", "fatal", "state_dependent")}
    for entry in entries:
        for flag in entry["flags"]:
            codes[flag].add(entry["code"])
    assert codes == {
        "retry": {"INTERNAL_ERROR", "TOO_MANY_REQUESTS", "Access Denied", "access_denied", "general_error"},
        "isolate": {
            "ALREADY_MODIFIED",
            "CANNOT_PERFORM_ACTION",
            "CANNOT_PROCESS",
            "CONVERTED_RECORD",
            "DEPENDENT_FIELD_MISSING",
            "DEPENDENT_FIELD_UNCHANGED",
            "DEPENDENT_MISMATCH",
            "DEPENDENT_SERVICE_ERROR",
            "DUPLICATE_DATA",
            "DUPLICATE_LINKING_DATA",
            "EXPECTED_FIELD_MISSING",
            "INVALID_DATA",
            "LIMIT_EXCEEDED",
            "MANDATORY_NOT_FOUND",
            "MAPPING_MISMATCH",
            "MULTIPLE_OR_MULTI_ERRORS",
            "NOT_ALLOWED",
            "NOT_APPROVED",
            "NOT_REVIEWED",
            "NO_PERMISSION",
            "RECORD_IN_BLUEPRINT",
            "RECORD_LOCKED",
            "UNABLE_TO_PARSE_DATA_TYPE",
        },
        "fatal": {
            "API_NOT_SUPPORTED",
            "AUTHENTICATION_FAILURE",
            "AUTHORIZATION_FAILED",
            "INVALID_MODULE",
            "INVALID_OAUTHTOKEN",
            "INVALID_REQUEST_METHOD",
            "INVALID_TOKEN",
            "INVALID_URL_PATTERN",
            "NOT_SUPPORTED",
            "NO_PERMISSION",
            "OAUTH_SCOPE_MISMATCH",
            "invalid_client",
            "invalid_client_secret",
            "invalid_code",
            "invalid_grant",
            "invalid_org",
            "invalid_redirect_uri",
            "invalid_scope",
            "invalid_soid",
            "missing_org_info",
            "unauthorized_client",
        },
        "state_dependent": {
            "ALREADY_MODIFIED",
            "ALREADY_SCHEDULED",
            "CANNOT_PERFORM_ACTION",
            "CANNOT_PROCESS",
            "CONVERTED_RECORD",
            "DEPENDENT_FIELD_UNCHANGED",
            "DEPENDENT_SERVICE_ERROR",
            "DUPLICATE_DATA",
            "DUPLICATE_LINKING_DATA",
            "MULTIPLE_OR_MULTI_ERRORS",
            "NOT_ALLOWED",
            "NOT_APPROVED",
            "NOT_REVIEWED",
            "NO_PERMISSION",
            "NO_RECORDS_FOUND",
            "RECORD_IN_BLUEPRINT",
            "RECORD_LOCKED",
        },
    }


def test_codes_at_both_levels_with_other_flags(entries):
    """A right that is missing for a record stops that row; one missing altogether stops everything."""
    found = {
        (operation, entry["level"]): sorted(entry["flags"])
        for entry in entries
        for operation in entry["operations"]
        if entry["code"] == "NO_PERMISSION" and operation.startswith("update_")
    }
    assert found == {
        ("update_records", "request"): ["fatal"],
        ("update_records", "record"): ["state_dependent"],
        ("update_record", "request"): ["fatal"],
        ("update_record", "record"): ["state_dependent"],
        ("update_appointments", "request"): ["fatal"],
        ("update_appointments", "record"): ["state_dependent"],
        ("update_appointment", "request"): ["isolate", "state_dependent"],
        ("update_appointment", "record"): ["state_dependent"],
    }
