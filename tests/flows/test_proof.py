"""What an answer must say before it is believed."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zcrm.engine.flows.effects import Stopped
from zcrm.engine.flows.reading import read_flat, read_one, read_rows
from zcrm.engine.flows.sending import send
from zcrm.errors import AuthError
from zcrm.outcomes import Outcome
from zcrm.retry import Retry
from zcrm.rules import Rules
from zcrm.wire.calls import Answer, Lost
from zcrm_api.error_table import ENTRIES


def only_once(chunk):
    for row in chunk:
        row._plain = False
    return chunk


@pytest.mark.parametrize(
    "flat",
    [
        {"code": "SUCCESS", "status": "error"},
        {"code": "INVALID_DATA", "status": "success"},
        {"code": "SUCCESS", "status": "success"},
        {"code": "INVALID_DATA", "status": "queued"},
        {"code": 7, "status": "error"},
        {"status": "error"},
    ],
    ids=str,
)
@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("status", [400, 403, 404, 412])
def test_a_contradiction_refuses_no_call(hand, sending, rows, flat, wrapped, status):
    chunk = only_once(rows(3))
    driver = hand(Answer(status, {"data": [flat]} if wrapped else flat))
    driver.run(send(chunk, sending()))
    assert [(row.state, row.code) for row in chunk] == [("unknown", None)] * 3
    assert len(driver.sent) == 1


@pytest.mark.parametrize("status", [200, 202, 204, 207, 299, 300, 302, 304, 500, 502, 503])
@pytest.mark.parametrize(
    "code", ["INVALID_DATA", "INVALID_MODULE", "AUTHORIZATION_FAILED", "ALREADY_MODIFIED"]
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_no_code_refuses_a_call_without_its_status(hand, sending, rows, item, status, code, wrapped):
    chunk = only_once(rows(3))
    said = item(code)
    driver = hand(Answer(status, {"data": [said]} if wrapped else said))
    sent = driver.run(send(chunk, sending()))
    assert ([row.state for row in chunk], sent.fatal, len(driver.sent)) == (["unknown"] * 3, None, 1)


@pytest.mark.parametrize("status", [199, 300, 302, 401, 404, 418, 500, 503])
def test_results_for_rows_count_under_some_statuses_only(hand, sending, rows, item, status):
    chunk = only_once(rows(2))
    results = [item(id="0"), item("INVALID_DATA")]
    hand(Answer(status, {"data": results})).run(send(chunk, sending()))
    assert [row.state for row in chunk] == ["unknown", "unknown"]


@pytest.mark.parametrize("status", [200, 201, 202, 207, 299, 400, 403, 412])
def test_and_under_these_they_do(hand, sending, rows, item, status):
    chunk = only_once(rows(2))
    hand(Answer(status, {"data": [item("INVALID_DATA"), item("RECORD_LOCKED")]})).run(send(chunk, sending()))
    assert [row.state for row in chunk] == ["rejected", "rejected"]


@pytest.mark.parametrize("status", [300, 400, 403, 412])
def test_a_success_is_none_under_an_error_status(hand, sending, rows, item, status):
    chunk = only_once(rows(2))
    hand(Answer(status, {"data": [item(id="0"), item(id="1")]})).run(send(chunk, sending()))
    assert [row.state for row in chunk] == ["unknown", "unknown"]


def test_a_contradiction_that_names_another_record_takes_the_whole_answer_with_it(hand, sending, rows, item):
    """A stale answer whose results were spoilt as well: its first item could be believed by itself."""
    chunk = only_once(rows(3))
    spoilt = [item("INVALID_DATA"), item(id="77") | {"code": "INVALID_DATA"}, item(id="2")]
    hand(Answer(207, {"data": spoilt})).run(send(chunk, sending()))
    assert [row.state for row in chunk] == ["unknown"] * 3


@pytest.mark.parametrize("odd", [["1"], {"id": "1"}, "", 0, False, 1.5])
def test_an_id_that_is_none_proves_nothing(hand, sending, rows, item, odd):
    chunk = only_once(rows(2))
    hand(Answer(200, {"data": [item(id="0"), item(id=odd)]})).run(send(chunk, sending()))
    assert chunk[1].state == "unknown"


def test_an_id_may_be_a_number(hand, sending, item):
    chunk = [Outcome(0, {}, id="5545974000002254155", _wire=b"{}")]
    hand(Answer(200, {"data": [item(id=5545974000002254155)]})).run(send(chunk, sending()))
    assert chunk[0].state == "updated"


@pytest.mark.parametrize("code", ["DUPLICATE_DATA", "INVALID_DATA"])
def test_a_refusal_in_its_own_place_may_name_another_record_of_the_call(hand, sending, rows, item, code):
    chunk = only_once(rows(2))
    clash = item(code, id="0", json_path="$.data[1].Email")
    hand(Answer(207, {"data": [item(id="0"), clash]})).run(send(chunk, sending()))
    assert [row.state for row in chunk] == ["updated", "rejected"]


@pytest.mark.parametrize(
    "details",
    [
        {"json_path": "$.data[0].A"},
        {"json_path": "$.data[9].A"},
        {"errors": [{"code": "X", "details": {"json_path": "$.data[0].A"}}]},
        {"dependee": {"json_path": "$.data[0].A"}, "json_path": "$.data[1].A"},
        {"expected_fields": [{"json_path": "$.data[2].A"}]},
    ],
    ids=str,
)
def test_a_refusal_that_names_another_row_is_pinned_on_none(hand, sending, rows, item, details):
    chunk = only_once(rows(3))
    results = [item(id="0"), item("INVALID_DATA", **details), item(id="2")]
    hand(Answer(207, {"data": results})).run(send(chunk, sending()))
    assert "rejected" not in [row.state for row in chunk]


def test_the_values_of_a_mass_update_are_no_row(hand, sending, rows, item, entry):
    """Its `data` holds the values, its `ids` the rows."""
    rules = Rules(
        [
            entry("INVALID_DATA", operations=("mass_update",)),
            entry("MISMATCH", level="request", isolate=True, operations=("mass_update",)),
        ]
    )
    how = sending(operation="mass_update", key="ids", rules=rules)
    each = only_once(rows(3))
    bad = item("INVALID_DATA", json_path="$.data[0].Stage")
    hand(Answer(207, {"data": [item(id="0"), bad, bad]})).run(send(each, how))
    assert [row.state for row in each] == ["updated", "rejected", "rejected"]
    assert each[1].details == {"json_path": "$.data[0].Stage"}

    named = rows(4)
    driver = hand(
        Answer(400, item("MISMATCH", json_path="$.ids[2]")),
        lambda ids: Answer(200, {"data": [item(id=row_id) for row_id in ids]}),
    )
    driver.run(send(named, how))
    assert [row.state for row in named] == ["updated", "updated", "rejected", "updated"]

    whole_call = rows(2)
    driver = hand(
        Answer(400, item("MISMATCH", json_path="$.data[0].Stage")), *[Answer(400, item("MISMATCH"))] * 2
    )
    driver.run(send(whole_call, how))
    assert driver.sent == [["0", "1"], ["0"], ["1"]]


def test_paths_count_in_the_callers_rows_after_rows_were_left_out_of_the_call(hand, sending, item):
    chunk = only_once([Outcome(n, {}, id=str(n), _wire=b"{}") for n in range(100, 104)])
    chunk[1]._plain = chunk[3]._plain = True
    refused = [item("INVALID_DATA", json_path=f"$.data[{n}].Stage") for n in range(2)]
    driver = hand(Lost("cut"), Answer(400, {"data": refused}))
    driver.run(send(chunk, sending()))
    assert driver.sent[1] == ["101", "103"]
    assert [row.details.get("json_path") for row in chunk] == [
        None,
        "$.data[101].Stage",
        None,
        "$.data[103].Stage",
    ]


def test_paths_of_a_refused_call_count_in_the_callers_rows(hand, sending, item):
    chunk = [Outcome(n, {}, id=str(n), _wire=b"{}") for n in (7, 9)]
    hand(Answer(400, item("NOBODY_KNOWS", json_path="$.data[1].Stage"))).run(send(chunk, sending()))
    assert [row.details for row in chunk] == [{"json_path": "$.data[9].Stage"}] * 2


@pytest.mark.parametrize("details", [None, [], "text", 5])
def test_details_that_are_none_are_empty(hand, sending, rows, item, whole, details):
    chunk = rows(1)
    hand(Answer(400, {"data": [item("INVALID_DATA") | {"details": details, "message": None}]})).run(
        send(chunk, sending())
    )
    assert whole(chunk[0]) == {
        "state": "rejected",
        "code": "INVALID_DATA",
        "message": "",
        "details": {},
        "attempts": 1,
        "http_status": 400,
        "fix": "fix it More: zcrm explain INVALID_DATA#here",
        "retryable": False,
    }


def test_a_server_error_says_what_it_says_and_proves_nothing(hand, sending, rows, whole):
    said = {
        "code": "INTERNAL_ERROR",
        "status": "error",
        "message": "Internal Server Error",
        "details": {"a": 1},
    }
    for body in (said, {"data": [said]}):
        chunk = only_once(rows(2))
        hand(Answer(500, body)).run(send(chunk, sending(rules=Rules(ENTRIES))))
        for row in chunk:
            told = whole(row)
            assert "Internal Server Error" in told.pop("message")
            assert "support" in told.pop("fix")
            assert told == {
                "state": "unknown",
                "code": "INTERNAL_ERROR",
                "details": {"a": 1},
                "attempts": 1,
                "http_status": 500,
                "retryable": False,
            }


def test_rows_that_are_never_sent_are_told_whole(hand, sending, rows, whole):
    error = AuthError("revoked", code="invalid_code", details={"a": 1}, http_status=400, fix="sign in")
    stopped, refused = rows(1), rows(1)
    hand(Stopped()).run(send(stopped, sending()))
    hand(error).run(send(refused, sending()))
    assert whole(stopped[0]) == {
        "state": "unsent",
        "code": None,
        "message": "Stopped before it was sent",
        "details": {},
        "attempts": 1,
        "http_status": None,
        "fix": "",
        "retryable": True,
    }
    assert whole(refused[0]) == {
        "state": "unsent",
        "code": "invalid_code",
        "message": "revoked",
        "details": {"a": 1},
        "attempts": 1,
        "http_status": 400,
        "fix": "sign in",
        "retryable": True,
    }


def test_a_code_is_retryable_where_time_or_somebody_may_cure_it(hand, sending, rows, item):
    for code, retryable in (("RECORD_LOCKED", True), ("INVALID_DATA", False), ("NEVER_HEARD_OF", False)):
        chunk = rows(1)
        hand(Answer(400, {"data": [item(code)]})).run(send(chunk, sending()))
        assert chunk[0].retryable is retryable


def test_what_is_said_of_a_read_may_be_wrapped_under_an_error_status(item):
    for status in (400, 401, 403, 404):
        said = read_flat(Answer(status, {"data": [item("NO_PERMISSION", permissions=["x"])]}))
        assert (said.code, said.ok, said.details) == ("NO_PERMISSION", False, {"permissions": ["x"]})
    assert read_flat(Answer(200, {"data": [{"id": "1"}]})) is None


def test_a_record_with_the_keys_of_a_refusal_is_still_a_record():
    record = {"id": "1", "code": "A", "status": "error"}
    assert read_flat(Answer(200, {"data": [record]})) is None
    assert read_flat(Answer(200, {"data": [{"Status": "RUNNING", "code": 5, "status": "error"}]})) is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, {"data": [{"id": "1", "Status": "Scheduled"}]}),
        Answer(404, {"data": []}),
        Answer(302, {"data": [{"id": "1"}]}),
        Answer(500, {"data": [{"id": "1"}]}),
        Answer(200, {"data": {"id": "1"}}),
        Answer(200, {"code": "SUCCESS", "status": "error"}),
        Answer(200, None),
        Answer(401, "<html>"),
    ],
    ids=lambda answer: f"{answer.status} {answer.body}",
)
def test_what_is_no_answer_to_a_read(answer):
    with pytest.raises(Lost):
        read_flat(answer)


def test_an_answer_about_a_job_has_exactly_one_item(item):
    assert read_one(Answer(200, {"data": [item(job_id="1")]})).details == {"job_id": "1"}
    assert read_one(Answer(202, item("ALREADY_SCHEDULED"))).code == "ALREADY_SCHEDULED"
    for body in (None, {"data": []}, {"data": [item(job_id="1")] * 2}, {"data": [None]}):
        with pytest.raises(Lost):
            read_one(Answer(204 if body is None else 200, body))


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "code": st.sampled_from(["SUCCESS", "INVALID_DATA", "INVALID_MODULE", "X"]) | json,
        "status": st.sampled_from(["success", "error"]) | json,
        "message": json,
        "details": st.fixed_dictionaries({}, optional={"id": st.sampled_from(["0", "1", "9"]) | json})
        | st.fixed_dictionaries({"json_path": st.sampled_from(["$.data[0].A", "$.data[1]"]) | json})
        | json,
    },
)
bodies = envelopes | json | st.fixed_dictionaries({"data": st.lists(envelopes | json, max_size=3) | json})


@given(st.sampled_from([200, 202, 207, 304, 400, 403, 404, 412, 500]), bodies)
@example(304, {"data": 1})
def test_whatever_comes_back_is_believed_only_with_proof(status: int, body: Any):
    rows = [Outcome(n, {}, id=str(n)) for n in range(2)]
    try:
        said = read_rows(Answer(status, body), rows, Rules(ENTRIES), "update_records", "data")
    except Lost:
        return
    if isinstance(said, list):
        for result, item, row in zip(said, body["data"], rows, strict=True):
            if result.ok and not result.doubt:
                assert status < 300
                assert (item["code"], item["status"], str(item["details"]["id"])) == (
                    "SUCCESS",
                    "success",
                    row.id,
                )
            elif not result.doubt:
                assert item["code"] not in ("SUCCESS", "")
                assert item.get("status", "error") in ("error", None)
    else:
        assert status >= 400
        assert not said.ok
        assert said.code not in ("SUCCESS", "")


def test_a_row_that_may_have_been_applied_says_so_whatever_stops_it(hand, sending, rows):
    for last, code in (
        (Answer(429), "TOO_MANY_REQUESTS"),
        (AuthError("revoked", code="x"), "x"),
        (Stopped(), None),
    ):
        chunk = rows(1)
        hand(Lost("cut"), last).run(send(chunk, sending(retry=Retry(patience=0))))
        assert (chunk[0].state, chunk[0].code) == ("unknown", code)
        assert chunk[0].message.startswith("Sent, but the answer was lost")
