"""What one envelope says, wherever it stands in an answer."""

import pytest

from zcrm.engine.flows.reading import Unproved, envelope, read_flat, read_listed, read_one, read_record
from zcrm.engine.flows.sending import send
from zcrm.outcomes import Outcome
from zcrm.rules import Rules
from zcrm.wire.calls import Answer

SUCCESS = {"code": "SUCCESS", "status": "success"}


def said(found):
    return found.code, found.message, found.details, found.ok, found.status, found.doubt


@pytest.mark.parametrize(
    ("body", "status", "code", "ok"),
    [
        (SUCCESS, 200, "SUCCESS", True),
        (SUCCESS, 299, "SUCCESS", True),
        ({"code": "X", "status": "error"}, 200, "X", False),
        ({"code": "X", "status": "error"}, 500, "X", False),
        ({"code": "X"}, 400, "X", False),
        ({"code": "X", "status": None}, 503, "X", False),
    ],
    ids=str,
)
def test_what_is_proved(body, status, code, ok):
    assert said(envelope(body, status)) == (code, "", {}, ok, status, "")


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        (
            {"code": "SUCCESS", "status": "success"},
            300,
            "SUCCESS",
            "HTTP 300 with SUCCESS and status success",
        ),
        ({"code": "SUCCESS", "status": "error"}, 200, "SUCCESS", "HTTP 200 with SUCCESS and status error"),
        ({"code": "SUCCESS"}, 400, "SUCCESS", "HTTP 400 with SUCCESS and status None"),
        ({"code": "X", "status": "success"}, 200, "X", "HTTP 200 with X and status success"),
        ({"code": "X", "status": "success"}, 400, "X", "HTTP 400 with X and status success"),
        ({"code": "X"}, 399, "X", "HTTP 399 with X and status None"),
        ({"code": "", "status": "error"}, 400, "", "HTTP 400 with  and status error"),
        ({"code": 7, "status": "error"}, 400, "", "HTTP 400 with 7 and status error"),
        ({"status": "error"}, 400, "", "HTTP 400 with None and status error"),
        (["X"], 400, "", "HTTP 400 with None and status None"),
        (None, 502, "", "HTTP 502 with None and status None"),
    ],
    ids=str,
)
def test_what_is_not(body, status, code, words):
    assert said(envelope(body, status)) == (code, "", {}, False, status, words)


def test_words_and_details_are_as_they_are_said():
    found = envelope({"code": "X", "status": "error", "message": "no", "details": {"a": 1}}, 400)
    assert said(found) == ("X", "no", {"a": 1}, False, 400, "")
    found = envelope({"code": "X", "status": "error", "message": 7, "details": [1]}, 400)
    assert said(found) == ("X", "7", {}, False, 400, "")


def test_an_error_says_all_of_it(entry):
    rules = Rules([entry("X", level="request", fix="so"), entry("X", level="record", fix="thus")])
    found = envelope({"code": "X", "status": "error", "message": "no", "details": {"a": 1}}, 400)
    error = found.error(rules, "update_records")
    assert (error.message, error.code, error.details) == ("no", "X", {"a": 1})
    assert (error.http_status, error.fix) == (400, "so More: zcrm explain X#here")
    assert found.error(rules, "update_records", "record").fix == "thus More: zcrm explain X#here"
    assert (
        envelope({"code": "X", "status": "error"}, 400).error(rules, "update_records").message == "HTTP 400"
    )


RECORDS = [{"id": "1"}, {"id": "2"}]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"data": RECORDS}),
        Answer(200, {"data": []}),
        Answer(299, {"data": RECORDS}),
        Answer(204),
        Answer(304),
        Answer(204, {"data": RECORDS}),
    ],
    ids=str,
)
def test_an_answer_that_carries_data_says_nothing(answer):
    assert read_flat(answer) is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, {"data": ["x"]}), "HTTP 200 with records that are none"),
        (Answer(200, {"data": [{"id": "1"}, "x"]}), "HTTP 200 with records that are none"),
        (Answer(304, {"data": ["x"]}), "HTTP 304 with records that are none"),
        (Answer(300, {"data": RECORDS}), "HTTP 300 with None and status None"),
        (Answer(400, {"data": RECORDS}), "HTTP 400 with None and status None"),
        (Answer(400, {"data": []}), "HTTP 400 with None and status None"),
        (Answer(200, ["x"]), "HTTP 200 with None and status None"),
    ],
    ids=str,
)
def test_what_carries_neither(answer, words):
    with pytest.raises(Unproved) as caught:
        read_flat(answer)
    assert (str(caught.value), caught.value.said) == (words, None)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_server_error_proves_nothing_but_is_told(item, wrapped):
    for status, words in ((500, "HTTP 500: x"), (599, "HTTP 599: x")):
        with pytest.raises(Unproved) as caught:
            read_flat(Answer(status, {"data": [item("X")]} if wrapped else item("X")))
        assert (str(caught.value), caught.value.said.code) == (words, "X")
    with pytest.raises(Unproved, match=r"^HTTP 500: X$"):
        read_flat(Answer(500, {"code": "X", "status": "error"}))
    found = read_flat(Answer(499, item("X")))
    assert said(found) == ("X", "x", {}, False, 499, "")


def test_a_refusal_is_read_flat_and_wrapped(item):
    for status in (200, 400):
        for body in (item("X", a=1), {"data": [item("X", a=1)]}):
            assert said(read_flat(Answer(status, body))) == ("X", "x", {"a": 1}, False, status, "")


@pytest.mark.parametrize(
    "change", [{"id": "1"}, {"code": 7}, {"code": None}, {"status": "success"}, {"status": None}], ids=str
)
def test_a_record_may_have_what_a_refusal_has(item, change):
    assert read_flat(Answer(200, {"data": [item("X") | change]})) is None
    assert read_flat(Answer(200, {"data": [item("X"), item("X")]})) is None


@pytest.mark.parametrize(
    ("answer", "data"),
    [
        (Answer(200, {"fields": RECORDS}), True),
        (Answer(299, {"fields": []}), True),
        (Answer(204), True),
        (Answer(200, {"data": RECORDS}), False),
        (Answer(300, {"fields": RECORDS}), False),
        (Answer(404, {"fields": RECORDS}), False),
        (Answer(200, {"fields": [{}, "x"]}), False),
        (Answer(200, {"fields": {"a": 1}}), False),
        (Answer(200, {"other": RECORDS}), False),
        (Answer(200, [RECORDS]), False),
        (Answer(200, None), False),
    ],
    ids=str,
)
def test_data_under_another_key(answer, data):
    read = read_listed("fields")
    if data:
        assert read(answer) is None
    else:
        with pytest.raises(Unproved):
            read(answer)


def test_a_refusal_where_another_key_was_wanted(item):
    assert read_listed("fields")(Answer(403, item("NO_PERMISSION"))).code == "NO_PERMISSION"


@pytest.mark.parametrize(
    "answer", [Answer(200, {"data": [{"id": "1"}]}), Answer(200, {"data": [{"id": 1}]}), Answer(204)], ids=str
)
def test_the_record_that_was_asked_for_or_none(answer):
    assert read_record("1")(answer) is None


@pytest.mark.parametrize("record", [{"id": "2"}, {"id": None}, {}], ids=str)
def test_another_record_proves_nothing(record):
    for data in ([record], [{"id": "1"}, record]):
        with pytest.raises(Unproved, match=r"^HTTP 200 with another record than 1$"):
            read_record("1")(Answer(200, {"data": data}))


def test_a_refusal_of_a_record(item):
    assert read_record("1")(Answer(400, {"data": [item("INVALID_DATA", id="2")]})).code == "INVALID_DATA"


def test_one_result(item):
    assert said(read_one(Answer(200, {"data": [item(id="1")]}))) == (
        "SUCCESS",
        "success",
        {"id": "1"},
        True,
        200,
        "",
    )
    assert read_one(Answer(202, {"data": [item("X")]})).code == "X"
    assert read_one(Answer(400, item("X"))).code == "X"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, {"data": []}), "0 results where there should be one"),
        (Answer(200, {"data": [{}, {}]}), "2 results where there should be one"),
        (Answer(204), "0 results where there should be one"),
        (Answer(200, {"data": [{"code": "X"}]}), "HTTP 200 with X and status None"),
    ],
    ids=str,
)
def test_no_one_result(answer, words):
    with pytest.raises(Unproved) as caught:
        read_one(answer)
    assert str(caught.value) == words


def refused_with(hand, sending, item, details):
    """What is told of row 7, place 1 of its call, that is refused with these details."""
    chunk = [Outcome(n, {}, id=str(n), _wire=b"{}") for n in (5, 7)]
    chunk[0]._plain = chunk[1]._plain = False
    hand(Answer(207, {"data": [item(id="5"), item("INVALID_DATA", **details)]})).run(send(chunk, sending()))
    return chunk[1]


def nested(deep, wrap):
    value = {"json_path": "$.data[1].A"}
    for _ in range(deep):
        value = wrap(value)
    return {"d": value}


@pytest.mark.parametrize(("deep", "counts"), [(7, True), (8, False)])
def test_paths_are_found_so_deep(hand, sending, item, deep, counts):
    found = refused_with(hand, sending, item, nested(deep, lambda value: {"d": value})).details
    assert ("$.data[7].A" in str(found)) is counts
    assert ("$.data[1].A" in str(found)) is not counts


@pytest.mark.parametrize(("deep", "counts"), [(3, True), (4, False)])
def test_and_in_lists_as_well(hand, sending, item, deep, counts):
    details = nested(deep, lambda value: {"d": [value]})
    found = refused_with(hand, sending, item, {"e": [details["d"]]}).details
    assert ("$.data[7].A" in str(found)) is counts


def test_only_paths_are_paths(hand, sending, item):
    details = {
        "json_path": ["$.data[0].A"],
        "other": "$.data[0].A",
        "errors": [{"json_path": "data[0]"}, {"json_path": "$.data[0"}, "$.data[0].A", 7],
    }
    row = refused_with(hand, sending, item, details)
    assert (row.state, row.details) == ("rejected", details)


def test_a_success_may_name_any_place(hand, sending, rows, item):
    chunk = rows(2)
    items = [item(id="0"), item(id="1", json_path="$.data[0].A")]
    hand(Answer(200, {"data": items})).run(send(chunk, sending()))
    assert [row.state for row in chunk] == ["updated", "updated"]
    assert chunk[1].details["json_path"] == "$.data[0].A"


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"id": "0"}, "a result for record 0 in the place of record 1"),
        ({"id": "9"}, "a result for record 9 in the place of record 1"),
        ({}, "a success that names no record"),
        ({"id": ""}, "a success that names no record"),
    ],
    ids=str,
)
def test_why_a_success_is_none(hand, sending, rows, item, second, words):
    chunk = rows(2)
    for row in chunk:
        row._plain = False
    hand(Answer(200, {"data": [item(id="0"), item() | {"details": second}]})).run(send(chunk, sending()))
    assert chunk[1].message.endswith(f"({words})")
    assert chunk[0].state == ("updated" if "names no" in words else "unknown")


def test_which_other_row_a_refusal_names_is_said(hand, sending, rows, item):
    chunk = rows(2)
    for row in chunk:
        row._plain = False
    items = [item(id="0"), item("INVALID_DATA", json_path="$.data[0].A")]
    hand(Answer(207, {"data": items})).run(send(chunk, sending()))
    words = "a result in the place of row 1 of the call that names another row"
    assert [row.message.endswith(f"({words})") for row in chunk] == [True, True]
