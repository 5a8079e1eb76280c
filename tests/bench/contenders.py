"""One contender of the bench, in a process of its own: `python contenders.py NAME URL ROWS`.

Updates so many rows of ten fields, ten calls in flight, and prints seconds of wall time and of CPU time and
the most memory it held, as JSON. It has made one call before the clock starts, so that what it imports counts
in none of them but memory.
"""

import asyncio
import json
import resource
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

IN_FLIGHT = 10
Rows = Iterator[dict[str, Any]]


def rows(count: int) -> Rows:
    """Rows as a warehouse gives them."""
    for n in range(count):
        yield {
            "id": str(5545974000000500001 + n),
            "Account_Name": f"Account number {n}",
            "Account_Site": "Main site",
            "Billing_City": "Springfield",
            "Billing_State": "IL",
            "Billing_Country": "USA",
            "Employees": n % 5000,
            "Annual_Revenue": n * 1.25,
            "Is_Active": n % 2 == 0,
            "Description": "Synchronised from the warehouse",
        }


def chunks(count: int) -> Iterator[list[dict[str, Any]]]:
    """The same, a hundred at a time."""
    source = rows(count)
    while chunk := list(islice(source, 100)):
        yield chunk


def zcrm_sync(url: str, count: int) -> Callable[[], int]:
    from zcrm import AccessToken, ZohoCRM

    def work() -> int:
        with ZohoCRM(auth=AccessToken("token"), api_domain=url) as crm:
            return sum(outcome.ok for outcome in crm.records.update("Accounts", rows(count), triggers=()))

    return work


def zcrm_async(url: str, count: int) -> Callable[[], int]:
    from zcrm import AccessToken, AsyncZohoCRM

    async def main() -> int:
        done = 0
        auth = AccessToken("token")
        async with AsyncZohoCRM(auth=auth, api_domain=url) as crm:
            async for outcome in crm.records.update("Accounts", rows(count), triggers=()):
                done += outcome.ok
        return done

    return lambda: asyncio.run(main())


def httpx_sequential(url: str, count: int) -> Callable[[], int]:
    import httpx

    def work() -> int:
        with httpx.Client(timeout=120) as client:
            return sum(
                _good(client.put(f"{url}/crm/v8/Accounts", json=_body(chunk)).json())
                for chunk in chunks(count)
            )

    return work


def httpx_async(url: str, count: int) -> Callable[[], int]:
    import httpx

    async def main() -> int:
        async with httpx.AsyncClient(timeout=120) as client:

            async def put(chunk: list[dict[str, Any]]) -> int:
                return _good((await client.put(f"{url}/crm/v8/Accounts", json=_body(chunk))).json())

            return await _at_once(put, count)

    return lambda: asyncio.run(main())


def aiohttp_orjson(url: str, count: int) -> Callable[[], int]:
    import aiohttp
    import orjson

    headers = {"Content-Type": "application/json"}

    async def main() -> int:
        async with aiohttp.ClientSession(headers=headers) as session:

            async def put(chunk: list[dict[str, Any]]) -> int:
                async with session.put(f"{url}/crm/v8/Accounts", data=orjson.dumps(_body(chunk))) as answer:
                    return _good(orjson.loads(await answer.read()))

            return await _at_once(put, count)

    return lambda: asyncio.run(main())


def requests_threads(url: str, count: int) -> Callable[[], int]:
    import requests

    def work() -> int:
        with requests.Session() as session, ThreadPoolExecutor(IN_FLIGHT) as pool:
            session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=IN_FLIGHT))

            def put(chunk: list[dict[str, Any]]) -> int:
                return _good(session.put(f"{url}/crm/v8/Accounts", json=_body(chunk), timeout=120).json())

            return sum(pool.map(put, chunks(count)))

    return work


def vendors_sdk(url: str, count: int) -> Callable[[], int]:
    from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
    from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
    from zohocrmsdk.src.com.zoho.api.logger import Logger
    from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
    from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
    from zohocrmsdk.src.com.zoho.crm.api.record import BodyWrapper, Record, RecordOperations

    folder = tempfile.mkdtemp()
    Initializer.initialize(
        DataCenter.Environment(url, url + "/oauth/v2/token", url),
        OAuthToken(client_id="id", client_secret="secret", refresh_token="refresh"),
        store=FileStore(folder + "/tokens.csv"),
        resource_path=folder,
        logger=Logger.get_instance(Logger.Levels.ERROR, folder + "/sdk.log"),
    )

    def record(row: dict[str, Any]) -> Any:
        made = Record()
        for name, value in row.items():
            if name == "id":
                made.set_id(int(value))
            else:
                made.add_key_value(name, value)
        return made

    def work() -> int:
        done = 0
        for chunk in chunks(count):
            body = BodyWrapper()
            body.set_data([record(row) for row in chunk])
            body.set_trigger([])
            items = RecordOperations("Accounts").update_records(body).get_object().get_data()
            done += sum(item.get_status().get_value() == "success" for item in items)
        return done

    return work


def floor(url: str, count: int) -> Callable[[], int]:
    """Raw sockets, bodies made beforehand, answers not decoded."""
    address = urlsplit(url)
    head = (
        "PUT /crm/v8/Accounts HTTP/1.1\r\nHost: {}\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    )
    bodies: SimpleQueue[tuple[bytes, int]] = SimpleQueue()
    for chunk in chunks(count):
        body = json.dumps(_body(chunk)).encode()
        bodies.put((head.format(address.netloc, len(body)).encode() + body, len(chunk)))

    def worker() -> int:
        done = 0
        with socket.create_connection((str(address.hostname), int(address.port or 80))) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not bodies.empty():
                body, rows_of_it = bodies.get()
                connection.sendall(body)
                received = connection.recv(65536)
                start = received.index(b"\r\n\r\n") + 4
                end = received.index(b"Content-Length: ") + 16
                missing = start + int(received[end : received.index(b"\r", end)]) - len(received)
                while missing > 0:
                    missing -= len(connection.recv(65536))
                done += rows_of_it
        return done

    def work() -> int:
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            return sum(future.result() for future in [pool.submit(worker) for _ in range(IN_FLIGHT)])

    return work


def _body(chunk: list[dict[str, Any]]) -> dict[str, Any]:
    return {"data": chunk, "trigger": []}


def _good(answer: dict[str, Any]) -> int:
    return sum(item["status"] == "success" for item in answer["data"])


async def _at_once(put: Callable[[list[dict[str, Any]]], Any], count: int) -> int:
    source = chunks(count)

    async def worker() -> int:
        return sum([await put(chunk) for chunk in source])

    return sum(await asyncio.gather(*(worker() for _ in range(IN_FLIGHT))))


CONTENDERS = {
    "zcrm, sync": zcrm_sync,
    "zcrm, async": zcrm_async,
    "httpx, one call at a time": httpx_sequential,
    "httpx, async": httpx_async,
    "requests, 10 threads": requests_threads,
    "aiohttp and orjson": aiohttp_orjson,
    "vendor's SDK": vendors_sdk,
    "floor": floor,
}
NEEDS = {
    "requests, 10 threads": ["requests"],
    "aiohttp and orjson": ["aiohttp"],
    "vendor's SDK": ["zohocrmsdk"],
}


def main() -> None:
    name, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    CONTENDERS[name](url, 100)()
    work = CONTENDERS[name](url, count)
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert done == count, f"{done} of {count} rows"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "memory": memory}))


if __name__ == "__main__":
    main()
