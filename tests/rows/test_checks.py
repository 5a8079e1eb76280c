"""Arguments that are known to be wrong before anything is sent."""

import re

import pytest

from zcrm.errors import UsageError
from zcrm.rows import checks


def refused(check, *args, **options):
    with pytest.raises(UsageError) as caught:
        check(*args, **options)
    return caught.value.message, caught.value.code, caught.value.fix


def test_options_that_there_are_not():
    checks.known_options(["one", "two"], {"one": 1, "two": 2})
    for given, words in (
        (["one", "tow"], "There is no option 'tow'; did you mean 'two'?"),
        (["zzzzzz"], "There is no option 'zzzzzz'; there are one, two"),
    ):
        with pytest.raises(TypeError, match=f"^{re.escape(words)}$"):
            checks.known_options(given, ["one", "two"])


class Indexed:
    def __getitem__(self, place):
        return [1, 2][place]


class Awaited:
    def __aiter__(self):
        return self


def test_what_is_iterated():
    for given in ([1], (), range(2), iter([1]), {1}, Indexed()):
        assert checks.iterable("rows", given) is given
        assert checks.iterable("rows", given, in_tasks=True) is given
    awaited = Awaited()
    assert checks.iterable("rows", awaited, in_tasks=True) is awaited
    one = "Put a single one into a list: [one]."
    for given in ("x", b"x", bytearray(b"x"), memoryview(b"x"), {"a": 1}, 7, None, awaited, [1].__iter__):
        words = f"rows: a list or another iterable is needed, not {type(given).__name__}"
        assert refused(checks.iterable, "rows", given) == (words, None, one)
        if given is not awaited:
            assert refused(checks.iterable, "rows", given, in_tasks=True) == (words, None, one)
    assert refused(checks.iterable, "rows", list)[0].endswith("not type")


def test_names():
    assert checks.names("of", iter(["a", "b"])) == ["a", "b"]
    assert checks.names("of", ["a"], ("a", "b")) == ["a"]
    assert refused(checks.names, "of", ["a", 7]) == ("of takes names, not 7", None, "")
    assert refused(checks.names, "of", ["a", "c"], ("a", "b"))[0] == "of knows no 'c'; there are a, b"


def test_words_flags_and_seconds():
    checks.one_of("of", None, ("a", "b"))
    checks.one_of("of", "b", ("a", "b"))
    assert refused(checks.one_of, "of", "c", ("a", "b")) == ("of knows no 'c'; there are a, b", None, "")
    assert (checks.flag("of", True), checks.flag("of", False)) == (True, False)
    for given in (None, 0, 1, "yes"):
        assert refused(checks.flag, "of", given) == (f"of is True or False, not {given!r}", None, "")
    assert [checks.seconds("of", given) for given in (None, 0, 0.0, 1.5)] == [None, 0, 0.0, 1.5]
    for given in (-1, -0.1, float("nan"), "1"):
        assert refused(checks.seconds, "of", given) == (f"of takes seconds from 0, not {given!r}", None, "")


def test_times_and_ids():
    assert checks.time("of", "2027-05-04T12:00:00Z") == "2027-05-04T12:00:00Z"
    words = "of: 7 is no time: give an aware datetime, or ISO 8601 text with an offset"
    assert refused(checks.time, "of", 7) == (words, None, "")
    assert checks.id_of("of", " 7 ") == "7"
    assert refused(checks.id_of, "of", "") == ("of: The row has no id", "MANDATORY_NOT_FOUND", "")
    assert refused(checks.id_of, "of", 7.0)[1] == "INVALID_DATA"
