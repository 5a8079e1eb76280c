"""The modules that no generator writes: limits, servers and the error table, as Python source."""

from collections.abc import Iterator
from typing import Any

from views import Node, nodes

_BOUNDS = ("maxItems", "maxLength", "maxProperties", "maximum", "minimum")

_ERROR_ENTRY = '''
from typing import Literal, NamedTuple

__all__ = ["ENTRIES", "ErrorEntry"]


class ErrorEntry(NamedTuple):
    """One documented error of the API, and what follows from it.

    Entries that share operation, status, code and level have equal flags.
    """

    page: str
    """Page that documents it: update-records, update-appointments, get-appointments or mass-update; else
    mass-update-status, get-fields, get-records, token, or common for what no such page says."""
    operations: tuple[str, ...]
    """Operation ids."""
    status: int
    """HTTP status."""
    code: str
    level: Literal["request", "record", "both"]
    """Whether it answers the whole call, one row, or either."""
    message: str
    """The documented text; empty where there is none."""
    detail_keys: tuple[str, ...]
    """Keys of `details` that tell this entry from others of the same code."""
    meaning: str
    fix: str
    retry: bool
    """Nothing was applied, and time may cure it: the same call may be sent again after a wait."""
    isolate: bool
    """A refusal of the whole call for one row's sake: the others may pass without it."""
    fatal: bool
    """Whatever is sent after it will be refused as well."""
    state_dependent: bool
    """It depends on the record's state, so an earlier write of our own may be its cause."""
    source: str
    """Where it is documented."""
    anchor: str
    """Where zcrm's docs tell of it, on the page of its code."""
'''


def limits_module(document: Node) -> str:
    """Source of `limits.py`: a constant for each named limit.

    Raises ValueError when one name has two values.
    """
    limits: dict[str, tuple[int, str]] = {}
    for name, value, description in _limits(document):
        if limits.setdefault(name, (value, description))[0] != value:
            raise ValueError(f"limit {name} is both {limits[name][0]} and {value}")
    lines = ['"""Limits of the API."""', "", f"__all__ = {sorted(limits)!r}", ""]
    for name in sorted(limits):
        value, description = limits[name]
        lines.append(f"{name} = {value}")
        if description:
            lines.append(f'"""{description.strip()}"""')
    return "\n".join(lines) + "\n"


def _limits(document: Node) -> Iterator[tuple[str, int, str]]:
    for name, limit in document["x-zcrm-limits"].items():
        yield name, limit["value"], limit["description"]
    for node in nodes(document):
        if "x-zcrm-limit" in node:
            yield node["x-zcrm-limit"], next(node[bound] for bound in _BOUNDS if bound in node), ""


def servers_module(document: Node) -> str:
    """Source of `servers.py`: the hosts by data centre and environment."""
    api: dict[str, dict[str, str]] = {}
    for server in document["servers"]:
        host = server["url"].removesuffix("/crm/{version}")
        api.setdefault(server["x-zcrm-data-center"], {})[server["x-zcrm-environment"]] = host
    accounts = {
        server["x-zcrm-data-center"]: server["url"]
        for path in document["paths"].values()
        for server in path.get("servers", ())
    }
    environments = list(dict.fromkeys(name for hosts in api.values() for name in hosts))
    return f'''"""Servers of the API and of its sign-in, by data centre."""

from typing import Literal

__all__ = ["ACCOUNTS_SERVERS", "API_SERVERS", "DataCenter", "Environment"]

DataCenter = Literal{list(api)!r}
Environment = Literal{environments!r}

API_SERVERS: dict[str, dict[str, str]] = {api!r}
"""Base URL, without `/crm`, by data centre and environment."""

ACCOUNTS_SERVERS: dict[str, str] = {accounts!r}
"""Base URL of the accounts server by data centre."""
'''


def error_table_module(errors: Node) -> str:
    """Source of `error_table.py`: `ENTRIES`, those of the pages before the additions."""
    calls = [_entry_call(page, section, entry) for page, section, entry in error_entries(errors)]
    body = "\n".join(f"    {call}," for call in calls)
    return (
        f'"""Every documented error of the API."""\n{_ERROR_ENTRY}\n\n'
        f"ENTRIES: tuple[ErrorEntry, ...] = (\n{body}\n)\n"
    )


def error_entries(errors: Node) -> Iterator[tuple[str, Node, Node]]:
    """Page, section and entry of every error."""
    for part in ("pages", "additions"):
        for page, section in errors[part].items():
            for entry in section["entries"]:
                yield page, section, entry


def _entry_call(page: str, section: Node, entry: Node) -> str:
    values: dict[str, Any] = {
        "page": page,
        "operations": tuple(entry.get("operations") or section["operations"]),
        "status": entry["status"],
        "code": entry["code"],
        "level": entry["level"],
        "message": entry["message"],
        "detail_keys": tuple(entry["detail_keys"]),
        "meaning": entry["meaning"].strip(),
        "fix": entry["fix"].strip(),
        "retry": "retry" in entry["flags"],
        "isolate": "isolate" in entry["flags"],
        "fatal": "fatal" in entry["flags"],
        "state_dependent": "state_dependent" in entry["flags"],
        "source": entry.get("source") or section["source"],
        "anchor": entry["anchor"],
    }
    return f"ErrorEntry({', '.join(f'{name}={value!r}' for name, value in values.items())})"
