"""Reading appointments over HTTP: all of them, some of them, and what ends a list."""

import asyncio
import gc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zcrm import PageTokenExpired
from zcrm.errors import UsageError
from zcrm.rows.appointments import Appointment
from zcrm.simulator import Simulator

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def org(sim: Simulator) -> Simulator:
    sim.now = NOW
    return sim


def load(sim: Simulator, rows: list[dict[str, Any]]) -> list[str]:
    return sim.load("Appointments__s", rows)


def test_a_day_between_two_pages(crm: Any, org: Simulator) -> None:
    load(org, [{"Status": "Scheduled", "Appointment_Start_Time": "2026-03-12T09:00:00+00:00"}] * 2_600)
    listing = crm.appointments.list(fields=["Status"])
    read = [next(listing) for _ in range(2_050)]
    org.now = NOW + timedelta(hours=25)
    with pytest.raises(PageTokenExpired) as caught:
        read += listing
    assert (caught.value.code, caught.value.http_status, caught.value.rows) == ("EXPIRED_VALUE", 400, 2_200)
    assert "after 2,200 records" in str(caught.value)
    assert caught.value.fix
    assert listing.summary.rows == len(read) == 2_200
    assert next(listing, None) is None


def test_the_same_in_tasks(acrm: Any, org: Simulator) -> None:
    load(org, [{"Status": "Scheduled", "Appointment_Start_Time": "2026-03-12T09:00:00+00:00"}] * 2_600)

    async def read() -> int:
        rows = 0
        async with acrm() as crm:
            async for _ in crm.appointments.list(fields=["Status"], status="Scheduled"):
                rows += 1
                if rows == 2_050:
                    org.now = NOW + timedelta(hours=25)
        return rows

    with pytest.raises(PageTokenExpired, match="after 2,200 records"):
        asyncio.run(read())


def test_filters_go_by_instants_and_not_by_text(run: Any, org: Simulator) -> None:
    starts = [
        "2026-05-03T23:59:59+02:00",
        "2026-05-04T00:00:00+02:00",
        "2026-05-03T22:30:00+00:00",
        "2026-05-04T18:29:59-03:30",
        "2026-05-04T23:00:00+01:00",
        "2026-05-05T00:00:00+02:00",
        None,
    ]
    ids = load(org, [{"Status": "Scheduled", "Appointment_Start_Time": start} for start in starts])
    midnight = datetime.fromisoformat("2026-05-04T00:00:00+02:00")
    for start, until in (
        (midnight, midnight + timedelta(days=1)),
        ("2026-05-03T22:00:00Z", "2026-05-05T00:00:00+02:00"),
    ):
        found, summary = run(
            "appointments", "list", fields=["Address"], start=start, until=until, sort_order="asc"
        )
        assert [appointment["id"] for appointment in found] == ids[1:4]
        assert found[0]["Appointment_Start_Time"] == starts[1]
        assert summary.rows == 3


def test_whose_and_which(run: Any, org: Simulator) -> None:
    crew, van = (
        org.add_user(name, f"{name[:1].lower()}@example.com") for name in ("Crew North", "Van South")
    )
    rows = [
        {"Owner": {"id": owner}, "Status": status, "Appointment_Start_Time": "2026-05-04T09:00:00+00:00"}
        for owner in (crew, van)
        for status in ("Scheduled", "Cancelled", "Completed")
    ]
    ids = load(org, [*rows, {"Status": "Scheduled", "Owner": None}])

    def found(**options: Any) -> list[str]:
        listed, _ = run("appointments", "list", fields=["Address"], sort_order="asc", **options)
        return [ids.index(appointment["id"]) for appointment in listed]

    assert found(member=crew) == found(member=int(crew)) == [0, 1, 2]
    assert found(member="v@EXAMPLE.com") == [3, 4, 5]
    assert found(member=van, status="Scheduled") == [3]
    assert found(status=["Cancelled", "Completed"]) == [1, 2, 4, 5]
    assert found(member="5545974000000393009") == []


def test_an_owner_without_an_address_is_not_taken_for_another(run: Any, org: Simulator) -> None:
    load(org, [{"Owner": {"id": "5545974000000999001", "name": "Crew North"}}])
    with pytest.raises(UsageError, match="without e-mail addresses"):
        run("appointments", "list", fields=["Status"], member="crew@example.com")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"member": "Crew North"}, "no id and no e-mail"),
        ({"start": "2026-05-04"}, "time zone"),
        ({"start": datetime(2026, 5, 4)}, "time zone"),
        ({"start": "2026-05-04T00:00:00+02:00", "until": "2026-05-03T22:00:00Z"}, "after start"),
        ({"status": "Asleep"}, "knows no 'Asleep'"),
        ({"fields": [f"F{n}" for n in range(50)], "status": "Scheduled"}, "1 to 50"),
    ],
)
def test_a_filter_that_can_not_be_is_refused_before_sending(
    run: Any, org: Any, options: Any, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        run("appointments", "list", **{"fields": ["Status"]} | options)
    assert not org.ledger.requests


def test_an_option_that_there_is_not(run: Any) -> None:
    with pytest.raises(TypeError, match="did you mean 'status'"):
        run("appointments", "list", fields=["Status"], states="Scheduled")


def test_a_filter_leaves_a_long_list_as_it_is(crm: Any, org: Simulator) -> None:
    rows = [
        {"Status": "Cancelled" if n % 500 else "Scheduled", "Appointment_Start_Time": "2027-01-01T00:00:00Z"}
        for n in range(2_600)
    ]
    ids = load(org, rows)
    listing = crm.appointments.list(fields=["Address"], status="Scheduled", sort_order="asc")
    assert [appointment["id"] for appointment in listing] == ids[::500]
    assert (listing.summary.rows, listing.summary.calls) == (6, 13)


def test_a_token_that_ends_half_way_is_not_noticed(org: Simulator) -> None:
    from zcrm import OAuth, ZohoCRM

    ids = load(org, [{"Status": "Scheduled"}] * 1_000)
    auth = OAuth(
        client_id=org.client_id,
        client_secret=org.client_secret,
        refresh_token=org.refresh_token,
        accounts_url=org.accounts_url,
    )
    with ZohoCRM(auth=auth, api_domain=org.url) as crm:
        listing = crm.appointments.list(fields=["Status"], sort_order="asc")
        read = [next(listing)["id"] for _ in range(300)]
        org.expire_tokens()
        read += [appointment["id"] for appointment in listing]
    assert read == ids
    assert org.ledger.calls("get_appointments") == 6


def test_a_hundred_thousand_in_order_each_once_a_page_at_a_time(crm: Any, org: Simulator) -> None:
    ids = org.load("Appointments__s", 100_000)
    listing = crm.appointments.list(fields=["Status"], sort_order="asc")
    read, held = [], []
    for number, appointment in enumerate(listing):
        read.append(appointment["id"])
        if number % 25_000 == 24_900:
            held.append(sum(isinstance(each, Appointment) for each in gc.get_objects()))
    assert read == ids
    assert max(held) <= 201
    assert (listing.summary.calls, org.ledger.calls("get_appointments"), org.ledger.credits) == (
        500,
        500,
        500,
    )
