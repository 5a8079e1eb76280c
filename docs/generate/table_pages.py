"""Pages that are tables of what the code has: scopes, limits and events."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import griffe

from zcrm.auth.scopes import ACCEPTED, accepted

ABOUT = {
    "APPOINTMENT_FIELDS": "Fields that one list of appointments may ask for.",
    "APPOINTMENT_NOTE": "Characters of a note, as zcrm warns of; on no page of Zoho's.",
    "MASS_UPDATE_FIELDS_DEALS": "Fields that one mass update may set in Deals.",
    "MASS_UPDATE_IDS_PER_CALL": "Ids of one call of a mass update.",
    "RECORDS_PER_CALL": "Rows of one call that updates records or appointments.",
    "RECORDS_PER_PAGE": "Records of one page that is read.",
    "RECORD_FIELDS": "Fields that one list of records may ask for.",
    "RECORD_IDS": "Records that one call reads by their ids.",
}
"""Of the limits of which the description of the API says it where they stand."""


def pages() -> Iterator[tuple[str, str]]:
    """The pages of scopes, of limits and of events."""
    yield "reference/scopes.md", _scopes()
    yield "reference/limits.md", _limits()
    yield "reference/events.md", _events()


def _scopes() -> str:
    lines = [
        "# Scopes",
        "",
        "To update deals, and nothing else, takes the scope `ZohoCRM.modules.deals.UPDATE`, and "
        "`zcrm auth login --for records:Deals` asks for no more: see [signing in](../sign-in.md). For "
        "another module put its name in place of `deals`, in lower case without underscores; for one of the "
        "org's own `custom`.",
        "",
        "Any one of the scopes of an operation will do. The first is the least.",
        "",
        "| operation | scopes, for deals |",
        "| --- | --- |",
    ]
    for operation in ACCEPTED:
        scopes = " ".join(f"`{scope}`" for scope in accepted(operation, "Deals"))
        lines.append(f"| `{operation}` | {scopes} |")
    return "\n".join(lines) + "\n"


def _limits() -> str:
    lines = [
        "# Limits",
        "",
        "The limits of Zoho's API that zcrm keeps, from its own description of the API. In Python they are "
        "constants of `zcrm_api.limits`. What a call costs is told in [API credits](../credits.md).",
        "",
        "| limit | value | about |",
        "| --- | --- | --- |",
    ]
    for name, attribute in sorted(griffe.load("zcrm_api.limits").attributes.items()):
        if not name.startswith("__"):
            about = attribute.docstring.value if attribute.docstring else ABOUT[name]
            lines.append(f"| `{name}` | {int(str(attribute.value)):,} | {about} |")
    return "\n".join(lines) + "\n"


def _events() -> str:
    schema = json.loads((files("zcrm.cli") / "event.schema.json").read_text(encoding="utf-8"))
    lines = [
        "# Events",
        "",
        "What happens while calls are made: a line of JSON each in the file that `--events` names, and in "
        "Python an `Event` for `ZohoCRM(on_event=…)`. They hold no values of rows and no secrets. "
        "`zcrm schema event` prints the JSON Schema. There may be more in later versions.",
        "",
        "| property | type | about |",
        "| --- | --- | --- |",
    ]
    for name, facts in schema["properties"].items():
        lines.append(f"| `{name}` | {_type(facts)} | {facts.get('description', '')} |")
    return "\n".join(lines) + "\n"


def _type(facts: dict[str, Any]) -> str:
    if "enum" in facts:
        return " ".join(f"`{value}`" for value in facts["enum"])
    kinds = facts.get("type", "object")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
