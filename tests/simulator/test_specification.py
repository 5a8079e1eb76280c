"""The simulator's check of itself: a broken operation does not go unnoticed."""

import subprocess
import sys

import httpx
import pytest

from zcrm.simulator import Simulator
from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.answers.specification import SpecificationBreach
from zcrm.simulator.web import app

ID = "5545974000000500001"


@pytest.fixture
def broken(start, monkeypatch):
    """What a checking simulator finds when an operation gives this answer."""

    def broken(operation, answer, method, path, **request):
        sim, crm = start()
        monkeypatch.setitem(app._OPERATIONS, operation, lambda site, request: answer)
        response = crm.request(method, path, **request)
        breaches = list(sim.breaches)
        sim.breaches.clear()
        return response.status_code, breaches

    return broken


@pytest.mark.parametrize(
    ("answer", "breach"),
    [
        (Answer(418), "status 418 is not documented"),
        (Answer(200, {"data": []}), "answer: $.data: [] should be non-empty"),
        (Answer(200, {"dat": 1}), "answer: $: 'data' is a required property"),
        (Answer(200, b"<p>", content_type="text/html"), "content type text/html"),
        (
            Answer(404, {"code": "NOT_FOUND", "details": {}, "message": "", "status": "success"}),
            "answer: $.status: 'error' was expected",
        ),
    ],
)
def test_an_answer_that_breaks_the_specification(broken, answer, breach):
    status, breaches = broken("update_records", answer, "PUT", "/Deals", json={"data": [{"id": ID}]})

    assert status == answer.status
    assert breaches == [f"update_records: {breach}: PUT /crm/v8/Deals"]


def test_a_body_where_there_is_none(broken):
    _, breaches = broken("get_appointments", Answer(204, {}), "GET", "/Appointments__s?fields=Status")

    assert breaches == ["get_appointments: a body where there is none: GET /crm/v8/Appointments__s"]


def test_a_request_that_should_not_have_been_accepted(broken):
    item = {"code": "SUCCESS", "details": {"id": ID}, "message": "record updated", "status": "success"}
    row = {"id": ID, "Tags": [["a"]]}
    _, breaches = broken(
        "update_records", Answer(200, {"data": [item]}), "PUT", "/Deals", json={"data": [row]}
    )

    (breach,) = breaches
    assert breach.startswith("update_records: request: $.data[0].Tags")


def test_parameters_that_should_not_have_been_accepted(broken):
    answer = Answer(200, {"data": []})
    parameters = {"per_page": "201", "sort_by": "Owner"}
    _, breaches = broken("get_appointments", answer, "GET", "/Appointments__s", params=parameters)

    assert breaches == [
        f"get_appointments: {what}: GET /crm/v8/Appointments__s"
        for what in (
            "no parameter fields",
            "parameter per_page: $: 201 is greater than the maximum of 200",
            "parameter sort_by: $: 'Owner' is not one of ['id', 'Created_Time', 'Modified_Time']",
        )
    ]


def test_a_form_that_should_not_have_been_accepted(broken):
    answer = Answer(200, {"access_token": "x"})
    form = {"grant_type": "refresh_token", "client_id": "x"}
    _, breaches = broken("create_token", answer, "POST", "../../oauth/v2/token", data=form)

    assert len(breaches) == 1
    assert breaches[0].startswith("create_token: request: $: ")


def test_leaving_a_simulator_that_broke_the_specification_raises(monkeypatch):
    monkeypatch.setitem(app._OPERATIONS, "revoke_token", lambda site, request: Answer(418))

    with pytest.raises(SpecificationBreach, match=r"418 is not documented"), Simulator(check=True) as sim:
        httpx.post(f"{sim.accounts_url}/oauth/v2/token/revoke")


def test_an_error_in_the_block_comes_first():
    with pytest.raises(ZeroDivisionError), Simulator(check=True) as sim:
        sim.breaches.append("something")
        _ = 1 / 0


def test_only_a_checking_simulator_needs_the_tools():
    program = (
        "import sys\n"
        "sys.modules['jsonschema'] = None\n"
        "from zcrm.simulator import Simulator\n"
        "with Simulator():\n"
        "    print('yaml' in sys.modules)\n"
        "try:\n"
        "    Simulator(check=True)\n"
        "except RuntimeError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert run.stdout == "False\nSimulator(check=True) needs jsonschema, which is not installed\n"
