"""How an answer is put on the wire, and how faults have it put there."""

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from itertools import repeat
from typing import Final

import orjson
from starlette.types import Message, Send

from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.mishaps.striking import Mishaps
from zcrm.simulator.web.connection import Connection

_DRIPS: Final = 10
_PAUSE_SECONDS: Final = 0.05
_BODY: Final = "http.response.body"
_FAULTS: Final = (
    "cut_body", "slow_body", "trickle_head", "trickle_body", "interim", "double_answer", "close_after",
)  # fmt: skip


async def write(answer: Answer, send: Send, mishaps: Mishaps, connection: Connection) -> None:
    """Send an answer, well or badly."""
    body = answer.body
    if body is not None and not isinstance(body, bytes):
        body = orjson.dumps(body)
    if body and "cut_json" in mishaps:
        body = body[: len(body) // 2]
    headers = [(name.encode(), value.encode()) for name, value in answer.headers]
    if body is not None:
        headers.append((b"content-type", answer.content_type.encode()))
        headers.append((b"content-length", str(len(body)).encode()))
    if "close_after" in mishaps and mishaps.option("close_after", "announced", True):
        headers.append((b"connection", b"close"))
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    if any(name in mishaps for name in _FAULTS):
        await _write_badly(start, body or b"", send, mishaps, connection)
    else:
        await send(start)
        await send({"type": _BODY, "body": body or b""})


async def _write_badly(
    start: Message, body: bytes, send: Send, mishaps: Mishaps, connection: Connection
) -> None:
    if "interim" in mishaps:
        await _write_interim(mishaps, connection)
    if connection.closing:
        return
    head = await connection.catch(send(start))
    body = await connection.catch(send({"type": _BODY, "body": body, "more_body": True}))
    await _put(head, "trickle_head", mishaps, connection)
    if "cut_body" in mishaps:
        connection.write(body[: len(body) // 2])
        connection.close()
        return
    if "slow_body" in mishaps:
        await _drip(body, float(mishaps.option("slow_body", "seconds", 1)), connection)
    else:
        await _put(body, "trickle_body", mishaps, connection)
    if "double_answer" in mishaps:
        _write_again(head + body, float(mishaps.option("double_answer", "seconds", 0)), connection)
    await send({"type": _BODY})
    if "close_after" in mishaps:
        connection.close()


async def _write_interim(mishaps: Mishaps, connection: Connection) -> None:
    """Interim answers: as many as wanted, else until the client has gone."""
    status = HTTPStatus(mishaps.option("interim", "status", HTTPStatus.CONTINUE))
    line = f"HTTP/1.1 {status.value} {status.phrase}\r\n\r\n".encode()
    wanted = mishaps.option("interim", "count")
    lines = repeat(line) if wanted is None else repeat(line, wanted)
    await _pace(lines, _pause("interim", mishaps), connection)


async def _put(data: bytes, fault: str, mishaps: Mishaps, connection: Connection) -> None:
    """Write at once, or byte by byte where this fault strikes."""
    if fault in mishaps:
        await _pace((data[i : i + 1] for i in range(len(data))), _pause(fault, mishaps), connection)
    else:
        connection.write(data)


async def _drip(data: bytes, seconds: float, connection: Connection) -> None:
    size = max(1, -(-len(data) // _DRIPS))
    await asyncio.sleep(seconds / _DRIPS)
    parts = (data[start : start + size] for start in range(0, len(data), size))
    await _pace(parts, seconds / _DRIPS, connection)


async def _pace(parts: Iterable[bytes], pause: float, connection: Connection) -> None:
    """Write part after part with pauses between, for as long as the client is there."""
    for number, part in enumerate(parts):
        if number:
            await asyncio.sleep(pause)
        if connection.closing:
            return
        connection.write(part)


def _pause(fault: str, mishaps: Mishaps) -> float:
    return float(mishaps.option(fault, "pause", _PAUSE_SECONDS))


def _write_again(data: bytes, seconds: float, connection: Connection) -> None:
    """The same bytes once more, behind the others or some time later."""
    if seconds:
        asyncio.get_running_loop().call_later(seconds, connection.write, data)
    else:
        connection.write(data)
