"""Ids of files: taken out of their wrappings, refused with their place, and their rounding found out."""

from decimal import Decimal

import pytest

from zcrm.files.ids import RESTORE, Rounding, bare_id, lookup_id, record_id
from zcrm.files.problems import CellError

ID = "5545974000000500001"
OTHER_RECORD = "give the id of the other record, not its name"
ONLY_IDS = (
    "each row needs the record's id, 15 to 19 digits, in the id column; remove rows that are no records"
)
AS_TEXT = 'write it like "id": "554023000000235011"'
CUT = "all ids end in zeros: a spreadsheet has cut their last digits"
FLOATS = (
    "all ids are such as floating-point numbers give: "
    "a program kept them as numbers and rounded their last digits"
)


def refused(call, *given):
    with pytest.raises(CellError) as caught:
        call(*given)
    return caught.value.problem, caught.value.fix, caught.value.column, caught.value.held


@pytest.mark.parametrize(
    "text",
    [
        f" {ID}\t",
        f'="{ID}"',
        f"={ID}",
        f'=" {ID} "',
        f'="zcrm_{ID}"',
        f"'{ID}",
        f"' {ID}",
        f"zcrm_{ID}",
        f" 'zcrm_{ID} ",
    ],
)
def test_an_id_is_taken_out_of_what_others_put_around_it(text):
    assert bare_id(text) == lookup_id(text) == ID


@pytest.mark.parametrize("text", ["", "Anna", '=A1&"x"y', f"x{ID}", f"zcrm{ID}"])
def test_what_is_no_wrapping_stays(text):
    assert bare_id(text) == text


@pytest.mark.parametrize("text", ["1", "1" * 19])
def test_the_id_of_a_lookup_may_be_short(text):
    assert lookup_id(text) == text


@pytest.mark.parametrize("text", ["Anna", "1" * 20, "1x"])
def test_a_lookup_that_is_no_id_is_refused_as_it_was_held(text):
    assert refused(lookup_id, f"zcrm_{text}") == (
        f"{text!r} is no record id",
        OTHER_RECORD,
        "id",
        f"zcrm_{text}",
    )


class Text(str):
    """Text as a library may give it."""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (f" {ID} ", ID),
        (Text(f" {ID} "), ID),
        (int(ID), ID),
        (Decimal(ID), ID),
        ("1" * 15, "1" * 15),
        ("", ""),
        (" ", ""),
        (None, ""),
    ],
)
def test_the_id_of_a_row_is_text(value, text):
    assert record_id(value) == text


@pytest.mark.parametrize("value", ["Anna", "1" * 14, "1" * 20, int("1" * 14), f"zcrm_{ID}"])
def test_what_is_no_id_of_a_row_is_refused(value):
    assert refused(record_id, value) == (f"'{value}' is no record id", ONLY_IDS, "id", str(value))


@pytest.mark.parametrize(
    "value", ["5.54597E+18", "5,54597E+18", "-1", "1.5", float(ID), 554597400000050000.5]
)
def test_a_damaged_id_says_so(value):
    text = value if isinstance(value, str) else repr(value)
    assert refused(record_id, value) == (
        f"the id '{text}' is damaged: a spreadsheet or a float has cut its digits",
        RESTORE,
        "id",
        text,
    )


@pytest.mark.parametrize("value", [True, [ID], {"id": ID}, Decimal(f"{ID}.0"), Decimal("5e18")])
def test_a_value_that_holds_no_id_is_refused(value):
    assert refused(record_id, value) == ("an id is text or a whole number", AS_TEXT, "id", "")


def rounded(ids, *column):
    rounding = Rounding()
    for text in ids:
        rounding.add(text)
    try:
        rounding.finish(*column)
    except CellError as error:
        return error.problem, error.fix, error.column
    return None


@pytest.mark.parametrize("text", ["", "no id of 15 or more characters", "5.545974000000500001E18", "٠" * 18])
def test_what_is_no_id_tells_of_no_rounding(text):
    assert rounded([text, f"{text} "]) is None


def test_rounding_names_its_column():
    ids = ["5545974000000010000", "5545974000000020000"]
    assert rounded(ids) == (CUT, RESTORE, "id")
    assert rounded(ids, "Owner.id") == (CUT, RESTORE, "Owner.id")


AS_FLOATS = 'export them again, as text: "id": "554023000000235011"'
EVEN = [str(9_007_199_254_740_994 + 2 * n) for n in (0, 1, 2, 4, 5, 6, 7, 9)]


@pytest.mark.parametrize(
    "ids",
    [
        ["554597400000001000", "554597400000002000"],
        ["554597400010000", "554597400020000"],
        ["5545974000000010", "5545974000000020", "5545974000000030"],
        ["55459740000000100", "55459740000000200"],
    ],
)
def test_ids_that_a_spreadsheet_cut_are_found(ids):
    assert rounded(ids) == (CUT, RESTORE, "id")


@pytest.mark.parametrize(
    "ids",
    [
        ["5545974000123457000", "5545974000123458000"],
        [str(int(float(5545974000123456789 + n))) for n in (0, 5000)],
        EVEN,
        ["5545974000123457000", "9007199254740994"],
    ],
    ids=["shortest", "exact", "even", "long and short"],
)
def test_ids_that_a_program_kept_as_floats_are_found(ids):
    assert not any(text.endswith("0000") for text in ids)
    assert rounded(ids) == (FLOATS, AS_FLOATS, "id")


@pytest.mark.parametrize(
    "ids",
    [
        [],
        ["5545974000000010000"],
        ["5545974000000010000"] * 3,
        ["5545974000000010000", "5545974000000020001"],
        ["5545974000000010", "5545974000000020"],
        ["5545974000000010", "5545974000000010", "5545974000000020"],
        ["5545974000000000010", "5545974000000000020"],
        ["554597400000010", "554597400000020", "554597400000030"],
        ["55459740000000", "55459750000000"],
        EVEN[:7],
    ],
    ids=str,
)
def test_what_may_be_chance_is_let_through(ids):
    assert rounded(ids) is None
