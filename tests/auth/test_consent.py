"""The simulator's consent page: what it asks, where it sends the browser, what it refuses."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

BACK = "http://127.0.0.1:8754/callback"


@pytest.fixture
def asked(sim):
    return {
        "client_id": sim.client_id,
        "response_type": "code",
        "scope": "ZohoCRM.modules.ALL,ZohoCRM.mass_update.READ",
        "redirect_uri": BACK,
        "state": "a&b",
    }


@pytest.fixture
def page(sim):
    with httpx.Client(base_url=sim.accounts_url, timeout=10) as client:
        yield lambda method, asked, **form: client.request(method, "/oauth/v2/auth", params=asked, data=form)


def back(answer):
    address = urlsplit(answer.headers["Location"])
    assert (answer.status_code, address._replace(query="").geturl()) == (302, BACK)
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def test_it_shows_who_asks_for_what(page, sim, asked):
    answer = page("GET", asked | {"scope": "ZohoCRM.modules.ALL,<script>"})
    assert answer.status_code == 200
    assert f"<code>{sim.client_id}</code>" in answer.text
    assert "<li>ZohoCRM.modules.ALL<li>&lt;script&gt;</ul>" in answer.text


def test_accepting_gives_a_code_for_these_scopes_at_this_address(page, sim, asked):
    found = back(page("POST", asked, decision="accept"))
    assert (found["state"], found["location"], found["accounts-server"]) == ("a&b", "us", sim.accounts_url)

    def exchange(code, **form):
        known = {"client_id": sim.client_id, "client_secret": sim.client_secret, "code": code}
        form |= known | {"grant_type": "authorization_code"}
        return httpx.post(f"{sim.accounts_url}/oauth/v2/token", data=form).json()

    given = exchange(found["code"], redirect_uri=BACK)
    assert given["scope"] == "ZohoCRM.modules.ALL ZohoCRM.mass_update.READ"
    assert given["refresh_token"]
    for elsewhere in ({}, {"redirect_uri": sim._site.accounts.redirect_uri}):
        code = back(page("POST", asked, decision="accept"))["code"]
        assert exchange(code, **elsewhere) == {"error": "invalid_redirect_uri"}


def test_rejecting(page, asked):
    assert back(page("POST", asked, decision="reject")) == {"error": "access_denied", "state": "a&b"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "1000.X"}, "invalid_client"),
        ({"redirect_uri": "https://127.0.0.1:8754/callback"}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:8754/other"}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://example.com/callback"}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://["}, "invalid_redirect_uri"),
        ({"redirect_uri": ""}, "invalid_redirect_uri"),
        ({"response_type": "token"}, "invalid_response_type"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_it_refuses_stays_on_the_page(page, asked, method, changes, error):
    answer = page(method, asked | changes, decision="accept")
    assert (answer.status_code, f"<h1>ERROR_{error}</h1>" in answer.text) == (400, True)


def test_a_form_of_any_length_is_cut_off(page, asked):
    assert back(page("POST", asked, padding="x" * 5_000_000, decision="accept"))["error"] == "access_denied"
