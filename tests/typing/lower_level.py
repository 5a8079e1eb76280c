"""The generated client and the simulator as their users write them; checked, not run."""

from datetime import UTC, datetime
from typing import Any, assert_type

from zcrm.simulator import Simulator
from zcrm_api import AuthenticatedClient
from zcrm_api.api.records import update_records
from zcrm_api.error_table import ENTRIES, ErrorEntry
from zcrm_api.limits import RECORDS_PER_CALL
from zcrm_api.models import Envelope, UpdateRecordsBody
from zcrm_api.servers import API_SERVERS
from zcrm_api.types import Response
from zcrm_api.validators import AppointmentUpdate


def operation(token: str) -> None:
    address = f"{API_SERVERS['eu']['sandbox']}/crm/v8"
    client = AuthenticatedClient(address, token=token, prefix="Zoho-oauthtoken")
    body = UpdateRecordsBody(data=[{"id": "1", "Stage": "Closed Won"}], trigger=[])
    answer = update_records.sync_detailed("Deals", client=client, body=body)
    assert_type(answer, Response[Envelope])
    update_records.sync_detailed("Deals", client=client, body={"data": []})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def tables() -> int:
    assert_type(ENTRIES, tuple[ErrorEntry, ...])
    assert_type(ENTRIES[0].retry, bool)
    return RECORDS_PER_CALL


def validators(row: dict[str, Any]) -> AppointmentUpdate:
    return AppointmentUpdate.model_validate(row)


def simulator() -> None:
    with Simulator(now=datetime(2027, 1, 1, tzinfo=UTC)) as sim:
        assert_type(sim, Simulator)
        assert_type(sim.load("Deals", 3), list[str])
        sim.fault("throttle", rate=0.5, retry_after=1)
        assert_type(sim.url, str)
        assert_type(sim.ledger.applied["Deals", "1"], int)
