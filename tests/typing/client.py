"""The sync face as its users write it; checked, not run. Wrong uses are marked and must stay wrong."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Never, assert_type

from zcrm import AccessToken, Connection, OAuth, Outcome, Retry, Summary, ZohoCRM, ZohoError
from zcrm.appointments import Appointment
from zcrm.errors import LimitReached, UsageError
from zcrm.fields import Field, Fields
from zcrm.jobs import JobStatus
from zcrm.shared import RedisGate, RedisStore, Shared, SqliteGate
from zcrm_api.rows import AppointmentUpdate


def sign_in() -> ZohoCRM:
    auth = OAuth(client_id="1000.X", client_secret="…", refresh_token="1000.Y", data_center="eu")
    crm = ZohoCRM(auth=auth, version="v8", concurrency=5, retry=Retry(attempts=3), connection=Connection())
    assert_type(crm, ZohoCRM)
    assert_type(ZohoCRM.from_env(), ZohoCRM)
    assert_type(ZohoCRM.from_profile("shop", concurrency=3), ZohoCRM)
    gate = SqliteGate("org.sqlite", concurrency=10)
    assert_type(gate.look(), Shared)
    assert_type(ZohoCRM(auth=auth, concurrency=gate), ZohoCRM)
    store = RedisStore("redis://localhost")
    assert_type(OAuth(client_id="1000.X", client_secret="…", refresh_token="1000.Y", store=store), OAuth)
    assert_type(ZohoCRM.from_env(concurrency=RedisGate("redis://localhost", org="org")), ZohoCRM)
    ZohoCRM()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ZohoCRM(auth="1000.token")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with ZohoCRM(auth=AccessToken("1000.token"), api_domain="http://127.0.0.1:8765") as other:
        assert_type(other, ZohoCRM)
    return crm


def rows() -> Iterator[dict[str, str]]:
    yield {"id": "1", "Stage": "Closed Won"}


def records(crm: ZohoCRM) -> None:
    updates = crm.records.update("Deals", rows(), triggers=(), skip_features=["cadences"])
    for outcome in updates:
        assert_type(outcome, Outcome)
        assert_type(outcome.row, int)
        assert_type(outcome.input, Any)
        assert_type(outcome.id, str | None)
        assert_type(outcome.code, str | None)
        assert_type(outcome.details, Mapping[str, Any])
        assert_type(outcome.ok, bool)
        if outcome.state == "updated":
            continue
        if outcome.state == "failed":  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
            return
        updates.stop()
    assert_type(updates.summary, Summary)
    updates.close()
    with crm.records.update("Deals", [], if_unmodified_since=datetime.now(UTC)) as again:
        assert_type(next(again), Outcome)

    crm.records.update("Deals", rows(), triggers=["workflow"], resend_lost=False)
    crm.records.update("Deals", rows(), triggers=["workflows"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    crm.records.update("Deals", rows(), trigger=[])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    crm.records.update("Deals", {"id": "1"})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


def sums(crm: ZohoCRM) -> int:
    summary = crm.records.update_all("Deals", rows())
    assert_type(summary, Summary)
    assert_type(summary.credits, int)
    assert_type(summary.rejected, list[Outcome])
    assert_type(summary.codes["rejected", "INVALID_DATA"], int)
    summary.raise_for_rejected()
    return summary.states["unknown"]


def one(crm: ZohoCRM) -> None:
    try:
        assert_type(crm.records.update_one("Deals", 1, {"Stage": "Lost"}, triggers=()), Outcome)
    except LimitReached as error:
        assert_type(error.http_status, int | None)
        assert_type(error.retry_after, float | None)
    except ZohoError as error:
        assert_type(error.code, str | None)
        assert_type(error.summary, Summary | None)
        assert_type(error.fix, str)
    refused: ValueError = UsageError("no")
    raise refused


def appointments(crm: ZohoCRM) -> None:
    for appointment in crm.appointments.list(fields=["Status"], sort_by="Modified_Time", sort_order="asc"):
        assert_type(appointment, Appointment)
    assert_type(crm.appointments.get("1"), Appointment)
    day = datetime.now(UTC)
    crm.appointments.list(
        fields=["Status"], start=day, until="2027-05-04T00:00Z", member=1, status=["Overdue"]
    )
    crm.appointments.update([crm.appointments.get("1") | {"Address": "Pier 3"}])
    typed: AppointmentUpdate = {"id": "1", "Status": "Cancelled", "Cancellation_Reason": "By Team"}
    for outcome in crm.appointments.update([typed]):
        assert_type(outcome, Outcome)
    assert_type(crm.appointments.reschedule("1", to=datetime.now(UTC), reason="By Customer"), Outcome)
    assert_type(crm.appointments.cancel(1, note="Closed"), Outcome)
    assert_type(crm.appointments.complete(1, job_sheet_name="Visit"), Outcome)

    crm.appointments.list(fields=["Status"], sort_by="Status")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    crm.appointments.list(status="Asleep", fields=[])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    crm.appointments.list(fields=["Status"], states="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    crm.appointments.cancel(1, reason="By Weather")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    crm.appointments.reschedule("1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    wrong: AppointmentUpdate = {"id": "1", "Status": "Gone"}  # type: ignore[typeddict-item]  # pyright: ignore[reportAssignmentType]
    crm.appointments.update([wrong])


def mass_update(crm: ZohoCRM) -> None:
    for outcome in crm.mass_update.by_ids("Leads", ["1", 2], {"Industry": "Education"}, overwrite=True):
        assert_type(outcome, Outcome)
    job = crm.mass_update.by_view("Leads", 1, {"Industry": "Education"}, territory_id="2", include_child=True)
    assert_type(job.id, str)
    status = job.wait(timeout=60, on_progress=print)
    assert_type(status, JobStatus)
    assert_type(status.updated, int)
    assert_type(status.done, bool)
    assert_type(crm.mass_update.job("Leads", job.id).status(), JobStatus)
    for record in crm.mass_update.by_view("Leads", 1, {"Industry": "Education"}, receipt=True).receipt():
        assert_type(record.state, Literal["changed", "unchanged", "failed", "gone"])

    crm.mass_update.by_view("Leads", 1, {"Industry": "Education"}, ids=["1"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    crm.mass_update.by_ids("Leads", ["1"], {"Industry": "Education"}, view_id="1")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    crm.mass_update.by_ids("Leads", ["1"], {"Industry": "Education"}, triggers=())  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert_type(crm.mass_update.by_ids_all("Leads", {"1", "2"}, {"Industry": "Education"}), Summary)


def ids_that_are_a_text(crm: ZohoCRM) -> Never:
    assert_type(crm.mass_update.by_ids("Leads", "1234", {"Industry": "Education"}), Never)


def ids_that_are_bytes(crm: ZohoCRM) -> Never:
    assert_type(crm.mass_update.by_ids_all("Leads", b"1234", {"Industry": "Education"}), Never)


def places() -> None:
    AccessToken("1000.token", data_center="ae", environment="sandbox")
    AccessToken("1000.token", data_center="mars")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AccessToken("1000.token", environment="test")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def states(outcome: Outcome) -> None:
    assert_type(outcome.state, Literal["updated", "rejected", "conflict", "unknown", "skipped", "unsent"])


def fields(crm: ZohoCRM) -> None:
    pulled = crm.fields.pull("Deals", "Leads", at_hand=["Houses"])
    assert_type(pulled, Fields)
    assert_type(pulled["Deals"]["Stage"], Field)
    crm.fields.pull(["Deals"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
