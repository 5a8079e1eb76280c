"""What differs between two documents of a module's fields."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from zcrm.fields import ModuleFields
from zcrm.fields.changes import Change, changes


def fields(*raw, **known):
    return ModuleFields.from_api("Deals", [{"data_type": "text", **each} for each in raw], **known)


def test_neither_time_nor_org_is_a_difference():
    one = fields({"api_name": "A"}, at=datetime(2026, 1, 1, tzinfo=UTC), org="1")
    other = fields({"api_name": "A"}, at=datetime(2026, 2, 1, tzinfo=UTC), org="2")
    assert list(changes(one, other)) == []


def test_fields_that_came_and_went():
    found = list(
        changes(fields({"api_name": "B"}, {"api_name": "C"}), fields({"api_name": "A"}, {"api_name": "C"}))
    )
    assert found == [Change("Deals", "A", "added"), Change("Deals", "B", "removed")]


def test_properties_that_changed_with_what_is_as_usual():
    found = list(
        changes(fields({"api_name": "A", "length": 5}), fields({"api_name": "A", "system_mandatory": True}))
    )
    assert found == [
        Change("Deals", "A", "changed", "length", 5, None),
        Change("Deals", "A", "changed", "system_mandatory", False, True),
    ]


def test_options_that_came_and_went_and_were_renamed():
    def options(*pairs):
        listed = [{"display_value": shown, "actual_value": kept} for shown, kept in pairs]
        return fields({"api_name": "A", "data_type": "picklist", "pick_list_values": listed})

    (change,) = changes(options(("a", "a"), ("b", "b")), options(("b", "c"), ("d", "d")))
    assert (change.what, change.before, change.after) == ("pick_list_values", ["a", "b"], ["b", "d"])


OPTIONS = st.lists(st.fixed_dictionaries({"display_value": st.sampled_from("abc")}), max_size=3)
FIELDS = st.lists(
    st.fixed_dictionaries(
        {"api_name": st.sampled_from("ABCD")},
        optional={
            "length": st.integers(1, 3),
            "system_mandatory": st.booleans(),
            "field_label": st.sampled_from("xy"),
            "pick_list_values": OPTIONS,
        },
    ),
    max_size=4,
    unique_by=lambda field: field["api_name"],
)


@given(FIELDS, FIELDS)
def test_there_is_a_difference_just_where_the_fields_differ(one, other):
    before, after = fields(*one), fields(*other)
    found = list(changes(before, after))
    assert {change.field for change in found} == {
        name for name in {*before, *after} if before.get(name) != after.get(name)
    }
    back = list(changes(after, before))
    assert [(c.field, c.what, c.before, c.after) for c in found] == [
        (c.field, c.what, c.after, c.before) for c in back
    ]
