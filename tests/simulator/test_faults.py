"""What goes wrong on purpose."""

import json
import socket
from contextlib import contextmanager

import httpx
import pytest

A, B, C = "5545974000000500001", "5545974000000500002", "5545974000000500003"
HOUR = 3600
LIES = [
    "stale_answer",
    "wrong_count",
    "one_item",
    "foreign_id",
    "missing_id",
    "duplicate_id",
    "permuted_ids",
    "success_as_error",
    "error_as_success",
]


@pytest.fixture
def sim(sim):
    sim.load("Leads", [{"id": A}, {"id": B}, {"id": C}])
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


def ids(response):
    return [item["details"].get("id") for item in response.json()["data"]]


@pytest.mark.parametrize("status", [200, 202, 207, 400])
@pytest.mark.parametrize(("code", "message"), [("INVALID_DATA", None), ("NOT_REVIEWED", "record in review")])
def test_one_item_for_many_rows(sim, put, error, status, code, message):
    sim.fault("one_item", times=[1], status=status, code=code)

    lie, truth = put(A, B), put(A, B)

    assert lie.status_code == status
    (item,) = lie.json()["data"]
    assert item == error(code, message or item["message"])
    assert (truth.status_code, ids(truth)) == (200, [A, B])
    assert sim.ledger.applied == {("Leads", A): 2, ("Leads", B): 2}


def test_one_item_as_it_stands(sim, put, error):
    sim.fault("one_item")

    response = put(A, B)

    assert (response.status_code, response.json()) == (200, {"data": [error("INVALID_DATA", "invalid data")]})


def test_an_error_in_place_of_what_was_read(sim, crm):
    sim.load("Appointments__s", [{"id": A}])
    sim.fault("one_item", status=400, code="INVALID_DATA")

    response = crm.get(f"/Appointments__s/{A}")

    assert response.status_code == 400
    assert [item["code"] for item in response.json()["data"]] == ["INVALID_DATA"]


@pytest.mark.parametrize(("every", "spoilt"), [(False, 1), (True, 2)])
def test_ids_that_are_foreign_or_missing(sim, put, every, spoilt):
    sim.fault("foreign_id", times=[1], every=every)
    sim.fault("missing_id", times=[2], every=every)
    foreign = "4150868999999999999"

    assert ids(put(A, B)) == [*[foreign] * spoilt, *[A, B][spoilt:]]
    assert ids(put(A, B)) == [*[None] * spoilt, *[A, B][spoilt:]]


def test_ids_that_are_duplicate_or_permuted(sim, put):
    sim.script(["duplicate_id", "permuted_ids", None])

    assert ids(put(A, B, C)) == [A, A, C]
    assert ids(put(A, B, C)) == [B, C, A]
    assert ids(put(A, B, C)) == [A, B, C]
    assert set(sim.ledger.applied.values()) == {3}


def test_ids_of_what_was_read(sim, crm):
    sim.load("Appointments__s", [{"id": A}, {"id": B}])
    sim.fault("permuted_ids")

    response = crm.get("/Appointments__s", params={"fields": "Status", "sort_order": "asc"})

    assert [item["id"] for item in response.json()["data"]] == [B, A]


@pytest.mark.parametrize("every", [False, True])
def test_contradictions(sim, put, success, every):
    sim.fault("success_as_error", times=[1], every=every)
    sim.fault("error_as_success", times=[2], every=every, code="RECORD_LOCKED")
    good, bad = success(B), {**success(A), "status": "error"}

    first, second = put(A, "77", B), put(A, "77", B)

    assert first.status_code == second.status_code == 207
    refused = first.json()["data"][1]
    assert refused["code"] == "INVALID_DATA"
    last = {**good, "status": "error"} if every else good
    assert first.json()["data"] == [bad, refused, last]
    items = second.json()["data"]
    assert [item["code"] for item in items] == [
        "RECORD_LOCKED", "INVALID_DATA", "RECORD_LOCKED" if every else "SUCCESS",
    ]  # fmt: skip
    assert [item["status"] for item in items] == ["success", "error", "success"]
    assert [item["details"].get("id") for item in items] == [A, None, B]


def test_the_answer_to_an_earlier_call(sim, put, success):
    sim.fault("stale_answer", times=[1, 3])

    assert put(A).json() == {"data": [success(A)]}
    assert put(B).json() == {"data": [success(B)]}
    assert put(A, C).json() == {"data": [success(B)]}
    assert put(A).json() == {"data": [success(A)]}
    assert sim.ledger.applied == {("Leads", A): 3, ("Leads", B): 1, ("Leads", C): 1}


@pytest.mark.parametrize("name", LIES)
@pytest.mark.parametrize("applied", [True, False])
def test_a_lie_about_rows_that_were_written_or_not(sim, put, name, applied):
    sim.fault(name, applied=applied)

    response = put(A, B)

    assert response.status_code == 200
    assert sim.ledger.applied == ({("Leads", A): 1, ("Leads", B): 1} if applied else {})
    assert [entry.fault for entry in sim.ledger.requests] == [name]


def test_calls_of_all_kinds_that_are_not_carried_out(sim, crm):
    sim.load("Appointments__s", [{"id": A}])
    view = sim.add_view("Leads")
    sim.fault("stale_answer", applied=False)

    answers = [
        crm.put(f"/Leads/{A}", json={"data": [{"City": "x"}]}),
        crm.put("/Appointments__s", json={"data": [{"id": A, "Address": "x"}]}),
        crm.post("/Leads/actions/mass_update", json={"ids": [A], "data": [{"City": "x"}]}),
        crm.post("/Leads/actions/mass_update", json={"cvid": view, "data": [{"City": "x"}]}),
        crm.get(f"/Appointments__s/{A}"),
    ]

    assert [answer.status_code for answer in answers] == [200] * 5
    assert [answer.json()["data"][0]["details"]["id"] for answer in answers[:3]] == [A, A, A]
    assert answers[3].json()["data"][0]["details"].keys() == {"job_id"}
    assert answers[4].json()["data"][0]["id"] == A
    assert sim.ledger.applied == sim.jobs() == {}


@contextmanager
def connected(sim, *rows):
    """A connection over which the rows were sent."""
    body = json.dumps({"data": [{"id": id_} for id_ in rows]}).encode()
    request = (
        f"PUT /crm/v8/Leads HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Zoho-oauthtoken {sim.access_token}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(sim.url.rpartition(":")[2])), timeout=10) as sock:
        sock.sendall(request.encode() + body)
        yield sock


def received(sock, end):
    data = b""
    while not data.endswith(end):
        data += (chunk := sock.recv(65536))
        assert chunk, data
    return data


def test_a_trickled_head(sim):
    sim.fault("trickle_head", times=[1], pause=HOUR)
    sim.fault("trickle_head", times=[2], pause=0)

    with connected(sim, A) as sock:
        assert sock.recv(65536) == b"H"
    with connected(sim, A) as sock:
        assert received(sock, b'"status":"success"}]}').startswith(b"HTTP/1.1 200 OK\r\n")
    assert sim.ledger.applied == {("Leads", A): 2}


def test_a_trickled_body(sim, put, success):
    sim.fault("trickle_body", times=[1], pause=HOUR)
    sim.fault("trickle_body", times=[2], pause=0)

    with connected(sim, A) as sock:
        assert received(sock, b"\r\n\r\n{").count(b"{") == 1
    assert put().json() == {"data": [success(A)]}


def test_interim_answers_for_ever(sim, put):
    sim.fault("interim", times=[1], pause=0)
    line = b"HTTP/1.1 100 Continue\r\n\r\n"

    with connected(sim, A) as sock:
        data = b""
        while len(data) < 100 * len(line):
            data += sock.recv(100 * len(line) - len(data))
    assert data == 100 * line
    assert put().status_code == 200
    assert [entry.status for entry in sim.ledger.requests] == [None, 200]
    assert sim.ledger.applied == {("Leads", A): 2}


def test_interim_answers_before_the_answer(sim):
    sim.fault("interim", count=3, status=103, pause=0)

    with connected(sim, A) as sock:
        data = received(sock, b'"status":"success"}]}')

    assert data.startswith(3 * b"HTTP/1.1 103 Early Hints\r\n\r\n" + b"HTTP/1.1 200 OK\r\n")
    assert [entry.status for entry in sim.ledger.requests] == [200]


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_an_answer_sent_twice_on_one_connection(sim, put, seconds):
    sim.fault("double_answer", times=[1], seconds=seconds)
    end = b'"status":"success"}]}'

    with connected(sim, A) as sock:
        data = received(sock, end)
        while data.count(end) < 2:
            data += received(sock, end)

    assert data[: len(data) // 2] == data[len(data) // 2 :]
    assert sim.ledger.applied == {("Leads", A): 1}
    assert put().status_code == 200


def test_json_cut_under_a_length_that_fits(sim, put):
    sim.fault("cut_json", times=[1])

    cut, whole = put(), put()

    assert cut.status_code == 200
    assert int(cut.headers["content-length"]) == len(cut.content) == len(whole.content) // 2
    assert whole.content.startswith(cut.content)
    with pytest.raises(json.JSONDecodeError):
        cut.json()


@pytest.mark.parametrize("announced", [True, False])
def test_a_connection_that_ends_behind_the_answer(sim, announced):
    sim.fault("close_after", times=[1], announced=announced)

    with connected(sim, A) as sock:
        data = b""
        while chunk := sock.recv(65536):
            data += chunk

    assert data.endswith(b'"status":"success"}]}')
    assert (b"\r\nconnection: close\r\n" in data.lower()) is announced
    assert [entry.status for entry in sim.ledger.requests] == [200]


def test_trickles_of_the_accounts_server(sim):
    sim.fault("trickle_body", route="create_token", pause=0)
    form = {
        "client_id": sim.client_id,
        "client_secret": sim.client_secret,
        "grant_type": "refresh_token",
        "refresh_token": sim.refresh_token,
    }

    assert "access_token" in httpx.post(f"{sim.accounts_url}/oauth/v2/token", data=form).json()


def test_an_answer_without_a_body_can_be_spoilt_too(sim, crm):
    for name in ("trickle_body", "cut_json", "double_answer", "close_after", "slow_body"):
        sim.clear_faults()
        sim.fault(name, **({"seconds": 0} if name == "slow_body" else {}))
        assert crm.get("/Appointments__s", params={"fields": "Status"}).status_code == 204


def test_lies_and_trickles_go_together(sim, put):
    sim.fault("permuted_ids")
    sim.fault("trickle_body", pause=0)
    sim.fault("cut_json")

    assert put(A, B).text.startswith('{"data":[{"code":"SUCCESS"')
    assert [entry.fault for entry in sim.ledger.requests] == ["permuted_ids+trickle_body+cut_json"]


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


@pytest.mark.parametrize("name", ["server_error", "missing_id", "cut_json"])
def test_a_rate_depends_on_seed_route_id_and_attempt_but_not_on_order(start, name):
    def struck(seed, order):
        sim, crm = start(seed=seed)
        ids = sim.load("Leads", ({"id": str(1000 + n)} for n in range(100)))
        sim.fault(name, rate=0.3)
        for id_ in reversed(ids) if order == "back" else ids:
            crm.put("/Leads", json={"data": [{"id": id_}]})
        return {entry.first_id for entry in sim.ledger.requests if entry.fault == name}

    first = struck(1, "on")
    assert struck(1, "back") == first
    assert 15 <= len(first) <= 45
    assert struck(2, "on") != first


def test_a_fault_that_is_none(sim):
    with pytest.raises(ValueError, match="unknown fault 'drop'; there are bad_gateway, close_after,"):
        sim.fault("drop")
    with pytest.raises(ValueError, match="rate must lie between 0 and 1, not 5"):
        sim.fault("throttle", rate=5)
