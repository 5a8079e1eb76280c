"""The options of a write, checked."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from zcrm.errors import UsageError
from zcrm.rows.options import BYTES_PER_CALL, Settings, known_fields, settings, values
from zcrm.rows.scalars import Values
from zcrm.rows.values import BadValue

NOON = "2027-05-04T12:00:00+00:00"


class Known:
    def refusing(self, module, *, unknown=False):
        return None


def usage(options):
    with pytest.raises(UsageError) as caught:
        settings(options, resend_by_default=True)
    return caught.value.message, caught.value.fix


def test_what_is_not_given_is_as_it_was():
    for by_default in (True, False):
        found = settings({}, resend_by_default=by_default)
        assert found == Settings(
            {}, None, by_default, None, 8_388_608, Values("error", None, False), None, False
        )
    assert Settings() == Settings({}, None, False, None, BYTES_PER_CALL, Values(), None, False)


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({"triggers": None}, {}),
        ({"triggers": ()}, {"trigger": []}),
        ({"triggers": ["workflow", "approval"]}, {"trigger": ["workflow", "approval"]}),
        ({"skip_features": ["cadences"]}, {"skip_feature_execution": [{"name": "cadences"}]}),
        ({"apply_features": ["layout_rules"]}, {"apply_feature_execution": [{"name": "layout_rules"}]}),
        ({"skip_features": [], "apply_features": None}, {}),
    ],
    ids=str,
)
def test_the_keys_of_the_body(options, keys):
    assert settings(options, resend_by_default=True).keys == keys


def test_each_option_has_its_place():
    fields = Known()
    found = settings(
        {
            "resend_lost": False,
            "flush_after": 0.5,
            "bytes_per_call": 1,
            "nulls": "skip",
            "missing": "clear",
            "timezone": "Europe/Berlin",
            "fields": fields,
            "unknown_fields": "send",
        },
        resend_by_default=True,
    )
    taken = Values("clear", ZoneInfo("Europe/Berlin"), True)
    assert found == Settings({}, None, False, 0.5, 1, taken, fields, True)
    assert settings({"unknown_fields": "refuse"}, resend_by_default=True).unknown is False
    assert settings({"resend_lost": True}, resend_by_default=False).resend is True
    assert settings({"flush_after": 0}, resend_by_default=True).flush_after == 0


def test_with_a_time_no_row_is_sent_again():
    found = settings({"if_unmodified_since": NOON, "resend_lost": True}, resend_by_default=True)
    assert found.resend is False
    assert found.since({}) == NOON
    aware = datetime(2027, 5, 4, 12, tzinfo=UTC)
    assert settings({"if_unmodified_since": aware}, resend_by_default=True).since({}) == NOON


def test_each_row_may_have_a_time_of_its_own():
    since = settings({"if_unmodified_since": lambda row: row["at"]}, resend_by_default=True).since
    assert since({"at": NOON}) == NOON
    with pytest.raises(BadValue, match="is no time"):
        since({"at": "noon"})
    with pytest.raises(BadValue, match="Reading the row raised KeyError"):
        since({})


def test_how_values_are_taken():
    assert values({"nulls": "send", "missing": "skip"}) == Values("skip", None, False)
    zone = timezone(timedelta(hours=1))
    assert values({"timezone": zone}).timezone is zone
    bare = "timezone takes a name such as 'Europe/Berlin' or a tzinfo, not {!r}"
    for given in (7, b"Europe/Berlin"):
        assert usage({"timezone": given}) == (bare.format(given), "")
    for name in ("Europe/Atlantis", "../etc/passwd", ""):
        assert usage({"timezone": name}) == (f"There is no time zone {name!r}", "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"triggers": ["workflows"]}, "triggers knows no 'workflows'; there are workflow, approval, "),
        ({"bytes_per_call": 0}, "bytes_per_call is 1 or more, not 0"),
        ({"bytes_per_call": "1"}, "bytes_per_call is 1 or more, not '1'"),
        ({"if_unmodified_since": "noon"}, "if_unmodified_since: 'noon' is no time"),
        ({"resend_lost": None}, "resend_lost is True or False, not None"),
        ({"flush_after": -1}, "flush_after takes seconds from 0, not -1"),
        ({"nulls": "keep"}, "nulls knows no 'keep'; there are skip, send"),
        ({"missing": "keep"}, "missing knows no 'keep'; there are error, skip, clear"),
        ({"unknown_fields": "keep"}, "unknown_fields knows no 'keep'; there are refuse, send"),
        ({"fields": {"Stage"}}, "fields takes the fields of a module, not set"),
    ],
    ids=str,
)
def test_what_can_not_be(options, words):
    assert usage(options)[0].startswith(words)


def test_an_option_that_there_is_not():
    with pytest.raises(TypeError, match="There is no option 'trigger'; did you mean 'triggers'"):
        settings({"trigger": []}, resend_by_default=True)


def test_fields_are_known_by_what_they_can():
    fields = Known()
    assert known_fields(fields) is fields
    assert known_fields(None) is None
    assert usage({"fields": 7})[1] == 'Read them: zcrm.fields.Fields.load("zcrm-fields").'
