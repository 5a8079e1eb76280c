from zcrm.rules import UNKNOWN_CODE, Rule, Rules, place
from zcrm_api.error_table import ENTRIES


def words(rule, message, details=()):
    """The fix without its last words, which say where to read on."""
    return rule.fix(message, dict(details)).partition(" More: ")[0]


def test_flags_come_from_the_entry_of_that_status_and_level(rules):
    assert rules.find("update_records", 400, "INVALID_DATA", "request").isolate
    assert not rules.find("update_records", 400, "INVALID_DATA", "record").isolate


def test_an_unknown_code_or_operation_has_the_careful_rule(rules):
    assert rules.find("update_records", 400, "NEVER_HEARD_OF", "record") is UNKNOWN_CODE
    assert rules.find("get_appointments", 400, "INVALID_DATA", "record") is UNKNOWN_CODE


def test_under_a_mixed_status_the_careful_reading_of_each_flag_wins(entry):
    rules = Rules([entry("NO", status=400, fatal=True), entry("NO", status=403, state_dependent=True)])
    mixed = rules.find("update_records", 207, "NO", "record")
    assert (mixed.fatal, mixed.state_dependent) == (False, True)
    assert rules.find("update_records", 400, "NO", "record").fatal


def test_the_fix_is_chosen_by_details_then_by_message_else_all_are_given(entry):
    rules = Rules(
        [
            entry("BAD", detail_keys=("maximum_length",), fix="shorten it"),
            entry("BAD", message="The id seems invalid", fix="look the id up"),
            entry("BAD", message="Other", fix="something else"),
        ]
    )
    rule = rules.find("update_records", 400, "BAD", "record")
    assert words(rule, "whatever", {"maximum_length": 10}) == "shorten it"
    assert words(rule, "the id seems INVALID.") == "look the id up"
    assert words(rule, "never seen") == "look the id up / something else"


def test_a_fix_says_where_to_read_on(entry):
    table = [entry("Too Many", message=text, anchor=f"common-{n}") for n, text in enumerate(["", "a", "b"])]
    rule = Rules(table).find("update_records", 400, "Too Many", "record")
    assert rule.fix("a", {}) == "fix it More: zcrm explain Too_Many#common-1"
    assert rule.fix("c", {}) == "fix it More: zcrm explain Too_Many"
    assert UNKNOWN_CODE.fix("a", {}) == ""


def test_which_single_item_is_about_the_whole_call(rules):
    assert rules.is_about_the_call("update_records", 400, "INVALID_MODULE", 1)
    assert rules.is_about_the_call("update_records", 400, "INVALID_DATA", 2)
    assert not rules.is_about_the_call("update_records", 400, "INVALID_DATA", 1)
    assert not rules.is_about_the_call("update_records", 400, "RECORD_LOCKED", 2)
    assert not rules.is_about_the_call("update_records", 403, "INVALID_DATA", 2)
    assert not rules.is_about_the_call("update_records", 207, "INVALID_DATA", 2)


TABLE = [
    (entry, operation, level)
    for entry in ENTRIES
    for operation in entry.operations
    for level in (("request", "record") if entry.level == "both" else (entry.level,))
]


def _own(entry, operation, level):
    """The fixes of what the table tells apart from this entry by its meaning alone, and this one's."""
    key = (operation, level, entry.status, entry.code, entry.message, entry.detail_keys)
    return [e.fix for e, o, at in TABLE if (o, at, e.status, e.code, e.message, e.detail_keys) == key]


def test_each_documented_answer_gets_its_own_fix():
    table = Rules(ENTRIES)
    for entry, operation, level in TABLE:
        rule = table.find(operation, entry.status, entry.code, level)
        own = " / ".join(dict.fromkeys(_own(entry, operation, level)))
        assert words(rule, entry.message, dict.fromkeys(entry.detail_keys, "x")) == own, entry


def test_no_key_of_the_details_outweighs_the_message():
    table = Rules(ENTRIES)
    keys = {key for entry in ENTRIES for key in entry.detail_keys}
    for entry, operation, level in TABLE:
        rule = table.find(operation, entry.status, entry.code, level)
        alike = [e for e in rule.fixes if e.message.casefold() == entry.message.casefold()]
        if len(alike) == 1:
            assert words(rule, entry.message, dict.fromkeys(keys, "x")) == entry.fix, entry


def test_the_words_decide_before_the_keys_and_the_keys_between_equal_words(entry):
    rules = Rules(
        [
            entry("X", message="One.", fix="one"),
            entry("X", message="two", detail_keys=("api_name",), fix="two by name"),
            entry("X", message="two", detail_keys=("api_name", "limit"), fix="two by limit"),
            entry("X", detail_keys=("limit",), fix="limit"),
        ]
    )
    rule = rules.find("update_records", 400, "X", "record")
    assert words(rule, "one", {"limit": 1}) == "one"
    assert words(rule, "Two", {"api_name": 1}) == "two by name"
    assert words(rule, "two", {"api_name": 1, "limit": 1}) == "two by limit"
    assert words(rule, "three", {"limit": 1}) == "limit"


def test_a_whole_call_is_never_sent_again_for_an_answer_under_another_status(rules):
    known = rules.find("update_records", 400, "INVALID_DATA", "request")
    other = rules.find("update_records", 403, "INVALID_DATA", "request")
    assert (known.isolate, other.isolate) == (True, False)
    assert rules.find("update_records", 403, "INVALID_MODULE", "request").fatal


def test_an_unknown_code_is_final_and_may_come_of_an_earlier_write():
    assert Rule(retry=False, isolate=False, fatal=False, state_dependent=True) == UNKNOWN_CODE
    assert UNKNOWN_CODE.fix("whatever", {"a": 1}) == ""


def test_every_flag_is_read_with_care_where_entries_differ(entry):
    flags = {"retry": True, "isolate": True, "fatal": True, "state_dependent": True}
    rules = Rules(
        [entry("ALL", status=400, **flags), entry("ALL", status=403, **flags), entry("ONE", **flags)]
    )
    mixed = Rules([entry("NO", status=400, **flags), entry("NO", status=403)])
    assert rules.find("update_records", 207, "ALL", "record") == Rule(
        True, True, True, True, rules.find("update_records", 207, "ALL", "record").fixes
    )
    careful = mixed.find("update_records", 207, "NO", "record")
    assert (careful.retry, careful.isolate, careful.fatal, careful.state_dependent) == (
        *(False, False, False),
        True,
    )
    known = mixed.find("update_records", 400, "NO", "record")
    assert (known.retry, known.isolate, known.fatal, known.state_dependent) == (True, True, True, True)


def test_a_call_is_not_sent_again_for_an_answer_under_another_status(entry):
    rules = Rules([entry("BUSY", status=503, level="request", retry=True, isolate=True)])
    known, other = (rules.find("update_records", status, "BUSY", "request") for status in (503, 500))
    assert (known.retry, known.isolate) == (True, True)
    assert (other.retry, other.isolate, other.fixes) == (False, False, known.fixes)


def test_a_level_has_its_own_entries_and_both_are_for_either(entry):
    rules = Rules([entry("CALL", level="request"), entry("ROW", level="record"), entry("BOTH", level="both")])
    found = {
        (code, level): rules.find("update_records", 400, code, level) is not UNKNOWN_CODE
        for code in ("CALL", "ROW", "BOTH")
        for level in ("request", "record")
    }
    assert found == {
        ("CALL", "request"): True,
        ("CALL", "record"): False,
        ("ROW", "request"): False,
        ("ROW", "record"): True,
        ("BOTH", "request"): True,
        ("BOTH", "record"): True,
    }


def test_one_item_is_about_the_call_by_any_of_its_entries_of_that_status(entry):
    rules = Rules([entry("NO", status=status, level="request") for status in (400, 403)])
    assert [rules.is_about_the_call("update_records", status, "NO", 1) for status in (400, 403, 404)] == [
        *(True, True),
        False,
    ]


def test_a_fix_takes_all_keys_of_its_entry(entry):
    rule = Rules([entry("X", detail_keys=("a", "b"), fix="both"), entry("X", fix="plain")]).find(
        "update_records", 400, "X", "record"
    )
    assert [rule.fix("", details) for details in ({"a": 1}, {"a": 1, "b": 1})] == [
        "plain More: zcrm explain X#here",
        "both More: zcrm explain X#here",
    ]


def test_a_fix_says_where_to_read_on_about_one_case_or_about_all(entry):
    cases = entry("A B", fix="one", anchor="one"), entry("A B", fix="two", anchor="two")
    fixes = [
        Rules(entries).find("update_records", 400, "A B", "record").fix("", {})
        for entries in (cases[:1], cases, (cases[0], cases[0]))
    ]
    assert fixes == [
        "one More: zcrm explain A_B#one",
        "one / two More: zcrm explain A_B",
        "one More: zcrm explain A_B#one",
    ]
    assert place(cases[1]) == "A_B#two"


def test_a_rule_is_made_once(rules):
    key = ("update_records", 400, "INVALID_DATA", "record")
    assert rules.find(*key) is rules.find(*key)
