"""Who is answered: whoever asks for this machine by its own name."""

import socket

import httpx
import pytest

A = "5545974000000500001"
OWN = ["127.0.0.1", "localhost", "LOCALHOST:1", "127.0.0.1:8765"]
FOREIGN = [
    "rebound.example",
    "rebound.example:8765",
    "127.0.0.1.example",
    "localhost.example",
    "example@127.0.0.1",
    "127.0.0.1@example",
    "10.0.0.1",
    "[::1]",
    "",
]


@pytest.mark.parametrize("host", OWN)
def test_this_machine_by_its_own_names(sim, crm, host):
    sim.load("Leads", [{"id": A}])
    answer = crm.put("/Leads", json={"data": [{"id": A, "City": "Cork"}]}, headers={"Host": host})

    assert answer.json()["data"][0]["code"] == "SUCCESS"
    assert sim.record("Leads", A)["City"] == "Cork"


@pytest.mark.parametrize("host", FOREIGN)
def test_any_other_name_changes_and_tells_nothing(sim, crm, host):
    sim.load("Leads", [{"id": A, "City": "Bergen"}])
    form = {"client_id": sim.client_id, "client_secret": sim.client_secret}
    named = {"headers": {"Host": host}}
    answers = [
        crm.put("/Leads", json={"data": [{"id": A, "City": "Cork"}]}, **named),
        crm.get("/settings/fields", params={"module": "Leads"}, **named),
        crm.get("/users", **named),
        crm.get("/Appointments__s", params={"fields": "Status"}, **named),
        crm.post(
            f"{sim.url}/oauth/v2/token",
            data={**form, "grant_type": "refresh_token", "refresh_token": sim.refresh_token},
            **named,
        ),
        crm.post(f"{sim.url}/oauth/v2/token/revoke", data={"token": sim.refresh_token}, **named),
        crm.get(f"{sim.url}/oauth/v2/auth", params={"client_id": sim.client_id}, **named),
        crm.get(sim.status_url, **named),
        crm.get(f"{sim.status_url}/state", **named),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (404, "INVALID_URL_PATTERN")
    }
    assert sim.record("Leads", A)["City"] == "Bergen"
    assert sim.ledger.applied == {}
    assert {entry.operation for entry in sim.ledger.requests} == {None}
    assert httpx.post(
        f"{sim.url}/oauth/v2/token",
        data={**form, "grant_type": "refresh_token", "refresh_token": sim.refresh_token},
    ).json()["access_token"]


def test_a_request_without_a_name_is_told_nothing(sim):
    with socket.create_connection(("127.0.0.1", int(sim.url.rpartition(":")[2]))) as sock:
        sock.sendall(b"GET /crm/v8/users HTTP/1.0\r\n\r\n")
        assert sock.makefile("rb").read().startswith(b"HTTP/1.1 400 ")
