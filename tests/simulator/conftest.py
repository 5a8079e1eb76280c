"""A simulator whose clock stands still, and a plain HTTP client signed in to it.

Whatever the simulator answers such a client is checked against the specification, and so is every request it
accepts in full.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import Any

import httpx
import orjson
import pytest
import yaml
from jsonschema import Draft202012Validator

from zcrm.simulator import Simulator

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))


@cache
def _specification() -> dict[str, Any]:
    return yaml.safe_load((files("zcrm_api") / "openapi.yaml").read_text())


@cache
def _operation(method: str, path: str) -> tuple[str, str] | None:
    """The path template and method of the operation a request is for; None when there is none."""
    path = re.sub(r"^/crm/[^/]+", "", path)
    for template, item in _specification()["paths"].items():
        pattern = re.sub(r"{[a-z]+_id}", r"\\d+", template)
        pattern = re.sub(r"{[^}]+}", "[^/]+", pattern)
        if method.lower() in item and re.fullmatch(pattern, path, re.ASCII):
            return template, method.lower()
    return None


@cache
def _validator(operation: tuple[str, str] | None, status: int) -> Draft202012Validator | None:
    """What checks the body of an answer; None where the specification says there is no body."""
    schema: dict[str, Any] = {"$ref": "#/components/schemas/RequestError"}
    if operation is not None:
        template, method = operation
        responses = _specification()["paths"][template][method]["responses"]
        assert str(status) in responses, f"{method} {template} has no status {status}"
        name = responses[str(status)]["$ref"].rsplit("/", 1)[1]
        response = _specification()["components"]["responses"][name]
        if "content" not in response:
            return None
        schema = response["content"]["application/json"]["schema"]
    return _checker(schema)


@cache
def _request_validator(operation: tuple[str, str]) -> Draft202012Validator | None:
    """What checks the JSON body of a request; None when the operation takes none."""
    template, method = operation
    body = _specification()["paths"][template][method].get("requestBody", {"content": {}})
    found = body["content"].get("application/json")
    return None if found is None else _checker(found["schema"])


def _checker(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": _specification()["components"]})


def _check(response: httpx.Response) -> None:
    response.read()
    if response.headers.get("content-type") == "text/html" or len(response.content) > 50_000:
        return
    operation = _operation(response.request.method, response.request.url.path)
    validator = _validator(operation, response.status_code)
    if validator is None:
        assert response.content == b""
    else:
        validator.validate(response.json())
    if operation is not None and response.status_code == 200:
        validator = _request_validator(operation)
        if validator is not None and all(item["code"] == "SUCCESS" for item in response.json()["data"]):
            validator.validate(orjson.loads(response.request.read()))


def _client(sim: Simulator, token: str | None = None) -> httpx.Client:
    return httpx.Client(
        base_url=f"{sim.url}/crm/v8",
        headers={"Authorization": f"Zoho-oauthtoken {token or sim.access_token}"},
        event_hooks={"response": [_check]},
        timeout=10,
        verify=False,
    )


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[Simulator, httpx.Client]]]:
    """Start a simulator with options and give it with a client that is signed in."""
    with ExitStack() as stack:

        def start(**options: Any) -> tuple[Simulator, httpx.Client]:
            sim = stack.enter_context(Simulator(**{"now": NOW, **options}))
            return sim, stack.enter_context(_client(sim))

        yield start


@pytest.fixture
def sim(start: Callable[..., tuple[Simulator, httpx.Client]]) -> Simulator:
    return start()[0]


@pytest.fixture
def client(sim: Simulator) -> Iterator[Callable[..., httpx.Client]]:
    """Clients of `sim` with a token of one's choice."""
    with ExitStack() as stack:
        yield lambda token=None: stack.enter_context(_client(sim, token))


@pytest.fixture
def crm(client: Callable[..., httpx.Client]) -> httpx.Client:
    return client()


@pytest.fixture
def user() -> dict[str, str]:
    """The user the simulator's own tokens belong to, as answers name it."""
    return {"name": "Administrator", "id": "4150868000000000001"}


@pytest.fixture
def success(user: dict[str, str]) -> Callable[..., dict[str, Any]]:
    """The item of a row that was updated."""

    def success(record_id: str, **times: str) -> dict[str, Any]:
        moment = "2026-03-02T10:00:00+05:30"
        return {
            "code": "SUCCESS",
            "details": {
                "Modified_Time": moment,
                "Modified_By": user,
                "Created_Time": moment,
                "id": record_id,
                "Created_By": user,
                **times,
            },
            "message": "record updated",
            "status": "success",
        }

    return success


@pytest.fixture
def error() -> Callable[..., dict[str, Any]]:
    """The envelope of an error."""

    def error(code: str, message: str, **details: Any) -> dict[str, Any]:
        return {"code": code, "details": details, "message": message, "status": "error"}

    return error
