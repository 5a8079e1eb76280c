"""What goes wrong on purpose."""

import httpx
import pytest

A, B = "5545974000000500001", "5545974000000500002"


@pytest.fixture
def sim(sim):
    sim.load("Leads", [{"id": A}, {"id": B}])
    return sim


@pytest.fixture
def put(crm):
    return lambda *ids: crm.put("/Leads", json={"data": [{"id": id_, "City": "x"} for id_ in ids or (A,)]})


def test_throttle(sim, put, error):
    message = "Too many requests fired in concurrent than the allowed limit."

    sim.fault("throttle")
    plain = put()
    sim.clear_faults()
    sim.fault("throttle", retry_after=7)
    header = put()
    sim.clear_faults()
    sim.fault("throttle", retry_after=7, in_details=True)
    details = put()

    assert (plain.status_code, header.status_code, details.status_code) == (429, 429, 429)
    assert plain.json() == header.json() == error("TOO_MANY_REQUESTS", message)
    assert details.json() == error("TOO_MANY_REQUESTS", message, retry_after=7)
    assert [r.headers.get("Retry-After") for r in (plain, header, details)] == [None, "7", None]
    assert sim.ledger.applied == {}
    assert sim.ledger.credits == 0


@pytest.mark.parametrize("after", [False, True])
def test_server_errors(sim, put, error, after):
    sim.fault("server_error", after=after, times=[1])
    sim.fault("bad_gateway", after=after, times=[2])
    broken, gateway = put(), put()

    assert (broken.status_code, broken.json()) == (500, error("INTERNAL_ERROR", "Internal Server Error"))
    assert (gateway.status_code, gateway.headers["content-type"]) == (502, "text/html")
    assert gateway.text == (
        "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
    )
    assert sim.ledger.applied == ({("Leads", A): 2} if after else {})
    assert [entry.fault for entry in sim.ledger.requests] == ["server_error", "bad_gateway"]


@pytest.mark.parametrize(("name", "applied"), [("drop_before", {}), ("drop_after", {("Leads", A): 1})])
def test_dropped_connections(sim, put, success, name, applied):
    sim.fault(name, times=[1])

    with pytest.raises(httpx.RemoteProtocolError, match="Server disconnected without sending a response"):
        put()

    assert sim.ledger.applied == applied
    assert [(entry.status, entry.fault) for entry in sim.ledger.requests] == [(None, name)]
    assert put().json() == {"data": [success(A)]}


def test_a_cut_body(sim, put):
    sim.fault("cut_body", times=[1])

    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection without sending complete"):
        put()

    assert sim.ledger.applied == {("Leads", A): 1}
    assert put().status_code == 200


def test_a_slow_answer_and_a_slow_body(sim, put, success):
    sim.fault("slow", times=[1], seconds=0.2)
    sim.fault("slow_body", times=[2], seconds=0.2)
    answers = [put(), put(), put()]

    assert [answer.json() for answer in answers] == [{"data": [success(A)]}] * 3
    assert answers[0].elapsed.total_seconds() >= 0.2
    assert answers[1].elapsed.total_seconds() >= 0.2


def test_wrong_count_and_foreign_id(sim, put, success):
    sim.fault("wrong_count", times=[1])
    sim.fault("foreign_id", times=[2])

    assert put(A, B).json() == {"data": [success(A)]}
    assert put(A, B).json() == {"data": [success("4150868999999999999"), success(B)]}
    assert sim.ledger.applied == {("Leads", A): 2, ("Leads", B): 2}


def test_revoked_tokens(sim, put, error):
    sim.fault("revoke_token", times=[1])

    response = put()

    assert (response.status_code, response.json()) == (401, error("INVALID_TOKEN", "invalid oauth token"))


def test_somebody_else_edits_the_rows_meanwhile(sim, crm):
    sim.fault("edit", fields={"City": "theirs"}, times=[1])
    sim.now = sim.now.replace(minute=30)
    since = {"If-Unmodified-Since": "2026-03-02T10:15:00+05:30"}

    response = crm.put("/Leads", json={"data": [{"id": A, "City": "ours"}]}, headers=since)

    assert response.status_code == 412
    item = response.json()["data"][0]
    assert item["code"] == "ALREADY_MODIFIED"
    assert item["details"]["Modified_By"]["name"] == "Somebody Else"
    assert sim.records("Leads")[A]["City"] == "theirs"


def test_editing_by_hand(sim):
    sim.edit("Leads", A, {"City": "theirs"})

    assert sim.record("Leads", A)["Modified_By"]["name"] == "Somebody Else"
    assert sim.ledger.applied == {}


def test_a_broken_accounts_server(sim, crm):
    def refresh():
        form = {
            "client_id": sim.client_id,
            "client_secret": sim.client_secret,
            "grant_type": "refresh_token",
            "refresh_token": sim.refresh_token,
        }
        return crm.post(f"{sim.accounts_url}/oauth/v2/token", data=form)

    sim.script(["throttle", "server_error", "bad_gateway", "drop_before", None], route="create_token")

    assert (refresh().status_code, refresh().text[:40]) == (400, "<html><head><title>500 Internal Server E")
    assert refresh().status_code == 502
    with pytest.raises(httpx.RemoteProtocolError):
        refresh()
    assert "access_token" in refresh().json()


def test_a_script(sim, put):
    sim.script([None, "throttle", "server_error", None], route="update_records")

    assert [put().status_code for _ in range(5)] == [200, 429, 500, 200, 200]


def test_a_route_is_one_operation_and_none_is_all_of_the_crm(sim, crm, put):
    sim.fault("server_error", route="update_record")
    assert put().status_code == 200
    assert crm.put(f"/Leads/{A}", json={"data": [{}]}).status_code == 500
    sim.clear_faults()
    sim.fault("server_error")
    assert put().status_code == 500
    assert crm.post(f"{sim.accounts_url}/oauth/v2/token").status_code == 200


def test_attempts_and_limits(sim, put):
    sim.fault("server_error", attempts=[1])
    assert [put(A).status_code, put(A).status_code, put(B).status_code, put(B).status_code] == [
        500,
        200,
        500,
        200,
    ]
    sim.clear_faults()
    sim.fault("server_error", limit=2)
    assert [put().status_code for _ in range(3)] == [500, 500, 200]


def test_a_rate_depends_on_seed_route_id_and_attempt_but_not_on_order(start):
    def struck(seed, order):
        sim, crm = start(seed=seed)
        ids = sim.load("Leads", ({"id": str(1000 + n)} for n in range(100)))
        sim.fault("server_error", rate=0.3)
        return {
            id_
            for id_ in (reversed(ids) if order == "back" else ids)
            if crm.put("/Leads", json={"data": [{"id": id_}]}).status_code == 500
        }

    first = struck(1, "on")
    assert struck(1, "back") == first
    assert 15 <= len(first) <= 45
    assert struck(2, "on") != first


def test_a_fault_that_is_none(sim):
    with pytest.raises(ValueError, match="unknown fault 'drop'; there are bad_gateway, cut_body"):
        sim.fault("drop")
    with pytest.raises(ValueError, match="rate must lie between 0 and 1, not 5"):
        sim.fault("throttle", rate=5)
