"""How rows are sent, and what a single row comes to."""

from types import SimpleNamespace

import pytest

from zcrm.engine.flows.effects import Event
from zcrm.engine.flows.patience import Policy
from zcrm.engine.flows.sending import NoJournal
from zcrm.engine.writing import admit_one, plan, row_for, send_one, sending
from zcrm.errors import AnswerLost, AuthError, Conflict, LimitReached, UsageError, ZohoError
from zcrm.outcomes import Outcome
from zcrm.retry import NO_RETRY
from zcrm.rows.admission import Admission
from zcrm.rows.options import Settings
from zcrm.rules import Rules
from zcrm.wire.calls import Answer, Call, Lost
from zcrm_api.error_table import ENTRIES

RUNTIME = SimpleNamespace(
    policy=Policy(Rules(ENTRIES), NO_RETRY),
    driver=SimpleNamespace(gate=SimpleNamespace(concurrency=7)),
)


def call(rows):
    return lambda starting: Call(lambda: [row.id for row in rows], None, starting)


def test_a_plan_takes_what_was_settled():
    journal = NoJournal()
    checked = Settings(resend=True, flush_after=0.5, bytes_per_call=1_000)
    made = plan(RUNTIME, "update_records", call, checked, 100, journal)
    assert (made.rows, made.beside, made.bytes, made.flush_after) == (100, 7, 1_000, 0.5)
    assert (made.journal, made.operation) == (journal, "update_records")
    how = made.send.keywords["how"]
    assert (how.operation, how.policy, how.key, how.journal) == (
        "update_records",
        RUNTIME.policy,
        "data",
        journal,
    )
    assert [how.credits(rows) for rows in (1, 10, 11, 100)] == [1, 1, 2, 10]
    row = Outcome(0, {}, id="1")
    assert how.call([row], lambda: None).sync() == ["1"]
    assert isinstance(plan(RUNTIME, "update_records", call, checked, 100).journal, NoJournal)


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("plain", [False, True])
def test_only_plain_rows_are_sent_again_and_only_where_they_may(allowed, plain):
    row = Outcome(0, {}, _plain=plain)
    for how in (
        sending(RUNTIME, "mass_update", call, resend=allowed, key="ids"),
        plan(RUNTIME, "mass_update", call, Settings(resend=allowed), 10).send.keywords["how"],
    ):
        assert how.resend(row) is (allowed and plain)
    assert sending(RUNTIME, "mass_update", call, resend=allowed, key="ids").key == "ids"


def test_the_row_of_one_record():
    assert row_for("1", {"Stage": "Won"}) == {"id": "1", "Stage": "Won"}
    assert row_for(1, {"id": "1", "Stage": "Won"}) == {"id": 1, "Stage": "Won"}
    for fields, words in (
        ({"id": "2"}, "The fields name record 2, the call names record 1"),
        ({"id": None}, "The fields name record None, the call names record 1"),
        (["Stage"], "The fields are a mapping, not list"),
        (None, "The fields are a mapping, not NoneType"),
    ):
        with pytest.raises(UsageError) as caught:
            row_for("1", fields)
        assert caught.value.message == words


def test_a_single_row_is_admitted_even_where_it_changes_nothing():
    fields = {"Stage": "Won"}
    outcome = admit_one(Admission(), 1, fields)
    assert (outcome.row, outcome.id, outcome.state) == (0, "1", "unsent")
    assert (outcome.input, outcome._wire) == (fields, b'{"Stage":"Won","id":"1"}')
    assert outcome.input is fields
    nothing = admit_one(Admission(), "1", {})
    assert (nothing.state, nothing._settled, nothing._wire) == ("unsent", False, b'{"id":"1"}')


def test_or_refused_with_all_that_is_known():
    with pytest.raises(UsageError) as caught:
        admit_one(Admission(), "1", {"Stage": {1}})
    error = caught.value
    assert (error.message, error.code) == ("A value of type set can't be sent", "INVALID_DATA")
    assert error.details == {"api_name": "Stage", "json_path": "$.data[0].Stage"}


def one(hand, *answers):
    """What a single row comes to, and what was told of it at the end."""
    driver, row = hand(*answers), Outcome(0, {}, id="0", _wire=b"{}", _plain=False)
    how = sending(RUNTIME, "update_records", call, resend=False)
    try:
        return driver.run(send_one(row, how)), driver.told[-1], row
    except ZohoError as error:
        return error, driver.told[-1], row


@pytest.fixture
def hand():
    """As that of the flows: drives a flow by answers from a list."""

    class Hand:
        def __init__(self, *answers):
            self.answers, self.told = list(answers), []

        def run(self, flow):
            effect = next(flow)
            try:
                while True:
                    if isinstance(effect, Call):
                        effect.starting()
                        answer = self.answers.pop(0)
                        with effect.timed():
                            pass
                        failed = isinstance(answer, Exception)
                        effect = flow.throw(answer) if failed else flow.send(answer)
                    else:
                        self.told += [effect.event]
                        effect = flow.send(None)
            except StopIteration as end:
                return end.value

    return Hand


def said(status, code, **known):
    known = {"message": "words", "details": {"a": 1}} | known
    return Answer(status, {"data": [{"code": code, "status": "error", **known}]})


def test_a_single_row_that_is_updated(hand):
    good = {"code": "SUCCESS", "status": "success", "message": "done", "details": {"id": "0"}}
    found, told, row = one(hand, Answer(200, {"data": [good]}))
    assert found is row
    assert told == Event("settled", "update_records", 1, states={"updated": 1})


@pytest.mark.parametrize(
    ("answer", "kind", "state", "code"),
    [
        (said(400, "INVALID_DATA"), ZohoError, "rejected", "INVALID_DATA"),
        (said(412, "ALREADY_MODIFIED"), Conflict, "conflict", "ALREADY_MODIFIED"),
        (said(400, "OAUTH_SCOPE_MISMATCH"), AuthError, "rejected", "OAUTH_SCOPE_MISMATCH"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_single_row_that_is_not_raises_all_that_is_known(hand, answer, kind, state, code):
    error, told, row = one(hand, answer)
    assert isinstance(error, kind)
    assert (row.state, told) == (state, Event("settled", "update_records", 1, states={state: 1}))
    assert (error.message, error.code, error.details) == ("words", code, {"a": 1})
    assert (error.http_status, error.fix) == (row.http_status, row.fix)
    assert error.http_status == answer.status
    assert error.__cause__ is None


def test_a_single_row_whose_answer_is_lost(hand):
    error, told, row = one(hand, Lost("cut"))
    assert type(error) is AnswerLost
    assert (error.message, row.state) == (row.message, "unknown")
    assert error.message.endswith("(cut)")
    assert told == Event("settled", "update_records", 1, states={"unknown": 1})


def test_a_single_row_that_was_not_sent_raises_what_kept_it(hand):
    refused = AuthError("revoked", code="x")
    error, told, _ = one(hand, refused)
    assert error is refused
    assert told == Event("settled", "update_records", 1, states={"unsent": 1})
    limit, _, _ = one(hand, Answer(429))
    assert type(limit) is LimitReached
