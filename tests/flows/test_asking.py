import pytest

from zcrm.engine.flows.asking import Asking, ask
from zcrm.engine.flows.patience import Policy
from zcrm.errors import AnswerLost, ConnectionFailed
from zcrm.outcomes import Tally
from zcrm.retry import Retry
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
