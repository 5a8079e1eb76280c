"""One chunk: what is sent, what is sent again, what becomes of each row."""

import pytest

from zcrm.engine.flows.effects import Stopped
from zcrm.engine.flows.sending import send
from zcrm.errors import AuthError, ConnectionFailed, LimitReached, ZohoError
from zcrm.wire.calls import Answer, Lost, NotSent


def states(rows):
    return [row.state for row in rows]


def test_rows_are_settled_by_their_own_answers(hand, sending, rows, item):
    chunk = rows(3)
    items = [item(id="0"), item("INVALID_DATA", api_name="Stage"), item("ALREADY_MODIFIED")]
    driver = hand(Answer(207, {"data": items}))

    sent = driver.run(send(chunk, sending()))

    assert states(chunk) == ["updated", "rejected", "conflict"]
    assert sent.fatal is None
    assert (sent.tally.calls, sent.tally.credits, sent.tally.retries) == (1, 1, 0)
    rejected = chunk[1]
    assert (rejected.code, rejected.message, rejected.details) == (
        "INVALID_DATA",
        "invalid_data",
        {"api_name": "Stage"},
    )
    assert (rejected.attempts, rejected.http_status, rejected.fix) == (1, 207, "fix it")


def test_a_row_is_unknown_while_its_call_is_in_flight(sending, rows):
    chunk = rows(1)
    flow = send(chunk, sending())
    call = next(flow)
    assert states(chunk) == ["unsent"]
    call.starting()
    assert states(chunk) == ["unknown"]
    flow.close()
    assert states(chunk) == ["unknown"]


def test_a_throttled_call_is_made_again_after_the_wait_asked_for(hand, sending, rows, good):
    chunk = rows(2)
    driver = hand(Answer(429, None, {"retry-after": "5"}), good)

    sent = driver.run(send(chunk, sending()))

    assert states(chunk) == ["updated", "updated"]
    assert driver.slept == [5.0]
    assert (sent.tally.calls, sent.tally.retries, sent.tally.credits) == (2, 1, 1)
    assert [row._resent for row in chunk] == [False, False]


def test_throttling_that_persists_ends_as_limit_reached_with_the_rows_unsent(hand, sending, rows):
    chunk = rows(2)
    busy = Answer(429, {"code": "TOO_MANY_REQUESTS", "details": {"retry_after": 60}, "message": "slow down"})
    driver = hand(busy, busy, busy)

    sent = driver.run(send(chunk, sending()))

    assert isinstance(sent.fatal, LimitReached)
    assert states(chunk) == ["unsent", "unsent"]
    assert chunk[0].code == "TOO_MANY_REQUESTS"
    assert driver.slept == [8.0, 8.0]


def test_back_off_doubles_with_full_jitter(hand, sending, rows, good):
    driver = hand(NotSent("refused"), NotSent("refused"), good)
    driver.run(send(rows(1), sending(random=lambda: 0.5)))
    assert driver.slept == [0.5, 1.0]


def test_a_server_that_cannot_be_reached_leaves_rows_unsent(hand, sending, rows):
    chunk = rows(1)
    sent = hand(*[NotSent("refused")] * 3).run(send(chunk, sending()))
    assert isinstance(sent.fatal, ConnectionFailed)
    assert states(chunk) == ["unsent"]
    assert sent.tally.credits == 0


@pytest.mark.parametrize(
    "lost",
    [
        Lost("ReadTimeout"),
        Answer(500, {"code": "INTERNAL_ERROR", "status": "error", "message": "", "details": {}}),
        Answer(502, None),
        Answer(200, {"data": []}),
        Answer(200, {"data": [{"code": "SUCCESS", "details": {"id": "999"}, "status": "success"}]}),
        Answer(200, {"data": ["nonsense"]}),
        Answer(200, {"code": "SUCCESS", "status": "success", "details": {}}),
        Answer(403, None),
    ],
    ids=["cut", "500", "html", "count", "foreign", "no item", "flat success", "403 html"],
)
def test_a_plain_row_is_sent_again_after_a_lost_answer_and_another_is_unknown(
    hand, sending, rows, good, lost
):
    plain, other = rows(1), rows(1)
    other[0]._plain = False

    hand(lost, good).run(send(plain, sending()))
    driver = hand(lost)
    driver.run(send(other, sending()))

    assert (states(plain), plain[0]._resent, plain[0].attempts) == (["updated"], True, 2)
    assert (states(other), other[0]._resent, other[0].attempts) == (["unknown"], False, 1)
    assert driver.slept == []


def test_only_the_plain_rows_of_a_lost_call_are_sent_again(hand, sending, rows, good):
    chunk = rows(4)
    chunk[1]._plain = chunk[3]._plain = False
    driver = hand(Lost("cut"), good)

    driver.run(send(chunk, sending()))

    assert driver.sent == [["0", "1", "2", "3"], ["0", "2"]]
    assert states(chunk) == ["updated", "unknown", "updated", "unknown"]


def test_answers_lost_to_the_end_leave_rows_unknown(hand, sending, rows):
    chunk = rows(1)
    driver = hand(*[Lost("cut")] * 3)
    sent = driver.run(send(chunk, sending()))
    assert sent.fatal is None
    assert states(chunk) == ["unknown"]
    assert len(driver.slept) == 2


@pytest.mark.parametrize(
    ("code", "state"),
    [("RECORD_LOCKED", "unknown"), ("NEVER_HEARD_OF", "unknown"), ("INVALID_DATA", "rejected")],
)
def test_after_a_lost_answer_a_refusal_counts_only_when_our_own_write_cannot_be_its_cause(
    hand, sending, rows, item, code, state
):
    chunk = rows(1)
    hand(Lost("cut"), Answer(400, {"data": [item(code)]})).run(send(chunk, sending()))
    assert (states(chunk), chunk[0].code) == ([state], code)


def test_a_throttled_repeat_of_a_lost_call_does_not_make_the_row_unsent(hand, sending, rows):
    chunk = rows(1)
    hand(Lost("cut"), Answer(429), Answer(429)).run(send(chunk, sending()))
    assert states(chunk) == ["unknown"]


def test_a_fatal_code_leaves_rows_unsent_with_it(hand, sending, rows, item):
    chunk = rows(2)
    sent = hand(Answer(400, item("INVALID_MODULE"))).run(send(chunk, sending()))
    assert sent.fatal.code == "INVALID_MODULE"
    assert [(row.state, row.code, row.fix) for row in chunk] == [("unsent", "INVALID_MODULE", "fix it")] * 2


def test_one_wrapped_item_with_a_request_level_code_is_about_the_whole_call(hand, sending, rows, item):
    chunk = rows(3)
    sent = hand(Answer(400, {"data": [item("INVALID_MODULE")]})).run(send(chunk, sending()))
    assert sent.fatal.code == "INVALID_MODULE"


@pytest.mark.parametrize("items", [1, 3])
def test_a_fatal_code_said_of_rows_is_fatal_too(hand, sending, rows, item, items):
    chunk = rows(3)
    driver = hand(Answer(400, {"data": [item("AUTHORIZATION_FAILED")] * items}))
    sent = driver.run(send(chunk, sending()))
    assert sent.fatal.code == "AUTHORIZATION_FAILED"
    assert [(row.state, row.code) for row in chunk] == [("unsent", "AUTHORIZATION_FAILED")] * 3


def test_failing_to_sign_in_stops_with_the_rows_unsent(hand, sending, rows):
    chunk = rows(2)
    error = AuthError("revoked", code="invalid_code")
    sent = hand(error).run(send(chunk, sending()))
    assert sent.fatal is error
    assert [(row.state, row.code) for row in chunk] == [("unsent", "invalid_code")] * 2


def test_a_stop_between_attempts_leaves_rows_as_they_are_known(hand, sending, rows):
    throttled, lost = rows(1), rows(1)
    hand(Answer(429), Stopped()).run(send(throttled, sending()))
    hand(Lost("cut"), Stopped()).run(send(lost, sending()))
    assert (states(throttled), states(lost)) == (["unsent"], ["unknown"])


def test_rows_with_a_retryable_code_are_sent_again_alone(hand, sending, rows, item, good):
    chunk = rows(3)
    first = Answer(207, {"data": [item(id="0"), item("BUSY"), item("INVALID_DATA")]})
    driver = hand(first, good)
    driver.run(send(chunk, sending()))
    assert driver.sent == [["0", "1", "2"], ["1"]]
    assert states(chunk) == ["updated", "updated", "rejected"]


def refuses(poison, item, **details):
    """A server that refuses a whole call when it holds one of these ids."""

    def answer(ids):
        if any(row_id in poison for row_id in ids):
            return Answer(400, item("INVALID_DATA", **details))
        return Answer(200, {"data": [item(id=row_id) for row_id in ids]})

    return answer


@pytest.mark.parametrize("place", range(100))
def test_isolating_one_poison_row_in_100_takes_at_most_14_more_calls(hand, sending, rows, item, place):
    chunk = rows(100)
    driver = hand(*[refuses({str(place)}, item)] * 15)
    driver.run(send(chunk, sending()))
    assert states(chunk) == ["updated"] * place + ["rejected"] + ["updated"] * (99 - place)
    assert len(driver.sent) - 1 <= 14


def test_isolating_three_poison_rows_among_1000_takes_at_most_42_more_calls(hand, sending, rows, item):
    for poison in ({"0", "499", "999"}, {"13", "14", "15"}, {"50", "150", "250"}):
        chunk = rows(1000)
        calls = 0
        for start in range(0, 1000, 100):
            driver = hand(*[refuses(poison, item)] * 43)
            driver.run(send(chunk[start : start + 100], sending()))
            calls += len(driver.sent)
        assert {row.id for row in chunk if row.state == "rejected"} == poison
        assert [row.state for row in chunk].count("updated") == 997
        assert calls - 10 <= 42


def test_a_poison_row_named_by_its_path_is_taken_out_at_once(hand, sending, rows, item):
    chunk = rows(5)
    driver = hand(*[refuses({"3"}, item, json_path="$.data[3].Stage")] * 2)
    driver.run(send(chunk, sending()))
    assert driver.sent == [["0", "1", "2", "3", "4"], ["0", "1", "2", "4"]]
    assert states(chunk) == ["updated"] * 3 + ["rejected", "updated"]


def test_a_flat_412_for_several_rows_is_split_until_the_row_is_alone(hand, sending, rows, item, good):
    chunk = rows(2)
    driver = hand(Answer(412, item("ALREADY_MODIFIED")), good, Answer(412, item("ALREADY_MODIFIED")))
    driver.run(send(chunk, sending()))
    assert driver.sent == [["0", "1"], ["0"], ["1"]]
    assert states(chunk) == ["updated", "conflict"]


def test_a_fatal_error_amid_isolation_leaves_the_other_half_unsent(hand, sending, rows, item):
    chunk = rows(4)
    driver = hand(Answer(400, item("INVALID_DATA")), Answer(400, item("INVALID_MODULE")))
    sent = driver.run(send(chunk, sending()))
    assert isinstance(sent.fatal, ZohoError)
    assert states(chunk) == ["unsent"] * 4
    assert len(driver.sent) == 2


def test_an_error_detail_that_names_a_record_outside_the_call_is_no_mismatch(hand, sending, rows, item):
    chunk = rows(1)
    hand(Answer(400, {"data": [item("INVALID_DATA", id="somebody else's")]})).run(send(chunk, sending()))
    assert states(chunk) == ["rejected"]
