from types import SimpleNamespace

import pytest

from zcrm import Outcome, Summary
from zcrm.errors import RowsNotUpdated
from zcrm.outcomes import (
    STATES,
    Receipts,
    Tally,
    mark_in_flight,
    mark_not_applied,
    settle,
    settle_as,
    settle_updated,
)


def settled(state, code=None, fix="", row=0):
    outcome = Outcome(row, {"id": "1"}, id="1")
    settle(outcome, state, code=code, fix=fix)
    return outcome


def test_a_new_outcome_is_unsent_and_in_flight_it_is_unknown():
    outcome = Outcome(0, {"id": "1"}, id="1")
    assert (outcome.state, outcome.attempts, outcome.ok) == ("unsent", 0, False)
    mark_in_flight([outcome])
    assert (outcome.state, outcome.attempts) == ("unknown", 1)
    mark_not_applied(outcome)
    assert outcome.state == "unsent"


@pytest.mark.parametrize("state", STATES)
def test_only_updated_and_skipped_are_ok(state):
    assert settled(state).ok is (state in ("updated", "skipped"))


def test_the_summary_counts_by_state_and_code_and_keeps_fixes():
    summary = Summary()
    for outcome in (
        settled("updated", "SUCCESS"),
        settled("rejected", "INVALID_DATA", "look it up"),
        settled("rejected", "INVALID_DATA", "look it up"),
        settled("rejected", "INVALID_DATA", "shorten it"),
        settled("unsent"),
    ):
        summary.count([outcome], keep=True)
    assert summary.rows == 5 == sum(summary.states.values())
    assert summary.codes == {("updated", "SUCCESS"): 1, ("rejected", "INVALID_DATA"): 3, ("unsent", None): 1}
    assert summary.fixes == {"INVALID_DATA": ["look it up", "shorten it"]}
    assert [outcome.state for outcome in summary.not_updated] == [
        "rejected",
        "rejected",
        "rejected",
        "unsent",
    ]
    assert len(summary.rejected) == 3


def test_raise_for_rejected_names_everything_that_is_not_updated():
    summary = Summary()
    summary.count([settled("updated")])
    summary.count([settled("skipped")])
    summary.raise_for_rejected()
    summary.count([settled("rejected")])
    summary.count([settled("unknown")])
    with pytest.raises(RowsNotUpdated, match="1 rejected, 1 unknown of 4 rows") as caught:
        summary.raise_for_rejected()
    assert caught.value.summary is summary


def test_an_outcome_reads_as_a_sentence():
    assert str(settled("rejected", "INVALID_DATA", row=7)) == "row 7 (1): rejected: INVALID_DATA"
    assert str(settled("unsent")) == "row 0 (1): unsent"


def test_only_so_many_outcomes_are_kept_and_the_others_are_counted():
    summary = Summary()
    rejected = [settled("rejected") for _ in range(10_003)]
    summary.count(rejected, keep=True)
    assert (len(summary.not_updated), summary.not_kept, summary.rows) == (10_000, 3, 10_003)


def test_a_summary_reads_as_a_few_lines_without_a_row_in_them():
    summary = Summary()
    for n in range(40):
        outcome = Outcome(n, {"id": "planted"}, id="planted")
        settle(outcome, "rejected", code=f"CODE_{n % 8}", message="planted", details={"planted": 1})
        summary.count([outcome], keep=True)
    error = RowsNotUpdated("x", summary=summary)
    with pytest.raises(RowsNotUpdated) as caught:
        summary.raise_for_rejected()
    for text in (str(summary), repr(summary), str(caught.value), repr(caught.value), repr(error)):
        assert text.count("\n") < 8
        assert "planted" not in text
    assert "40 rejected" in str(summary)
    assert "5 rejected with CODE_0" in str(summary)


WHOLE = ("state", "code", "message", "details", "attempts", "http_status", "fix", "retryable")
SAID = {"code": "NO", "message": "m", "details": {"a": 1}, "http_status": 400, "fix": "f", "retryable": True}


def whole(outcome):
    return [getattr(outcome, name) for name in WHOLE]


def receipts(*ids):
    items = [{"code": "SUCCESS", "message": f"m{n}", "details": {"id": n, "by": n}} for n in ids]
    read = []
    each = [SimpleNamespace(**item) for item in items]
    return Receipts(each, lambda: read.append(1) or items), read


def test_a_new_outcome_says_nothing_and_shows_nothing_of_its_row():
    outcome = Outcome(3, {"id": "1", "Secret": "s"})
    assert whole(outcome) == ["unsent", None, "", {}, 0, None, "", False]
    assert (outcome._wire, outcome._cleared, outcome._plain) == (b"", 0, True)
    assert not any([outcome._settled, outcome._lost, outcome._resent])
    assert repr(outcome) == (
        "Outcome(row=3, id=None, state='unsent', code=None, message='', attempts=0, http_status=None, "
        "fix='', retryable=False)"
    )


def test_what_is_settled_is_told_whole_and_holds_nothing_to_send():
    outcome = Outcome(0, {}, id="1", attempts=2, _wire=b"{}")
    settle(outcome, "rejected", **SAID)
    assert whole(outcome) == ["rejected", "NO", "m", {"a": 1}, 2, 400, "f", True]
    assert (outcome._settled, outcome._wire) == (True, b"")
    settle(outcome, "unsent")
    assert whole(outcome) == ["unsent", None, "", {}, 2, None, "", False]


def test_a_repeated_row_has_all_that_the_first_one_has():
    first, again = Outcome(0, {}, id="1", attempts=2), Outcome(1, {}, id="1", _wire=b"{}")
    settle(first, "conflict", **SAID)
    settle_as(again, first)
    assert whole(again) == ["conflict", "NO", "m", {"a": 1}, 2, 400, "f", True]
    assert (again.row, again._settled, again._wire) == (1, True, b"")


def test_rows_that_were_all_updated_are_told_whole_and_their_details_read_once():
    outcomes = [Outcome(n, {}, id=record_id, attempts=1, _wire=b"{}") for n, record_id in enumerate("xy")]
    given, read = receipts("x", "y")
    settle_updated(outcomes, given, 200)
    assert [(outcome._settled, outcome._wire, read) for outcome in outcomes] == [(True, b"", [])] * 2
    for outcome, n in zip(outcomes, "xy", strict=True):
        for _ in range(2):
            assert whole(outcome) == [
                *("updated", "SUCCESS", f"m{n}", {"id": n, "by": n}),
                *(1, 200, "", False),
            ]
    assert read == [1]
    with pytest.raises(ValueError, match="shorter"):
        settle_updated(outcomes, receipts("x")[0], 200)


def test_a_row_whose_answer_was_lost_stays_unknown_and_counts_as_sent_again():
    lost, other = Outcome(0, {}, id="1", _lost=True), Outcome(1, {}, id="2")
    mark_in_flight([lost, other])
    mark_not_applied(lost)
    mark_not_applied(other)
    assert [(each.state, each._resent, each.attempts) for each in (lost, other)] == [
        ("unknown", True, 1),
        ("unsent", False, 1),
    ]


def test_a_new_summary_has_nothing_in_it():
    summary = Summary()
    assert (summary.states, dict(summary.codes), summary.fixes) == (dict.fromkeys(STATES, 0), {}, {})
    assert (summary.rows, summary.read, summary.cleared, summary.resent, summary.seconds) == (0, 0, 0, 0, 0.0)
    assert (summary.calls, summary.credits, summary.retries) == (0, 0, 0)
    assert (summary.not_updated, summary.rejected, summary.not_kept) == ([], [], 0)
    assert str(summary) == "0 rows"
    summary.raise_for_rejected()


def test_the_sums_of_calls_add_up():
    summary = Summary(tally=Tally(1, 10, 0))
    summary.tally.add(Tally(2, 20, 5))
    summary.tally.add(Tally(1, 1, 1))
    assert (summary.calls, summary.credits, summary.retries) == (4, 31, 6)


def test_rows_are_counted_once_and_kept_only_where_that_is_said():
    summary = Summary(read=2)
    outcomes = [
        settled("updated", "SUCCESS"),
        settled("updated", "SUCCESS"),
        settled("updated", "OTHER", "look"),
        settled("rejected", "NO"),
        settled("unknown", None, "ask"),
        settled("skipped"),
        settled("conflict", "SUCCESS"),
    ]
    for outcome in outcomes:
        outcome._cleared = 2
    outcomes[0]._resent = outcomes[4]._resent = True
    summary.count(outcomes)
    summary.count(outcomes[3:], keep=True)
    assert summary.states == {
        "updated": 3,
        "rejected": 2,
        "conflict": 2,
        "unknown": 2,
        "skipped": 2,
        "unsent": 0,
    }
    assert dict(summary.codes) == {
        ("updated", "SUCCESS"): 2,
        ("updated", "OTHER"): 1,
        ("rejected", "NO"): 2,
        ("unknown", None): 2,
        ("skipped", None): 2,
        ("conflict", "SUCCESS"): 2,
    }
    assert (summary.rows, summary.cleared, summary.resent) == (13, 6, 3)
    assert summary.fixes == {"OTHER": ["look"]}
    assert (summary.not_updated, summary.rejected) == (
        [*outcomes[3:5], outcomes[6]],
        [outcomes[3]],
    )
    others = Summary()
    others.count(outcomes[3:])
    assert ("updated", "SUCCESS") not in others.codes


def test_a_summary_says_how_many_why_and_what_to_do():
    summary = Summary()
    for state, code, fix, times in (
        ("updated", "SUCCESS", "", 1_200),
        ("skipped", None, "", 3),
        ("rejected", "A", "do a", 9),
        ("rejected", "A", "do b", 1),
        ("rejected", "B", "", 8),
        ("unknown", None, "", 7),
        ("conflict", "C" * 70, "", 6),
        ("rejected", "D", "", 5),
        ("rejected", "E", "", 4),
        ("rejected", "F", "", 3),
    ):
        summary.count([settled(state, code, fix) for _ in range(times)])
    reasons = (
        "\n  10 rejected with A: do a\n  8 rejected with B\n  7 unknown"
        f"\n  6 conflict with {'C' * 60}\n  5 rejected with D\n  7 for other reasons"
    )
    counts = "1,200 updated, 30 rejected, 6 conflict, 7 unknown, 3 skipped"
    assert str(summary) == f"1,246 rows: {counts}{reasons}"
    assert repr(summary) == f"<Summary of {summary}>"
    with pytest.raises(RowsNotUpdated) as caught:
        summary.raise_for_rejected()
    assert caught.value.message == f"30 rejected, 6 conflict, 7 unknown of 1246 rows{reasons}"
    assert caught.value.summary is summary
