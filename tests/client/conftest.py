import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from zcrm import AccessToken, AsyncZohoCRM, ZohoCRM
from zcrm.engine.drivers import AsyncDriver, Driver
from zcrm.engine.gate import LocalGate
from zcrm.simulator import Simulator


@pytest.fixture
def crm(sim: Simulator) -> Iterator[ZohoCRM]:
    """A client that does not sleep between attempts."""
    driver = Driver(LocalGate(10), sleep=lambda seconds, stop: None)
    with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, driver=driver) as client:
        yield client


@pytest.fixture
def acrm(sim: Simulator) -> Callable[[], Any]:
    """The same for tasks; to be made inside the event loop."""

    async def no_sleep(seconds: float, stop: asyncio.Event) -> None:
        await asyncio.sleep(0)

    def make() -> AsyncZohoCRM:
        driver = AsyncDriver(LocalGate(10), sleep=no_sleep)
        return AsyncZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, driver=driver)

    return make


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest, crm: ZohoCRM, acrm: Any) -> Callable[..., Any]:
    """Runs one verb of a room on either face: `run("records", "update_one", …)`.

    What it iterates comes back as a list, with the summary.
    """

    def sync(room: str, verb: str, *arguments: Any, **options: Any) -> Any:
        result = getattr(getattr(crm, room), verb)(*arguments, **options)
        return (list(result), result.summary) if isinstance(result, Iterator) else result

    async def in_task(room: str, verb: str, *arguments: Any, **options: Any) -> Any:
        async with acrm() as client:
            result = getattr(getattr(client, room), verb)(*arguments, **options)
            if isinstance(result, AsyncIterator):
                return [item async for item in result], result.summary
            return await result

    def aio(*arguments: Any, **options: Any) -> Any:
        return asyncio.run(in_task(*arguments, **options))

    return sync if request.param == "sync" else aio
