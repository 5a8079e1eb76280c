"""What is kept of a sign-in, and what the clock says about it, to the second."""

import json
from dataclasses import replace

import pytest

from zcrm.auth.application import Application
from zcrm.auth.places import check_address, check_place
from zcrm.auth.saved import Newer, Saved, Unreadable, lasting, opened, read
from zcrm.auth.scopes import accepted, missing, wanted
from zcrm.errors import ScopeMissing, UsageError
from zcrm_api.models.authorization_code_grant import AuthorizationCodeGrant
from zcrm_api.models.client_credentials_grant import ClientCredentialsGrant
from zcrm_api.models.refresh_token_grant import RefreshTokenGrant
from zcrm_api.types import UNSET

NOW = 1_800_000_000.0
WHOLE = Saved("1000.a", "https://www.zohoapis.eu", "a,b", NOW, 3600.0, "1000.r", (NOW - 5, NOW), NOW + 7)


def test_what_is_kept_comes_back_and_shows_nothing():
    assert read(WHOLE.text()) == WHOLE
    assert read(Saved().text()) == read(None) == Saved()
    assert json.loads(WHOLE.text())["version"] == 1
    assert "1000." not in repr(WHOLE)
    assert Saved() == Saved(None, None, "", 0.0, 0.0, None, (), 0.0)


@pytest.mark.parametrize(
    ("change", "words", "kind"),
    [
        ({"version": 2}, "was written by a newer zcrm", Newer),
        ({"version": "1"}, "was written by a newer zcrm", Newer),
        ({"format": "zcrm profile"}, "was written by something else", Unreadable),
        ({"access_token": 1}, "is damaged", Unreadable),
        ({"access_token": "two words"}, "is damaged", Unreadable),
        ({"access_token": ""}, "is damaged", Unreadable),
        ({"api_domain": 1}, "is damaged", Unreadable),
        ({"made_at": 1e11}, "is damaged", Unreadable),
        ({"made_at": -1e11}, "is damaged", Unreadable),
        ({"life": "1"}, "is damaged", Unreadable),
        ({"calls": [None]}, "is damaged", Unreadable),
        ({"calls": 7}, "is damaged", Unreadable),
    ],
    ids=str,
)
def test_what_makes_no_sense_says_why(change, words, kind):
    with pytest.raises(Unreadable) as caught:
        read(json.dumps(json.loads(WHOLE.text()) | change))
    assert (str(caught.value), type(caught.value)) == (words, kind)


@pytest.mark.parametrize("missed", ["access_token", "calls", "paused_until"])
def test_what_is_not_there_is_damaged(missed):
    fields = json.loads(WHOLE.text())
    del fields[missed]
    with pytest.raises(Unreadable, match=r"^is damaged$"):
        read(json.dumps(fields))


@pytest.mark.parametrize("text", [None, "", "{", "null"])
def test_what_is_torn_says_so(text):
    with pytest.raises(Unreadable, match=r"^is torn, or was written by something else$"):
        opened(text, "zcrm profile", 1)


def test_an_earlier_version_and_odd_texts_are_read():
    assert opened('{"format": "a", "version": 1}', "a", 2)["version"] == 1
    assert read(json.dumps(json.loads(WHOLE.text()) | {"scope": None, "made_at": 9.9e10})) == replace(
        WHOLE, scope="", made_at=9.9e10
    )


@pytest.mark.parametrize(("life", "lasts"), [(3600, 3300), (700, 400), (600, 300), (500, 250), (0, 0)])
def test_a_token_is_replaced_early(life, lasts):
    assert lasting(life) == lasts


@pytest.mark.parametrize(("passed", "good_for"), [(0, 3300), (3299, 1), (3300, 0), (-300, 3600), (-301, 0)])
def test_how_long_a_token_is_good(passed, good_for):
    assert WHOLE.good_for(NOW + passed) == good_for
    assert replace(WHOLE, access_token=None).good_for(NOW + passed) == 0


def test_ten_calls_in_ten_minutes_and_then_a_wait():
    saved = Saved()
    for n in range(9):
        saved = saved.asking(NOW + n)
    assert saved.wait(NOW + 10) == 0
    saved = saved.asking(NOW + 10)
    assert saved.wait(NOW + 10) == 590
    assert saved.wait(NOW + 600) == 0
    assert saved.asking(NOW + 11).wait(NOW + 11) == 590
    assert len(saved.recent_calls(NOW + 599.9)) == 10
    assert len(saved.recent_calls(NOW + 600)) == 9
    assert saved.recent_calls(NOW + 3) == (NOW, NOW + 1, NOW + 2, NOW + 3)
    assert replace(saved, calls=saved.calls[::-1]).recent_calls(NOW + 10) == saved.calls
    assert saved.asking(NOW + 601).calls == (*saved.calls[2:], NOW + 601)


def test_a_pause_lasts_ten_minutes_and_a_longer_one_is_not_believed():
    paused = Saved().paused(NOW)
    assert [paused.wait(now) for now in (NOW, NOW + 599, NOW + 600, NOW + 601)] == [600, 1, 0, 0]
    assert paused.wait(NOW - 1) == 0


ID, SECRET = "1000.C", "s"


def application(refresh_token=None, scopes=(), soid=None, client_id=ID, client_secret=SECRET):
    return Application.of(client_id, client_secret, refresh_token, scopes, soid)


def test_who_signs_in_by_what():
    by_token = application(" r ", client_id=f" {ID}", client_secret=f"{SECRET} ")
    assert by_token == Application(ID, SECRET, "r", "", "")
    assert application(scopes=["a", "b"], soid="Z.1") == Application(ID, SECRET, None, "a,b", "Z.1")
    assert application(" ", scopes="a,b", soid="Z.1") == Application(ID, SECRET, None, "a,b", "Z.1")
    assert repr(by_token) == "Application(client_id='1000.C', scope='', soid='')"
    assert Application(ID, SECRET) == Application(ID, SECRET, None, "", "")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"scopes": ["a"]},
        {"soid": "Z.1"},
        {"refresh_token": "r", "scopes": ["a"], "soid": "Z.1"},
    ],
)
def test_either_a_refresh_token_or_scopes_and_a_soid(given):
    with pytest.raises(UsageError, match=r"^Signing in takes either a refresh token, or scopes and a soid$"):
        application(**given)


@pytest.mark.parametrize("given", [{"client_id": " "}, {"client_secret": ""}])
def test_an_id_and_a_secret_are_needed(given):
    with pytest.raises(UsageError, match=r"^Signing in takes a client id and a client secret$"):
        application("r", **given)
    assert application("r", scopes=["a"]).scope == "a"
    assert application("r", soid="Z.1").soid == "Z.1"


def test_what_is_exchanged():
    by_token, own = application("r"), application(scopes=["a"], soid="Z.1")
    assert by_token.grant(None) == RefreshTokenGrant("refresh_token", ID, SECRET, "r")
    assert by_token.grant("n") == own.grant("n") == RefreshTokenGrant("refresh_token", ID, SECRET, "n")
    assert own.grant(None) == ClientCredentialsGrant("client_credentials", ID, SECRET, "a", "Z.1")
    for uri, sent in (("http://h/", "http://h/"), (None, UNSET), ("", UNSET)):
        assert own.exchange("c", uri) == AuthorizationCodeGrant("authorization_code", ID, SECRET, "c", sent)


def test_equal_credentials_at_one_server_share_a_key():
    keys = {
        one.key(url)
        for one in (application("r"), application("q"), application(scopes=["a"], soid="Z.1"))
        for url in ("http://a", "http://b")
    }
    assert len(keys) == 6
    assert application("r").key("http://a") in keys
    assert {len(key) for key in keys} == {32}


def test_places():
    assert check_place("eu", "sandbox") == ("eu", "sandbox")
    with pytest.raises(UsageError, match=r"^There is no data centre 'mars'; there are us, eu, in, au"):
        check_place("mars", "sandbox")
    with pytest.raises(UsageError, match=r"^There is no environment 'x': it is production, sandbox or dev"):
        check_place("eu", "x")


@pytest.mark.parametrize(
    "address", ["http://h", "https://h:1", "http://h:65535", "https://h/a", "https://h/a-"]
)
def test_addresses_that_may_be_named(address):
    assert check_address("API domain", address) == address
    assert check_address("API domain", f"{address}/") == address


@pytest.mark.parametrize(
    "address",
    ["h", "ftp://h", "http://", "http://h:0", "http://h:65536", "http://h?a", "http://h#a", "http://["],
)
def test_addresses_that_lead_nowhere(address):
    with pytest.raises(UsageError) as caught:
        check_address("API domain", address)
    assert caught.value.message == f"The API domain {address!r} is no http or https address"


def test_an_address_with_a_name_in_it_is_refused_without_it():
    with pytest.raises(UsageError) as caught:
        check_address("API domain", "http://user:word@h")
    assert caught.value.message == "The API domain at h takes no user name or password in its address"


def test_a_scope_that_is_missing_is_named_with_those_that_would_do():
    error = missing("update_records", "Deals", 401)
    assert (type(error), error.code, error.http_status) == (ScopeMissing, "OAUTH_SCOPE_MISMATCH", 401)
    assert error.message == "The access token lacks the scope ZohoCRM.modules.deals.UPDATE"
    assert error.fix == (
        "Sign in again and grant ZohoCRM.modules.deals.UPDATE (ZohoCRM.modules.deals.WRITE and "
        "ZohoCRM.modules.deals.ALL and ZohoCRM.modules.ALL would do as well). "
        "Refreshing a token does not add scopes. More: zcrm explain OAUTH_SCOPE_MISMATCH"
    )
    appointments = missing("update_records", "Appointments__s", 403)
    assert appointments.message == "The access token lacks the scope ZohoCRM.modules.appointments.UPDATE"
    assert appointments.http_status == 403


MODULES = [
    *("Leads", "Accounts", "Contacts", "Deals", "Campaigns", "Tasks", "Cases", "Events", "Calls"),
    *("Solutions", "Products", "Vendors", "Price_Books", "Quotes", "Sales_Orders", "Purchase_Orders"),
    *("Invoices", "Notes"),
]


@pytest.mark.parametrize("module", MODULES)
def test_a_standard_module_has_scopes_of_its_own(module):
    name = module.lower().replace("_", "")
    assert accepted("get_record", module) == (
        f"ZohoCRM.modules.{name}.READ",
        "ZohoCRM.modules.READ",
        f"ZohoCRM.modules.{name}.ALL",
        "ZohoCRM.modules.ALL",
    )


def test_the_scopes_of_all_that_is_not_a_module():
    assert accepted("get_organization", "") == ("ZohoCRM.org.READ", "ZohoCRM.org.ALL")
    assert accepted("get_fields", "Deals") == (
        "ZohoCRM.settings.fields.READ",
        "ZohoCRM.settings.fields.ALL",
        "ZohoCRM.settings.ALL",
    )
    assert accepted("mass_update", "Deals") == (
        "ZohoCRM.mass_update.deals.UPDATE",
        "ZohoCRM.mass_update.UPDATE",
    )
    assert wanted(["records:Deals,"]) == ("ZohoCRM.modules.deals.UPDATE",)
    with pytest.raises(UsageError) as caught:
        wanted(["delete"])
    assert caught.value.message == (
        "There is no task 'delete'; there are records, appointments, appointments-read, mass-update, "
        "records-read, fields"
    )
