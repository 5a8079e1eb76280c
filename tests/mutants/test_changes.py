"""What `nox -s mutants` changes, and what it leaves alone."""

from pathlib import Path
from types import ModuleType

import pytest

MODULE = '''
"""Words."""
from typing import Literal
Kind = Literal["a"]
LIMIT = 7
def add(a: int, b: int = 0) -> int:
    """More words."""
    _log.debug("a %s", a)
    if a < LIMIT and not b:
        return max(a, b)
    try:
        raise ValueError("some words", code="X")
    except (ValueError, OSError):
        return a + b
'''
CHANGES = [
    ("LIMIT = 7", "LIMIT = 8"),
    ("b: int = 0", "b: int = 1"),
    ("if a < LIMIT and not b:", "if True:"),
    ("if a < LIMIT and not b:", "if False:"),
    ("a < LIMIT", "a <= LIMIT"),
    ("and not b", "or not b"),
    ("not b", "b"),
    ("return max(a, b)", "return None"),
    ("max(a, b)", "min(a, b)"),
    ('raise ValueError("some words", code="X")', "pass"),
    ('"some words", code="X"', '"some words"'),
    ('"X"', "'X-'"),
    ("(ValueError, OSError)", "(OSError,)"),
    ("(ValueError, OSError)", "(ValueError,)"),
    ("return a + b", "return None"),
    ("a + b", "a - b"),
]


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import changes

    return changes


def test_each_place_that_decides_is_changed_and_no_word(changes: ModuleType) -> None:
    found = changes.changes_of(MODULE)
    assert {change.text for change in found} == {MODULE.replace(was, now, 1) for was, now in CHANGES}
    assert len(found) == len(CHANGES)
    first = found[0]
    assert (first.line, first.last, first.was, first.now) == (5, 5, "LIMIT = 7", "LIMIT = 8")
    decided = next(change for change in found if change.now == "if True:")
    assert (decided.line, decided.last) == (9, 9)


def test_a_sample_is_even_and_the_same_each_time(changes: ModuleType) -> None:
    places = list(range(1000))
    drawn = changes.sample(places, 40, "seed")
    assert [place // 25 for place in drawn] == list(range(40))
    assert drawn == changes.sample(places, 40, "seed") != changes.sample(places, 40, "other")
    assert changes.sample(places[:40], 40, "seed") == places[:40]
