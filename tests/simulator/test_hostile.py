"""Requests nobody should send: the server answers with a documented error or cuts them off, and lives."""

import asyncio
import socket
import time
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ID = "5545974000000500001"
APPOINTMENT = "5545974000002254155"


@pytest.fixture
def sim(start):
    sim, _ = start(patience=0.5)
    sim.load("Deals", [{"id": ID, "Languages": ["English"], "Products": [{"id": "1"}]}])
    sim.load("Appointments__s", [{"id": APPOINTMENT, "Appointment_Start_Time": "2026-03-02T14:00:00+05:30"}])
    sim.add_service()
    return sim


@pytest.fixture
def unharmed(sim, crm):
    """Check that the server still answers and that nothing was written."""

    def unharmed():
        assert sim.ledger.applied == {}
        assert crm.put("/Deals", json={"data": [{"id": ID}]}).status_code == 200

    return unharmed


@pytest.fixture
def raw(sim):
    """Send bytes in pieces with a pause between them, and give what comes back until the connection ends."""

    def raw(*pieces):
        port = int(sim.url.rsplit(":", 1)[1])
        answer = b""
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
            try:
                for piece in pieces:
                    sock.sendall(piece)
                    sock.settimeout(0.1 if piece is not pieces[-1] else 10)
                    try:
                        answer += sock.recv(65536)
                    except TimeoutError:
                        continue
                while chunk := sock.recv(65536):
                    answer += chunk
            except (ConnectionError, TimeoutError):
                pass
        return answer

    return raw


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe{}",
        b'{"data": [{"id": NaN}]}',
        b'{"data": [' * 50_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"data": [{"id": "\\ud800"}]}',
        b"id=1&name=2",
        b"\0",
    ],
)
def test_bodies_that_are_not_json(crm, error, unharmed, body):
    response = crm.put("/Deals", content=body)

    assert response.status_code == 400
    assert response.json() == error(
        "UNABLE_TO_PARSE_DATA_TYPE", "either the request body or parameters is in wrong format"
    )
    unharmed()


@pytest.mark.parametrize("nested", ["[" * 900 + "]" * 900, '{"a":' * 300 + "1" + "}" * 300])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/Deals", '{"data": [{"id": "%s", "X": %s}]}'),
        ("PUT", "/Deals", '{"data": [{"id": "%s", "Y": 1}, %s]}'),
        ("PUT", "/Deals", '{"data": [{"id": "%s", "Y": 1}], "trigger": %s}'),
        ("PUT", "/Appointments__s", '{"data": [{"id": "%s", "Owner": {"id": %s}}]}'),
        ("POST", "/Deals/actions/mass_update", '{"data": [{"X": 1}], "ids": ["%s", %s]}'),
        ("POST", "/Deals/actions/mass_update", '{"data": [{"X": 1}], "cvid": "%s", "territory": {"id": %s}}'),
    ],
)
def test_deep_nesting(crm, unharmed, method, path, body, nested):
    response = crm.request(method, path, content=body % (ID, nested))

    assert (response.status_code, response.json()["code"]) == (400, "UNABLE_TO_PARSE_DATA_TYPE")
    unharmed()


def test_nesting_that_is_just_not_too_deep_can_be_written_and_read(crm):
    nested = "[" + '{"a":' * 120 + "1" + "}" * 120 + "]"
    written = crm.put("/Appointments__s", content=f'{{"data": [{{"id": "{APPOINTMENT}", "X": {nested}}}]}}')
    read = crm.get(f"/Appointments__s/{APPOINTMENT}", params={"fields": "X"}).json()

    assert written.status_code == 200
    assert orjson.dumps(read["data"][0]["X"][0]["a"]).decode() in nested


def test_a_form_of_nothing_but_separators(sim, crm, unharmed):
    response = crm.post(f"{sim.accounts_url}/oauth/v2/token", content=b"&" * 15_000_000)

    assert (response.status_code, response.json()) == (200, {"error": "invalid_client"})
    unharmed()


def test_a_chunked_body_without_end(sim, raw, unharmed):
    head = "PUT /crm/v8/Deals HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Authorization: Zoho-oauthtoken {sim.access_token}\r\n"
    assert raw(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 9) == b""
    unharmed()


def test_a_body_of_a_hundred_megabytes(start):
    _, crm = start()

    response = crm.put("/Deals", content=b"x" * 100_000_000)

    assert (response.status_code, response.json()["code"]) == (400, "UNABLE_TO_PARSE_DATA_TYPE")
    assert crm.put("/Deals", json={"data": [{}]}).json()["data"][0]["code"] == "MANDATORY_NOT_FOUND"


def test_a_head_that_drips(raw, unharmed):
    assert raw(b"PUT /crm/v8/De", b"als HTTP/1.1\r\nHo", b"st: x\r\n", b"X: y", b"z") == b""
    unharmed()


def test_a_head_without_end(raw, unharmed):
    answer = raw(b"PUT /crm/v8/Deals HTTP/1.1\r\n" + b"X: " + b"y" * 200_000)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    unharmed()


def test_a_body_that_never_comes(sim, raw, unharmed):
    head = "PUT /crm/v8/Deals HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Authorization: Zoho-oauthtoken {sim.access_token}\r\n"
    assert raw(head.encode() + b"Content-Length: 500\r\n\r\n{") == b""
    deadline = time.monotonic() + 10
    while sim.ledger.in_flight and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sim.ledger.in_flight == 0
    unharmed()


@pytest.mark.parametrize(
    "head",
    [
        b"NONSENSE\r\n\r\n",
        b"PUT /crm/v8/Deals HTTP/9.9\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_what_is_not_http(raw, unharmed, head):
    answer = raw(head)

    assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 401 "))
    unharmed()


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v8/../v8/Deals/x",
        "/crm/v8/%2e%2e/secret",
        "/crm/v8/Deals%00",
        "/crm/v8/Deals;x=1",
        "//crm/v8/Deals",
        "/crm/v8/" + "x" * 5_000,
        "/crm/v8/Deals/" + "9" * 5_000,
        "/crm/v%38.%38/Deals/1/actions",
    ],
)
def test_paths(raw, unharmed, sim, path):
    head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Zoho-oauthtoken {sim.access_token}\r\n"
    body = b'{"data": [{}]}'
    answer = raw(head.encode() + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    status, _, body = answer.partition(b"\r\n\r\n")
    assert status[:13] in (b"HTTP/1.1 400 ", b"HTTP/1.1 404 ")
    assert orjson.loads(body)["code"] in {"INVALID_URL_PATTERN", "INVALID_MODULE", "INVALID_DATA"}
    unharmed()


def test_a_thousand_requests_at_once(start):
    sim, _ = start()
    sim.load("Deals", [{"id": ID}])
    port = int(sim.url.rsplit(":", 1)[1])
    body = b'{"data": [{"id": "%s"}], "trigger": []}' % ID.encode()
    head = (
        "PUT /crm/v8/Deals HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Authorization: Zoho-oauthtoken {sim.access_token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    async def call():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return int(answer[9:12])

    async def main():
        async with asyncio.timeout(60):
            return await asyncio.gather(*(call() for _ in range(1_000)))

    statuses = asyncio.run(main())

    assert set(statuses) <= {200, 429}
    assert statuses.count(200) >= 10
    assert sim.ledger.applied == {("Deals", ID): statuses.count(200)}
    assert (sim.ledger.calls(), sim.ledger.in_flight) == (1_000, 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "id", "Status", "Duration", "Participants", "Owner", "Service_Name", "Layout", "Languages",
        "Products", "Remind_At", "Tag", "Appointment_Start_Time", "Appointment_End_Time", "Rescheduled_From",
        "Reschedule_Reason", "Reschedule_Count", "Cancellation_Note", "Job_Sheet_Name", "$append_values",
        "Call_Duration", "Pipeline", "Stage", "File_Id__s", "_delete",
    ]
)  # fmt: skip
ROWS = st.dictionaries(KEYS, JSON, max_size=4).map(lambda row: {"id": APPOINTMENT, **row}) | st.dictionaries(
    KEYS, JSON, max_size=4
).map(lambda row: {**row, "id": ID})
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "data": st.lists(ROWS | JSON, max_size=3) | JSON,
        "trigger": JSON,
        "skip_feature_execution": JSON,
        "apply_feature_execution": JSON,
        "ids": st.lists(st.just(ID) | JSON, max_size=3) | JSON,
        "cvid": JSON,
        "territory": JSON,
        "over_write": JSON,
    },
)
CALLS = st.sampled_from(
    [
        ("PUT", "/Deals"),
        ("PUT", f"/Deals/{ID}"),
        ("PUT", "/Appointments__s"),
        ("PUT", f"/Appointments__s/{APPOINTMENT}"),
        ("POST", "/Deals/actions/mass_update"),
    ]
)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(call=CALLS, body=BODIES | JSON)
def test_any_json_at_all_gets_an_answer(sim, crm, call, body):
    sim.meters.credits_per_day = 10**9
    response = crm.request(*call, content=orjson.dumps(body))

    assert response.status_code in {200, 202, 207, 400, 403}
    answer = response.json()
    for envelope in answer.get("data", [answer]):
        assert set(envelope) == {"code", "details", "message", "status"}


PARAMETERS = st.dictionaries(
    st.sampled_from(
        ["fields", "cvid", "page", "per_page", "page_token", "sort_by", "sort_order", "job_id", "x"]
    ),
    st.text(max_size=12) | st.integers(-5, 300).map(str) | st.sampled_from(["Status", "id", "asc", "desc"]),
)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(
    path=st.sampled_from(
        ["/Appointments__s", f"/Appointments__s/{APPOINTMENT}", "/Deals/actions/mass_update"]
    ),
    parameters=PARAMETERS,
)
def test_any_parameters_at_all_get_an_answer(sim, crm, path, parameters):
    response = crm.get(path, params=parameters)

    assert response.status_code in {200, 204, 400}


def test_the_log_is_quiet(capfd, raw, crm):
    raw(b"NONSENSE\r\n\r\n")
    crm.put("/Deals", content=b"{")

    assert capfd.readouterr() == ("", "")


def test_nothing_of_the_client_is_imported():
    """The simulator may share the specification with the client, and no line of code."""
    import ast

    import zcrm.simulator

    (folder,) = zcrm.simulator.__path__
    imported = set()
    for path in Path(folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                imported.add(node.module)
    ours = {name for name in imported if name.split(".")[0] in {"zcrm", "zcrm_api"}}
    assert {name for name in ours if not name.startswith(("zcrm.simulator", "zcrm_api"))} == set()
