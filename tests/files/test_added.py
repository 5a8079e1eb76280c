"""The cells that zcrm adds: nothing a spreadsheet runs, nothing that can't be read back."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm.files.added import cell, line, plain, unquoted
from zcrm.files.shown import hides

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("＝1", "'＝1"),
        ("﹢1", "'﹢1"),
        ("\t=1", r"\t=1"),
        ("\r=1", r"\r=1"),
        ("\n=1", r"\n=1"),
        ("a\rb\x00", r"a\rb\x00"),
        ("a=1", "a=1"),
        ("", ""),
        (7, "7"),
        (["=1"], "['=1']"),
    ],
)
def test_no_cell_is_a_formula(value: object, expected: str) -> None:
    assert cell(value) == expected


def test_a_number_stays_one_where_json_carries_it() -> None:
    assert plain(3) == 3
    assert plain("-5") == "-5"


def test_a_cell_fits_a_spreadsheet() -> None:
    assert plain("x" * 32_000) == "x" * 32_000
    assert plain("x" * 40_000) == "x" * 31_999 + "…"
    assert len(cell("\x1b" * 1_000_000)) <= 32_767


@given(TEXTS)
def test_any_text_becomes_a_cell_that_is_safe(text: str) -> None:
    made = cell(text)
    assert not hides(made)
    assert not made.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@given(st.lists(TEXTS, min_size=1))
def test_a_line_reads_back_as_its_cells(cells: list[str]) -> None:
    [read] = csv.reader(io.StringIO(line(cells), newline=""), strict=True)
    assert read == cells


def test_a_lone_carriage_return_is_quoted() -> None:
    assert line(["1", "a\rb", "c"]) == '1,"a\rb",c\n'


WRITTEN = st.text(st.sampled_from('a 0=,;"\r\n\t|ä')) | st.text()


@given(st.lists(WRITTEN | st.integers() | st.none(), min_size=1), st.sampled_from(",;\t|"))
def test_cells_that_need_no_quotes_are_what_a_line_has(cells: list[Any], delimiter: str) -> None:
    joined = unquoted(cells, delimiter)
    assert joined is None or f"{joined}\n" == line(cells, delimiter)


def test_cells_that_need_quotes_are_told_apart() -> None:
    assert unquoted(["a", "", "b c"], ",") == "a,,b c"
    assert unquoted(["a;b", "c"], ",") == "a;b,c"
    for cells in (["a,b", "c"], ['"', "c"], ["a\r", "c"], ["a\n", "c"], ["a", 1], ["a", None], [""]):
        assert unquoted(cells, ",") is None
