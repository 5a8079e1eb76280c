"""What a module's fields make of the values of a row."""

import pytest

ID = "5545974000000500001"


def place(name):
    return {"api_name": name, "json_path": f"$.data[0].{name}"}


@pytest.fixture
def put(crm):
    """Update one record of a module by one row and give status and the row's item."""

    def put(module, row, **body):
        response = crm.put(f"/{module}", json={"data": [{"id": ID, **row}], **body})
        return response.status_code, response.json()["data"][0]

    return put


@pytest.mark.parametrize(
    ("properties", "value", "details"),
    [
        ({"length": 3}, "abcd", {"maximum_length": 3}),
        ({"length": 3}, 7, {"expected_data_type": "text"}),
        ({"type": "integer"}, "7", {"expected_data_type": "integer"}),
        ({"type": "integer"}, 7.5, {"expected_data_type": "integer"}),
        ({"type": "integer"}, True, {"expected_data_type": "integer"}),
        ({"type": "bigint"}, "x", {"expected_data_type": "bigint"}),
        ({"type": "currency"}, "7", {"expected_data_type": "double"}),
        ({"type": "boolean"}, "true", {"expected_data_type": "boolean"}),
        ({"type": "date"}, "02.03.2026", {"expected_data_type": "date"}),
        ({"type": "datetime"}, "2026-03-02T10:00:00", {"expected_data_type": "datetime"}),
        ({"type": "lookup"}, "1", {"expected_data_type": "jsonobject"}),
        ({"type": "multiselectpicklist"}, "A", {"expected_data_type": "jsonarray"}),
        ({"type": "picklist", "values": ("A", "B")}, "C", {"supported_values": ["A", "B"]}),
        ({"type": "multiselectpicklist", "values": ("A",)}, ["A", "C"], {"supported_values": ["A"]}),
    ],
)
def test_values_a_field_does_not_take(sim, put, error, properties, value, details):
    sim.load("Leads", [{"id": ID}])
    sim.add_field("Leads", "F", **properties)

    assert put("Leads", {"F": value}) == (400, error("INVALID_DATA", "invalid data", **details, **place("F")))
    assert sim.records("Leads") == {ID: {"id": ID}}


@pytest.mark.parametrize(
    ("properties", "value"),
    [
        ({"length": 3}, "abc"),
        ({"type": "integer"}, 7),
        ({"type": "double"}, 7),
        ({"type": "boolean"}, False),
        ({"type": "date"}, "2026-03-02"),
        ({"type": "datetime"}, "2026-03-02T10:00:00+05:30"),
        ({"type": "lookup"}, {"id": "1"}),
        ({"type": "picklist", "values": ("A", "B")}, "B"),
        ({"type": "picklist", "values": ("A", "B")}, None),
    ],
)
def test_values_a_field_takes(sim, put, success, properties, value):
    sim.load("Leads", [{"id": ID}])
    sim.add_field("Leads", "F", **properties)

    assert put("Leads", {"F": value}) == (200, success(ID))
    assert sim.records("Leads")[ID]["F"] == value


@pytest.mark.parametrize("properties", [{"read_only": True}, {"editable": False}])
def test_a_field_that_can_not_be_written(sim, put, error, properties):
    sim.load("Leads", [{"id": ID}])
    sim.add_field("Leads", "F", **properties)

    assert put("Leads", {"F": "x"}) == (
        400,
        error("NOT_ALLOWED", "the field cannot be updated", **place("F")),
    )


def test_unknown_fields_are_made_or_refused(start, error, success):
    for strict in (False, True):
        sim, crm = start(strict_fields=strict)
        sim.load("Leads", [{"id": ID, "Last_Name": "x"}])
        sim.add_field("Leads", "Hidden", hidden=True)
        for name, fine in (("Last_Name", True), ("Nope", not strict), ("Hidden", False)):
            response = crm.put("/Leads", json={"data": [{"id": ID, name: "y"}]})
            unknown = error("INVALID_DATA", "the field api name given seems to be invalid", **place(name))
            assert response.json() == {"data": [success(ID) if fine else unknown]}


def test_a_unique_field(sim, put, error, success, user):
    other = "5545974000000500002"
    sim.load("Contacts", [{"id": ID, "Email": "a@example.com"}, {"id": other, "Email": "b@example.com"}])
    sim.add_field("Contacts", "Email", type="email", unique=True)

    assert put("Contacts", {"Email": "a@example.com"}) == (200, success(ID))
    status, item = put("Contacts", {"Email": "b@example.com"})

    assert status == 400
    module_id = item["details"]["duplicate_record"]["module"].pop("id")
    assert module_id.isdigit()
    assert item == error(
        "DUPLICATE_DATA",
        "duplicate data",
        **place("Email"),
        duplicate_record={
            "id": other,
            "Owner": {**user, "zuid": user["id"]},
            "module": {"api_name": "Contacts"},
        },
        more_records=False,
    )


def test_two_wrong_fields_are_several_errors_in_one(sim, put, error):
    sim.load("Leads", [{"id": ID}])
    sim.add_field("Leads", "A", length=1)
    sim.add_field("Leads", "B", type="integer")

    assert put("Leads", {"A": "xx", "B": "y"}) == (
        400,
        error(
            "MULTIPLE_OR_MULTI_ERRORS",
            "Multiple errors in the request",
            errors=[
                error("INVALID_DATA", "invalid data", maximum_length=1, **place("A")),
                error("INVALID_DATA", "invalid data", expected_data_type="integer", **place("B")),
            ],
        ),
    )


def test_mandatory_fields(sim, put, error, success):
    sim.load("Leads", [{"id": ID}])
    sim.add_field("Leads", "Last_Name", mandatory=True)
    layout_id = sim.add_layout("Leads", ["Company"])
    rule_id = sim.add_layout_rule("Leads", ["Phone"])
    message = "Required field not found"

    assert put("Leads", {"City": "x"}) == (200, success(ID))
    assert put("Leads", {"Last_Name": None}) == (
        400,
        error("MANDATORY_NOT_FOUND", message, **place("Last_Name")),
    )
    assert put("Leads", {"Layout": {"id": layout_id}}) == (
        400,
        error("MANDATORY_NOT_FOUND", message, **place("Company")),
    )
    assert put("Leads", {"Layout": {"id": layout_id}, "Company": "x"}) == (200, success(ID))
    assert put("Leads", {"City": "x"}, apply_feature_execution=[{"name": "layout_rules"}]) == (
        400,
        error(
            "MANDATORY_NOT_FOUND",
            message,
            **place("Phone"),
            layout_rule={"name": f"Layout rule {rule_id}", "id": rule_id},
        ),
    )


def test_a_field_that_depends_on_another(sim, put, error, success):
    sim.load("Leads", [{"id": ID}])
    sim.add_field("Leads", "State", depends_on="Country")

    assert put("Leads", {"State": "x"}) == (
        400,
        error(
            "DEPENDENT_FIELD_MISSING",
            "the controlling field has no value",
            **place("State"),
            dependee=place("Country"),
        ),
    )
    assert put("Leads", {"State": "x", "Country": "y"}) == (200, success(ID))
    assert put("Leads", {"State": "z"}) == (200, success(ID))


def test_at_most_fifty_participants(sim, put, error, success):
    sim.load("Events", [{"id": ID}])
    people = [{"type": "email", "participant": f"p{n}@example.com"} for n in range(51)]

    assert put("Events", {"Participants": people[:50]}) == (200, success(ID))
    assert put("Events", {"Participants": people}) == (
        400,
        error(
            "LIMIT_EXCEEDED",
            "Only 50 participants can be added to an event.",
            limit=50,
            **place("Participants"),
        ),
    )
    assert sim.records("Events")[ID]["Participants"] == people[:50]


@pytest.mark.parametrize("duration", ["00:00", "0", 0, "00:00:00"])
def test_a_call_takes_time(sim, put, error, success, duration):
    sim.load("Calls", [{"id": ID, "Call_Type": "Inbound"}])

    assert put("Calls", {"Call_Duration": "00:10"}) == (200, success(ID))
    assert put("Calls", {"Call_Duration": duration}) == (
        400,
        error(
            "DEPENDENT_MISMATCH",
            "Call Duration can not be zero.",
            **place("Call_Duration"),
            dependee=place("Call_Type"),
        ),
    )
    assert put("Calls", {"Call_Duration": duration, "Call_Type": "Missed"}) == (200, success(ID))


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"Languages": True}, ["Korean", "Spanish", "English"]),
        ({"Languages": "true"}, ["Korean", "Spanish", "English"]),
        ({"Languages": False}, ["Spanish", "English"]),
        ({"Languages": "false"}, ["Spanish", "English"]),
        (None, ["Spanish", "English"]),
    ],
)
def test_appended_values(sim, put, success, wish, expected):
    sim.load("Deals", [{"id": ID, "Languages": ["Korean", "Spanish"]}])
    row = {"Languages": ["Spanish", "English"]}
    if wish is not None:
        row["$append_values"] = wish

    assert put("Deals", row) == (200, success(ID))
    assert sim.records("Deals") == {ID: {"id": ID, "Languages": expected}}


@pytest.mark.parametrize(
    ("row", "details"),
    [
        ({"F": [["x"]]}, place("F")),
        ({"F": [{"id": "1", "_delete": True}]}, place("F")),
        ({"F": [{"_delete": None}]}, place("F")),
        ({"F": {"id": 1.5}}, place("F")),
        ({"Layout": "1"}, {"expected_data_type": "jsonobject", **place("Layout")}),
        ({"$append_values": ["F"]}, place("$append_values")),
        ({"$append_values": {"F": "yes"}}, place("$append_values")),
    ],
)
def test_values_no_field_takes(sim, put, error, row, details):
    sim.load("Leads", [{"id": ID}])

    assert put("Leads", row) == (400, error("INVALID_DATA", "invalid data", **details))
    assert sim.records("Leads") == {ID: {"id": ID}}
