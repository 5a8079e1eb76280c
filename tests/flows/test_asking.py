import pytest

from zcrm.engine.flows.asking import Asking, ask
from zcrm.engine.flows.patience import Policy
from zcrm.errors import AnswerLost, AuthError, ConnectionFailed, ZohoError
from zcrm.outcomes import Tally
from zcrm.retry import Retry
from zcrm.rules import Rules
from zcrm.wire.calls import Answer, Call, Lost, NotSent


@pytest.fixture
def asking(rules):
    def build(repeatable=True):
        return Asking(
            "update_records",
            lambda starting: Call(lambda: ["asked"], None, starting),
            Policy(rules, Retry(attempts=3), lambda: 1.0),
            repeatable,
        )

    return build


def test_an_answer_with_data_or_with_nothing_comes_back_as_it_is(hand, asking):
    for answer in (Answer(200, {"data": [{"id": "1"}]}), Answer(204), Answer(304)):
        assert hand(answer).run(ask(asking(), Tally())) is answer


def test_a_refusal_comes_back_as_what_was_said(hand, asking, item):
    said = hand(Answer(400, item("INVALID_DATA"))).run(ask(asking(), Tally()))
    assert (said.code, said.ok, said.status) == ("INVALID_DATA", False, 400)


def test_it_is_asked_again_when_throttled_unreachable_or_lost(hand, asking):
    tally = Tally()
    answer = Answer(200, {"data": []})
    driver = hand(Answer(429), NotSent("refused"), answer)
    assert driver.run(ask(asking(), tally)) is answer
    assert (tally.calls, tally.retries, tally.credits) == (3, 2, 1)
    assert driver.slept == [1.0, 2.0]
    assert hand(Lost("cut"), answer).run(ask(asking(), Tally())) is answer


@pytest.mark.parametrize(
    ("trouble", "error"),
    [(NotSent("refused"), ConnectionFailed), (Lost("cut"), AnswerLost)],
)
def test_trouble_to_the_end_is_raised(hand, asking, trouble, error):
    with pytest.raises(error):
        hand(*[trouble] * 3).run(ask(asking(), Tally()))


def test_what_must_not_be_repeated_is_not_asked_again_after_a_lost_answer(hand, asking):
    driver = hand(Lost("cut"))
    with pytest.raises(AnswerLost):
        driver.run(ask(asking(repeatable=False), Tally()))
    assert len(driver.sent) == 1


def test_a_call_may_be_repeated_unless_it_is_said_that_it_must_not(hand, rules):
    answer = Answer(200, {"data": []})
    how = Asking("get_appointments", lambda starting: Call(lambda: ["asked"], None, starting), Policy(rules))
    assert hand(Lost("cut"), answer).run(ask(how, Tally())) is answer


def test_what_is_told_of_a_call_is_about_no_rows(hand, asking):
    driver = hand(NotSent("refused"), Answer(204))
    driver.run(ask(asking(), Tally()))
    assert [(event.name, event.rows, event.attempt) for event in driver.told] == [
        ("unreachable", 0, 1),
        ("retrying", 0, 1),
        ("answered", 0, 2),
    ]
    assert driver.told[1].cause == "The server could not be reached: refused"


def test_what_time_may_cure_is_asked_again(hand, entry, item):
    how = Asking(
        "update_records",
        lambda starting: Call(lambda: ["asked"], None, starting),
        Policy(Rules([entry("BUSY", level="request", retry=True)]), Retry(attempts=2), lambda: 1.0),
    )
    tally, busy, answer = Tally(), Answer(400, item("BUSY")), Answer(204)
    assert hand(busy, answer).run(ask(how, tally)) is answer
    assert tally == Tally(2, 2, 1)
    driver = hand(busy, busy)
    with pytest.raises(ZohoError) as caught:
        driver.run(ask(how, Tally()))
    assert (caught.value.code, caught.value.http_status) == ("BUSY", 400)
    retrying = [event for event in driver.told if event.name == "retrying"]
    assert [(event.code, event.cause) for event in retrying] == [("BUSY", "busy")]


def test_in_which_words_trouble_is_raised(hand, asking, item):
    for trouble, words, code in (
        (NotSent("refused"), "The server could not be reached: refused", None),
        (Lost("cut"), "Sent, but the answer was lost (cut)", None),
        (Answer(500, item("X")), "Sent, but the answer was lost (HTTP 500: x)", "X"),
        (Answer(200, {"code": 7}), "Sent, but the answer was lost (HTTP 200 with 7 and status None)", None),
    ):
        tally = Tally()
        with pytest.raises(ZohoError) as caught:
            hand(*[trouble] * 3).run(ask(asking(), tally))
        assert (caught.value.message, caught.value.code) == (words, code)
        assert tally == Tally(3, 0 if isinstance(trouble, NotSent) else 3, 2)


def test_what_signing_in_raises_costs_nothing(hand, asking):
    tally, error = Tally(), AuthError("revoked")
    with pytest.raises(AuthError) as caught:
        hand(error).run(ask(asking(), tally))
    assert caught.value is error
    assert tally == Tally(1, 0, 0)
