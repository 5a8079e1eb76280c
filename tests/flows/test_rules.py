from zcrm.rules import UNKNOWN_CODE, Rules


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
    assert rule.fix("whatever", {"maximum_length": 10}) == "shorten it"
    assert rule.fix("the id seems INVALID.", {}) == "look the id up"
    assert rule.fix("never seen", {}) == "shorten it / look the id up / something else"


def test_which_single_item_is_about_the_whole_call(rules):
    assert rules.is_about_the_call("update_records", "INVALID_MODULE", 1)
    assert rules.is_about_the_call("update_records", "INVALID_DATA", 2)
    assert not rules.is_about_the_call("update_records", "INVALID_DATA", 1)
    assert not rules.is_about_the_call("update_records", "RECORD_LOCKED", 2)
