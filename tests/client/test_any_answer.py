"""Whatever a server answers: what reaches the caller is an answer, or an error of zcrm's own."""

import asyncio
import json
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from zcrm import AccessToken, AnswerLost, AsyncZohoCRM, Retry, ZohoCRM, ZohoError, errors

STATUSES = [200, 202, 204, 207, 226, 299, 302, 304, 400, 401, 404, 418, 429, 499, 500, 520, 599, 799]
BODIES = [
    b"",
    b"<html>no</html>",
    *(
        json.dumps(body).encode()
        for body in (
            None,
            {},
            [],
            {"data": None},
            {"data": {}},
            {"data": []},
            {"data": [None]},
            {"data": [{}]},
            {"data": [1], "info": 7},
            {"data": [{"id": "1"}], "info": {"more_records": True, "next_page_token": None}},
            {"data": [{"Status": 7, "Total_Count": "many"}]},
            {"data": [{"code": "SUCCESS", "status": "success", "message": "", "details": {}}]},
            {"data": [{"code": "SUCCESS", "status": "success", "message": 7, "details": {"job_id": []}}]},
            {"code": None, "status": None},
            {"code": "INVALID_DATA", "status": "error", "message": None, "details": None},
            {"code": {"a": 1}, "details": {"retry_after": {}}},
            {"org": [{}], "fields": [{}]},
            {"org": [{"zgid": {}}], "fields": [{"api_name": "A", "data_type": "text"}] * 2},
        )
    ),
]
VERBS = {
    "get": lambda crm: crm.appointments.get("1"),
    "list": lambda crm: crm.appointments.list(fields=["Status"]),
    "cancel": lambda crm: crm.appointments.cancel("1"),
    "update_one": lambda crm: crm.records.update_one("Deals", "1", {"Stage": "Won"}),
    "update_all": lambda crm: crm.records.update_all(
        "Deals", [{"id": "1", "Stage": "Won"}, {"id": "2", "A": 1}]
    ),
    "by_ids_all": lambda crm: crm.mass_update.by_ids_all("Deals", ["1", "2"], {"Stage": "Won"}),
    "by_view": lambda crm: crm.mass_update.by_view("Deals", "1", {"Stage": "Won"}),
    "status": lambda crm: crm.mass_update.job("Deals", "1").status(),
    "wait": lambda crm: crm.mass_update.job("Deals", "1").wait(timeout=0),
    "pull": lambda crm: crm.fields.pull("Deals"),
    "read": lambda crm: crm.mass_update.by_view("Deals", "1", {"Stage": "Won"}, receipt=True),
}


def client(kind, server):
    return kind(auth=AccessToken("token"), api_domain=server.url, retry=Retry(attempts=2, base=0, patience=0))


def check(error):
    assert type(error).__module__ == errors.__name__, repr(error)
    assert error.__cause__ is None or isinstance(
        error.__cause__, ZohoError | TypeError | ValueError | KeyError
    )


@pytest.mark.parametrize("status", STATUSES)
def test_only_errors_of_zcrm_reach_the_caller(server, status):
    server.status = status
    with client(ZohoCRM, server) as crm:
        for server.body, (verb, call) in product(BODIES, VERBS.items()):
            try:
                result = call(crm)
                if verb == "list":
                    assert all(isinstance(appointment, dict) for appointment in result)
                if verb == "get":
                    assert isinstance(result, dict)
            except ZohoError as error:
                check(error)
            else:
                if verb.endswith("_all"):
                    assert result.states["updated"] == 0
                    assert result.rows == 2


@pytest.mark.parametrize("status", STATUSES)
def test_and_in_tasks(server, status):
    server.status = status

    async def main():
        async with client(AsyncZohoCRM, server) as crm:
            for server.body, (verb, call) in product(BODIES, VERBS.items()):
                try:
                    result = call(crm)
                    if verb == "list":
                        async for _ in result:
                            pass
                    else:
                        await result
                except ZohoError as error:
                    check(error)

    asyncio.run(main())


def test_no_records_but_more_of_them_is_no_end_of_a_list(server: Any) -> None:
    server.status, server.body = 200, b'{"data": [], "info": {"more_records": true, "next_page_token": "a"}}'
    with (
        ZohoCRM(auth=AccessToken("token"), api_domain=server.url) as crm,
        pytest.raises(ZohoError, match="gave none of them"),
    ):
        list(crm.appointments.list(fields=["Status"]))


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("wrap", [lambda item: item, lambda item: {"data": [item]}], ids=["flat", "wrapped"])
def test_a_refusal_under_a_good_status_is_no_record(server: Any, status: int, wrap: Any) -> None:
    refusal = {"code": "NO_PERMISSION", "status": "error", "message": "permission denied", "details": {}}
    server.status, server.body = status, json.dumps(wrap(refusal)).encode()
    with client(ZohoCRM, server) as crm:
        for verb in ("get", "list", "status", "pull", "read"):
            with pytest.raises(ZohoError, match="permission denied"):
                list(VERBS[verb](crm))


@pytest.mark.parametrize("records", [[{"id": "2"}], [{}], [{"id": "1"}, {"id": "2"}]])
def test_another_appointment_is_not_the_one_that_was_asked_for(server: Any, records: Any) -> None:
    server.status, server.body = 200, json.dumps({"data": records}).encode()
    with client(ZohoCRM, server) as crm, pytest.raises(AnswerLost, match="another record than 1"):
        crm.appointments.get("1")


def test_a_state_is_text_in_any_case(server: Any) -> None:
    job = {"Status": " Completed ", "Total_Count": 1, "Updated_Count": 1}
    server.status, server.body = 200, json.dumps({"data": [job]}).encode()
    with client(ZohoCRM, server) as crm:
        assert crm.mass_update.job("Deals", "1").status().ok
        for state in (None, 5, ["COMPLETED"]):
            server.body = json.dumps({"data": [job | {"Status": state}]}).encode()
            with pytest.raises(AnswerLost, match="about the job"):
                crm.mass_update.job("Deals", "1").status()


@pytest.mark.parametrize("start", ["2027-05-04T12:00:00", "noon", 5])
def test_an_appointment_is_not_left_out_for_a_start_that_can_not_be_compared(server: Any, start: Any) -> None:
    record = {"id": "5545974000000700001", "Appointment_Start_Time": start}
    server.status, server.body = 200, json.dumps({"data": [record], "info": {"more_records": False}}).encode()
    with (
        ZohoCRM(auth=AccessToken("token"), api_domain=server.url) as crm,
        pytest.raises(ZohoError, match="5545974000000700001 with a start that can't be compared"),
    ):
        list(crm.appointments.list(fields=["Status"], start=datetime(2027, 5, 4, tzinfo=UTC)))
