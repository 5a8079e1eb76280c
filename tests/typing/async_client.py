"""The async face as its users write it; checked, not run. Wrong uses are marked and must stay wrong."""

from collections.abc import AsyncIterator
from typing import Never, assert_type

from zcrm import AsyncZohoCRM, Outcome, Summary
from zcrm.appointments import Appointment
from zcrm.fields import Fields


async def rows() -> AsyncIterator[dict[str, object]]:
    yield {"id": "1", "Amount": 5}


async def sign_in() -> None:
    async with AsyncZohoCRM.from_env() as crm:
        assert_type(crm, AsyncZohoCRM)
    with AsyncZohoCRM.from_env():  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]
        pass


async def records(crm: AsyncZohoCRM) -> None:
    async with crm.records.update("Deals", rows(), triggers=("approval", "blueprint")) as updates:
        async for outcome in updates:
            assert_type(outcome, Outcome)
        assert_type(updates.summary, Summary)
    assert_type(await crm.records.update_all("Deals", [{"id": "1"}]), Summary)
    assert_type(await crm.records.update_one("Deals", "1", {"Stage": "Lost"}), Outcome)
    list(crm.records.update("Deals", rows()))  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    crm.records.update_all("Deals", rows())  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]


async def appointments(crm: AsyncZohoCRM) -> None:
    async for appointment in crm.appointments.list(fields=["Status"]):
        assert_type(appointment, Appointment)
    assert_type(await crm.appointments.get("1"), Appointment)
    assert_type(await crm.appointments.reschedule("1", to="2027-05-03T09:00:00+02:00"), Outcome)
    assert_type(await crm.appointments.cancel("1", reason="By Team"), Outcome)
    assert_type(await crm.appointments.complete("1"), Outcome)
    async for outcome in crm.appointments.update(rows()):
        assert_type(outcome, Outcome)


async def ids_that_are_a_text(crm: AsyncZohoCRM) -> Never:
    assert_type(crm.mass_update.by_ids("Leads", "1234", {"Industry": "Education"}), Never)


async def mass_update(crm: AsyncZohoCRM) -> None:
    async for outcome in crm.mass_update.by_ids("Leads", ["1"], {"Industry": "Education"}):
        assert_type(outcome, Outcome)
    assert_type(await crm.mass_update.by_ids_all("Leads", [1], {"Industry": "Education"}), Summary)
    job = await crm.mass_update.by_view("Leads", "1", {"Industry": "Education"})
    status = await job.wait(timeout=60)
    assert_type(status.total, int)
    assert_type(crm.mass_update.job("Leads", 1).id, str)


async def fields(crm: AsyncZohoCRM) -> None:
    assert_type(await crm.fields.pull("Deals", "Leads"), Fields)
