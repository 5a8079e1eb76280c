"""The two documents of spec/ and the modules beside them, as fixtures."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]

Node = dict[str, Any]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def openapi() -> Node:
    return yaml.safe_load((ROOT / "spec/openapi.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def errors() -> Node:
    return yaml.safe_load((ROOT / "spec/errors.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def operations(openapi: Node) -> dict[str, Node]:
    """Operation by its id, with its method and path."""
    return {
        operation["operationId"]: operation | {"method": method, "path": path}
        for path, item in openapi["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict)
    }


@pytest.fixture(scope="session")
def nodes(spec_module: Callable[[str], ModuleType]) -> Callable[[object], Any]:
    return spec_module("views").nodes


@pytest.fixture(scope="session")
def spec_module() -> Any:
    """Imports a module of spec/ by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "spec")
        yield importlib.import_module


@pytest.fixture(scope="session")
def is_valid(openapi: Node, operations: dict[str, Node]) -> Callable[..., bool]:
    """Whether a body validates: that of the request, or that of the answer with a status."""

    def check(operation: str, body: object, status: int | None = None) -> bool:
        if status is None:
            (media,) = operations[operation]["requestBody"]["content"].values()
        else:
            reference = operations[operation]["responses"][str(status)]["$ref"]
            response = openapi["components"]["responses"][reference.rpartition("/")[2]]
            media = response["content"]["application/json"]
        schema = media["schema"] | {"components": openapi["components"]}
        return Draft202012Validator(schema).is_valid(body)

    return check
