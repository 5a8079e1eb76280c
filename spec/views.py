"""The two views of the OpenAPI document, one for each generator.

The document says what the API is; what a generator cannot digest is changed here, by rules that name no
schema and no operation.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

Node = dict[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")
_MARKS = {"x-zcrm-rows", "x-zcrm-typed"}
_SCHEMAS = "#/components/schemas/"


def nodes(value: object) -> Iterator[Node]:
    """Every mapping in `value`, itself included, parents before children."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


def operations(document: Node) -> Iterator[Node]:
    """The operations of an OpenAPI document, in the order of its paths."""
    for path in document["paths"].values():
        yield from (path[method] for method in _METHODS if method in path)


def schemas_with_secrets(document: Node) -> list[str]:
    """The names of the schemas that have a property of the format `password`."""
    return [
        name
        for name, schema in document["components"]["schemas"].items()
        if any(each.get("format") == "password" for each in schema.get("properties", {}).values())
    ]


def resolve(document: Node, node: Node) -> Node:
    """What `node` refers to, or `node` itself."""
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def client_view(document: Node) -> Node:
    """The view for openapi-python-client.

    - Rows (`x-zcrm-rows`) are open values: one odd row must not spoil the answer about the others.
    - All operations answer one open `Envelope`, under every status that any of them documents with a body.
      A 204 is left out, and so answers None.
    - Lists that go comma-joined into one parameter are strings, and so are times. Of several types the first
      stands for all.
    - Defaults are dropped, because the generator would send them; security and servers, because who calls and
      where is not the generated client's business; examples and the enums of error codes, because all that
      comes back is open.
    """
    view = _without(document, "default", "security", "servers", "examples", "x-zcrm-errors")
    schemas = view["components"]["schemas"]
    schemas["Envelope"] = _envelope(document)
    rows = {_SCHEMAS + name for name, schema in schemas.items() if schema.get("x-zcrm-rows")}
    statuses = _statuses_with_body(document)
    for operation in operations(view):
        operation["responses"] = {status: _answer(_SCHEMAS + "Envelope") for status in statuses}
    for node in nodes(view):
        if node.get("$ref") in rows:
            node.clear()
        if node.get("format") == "date-time":
            del node["format"]
        if node.get("explode") is False:
            node["schema"] = {"type": "string"}
        if all("type" in option for option in node.get("oneOf", [{}])):
            node["type"] = node.pop("oneOf")[0]["type"]
        if isinstance(node.get("type"), list):
            node["type"] = node["type"][0]
    del view["components"]["responses"], view["components"]["headers"]
    _keep_referred(view, {})
    return view


def rows_view(document: Node) -> Node:
    """The view for datamodel-code-generator: what callers handle as plain data, and what that refers to.

    Those schemas are marked `x-zcrm-rows` or `x-zcrm-typed`. Fields beside the ones named are the
    organisation's own and stay open; times on input (`x-zcrm-time`) are checked as such; defaults are
    dropped, because a validated row must not gain keys.
    """
    view = _without(document, "default")
    for node in nodes(view):
        if node.get("x-zcrm-rows") and "additionalProperties" in node:
            node["additionalProperties"] = True
        if node.pop("x-zcrm-time", False):
            node["format"] = "date-time"
            del node["pattern"]
    schemas = view["components"]["schemas"]
    wanted = {name: schema for name, schema in schemas.items() if _MARKS & schema.keys()}
    view = {"openapi": view["openapi"], "info": view["info"], "paths": {}, "components": {"schemas": schemas}}
    _keep_referred(view, wanted)
    return view


def _without(document: Node, *keys: str) -> Node:
    """A copy without these keys, and with every paragraph of its descriptions on one line."""
    view = deepcopy(document)
    for node in nodes(view):
        for key in keys:
            node.pop(key, None)
        if isinstance(node.get("description"), str):
            node["description"] = re.sub(r"(?<!\n)\n(?!\n)", " ", node["description"].strip())
    return view


def _statuses_with_body(document: Node) -> list[str]:
    return sorted(
        {
            status
            for operation in operations(document)
            for status, response in operation["responses"].items()
            if status != "default" and "content" in resolve(document, response)
        }
    )


def _envelope(document: Node) -> Node:
    """Every top-level key of the marked envelopes; texts stay texts and lists lists, all else is open."""
    properties: Node = {}
    for schema in document["components"]["schemas"].values():
        if schema.get("x-zcrm-envelope"):
            properties |= {key: _opened(value) for key, value in schema["properties"].items()}
    return {
        "description": "An answer at either level: `data` row by row, or `code` for the call as a whole.",
        "type": "object",
        "properties": properties,
        "additionalProperties": True,
    }


def _opened(schema: Node) -> Node:
    if schema.get("type") == "array":
        return {"type": "array", "items": {}}
    return {"type": "string"} if schema.get("type") == "string" else {}


def _answer(reference: str) -> Node:
    return {"description": "", "content": {"application/json": {"schema": {"$ref": reference}}}}


def _keep_referred(view: Node, roots: Node) -> None:
    """Drop the schemas that neither a path or parameter nor one of `roots` leads to."""
    schemas: Node = view["components"]["schemas"]
    kept: set[str] = set(roots)
    waiting: list[object] = [view["paths"], view["components"].get("parameters", {}), roots]
    while waiting:
        for node in nodes(waiting.pop()):
            name = str(node.get("$ref", "")).removeprefix(_SCHEMAS)
            if name in schemas and name not in kept:
                kept.add(name)
                waiting.append(schemas[name])
    view["components"]["schemas"] = {name: schema for name, schema in schemas.items() if name in kept}
