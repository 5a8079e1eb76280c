"""Holds a simulator's own answers, and the requests it accepts, against the OpenAPI document.

Needs jsonschema and PyYAML, which the extra `simulator` does not bring.
"""

from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.answers.requests import Request

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_ANY_REFUSAL: Final = {"$ref": "#/components/schemas/RequestError"}
_NUMBERS: Final = frozenset({"integer", "number"})


class SpecificationBreach(AssertionError):
    """The simulator gave an answer, or accepted a request, that its specification does not allow."""


@cache
def specification() -> "Specification":
    """The one specification, read once for all simulators."""
    return Specification()


class Specification:
    """The OpenAPI document as the judge of what a simulator does."""

    def __init__(self) -> None:
        self._document = yaml.safe_load((files("zcrm_api") / "openapi.yaml").read_bytes())
        self._validator = cache(self._new_validator)

    def breaches(self, request: Request, answer: Answer) -> list[str]:
        """What is wrong with an answer, or else with its request if that was accepted in whole."""
        found = self._in_answer(request.operation, answer)
        if not found and request.operation is not None and _is_acceptance(answer):
            found = self._in_request(request)
        name = request.operation or "no operation"
        return [f"{name}: {breach}: {request.method} {request.entry.path}" for breach in found]

    def _in_answer(self, operation: str | None, answer: Answer) -> list[str]:
        if operation is None:
            return self._in_value("answer", _ANY_REFUSAL, _as_json(answer))
        responses = self._operations[operation]["responses"]
        if str(answer.status) not in responses:
            return [f"status {answer.status} is not documented"]
        content = self._resolved(responses[str(answer.status)]).get("content")
        if content is None:
            return [] if answer.body is None else ["a body where there is none"]
        if answer.content_type.partition(";")[0] != _JSON:
            return [f"content type {answer.content_type}"]
        return self._in_value("answer", content[_JSON]["schema"], _as_json(answer))

    def _in_request(self, request: Request) -> list[str]:
        operation = self._operations[request.operation or ""]
        found = []
        for parameter in map(self._resolved, operation["parameters"]):
            if parameter["in"] == "query":
                found += self._in_parameter(parameter, request.query)
        body = operation.get("requestBody", {}).get("content", {})
        if _JSON in body:
            found += self._in_value("request", body[_JSON]["schema"], orjson.loads(request.body))
        if _FORM in body:
            form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
            found += self._in_value("request", body[_FORM]["schema"], {**request.query, **form})
        return found

    def _in_parameter(self, parameter: dict[str, Any], query: dict[str, str]) -> list[str]:
        name = parameter["name"]
        if name not in query:
            return [f"no parameter {name}"] if parameter.get("required") else []
        value: Any = query[name]
        schema = self._resolved(parameter["schema"])
        if schema["type"] in _NUMBERS:
            value = int(value)
        elif schema["type"] == "array":
            value = value.split(",")
        return self._in_value(f"parameter {name}", schema, value)

    def _in_value(self, what: str, schema: dict[str, Any], value: Any) -> list[str]:
        error = best_match(self._validator(orjson.dumps(schema)).iter_errors(value))
        return [] if error is None else [f"{what}: {error.json_path}: {error.message}"]

    def _new_validator(self, schema: bytes) -> Draft202012Validator:
        return Draft202012Validator({**orjson.loads(schema), "components": self._document["components"]})

    @cached_property
    def _operations(self) -> dict[str, dict[str, Any]]:
        """The operations by their ids, each with the parameters of its path."""
        return {
            operation["operationId"]: {
                **operation,
                "parameters": [*path.get("parameters", ()), *operation.get("parameters", ())],
            }
            for path in self._document["paths"].values()
            for method, operation in path.items()
            if method in {"get", "put", "post"}
        }

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """A node of the document, or the one it refers to."""
        while "$ref" in node:
            place: Any = self._document
            for key in node["$ref"].removeprefix("#/").split("/"):
                place = place[key]
            node = place
        return node


def _as_json(answer: Answer) -> Any:
    """The body as the client will read it."""
    return orjson.loads(orjson.dumps(answer.body))


def _is_acceptance(answer: Answer) -> bool:
    """Whether an answer says that all went well."""
    if answer.status not in {200, 204}:
        return False
    body = {} if answer.body is None else _as_json(answer)
    rows = body.get("data", [])
    return "error" not in body and all(row.get("status") != "error" for row in rows)
