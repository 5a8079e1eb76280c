"""Carries out calls with the vendor's Python SDK, unchanged, in a Python that has it.

Reads one JSON object from standard input (where the server is, who signs in, the calls) and writes the
results as JSON: status codes, and what the SDK made of the answers, taken out of its objects.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.fields import FieldsOperations, GetFieldsParam
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.record import (
    BodyWrapper,
    GetMassUpdateStatusParam,
    GetRecordsParam,
    MassUpdate,
    MassUpdateBodyWrapper,
    MassUpdateTerritory,
    Record,
    RecordOperations,
)
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.users import MinifiedUser
from zohocrmsdk.src.com.zoho.crm.api.util import Choice


def main() -> None:
    task = json.load(sys.stdin)
    token = OAuthToken(
        client_id=task["client_id"], client_secret=task["client_secret"], refresh_token=task["refresh_token"]
    )
    Initializer.initialize(
        DataCenter.Environment(task["url"], task["accounts_url"] + "/oauth/v2/token", task["url"]),
        token,
        store=FileStore(task["folder"] + "/tokens.csv"),
        sdk_config=SDKConfig(auto_refresh_fields=task.get("auto_refresh_fields", False)),
        resource_path=task["folder"],
        logger=Logger.get_instance(Logger.Levels.INFO, task["folder"] + "/sdk.log"),
    )
    results = []
    for name, arguments in task["calls"]:
        results.append(CALLS[name](**arguments))
    json.dump(results, sys.stdout)


def update_records(module: str, rows: list[dict[str, Any]], triggers: list[str]) -> dict[str, Any]:
    return _items(RecordOperations(module).update_records(_body(rows, triggers)))


def update_record(module: str, record_id: str, row: dict[str, Any]) -> dict[str, Any]:
    return _items(RecordOperations(module).update_record(int(record_id), _body([row], [])))


def mass_update(module: str, row: dict[str, Any], over_write: bool, **target: Any) -> dict[str, Any]:
    body = MassUpdateBodyWrapper()
    body.set_data([_record(row)])
    body.set_over_write(over_write)
    if "ids" in target:
        body.set_ids(target["ids"])
    else:
        body.set_cvid(target["cvid"])
        territory = MassUpdateTerritory()
        territory.set_id(int(target["territory"]))
        territory.set_include_child(target["include_child"])
        body.set_territory(territory)
    return _items(RecordOperations(module).mass_update_records(body))


def mass_update_status(module: str, job_id: str) -> dict[str, Any]:
    parameters = ParameterMap()
    parameters.add(GetMassUpdateStatusParam.job_id, job_id)
    response = RecordOperations(module).get_mass_update_status(parameters)
    jobs = [job for job in response.get_object().get_data() if isinstance(job, MassUpdate)]
    return {
        "status": response.get_status_code(),
        "jobs": [
            {
                "Status": job.get_status().get_value(),
                "Failed_Count": job.get_failed_count(),
                "Updated_Count": job.get_updated_count(),
                "Not_Updated_Count": job.get_not_updated_count(),
                "Total_Count": job.get_total_count(),
            }
            for job in jobs
        ],
    }


def get_appointments(fields: list[str], per_page: int) -> dict[str, Any]:
    parameters = ParameterMap()
    parameters.add(GetRecordsParam.fields, ",".join(fields))
    parameters.add(GetRecordsParam.per_page, per_page)
    return _records(RecordOperations("Appointments__s").get_records(parameters))


def get_appointment(record_id: str) -> dict[str, Any]:
    return _records(RecordOperations("Appointments__s").get_record(int(record_id)))


def get_records(module: str, ids: list[str], fields: list[str]) -> dict[str, Any]:
    parameters = ParameterMap()
    parameters.add(GetRecordsParam.fields, ",".join(fields))
    parameters.add(GetRecordsParam.ids, ",".join(ids))
    return _records(RecordOperations(module).get_records(parameters))


def get_fields(module: str) -> dict[str, Any]:
    """The fields of a module, with those keys that the SDK and we both read."""
    parameters = ParameterMap()
    parameters.add(GetFieldsParam.module, module)
    response = FieldsOperations().get_fields(parameters)
    return {"status": response.get_status_code(), "fields": _fields(response.get_object().get_fields())}


def refresh() -> dict[str, Any]:
    """Let the SDK believe that its token is about to expire."""
    token = Initializer.get_initializer().token
    token.set_expires_in("0")
    Initializer.get_initializer().store.save_token(token)
    return {}


CALLS = {
    call.__name__: call
    for call in (
        update_records,
        update_record,
        mass_update,
        mass_update_status,
        get_appointments,
        get_appointment,
        get_records,
        get_fields,
        refresh,
    )
}


def _body(rows: list[dict[str, Any]], triggers: list[str]) -> BodyWrapper:
    body = BodyWrapper()
    body.set_data([_record(row) for row in rows])
    body.set_trigger(triggers)
    return body


def _record(row: dict[str, Any]) -> Record:
    """A row as the SDK wants it: picklist values and times wrapped, the id a number."""
    record = Record()
    for name, value in row.items():
        if name == "id":
            record.set_id(int(value))
        elif isinstance(value, list):
            record.add_key_value(name, [Choice(item) for item in value])
        elif isinstance(value, dict) and "choice" in value:
            record.add_key_value(name, Choice(value["choice"]))
        elif isinstance(value, dict):
            record.add_key_value(name, datetime.fromisoformat(value["time"]))
        else:
            record.add_key_value(name, value)
    return record


def _items(response: Any) -> dict[str, Any]:
    """The envelopes of an answer, of its rows or the flat one."""
    answer = response.get_object()
    envelopes = answer.get_data() if hasattr(answer, "get_data") else [answer]
    return {
        "status": response.get_status_code(),
        "items": [
            {
                "code": _plain(envelope.get_code()),
                "details": _plain(envelope.get_details()),
                "message": _plain(envelope.get_message()),
                "status": _plain(envelope.get_status()),
            }
            for envelope in envelopes
        ],
    }


def _records(response: Any) -> dict[str, Any]:
    records = response.get_object().get_data()
    return {
        "status": response.get_status_code(),
        "records": [_plain(record.get_key_values()) for record in records],
    }


def _fields(fields: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "api_name": field.get_api_name(),
            "field_label": field.get_field_label(),
            "display_label": field.get_display_label(),
            "data_type": field.get_data_type(),
            "json_type": field.get_json_type(),
            "length": field.get_length(),
            "system_mandatory": field.get_system_mandatory(),
            "read_only": field.get_read_only(),
            "mass_update": field.get_mass_update(),
            "api_update": field.get_operation_type().get_api_update(),
            "options": [_plain(option.get_display_value()) for option in field.get_pick_list_values() or ()],
        }
        for field in fields
    ]


def _plain(value: Any) -> Any:
    """A value without the SDK's types: times in UTC, ids as text."""
    if isinstance(value, Choice):
        return value.get_value()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, MinifiedUser):
        user = {"id": str(value.get_id()), "name": value.get_name(), "email": value.get_email()}
        return {name: text for name, text in user.items() if text is not None}
    if isinstance(value, Record):
        return _plain(value.get_key_values())
    if isinstance(value, dict):
        return {name: str(inner) if name == "id" else _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


if __name__ == "__main__":
    main()
