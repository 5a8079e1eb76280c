"""What the vendor's SDK asks before it works: the user, the organisation and the modules.

These three are outside the specification. They take any live token, whatever its scopes, and answer the keys
that the SDK reads.
"""

from collections.abc import Callable
from typing import Final

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.org.org import ACTIVITIES, STANDARD_MODULES
from zcrm.simulator.site.site import Site


def answer_metadata(site: Site, request: Request) -> Answer:
    """`GET /users`, `/org` or `/settings/modules`."""
    if request.method != "GET":
        raise errors.INVALID_METHOD.flat()
    return _ANSWERS[request.resource](site, request)


def _users(site: Site, request: Request) -> Answer:
    """All users, or with `type=CurrentUser` the one the token belongs to."""
    current = request.query.get("type") == "CurrentUser"
    users = [request.user] if current else list(site.org.users.values())
    data = [
        {
            "id": user.id,
            "zuid": user.id,
            "full_name": user.name,
            "last_name": user.name,
            "email": user.email,
            "status": "active",
        }
        for user in users
    ]
    info = {"per_page": 200, "count": len(data), "page": 1, "more_records": False}
    return Answer(200, {"users": data, "info": info})


def _organisation(site: Site, _request: Request) -> Answer:
    organisation = {
        "id": site.accounts.organization,
        "zgid": site.accounts.organization,
        "company_name": site.org.company,
        "domain_name": site.org.company.replace(" ", "-"),
        "primary_zuid": site.org.owner.id,
        "primary_email": site.org.owner.email,
        "type": site.environment.capitalize(),
        "time_zone": site.org.time_zone,
    }
    return Answer(200, {"org": [organisation]})


def _modules(site: Site, _request: Request) -> Answer:
    data = [
        {
            "id": module.id,
            "api_name": module.name,
            "module_name": module.name,
            "singular_label": module.name,
            "plural_label": module.name,
            "generated_type": "default" if module.name in STANDARD_MODULES else "custom",
            "api_supported": True,
            "editable": True,
            "viewable": True,
            "visible": True,
        }
        for module in site.org.modules.values()
        if module.name != ACTIVITIES
    ]
    return Answer(200, {"modules": data})


_ANSWERS: Final[dict[str, Callable[[Site, Request], Answer]]] = {
    "users": _users,
    "org": _organisation,
    "modules": _modules,
}
METADATA: Final = frozenset(_ANSWERS)
