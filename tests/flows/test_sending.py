"""One chunk: what is sent, what is sent again, what becomes of each row."""

from datetime import UTC, datetime

import pytest

from zcrm.engine.flows.effects import Stopped
from zcrm.engine.flows.patience import Progress
from zcrm.engine.flows.sending import send
from zcrm.errors import AuthError, ConnectionFailed, LimitReached, SharedStateLost, ZohoError
from zcrm.outcomes import Outcome
from zcrm.retry import Retry
from zcrm.wire.calls import Answer, Lost, NotSent

FIX = "fix it More: zcrm explain INVALID_DATA#here"
FATAL = "fix it More: zcrm explain INVALID_MODULE#here"
PATIENT = Retry(attempts=3, base=8.0, cap=8.0, patience=16.0)


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
    assert (rejected.attempts, rejected.http_status, rejected.fix) == (1, 207, FIX)


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


def test_throttling_costs_no_attempt_while_anything_of_the_client_gets_through(hand, sending, rows, good):
    progress = Progress()

    def busy(ids):
        progress.answers += 1
        return Answer(429)

    chunk = rows(2)
    sent = hand(*[busy] * 50, good).run(send(chunk, sending(progress=progress, retry=PATIENT)))
    assert (states(chunk), sent.fatal) == (["updated", "updated"], None)
    assert (sent.tally.calls, sent.tally.credits) == (51, 1)


def test_when_nothing_gets_through_for_as_long_as_the_patience_lasts_the_limit_is_reached(
    hand, sending, rows
):
    chunk = rows(2)
    busy = Answer(429, {"code": "TOO_MANY_REQUESTS", "details": {"retry_after": 8}, "message": "slow down"})
    driver = hand(*[busy] * 3)

    sent = driver.run(send(chunk, sending(retry=PATIENT)))

    assert isinstance(sent.fatal, LimitReached)
    assert "credits" not in str(sent.fatal)
    assert states(chunk) == ["unsent", "unsent"]
    assert [(row.code, row.http_status, row.retryable) for row in chunk] == [
        ("TOO_MANY_REQUESTS", 429, True)
    ] * 2
    assert driver.slept == [8.0, 8.0]
    assert sent.tally.credits == 0


@pytest.mark.parametrize("before", [0, 1])
def test_a_call_that_gets_no_leave_costs_nothing(hand, sending, rows, before):
    chunk = rows(2)
    sent = hand(*[Answer(429)] * before, SharedStateLost("away")).run(send(chunk, sending()))
    assert isinstance(sent.fatal, SharedStateLost)
    assert [(row.state, row.message, row.attempts) for row in chunk] == [("unsent", "away", before)] * 2
    assert (sent.tally.calls, sent.tally.credits) == (before, 0)


def test_a_server_that_asks_for_no_wait_is_not_asked_for_ever(hand, sending, rows):
    driver = hand(*[Answer(429, None, {"retry-after": "0"})] * 1_001)
    assert isinstance(driver.run(send(rows(1), sending())).fatal, LimitReached)


@pytest.mark.parametrize("body", [None, [], "busy", {"data": []}, {"code": 7}, {"code": "NOBODY_KNOWS"}])
def test_a_429_is_understood_whatever_its_body_is(hand, sending, rows, good, body):
    chunk = rows(2)
    hand(Answer(429, body), good).run(send(chunk, sending()))
    assert states(chunk) == ["updated", "updated"]


@pytest.mark.parametrize(
    ("asked", "slept"),
    [
        ("5", 5.0),
        (5, 5.0),
        ("Thu, 26 Nov 2026 12:00:07 GMT", 7.0),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0.0),
        ("-3", 0.0),
        ("nan", 1.0),
        ("inf", 1.0),
        ("soon", 1.0),
        (None, 1.0),
        ([5], 1.0),
    ],
)
def test_what_a_429_asks_for_is_understood(hand, sending, rows, good, asked, slept):
    wall = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()
    by_header = hand(Answer(429, None, {"retry-after": asked}), good)
    by_details = hand(Answer(429, {"code": "X", "details": {"retry_after": asked}}), good)
    for driver in (by_header, by_details):
        driver.run(send(rows(1), sending(wall=lambda: wall)))
        assert driver.slept == [slept]


def test_who_asks_for_more_than_the_cap_ends_the_run_and_how_long_is_said(hand, sending, rows):
    chunk = rows(1)
    driver = hand(Answer(429, None, {"retry-after": "3600"}))
    sent = driver.run(send(chunk, sending()))
    assert isinstance(sent.fatal, LimitReached)
    assert "Too many calls at once: Zoho asks to wait 60 min" in sent.fatal.message
    assert (states(chunk), driver.slept) == (["unsent"], [])


def test_credits_that_are_used_up_are_named_and_not_waited_for(hand, sending, rows):
    driver = hand(Answer(429, None, {"x-api-credits-remaining": "0"}))
    sent = driver.run(send(rows(1), sending()))
    assert isinstance(sent.fatal, LimitReached)
    assert "credits" in sent.fatal.message
    assert driver.slept == []


@pytest.mark.parametrize("status", [200, 202, 207])
@pytest.mark.parametrize("level", ["flat", "one item"])
def test_a_refusal_of_the_call_takes_an_error_status(hand, sending, rows, item, status, level):
    said = item("INVALID_DATA")
    chunk = rows(8)
    for row in chunk:
        row._plain = False
    driver = hand(Answer(status, said if level == "flat" else {"data": [said]}))
    driver.run(send(chunk, sending()))
    assert states(chunk) == ["unknown"] * 8
    assert len(driver.sent) == 1


def test_one_item_whose_code_is_not_known_for_calls_under_this_status_is_a_lost_answer(
    hand, sending, rows, item
):
    for answer in (
        Answer(403, {"data": [item("INVALID_DATA")]}),
        Answer(400, {"data": [item("RECORD_LOCKED")]}),
        Answer(400, {"data": [item("NOBODY_KNOWS")]}),
    ):
        chunk = rows(3)
        for row in chunk:
            row._plain = False
        hand(answer).run(send(chunk, sending()))
        assert states(chunk) == ["unknown"] * 3


def test_a_flat_refusal_that_the_table_lacks_rejects_and_sends_nothing_again(hand, sending, rows, item):
    for status, code in ((400, "NOBODY_KNOWS"), (403, "INVALID_DATA")):
        chunk = rows(3)
        driver = hand(Answer(status, item(code)))
        driver.run(send(chunk, sending()))
        assert [(row.state, row.code) for row in chunk] == [("rejected", code)] * 3
        assert len(driver.sent) == 1


CONTRADICTIONS = {
    "a success that is an error": {"status": "error"},
    "an error that is a success": {"code": "INVALID_DATA"},
    "a success of no record": {"details": {}},
    "a success of null": {"details": None},
    "a success without a status": {"status": None},
}


@pytest.mark.parametrize("lie", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
@pytest.mark.parametrize("status", [200, 207])
def test_an_item_that_contradicts_itself_is_a_lost_answer_for_its_row(
    hand, sending, rows, item, good, lie, status
):
    chunk, other = rows(3), rows(3)
    items = [item(id="0"), item(id="1") | lie, item(id="2")]
    hand(Answer(status, {"data": items}), good).run(send(chunk, sending()))
    assert states(chunk) == ["updated"] * 3
    assert [row._resent for row in chunk] == [False, True, False]

    other[1]._plain = False
    hand(Answer(status, {"data": items})).run(send(other, sending()))
    assert states(other) == ["updated", "unknown", "updated"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda item: Answer(500, {"data": [item(id="0"), item(id="1")]}),
        lambda item: Answer(404, {"data": [item(id="0"), item(id="1")]}),
        lambda item: Answer(200, {"data": [item(id="1"), item(id="0")]}),
        lambda item: Answer(200, {"data": [item(id="0"), item(id="0")]}),
        lambda item: Answer(207, {"data": [item(id="0"), item("INVALID_DATA", id="0")]}),
        lambda item: Answer(207, {"data": [item(id="0"), item("INVALID_DATA", json_path="$.data[0].Stage")]}),
    ],
    ids=["500", "404", "permuted", "doubled", "foreign refusal", "a refusal of another row"],
)
def test_an_answer_that_is_not_about_these_rows_proves_nothing(hand, sending, rows, item, answer):
    chunk = rows(2)
    for row in chunk:
        row._plain = False
    hand(answer(item)).run(send(chunk, sending()))
    assert states(chunk) == ["unknown", "unknown"]


def test_a_server_error_leaves_a_row_unknown_with_its_code_status_and_words(hand, sending, rows, item):
    chunk = rows(1)
    chunk[0]._plain = False
    hand(Answer(500, item("INTERNAL_ERROR"))).run(send(chunk, sending()))
    row = chunk[0]
    assert (row.state, row.code, row.http_status) == ("unknown", "INTERNAL_ERROR", 500)
    assert "internal_error" in row.message


def test_paths_count_in_the_callers_rows(hand, sending, item):
    chunk = [Outcome(n, {}, id=str(n), _wire=b"{}") for n in (5, 7)]
    deep = {"errors": [{"details": {"json_path": "$.data[1].A"}}], "dependee": {"json_path": "$.data[1].B"}}
    refused = item("INVALID_DATA", json_path="$.data[1].Stage", **deep)
    hand(Answer(207, {"data": [item(id="5"), refused]})).run(send(chunk, sending()))
    assert chunk[1].details == {
        "json_path": "$.data[7].Stage",
        "errors": [{"details": {"json_path": "$.data[7].A"}}],
        "dependee": {"json_path": "$.data[7].B"},
    }


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
    hand(Lost("cut"), *[Answer(429)] * 4).run(send(chunk, sending(retry=PATIENT)))
    assert states(chunk) == ["unknown"]


def test_a_fatal_code_leaves_rows_unsent_with_it(hand, sending, rows, item):
    chunk = rows(2)
    sent = hand(Answer(400, item("INVALID_MODULE"))).run(send(chunk, sending()))
    assert sent.fatal.code == "INVALID_MODULE"
    assert [(row.state, row.code, row.fix) for row in chunk] == [("unsent", "INVALID_MODULE", FATAL)] * 2


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
