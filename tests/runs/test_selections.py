"""Selections from a server that lists what it should not."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.errors import UsageError, ZohoError
from zcrm.runs.selections import Meant, select

VISIT = {"id": "5545974000000700001", "Status": "Scheduled", "Owner": {"id": "1", "name": "Crew"}}
OTHER = VISIT | {"id": "5545974000000700002", "Appointment_Name": "x\r\ny", "Owner": None}


@pytest.fixture
def found(server: Any) -> Iterator[Callable[..., Any]]:
    """Selects from these appointments."""
    with ZohoCRM(auth=AccessToken("x"), api_domain=server.url) as crm:

        def found(*appointments: Any, **meant: Any) -> Any:
            server.status = 200
            server.body = json.dumps({"data": appointments, "info": {"more_records": False}}).encode()
            return select(crm, Meant(**meant))

        yield found


def test_an_appointment_that_is_listed_twice_is_meant_once(found: Any) -> None:
    assert [each["id"] for each in found(VISIT, OTHER, VISIT).appointments] == [VISIT["id"], OTHER["id"]]


def test_one_without_an_id_ends_it(found: Any) -> None:
    with pytest.raises(ZohoError, match="without its id"):
        found(VISIT, {"Status": "Scheduled"})


def test_owners_that_are_none_are_of_no_name(found: Any) -> None:
    others = [
        VISIT | {"id": str(n), "Owner": owner} for n, owner in enumerate([None, "Crew", {"id": "2"}, {}])
    ]
    assert [each["id"] for each in found(VISIT, *others, member="crew").appointments] == [VISIT["id"]]
    assert found(member="crew").appointments == []


def test_what_is_saved_is_a_line_each(found: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    selection = found(VISIT, OTHER)
    selection.save(path, {"Cancellation_Reason": "By Team"}, None)
    assert path.read_bytes().decode().split("\n")[1:] == [
        "5545974000000700001,By Team,,Crew,Scheduled,",
        "5545974000000700002,By Team,x\\r\\ny,,Scheduled,",
        "",
    ]
    assert path.stat().st_mode & 0o77 == 0
    with pytest.raises(UsageError, match="is there already"):
        selection.save(path, {}, None)
    with pytest.raises(UsageError, match="can not be written"):
        selection.save(tmp_path / "none" / "s.csv", {}, None)
