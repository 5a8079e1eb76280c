"""How a gate and its pace behave, step by step: no call is made, and no server is asked."""

import asyncio
import os
import signal
import threading
import time

import pytest

from zcrm.engine.gate import LocalGate
from zcrm.engine.pace import Pace
from zcrm.wire import forks


def test_a_pace_falls_by_half_once_for_calls_that_were_let_in_together():
    pace = Pace(8, 8)
    assert pace == Pace(8, 8, cuts=0, went_well=0, patience=10)
    pace.went_well = 3
    pace.throttled(0)
    assert pace == Pace(8, 4, cuts=1, went_well=0, patience=20)
    pace.throttled(0)
    assert pace == Pace(8, 4, cuts=1, went_well=0, patience=20)
    pace.throttled(1)
    pace.throttled(2)
    pace.throttled(3)
    assert pace == Pace(8, 1, cuts=4, went_well=0, patience=160)


def test_a_pace_halves_downwards():
    pace = Pace(7, 7)
    pace.throttled(0)
    assert pace.limit == 3


def test_the_patience_of_a_pace_has_its_bounds():
    pace = Pace(8, 8)
    for cuts in range(7):
        pace.throttled(cuts)
    assert pace.patience == 320
    for patience in (320, 160, 80, 40, 20, 10, 10):
        assert pace.patience == patience
        limit = pace.limit
        for _ in range(patience - 1):
            pace.well()
        assert (pace.limit, pace.went_well) == (limit, patience - 1)
        pace.well()
        assert (pace.limit, pace.went_well) == (limit + 1, 0)
    assert pace == Pace(8, 8, cuts=7, went_well=0, patience=10)


def test_a_pace_at_its_most_counts_nothing():
    pace = Pace(2, 2)
    for _ in range(25):
        pace.well()
    assert pace == Pace(2, 2)


def in_time(target):
    """Run it on a thread that is given up where it hangs; what it returned."""
    found = []
    thread = threading.Thread(target=lambda: found.append(target()), daemon=True)
    thread.start()
    thread.join(10)
    assert found, "it hangs"
    return found[0]


def enters(gate):
    """Whether as many can enter as the gate has room for, and all have left again."""

    def enter():
        leaves = [gate.enter() for _ in range(gate.limit)]
        assert gate._at_once() is None
        for leave in leaves:
            leave.__exit__()
        return len(leaves)

    return in_time(enter) == gate.limit


def test_a_leave_is_new_and_nothing_was_said_of_it():
    gate = LocalGate(2)
    with gate.enter() as leave:
        assert (leave.throttled, leave.left, leave.cuts) == (False, None, 0)
        leave.throttled = True
    with gate.enter() as leave:
        assert leave.cuts == 1

    async def main():
        with await gate.aenter() as leave:
            assert (leave.throttled, leave.left, leave.cuts) == (False, None, 1)

    asyncio.run(main())
    assert enters(gate)
    with pytest.raises(ValueError, match="at least 1"):
        LocalGate(0)
    assert LocalGate(1).limit == 1


def test_calls_that_go_well_raise_the_limit_again():
    gate = LocalGate(2)
    with gate.enter() as leave:
        leave.throttled = True
    for limit in (1, 2):
        assert gate.limit == limit
        for _ in range(20):
            gate.enter().__exit__()


def test_an_interrupt_while_waiting_at_the_gate_leaves_nothing_behind():
    gate = LocalGate(1)
    held = gate.enter()

    def interrupt():
        while not gate._waiting:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        gate.enter()
    interrupter.join()
    held.__exit__()
    assert enters(gate)


def test_so_it_is_when_the_leave_has_come_by_then():
    gate = LocalGate(1)

    async def main():
        held = gate.enter()
        waiting = asyncio.create_task(gate.aenter())
        await asyncio.sleep(0)
        held.__exit__()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())
    assert enters(gate)


def test_one_that_leaves_before_somebody_waits_is_noticed():
    class Racing(LocalGate):
        """Its only leave comes back right after it was found to be out."""

        def _at_once(self):
            found = super()._at_once()
            if held:
                held.pop().__exit__()
            return found

    held = []
    gate = Racing(1)
    held.append(gate.enter())
    with in_time(gate.enter):
        pass
    held.append(gate.enter())

    async def main():
        async with asyncio.timeout(10):
            with await gate.aenter():
                pass

    asyncio.run(main())
    assert enters(gate)


def test_waiters_are_let_in_as_they_came():
    gate, came = LocalGate(1), []

    async def wait(number):
        with await gate.aenter():
            came.append(number)
            await asyncio.sleep(0)

    async def main():
        held = gate.enter()
        waiting = [asyncio.create_task(wait(number)) for number in range(5)]
        await asyncio.sleep(0)
        held.__exit__()
        async with asyncio.timeout(10):
            await asyncio.gather(*waiting)

    asyncio.run(main())
    assert came == [0, 1, 2, 3, 4]
    assert enters(gate)


def test_a_fall_of_the_pace_keeps_waiters_out_until_there_is_room():
    gate = LocalGate(4)

    async def main():
        leaves = [gate.enter() for _ in range(4)]
        waiting = asyncio.create_task(gate.aenter())
        await asyncio.sleep(0)
        leaves[0].throttled = True
        for leave, inside in ((leaves[0], False), (leaves[1], False), (leaves[2], True)):
            leave.__exit__()
            await asyncio.sleep(0.01)
            assert waiting.done() is inside
        leaves[3].__exit__()
        (await waiting).__exit__()

    asyncio.run(main())
    assert (gate.limit, enters(gate)) == (2, True)


def test_a_child_begins_with_no_call_in_flight():
    gate = LocalGate(2)
    for _ in range(2):
        gate.enter()
    forks._renew_all()
    assert enters(gate)
