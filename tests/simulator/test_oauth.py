"""The accounts server: tokens, their life and their limits."""

from datetime import timedelta

import pytest

from zcrm.simulator.site.oauth import ALL_SCOPES

SCOPES = " ".join(ALL_SCOPES)


@pytest.fixture
def token(sim, crm):
    """Ask the token endpoint as the registered client, with changes."""

    def token(grant_type, **form):
        known = {"client_id": sim.client_id, "client_secret": sim.client_secret, "grant_type": grant_type}
        return crm.post(f"{sim.accounts_url}/oauth/v2/token", data={**known, **form})

    return token


@pytest.fixture
def refresh(sim, token):
    return lambda **form: token("refresh_token", **{"refresh_token": sim.refresh_token, **form})


@pytest.fixture
def works(crm):
    """Whether an access token is accepted."""

    def works(text):
        headers = {"Authorization": f"Zoho-oauthtoken {text}"}
        return crm.put("/Accounts", json={"data": [{"id": "1"}]}, headers=headers).status_code == 400

    return works


def test_refresh(sim, refresh, works):
    response = refresh()
    body = response.json()
    text = body.pop("access_token")

    assert response.status_code == 200
    assert body == {
        "scope": SCOPES,
        "api_domain": sim.url,
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    assert works(text)
    assert works(sim.access_token)


def test_the_parameters_may_stand_in_the_query(sim, crm):
    response = crm.post(
        f"{sim.accounts_url}/oauth/v2/token",
        params={
            "client_id": sim.client_id,
            "client_secret": sim.client_secret,
            "grant_type": "refresh_token",
            "refresh_token": sim.refresh_token,
        },
    )
    assert response.json()["expires_in"] == 3600


def test_an_access_token_lives_for_an_hour(sim, works):
    text = sim.issue_token()

    sim.advance(timedelta(seconds=3599))
    assert works(text)
    sim.advance(timedelta(seconds=1))
    assert not works(text)


def test_expiring_and_revoking_by_hand(sim, refresh, works):
    first, second = sim.issue_token(), sim.issue_token()
    sim.expire_tokens()
    assert not works(first)
    assert not works(sim.access_token)
    third = refresh().json()["access_token"]
    assert works(third)
    sim.revoke_tokens()
    assert not works(second)
    assert not works(third)
    assert works(refresh().json()["access_token"])


def test_grant_codes(sim, token, works):
    code = sim.issue_code(["ZohoCRM.modules.ALL"])
    body = token("authorization_code", code=code, redirect_uri="http://127.0.0.1/callback").json()

    assert body["scope"] == "ZohoCRM.modules.ALL"
    assert works(body["access_token"])
    again = token("refresh_token", refresh_token=body["refresh_token"]).json()
    assert "refresh_token" not in again
    assert works(again["access_token"])


def test_grant_codes_that_fail(sim, token):
    code = sim.issue_code()
    assert token("authorization_code", code="nonsense").json() == {"error": "invalid_code"}
    assert token("authorization_code", code=code, redirect_uri="http://elsewhere").json() == {
        "error": "invalid_redirect_uri"
    }
    assert token("authorization_code", code=code).json() == {"error": "invalid_code"}
    late = sim.issue_code()
    sim.advance(timedelta(minutes=3))
    assert token("authorization_code", code=late).json() == {"error": "invalid_code"}


def test_too_many_grant_codes(sim, token):
    codes = [sim.issue_code() for _ in range(12)]
    for code in codes[:10]:
        assert "access_token" in token("authorization_code", code=code).json()
    assert token("authorization_code", code=codes[10]).json() == {"error": "access_denied"}
    sim.advance(timedelta(minutes=10))
    assert "access_token" in token("authorization_code", code=sim.issue_code()).json()


def test_client_credentials(token, works):
    good = {"scope": "ZohoCRM.modules.ALL", "soid": "ZohoCRM.900000001"}
    body = token("client_credentials", **good).json()

    assert works(body["access_token"])
    assert "refresh_token" not in body
    for change, error in [
        ({"soid": ""}, "missing_org_info"),
        ({"soid": "900000001"}, "invalid_soid"),
        ({"soid": "ZohoCRM.1"}, "invalid_org"),
        ({"scope": ""}, "invalid_scope"),
    ]:
        response = token("client_credentials", **{**good, **change})
        assert (response.status_code, response.json()) == (200, {"error": error})


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "1000.X"}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client_secret"),
        ({"refresh_token": "x"}, "invalid_code"),
        ({"refresh_token": ""}, "invalid_code"),
    ],
)
def test_errors_come_with_status_200(refresh, form, error):
    response = refresh(**form)

    assert (response.status_code, response.json()) == (200, {"error": error})


def test_a_grant_type_that_is_none(token):
    response = token("password")

    assert (response.status_code, response.json()) == (200, {"error": "general_error"})


def test_ten_tokens_in_ten_minutes(sim, refresh):
    for _ in range(10):
        assert "access_token" in refresh().json()
    response = refresh()

    assert response.status_code == 400
    assert response.json() == {
        "error_description": (
            "You have made too many requests continuously. Please try again after some time."
        ),
        "error": "Access Denied",
        "status": "failure",
    }
    sim.advance(timedelta(minutes=9, seconds=59))
    assert refresh().status_code == 400
    sim.advance(timedelta(seconds=1))
    assert "access_token" in refresh().json()


def test_the_sixteenth_token_ends_the_first(sim, refresh, works):
    texts = []
    for batch in (8, 7):
        texts += [refresh().json()["access_token"] for _ in range(batch)]
        sim.advance(timedelta(minutes=11))
    assert all(works(text) for text in texts)
    texts.append(refresh().json()["access_token"])

    assert [works(text) for text in texts] == [False] + [True] * 15


def test_revoke(sim, crm, refresh, works):
    url = f"{sim.accounts_url}/oauth/v2/token/revoke"
    one, two = (refresh().json()["access_token"] for _ in range(2))

    answers = [
        crm.post(url, params={"token": one}),
        crm.post(url, params={"token": one}),
        crm.post(url, data={"token": sim.refresh_token}),
    ]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"status": "success"}),
        (400, {"error": "invalid_token"}),
        (200, {"status": "success"}),
    ]
    assert not works(one)
    assert not works(two)
    assert refresh().json() == {"error": "invalid_code"}


def test_a_token_of_another_user_writes_in_that_name(sim, client):
    user_id = sim.add_user("Another", "another@example.com")
    sim.load("Leads", [{"id": "1"}])

    client(sim.issue_token(user=user_id)).put("/Leads", json={"data": [{"id": "1"}]})

    assert sim.record("Leads", "1")["Modified_By"] == {"name": "Another", "id": user_id}


def test_the_wrong_method(sim, crm, error):
    response = crm.get(f"{sim.accounts_url}/oauth/v2/token")

    assert response.status_code == 400
    assert response.json() == error(
        "INVALID_REQUEST_METHOD", "The http request method type is not a valid one"
    )
