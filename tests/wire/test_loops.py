"""One client for tasks in several event loops; and where there is none."""

import asyncio
import gc
import threading
import warnings

import anyio
import pytest
import trio

from zcrm import AccessToken, AsyncZohoCRM, Connection
from zcrm.errors import UsageError
from zcrm.wire.messages import Request
from zcrm.wire.transports import AsyncTransport


@pytest.fixture
def server(serve, answer):
    def handle(connected, number):
        while True:
            server.read(connected)
            connected.sendall(answer(number))

    server = serve(handle)
    return server


@pytest.fixture
def crm(server):
    return AsyncZohoCRM(auth=AccessToken("token"), api_domain=server.url)


async def update(crm, calls=1):
    return [(await crm.records.update_one("Deals", "1", {})).details["n"] for _ in range(calls)]


def test_one_after_another(crm, server):
    for number in range(3):
        assert asyncio.run(update(crm, 3)) == [number] * 3
    asyncio.run(crm.close())


def test_a_loop_that_ends_takes_its_connections_along(crm, server):
    gone = threading.Event()

    def watched(connected, number):
        try:
            handle(connected, number)
        finally:
            gone.set()

    handle, server._handle = server._handle, watched
    asyncio.run(update(crm))
    assert gone.wait(10)


def test_a_loop_that_was_not_ended_properly_is_in_nobodys_way(crm, server):
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(update(crm)) == [0]
        loop.close()
        assert asyncio.run(update(crm)) == [1]
        asyncio.run(crm.close())
        gc.collect()


def test_several_at_a_time(crm, server):
    met = threading.Barrier(4)
    found = []

    async def main():
        own = await update(crm)
        await asyncio.to_thread(met.wait, 10)
        found.append(own + await update(crm, 5))
        await asyncio.to_thread(met.wait, 10)

    threads = [threading.Thread(target=asyncio.run, args=[main()]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(found) == [[number] * 6 for number in range(4)]
    asyncio.run(crm.close())


def test_closing_in_one_loop_closes_the_connections_of_the_others(crm, server):
    closed, seen = threading.Event(), []

    async def other():
        await update(crm)
        opened.set()
        await asyncio.to_thread(closed.wait, 10)
        with pytest.raises(UsageError, match="closed"):
            await update(crm)
        seen.append(True)

    opened = threading.Event()
    thread = threading.Thread(target=asyncio.run, args=[other()])
    thread.start()
    assert opened.wait(10)
    asyncio.run(crm.close())
    closed.set()
    thread.join(20)
    assert seen == [True]


def test_connections_of_loops_that_ended_are_not_kept(server):
    transport = AsyncTransport(Connection(), server.url)

    async def once():
        await transport.send(Request("PUT", server.url, "/", content=b"{}"))

    for _ in range(5):
        asyncio.run(once())
    assert len(transport._by_loop) == 1
    asyncio.run(transport.close())
    assert transport._by_loop == {}


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("how", ["asyncio", "anyio"])
def test_a_call_that_is_cancelled_leaves_nothing_open(serve, scheme, how):
    """Anywhere: while TLS is being set up, and while an answer is waited for."""
    asked, gone = threading.Event(), threading.Event()

    def handle(connected, number):
        connected.recv(100_000)
        asked.set()
        while connected.recv(100_000):
            pass
        gone.set()

    address = serve(handle).url.replace("http", scheme)
    transport = AsyncTransport(Connection(), address)

    async def main():
        send = transport.send(Request("PUT", address, "/", content=b"{}"))
        if how == "asyncio":
            task = asyncio.create_task(send)
            await asyncio.to_thread(asked.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            async with anyio.create_task_group() as group:
                group.start_soon(transport.send, Request("PUT", address, "/", content=b"{}"))
                await asyncio.to_thread(asked.wait, 10)
                group.cancel_scope.cancel()
            send.close()
        assert await asyncio.to_thread(gone.wait, 10)

    asyncio.run(main())
    gc.collect()


def test_under_trio_nothing_is_sent(crm, server):
    with pytest.raises(UsageError, match="trio"):
        trio.run(update, crm)
    assert server.connections == 0
    assert asyncio.run(update(crm)) == [0]
    asyncio.run(crm.close())
