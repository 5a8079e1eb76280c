"""The step from spec/ to generated/: the rules of the two views, the tables, and the check for drift."""

import importlib.util
import os
import shutil
import subprocess
import sys
from copy import deepcopy
from typing import get_args

import pytest

GENERATORS = ("openapi_python_client", "datamodel_code_generator", "ruff", "yaml")

with_generators = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in GENERATORS),
    reason="the generators (dependency group generate) are not installed",
)

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "https://api.example"}],
    "security": [{"key": []}],
    "paths": {
        "/rows": {
            "servers": [{"url": "https://other.example"}],
            "put": {
                "operationId": "put_rows",
                "x-zcrm-errors": {"$ref": "#/components/schemas/PutRowsErrorCode"},
                "description": "One paragraph\nin two lines.\n\nAnother.\n",
                "security": [],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/Body"},
                            "examples": {"one": {"$ref": "#/components/examples/One"}},
                        }
                    },
                },
                "responses": {
                    "200": {"$ref": "#/components/responses/Results"},
                    "204": {"description": "nothing"},
                    "400": {"$ref": "#/components/responses/Results"},
                    "default": {"$ref": "#/components/responses/Results"},
                },
            },
        },
        "/list": {
            "get": {
                "operationId": "list_rows",
                "parameters": [{"$ref": "#/components/parameters/Fields"}],
                "responses": {"500": {"description": "error", "content": {"application/json": {}}}},
            },
        },
    },
    "components": {
        "parameters": {
            "Fields": {
                "name": "fields",
                "in": "query",
                "style": "form",
                "explode": False,
                "schema": {"type": "array", "items": {"type": "string"}},
            },
        },
        "headers": {"Left": {"schema": {"type": "integer"}}},
        "examples": {"One": {"value": {"data": [{"id": "1"}]}}},
        "responses": {
            "Results": {
                "description": "results",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Results"}}},
            },
        },
        "schemas": {
            "Body": {
                "type": "object",
                "properties": {
                    "data": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
                    "over": {"type": "boolean", "default": False},
                    "when": {"type": "string", "format": "date-time"},
                    "view": {"$ref": "#/components/schemas/IdInput"},
                    "kinds": {"type": ["string", "integer"]},
                },
            },
            "Options": {
                "x-zcrm-typed": True,
                "type": "object",
                "properties": {"on": {"type": "boolean", "default": True}},
            },
            "Row": {
                "x-zcrm-rows": True,
                "type": "object",
                "properties": {
                    "id": {"$ref": "#/components/schemas/IdInput"},
                    "when": {"$ref": "#/components/schemas/TimeInput"},
                    "wishes": {"$ref": "#/components/schemas/Wishes"},
                },
                "additionalProperties": {"$ref": "#/components/schemas/Value"},
            },
            "IdInput": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "TimeInput": {"type": "string", "pattern": "Z$", "x-zcrm-time": True},
            "Wishes": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Wish"}},
            "Wish": {"type": "boolean"},
            "Value": {"type": ["string", "null"]},
            "PutRowsErrorCode": {"type": "string", "enum": ["X"]},
            "Results": {
                "x-zcrm-envelope": True,
                "type": "object",
                "properties": {
                    "data": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
                    "code": {"type": "string", "const": "X"},
                    "details": {"$ref": "#/components/schemas/Value"},
                },
            },
        },
    },
}


def test_client_view(spec_module):
    answer = {
        "description": "",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}},
    }
    answers = {"200": answer, "400": answer, "500": answer}
    document = deepcopy(DOCUMENT)
    assert spec_module("views").client_view(document) == {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/rows": {
                "put": {
                    "operationId": "put_rows",
                    "description": "One paragraph in two lines.\n\nAnother.",
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}
                    },
                    "responses": answers,
                },
            },
            "/list": {
                "get": {
                    "operationId": "list_rows",
                    "parameters": [{"$ref": "#/components/parameters/Fields"}],
                    "responses": answers,
                },
            },
        },
        "components": {
            "parameters": {
                "Fields": {
                    "name": "fields",
                    "in": "query",
                    "style": "form",
                    "explode": False,
                    "schema": {"type": "string"},
                },
            },
            "schemas": {
                "Body": {
                    "type": "object",
                    "properties": {
                        "data": {"type": "array", "items": {}},
                        "over": {"type": "boolean"},
                        "when": {"type": "string"},
                        "view": {"$ref": "#/components/schemas/IdInput"},
                        "kinds": {"type": "string"},
                    },
                },
                "IdInput": {"type": "string"},
                "Envelope": {
                    "description": (
                        "An answer at either level: `data` row by row, or `code` for the call as a whole."
                    ),
                    "type": "object",
                    "properties": {
                        "data": {"type": "array", "items": {}},
                        "code": {"type": "string"},
                        "details": {},
                    },
                    "additionalProperties": True,
                },
            },
        },
    }
    assert document == DOCUMENT


def test_rows_view(spec_module):
    document = deepcopy(DOCUMENT)
    assert spec_module("views").rows_view(document) == {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "components": {
            "schemas": {
                "Options": {
                    "x-zcrm-typed": True,
                    "type": "object",
                    "properties": {"on": {"type": "boolean"}},
                },
                "Row": {
                    "x-zcrm-rows": True,
                    "type": "object",
                    "properties": {
                        "id": {"$ref": "#/components/schemas/IdInput"},
                        "when": {"$ref": "#/components/schemas/TimeInput"},
                        "wishes": {"$ref": "#/components/schemas/Wishes"},
                    },
                    "additionalProperties": True,
                },
                "IdInput": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
                "TimeInput": {"type": "string", "format": "date-time"},
                "Wishes": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Wish"}},
                "Wish": {"type": "boolean"},
            }
        },
    }
    assert document == DOCUMENT


def test_envelope_of_the_document(spec_module, openapi):
    schemas = spec_module("views").client_view(openapi)["components"]["schemas"]
    assert schemas["Envelope"]["properties"] == {
        "code": {"type": "string"},
        "details": {},
        "message": {"type": "string"},
        "status": {"type": "string"},
        "data": {"type": "array", "items": {}},
        "info": {},
        "fields": {"type": "array", "items": {}},
    }


def _namespace(source):
    namespace = {"__name__": "table"}
    exec(compile(source, "table", "exec"), namespace)  # the module under test is text
    return namespace


def test_limits(spec_module, openapi):
    namespace = _namespace(spec_module("tables").limits_module(openapi))
    names = namespace["__all__"]
    assert {name: namespace[name] for name in names} == {
        "ACCESS_TOKENS_PER_TEN_MINUTES": 10,
        "ACCESS_TOKEN_SECONDS": 3600,
        "ACTIVE_ACCESS_TOKENS": 15,
        "APPOINTMENT_FIELDS": 50,
        "APPOINTMENT_NOTE": 2000,
        "AUTOMATION_VIEW_RECORDS": 1000,
        "CONCURRENT_UPDATES": 10,
        "EVENT_PARTICIPANTS": 50,
        "MASS_UPDATE_FIELDS": 1,
        "MASS_UPDATE_FIELDS_DEALS": 3,
        "MASS_UPDATE_IDS_PER_CALL": 500,
        "MASS_UPDATE_VIEW_RECORDS": 50000,
        "PAGE_TOKEN_SECONDS": 86400,
        "RECORDS_BY_PAGE": 2000,
        "RECORDS_BY_PAGE_TOKEN": 100000,
        "RECORDS_PER_CALL": 100,
        "RECORDS_PER_PAGE": 200,
        "RECORD_FIELDS": 50,
        "RECORD_IDS": 100,
    }


def test_a_limit_with_two_values_is_refused(spec_module):
    document = {
        "x-zcrm-limits": {},
        "a": {"maximum": 1, "x-zcrm-limit": "A"},
        "b": {"maxItems": 2, "x-zcrm-limit": "A"},
    }
    with pytest.raises(ValueError, match="limit A is both 1 and 2"):
        spec_module("tables").limits_module(document)


def test_servers(spec_module, openapi):
    namespace = _namespace(spec_module("tables").servers_module(openapi))
    assert namespace["API_SERVERS"].keys() == namespace["ACCOUNTS_SERVERS"].keys()
    assert namespace["API_SERVERS"]["au"] == {
        "production": "https://www.zohoapis.com.au",
        "sandbox": "https://sandbox.zohoapis.com.au",
        "developer": "https://developer.zohoapis.com.au",
    }
    assert namespace["ACCOUNTS_SERVERS"]["ca"] == "https://accounts.zohocloud.ca"
    assert set(get_args(namespace["DataCenter"])) == namespace["API_SERVERS"].keys()
    assert get_args(namespace["Environment"]) == ("production", "sandbox", "developer")


def test_error_table(spec_module, errors):
    namespace = _namespace(spec_module("tables").error_table_module(errors))
    entries = namespace["ENTRIES"]
    assert len(entries) == sum(
        len(section["entries"]) for part in errors.values() for section in part.values()
    )
    first = errors["pages"]["update-appointments"]["entries"][0]
    assert entries[0] == namespace["ErrorEntry"](
        page="update-appointments",
        operations=("update_appointments", "update_appointment"),
        status=400,
        code="DEPENDENT_FIELD_MISSING",
        level="both",
        message="Rescheduled_From cannot be empty",
        detail_keys=(),
        meaning=first["meaning"],
        fix=first["fix"],
        retry=False,
        isolate=True,
        fatal=False,
        state_dependent=False,
        source="Update Appointments (v7)",
        anchor="update-appointments-1",
    )
    own = [entry for entry in entries if entry.code == "INVALID_OAUTHTOKEN"]
    assert [(entry.page, len(entry.operations), entry.fatal, entry.source) for entry in own] == [
        ("common", 11, True, "Zoho's page on the validity of tokens (v8)")
    ]


@pytest.fixture
def tree(root, tmp_path):
    """A copy of spec/ and generated/."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("spec", "generated"):
        shutil.copytree(root / name, tmp_path / name, ignore=ignored)
    return tmp_path


def _generate(tree, *arguments, hash_seed="0"):
    return subprocess.run(
        [sys.executable, str(tree / "spec/generate.py"), *arguments],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=120,
    )


@with_generators
def test_check_passes_on_what_spec_gives(tree):
    cache = tree / "generated/zcrm_api/__pycache__"
    cache.mkdir()
    (cache / "client.pyc").touch()
    done = _generate(tree, "--check", hash_seed="1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@with_generators
def test_check_names_every_edited_stray_and_missing_file(tree):
    package = tree / "generated/zcrm_api"
    with (package / "client.py").open("a") as client:
        client.write("\n")
    (package / "api/own.py").touch()
    (tree / "generated/notes.txt").touch()
    (package / "py.typed").unlink()
    done = _generate(tree, "--check", hash_seed="2")
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [
            "missing: generated/zcrm_api/py.typed",
            "stray: generated/notes.txt",
            "stray: generated/zcrm_api/api/own.py",
            "differs: generated/zcrm_api/client.py",
        ],
    )


@with_generators
def test_check_fails_on_a_stale_spec_and_generating_cures_it(tree):
    spec = tree / "spec/openapi.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("maximum: 200", "maximum: 250"), encoding="utf-8")
    stale = _generate(tree, "--check")
    assert (stale.returncode, stale.stderr.splitlines()) == (
        1,
        ["differs: generated/zcrm_api/limits.py", "differs: generated/zcrm_api/openapi.yaml"],
    )
    (tree / "generated/stray.txt").touch()
    assert _generate(tree).returncode == 0
    assert not (tree / "generated/stray.txt").exists()
    assert "RECORDS_PER_PAGE = 250" in (tree / "generated/zcrm_api/limits.py").read_text(encoding="utf-8")
    assert _generate(tree, "--check").returncode == 0


@with_generators
def test_a_generator_that_fails_leaves_the_tree_alone(tree):
    spec = tree / "spec/openapi.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("openapi: 3.1.0", "openapi: 1.0.0"), encoding="utf-8")
    before = {path: path.read_bytes() for path in (tree / "generated").rglob("*") if path.is_file()}
    done = _generate(tree)
    assert done.returncode == 1
    assert done.stderr.startswith("openapi-python-client failed:\n")
    assert {path: path.read_bytes() for path in (tree / "generated").rglob("*") if path.is_file()} == before


def test_every_generated_module_says_so(root):
    modules = sorted((root / "generated").rglob("*.py"))
    assert [
        module
        for module in modules
        if not module.read_text(encoding="utf-8").startswith(
            "# Written by `nox -s generate` from spec/; do not edit.\n"
        )
    ] == []
    assert len(modules) > 30
