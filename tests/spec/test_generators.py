"""What generators of any language need: the forms that they are known to keep, read and compile."""

import re

import pytest
import yaml

ROWS = {
    "RecordUpdate": "RecordChanges",
    "AppointmentUpdate": "AppointmentChanges",
}
"""A row of several, and the row of the one that the path names."""

MODULES = [
    "leads", "accounts", "contacts", "deals", "campaigns", "tasks", "cases", "events", "calls", "solutions",
    "products", "vendors", "pricebooks", "quotes", "salesorders", "purchaseorders", "invoices", "custom",
    "appointments", "appointments_rescheduled_history", "services", "notes",
]  # fmt: skip
"""The possible module names of the page Update Records."""

MASS_UPDATED = [
    "leads", "accounts", "contacts", "deals", "campaigns", "activities", "solutions", "products", "vendors",
    "pricebooks", "quotes", "salesorders", "purchaseorders", "invoices", "custom",
]  # fmt: skip
"""Those of the page Mass Update."""


@pytest.fixture(scope="module")
def schemas(openapi):
    return openapi["components"]["schemas"]


@pytest.fixture(scope="module")
def handed_in(openapi, schemas, operations, nodes):
    """The schemas that the requests lead to, by name."""
    found, waiting = {}, [openapi["components"]["parameters"]]
    waiting += [operation.get("requestBody", {}) for operation in operations.values()]
    while waiting:
        for node in nodes(waiting.pop()):
            name = node.get("$ref", "").removeprefix("#/components/schemas/")
            if name in schemas and name not in found:
                found[name] = schemas[name]
                waiting.append(schemas[name])
    return found


def _is_nullable(schema):
    match schema:
        case {"oneOf": [{"$ref": str()}, {"type": "null"}]}:
            return True
        case {"type": [str(), "null"]}:
            return True
    return False


def test_no_aliases(root):
    with (root / "spec/openapi.yaml").open(encoding="utf-8") as document:
        found = [event for event in yaml.parse(document) if getattr(event, "anchor", None)]
    assert found == []


@pytest.mark.parametrize("name", [*ROWS, *ROWS.values(), "MassUpdateFields"])
def test_rows_take_fields_beside_the_ones_they_name(schemas, name):
    """Several generators drop the fields of an object that is composed of others."""
    row = schemas[name]
    assert row["type"] == "object"
    assert row["additionalProperties"] == {"$ref": "#/components/schemas/FieldValue"}
    assert row.keys().isdisjoint({"allOf", "anyOf", "oneOf"})


def test_values_of_fields_have_no_type(schemas):
    """Generators hand on a value that they know no type of; a union they convert, and some spoil it."""
    for name in ("FieldValue", "FieldItem"):
        assert schemas[name].keys().isdisjoint({"type", "properties", "allOf", "anyOf", "oneOf"})


@pytest.mark.parametrize(("several", "one"), ROWS.items())
def test_a_row_of_several_and_the_one_row_have_equal_fields(schemas, several, one):
    assert schemas[several]["required"] == ["id"]
    assert "required" not in schemas[one]
    assert schemas[several]["properties"] == schemas[one]["properties"]


def test_what_stands_open_beside_rows_has_names_that_no_generator_changes(handed_in):
    """Where names are changed and others let through, the vendor's spelling is lost without a word."""
    found = {
        (name, key)
        for name, schema in handed_in.items()
        if schema.get("additionalProperties") is True and not schema.get("x-zcrm-rows")
        for key in schema["properties"]
        if not key.strip("_").isalpha() or not key.islower()
    }
    assert found == set()


def test_unions_are_named(schemas, nodes):
    named = {id(schema) for schema in schemas.values()}
    unions = [node for node in nodes(schemas) if {"oneOf", "anyOf"} & node.keys()]
    assert {id(union) for union in unions if not _is_nullable(union)} <= named
    assert all("anyOf" not in union for union in unions)


def _seen(value):
    """Every mapping that generators look at: they pass over conditions."""
    if isinstance(value, dict):
        yield value
        value = [part for key, part in value.items() if key not in {"if", "then", "else", "not"}]
    if isinstance(value, list):
        for part in value:
            yield from _seen(part)


def test_null_and_several_types_are_spelt_as_generators_read_them(schemas):
    seen = list(_seen(schemas))
    nulls = {id(option) for node in seen if _is_nullable(node) for option in node.get("oneOf", ())}
    assert [node for node in seen if node.get("type") == "null" and id(node) not in nulls] == []
    assert [node for node in seen if isinstance(node.get("type"), list) and not _is_nullable(node)] == []


def test_values_of_an_enum_make_different_names(openapi, nodes):
    """Generators make the name of a constant of letters and digits alone."""
    enums = [node for node in nodes(openapi) if "enum" in node]
    assert enums
    for node in enums:
        names = node.get("x-enum-varnames", node["enum"])
        assert len(names) == len(node["enum"])
        assert len({re.sub(r"\W|_", "", name).lower() for name in names}) == len(names), names


def test_times_are_handed_in_as_texts(openapi, handed_in, nodes):
    """Of a date-time, generators make a type whose text the server is not documented to take."""
    times = [
        node
        for part in (handed_in, openapi["components"]["parameters"])
        for node in nodes(part)
        if node.get("format") == "date-time"
    ]
    assert times == []
    assert "TimeInput" in handed_in


@pytest.mark.parametrize(
    ("time", "valid"),
    [
        ("2024-01-15T15:26:49+05:30", True),
        ("2024-01-15T15:26:49Z", True),
        ("2024-01-15T15:26:49.250-0800", True),
        ("2024-01-15T15:26:49", False),
        ("2024-01-15", False),
        ("Mon Jan 15 2024 15:26:49 GMT+0530", False),
    ],
)
def test_a_time_needs_its_offset(is_valid, time, valid):
    row = {"id": "1", "Appointment_Start_Time": time}
    assert is_valid("update_appointments", {"data": [row]}) is valid


def test_every_operation_has_a_default_answer(openapi, operations):
    answers = openapi["components"]["responses"]
    for name, operation in operations.items():
        answer = answers[operation["responses"]["default"]["$ref"].rpartition("/")[2]]
        error = "TokenError" if "oauth" in operation["tags"] else "RequestError"
        schema = answer["content"]["application/json"]["schema"]
        assert schema == {"$ref": f"#/components/schemas/{error}"}, name


def test_consent_is_an_oauth_flow(openapi):
    schemes = openapi["components"]["securitySchemes"]
    flow = schemes["zoho_oauth"]["flows"]["authorizationCode"]
    accounts = openapi["paths"]["/oauth/v2/token"]["servers"][0]["url"]
    assert flow["authorizationUrl"] == f"{accounts}/oauth/v2/auth"
    assert flow["tokenUrl"] == flow["refreshUrl"] == f"{accounts}/oauth/v2/token"
    assert schemes["zoho_oauthtoken"]["type"] == "apiKey"


def test_scopes_of_the_flow_are_those_of_the_operations(openapi, operations):
    accepted = {
        scope.format(module=module)
        for operation in operations.values()
        for scope in operation.get("x-zcrm-scopes", ())
        for module in (MASS_UPDATED if "mass_update" in scope else MODULES)
    }
    flow = openapi["components"]["securitySchemes"]["zoho_oauth"]["flows"]["authorizationCode"]
    assert flow["scopes"].keys() == accepted
    assert all(flow["scopes"].values())


def test_the_linter_passes_over_what_only_marks_lead_to(root, operations):
    ignored = yaml.safe_load((root / ".redocly.lint-ignore.yaml").read_text(encoding="utf-8"))
    enums = {
        operation["x-zcrm-errors"]["$ref"]
        for operation in operations.values()
        if "x-zcrm-errors" in operation
    }
    assert ignored.keys() == {"spec/openapi.yaml"}
    assert ignored["spec/openapi.yaml"].keys() == {"no-unused-components"}
    assert set(ignored["spec/openapi.yaml"]["no-unused-components"]) == {
        *enums,
        "#/components/securitySchemes/zoho_oauth",
    }
