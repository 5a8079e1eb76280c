import pytest

from zcrm import Outcome, Summary
from zcrm.errors import RowsNotUpdated
from zcrm.outcomes import STATES, mark_in_flight, mark_not_applied, settle


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
