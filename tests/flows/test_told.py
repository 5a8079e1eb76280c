"""Everything that is told of rows, to their journal and to who listens, and what calls are said to cost."""

import json
from dataclasses import astuple

import pytest

from zcrm.engine.flows.credits import for_rows
from zcrm.engine.flows.effects import Abandoned, Event, Pull, Pulled, Sleep, Stopped, Tell, Wait
from zcrm.engine.flows.sending import NoJournal, leave, send, tell_as_known
from zcrm.errors import AuthError, ConnectionFailed, SharedStateLost, ZohoError
from zcrm.outcomes import Outcome, Receipts, Tally, settle
from zcrm.retry import Retry
from zcrm.rules import Rules
from zcrm.wire.bodies import receipts
from zcrm.wire.calls import Answer, Call, Lost, NotSent

LOST = "Sent, but the answer was lost: the row may or may not have been applied"
STOPPED = "Stopped before it was sent"


def told(state, code=None, message="", details=None, attempts=1, http_status=None, fix="", retryable=False):
    return {
        "state": state,
        "code": code,
        "message": message,
        "details": details or {},
        "attempts": attempts,
        "http_status": http_status,
        "fix": fix,
        "retryable": retryable,
    }


def advice(code):
    return f"fix it More: zcrm explain {code}#here"


def updated(row_id, status=200, attempts=1):
    return told("updated", "SUCCESS", "success", {"id": row_id}, attempts, status)


def rejected(code="INVALID_DATA", status=400, attempts=1, fix=None, retryable=False):
    words = advice(code) if fix is None else fix
    return told("rejected", code, code.lower(), {}, attempts, status, words, retryable)


class Journal(NoJournal):
    """Keeps what it is told, in its order; sees to it that it is told of rows as they are."""

    def __init__(self):
        self.told = []

    def leaving(self, outcomes):
        assert outcomes
        assert not any(outcome._settled for outcome in outcomes)
        self.told.append(("leaving", [outcome.row for outcome in outcomes]))

    def settled(self, outcomes):
        assert outcomes
        assert all(outcome._settled for outcome in outcomes)
        self.told.append(("settled", [outcome.row for outcome in outcomes]))


def alone(chunk):
    for row in chunk:
        row._plain = False
    return chunk


def answered(*items, status=200):
    """An answer as the wire reads it: as receipts, where it can."""
    read = receipts(json.dumps({"data": items}).encode())
    return Answer(status, None if read else {"data": list(items)}, receipts=read)


def test_rows_with_their_own_answers(hand, sending, rows, item, whole):
    chunk = rows(4)
    items = [item(id="0"), item("INVALID_DATA", id="1"), item("ALREADY_MODIFIED"), item("NOBODY_KNOWS")]
    sent = hand(Answer(207, {"data": items})).run(send(chunk, sending()))
    assert [whole(row) for row in chunk] == [
        updated("0", 207),
        rejected(status=207) | {"details": {"id": "1"}},
        told(
            "conflict", "ALREADY_MODIFIED", "already_modified", None, 1, 207, advice("ALREADY_MODIFIED"), True
        ),
        rejected("NOBODY_KNOWS", 207, fix=""),
    ]
    assert (sent.fatal, sent.tally) == (None, Tally(1, 1, 0))


def test_a_good_answer_is_read_no_further_than_its_proof(hand, sending, rows, item, whole):
    chunk = rows(2)
    answer = answered(item(id="0"), item(id="1"))
    read, answer.receipts = answer.receipts.read, Receipts(answer.receipts.each, lambda: pytest.fail("read"))
    hand(answer).run(send(chunk, sending()))
    assert [row.state for row in chunk] == ["updated", "updated"]
    answer.receipts.read = read
    assert [whole(row) for row in chunk] == [updated("0"), updated("1")]


@pytest.mark.parametrize(
    ("change", "status", "states"),
    [
        ({"details": {"id": "0"}}, 200, ["unknown", "unknown"]),
        ({"details": {"id": "7"}}, 200, ["unknown", "unknown"]),
        ({"code": "INVALID_DATA"}, 200, ["updated", "unknown"]),
        ({"status": "error"}, 200, ["updated", "unknown"]),
        ({}, 200, ["updated", "updated"]),
        ({}, 202, ["updated", "updated"]),
        ({}, 400, ["unknown", "unknown"]),
        ({}, 500, ["unknown", "unknown"]),
    ],
    ids=str,
)
def test_and_is_none_where_one_row_lacks_its_proof(hand, sending, rows, item, change, status, states):
    chunk = alone(rows(2))
    answer = answered(item(id="0"), item(id="1") | change, status=status)
    hand(answer).run(send(chunk, sending()))
    assert [row.state for row in chunk] == states


@pytest.mark.parametrize("count", [1, 3])
def test_nor_where_there_is_not_one_for_each_row(hand, sending, rows, item, whole, count):
    chunk = alone(rows(2))
    hand(answered(*(item(id=str(n)) for n in range(count)))).run(send(chunk, sending()))
    words = f"{LOST} ({count} results for 2 rows)"
    assert [whole(row) for row in chunk] == [told("unknown", message=words)] * 2


def test_lost_to_the_end(hand, sending, rows, whole):
    plain, other = rows(1), alone(rows(1))
    sent = hand(*[Lost("cut")] * 3).run(send(plain, sending()))
    assert whole(plain[0]) == told("unknown", message=f"{LOST} (cut)", attempts=3, retryable=True)
    assert (sent.fatal, sent.tally) == (None, Tally(3, 3, 2))
    hand(Lost("cut")).run(send(other, sending()))
    assert whole(other[0]) == told("unknown", message=f"{LOST} (cut)")


def test_a_contradiction_in_one_row_is_said_of_that_row(hand, sending, rows, item, whole):
    chunk = alone(rows(2))
    hand(Answer(200, {"data": [item(id="0"), item(id="1") | {"status": "error"}]})).run(
        send(chunk, sending())
    )
    words = f"{LOST} (HTTP 200 with SUCCESS and status error)"
    assert [whole(row) for row in chunk] == [updated("0"), told("unknown", message=words)]


def test_a_refused_call(hand, sending, rows, item, whole):
    chunk = rows(2)
    sent = hand(Answer(400, item("NOBODY_KNOWS"))).run(send(chunk, sending()))
    assert [whole(row) for row in chunk] == [rejected("NOBODY_KNOWS", fix="")] * 2
    assert (sent.fatal, sent.tally) == (None, Tally(1, 1, 0))


def test_a_row_that_stays_busy_is_rejected_at_the_last_attempt(hand, sending, rows, item, whole):
    chunk = rows(2)
    busy = Answer(207, {"data": [item(id="0"), item("BUSY")]})
    driver = hand(busy, *[Answer(207, {"data": [item("BUSY")]})] * 2)
    sent = driver.run(send(chunk, sending()))
    assert driver.sent == [["0", "1"], ["1"], ["1"]]
    assert [whole(row) for row in chunk] == [
        updated("0", 207),
        rejected("BUSY", 207, 3, retryable=True),
    ]
    assert sent.tally == Tally(3, 3, 2)
    retrying = [(event.cause, event.code) for event in driver.told if event.name == "retrying"]
    assert retrying == [("busy", None)] * 2


def test_a_call_that_stays_busy_ends_the_run(hand, sending, rows, entry, item, whole):
    chunk = rows(2)
    driver = hand(*[Answer(400, item("BUSY"))] * 3)
    how = sending(rules=Rules([entry("BUSY", level="request", retry=True)]))
    sent = driver.run(send(chunk, how))
    assert (sent.fatal.code, sent.fatal.http_status, sent.tally) == ("BUSY", 400, Tally(3, 3, 2))
    assert [whole(row) for row in chunk] == [
        told("unsent", "BUSY", "busy", None, 3, 400, advice("BUSY"), True)
    ] * 2
    assert driver.told[-1] == Event("stopping", "update_records", 2, code="BUSY", cause="busy")


def test_an_unreachable_server(hand, sending, rows, whole):
    chunk = rows(11)
    driver = hand(*[NotSent("refused")] * 3)
    sent = driver.run(send(chunk, sending()))
    words = "The server could not be reached: refused"
    assert isinstance(sent.fatal, ConnectionFailed)
    assert [whole(row) for row in chunk] == [told("unsent", message=words, attempts=3, retryable=True)] * 11
    assert sent.tally == Tally(3, 0, 2)
    assert driver.told[-1] == Event("stopping", "update_records", 11, cause=words)


def test_no_leave_for_a_call(hand, sending, rows, whole):
    chunk = rows(1)
    error = SharedStateLost("away", code="x", details={"a": 1}, http_status=500, fix="come back")
    sent = hand(error).run(send(chunk, sending()))
    assert sent.fatal is error
    assert whole(chunk[0]) == told("unsent", "x", "away", {"a": 1}, 0, 500, "come back", True)


@pytest.mark.parametrize("items", [None, 3])
def test_what_ends_a_run_is_told_with_its_advice(hand, sending, rows, item, whole, items):
    chunk = rows(3)
    said = item("AUTHORIZATION_FAILED", a=1)
    driver = hand(Answer(400, said if items is None else {"data": [said] * items}))
    sent = driver.run(send(chunk, sending()))
    words = "authorization_failed"
    assert [whole(row) for row in chunk] == [
        told("unsent", "AUTHORIZATION_FAILED", words, {"a": 1}, 1, 400, advice("AUTHORIZATION_FAILED"), True)
    ] * 3
    assert (sent.fatal.message, sent.fatal.details, sent.fatal.fix) == (
        words,
        {"a": 1},
        advice("AUTHORIZATION_FAILED"),
    )
    assert driver.told[-1] == Event(
        "stopping", "update_records", 3 if items is None else 0, code="AUTHORIZATION_FAILED", cause=words
    )


def test_the_other_half_of_a_split_call_is_told_what_ended_the_run(hand, sending, rows, item, whole):
    chunk = rows(4)
    driver = hand(Answer(400, item("INVALID_DATA")), Answer(400, item("INVALID_MODULE")))
    sent = driver.run(send(chunk, sending()))
    unsent = told("unsent", "INVALID_MODULE", "invalid_module", None, 1, 400, advice("INVALID_MODULE"), True)
    assert [whole(row) for row in chunk[:2]] == [unsent | {"attempts": 2}] * 2
    assert [whole(row) for row in chunk[2:]] == [unsent] * 2
    assert sent.fatal.code == "INVALID_MODULE"
    assert [event for event in driver.told if event.name == "splitting"] == [
        Event("splitting", "update_records", 4, status=400, code="INVALID_DATA")
    ]


@pytest.mark.parametrize("place", [2, 3])
def test_a_place_behind_the_last_row_names_none(hand, sending, rows, item, good, place):
    chunk = rows(2)
    refused = Answer(400, item("INVALID_DATA", json_path=f"$.data[{place}].Stage"))
    driver = hand(refused, good, good)
    driver.run(send(chunk, sending()))
    assert driver.sent == [["0", "1"], ["0"], ["1"]]


def test_two_named_rows_are_found_by_halves(hand, sending, rows, item, good):
    chunk = rows(4)
    paths = {"errors": [{"json_path": f"$.data[{n}].Stage"} for n in (0, 1)]}
    driver = hand(Answer(400, item("INVALID_DATA", **paths)), good, good)
    driver.run(send(chunk, sending()))
    assert driver.sent == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"]]


def test_a_lost_row_that_is_stopped_or_ended_says_so(hand, sending, rows, whole):
    stopped, ended = rows(1), rows(1)
    hand(Lost("cut"), Stopped()).run(send(stopped, sending()))
    assert whole(stopped[0]) == told("unknown", message=LOST, attempts=2, retryable=True)
    error = AuthError("revoked", code="x", details={"a": 1}, http_status=400, fix="sign in")
    hand(Lost("cut"), error).run(send(ended, sending()))
    words = f"{LOST} (revoked)"
    assert whole(ended[0]) == told("unknown", "x", words, {"a": 1}, 2, 400, "sign in", True)


@pytest.mark.parametrize(
    ("answer", "cause", "code"),
    [
        (Answer(400, {"data": [{"code": "BUSY", "status": "error", "message": "busy"}]}), "busy", None),
        (Lost("cut"), "cut", None),
        (NotSent("refused"), "The server could not be reached: refused", None),
        (
            Answer(500, {"code": "INTERNAL_ERROR", "status": "error"}),
            "HTTP 500: INTERNAL_ERROR",
            "INTERNAL_ERROR",
        ),
    ],
    ids=str,
)
def test_why_a_call_is_made_again_is_told(hand, sending, rows, good, answer, cause, code):
    driver = hand(answer, good)
    driver.run(send(rows(1), sending(retry=Retry(base=1, cap=60))))
    retrying = [event for event in driver.told if event.name == "retrying"]
    assert [(event.cause, event.code, event.rows, event.attempt) for event in retrying] == [
        (cause, code, 1, 1)
    ]


def at_each_wait(flow, rows, *answers):
    """Drive the flow; gives it up at its last wait. What the rows were, before each call and at each wait."""
    answers, seen, effect = list(answers), [], next(flow)
    while True:
        if isinstance(effect, Tell):
            effect = flow.send(None)
            continue
        seen.append("".join(row.state[2] for row in rows))
        if not answers:
            with pytest.raises(StopIteration) as end:
                flow.throw(Abandoned())
            return seen, end.value.value
        if isinstance(effect, Sleep):
            effect = flow.send(None)
            continue
        assert isinstance(effect, Call)
        effect.starting()
        with effect.timed():
            answer = answers.pop(0)
        effect = flow.throw(answer) if isinstance(answer, Exception) else flow.send(answer)


UNSENT, UNKNOWN, REJECTED = "s", "k", "j"


@pytest.mark.parametrize(
    ("answer", "while_waiting", "credits_"),
    [
        (Answer(429), UNSENT, 0),
        (NotSent("refused"), UNSENT, 0),
        (Answer(400, {"code": "INVALID_DATA", "status": "error"}), UNSENT, 1),
        (Lost("cut"), UNKNOWN, 1),
    ],
    ids=["429", "unreachable", "split", "lost"],
)
def test_rows_that_wait_are_unsent_unless_they_may_have_been_applied(
    sending, rows, answer, while_waiting, credits_
):
    """Left behind at a wait, they are told as they are then."""
    chunk, journal = rows(2), Journal()
    seen, sent = at_each_wait(send(chunk, sending(journal=journal)), chunk, answer)
    assert seen == [UNSENT * 2, while_waiting * 2]
    assert not any(row._settled for row in chunk)
    assert journal.told == [("leaving", [0, 1])]
    assert (sent.fatal, sent.tally) == (None, Tally(1, credits_, 0))


def test_so_is_a_busy_row_while_it_waits(sending, rows, item):
    chunk = rows(2)
    answer = Answer(207, {"data": [item("INVALID_DATA"), item("BUSY")]})
    seen, _ = at_each_wait(send(chunk, sending()), chunk, answer)
    assert seen == [UNSENT * 2, REJECTED + UNSENT]


def test_a_journal_is_told_before_each_call_and_once_at_the_end(hand, sending, rows, item, good):
    journal, chunk = Journal(), rows(3)
    answers = [Lost("cut"), Answer(400, item("INVALID_DATA", json_path="$.data[1].A")), good]
    hand(*answers).run(send(chunk, sending(journal=journal)))
    assert journal.told == [
        ("leaving", [0, 1, 2]),
        ("leaving", [0, 1, 2]),
        ("leaving", [0, 2]),
        ("settled", [0, 1, 2]),
    ]


def test_what_a_journal_raises_keeps_the_call_from_leaving(sending, rows):
    class Full(NoJournal):
        def leaving(self, outcomes):
            raise OSError("no room")

    chunk = rows(1)
    flow = send(chunk, sending(journal=Full()))
    call = next(flow)
    with pytest.raises(OSError, match="no room"):
        call.starting()
    assert (chunk[0].state, chunk[0].attempts) == ("unsent", 0)


@pytest.mark.parametrize(
    ("state", "message", "retryable"),
    [("unsent", STOPPED, True), ("unknown", LOST, False)],
)
def test_a_row_whose_call_was_cut_short(rows, whole, state, message, retryable):
    (row,) = rows(1)
    row.state = state
    tell_as_known(row)
    assert whole(row) == told(state, message=message, attempts=0, retryable=retryable)


def test_a_repeat_that_was_cut_short_is_told_as_its_first(rows, whole):
    first, repeat = rows(2)
    settle(
        first, "rejected", code="X", message="x", details={"a": 1}, http_status=400, fix="y", retryable=True
    )
    first.attempts = 2
    repeat._first = first
    tell_as_known(repeat)
    assert whole(repeat) == whole(first) == told("rejected", "X", "x", {"a": 1}, 2, 400, "y", True)
    waiting, other = Outcome(0, {}), Outcome(1, {})
    other._first = waiting
    tell_as_known(other)
    assert (other.state, other.retryable) == ("unsent", False)


def test_a_row_that_is_left(rows, whole):
    stopped, ended = rows(2)
    stopped.state = ended.state = "unknown"
    leave(stopped, None)
    leave(ended, ZohoError("no such module", code="INVALID_MODULE", http_status=400, fix="check it"))
    assert whole(stopped) == told("unsent", message=STOPPED, attempts=0, retryable=True)
    said = told("unsent", "INVALID_MODULE", "no such module", None, 0, 400, "check it", True)
    assert whole(ended) == said


def test_what_a_call_of_so_many_rows_costs():
    assert [for_rows(rows) for rows in (0, 1, 10, 11, 99, 100)] == [0, 1, 1, 2, 10, 10]


def test_what_is_not_said_of_an_effect():
    assert astuple(Event("lost", "x")) == ("lost", "x", 0, 1, None, None, "", 0.0, None, None, 0, {})
    assert astuple(Pull(7)) == (7, None)
    assert astuple(Pulled(())) == ((), False, False, None)
    assert Wait().block is True
