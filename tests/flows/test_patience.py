"""How long is waited, and when waiting ends."""

import pickle
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm.engine.flows.asking import Asking, ask
from zcrm.engine.flows.effects import Event
from zcrm.engine.flows.patience import Policy, Progress
from zcrm.engine.flows.sending import send
from zcrm.engine.flows.waiting import credits_are_spent, in_words, retry_after
from zcrm.errors import AnswerLost, LimitReached, OutOfCredits, SharedStateLost
from zcrm.outcomes import Tally
from zcrm.retry import Retry
from zcrm.rules import Rules
from zcrm.wire.calls import Answer, Call, Lost, NotSent
from zcrm_api.error_table import ENTRIES

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
BUSY = {"code": "TOO_MANY_REQUESTS", "status": "error", "message": "slow down", "details": {}}


def asked(headers=None, details=None):
    body = None if details is None else {"details": details}
    return retry_after(Answer(429, body, headers or {}), NOON.timestamp)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 1.5 ", 1.5),
        ("0", 0),
        ("-1", 0),
        ("Thu, 26 Nov 2026 12:01:30 GMT", 90),
        ("Thursday, 26-Nov-26 12:01:30 GMT", 90),
        ("Thu Nov 26 12:01:30 2026", 90),
        ("Thu, 26 Nov 2026 12:01:30 -0000", 90),
        ("Thu, 26 Nov 2026 13:01:30 +0100", 90),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0),
        ("86399", 86_399),
        ("86401", 86_400),
        ("Sat, 28 Nov 2026 12:00:00 GMT", 86_400),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
        ("", None),
        ("soon", None),
        ("Thu, 99 Nov 2026 12:00:00 GMT", None),
        ("Thu, 26 Nov 99999999999 12:00:00 GMT", None),
    ],
)
def test_what_a_header_asks_for(header, seconds):
    assert asked({"retry-after": header}) == seconds


def test_a_date_is_read_by_the_servers_own_clock():
    late = format_datetime(datetime(2026, 11, 26, 12, 30, tzinfo=UTC), usegmt=True)
    now = format_datetime(datetime(2026, 11, 26, 12, 29, tzinfo=UTC), usegmt=True)
    assert asked({"retry-after": late, "date": now}) == 60
    assert asked({"retry-after": late, "date": "whenever"}) == 1800


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone can not be set here")
def test_a_date_without_a_zone_is_not_in_ours(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        found = asked({"retry-after": "Thu, 26 Nov 2026 12:01:30 -0000"})
    time.tzset()
    assert found == 90


def test_details_are_asked_where_the_header_says_nothing():
    assert asked(details={"retry_after": 7}) == 7
    assert asked({"retry-after": "soon"}, {"retry_after": "7"}) == 7
    assert asked({"retry-after": "3"}, {"retry_after": 7}) == 3
    for details in ([], "text", {"retry_after": None}, {"retry_after": []}, {"retry_after": 10**400}):
        assert asked(details=details) is None


def test_nobody_waits_longer_than_a_day():
    assert asked({"retry-after": "1e12"}) == asked({"retry-after": "Thu, 26 Nov 2099 12:00:00 GMT"}) == 86_400
    assert LimitReached("", details={"retry_after": 1e12}).retry_after == 86_400


@given(st.text() | st.integers() | st.floats() | st.none() | st.binary(), st.text())
def test_whatever_is_asked_is_a_wait_or_nothing(header, date):
    seconds = retry_after(
        Answer(429, {"details": {"retry_after": header}}, {"retry-after": date}), lambda: 0.0
    )
    assert seconds is None or 0 <= seconds <= 86_400


@pytest.mark.parametrize(
    ("header", "spent"),
    [("0", True), (" 0 ", True), ("0.0", True), ("-3", True), ("1", False), ("", False), ("none", False)],
)
def test_which_credits_are_spent(header, spent):
    assert credits_are_spent(Answer(429, None, {"x-api-credits-remaining": header}), 0) is spent
    assert not credits_are_spent(Answer(429), 1000)


@pytest.mark.parametrize(("left", "rows", "spent"), [("9", 91, True), ("10", 91, False), ("1", 10, False)])
def test_credits_too_few_for_the_call_are_spent(left, rows, spent):
    assert credits_are_spent(Answer(429, None, {"x-api-credits-remaining": left}), rows) is spent


def test_the_end_of_the_credits_has_an_error_of_its_own(hand, sending, rows):
    headers = {"x-api-credits-remaining": "3", "retry-after": "7200"}
    sent = hand(Answer(429, BUSY, headers)).run(send(rows(31), sending()))
    assert isinstance(sent.fatal, OutOfCredits)
    again = pickle.loads(pickle.dumps(sent.fatal))
    for error in (sent.fatal, again):
        assert (error.left, error.retry_after, error.code) == (3, 7200, "TOO_MANY_REQUESTS")
        assert "Zoho says that 3 are left (X-API-CREDITS-REMAINING)" in error.message
        assert "Zoho asks to wait 2 h 0 min" in error.message
        assert "slow down" not in error.message


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7_100, "118 min"),
        (7_200, "2 h 0 min"),
        (86_400, "24 h 0 min"),
    ],
)
def test_seconds_in_words(seconds, words):
    assert in_words(seconds) == words


def test_the_limits_words_and_fix_name_credits_only_where_the_header_does(hand, sending, rows):
    table = Rules(ENTRIES)
    for headers, credits_are_named in (({"x-api-credits-remaining": "0"}, True), ({}, False)):
        for body in (BUSY, None, BUSY | {"code": "NOBODY_KNOWS", "message": "Too many, whatever"}):
            chunk = rows(1)
            how = sending(rules=table, retry=Retry(patience=0))
            error = hand(Answer(429, body, headers)).run(send(chunk, how)).fatal
            assert isinstance(error, LimitReached)
            assert ("credits" in error.message, "credits" in error.fix) == (credits_are_named,) * 2
            assert error.fix
            assert " / " not in error.fix
            assert (chunk[0].fix, chunk[0].http_status) == (error.fix, 429)


def test_the_limit_says_how_long_zoho_asks_to_wait(hand, sending, rows):
    for answer in (
        Answer(429, BUSY, {"retry-after": "3600"}),
        Answer(429, BUSY | {"details": {"retry_after": 3600}}),
        Answer(429, BUSY, {"retry-after": "Thu, 26 Nov 2026 13:00:00 GMT"}),
    ):
        driver = hand(answer)
        sent = driver.run(send(rows(1), sending(wall=NOON.timestamp)))
        assert "60 min" in sent.fatal.message
        assert (sent.fatal.retry_after, driver.slept) == (3600, [])


def test_waits_are_told_with_their_seconds_and_cause(hand, sending, rows, good):
    driver = hand(Answer(429, BUSY, {"retry-after": "5"}), NotSent("refused"), Lost("cut"), good)
    driver.run(send(rows(1), sending(retry=Retry(attempts=5, cap=8))))
    waits = [event for event in driver.told if event.name == "retrying"]
    assert [(event.attempt, event.seconds, event.code, event.cause) for event in waits] == [
        (1, 5.0, "TOO_MANY_REQUESTS", "Too many calls at once (slow down)"),
        (2, 2.0, None, "The server could not be reached: refused"),
        (3, 4.0, None, "cut"),
    ]
    assert [event.seconds for event in waits] == driver.slept


def test_only_429s_are_patience_the_rest_uses_up_attempts(hand, sending, rows):
    busy = [Answer(429, None, {"retry-after": "0"})] * 3
    driver = hand(*busy, NotSent("a"), *busy, NotSent("b"), *busy, NotSent("c"))
    sent = driver.run(send(rows(1), sending()))
    assert sent.tally.calls == 12
    assert "could not be reached: c" in sent.fatal.message


def test_what_gets_through_elsewhere_starts_the_patience_anew(hand, sending, rows, good):
    progress = Progress()
    busy = Answer(429, None, {"retry-after": "8"})

    def meanwhile(ids):
        progress.answers += 1
        return busy

    how = sending(progress=progress, retry=Retry(cap=8, patience=16))
    assert hand(busy, busy, meanwhile, busy, good).run(send(rows(1), how)).fatal is None
    assert isinstance(hand(busy, busy, busy, good).run(send(rows(1), how)).fatal, LimitReached)


def test_no_answer_at_all_is_no_progress(hand, sending, rows):
    busy = Answer(429, None, {"retry-after": "8"})
    how = sending(retry=Retry(cap=8, patience=16))
    driver = hand(busy, NotSent("refused"), busy, Lost("cut"), busy)
    assert isinstance(driver.run(send(rows(1), how)).fatal, LimitReached)


def test_many_attempts_wait_no_longer_than_the_cap():
    assert Retry(attempts=5000, cap=60).delay(4999, lambda: 1.0) == 60


@pytest.fixture
def read(rules):
    def build(retry, **changes):
        return Asking(
            "get_appointments",
            lambda starting: Call(lambda: ["asked"], None, starting),
            Policy(Rules(ENTRIES), retry, lambda: 1.0),
            **changes,
        )

    return build


def test_a_read_is_as_patient(hand, read):
    tally = Tally()
    answer = Answer(200, {"data": []})
    driver = hand(*[Answer(429, BUSY)] * 8, answer)
    assert driver.run(ask(read(Retry(attempts=2)), tally)) is answer
    assert (tally.calls, tally.credits, tally.retries) == (9, 1, 8)
    with pytest.raises(LimitReached) as caught:
        hand(Answer(429, BUSY, {"retry-after": "90"})).run(ask(read(Retry()), tally))
    assert caught.value.retry_after == 90
    assert tally.credits == 1


@pytest.mark.parametrize("before", [0, 1])
def test_a_read_that_gets_no_leave_costs_nothing(hand, read, before):
    tally = Tally()
    with pytest.raises(SharedStateLost):
        hand(*[Answer(429, BUSY)] * before, SharedStateLost("away")).run(ask(read(Retry()), tally))
    assert (tally.calls, tally.credits) == (before, 0)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_read_that_ends_with_a_server_error_says_which(hand, read, wrapped):
    said = {"code": "INTERNAL_ERROR", "status": "error", "message": "Internal Server Error", "details": {}}
    broken = Answer(500, {"data": [said]} if wrapped else said)
    with pytest.raises(AnswerLost, match="Internal Server Error") as caught:
        hand(*[broken] * 2).run(ask(read(Retry(attempts=2)), Tally()))
    error = caught.value
    assert (error.code, error.http_status) == ("INTERNAL_ERROR", 500)
    assert "support" in error.fix
    assert error.__cause__ is None


def test_what_must_not_be_repeated_is_patient_too_but_never_sent_again_for_lack_of_an_answer(hand, read):
    how = read(Retry(), repeatable=False)
    driver = hand(Answer(429), Answer(502, None), Answer(200, {"data": []}))
    with pytest.raises(AnswerLost):
        driver.run(ask(how, Tally()))
    assert len(driver.sent) == 2


def known(event):
    """All that is told of a call, but for when it was made and how long it took."""
    assert event.started is not None
    assert event.seconds > 0
    return replace(event, started=None, seconds=0.0)


def test_what_each_call_came_to_is_told(hand, sending, rows, good):
    progress = Progress()
    busy = Answer(429, BUSY, {"retry-after": "5", "x-api-credits-remaining": "77"})
    refused = Answer(503, {"code": "INTERNAL_ERROR", "status": "error"}, {"x-api-credits-remaining": "76"})
    driver = hand(busy, NotSent("refused"), refused, Lost("cut"), good)
    driver.run(send(rows(11), sending(progress=progress, retry=Retry(attempts=9))))
    operation = "update_records"
    assert [known(event) for event in driver.told if event.name != "retrying"] == [
        Event("answered", operation, 11, 1, 429, "TOO_MANY_REQUESTS", credits=77.0),
        Event("unreachable", operation, 11, 2, cause="refused"),
        Event("answered", operation, 11, 3, 503, "INTERNAL_ERROR", credits=76.0, price=2),
        Event("lost", operation, 11, 4, cause="cut", price=2),
        Event("answered", operation, 11, 5, 200, price=2),
    ]
    assert progress.answers == 2


def test_a_call_knows_its_price_before_it_is_made(sending, rows):
    assert next(send(rows(11), sending())).price == 2


def test_what_one_answer_asks_for_holds_for_the_next_wait_alone(hand, sending, rows, good):
    asking = Answer(503, None, {"retry-after": "5"})
    driver = hand(asking, NotSent("refused"), asking, good)
    driver.run(send(rows(1), sending(retry=Retry(attempts=9))))
    assert driver.slept == [5.0, 2.0, 5.0]


def test_waits_grow_and_begin_anew_once_anything_gets_through(hand, sending, rows, good):
    progress = Progress()

    def meanwhile(ids):
        progress.answers += 1
        return Answer(429)

    driver = hand(Answer(429), Answer(429), meanwhile, Answer(429), good)
    driver.run(send(rows(1), sending(progress=progress)))
    assert driver.slept == [1.0, 2.0, 1.0, 2.0]


@pytest.mark.parametrize(("patience", "waits"), [(16, 2), (17, 3)])
def test_how_long_the_patience_lasts(hand, sending, rows, patience, waits):
    how = {"retry": Retry(base=8, cap=8, patience=patience)}
    driver = hand(*[Answer(429)] * 9)
    sent = driver.run(send(rows(1), sending(**how)))
    assert driver.slept == [8.0] * waits
    words = f"Too many calls at once: no call got through in {8 * waits} s of waiting"
    assert (sent.fatal.message, sent.fatal.code, sent.fatal.details) == (words, "TOO_MANY_REQUESTS", {})
    assert (sent.fatal.http_status, sent.fatal.retry_after) == (429, None)
    progress = Progress()

    def meanwhile(ids):
        progress.answers += 1
        return Answer(429)

    driver = hand(Answer(429), meanwhile, *[Answer(429)] * 9)
    driver.run(send(rows(1), sending(progress=progress, **how)))
    assert driver.slept == [8.0] * (1 + waits)


def test_a_429_has_the_code_that_zoho_gave_it(hand, sending, rows):
    for body, code in ((BUSY | {"code": "NOBODY_KNOWS"}, "NOBODY_KNOWS"), ({"code": 7}, "TOO_MANY_REQUESTS")):
        sent = hand(Answer(429, body)).run(send(rows(1), sending(retry=Retry(patience=0))))
        assert sent.fatal.code == code


def test_a_wait_of_no_time_uses_up_a_second_of_patience(hand, sending, rows):
    driver = hand(*[Answer(429, None, {"retry-after": "0"})] * 1_001)
    driver.run(send(rows(1), sending(retry=Retry(patience=600))))
    assert driver.slept == [0.0] * 600


def test_no_credits_at_all(hand, sending, rows):
    said = BUSY | {"details": {"a": 1}}
    sent = hand(Answer(429, said, {"x-api-credits-remaining": "0"})).run(send(rows(1), sending()))
    assert (sent.fatal.left, sent.fatal.retry_after, sent.fatal.details) == (0.0, None, {"a": 1})
    assert sent.fatal.message == (
        "Out of API credits: Zoho says that 0 are left (X-API-CREDITS-REMAINING), of those "
        "that a day has. Each comes back 24 hours after it was used"
    )


def test_of_an_answer_that_nobody_hears_of_nobody_is_told(hand, sending, rows, item):
    for heard in (False, True):
        by = hand(Answer(200, {"data": [item(id="0")]}))
        by.run(send(rows(1), sending(heard=lambda heard=heard: heard)))
        assert [event.name for event in by.told] == ["answered"] * heard
