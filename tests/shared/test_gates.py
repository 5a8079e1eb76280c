"""Gates that processes share, in a file and on a server: the limit holds for all, and no leave is lost."""

import asyncio
import gc
import os
import random
import signal
import socketserver
import sqlite3
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from queue import SimpleQueue

import pytest

from zcrm import AccessToken, AsyncZohoCRM, OutOfCredits, SharedStateLost, UsageError, ZohoCRM
from zcrm.engine.flows.effects import Stopped
from zcrm.engine.gate import Gate
from zcrm.shared import RedisGate, Shared, SqliteGate
from zcrm.simulator import Simulator


def until(holds, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def nothing_out(gate):
    until(lambda: gate.look().in_flight == 0)


class Room:
    """Counts who is inside."""

    def __init__(self):
        self.inside = self.most = 0
        self._lock = threading.Lock()

    def __enter__(self):
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)

    def __exit__(self, *_):
        with self._lock:
            self.inside -= 1


def test_threads_and_tasks_of_several_gates_share_one_limit(gates):
    one, other, room = gates(4), gates(4), Room()

    async def in_task():
        with await other.aenter(), room:
            await asyncio.sleep(0.001)

    async def tasks():
        await asyncio.gather(*(in_task() for _ in range(50)))

    def on_thread():
        with one.enter(), room:
            time.sleep(0.001)

    with ThreadPoolExecutor(9) as pool:
        running = pool.submit(asyncio.run, tasks())
        list(pool.map(lambda _: on_thread(), range(50)))
        running.result(timeout=30)
    assert 2 <= room.most <= 4
    nothing_out(one)


def test_a_gate_is_what_a_client_takes(gates):
    gate = gates(3)
    assert isinstance(gate, Gate)
    with ZohoCRM(auth=AccessToken("x"), concurrency=gate) as crm:
        assert crm.gate is gate
    assert (gate.concurrency, gate.limit) == (3, 3)


def test_a_throttled_call_halves_the_limit_for_all(gates):
    one, other = gates(8), gates(8)
    with one.enter() as first, other.enter() as second:
        first.throttled = second.throttled = True
    until(lambda: one.look().limit == 4)
    with other.enter():
        assert other.limit == 4


def test_a_later_leave_has_a_higher_fence(gates):
    one, other = gates(), gates()
    fences = []
    for gate in (one, other, one):
        with gate.enter() as leave:
            fences.append(leave.fence)
    assert fences == sorted(set(fences))


def test_cancelled_waiters_leave_nothing_behind(gates):
    gate = gates(1)

    async def wait():
        with await gate.aenter():
            await asyncio.sleep(0)

    async def main():
        with await gate.aenter():
            waiting = [asyncio.create_task(wait()) for _ in range(10)]
            await asyncio.sleep(0.02)
            for task in waiting[::2]:
                task.cancel()
        for task in waiting[1::2]:
            await task
            for other in waiting:
                other.cancel()

    async def run():
        with suppress(asyncio.CancelledError):
            await main()
        async with asyncio.timeout(5):
            with await gate.aenter():
                pass

    asyncio.run(run())
    nothing_out(gate)


def test_whoever_is_not_wanted_any_more_waits_no_longer(gates):
    gate, stopped = gates(1), threading.Event()
    with ThreadPoolExecutor(1) as pool, gate.enter():
        waits = pool.submit(gate.enter, 0, stopped.is_set)
        until(lambda: gate.look().waiting == 1)
        stopped.set()
        with pytest.raises(Stopped):
            waits.result(timeout=5)


def test_an_interrupt_at_any_moment_gives_back_what_was_taken(gates, monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    gate, other, draw = gates(2), gates(2), random.Random(7)
    end = threading.Event()

    def contend():
        while not end.is_set():
            with other.enter():
                time.sleep(0.001)

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with ThreadPoolExecutor(2) as pool:
            for _ in range(2):
                pool.submit(contend)
            for _ in range(100):
                try:
                    signal.setitimer(signal.ITIMER_REAL, draw.random() * 0.004 + 1e-6)
                    while True:
                        with gate.enter():
                            pass
                except KeyboardInterrupt:
                    pass
            end.set()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        end.set()
    gc.collect()
    nothing_out(gate)


def test_a_leave_that_is_dropped_returns_itself(gates):
    gate = gates(1)
    gate.enter()
    gc.collect()
    with gate.enter():
        pass


WORKER = """
import sys, time
from zcrm.shared import RedisGate, SqliteGate

form, place, *how = sys.argv[1:]
gate = SqliteGate(place, 2) if form == "sqlite" else RedisGate(place, org="org", concurrency=2)
"""


@pytest.fixture
def child(gates, request, tmp_path, start_python):
    """Starts a script with a gate of its own."""
    gates(2)
    redis = "redis" in request.node.callspec.id
    where = ["redis", request.getfixturevalue("server").url] if redis else ["sqlite", str(tmp_path / "gate")]
    return lambda script: start_python(WORKER + script, *where)


def test_a_process_that_ends_has_returned_what_it_had(gates, child):
    done = child("with gate.enter(): pass").wait(30)
    assert (done, gates(2).look().in_flight) == (0, 0)


def test_an_error_that_ends_a_process_returns_what_it_had(gates, child):
    process = child("sys.excepthook = lambda *_: None\nwith gate.enter(): raise SystemExit(3)")
    assert (process.wait(30), gates(2).look().in_flight) == (3, 0)


def test_the_leases_of_a_process_that_was_killed_end_by_themselves(tmp_path, start_python):
    now = [time.time()]
    gate = SqliteGate(tmp_path / "gate", 2, clock=lambda: now[0])
    script = "leaves = [gate.enter(), gate.enter()]; print('in', flush=True); time.sleep(60)"
    process = start_python(WORKER + script, "sqlite", str(tmp_path / "gate"))
    assert process.stdout.readline() == "in\n"
    process.kill()
    process.wait()
    now[0] += 325
    assert gate.look().in_flight == 2
    now[0] += 10
    assert gate.look().in_flight == 0
    with gate.enter(), gate.enter():
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_has_a_gate_of_its_own(gates):
    gate = gates(2)
    with gate.enter() as leave:
        child = os.fork()
        if child == 0:
            try:
                leave.release()
                with gate.enter():
                    ok = gate.look().in_flight == 2
                until(lambda: gate.look().in_flight == 1)
                os._exit(0 if ok else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert gate.look().in_flight == 1
    nothing_out(gate)


def test_an_interrupt_at_the_return_of_a_leave_gives_it_back(gates):
    gate = gates(1)
    leave = gate.enter()
    really, interrupts = leave._release, iter([KeyboardInterrupt])

    def release(returned):
        for interrupt in interrupts:
            raise interrupt
        really(returned)

    leave._release = release
    with pytest.raises(KeyboardInterrupt), leave:
        pass
    del leave
    gc.collect()
    nothing_out(gate)


def test_it_ends_its_thread_when_nobody_has_it_any_longer(gates):
    gate = gates()
    with gate.enter():
        pass
    del gate
    gc.collect()
    until(lambda: not any(thread.name == "zcrm-leases" for thread in threading.enumerate()))


def test_what_a_gate_takes():
    with pytest.raises(UsageError, match="at least 1"):
        SqliteGate("gate", 0)
    pytest.importorskip("redis")
    for url in ("localhost", "http://localhost", ""):
        with pytest.raises(UsageError, match="redis://"):
            RedisGate(url, org="org")


def test_credits_are_counted_by_all_and_set_right_by_what_zoho_says(gates):
    with Simulator(credits_per_day=100) as sim:
        ids = sim.load("Deals", [{"Stage": "Open"}] * 60)
        rows = [{"id": record, "Stage": "Won"} for record in ids]
        one, other = (
            ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, concurrency=gates())
            for _ in range(2)
        )
        with one, other:
            one.records.update_all("Deals", rows)
            until(lambda: one.gate.look() == Shared(0, 10, 0, 6, None))
            sim.meters.charge(74)
            other.records.update_one("Deals", ids[0], {"Stage": "Lost"})
            until(lambda: one.gate.look() == Shared(0, 10, 0, 7, 19.0))
            sim.meters.charge(19)
            with pytest.raises(OutOfCredits):
                one.records.update_all("Deals", rows)
            until(lambda: one.gate.look() == Shared(0, 5, 0, 7, 0.0))


def test_a_call_that_never_left_costs_no_credits(gates):
    gate = gates()
    with suppress(Stopped), gate.enter(10):
        raise Stopped
    with suppress(ZeroDivisionError), gate.enter(10):
        raise ZeroDivisionError
    until(lambda: gate.look().credits_spent == 10)


@pytest.fixture
def crm(sim):
    return lambda gate, **options: ZohoCRM(
        auth=AccessToken(sim.access_token), api_domain=sim.url, concurrency=gate, **options
    )


def test_several_clients_never_pass_the_limit_together(gates, deals, sim, crm):
    ids = deals(400)
    sim.fault("slow", seconds=0.01)

    async def in_tasks(rows):
        auth = AccessToken(sim.access_token)
        async with AsyncZohoCRM(auth=auth, api_domain=sim.url, concurrency=gates(3)) as client:
            return await client.records.update_all("Deals", rows)

    rows = [{"id": record, "Stage": "Won"} for record in ids]
    rows = [{**row, "Name": "x" * 40_000} for row in rows]
    with crm(gates(3)) as client, ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(client.records.update_all, "Deals", rows[:200]),
            pool.submit(asyncio.run, in_tasks(rows[200:])),
        ]
        assert [run.result().states["updated"] for run in runs] == [200, 200]
    assert sim.ledger.peak_in_flight <= 3


def test_a_stop_does_not_wait_for_leave_that_others_have(gates, deals, sim, crm):
    rows = [{"id": record, "Stage": "Won"} for record in deals(3)]
    other = gates(1)
    with ThreadPoolExecutor(1) as pool, other.enter(), crm(gates(1)) as client:
        updates = client.records.update("Deals", rows)
        outcomes = pool.submit(list, updates)
        until(lambda: other.look().waiting == 1)
        updates.stop()
        assert [outcome.state for outcome in outcomes.result(timeout=10)] == ["unsent"] * 3
    assert sim.ledger.requests == []


def away_file(tmp_path):
    folder = tmp_path / "file"
    folder.write_text("no folder")
    return SqliteGate(folder / "gate", patience=0.1)


def away_server(server):
    return RedisGate(server.url, org="org", patience=0.1)


def test_where_the_file_is_away_no_call_leaves(tmp_path, deals, sim, crm):
    check_nothing_leaves(away_file(tmp_path), deals, sim, crm)


def test_where_the_server_is_away_no_call_leaves(own_server, known, deals, sim, crm):
    known(own_server)
    gate = away_server(own_server)
    own_server.stop()
    check_nothing_leaves(gate, deals, sim, crm)
    own_server.start()
    known(own_server)
    (record,) = deals(1)
    with crm(gate) as client:
        assert client.records.update_one("Deals", record, {"Stage": "Lost"}).ok
    nothing_out(gate)


def check_nothing_leaves(gate, deals, sim, crm):
    ids = deals(300)
    with crm(gate) as client:
        updates = client.records.update("Deals", ({"id": record, "Stage": "Won"} for record in ids))
        outcomes = []
        with pytest.raises(SharedStateLost, match="out of reach"):
            outcomes.extend(updates)
    assert {outcome.state for outcome in outcomes} <= {"unsent"}
    assert updates.summary.states["unsent"] == updates.summary.rows > 0
    assert (updates.summary.calls, updates.summary.credits) == (0, 0)
    assert sim.ledger.requests == []
    with pytest.raises(SharedStateLost):
        asyncio.run(gate.aenter())
    with pytest.raises(SharedStateLost):
        gate.look()


def test_a_pause_of_the_server_costs_time_and_nothing_else(own_server, known):
    known(own_server)
    gate = RedisGate(own_server.url, org="org")
    with ThreadPoolExecutor(4) as pool:
        with gate.enter(10):
            own_server.pause()
            waits = [pool.submit(gate.enter, 10) for _ in range(4)]
        time.sleep(1.3)
        own_server.go_on()
        for each in waits:
            with each.result(timeout=10):
                pass
    until(lambda: gate.look() == Shared(0, 10, 0, 50))


def test_a_server_that_forgot_hears_of_leaves_before_it_gives_any_and_then_half(own_server, known):
    known(own_server, concurrency=4)
    one, other = (RedisGate(own_server.url, org="org", concurrency=4) for _ in range(2))
    with ThreadPoolExecutor(1) as pool, one.enter(), ExitStack() as stack:
        stack.enter_context(one.enter())
        own_server.stop()
        own_server.start()
        waits = pool.submit(other.enter)
        until(lambda: one.look().in_flight == 2)
        time.sleep(3.3)
        assert not waits.done()
        assert one.look().limit == 2
        stack.close()
        waits.result(timeout=10).release()


@pytest.mark.parametrize("damage", ["{}", "x", '{"version": 9}'])
def test_what_makes_no_sense_is_said(tmp_path, damage):
    gate = SqliteGate(tmp_path / "gate")
    with gate.enter():
        pass
    with closing(sqlite3.connect(tmp_path / "gate")) as database:
        until(lambda: gate.look().in_flight == 0)
        database.execute("UPDATE budget SET text = ?", [damage])
        database.commit()
    for ask in (gate.enter, gate.look):
        with pytest.raises(SharedStateLost, match="makes no sense") as caught:
            ask()
        assert str(tmp_path) in str(caught.value)


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "gate").write_bytes(b"customers" * 1000)
    with pytest.raises(SharedStateLost, match="can't be read"):
        SqliteGate(tmp_path / "gate").enter()


@pytest.mark.parametrize("anew", [False, True])
def test_a_file_that_is_deleted_while_it_is_used_gives_no_more_leave(tmp_path, anew):
    gate, path = SqliteGate(tmp_path / "gate"), tmp_path / "gate"
    with gate.enter():
        path.rename(tmp_path / "away")
        if anew:
            with SqliteGate(path).enter():
                pass
        with pytest.raises(SharedStateLost, match="was deleted while it was used"):
            gate.enter()


def test_a_text_on_a_server_that_is_none_is_said(own_server):
    import redis

    with redis.Redis.from_url(own_server.url) as client:
        client.set("zcrm:{org}:budget", b"\xff")
    gate = RedisGate(own_server.url, org="org", patience=0)
    for ask in (gate.enter, gate.look):
        with pytest.raises(SharedStateLost, match="codec can't decode"):
            ask()


@pytest.mark.parametrize("said", [b"+OK\r\n", b":1\r\n", b":x\r\n", b"HTTP/1.1 400 Bad\r\n\r\n"])
def test_whoever_is_no_redis_server_gives_no_leave(has_redis, said):
    class Odd(socketserver.BaseRequestHandler):
        def handle(self):
            while self.request.recv(65536):
                self.request.sendall(said)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Odd) as server, ThreadPoolExecutor(1) as pool:
        server.daemon_threads = True
        pool.submit(server.serve_forever, 0.01)
        gate = RedisGate(f"redis://127.0.0.1:{server.server_address[1]}", org="org", patience=0)
        with pytest.raises(SharedStateLost, match="out of reach"):
            gate.enter()
        server.shutdown()


def test_nothing_secret_is_shown(has_redis):
    gate = RedisGate("redis://:s3cret@127.0.0.1:1", org="org", patience=0)
    assert "s3cret" not in repr(gate)
    with pytest.raises(SharedStateLost) as caught:
        gate.enter()
    assert "s3cret" not in str(caught.value)


def test_a_long_wait_for_others_is_said_once(gates, monkeypatch, caplog):
    now, gate, other = [0.0], gates(1), gates(1)
    keeper = gate._keeper
    monkeypatch.setattr(keeper, "_terms", replace(keeper._terms, clock=lambda: now[0]))
    leave = other.enter()
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(gate.enter)
        try:
            until(lambda: keeper._idle_since == 0.0)
            now[0] = 11.0
            until(lambda: caplog.messages)
            time.sleep(0.05)
        finally:
            leave.release()
        waits.result(timeout=5).release()
    assert caplog.messages == ["Waiting for leave: others who share the budget have 1 calls in flight"]


def test_a_waiting_call_goes_when_another_process_returns_its_leave(gates):
    one, other, came = gates(1), gates(1), SimpleQueue()
    leave = one.enter()
    thread = threading.Thread(target=lambda: came.put(other.enter().release()))
    thread.start()
    until(lambda: one.look().waiting == 1)
    leave.release()
    came.get(timeout=10)
    thread.join()
