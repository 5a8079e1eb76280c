"""Several orgs in one simulator: nothing of one is ever found in another."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest

from zcrm.simulator import Simulator
from zcrm.simulator.site.oauth import ALL_SCOPES, USES_PER_WINDOW


@pytest.fixture
def orgs(start):
    """Three orgs behind one address."""
    sim, _ = start(orgs=3)
    assert [org.url for org in sim.orgs] == [sim.url] * 3
    return sim.orgs


@pytest.fixture
def call():
    """A request to an org by its access token, or another one."""
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(timeout=10, verify=False))

        def call(org, method="GET", path="org", token=None, **request):
            headers = {"Authorization": f"Zoho-oauthtoken {token or org.access_token}"}
            return client.request(method, f"{org.url}/crm/v8/{path}", headers=headers, **request)

        yield call


@pytest.fixture
def update(call):
    return lambda org, rows, **more: call(org, "PUT", "Deals", json={"data": rows}, **more)


def ask(org, path="token", **form):
    return httpx.post(f"{org.accounts_url}/oauth/v2/{path}", data=form).json()


def refresh(org, **form):
    known = {"client_id": org.client_id, "client_secret": org.client_secret}
    known |= {"grant_type": "refresh_token", "refresh_token": org.refresh_token}
    return ask(org, **(known | form))


def test_rows_of_the_same_id_are_not_mixed(orgs, update):
    for number, org in enumerate(orgs):
        org.load("Deals", [{"id": "71", "Stage": f"Open {number}"}])

    assert update(orgs[1], [{"id": "71", "Stage": "Won"}]).status_code == 200

    assert [org.record("Deals", "71")["Stage"] for org in orgs] == ["Open 0", "Won", "Open 2"]
    assert [dict(org.ledger.applied) for org in orgs] == [{}, {("Deals", "71"): 1}, {}]
    assert [org.ledger.calls() for org in orgs] == [0, 1, 0]


def test_each_has_an_id_a_name_and_users(orgs, call):
    answers = [call(org).json()["org"][0] for org in orgs]

    assert [answer["id"] for answer in answers] == [org.organization for org in orgs]
    assert len({org.organization for org in orgs}) == 3
    assert [answer["company_name"] for answer in answers] == [
        "zcrm simulator",
        "zcrm simulator 2",
        "zcrm simulator 3",
    ]
    orgs[2].add_user("Mary", "mary@example.com")
    assert [len(call(org, path="users").json()["users"]) for org in orgs] == [2, 2, 3]


def test_a_sign_in_leads_to_its_own_org(orgs, call):
    for org in orgs:
        answer = refresh(org)
        assert answer["api_domain"] == org.url
        assert call(org, token=answer["access_token"]).json()["org"][0]["id"] == org.organization
    assert len({org.client_id for org in orgs} | {org.refresh_token for org in orgs}) == 6

    first, second, _ = orgs
    assert refresh(first, refresh_token=second.refresh_token) == {"error": "invalid_code"}
    assert refresh(first, client_secret=second.client_secret) == {"error": "invalid_client_secret"}
    assert refresh(first, client_id="1000.NOBODY") == {"error": "invalid_client"}


def test_client_credentials_and_codes_lead_there_too(orgs, call):
    _, second, third = orgs
    client = {"client_id": second.client_id, "client_secret": second.client_secret}
    machine = client | {"grant_type": "client_credentials", "scope": "ZohoCRM.org.READ"}

    token = ask(second, **machine, soid=f"ZohoCRM.{second.organization}")["access_token"]
    assert call(second, token=token).json()["org"][0]["id"] == second.organization
    assert ask(second, **machine, soid=f"ZohoCRM.{third.organization}") == {"error": "invalid_org"}

    exchange = client | {"grant_type": "authorization_code"}
    assert ask(second, **exchange, code=third.issue_code()) == {"error": "invalid_code"}
    token = ask(second, **exchange, code=second.issue_code())["access_token"]
    assert call(second, token=token).json()["org"][0]["id"] == second.organization


def test_the_parameters_may_stand_in_the_query(orgs, call):
    second = orgs[1]
    form = {"client_id": second.client_id, "client_secret": second.client_secret}
    form |= {"grant_type": "refresh_token", "refresh_token": second.refresh_token}

    token = httpx.post(f"{second.accounts_url}/oauth/v2/token", params=form).json()["access_token"]

    assert call(second, token=token).json()["org"][0]["id"] == second.organization


def test_consent_is_asked_for_by_the_client_that_wants_it(orgs, call):
    third = orgs[2]
    asked = {"response_type": "code", "client_id": third.client_id, "scope": ",".join(ALL_SCOPES)}
    asked["redirect_uri"] = "http://127.0.0.1:9/callback"
    page = f"{third.accounts_url}/oauth/v2/auth"

    shown = httpx.get(page, params=asked)
    sent = httpx.post(page, params=asked, data={"decision": "accept"})

    assert third.client_id in shown.text
    code = httpx.URL(sent.headers["location"]).params["code"]
    known = {"client_id": third.client_id, "client_secret": third.client_secret}
    known |= {"grant_type": "authorization_code", "redirect_uri": asked["redirect_uri"]}
    assert call(third, token=ask(third, **known, code=code)["access_token"]).json()["org"][0]["id"] == (
        third.organization
    )


def test_a_revocation_ends_what_it_names(orgs, call):
    first, second, third = orgs
    token = refresh(second)["access_token"]
    assert ask(first, "token/revoke", token=second.refresh_token) == {"status": "success"}
    assert ask(first, "token/revoke", token="nobody's") == {"error": "invalid_token"}

    assert call(second, token=token).status_code == 401
    assert refresh(second) == {"error": "invalid_code"}
    assert "access_token" in refresh(first)
    assert "access_token" in refresh(third)


def test_a_dead_token_is_still_its_own_orgs(orgs, call):
    _, second, third = orgs
    second.revoke_tokens()

    assert [call(org).status_code for org in orgs] == [200, 401, 200]
    assert call(third, token="nobody's").status_code == 401
    assert [org.ledger.calls() for org in orgs] == [2, 1, 1]


def test_each_has_its_own_tokens_in_ten_minutes(orgs):
    first, second, _ = orgs
    answers = [refresh(first) for _ in range(USES_PER_WINDOW + 1)]

    assert ["access_token" in answer for answer in answers] == [True] * USES_PER_WINDOW + [False]
    assert "access_token" in refresh(second)


def test_each_pays_for_itself(start, update):
    sim, _ = start(orgs=2, credits_per_day=1)
    for org in sim.orgs:
        org.load("Deals", [{"id": "71"}])

    first, second = sim.orgs
    assert [update(first, [{"id": "71"}]).status_code for _ in range(2)] == [200, 429]
    assert update(second, [{"id": "71"}]).status_code == 200
    assert [org.meters.used for org in sim.orgs] == [1, 1]
    assert [org.ledger.credits for org in sim.orgs] == [1, 1]


def test_each_has_its_own_calls_in_flight(start, update, together):
    sim, _ = start(orgs=2)
    first, second = sim.orgs
    for org in sim.orgs:
        org.load("Deals", [{"id": "71"}])

    second.fault("hold")
    with ThreadPoolExecutor(10) as pool:
        held = [pool.submit(update, second, [{"id": "71"}]) for _ in range(10)]
        deadline = time.monotonic() + 30
        while second.ledger.in_flight < 10 and time.monotonic() < deadline:
            time.sleep(0.001)
        statuses = together(first, 11, lambda: update(first, [{"id": "71"}]))
        second.release()
    assert statuses == [200] * 10 + [429]
    assert [future.result().status_code for future in held] == [200] * 10
    assert (first.ledger.peak_in_flight, second.ledger.peak_in_flight) == (11, 10)


def test_faults_strike_one(orgs, update):
    for org in orgs:
        org.load("Deals", [{"id": "71"}])
    orgs[1].fault("server_error")

    assert [update(org, [{"id": "71"}]).status_code for org in orgs] == [200, 500, 200]
    assert [org.ledger.applied_twice for org in orgs] == [{}, {}, {}]


def test_one_that_differs_comes_while_others_work(start, update):
    sim, _ = start(credits_per_day=2)
    sim.load("Deals", [{"id": "71"}])
    assert update(sim, [{"id": "71"}]).status_code == 200

    added = sim.add_org(edition="free", credits_per_day=None)

    added.load("Deals", [{"id": "71"}])
    assert update(added, [{"id": "71"}]).status_code == 200
    assert (sim.meters.remaining, added.meters.remaining) == (1, 4_999)
    assert sim.orgs == (sim, added)


def test_the_clock_is_everybodys(orgs, update):
    for org in orgs:
        org.load("Deals", [{"id": "71"}])
    orgs[0].advance(timedelta(hours=1))

    assert {org.now for org in orgs} == {orgs[0].now}
    assert [update(org, [{"id": "71"}]).status_code for org in orgs] == [401] * 3


def test_the_same_seed_gives_the_same_credentials_to_each():
    def credentials():
        orgs = Simulator(seed=7, orgs=3).orgs
        return [(org.client_id, org.client_secret, org.refresh_token, org.access_token) for org in orgs]

    assert credentials() == credentials()
    assert len({text for org in credentials() for text in org}) == 12


def test_what_can_not_be():
    with pytest.raises(ValueError, match="0 orgs"):
        Simulator(orgs=0)
    with pytest.raises(ValueError, match="unknown edition 'gold'"):
        Simulator().add_org(edition="gold")
    with pytest.raises(RuntimeError, match="not running"):
        _ = Simulator().add_org().url


def test_breaches_of_any_org_are_told(start):
    from zcrm.simulator.answers.specification import SpecificationBreach

    with pytest.raises(SpecificationBreach, match="what was wrong"), Simulator(orgs=2, check=True) as sim:
        sim.orgs[1].breaches.append("what was wrong")


def test_the_status_page_shows_one_of_them(orgs, update):
    sim, second, _ = orgs
    second.load("Deals", [{"id": "71"}])
    update(second, [{"id": "71"}])

    def shown(**query):
        state = httpx.get(f"{sim.status_url}/state", params=query).json()
        return state["meters"]["writes"], state["orgs"]

    names = ["zcrm simulator", "zcrm simulator 2", "zcrm simulator 3"]
    assert [shown(org=org)[0] for org in ("1", "2", "3", "4", "x")] == [0, 1, 0, 0, 0]
    assert shown() == (0, names)
