"""The bench's own server: answers every update with success for each of its rows, as fast as it can.

To the vendor's SDK it also gives a token and the metadata that it asks for before it works.

Its own process: `python stub.py LATENCY_MS`; prints its port when it listens on loopback.
"""

import asyncio
import json
import re
import sys

_ID = re.compile(rb'"id": ?"?(\d+)')
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_USER = b'{"name":"System","id":"5545974000000393001"}'
_ITEM = (
    b'{"code":"SUCCESS","details":{"Modified_Time":"2026-01-02T03:04:05+00:00","Modified_By":%b,'
    b'"Created_Time":"2025-01-02T03:04:05+00:00","id":"%%b","Created_By":%b},'
    b'"message":"record updated","status":"success"}'
) % (_USER, _USER)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


_FIELDS = {
    "id": ("bigint", "string"),
    "Account_Name": ("text", "string"),
    "Account_Site": ("text", "string"),
    "Billing_City": ("text", "string"),
    "Billing_State": ("text", "string"),
    "Billing_Country": ("text", "string"),
    "Employees": ("integer", "integer"),
    "Annual_Revenue": ("double", "double"),
    "Is_Active": ("boolean", "boolean"),
    "Description": ("text", "string"),
}
_METADATA = {
    b"/oauth/v2/token": {"access_token": "token", "expires_in": 3600},
    b"/users": {"users": [{"id": "1", "full_name": "System", "email": "system@example.com"}]},
    b"/org": {"org": [{"id": "1", "zgid": "1", "type": "Production"}]},
    b"/settings/modules": {"modules": [{"id": "1", "api_name": "Accounts", "generated_type": "default"}]},
    b"/settings/fields": {
        "fields": [
            {
                "id": str(n),
                "api_name": name,
                "field_label": name,
                "data_type": data,
                "json_type": json,
                "length": 255,
            }
            for n, (name, (data, json)) in enumerate(_FIELDS.items())
        ]
    },
}


def answer(head: bytes, body: bytes) -> bytes:
    """The whole answer to a request with this head and body."""
    if head.startswith(b"PUT"):
        items = b",".join([_ITEM % record_id for record_id in _ID.findall(body)])
        content = b'{"data":[' + items + b"]}"
    else:
        found = next(found for path, found in _METADATA.items() if path in head)
        content = json.dumps(found).encode()
    return _HEAD % len(content) + content


class _Connection(asyncio.Protocol):
    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._received = bytearray()
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._received, 0, head)
        end = head + 4 + (int(length[1]) if length else 0)
        if len(self._received) < end:
            return
        response = answer(bytes(self._received[:head]), bytes(self._received[head + 4 : end]))
        del self._received[:end]
        if self._latency:
            self._loop.call_later(self._latency, self._transport.write, response)
        else:
            self._transport.write(response)


async def _main(latency: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(latency), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1]) / 1000))
