"""What becomes of a row before it is sent."""

import signal
from collections import UserDict
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from math import nan

import pytest

from zcrm.outcomes import Outcome
from zcrm.rows.admission import Admission
from zcrm.rows.scalars import Values
from zcrm.rows.values import BadValue, aware_time

CORRECT = "Correct the row and send it again."


@pytest.fixture
def told(whole):
    """Everything of an outcome, with what is kept for sending it."""

    def tell(outcome):
        kept = (
            "row",
            "id",
            "_wire",
            "_cleared",
            "_group",
            "_plain",
            "_settled",
            "_lost",
            "_resent",
            "_first",
        )
        return whole(outcome) | {name: getattr(outcome, name) for name in kept}

    return tell


def ready(number=7, record="1", **known):
    """What is told of a row that can be sent."""
    return {
        "state": "unsent",
        "code": None,
        "message": "",
        "details": {},
        "attempts": 0,
        "http_status": None,
        "fix": "",
        "retryable": False,
        "row": number,
        "id": record,
        "_wire": b"",
        "_cleared": 0,
        "_group": None,
        "_plain": True,
        "_settled": False,
        "_lost": False,
        "_resent": False,
        "_first": None,
    } | known


def rejected(message, field=None, code="INVALID_DATA", fix=CORRECT, **known):
    details = {}
    if field is not None:
        details = {"api_name": field.partition(".")[0].partition("[")[0], "json_path": f"$.data[7].{field}"}
    said = {"state": "rejected", "code": code, "message": message, "details": details, "fix": fix}
    return ready(_settled=True, **said | known)


@pytest.mark.parametrize(
    ("row", "known"),
    [
        ({"id": "1", "A": "x"}, {"_wire": b'{"id":"1","A":"x"}'}),
        ({"id": " 1 ", "A": None, "B": None}, {"_wire": b'{"id":"1","A":null,"B":null}', "_cleared": 2}),
        ({"id": 1, "A": 2}, {"_wire": b'{"id":"1","A":2}'}),
        ({"id": "1", "A": [1], "B": None}, {"_wire": b'{"id":"1","A":[1],"B":null}', "_cleared": 1}),
        ({"id": "1", "A": [{}]}, {"_wire": b'{"id":"1","A":[{}]}', "_plain": False}),
        ({"id": "1", "A": Decimal("1.50")}, {"_wire": b'{"id":"1","A":1.50}'}),
        (UserDict({"id": "1", "A": None}), {"_wire": b'{"id":"1","A":null}', "_cleared": 1}),
    ],
    ids=repr,
)
def test_a_row_that_can_be_sent(told, row, known):
    outcome = Admission().admit(7, row)
    assert outcome.input is row
    assert told(outcome) == ready(**known)


def test_a_row_of_an_id_alone_changes_nothing_unless_it_is_sent_by_itself(told):
    nothing = "The row has nothing but an id: there is nothing to change"
    for row in ({"id": "1"}, UserDict(id="1")):
        skipped = Admission().admit(7, row)
        assert told(skipped) == ready(state="skipped", message=nothing, _settled=True)
        assert told(Admission().admit(7, row, alone=True)) == ready(_wire=b'{"id":"1"}')


def test_nulls_and_missing_values_by_request(told):
    row = {"id": "1", "A": None, "B": nan, "C": 1}
    left_out = Admission(values=Values("skip", skip_nulls=True))
    assert told(left_out.admit(7, row)) == ready(_wire=b'{"id":"1","C":1}')
    cleared = Admission(values=Values("clear"))
    assert told(cleared.admit(7, row)) == ready(_wire=b'{"id":"1","A":null,"B":null,"C":1}', _cleared=2)
    flat = Admission(values=Values(skip_nulls=True)).admit(7, {"id": "1", "A": None, "C": 1})
    assert told(flat) == ready(_wire=b'{"id":"1","C":1}')


def test_rows_that_can_not_be_sent(told):
    class Broken(UserDict):
        def get(self, key, default=None):
            raise OSError("gone")

    admission = Admission()
    give = "Give the row the id of the record it is for, and send it again."
    for row, expected in (
        ({"A": 1}, rejected("The row has no id", "id", "MANDATORY_NOT_FOUND", give, id=None)),
        (["1"], rejected("A row must be a mapping, not list", id=None)),
        (None, rejected("A row must be a mapping, not NoneType", id=None)),
        (Broken(), rejected("Reading the row raised OSError: gone", id=None)),
        (
            {"id": "1", "A": [{"b": {1}}]},
            rejected("A value of type set can't be sent", "A[0].b"),
        ),
    ):
        outcome = admission.admit(7, row)
        assert outcome.input is row
        assert told(outcome) == expected
    for path in ("A", "A.b", "A[1].b"):
        outcome = Admission(lambda outcome, row, path=path: fail("no", path)).admit(7, {"id": "1", "A": 1})
        assert told(outcome) == rejected("no", path)


def fail(*args):
    raise BadValue(*args)


class Triples(UserDict):
    def items(self):
        return [("A", 1, 2)]


class Speechless:
    def __str__(self):
        raise OSError("gone")


class Rude(str):
    def __eq__(self, other):
        raise OSError("gone")

    __hash__ = str.__hash__


def test_text_that_can_not_be_written_is_refused(told):
    refused = told(Admission().admit(0, {"id": "1", "A": "\ud800"}))
    assert (refused["state"], refused["details"]["api_name"]) == ("rejected", "A")


def test_a_row_that_can_not_be_read_is_refused(told):
    for row, why in (
        (Triples({"id": "1"}), "ValueError: too many values to unpack (expected 2)"),
        ({"id": "1", Speechless(): 1}, "OSError: gone"),
    ):
        assert told(Admission().admit(7, row)) == rejected(f"Reading the row raised {why}")


def test_text_of_a_kind_of_its_own_is_text(told):
    class Field(StrEnum):
        A = "A"

    row = {"id": Rude(" 1 "), Field.A: Rude("x"), "B": {Field.A: None}}
    wire = b'{"id":"1","A":"x","B":{"A":null}}'
    assert told(Admission().admit(7, row)) == ready(_wire=wire, _plain=False)


def test_what_a_signal_handler_raises_is_not_taken_for_the_rows(told):
    raising = []

    def handler(number, frame):
        if raising:
            raise raising.pop()

    class Slow(Decimal):
        def __format__(self, how):
            signal.raise_signal(signal.SIGALRM)
            return super().__format__(how)

    class Time:
        @property
        def __class__(self):
            signal.raise_signal(signal.SIGALRM)
            return Time

    before = signal.signal(signal.SIGALRM, handler)
    try:
        for row, since in (({"id": "1", "A": Slow(1)}, None), ({"id": "1"}, lambda row: aware_time(Time()))):
            for error in (UnicodeError("late"), ValueError("late"), TypeError("late")):
                raising.append(error)
                with pytest.raises(type(error)) as caught:
                    Admission(since=since).admit(7, row)
                assert caught.value is error
    finally:
        signal.signal(signal.SIGALRM, before)


def test_whoever_looks_on_sees_what_is_sent_and_may_refuse_it(told):
    seen = []

    def check(outcome, row):
        seen.append((outcome.id, dict(row)))
        outcome._plain = False

    row = {"id": " 1 ", "A": datetime(2027, 5, 4, tzinfo=UTC)}
    sent = {"id": "1", "A": "2027-05-04T00:00:00+00:00"}
    outcome = Admission(check, refuse=lambda row: seen.append(dict(row))).admit(7, row)
    assert seen == [("1", sent), sent]
    assert (outcome._plain, outcome.state) == (False, "unsent")
    refused = Admission(refuse=lambda row: fail("no", "A", "CODE", "do this")).admit(7, row)
    assert told(refused) == rejected("no", "A", "CODE", "do this")


def test_rows_with_a_time_of_their_own_are_for_one_record_each(told):
    given = []

    def since(row):
        given.append(row)
        return "2027-05-04T00:00:00+00:00"

    admission = Admission(since=since)
    row = {"id": " 1", "A": 1}
    group = {"_group": "2027-05-04T00:00:00+00:00", "_wire": b'{"id":"1","A":1}'}
    assert told(admission.admit(7, row)) == ready(**group)
    assert told(admission.admit(8, {"id": "2", "A": 1})) == ready(
        8, "2", **group | {"_wire": b'{"id":"2","A":1}'}
    )
    again = admission.admit(7, {"id": "1", "A": 2})
    words = "A second row for a record: the first one's change would make it a conflict"
    assert told(again) == rejected(words, "id", _wire=b"", _group=group["_group"])
    assert given[0] is row


def test_without_a_time_a_record_may_come_again():
    admission = Admission()
    states = [admission.admit(n, {"id": "1", "A": n}).state for n in range(2)]
    assert states == ["unsent", "unsent"]


def test_a_time_that_is_none_refuses_its_row(told):
    outcome = Admission(since=lambda row: fail("no time")).admit(7, {"id": "1", "A": 1})
    assert isinstance(outcome, Outcome)
    assert told(outcome) == rejected("no time")
