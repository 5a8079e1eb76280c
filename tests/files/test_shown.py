"""What is shown of a text: nothing in it steers a terminal, and nothing that can be read is lost."""

import json
import sys
from unicodedata import bidirectional, category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm.files.shown import escaped, hides, shown

DIRECTIONS = {"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
MARKS = "\u061c\u200e\u200f"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[2K\rFix: none", r"\x1b[2K\rFix: none"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x00\x07\x7f", r"\x00\x07\x7f"),
        ("\x9b31m\x85", r"\x9b31m\x85"),
        ("abc\u202egpj.exe", r"abc\u202egpj.exe"),
        ("\u2066\u200f\u2028\ufeff\u00ad\u200b", r"\u2066\u200f\u2028\ufeff\xad\u200b"),
        ("\U000e0041", r"\U000e0041"),
        ("caf\udce9.csv", r"caf\udce9.csv"),
        ("[bold]Zürich[/] 東京 می‌خواهم 👩‍🚀 a\u00a0b", "[bold]Zürich[/] 東京 می‌خواهم 👩‍🚀 a\u00a0b"),
        (r"C:\temp\x1b", r"C:\temp\x1b"),
    ],
)
def test_what_is_hidden_is_escaped_and_all_else_stays(text: str, expected: str) -> None:
    assert shown(text) == expected
    assert hides(text) == (expected != text)


def test_every_control_and_direction_of_unicode_counts_as_hidden() -> None:
    steering = [
        char
        for char in map(chr, range(sys.maxunicode + 1))
        if category(char) in ("Cc", "Cs", "Zl", "Zp") or bidirectional(char) in DIRECTIONS or char in MARKS
    ]
    assert len(steering) > 2048 + 65
    assert all(map(hides, steering))


@given(st.text(st.characters()))
def test_what_is_shown_hides_nothing_and_is_one_line(text: str) -> None:
    assert not hides(shown(text))
    assert len(shown(text).splitlines()) <= 1
    assert shown(shown(text)) == shown(text)


@given(st.recursive(st.text(), lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner)))
def test_escaped_json_has_the_same_value_and_hides_nothing(value: object) -> None:
    text = escaped(json.dumps(value, ensure_ascii=False))
    assert not hides(text)
    assert json.loads(text) == value
