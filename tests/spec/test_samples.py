"""The vendor's samples: examples in the document, word for word, that validate and cannot be broken."""

import json
from copy import deepcopy

import pytest


def test_sample_files(root):
    assert sorted(path.name for path in (root / "tests/samples").glob("*.json")) == sorted(SAMPLES)


SAMPLES = [
    "mass_update.deluge.request.json",
    "mass_update.ids.request.json",
    "mass_update.ids.response.json",
    "mass_update.view.request.json",
    "mass_update.view.response.json",
    "update_appointments.request.json",
    "update_appointments.response.json",
    "update_records.deluge.request.json",
    "update_records.request.json",
    "update_records.response.json",
]


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_validates(root, is_valid, name):
    sample = json.loads((root / "tests/samples" / name).read_text(encoding="utf-8"))
    operation = name.partition(".")[0]
    assert is_valid(operation, sample, 200 if name.endswith(".response.json") else None)


def _set(body, path, value):
    *parents, last = path
    for key in parents:
        body = body[key]
    if value is ...:
        del body[last]
    else:
        body[last] = value


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("update_records.request", ("data",), ...),
        ("update_records.request", ("data",), []),
        ("update_records.request", ("data",), [{"id": "1"}] * 101),
        ("update_records.request", ("data", 0, "id"), ...),
        ("update_records.request", ("data", 0, "id"), 1.5),
        ("update_records.request", ("data", 0, "$append_values", "Foreign_Languages"), "yes"),
        ("update_records.request", ("data", 0, "Listings", 1, "_delete"), True),
        ("update_records.request", ("data", 0, "Listings", 1, "id"), ...),
        ("update_records.request", ("trigger",), ["email"]),
        ("update_records.request", ("skip_feature_execution", 0, "name"), ...),
        ("update_appointments.request", ("data", 1, "Status"), "Canceled"),
        ("update_appointments.request", ("data", 1, "Cancellation_Reason"), "By Nobody"),
        ("update_appointments.request", ("data", 0, "Reschedule_Note"), "x" * 2001),
        ("update_appointments.request", ("data", 2, "id"), ...),
        ("mass_update.view.request", ("cvid",), ...),
        ("mass_update.view.request", ("ids",), ["1"]),
        ("mass_update.view.request", ("territory", "id"), ...),
        ("mass_update.view.request", ("data", 0), {}),
        ("mass_update.ids.request", ("data", 0, "Fourth"), "x"),
        ("mass_update.ids.request", ("data",), [{"A": 1}, {"B": 2}]),
        ("mass_update.ids.request", ("ids",), ["1"] * 501),
        ("mass_update.ids.request", ("ids",), []),
        ("mass_update.ids.request", ("over_write",), "true"),
        ("mass_update.ids.request", ("territory",), {"id": "1"}),
        ("update_records.response", ("data", 0, "status"), "error"),
        ("update_records.response", ("data", 0, "details", "id"), 554023000000527003),
        ("update_records.response", ("data", 0, "details", "id"), ...),
        ("update_records.response", ("data",), []),
        ("mass_update.ids.response", ("data", 1, "status"), "success"),
        ("mass_update.ids.response", ("data", 1, "code"), ...),
        ("mass_update.view.response", ("data", 0, "details", "job_id"), ...),
    ],
)
def test_broken_sample_fails(root, is_valid, name, path, value):
    sample = json.loads((root / f"tests/samples/{name}.json").read_text(encoding="utf-8"))
    operation, status = name.partition(".")[0], 200 if name.endswith("response") else None
    broken = deepcopy(sample)
    _set(broken, path, value)
    assert is_valid(operation, sample, status)
    assert not is_valid(operation, broken, status)


def _examples(document, operation, kind):
    """The examples of an operation's request or answer, by the names of the components."""
    if kind == "request":
        (media,) = operation["requestBody"]["content"].values()
    else:
        name = operation["responses"]["200"]["$ref"].rpartition("/")[2]
        media = document["components"]["responses"][name]["content"]["application/json"]
    names = [example["$ref"].rpartition("/")[2] for example in media.get("examples", {}).values()]
    return {name: document["components"]["examples"][name] for name in names}


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_stands_as_an_example_that_names_its_page(root, openapi, operations, name):
    sample = json.loads((root / "tests/samples" / name).read_text(encoding="utf-8"))
    operation, *_, kind, _ = name.split(".")
    pages = {
        "update_records": "Update Records (v8)",
        "update_appointments": "Update Appointments (v7)",
        "mass_update": "Mass Update (v7)",
    }
    examples = _examples(openapi, operations[operation], kind)
    (summary,) = [example["summary"] for example in examples.values() if example["value"] == sample]
    assert summary.startswith("Sample ")
    assert f" of {pages[operation]}" in summary


def test_every_example_is_a_sample_and_validates_where_it_stands(root, openapi, operations, is_valid):
    samples = [json.loads((root / "tests/samples" / name).read_text(encoding="utf-8")) for name in SAMPLES]
    assert len(openapi["components"]["examples"]) == len(SAMPLES)
    used = set()
    for name, operation in operations.items():
        for kind, status in (("request", None), ("response", 200)):
            if kind == "request" and "requestBody" not in operation:
                continue
            for example, content in _examples(openapi, operation, kind).items():
                assert content["value"] in samples, example
                assert is_valid(name, content["value"], status), example
                used.add(example)
    assert used == openapi["components"]["examples"].keys()


def test_examples_of_parameters_validate(openapi, nodes):
    from jsonschema import Draft202012Validator

    parameters = [node for node in nodes(openapi) if "in" in node and "example" in node]
    assert len(parameters) >= 7
    for parameter in parameters:
        schema = parameter["schema"] | {"components": openapi["components"]}
        assert Draft202012Validator(schema).is_valid(parameter["example"]), parameter["name"]
