"""Records and appointments, by the Python client that openapi-generator makes without any option."""

import sys

import openapi_client as zoho

url, token, open_deal, locked_deal, visit = sys.argv[1:]


def understood(row: zoho.RowResult) -> str:
    result = row.actual_instance
    if isinstance(result, zoho.RowSuccess):
        return f"updated {result.details.actual_instance.id}"
    if result.code == zoho.UpdateRecordsErrorCode.RECORD_LOCKED:
        return "locked: unlock it, then send the row again"
    return f"refused: {result.code}"


fields = {
    "Stage": "Closed Won",
    "Amount": 12500.5,
    "Owner": {"id": "5545974000000393001"},
    "Tags": ["a", "b"],
}
settings = zoho.Configuration(f"{url}/crm/v8", api_key={"zoho_oauthtoken": f"Zoho-oauthtoken {token}"})
with zoho.ApiClient(settings) as client:
    records, appointments = zoho.RecordsApi(client), zoho.AppointmentsApi(client)
    rows = [
        zoho.RecordUpdate.from_dict({"id": open_deal, **fields}),
        zoho.RecordUpdate.from_dict({"id": locked_deal, **fields}),
    ]
    answer = records.update_records("Deals", zoho.UpdateRecordsBody(data=rows, trigger=[]))
    for row in answer.data:
        print(understood(row))

    body = zoho.UpdateRecordBody(data=[zoho.RecordChanges.from_dict(fields)])
    try:
        records.update_record("Deals", locked_deal, body, if_unmodified_since="2999-01-01T00:00:00+01:00")
    except zoho.ApiException as error:
        print(error.status, *map(understood, error.data.actual_instance.data))

    row = zoho.AppointmentUpdate.from_dict({"id": visit, "Status": "Cancelled", "Own_Field__c": 7})
    appointments.update_appointments(zoho.UpdateAppointmentsBody(data=[row], trigger=[]))
