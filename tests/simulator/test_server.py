"""The server as a process citizen: ports, threads, connections."""

import gc
import signal
import socket
import subprocess
import sys
import threading
import warnings

import httpx
import pytest

from zcrm.simulator import Simulator
from zcrm.simulator.web import server


def test_a_free_port_and_nothing_left_behind():
    before = set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Simulator() as sim, httpx.Client() as client:
            url = sim.url
            assert client.get(url).status_code == 404
            assert len(set(threading.enumerate()) - before) == 1
        gc.collect()
    assert set(threading.enumerate()) <= before
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_the_port_asked_for():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="Address already in use"):
            Simulator(port).start()
    with Simulator(port) as sim:
        assert sim.url == sim.accounts_url == f"http://127.0.0.1:{port}"


def test_on_windows_the_port_is_nobody_elses(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_KEEPALIVE, raising=False)
    with server._listening(0) as listening:
        options = (socket.SO_KEEPALIVE, socket.SO_REUSEADDR)
        assert [listening.getsockopt(socket.SOL_SOCKET, option) for option in options] == [1, 0]


def test_serving_never_waits_where_no_interrupt_could_end_it(monkeypatch):
    """On Windows Ctrl-C is heeded between two waits; here it comes in the third."""
    waits = []

    def join(thread, timeout=None):
        waits.append(timeout)
        if len(waits) == 3:
            raise KeyboardInterrupt
        wait(thread, 0.001 if len(waits) < 3 else timeout)

    wait = threading.Thread.join
    with Simulator() as sim:
        monkeypatch.setattr(threading.Thread, "join", join)
        sim.serve()
        assert None not in waits[:3]
        monkeypatch.undo()


def test_two_side_by_side_share_nothing():
    with Simulator() as one, Simulator() as other:
        one.load("Accounts", [{"id": "1", "Account_Name": "One"}])

        assert one.url != other.url
        assert one.records("Accounts") == {"1": {"id": "1", "Account_Name": "One"}}
        assert other.records("Accounts") == {}


def test_the_state_outlives_the_server():
    sim = Simulator()
    sim.load("Accounts", [{"id": "1"}])
    for _ in range(2):
        with sim:
            headers = {"Authorization": f"Zoho-oauthtoken {sim.access_token}"}
            response = httpx.put(f"{sim.url}/crm/v8/Accounts", json={"data": [{"id": "1"}]}, headers=headers)
            assert response.status_code == 200
    assert sim.ledger.applied == {("Accounts", "1"): 2}


def test_starting_twice_and_asking_a_stopped_one():
    sim = Simulator()
    with pytest.raises(RuntimeError, match="not running"):
        _ = sim.url
    with sim, pytest.raises(RuntimeError, match="running already"):
        sim.start()
    sim.stop()


def test_one_connection_serves_many_requests(sim, crm):
    with socket.create_connection(("127.0.0.1", int(sim.url.rsplit(":", 1)[1])), timeout=10) as sock:
        sock.settimeout(10)
        for _ in range(3):
            sock.sendall(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            while not answer.endswith(b'"status":"error"}'):
                answer += sock.recv(65536)
            assert answer.startswith(b"HTTP/1.1 404 ")
            assert b"connection: close" not in answer.lower()


def test_stopping_does_not_wait_for_a_slow_request(start):
    sim, crm = start()
    sim.fault("slow", seconds=60)
    failure = []

    def call():
        try:
            crm.put("/Accounts", json={"data": [{"id": "1"}]})
        except httpx.HTTPError as error:
            failure.append(type(error))

    thread = threading.Thread(target=call)
    thread.start()
    while not sim.ledger.calls("update_records"):
        pass
    sim.stop()
    thread.join(timeout=10)

    assert failure in ([httpx.RemoteProtocolError], [httpx.ReadError])


def test_serve_ends_with_the_keyboard():
    program = (
        "from zcrm.simulator import Simulator\n"
        "sim = Simulator().start()\n"
        "print(sim.url, flush=True)\n"
        "sim.serve()\n"
        "print('ended', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(url).status_code == 404
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == ("ended\n", "", 0)


def test_a_wrong_edition():
    with pytest.raises(ValueError, match="unknown edition 'deluxe'; there are free, standard"):
        Simulator(edition="deluxe")


def test_the_package_is_cheap_until_it_is_used():
    program = (
        "import sys, zcrm.simulator\n"
        "print(sorted({'starlette', 'uvicorn', 'asyncio', 'httpx', 'orjson'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
