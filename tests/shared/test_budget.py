"""What may happen to a shared budget: whatever its holders say, and whichever answers they never hear."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcrm.engine.gate import LocalGate
from zcrm.engine.pace import Pace
from zcrm.shared.budget import GRACE, Asked, Budget, Lease, Returned

SECONDS = 330.0


def asked(holder="a", **said):
    return Asked(**{"holder": holder, "seconds": SECONDS, "concurrency": 4, **said})


def new(**changes):
    budget = Budget.new(0.0, asked(), forgotten=False)
    for name, value in changes.items():
        setattr(budget, name, value)
    return budget


class Holder:
    """A process: the leases it knows of, and what it has still to say."""

    def __init__(self, name):
        self.name = name
        self.held = {}
        self.returned = []

    def asked(self, wanted=()):
        return asked(self.name, held=list(self.held.values()), returned=list(self.returned), wanted=wanted)


class World:
    """Holders, and a Zoho that charges for each call before it answers, in an order of its own."""

    def __init__(self, seed, left):
        self.draw = random.Random(seed)
        self.budget = new()
        self.now = 0.0
        self.left = left
        self.holders = [Holder(name) for name in "abc"]
        self.answers = {}

    def meet(self, holder):
        wanted = [self.draw.choice([1, 10]) for _ in range(self.draw.randint(0, 3))]
        budget = Budget.of(self.budget.text())
        given = budget.ask(self.now, holder.asked(wanted))
        self.check(budget)
        self.budget = budget
        if self.draw.random() < 0.2:
            return
        holder.returned.clear()
        holder.held |= {lease.number: lease for lease in given}

    def check(self, budget):
        assert len(budget.leases) <= 4
        assert budget.entered - budget.over == sum(lease.price for lease in budget.leases)
        assert budget.left is None or budget.left <= self.left
        assert Budget.of(budget.text()) == budget

    def call(self, holder):
        """One of the holder's calls gets on: it is charged, or answered."""
        if not holder.held:
            return
        number = self.draw.choice(list(holder.held))
        if number not in self.answers:
            fate = self.draw.choice(["answered"] * 4 + ["throttled", "lost", "unsent"])
            if fate in ("answered", "lost"):
                self.left -= holder.held[number].price
            told = self.left if fate in ("answered", "throttled") else None
            self.answers[number] = Returned(number, fate, told)
        elif self.draw.random() < 0.5:
            holder.returned.append(self.answers.pop(number))
            del holder.held[number]

    def die(self, holder):
        self.holders[self.holders.index(holder)] = Holder(f"{holder.name}'")

    def act(self):
        holder = self.draw.choice(self.holders)
        self.now += self.draw.random()
        self.draw.choices([self.meet, self.call, self.die], [10, 15, 1])[0](holder)


@settings(max_examples=150, deadline=None)
@given(st.integers(), st.integers(0, 2_000))
def test_whatever_happens_the_limit_holds_and_credits_are_never_counted_too_high(seed, left):
    world = World(seed, left)
    for _ in range(150):
        world.act()
    world.now += SECONDS
    last = Holder("last")
    (lease,) = world.budget.ask(world.now, last.asked([10])) or [None]
    assert lease, "all leases have ended"
    world.left -= 10
    last.returned.append(Returned(lease.number, "answered", world.left))
    assert world.budget.ask(world.now, last.asked()) == []
    assert (world.budget.left, world.budget.leases) == (world.left, [])


def test_a_lease_that_nobody_returns_ends_by_itself():
    budget = new()
    assert len(budget.ask(0.0, asked("dead", wanted=[1] * 4))) == 4
    assert budget.ask(SECONDS - 0.1, asked("b", wanted=[1])) == []
    assert len(budget.ask(SECONDS, asked("b", wanted=[1]))) == 1


def test_a_later_lease_has_a_higher_number_even_after_the_store_forgot():
    numbers = [lease.number for lease in new().ask(0.0, asked(wanted=[1] * 3))]
    numbers += [
        lease.number for lease in Budget.new(9.0, asked(), forgotten=False).ask(9.0, asked(wanted=[1]))
    ]
    assert numbers == sorted(set(numbers))


def test_an_answer_that_got_lost_costs_no_permit():
    budget = new()
    budget.ask(0.0, asked(wanted=[10] * 4))
    assert len(budget.ask(0.1, asked(wanted=[10] * 4))) == 4
    assert budget.spent == 40


def test_what_was_said_twice_counts_once():
    budget = new(left=100.0)
    (lease,) = budget.ask(0.0, asked(wanted=[10]))
    returned = asked(returned=[Returned(lease.number, "throttled")])
    budget.ask(0.1, returned)
    budget.ask(0.2, returned)
    assert (budget.left, budget.spent, budget.pace.limit, budget.pace.cuts) == (100.0, 0, 2, 1)


def test_who_waits_longest_is_next_and_nobody_starves():
    budget = new()
    held = budget.ask(0.0, asked("a", wanted=[1] * 9))
    assert [budget.ask(0.1, asked(name, wanted=[1] * 9)) for name in "bc"] == [[], []]
    gets = []
    for _ in range(3):
        returned, held = [Returned(held[0].number, "answered")], held[1:]
        mine = budget.ask(0.2, asked("a", held=held, returned=returned, wanted=[1] * 9))
        others = [lease for name in "cb" for lease in budget.ask(0.3, asked(name, wanted=[1] * 9))]
        held += mine
        gets += [lease.holder for lease in mine + others]
    assert gets == ["a", "b", "c"]


def test_a_holder_that_is_not_heard_of_loses_its_place():
    budget = new()
    (lease, *others) = budget.ask(0.0, asked("a", wanted=[1] * 4))
    budget.ask(0.1, asked("dead", wanted=[1]))
    returned = [Returned(lease.number, "answered")]
    assert budget.ask(0.2, asked("a", held=others, returned=returned, wanted=[1])) == []
    assert len(budget.ask(2.2, asked("a", held=others, wanted=[1]))) == 1


def test_a_store_that_was_found_empty_first_hears_who_holds_what_and_then_gives_half():
    before = new().ask(0.0, asked("a", wanted=[1]))
    budget = Budget.new(10.0, asked(), forgotten=True)
    assert budget.ask(10.0, asked("b", wanted=[1] * 4)) == []
    budget.ask(10.1, asked("a", held=before))
    assert len(budget.ask(10.0 + GRACE, asked("b", wanted=[1] * 4))) == 1
    assert len(budget.ask(10.0 + SECONDS, asked("c", wanted=[1] * 4))) == 3


def test_where_too_few_credits_are_left_calls_go_one_at_a_time():
    budget = new(left=25.0)
    leases = budget.ask(0.0, asked(wanted=[10] * 4))
    assert len(leases) == 2
    returned = [Returned(lease.number, "answered", left) for lease, left in zip(leases, (15, 5), strict=True)]
    (probe,) = budget.ask(0.1, asked(returned=returned, wanted=[10, 10]))
    assert budget.left == -5
    budget.ask(0.2, asked(returned=[Returned(probe.number, "throttled", 5)]))
    assert budget.left == 5


def test_an_answer_that_says_nothing_of_credits_ends_the_count_that_it_refutes():
    budget = new(left=5.0)
    (lease,) = budget.ask(0.0, asked(wanted=[10]))
    budget.ask(0.1, asked(returned=[Returned(lease.number, "answered")]))
    assert budget.left is None


def test_who_asks_for_more_raises_the_limit_and_who_asks_for_less_keeps_to_it():
    budget = new()
    assert len(budget.ask(0.0, asked("b", concurrency=2, wanted=[1] * 9))) == 2
    assert len(budget.ask(0.0, asked("c", concurrency=10, wanted=[1] * 20))) == 7


@pytest.mark.parametrize("fates", [["throttled"], ["throttled"] * 2 + ["answered"] * 70, ["answered"] * 20])
def test_it_yields_to_throttling_as_the_gate_of_one_process_does(fates):
    gate, budget = LocalGate(8), new(pace=Pace(8, 8))
    for fate in fates:
        with gate.enter() as leave:
            leave.throttled = fate == "throttled"
        (lease,) = budget.ask(0.0, asked(concurrency=8, wanted=[1]))
        budget.ask(0.0, asked(concurrency=8, returned=[Returned(lease.number, fate)]))
        assert budget.pace.limit == gate.limit


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 2}', '{"version": 1, "pace": 3, "fence": 0}'])
def test_what_is_no_budget_is_refused(text):
    with pytest.raises(ValueError, match=r"JSON|truncated|missing|Expected"):
        Budget.of(text)


def test_a_budget_of_another_version_is_refused():
    budget = new(version=2)
    with pytest.raises(ValueError, match="another version"):
        Budget.of(budget.text())


def lease(number, holder="a", *, ends=SECONDS, price=10, cuts=0, before=0):
    return Lease(number, holder, ends, price, cuts, before)


def test_a_new_budget_has_nothing_in_it():
    assert Budget.new(7.5, asked(), forgotten=False) == Budget(
        version=1,
        pace=Pace(4, 4),
        fence=7_500,
        leases=[],
        queue=[],
        entered=0,
        over=0,
        spent=0,
        left=None,
        opens=0.0,
        full=0.0,
    )
    forgotten = Budget.new(7.5, asked(), forgotten=True)
    assert (forgotten.opens, forgotten.full) == (10.5, 337.5)
    assert Returned(1) == Returned(1, "unsent", None)


@pytest.mark.parametrize(
    ("pace", "limits"),
    [
        (Pace(8, 8), [0, 4, 4, 8, 8]),
        (Pace(8, 3), [0, 3, 3, 3, 3]),
        (Pace(3, 3), [0, 1, 1, 3, 3]),
        (Pace(1, 1), [0, 1, 1, 1, 1]),
    ],
)
def test_a_limit_opens_by_half_and_then_whole(pace, limits):
    budget = new(pace=pace, opens=10.0, full=20.0)
    assert [budget.limit(now) for now in (9.9, 10.0, 19.9, 20.0, 30.0)] == limits


def test_leases_are_given_with_all_that_they_say_and_counted():
    budget = new(left=100.0)
    first = budget.ask(5.0, asked(wanted=[10, 1]))
    assert first == [lease(1, ends=335.0), lease(2, ends=335.0, price=1)]
    assert (budget.leases, budget.fence) == (first, 2)
    assert (budget.entered, budget.over, budget.spent, budget.left) == (11, 0, 11, 89.0)
    returned = [Returned(1, "answered", 90.0), Returned(2, "unsent")]
    (third,) = budget.ask(6.0, asked(returned=returned, wanted=[10]))
    assert third == lease(3, ends=336.0, before=11)
    assert (budget.entered, budget.over, budget.spent) == (21, 11, 20)


@pytest.mark.parametrize(
    ("fate", "spent", "left", "limit"),
    [("answered", 10, 40.0, 4), ("throttled", 0, 50.0, 2), ("lost", 10, 40.0, 4), ("unsent", 0, 50.0, 4)],
)
def test_what_became_of_a_call_says_what_it_cost(fate, spent, left, limit):
    budget = new(left=50.0)
    budget.ask(0.0, asked(wanted=[10]))
    assert budget.ask(0.1, asked(returned=[Returned(1, fate)])) == []
    assert (budget.leases, budget.spent, budget.left, budget.pace.limit) == ([], spent, left, limit)
    assert (budget.entered, budget.over) == (10, 10)


@pytest.mark.parametrize("fate", ["answered", "throttled", "lost", "unsent"])
def test_credits_that_nobody_told_of_are_not_counted(fate):
    budget = new()
    budget.ask(0.0, asked(wanted=[10]))
    budget.ask(0.1, asked(returned=[Returned(1, fate)]))
    assert budget.left is None


@pytest.mark.parametrize(
    ("fate", "left", "after"),
    [("answered", 9.0, None), ("lost", 9.0, -1.0), ("answered", 10.0, 0.0), ("answered", 10.5, 0.5)],
)
def test_only_an_answer_refutes_a_count_and_only_one_below_nothing(fate, left, after):
    budget = new(left=left)
    budget.ask(0.0, asked(wanted=[10]))
    budget.ask(0.1, asked(returned=[Returned(1, fate)]))
    assert budget.left == after


@pytest.mark.parametrize(
    ("left", "told", "after"),
    [
        (None, 90.0, 80.0),
        (100.0, 50.0, 50.0),
        (100.0, 95.0, 85.0),
        (20.0, 90.0, 80.0),
        (95.0, 90.0, 80.0),
        (105.0, 90.0, 85.0),
        (120.0, 90.0, 90.0),
    ],
)
def test_an_answer_is_believed_as_far_as_calls_beside_it_leave_no_doubt(left, told, after):
    budget = new()
    budget.ask(0.0, asked(wanted=[10, 10]))
    budget.left = None if left is None else left - 20
    budget.ask(0.1, asked(held=budget.leases[1:], returned=[Returned(1, "answered", told)]))
    assert budget.left == after


def test_calls_that_were_over_before_leave_no_doubt():
    budget = new()
    budget.ask(0.0, asked(wanted=[10, 10]))
    budget.ask(0.1, asked(returned=[Returned(1, "answered"), Returned(2, "answered")]))
    budget.ask(0.2, asked(wanted=[10]))
    budget.ask(0.3, asked(returned=[Returned(3, "answered", 70.0)]))
    assert budget.left == 70.0


def test_a_lease_that_the_store_lost_is_taken_up_as_it_is():
    budget = new(over=30, left=100.0)
    budget.pace.cuts = 2
    held = [lease(50, ends=9.0, cuts=7, before=5), lease(51, ends=8.0)]
    assert budget.ask(8.0, asked(held=held)) == []
    assert budget.leases == [lease(50, ends=9.0, cuts=2, before=30)]
    assert (budget.fence, budget.entered, budget.spent, budget.left) == (50, 10, 10, 90.0)
    budget.ask(8.0, asked("b", held=[lease(3, "b", ends=9.0)]))
    assert (budget.fence, len(budget.leases)) == (50, 2)
    budget.ask(8.0, asked("b", held=[lease(3, "b", ends=9.0)]))
    assert (budget.spent, len(budget.leases)) == (20, 2)


def test_a_lease_is_returned_by_its_holder_alone():
    budget = new()
    budget.ask(0.0, asked("a", wanted=[10]))
    budget.ask(0.0, asked("b", returned=[Returned(1, "answered"), Returned(9, "answered")]))
    assert [each.holder for each in budget.leases] == ["a"]
    budget.ask(0.0, asked("b", held=list(budget.leases)))
    assert [each.holder for each in budget.leases] == ["a", "b"]


def test_one_who_asks_for_more_than_there_is_leaves_a_limit_that_was_cut_as_it_is():
    budget = new(pace=Pace(4, 2, cuts=1))
    budget.ask(0.0, asked(concurrency=10))
    assert (budget.pace.most, budget.pace.limit) == (10, 2)
    budget.ask(0.0, asked(concurrency=3))
    assert (budget.pace.most, budget.pace.limit) == (10, 2)
    whole = new()
    whole.ask(0.0, asked(concurrency=10))
    assert (whole.pace.most, whole.pace.limit) == (10, 10)


def test_a_call_that_is_too_dear_holds_those_behind_it_and_the_last_credit_is_spent():
    budget = new(left=20.0)
    assert budget.ask(0.0, asked(wanted=[10, 20, 1])) == [lease(1)]
    spent = new(left=20.0)
    assert len(spent.ask(0.0, asked(wanted=[10, 10, 10]))) == 2
    alone = new(left=5.0)
    assert len(alone.ask(0.0, asked(wanted=[10, 10]))) == 1


def queue(budget):
    return [(each.holder, each.seen) for each in budget.queue]


def test_only_who_still_wants_something_stands_in_the_queue_and_last_where_it_got_some():
    budget = new(pace=Pace(1, 1))
    budget.ask(0.0, asked("a", concurrency=1, wanted=[1]))
    assert queue(budget) == []
    for now, holder in ((0.1, "b"), (0.2, "c"), (0.3, "d")):
        budget.ask(now, asked(holder, concurrency=1, wanted=[1, 1]))
    assert queue(budget) == [("b", 0.1), ("c", 0.2), ("d", 0.3)]
    budget.ask(0.4, asked("c", concurrency=1))
    assert queue(budget) == [("b", 0.1), ("d", 0.3)]
    budget.ask(0.5, asked("a", concurrency=1, returned=[Returned(1, "answered")], wanted=[1]))
    assert queue(budget) == [("b", 0.1), ("d", 0.3), ("a", 0.5)]
    assert len(budget.ask(0.6, asked("b", concurrency=1, wanted=[1, 1]))) == 1
    assert queue(budget) == [("d", 0.3), ("a", 0.5), ("b", 0.6)]
    budget.ask(0.6, asked("e", concurrency=1))
    assert queue(budget) == [("d", 0.3), ("a", 0.5), ("b", 0.6)]


@pytest.mark.parametrize(("now", "seen"), [(100.45, 100.0), (100.5, 100.0), (100.75, 100.75), (99.0, 99.0)])
def test_a_holder_in_the_queue_is_seen_now_and_then(now, seen):
    budget = new(pace=Pace(1, 1))
    budget.ask(100.0, asked("a", concurrency=1, wanted=[1]))
    budget.ask(100.0, asked("b", concurrency=1, wanted=[1]))
    budget.ask(now, asked("b", concurrency=1, wanted=[1]))
    assert queue(budget) == [("b", seen)]


def test_a_place_is_lost_after_two_seconds_but_not_by_coming_back_late():
    budget = new(pace=Pace(1, 1))
    for holder in "abc":
        budget.ask(100.0, asked(holder, concurrency=1, wanted=[1]))
    budget.ask(101.9, asked("d", concurrency=1, wanted=[1]))
    assert [name for name, _ in queue(budget)] == ["b", "c", "d"]
    budget.ask(102.0, asked("c", concurrency=1, wanted=[1]))
    assert queue(budget) == [("c", 102.0), ("d", 101.9)]
    budget.ask(200.0, asked("d", concurrency=1, wanted=[1]))
    assert queue(budget) == [("d", 200.0)]
