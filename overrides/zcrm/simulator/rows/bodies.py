"""What every write body has in common: its shape, its size and the features it runs or skips."""

from typing import Any, Final, NamedTuple

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Json
from zcrm.simulator.answers.requests import UNREADABLE, Request
from zcrm.simulator.site.site import Site

AUTOMATIONS: Final = ("workflow", "approval", "blueprint", "pathfinder", "orchestration")
_SKIPPABLE: Final = ("cadences", "assignment_rules", "connected_workflows")
_APPLICABLE: Final = (
    "layout_rules", "range_validation", "assignment_rules", "function_validation_rule",
    "criteria_validation_rule", "global_map_dependency", "territory_subordinates",
)  # fmt: skip


class Features(NamedTuple):
    """What a write sets off: the automations it fires, and whether layout rules are minded."""

    automations: tuple[str, ...]
    layout_rules: bool


def json_object(request: Request) -> dict[str, Any]:
    """The body, which must be a JSON object."""
    if request.payload is UNREADABLE:
        raise errors.UNREADABLE.flat()
    if not isinstance(request.payload, dict):
        raise errors.INVALID_DATA.flat(expected_data_type="jsonobject")
    return request.payload


def write_body(site: Site, request: Request, *, limit: int) -> list[Json]:
    """The rows under `data`: at least one, at most `limit`."""
    body = json_object(request)
    place = {"api_name": "data", "json_path": "$.data"}
    if "data" not in body:
        raise errors.MANDATORY_NOT_FOUND.flat(**place)
    rows = body["data"]
    if not isinstance(rows, list) or not rows:
        raise errors.INVALID_DATA.flat(expected_data_type="jsonarray", **place)
    request.entry.rows = len(rows)
    if len(rows) > limit:
        if site.choices.too_many == "LIMIT_EXCEEDED":
            raise errors.TOO_MANY_ROWS.flat(maximum_length=limit, **place)
        raise errors.INVALID_DATA.flat(maximum_length=limit, **place)
    return rows


def features_of(site: Site, request: Request) -> Features:
    """What runs: all automations when the body has no `trigger`, none when it is empty."""
    body = request.payload
    automations = _names(body["trigger"], "trigger", AUTOMATIONS) if "trigger" in body else AUTOMATIONS
    skipped = _features(body, "skip_feature_execution", _SKIPPABLE)
    if site.org.module(request.module).cadence and "cadences" not in skipped:
        automations = (*automations, "cadences")
    applied = _features(body, "apply_feature_execution", _APPLICABLE)
    return Features(automations, "layout_rules" in applied)


def _features(body: dict[str, Any], key: str, supported: tuple[str, ...]) -> tuple[str, ...]:
    wanted = body.get(key, [])
    if isinstance(wanted, list):
        wanted = [feature.get("name") if _is_feature(feature) else None for feature in wanted]
    return _names(wanted, key, supported)


def _is_feature(value: Json) -> bool:
    return isinstance(value, dict) and isinstance(value.get("action", ""), str)


def _names(wanted: Json, key: str, supported: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(wanted, list) or any(name not in supported for name in wanted):
        raise errors.INVALID_DATA.flat(supported_values=list(supported), api_name=key, json_path=f"$.{key}")
    return tuple(dict.fromkeys(wanted))
