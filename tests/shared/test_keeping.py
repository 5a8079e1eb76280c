"""A keeper of leases, driven by hand: what it asks the store, whom it gives what, and what it bears."""

import gc
import threading
from dataclasses import dataclass, field

import pytest

from zcrm.engine.flows.effects import Stopped
from zcrm.errors import SharedStateLost
from zcrm.shared.budget import Asked, Budget
from zcrm.shared.cells import Away, Found, look
from zcrm.shared.keeper import Keeper, Terms, _like
from zcrm.shared.leaves import Turn

WAITS = "Waiting for leave: others who share the budget have 4 calls in flight"
AWAY = "The store of the shared budget does not answer, so no call leaves: gone"
BACK = "The store of the shared budget answers again"


@dataclass
class Cell:
    """A store in memory. failing: raised by whoever asks. writing: run before each change."""

    clock: "Clock"
    forgets: bool = False
    text: str | None = None
    failing: Exception | None = None
    writing: list = field(default_factory=list)
    closed: int = 0

    def read(self):
        if self.failing:
            raise self.failing
        return Found(self.text, self.clock.now)

    def write(self, old, new):
        for each in self.writing:
            each()
        assert old == self.text
        self.text = new
        return True

    def close(self):
        self.closed += 1

    @property
    def budget(self):
        return Budget.of(self.text)

    def ask(self, holder, **said):
        """Ask as another process would."""
        budget = self.budget if self.text else Budget.new(self.clock.now, asked(), forgotten=False)
        given = budget.ask(self.clock.now, asked(holder, **said))
        self.text = budget.text()
        return given


class Clock:
    now = 1_000.0


def asked(holder="other", **said):
    return Asked(**{"holder": holder, "seconds": 330.0, "concurrency": 4, **said})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cell(clock):
    return Cell(clock)


@pytest.fixture
def keeper(cell, clock):
    """No thread runs it: a test does."""
    made = Keeper(lambda: cell, Terms(4, 330.0, 15.0, 30.0, lambda: clock.now))
    made._asleep.clear()
    return made


def wait(keeper, *prices, stopped=lambda: False):
    turns = [Turn(price, stopped) for price in prices]
    for turn in turns:
        keeper.wait(turn)
    return turns


def meet(keeper):
    keeper._hear(0)
    keeper._meet()


def leaves(turns):
    return [turn.future.result(0) for turn in turns if turn.future.done()]


def test_who_waits_gets_leave_in_turn_and_the_store_knows(keeper, cell):
    turns = wait(keeper, 10, 1, 1, 1, 1)
    meet(keeper)
    assert [turn.future.done() for turn in turns] == [True] * 4 + [False]
    given = leaves(turns)
    assert [leave.fence for leave in given] == [lease.number for lease in cell.budget.leases]
    assert [(lease.holder, lease.ends, lease.price) for lease in cell.budget.leases] == [
        (keeper._holder, 1_330.0, price) for price in (10, 1, 1, 1)
    ]
    assert (keeper.limit, cell.budget.spent, len(cell.budget.queue)) == (4, 13, 1)
    with given[0] as leave:
        leave.left = 90.0
    meet(keeper)
    assert turns[4].future.done()
    assert (cell.budget.left, cell.budget.spent) == (86.0, 14)
    meet(keeper)
    assert [lease.number for lease in cell.budget.leases] == [leave.fence for leave in leaves(turns)[1:]]


def test_a_limit_that_others_cut_is_known(keeper, cell, clock):
    assert keeper.limit == 4
    (lease,) = cell.ask("other", wanted=[1], concurrency=9)
    meet(keeper)
    assert keeper.limit == 4
    budget = cell.budget
    budget.pace.limit = 2
    cell.text = budget.text()
    meet(keeper)
    assert keeper.limit == 2
    assert lease in cell.budget.leases


def test_a_leave_that_is_dropped_or_returned_twice_is_returned_once(keeper, cell):
    turns = wait(keeper, 1, 1)
    meet(keeper)
    leave, dropped = leaves(turns)
    leave.release()
    keeper.release(leave._returned)
    turns.clear()
    del dropped
    gc.collect()
    meet(keeper)
    assert (cell.budget.leases, cell.budget.spent) == ([], 0)
    assert (keeper._returned, keeper._held) == ([], {})


def test_who_is_not_wanted_any_more_is_let_go_and_the_others_are_not(keeper, cell):
    (stopped,) = wait(keeper, 1, stopped=lambda: True)
    cancelled, wanted = wait(keeper, 10, 1)
    cancelled.future.cancel()
    meet(keeper)
    assert isinstance(stopped.future.exception(0), Stopped)
    assert leaves([wanted])[0].fence == cell.budget.fence
    assert [lease.price for lease in cell.budget.leases] == [1]
    assert not keeper._waiting


def test_a_lease_whose_waiter_left_meanwhile_is_given_back_at_once(keeper, cell):
    gone, wanted = wait(keeper, 10, 1)
    cell.writing.append(gone.future.cancel)
    meet(keeper)
    assert (keeper._unsure, keeper._pause()) == (True, 0.0)
    assert [lease.price for lease in cell.budget.leases] == [10, 1]
    cell.writing.clear()
    meet(keeper)
    assert ([lease.price for lease in cell.budget.leases], cell.budget.spent) == ([1], 1)
    assert (keeper._unsure, keeper._pause()) == (False, 0.5)
    assert wanted.future.done()


@pytest.mark.parametrize(("took", "late"), [(15.0, False), (15.1, True)])
def test_a_lease_that_came_late_is_not_used(keeper, cell, clock, took, late):
    (turn,) = wait(keeper, 10)

    def pass_by():
        clock.now += took

    cell.writing.append(pass_by)
    meet(keeper)
    assert turn.future.done() is not late
    assert keeper._unsure is late
    cell.writing.clear()
    meet(keeper)
    assert turn.future.done()
    assert (len(cell.budget.leases), cell.budget.spent) == (1, 10)


def test_how_long_it_pauses(keeper, cell):
    assert keeper._pause() is None
    (turn,) = wait(keeper, 1)
    keeper._hear(0)
    pauses = [keeper._pause() for _ in range(200)]
    assert 0.005 <= min(pauses) < max(pauses) <= 0.015
    keeper._meet()
    assert keeper._pause() == 0.5
    leaves([turn])[0].release()
    meet(keeper)
    assert keeper._pause() is None
    cell.failing = Away("gone")
    meet(keeper)
    assert keeper._pause() is None
    wait(keeper, 1)
    meet(keeper)
    pauses = [keeper._pause() for _ in range(200)]
    assert 0.1 <= min(pauses) < max(pauses) <= 0.3


def test_a_store_that_is_away_is_borne_for_as_long_as_that_is_said(keeper, cell, clock, caplog):
    (held,) = wait(keeper, 10)
    meet(keeper)
    (turn,) = wait(keeper, 1)
    cell.failing = Away("gone")
    meet(keeper)
    clock.now += 29.9
    meet(keeper)
    assert not turn.future.done()
    assert 0.1 <= keeper._pause() <= 0.3
    clock.now += 0.1
    meet(keeper)
    error = turn.future.exception(0)
    assert type(error) is SharedStateLost
    assert error.message == "The store of the shared budget has been out of reach for 30 s: gone"
    assert error.fix == "No call leaves without it. Start it, then go on."
    assert not keeper._waiting
    leaves([held])[0].release()
    meet(keeper)
    assert 0.1 <= keeper._pause() <= 0.3
    cell.failing = None
    meet(keeper)
    assert cell.budget.leases == []
    assert caplog.messages == [AWAY, BACK]
    cell.failing = Away("gone")
    meet(keeper)
    (again,) = wait(keeper, 1)
    clock.now += 29.9
    meet(keeper)
    assert not again.future.done()


def test_what_could_not_be_returned_is_forgotten_once_it_has_ended(keeper, cell, clock):
    (turn,) = wait(keeper, 10)
    meet(keeper)
    leaves([turn])[0].release()
    cell.failing = Away("gone")
    meet(keeper)
    clock.now += 329.9
    meet(keeper)
    assert len(keeper._returned) == 1
    clock.now += 0.1
    meet(keeper)
    assert keeper._returned == []


def test_who_is_dismissed_while_the_store_is_away_holds_nothing(keeper, cell):
    turns = wait(keeper, 10, 10)
    meet(keeper)
    given = leaves(turns)
    given[0].release()
    cell.failing = Away("gone")
    meet(keeper)
    assert (len(keeper._held), len(keeper._returned)) == (1, 1)
    (late,) = wait(keeper, 1)
    keeper.dismiss()
    meet(keeper)
    assert (len(keeper._held), len(keeper._returned)) == (1, 1)
    late.future.cancel()
    meet(keeper)
    assert (keeper._held, keeper._returned) == ({}, [])


@pytest.mark.parametrize(
    "error", [SharedStateLost("odd", code="C", fix="f"), ZeroDivisionError("x")], ids=repr
)
def test_whatever_else_the_store_raises_is_told_to_all_who_wait(keeper, cell, error):
    turns = wait(keeper, 1, 1)
    turns[0].future.cancel()
    more = wait(keeper, 1)
    cell.failing = error
    meet(keeper)
    told = [turn.future.exception(0) for turn in (turns[1], *more)]
    assert [(type(each), str(each)) for each in told] == [(type(error), str(error))] * 2
    assert not keeper._waiting
    assert (_like(error) is error) is isinstance(error, ZeroDivisionError)


def test_who_could_not_give_a_lease_back_does_not_ask_without_a_pause(keeper, cell):
    gone, _ = wait(keeper, 10, 1)
    cell.writing.append(gone.future.cancel)
    meet(keeper)
    assert keeper._pause() == 0.0
    cell.failing = ZeroDivisionError("x")
    meet(keeper)
    assert keeper._pause() == 0.5


def test_nothing_is_to_do_once_all_is_said_that_can_be(keeper, cell):
    assert keeper._idle()
    (turn,) = wait(keeper, 1)
    assert not keeper._idle()
    keeper._hear(0)
    assert not keeper._idle()
    keeper._meet()
    assert keeper._idle()
    leaves([turn])[0].release()
    keeper._hear(0)
    assert not keeper._idle()
    cell.failing = Away("gone")
    keeper._meet()
    assert keeper._idle()


def test_a_long_wait_for_others_is_said_once_and_only_where_nothing_is_held(keeper, cell, clock, caplog):
    held = cell.ask("other", wanted=[1] * 4)
    (turn,) = wait(keeper, 1)
    for passed in (0.0, 10.0, 0.1, 100.0):
        clock.now += passed
        assert caplog.messages == ([WAITS] if passed == 100.0 else [])
        meet(keeper)
    assert caplog.messages == [WAITS]
    cell.ask("other", held=held[1:])
    clock.now += 3
    meet(keeper)
    assert turn.future.done()
    wait(keeper, 1, 1)
    for _ in range(3):
        clock.now += 20
        meet(keeper)
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("left", ["held", "returned", "said"])
def test_who_settles_waits_until_all_is_said(keeper, cell, left):
    (turn,) = wait(keeper, 1)
    meet(keeper)
    (leave,) = leaves([turn])
    if left != "held":
        leave.release()
    if left == "returned":
        keeper._hear(0)
    thread = threading.Thread(target=keeper.settle, args=[10])
    before = keeper._inbox.qsize()
    thread.start()
    while keeper._inbox.qsize() == before:
        assert thread.is_alive()
    meet(keeper)
    thread.join(10)
    assert not thread.is_alive()
    assert keeper._settling == []
    assert (cell.budget.leases == []) is (left != "held")
    leave.release()


def test_who_settles_where_nothing_is_left_or_nobody_runs_does_not_wait(keeper):
    keeper.settle(10)
    assert keeper._inbox.empty()
    keeper._asleep.append(True)
    keeper._inbox.put(None)
    keeper.settle(10)
    assert keeper._inbox.qsize() == 1


def test_where_no_thread_can_be_started_the_caller_does_it_and_closes_the_store(cell, clock):
    keeper = Keeper(lambda: cell, Terms(4, 330.0, 15.0, 30.0, lambda: clock.now))
    turn = Turn(1, lambda: False)
    keeper._inbox.put(turn)
    keeper._run(threading.get_ident())
    (leave,) = leaves([turn])
    assert (cell.closed, keeper._cell, keeper._asleep) == (1, None, [True])
    keeper._inbox.put(leave._returned)
    keeper._run(threading.get_ident())
    assert (cell.budget.leases, cell.closed) == ([], 2)
    keeper._asleep.clear()
    keeper._run(threading.get_ident())
    assert (cell.closed, keeper._asleep) == (2, [])


def test_a_store_that_nobody_has_used_and_one_that_somebody_has(cell, clock):
    assert look(cell) is None
    cell.ask("other", wanted=[1])
    met = look(cell)
    assert (met.given, met.budget, met.now) == ([], cell.budget, 1_000.0)
    cell.text = "{}"
    with pytest.raises(SharedStateLost, match="makes no sense") as caught:
        look(cell)
    assert caught.value.fix == "Delete it once nothing runs that uses it, and it is made anew."
