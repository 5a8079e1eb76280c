"""How many 100-row updates a second the simulator serves, beside a Starlette app that does nothing.

The other app reads the body and answers as many bytes as the simulator does. Both run in processes of their
own on the same uvicorn and h11 and are asked in turns, by plain sockets, so that a busy moment strikes both.
Prints each one's rate and their ratio, the least, the median and the most of all rounds; exits 1 when the
median ratio is below 0.5.
"""

import csv
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zcrm.simulator import Simulator

ROUNDS = 201
CALLS = 20
LIMIT = 0.5
ACCOUNTS = Path(__file__).parents[1] / "data" / "accounts.csv"


def main() -> int:
    with _process("simulator") as (port, token):
        simulator = _Caller(port, _request(token))
        size = simulator.size()
        with _process("bare", str(size)) as (port, _):
            bare = _Caller(port, _request(token))
            assert bare.size() == size
            return _report(*_measure(simulator, bare))


def _measure(simulator: "_Caller", bare: "_Caller") -> tuple[list[float], list[float]]:
    """Calls a second of both, round by round."""
    for caller in (simulator, bare):
        caller.rate()
    rates = [(simulator.rate(), bare.rate()) for _ in range(ROUNDS)]
    return [rate for rate, _ in rates], [rate for _, rate in rates]


def _report(simulator: list[float], bare: list[float]) -> int:
    ratios = [ours / theirs for ours, theirs in zip(simulator, bare, strict=True)]
    for name, rates in (("simulator", simulator), ("bare Starlette app", bare)):
        print(f"{min(rates):7.0f} {median(rates):7.0f} {max(rates):7.0f}  calls a second: {name}")
    print(
        f"{min(ratios):7.2f} {median(ratios):7.2f} {max(ratios):7.2f}  ratio; median must be {LIMIT} or more"
    )
    return int(median(ratios) < LIMIT)


def _request(token: str) -> bytes:
    """A call that updates the first hundred rows of the accounts."""
    body = json.dumps({"data": _rows(100), "trigger": []}, separators=(",", ":")).encode()
    head = (
        "PUT /crm/v8/Accounts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Zoho-oauthtoken {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _rows(count: int) -> list[dict[str, str]]:
    with ACCOUNTS.open(encoding="utf-8", newline="") as lines:
        rows = islice(csv.DictReader(lines), count)
        return [{name.partition(":")[0]: value for name, value in row.items()} for row in rows]


class _Caller:
    """Sends the same request over and over on two connections, so that the server never waits for a call."""

    def __init__(self, port: int, request: bytes) -> None:
        self._request = request
        self._sockets = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(2)]

    def rate(self) -> float:
        """Calls a second over one round."""
        start = perf_counter()
        for sock in self._sockets:
            sock.sendall(self._request)
        for _ in range(CALLS // 2 - 1):
            for sock in self._sockets:
                _answer(sock)
                sock.sendall(self._request)
        for sock in self._sockets:
            _answer(sock)
        return CALLS / (perf_counter() - start)

    def size(self) -> int:
        """Bytes in the body of one answer."""
        self._sockets[0].sendall(self._request)
        return _answer(self._sockets[0])


def _answer(sock: socket.socket) -> int:
    """Read one answer, which must be a good one, and give the size of its body."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += _receive(sock)
    head, _, body = head.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    missing = size - len(body)
    while missing:
        missing -= len(_receive(sock))
    return size


def _receive(sock: socket.socket) -> bytes:
    part = sock.recv(1 << 20)
    assert part, "the connection was closed"
    return part


@contextmanager
def _process(*arguments: str) -> Iterator[tuple[int, str]]:
    """One of the two servers: its port and, for the simulator, an access token."""
    command = [sys.executable, __file__, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port, token = process.stdout.readline().split(" ")
            yield int(port), token.strip()
        finally:
            process.terminate()


def _serve_simulator() -> None:
    simulator = Simulator(credits_per_day=10**9)
    simulator.load("Accounts", _rows(100))
    with simulator:
        print(simulator.url.rpartition(":")[2], simulator.access_token, flush=True)
        simulator.serve()


def _serve_bare(size: int) -> None:
    async def endpoint(request: Request) -> Response:
        await request.body()
        return Response(content, media_type="application/json;charset=UTF-8")

    content = b"x" * size
    app = Starlette(routes=[Route("/crm/{version}/{module}", endpoint, methods=["PUT"])])
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    print(sock.getsockname()[1], "", flush=True)
    config = uvicorn.Config(
        app, http="h11", ws="none", lifespan="off", access_log=False, log_config=None, server_header=False,
        date_header=False,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[sock])


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            sys.exit(main())
        case ["simulator"]:
            _serve_simulator()
        case ["bare", size]:
            _serve_bare(int(size))
