"""The generated package as it is installed: its data, its error table, its validators."""

import json
from importlib.resources import files

import pytest

zcrm_api = pytest.importorskip("zcrm_api")
validators = pytest.importorskip("zcrm_api.validators", reason="the extra validate is not installed")

START = "2023-04-05T10:00:00+05:30"
NAIVE = "2023-04-05T10:00:00"
REMINDER = {"unit": 101, "period": "days"}


@pytest.mark.parametrize("name", ["openapi.yaml", "errors.yaml"])
def test_documents_are_package_data(root, name):
    assert files(zcrm_api).joinpath(name).read_bytes() == (root / "spec" / name).read_bytes()


def test_typed():
    assert files(zcrm_api).joinpath("py.typed").is_file()


def test_error_table_follows_errors(errors):
    from zcrm_api.error_table import ENTRIES

    assert [(entry.page, entry.status, entry.code, entry.level, entry.message) for entry in ENTRIES] == [
        (page, entry["status"], entry["code"], entry["level"], entry["message"])
        for part in ("pages", "additions")
        for page, section in errors[part].items()
        for entry in section["entries"]
    ]


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("update_appointments", "AppointmentUpdate"),
        ("update_records", "RecordUpdate"),
        ("update_records.deluge", "RecordUpdate"),
    ],
)
def test_validators_accept_the_rows_of_the_samples(root, name, model):
    body = json.loads((root / f"tests/samples/{name}.request.json").read_text(encoding="utf-8"))
    for row in body["data"]:
        validated = getattr(validators, model).model_validate(row)
        assert validated.model_dump(mode="json", by_alias=True, exclude_unset=True) == row


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("mass_update.view", "MassUpdateByViewBody"),
        ("mass_update.ids", "MassUpdateByIdsBody"),
        ("mass_update.deluge", "MassUpdateByIdsBody"),
    ],
)
def test_validators_accept_the_mass_updates_of_the_samples(root, name, model):
    body = json.loads((root / f"tests/samples/{name}.request.json").read_text(encoding="utf-8"))
    validated = getattr(validators, model).model_validate(body)
    assert validated.model_dump(mode="json", by_alias=True, exclude_unset=True) == body


@pytest.mark.parametrize(
    ("model", "row", "place"),
    [
        ("AppointmentUpdate", {"Status": "Cancelled"}, ("id",)),
        ("AppointmentUpdate", {"id": "1", "Status": "Canceled"}, ("Status",)),
        ("AppointmentUpdate", {"id": "1", "Appointment_Start_Time": NAIVE}, ("Appointment_Start_Time",)),
        ("AppointmentUpdate", {"id": "1", "Cancellation_Note": "x" * 2001}, ("Cancellation_Note",)),
        ("AppointmentUpdate", {"id": "1", "Duration": "30"}, ("Duration",)),
        ("AppointmentUpdate", {"id": "1", "Remind_At": [REMINDER]}, ("Remind_At", 0, "unit")),
        ("AppointmentUpdate", {"id": "1", "Tag": [{}]}, ("Tag", 0, "name")),
        ("RecordUpdate", {"Stage": "x"}, ("id",)),
        ("RecordUpdate", {"id": "1", "Layout": {"name": "x"}}, ("Layout", "id")),
        ("MassUpdateByIdsBody", {"data": [{"A": 1}], "ids": []}, ("ids",)),
        ("MassUpdateByIdsBody", {"data": [{"A": 1, "B": 1, "C": 1, "D": 1}], "ids": ["1"]}, ("data", 0)),
        ("MassUpdateByViewBody", {"data": [{"A": 1}]}, ("cvid",)),
    ],
)
def test_validators_refuse(model, row, place):
    pydantic = pytest.importorskip("pydantic")
    with pytest.raises(pydantic.ValidationError) as caught:
        getattr(validators, model).model_validate(row)
    assert [error["loc"] for error in caught.value.errors()] == [place]


def test_validators_take_an_appointment_as_it_is_read():
    row = {
        "id": "5545974000002254155",
        "Status": "Scheduled",
        "Appointment_Start_Time": START,
        "Owner": {"id": "1", "name": None, "email": None},
        "Tag": [{"name": "x", "id": "2"}],
        "Remind_At": None,
        "$status": "a",
        "Own_Field__c": {"any": ["thing"]},
    }
    validated = validators.Appointment.model_validate(row)
    assert validated.model_dump(mode="json", by_alias=True, exclude_unset=True) == row


def test_generated_classes_show_no_secret_but_what_was_answered():
    from zcrm_api import AuthenticatedClient
    from zcrm_api.models import Envelope, RefreshTokenGrant

    grant = RefreshTokenGrant("refresh_token", "1000.C", "planted", "planted")
    client = AuthenticatedClient(base_url="https://zoho.example", token="planted")
    answered = Envelope.from_dict({"access_token": "planted", "code": "SUCCESS"})
    assert "planted" not in f"{grant!r} {client!r} {answered!r}"
    assert repr(answered).startswith("Envelope(code='SUCCESS'")
